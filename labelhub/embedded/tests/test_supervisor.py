import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from labelhub.embedded.errors import CannotStart, Interrupted
from labelhub.embedded.output import Output
from labelhub.embedded.program import Program
from labelhub.embedded.supervisor import Supervisor

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
COUNTS = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.open('a').write('x'); sys.exit(3)"
PATIENCE_SECONDS = 240


def python(name: str, code: str, *arguments: str, **options: bool | float) -> Program:
    return Program(name, (sys.executable, "-c", code, *arguments), **options)  # type: ignore[arg-type]  # bool or float


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(printed: io.StringIO) -> Supervisor:
    return Supervisor(Output(printed))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_a_fallen_program_is_started_again_and_said_so(
    supervisor: Supervisor, printed: io.StringIO, tmp_path: Path
) -> None:
    starts = tmp_path / "starts"
    supervisor.start(python("web", COUNTS, str(starts)))
    with pytest.raises(CannotStart, match="web did not start"):
        supervisor.wait_until("web", lambda: False, PATIENCE_SECONDS)
    try:
        supervisor.watch_until(lambda: starts.read_text() == "xx")
    finally:
        supervisor.stop(["web"])
    assert "web       │ ended with status 3; starting again in 1 s" in printed.getvalue()


def test_a_deaf_program_is_ended_by_force(supervisor: Supervisor, printed: io.StringIO) -> None:
    supervisor.start(python("worker", DEAF, stop_seconds=0.2))
    supervisor.wait_until("worker", lambda: "up" in printed.getvalue(), PATIENCE_SECONDS)
    supervisor.stop(["worker"])
    assert "did not stop within 0.2 seconds; ended by force" in printed.getvalue()


def test_what_a_program_forked_ends_with_it(supervisor: Supervisor, printed: io.StringIO) -> None:
    forks = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    supervisor.run(python("media", forks, once=True))
    pid = int(printed.getvalue().split("│")[1])
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_work_that_fails_stops_the_start(supervisor: Supervisor) -> None:
    with pytest.raises(CannotStart, match="migrate ended with status 1"):
        supervisor.run(python("migrate", "raise SystemExit(1)", once=True))


def test_a_quiet_program_speaks_only_when_it_falls(supervisor: Supervisor, printed: io.StringIO) -> None:
    supervisor.run(python("broker", "print('all is well')", once=True, quiet=True))
    assert printed.getvalue() == ""
    with pytest.raises(CannotStart):
        supervisor.run(python("broker", "print('disk full'); raise SystemExit(1)", once=True, quiet=True))
    assert "broker    │ disk full" in printed.getvalue()


def test_asked_to_stop_while_starting(supervisor: Supervisor) -> None:
    supervisor.start(python("web", DEAF, stop_seconds=0.1))
    supervisor.ask_to_stop()
    try:
        with pytest.raises(Interrupted):
            supervisor.wait_until("web", lambda: False, PATIENCE_SECONDS)
    finally:
        supervisor.stop(["web"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_when_the_supervisor_is_killed() -> None:
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "from labelhub.embedded.output import Output; from labelhub.embedded.program import Program\n"
            "from labelhub.embedded.supervisor import Supervisor\n"
            "supervisor = Supervisor(Output())\n"
            "supervisor.start(Program('web', ('sh', '-c', 'echo $$; exec sleep 60')))\n"
            "supervisor.watch()",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline().split("│")[1])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
