"""The commands of Dockerfile and docker-compose.yml, run as plain processes against a real database and broker."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelhub.embedded import ports
from labelhub.embedded.scratch import scratch_broker, scratch_database

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
Process = subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What every container is given, with the services on this machine."""
    folder = tmp_path_factory.mktemp("deployment")
    with scratch_database() as database, scratch_broker() as broker:
        yield {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "labelhub.settings",
            "LABELHUB_SECRET_KEY": "only-for-this-test",
            "LABELHUB_VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "STRIPE_API_BASE": "http://127.0.0.1:1",
        }


def test_the_services_of_compose_start_and_answer(env: dict[str, str]) -> None:
    port = ports.choose()
    subprocess.run(_command("migrate"), cwd=ROOT, env=env, check=True, timeout=120)
    web = [str(port) if part == "8000" else part for part in _image_command()]
    with _running(web, env), _running(_command("worker"), env), _running(_command("scheduler"), env) as scheduler:
        ready = _answer(f"http://127.0.0.1:{port}/readyz")
        assert all(check["ok"] for check in ready["checks"].values()), ready
        assert _worker_answers(env)
        assert scheduler.poll() is None


def test_every_service_that_is_ours_uses_the_one_image() -> None:
    ours = [name for name, service in COMPOSE["services"].items() if service["image"] == "labelhub"]
    assert ours == ["migrate", "web", "worker", "scheduler"]


def test_secrets_come_from_the_environment() -> None:
    for name, service in COMPOSE["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY", key):
                assert value.startswith("${"), f"{name}: {key}"


def _command(service: str) -> list[str]:
    return shlex.split(COMPOSE["services"][service]["command"])


def _image_command() -> list[str]:
    (line,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    command: list[str] = json.loads(line)
    return command


@contextmanager
def _running(command: list[str], env: dict[str, str]) -> Iterator[Process]:
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _worker_answers(env: dict[str, str]) -> bool:
    """Whether a worker answers a ping; it has two minutes to start on a busy machine."""
    ping = [*_command("worker")[:3], "inspect", "ping", "--timeout", "5", "--json"]
    tries = (subprocess.run(ping, cwd=ROOT, env=env, timeout=60, capture_output=True, check=False) for _ in range(12))
    return any(b"pong" in answered.stdout for answered in tries)


def _answer(address: str) -> dict[str, Any]:
    for _attempt in range(120):
        try:
            with urllib.request.urlopen(address, timeout=5) as found:  # noqa: S310  # a loopback address
                ready: dict[str, Any] = json.load(found)
                return ready
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"{address} did not answer")
