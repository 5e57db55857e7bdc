"""The whole stack as `make run` starts it: real PostgreSQL, Redis, sandbox, web server, workers and scheduler."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labelhub.embedded import ports
from labelhub.embedded.programs import ROOT
from labelhub.embedded.tests.test_supervisor import until

SERVICES = ("DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY", "PYTEST_XDIST_WORKER")
Starts = Callable[..., "Run"]


class Run:
    def __init__(self, folder: Path, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in SERVICES}
        own = {"LABELHUB_VAR_DIR": str(folder), "LABELHUB_PORT": str(port), "LABELHUB_DEMO": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labelhub.embedded"],
            cwd=ROOT,
            env={**inherited, **own, "DJANGO_SETTINGS_MODULE": "labelhub.settings"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def printed(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str) -> None:
        until(lambda: text in self.printed or self.process.poll() is not None)
        assert text in self.printed, self.printed

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(timeout=120)
        self._reader.join(timeout=120)
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Deeper than a unix socket's path may be long."""
    return tmp_path / ("deep/" * 30) / "var"


@pytest.fixture
def start(folder: Path) -> Iterator[Starts]:
    runs: list[Run] = []

    def starts(port: int) -> Run:
        runs.append(Run(folder, port))
        return runs[-1]

    yield starts
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


@pytest.mark.timeout(900)
def test_starts_refuses_a_second_start_survives_a_kill_and_stops(start: Starts, folder: Path) -> None:
    port = ports.choose()
    first = start(port)
    first.wait_for(f"Label Hub is at http://localhost:{port}")
    assert all(check["ok"] for check in ready(port).values())

    second = start(ports.choose())
    assert second.process.wait(timeout=120) == 1
    second.wait_for(f"already runs from this folder: http://localhost:{port} (process {first.process.pid})")

    first.end(signal.SIGKILL)
    third = start(port)
    third.wait_for("Label Hub is at")
    assert all(check["ok"] for check in ready(port).values())

    assert third.end(signal.SIGINT) == 0
    assert third.lines[-1] == "Stopped.\n"
    assert ports.is_free(port)
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_a_taken_port_is_reported_with_the_way_out(start: Starts) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = start(other.getsockname()[1])
        assert run.process.wait(timeout=120) == 1
    run.wait_for("Choose another: make run PORT=")


def ready(port: int) -> dict[str, dict[str, object]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=120) as answer:
        checks: dict[str, dict[str, object]] = json.load(answer)["checks"]
    return checks
