"""What is started, in which order, and with which settings."""

import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from labelhub.embedded import ports, programs
from labelhub.embedded.broker import Redis
from labelhub.embedded.database import Postgres
from labelhub.embedded.errors import CannotStart
from labelhub.embedded.output import Output
from labelhub.embedded.state import State
from labelhub.embedded.supervisor import Supervisor

PRIVATE = {"PYTHONUNBUFFERED", "PYTHONWARNINGS"}  # meant for the children's output only
STOP_ORDER = (("scheduler", "web", "worker", "media", "payments", "demo", "migrate", "static"), ("broker", "database"))


class Stack:
    """One run. A service whose address the environment already names is used, not started."""

    def __init__(self, folder: Path, host: str, port: int, output: Output) -> None:
        self._state = State(folder)
        self._folder, self._host, self._port, self._output = folder, host, port, output
        self._env: dict[str, str] = {}
        self.supervisor = Supervisor(output, self._state.write_children)

    @property
    def site_url(self) -> str:
        return os.environ.get("LABELHUB_SITE_URL", f"http://{_browsable(self._host)}:{self._port}")

    def start(self) -> None:
        self._state.lock()
        if ended := self._state.end_leftovers():
            self._output.say(f"The last run was killed; ended {ended} processes it left behind.")
        if not ports.is_free(self._port, self._host):
            raise CannotStart(_port_taken(self._port))
        self._env = self._settings(self._state.read_env())
        self._start_services()
        self._state.write_env({name: self._env[name] for name in self._env.keys() - os.environ.keys() - PRIVATE})
        self._prepare()
        self._start_product()

    def stop(self) -> None:
        for names in STOP_ORDER:
            self.supervisor.stop(names)

    def load_demo(self) -> None:
        if programs.has_demo_content() and os.environ.get("LABELHUB_DEMO", "1") != "0":
            self.supervisor.start(programs.demo_content(self._env))

    def _settings(self, last: Mapping[str, str]) -> dict[str, str]:
        """Given in the environment, else as in the last run, else new."""
        return {
            "LABELHUB_EMBEDDED": "1",
            "LABELHUB_DEBUG": os.environ.get("LABELHUB_DEBUG", "1"),
            "LABELHUB_LOG_FORMAT": os.environ.get("LABELHUB_LOG_FORMAT", "text"),
            "LABELHUB_VAR_DIR": str(self._folder),
            "LABELHUB_SITE_URL": self.site_url,
            "LABELHUB_SECRET_KEY": _kept("LABELHUB_SECRET_KEY", last) or secrets.token_urlsafe(48),
            "LABELHUB_DATABASE_PASSWORD": last.get("LABELHUB_DATABASE_PASSWORD") or secrets.token_urlsafe(24),
            "LABELHUB_SERVICE_PORTS": last.get("LABELHUB_SERVICE_PORTS", ""),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker:RuntimeWarning",
        }

    def _start_services(self) -> None:
        database, broker, sandbox = self._choose_ports()
        password = self._env["LABELHUB_DATABASE_PASSWORD"]
        if "DATABASE_URL" not in os.environ:
            self._start_database(Postgres(self._folder / "postgres", database, password))
        if "REDIS_URL" not in os.environ:
            self._start_broker(Redis(self._folder / "redis", broker, password))
        if "STRIPE_SECRET_KEY" not in os.environ:
            self._env |= self._sandbox_settings(sandbox)

    def _choose_ports(self) -> list[int]:
        last = [int(port) for port in self._env["LABELHUB_SERVICE_PORTS"].split(",") if port] or [0, 0, 0]
        chosen = [ports.choose(port) for port in last]
        self._env["LABELHUB_SERVICE_PORTS"] = ",".join(map(str, chosen))
        return chosen

    def _start_database(self, postgres: Postgres) -> None:
        postgres.prepare()
        self.supervisor.start(postgres.program())
        self.supervisor.wait_until("database", postgres.answers, seconds=60)
        self._env["DATABASE_URL"] = postgres.url

    def _start_broker(self, redis: Redis) -> None:
        redis.prepare()
        self.supervisor.start(redis.program())
        self.supervisor.wait_until("broker", redis.answers, seconds=20)
        self._env["REDIS_URL"] = redis.url

    def _sandbox_settings(self, port: int) -> dict[str, str]:
        address = f"http://{_browsable(self._host)}:{port}"
        return {
            "STRIPE_SECRET_KEY": "sk_test_sandbox_labelhub",
            "STRIPE_WEBHOOK_SECRET": "whsec_sandbox_labelhub",
            "STRIPE_API_BASE": address,
            "STRIPE_SANDBOX_URL": address,
            "STRIPE_SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{self._port}/payments/webhook/",
        }

    def _prepare(self) -> None:
        self.supervisor.run(programs.migrations(self._env))
        if self._env["LABELHUB_DEBUG"] == "0":
            self.supervisor.run(programs.static_files(self._env))

    def _start_product(self) -> None:
        """The pages first, so that they are seen while the rest still starts."""
        self.supervisor.start(programs.web(self._env, self._host, self._port))
        self.supervisor.wait_until("web", self._site_answers, seconds=120)
        if sandbox := self._env.get("STRIPE_SANDBOX_URL"):
            self.supervisor.start(programs.payment_sandbox(self._env, int(sandbox.rpartition(":")[2])))
        for program in (*programs.workers(self._env), programs.scheduler(self._env, self._folder)):
            self.supervisor.start(program)

    def _site_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{_browsable(self._host)}:{self._port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


def _kept(name: str, last: Mapping[str, str]) -> str:
    return os.environ.get(name) or last.get(name, "")


def _browsable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104


def _port_taken(port: int) -> str:
    free = next(candidate for candidate in range(port + 1, 65536) if ports.is_free(candidate))
    return f"Port {port} is taken by another program. Choose another: make run PORT={free}"
