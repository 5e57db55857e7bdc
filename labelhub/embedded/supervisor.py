"""Starts programs, passes on what they print, restarts those that fall, and stops them."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from labelhub.embedded.errors import CannotStart, Interrupted
from labelhub.embedded.output import Output
from labelhub.embedded.program import Program

LONGEST_BACK_OFF = 30
STEADY_SECONDS = 60
TICK_SECONDS = 0.1
QUIET_LINES = 20
Answers = Callable[[], bool]


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    reader: threading.Thread
    unsaid: deque[str]
    begun: float = field(default_factory=time.monotonic)
    pause: float = 0.5
    restart_at: float | None = None


class Supervisor:
    def __init__(self, output: Output, changed: Callable[[Iterable[int]], None] | None = None) -> None:
        """`changed` is told the pids of all children whenever they change."""
        self._output = output
        self._changed = changed
        self._children: dict[str, _Child] = {}
        self._asked_to_stop = False

    def ask_to_stop(self) -> None:
        """For a signal handler: an Event's lock, taken a second time by the thread that holds it, would never open."""
        self._asked_to_stop = True

    def start(self, program: Program) -> None:
        self._children[program.name] = self._spawn(program)
        self._tell()

    def run(self, program: Program) -> None:
        """Start it and wait for its end, which must be a success."""
        self.start(program)
        child = self._children[program.name]
        while child.process.poll() is None:
            self._tick()
        self._bury(child)
        if child.process.returncode:
            raise CannotStart(f"{program.name} {_ended(child.process.returncode)}; see the lines above.")

    def wait_until(self, name: str, answers: Answers, seconds: float) -> None:
        """Until this program answers; one that ends instead is not waited for."""
        deadline = time.monotonic() + seconds
        while not answers():
            if self._children[name].restart_at is not None:
                raise CannotStart(f"{name} did not start; see the lines above.")
            if time.monotonic() > deadline:
                raise CannotStart(f"{name} did not answer within {seconds:g} seconds; see the lines above.")
            self._tick()

    def watch(self) -> None:
        """Until asked to stop."""
        self.watch_until(lambda: self._asked_to_stop)

    def watch_until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._look_after_all()
            time.sleep(TICK_SECONDS)

    def stop(self, names: Iterable[str]) -> None:
        """Stop these together, those that do not obey in time by force."""
        chosen = [self._children[name] for name in names if name in self._children]
        for child in chosen:
            _signal(child, child.program.stop_signal)
        begun = time.monotonic()
        for child in chosen:
            seconds = child.program.stop_seconds
            try:
                child.process.wait(max(0, begun + seconds - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._output.line(child.program.name, f"did not stop within {seconds:g} seconds; ended by force")
            self._bury(child)

    def _tick(self) -> None:
        self._look_after_all()
        time.sleep(TICK_SECONDS)
        if self._asked_to_stop:
            raise Interrupted

    def _look_after_all(self) -> None:
        for child in list(self._children.values()):
            if child.restart_at is not None and time.monotonic() >= child.restart_at:
                self._children[child.program.name] = self._spawn(child.program, child.pause)
                self._tell()
            elif child.restart_at is None and child.process.poll() is not None:
                self._fallen(child)

    def _fallen(self, child: _Child) -> None:
        name, status = child.program.name, child.process.returncode
        _end_group(child)
        self._hear_out(child)
        if child.program.once:
            del self._children[name]
            self._output.line(name, _ended(status)) if status else None
            return
        if time.monotonic() - child.begun > STEADY_SECONDS:
            child.pause = 0.5
        child.pause = min(child.pause * 2, LONGEST_BACK_OFF)
        child.restart_at = time.monotonic() + child.pause
        self._output.line(name, f"{_ended(status)}; starting again in {child.pause:g} s")

    def _spawn(self, program: Program, pause: float = 0.5) -> _Child:
        """In a session of its own: Ctrl-C reaches only the supervisor, which stops all in order."""
        process = subprocess.Popen(  # noqa: S603 -- our own programs
            program.tied_command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.env},
            start_new_session=True,
        )
        unsaid: deque[str] = deque(maxlen=QUIET_LINES)
        say = unsaid.append if program.quiet else partial(self._output.line, program.name)
        reader = threading.Thread(target=_pass_on, args=(process.stdout, say), daemon=True)
        reader.start()
        return _Child(program, process, reader, unsaid, pause=pause)

    def _hear_out(self, child: _Child) -> None:
        """Everything it printed up to its end."""
        child.reader.join()
        for line in child.unsaid if child.process.returncode else ():
            self._output.line(child.program.name, line)

    def _bury(self, child: _Child) -> None:
        _end_group(child)
        child.process.wait()
        self._hear_out(child)
        self._children.pop(child.program.name, None)
        self._tell()

    def _tell(self) -> None:
        if self._changed:
            self._changed(child.process.pid for child in self._children.values())


def _pass_on(printed: IO[bytes], say: Callable[[str], None]) -> None:
    for line in printed:
        if text := line.decode(errors="replace").rstrip():
            say(text)


def _signal(child: _Child, number: signal.Signals) -> None:
    """To the leader alone: it knows how to end what it forked."""
    if child.process.poll() is None:
        child.process.send_signal(number)


def _end_group(child: _Child) -> None:
    """What a dead leader left running would keep its port and its output open."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _ended(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
