"""The product's own processes, as one machine runs them. docker-compose.yml names the same commands."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from labelhub.embedded.program import Program

ROOT = Path(__file__).resolve().parents[2]
QUICK_QUEUES = "default,payments,mail,labels"
HEAVY_QUEUES = "media,exports"
# As root, who runs everything in many a container, Celery warns at every start.
AS_ROOT = {"PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}
WORKER = ("worker", "--concurrency", "2", "--without-mingle", "--without-gossip")


def migrations(env: Mapping[str, str]) -> Program:
    return Program("migrate", manage("migrate", "--verbosity", "0"), env, once=True)


def static_files(env: Mapping[str, str]) -> Program:
    ignored = ("--ignore", "*.br", "--ignore", "*.gz")  # whitenoise compresses anew, under the hashed names
    return Program("static", manage("collectstatic", "--noinput", "--verbosity", "0", *ignored), env, once=True)


def demo_content(env: Mapping[str, str]) -> Program:
    return Program("demo", manage("load_demo", "--if-empty"), env, once=True)


def payment_sandbox(env: Mapping[str, str], port: int) -> Program:
    return Program("payments", (sys.executable, "-m", "payments.sandbox", "--port", str(port)), env)


def web(env: Mapping[str, str], host: str, port: int, figures: Path) -> Program:
    """`figures` is where its processes count what /metrics adds up."""
    options = ("--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "2", "--blocking-threads", "4")
    quiet = ("--log-level", "warning", "--workers-kill-timeout", "4")
    command = (_script("granian"), *options, *quiet, "labelhub.wsgi:application")
    return Program("web", command, {**env, "LABELHUB_DEBUG": debug(), "PROMETHEUS_MULTIPROC_DIR": str(figures)})


def workers(env: Mapping[str, str]) -> tuple[Program, Program]:
    """Two, so that a long import never delays a payment or a mail."""
    quiet = {**env, **AS_ROOT}
    return (
        Program("worker", _celery(*WORKER, "--queues", QUICK_QUEUES, "-n", "quick@%h"), quiet),
        Program("media", _celery(*WORKER, "--queues", HEAVY_QUEUES, "-n", "heavy@%h"), quiet),
    )


def scheduler(env: Mapping[str, str], folder: Path) -> Program:
    return Program("scheduler", _celery("beat", "--schedule", str(folder / "celerybeat"), "--pidfile", ""), env)


def debug() -> str:
    """On for the pages alone: elsewhere Django would keep every statement of a long job in memory."""
    return os.environ.get("LABELHUB_DEBUG", "1")


def var_folder() -> Path:
    return Path(os.environ.get("LABELHUB_VAR_DIR", ROOT / "var")).resolve()


def has_demo_content() -> bool:
    return any(ROOT.glob("*/management/commands/load_demo.py"))


def manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def _celery(*options: str) -> tuple[str, ...]:
    return (_script("celery"), "-A", "labelhub", "--quiet", *options)


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
