"""What the stack keeps in `var/` between runs: its lock, its secrets and addresses, and whom it started."""

import fcntl
import json
import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from labelhub.embedded.errors import CannotStart

LEFTOVER_SECONDS = 8


class State:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._env_file = folder / "stack.env"
        self._children_file = folder / "children.json"
        self._lock: IO[str] | None = None

    def lock(self) -> None:
        """Held until this process ends, however it ends."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / "stack.lock").open("a+")
        except PermissionError as error:
            raise CannotStart(
                f"{self.folder} belongs to another user. Run as that one, or set LABELHUB_VAR_DIR to a folder of yours."
            ) from error
        if not _taken(self._lock):
            raise CannotStart(self._already_running())
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def is_running(self) -> bool:
        """Whether a stack runs from this folder now."""
        path = self.folder / "stack.lock"
        if not path.exists():
            return False
        with path.open("a+") as lock:
            return not _taken(lock)

    def read_env(self) -> dict[str, str]:
        """Of the last run, empty before the first."""
        if not self._env_file.exists():
            return {}
        lines = self._env_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def write_env(self, values: Mapping[str, str]) -> None:
        lines = ["# Written at each start; what manage.py in another terminal needs to reach this stack."]
        lines += [f"{name}={value}" for name, value in values.items()]
        _write_private(self._env_file, "\n".join(lines) + "\n")

    def write_children(self, pids: Iterable[int]) -> None:
        found = [{"pid": pid, "created": psutil.Process(pid).create_time()} for pid in pids if psutil.pid_exists(pid)]
        _write_private(self._children_file, json.dumps(found))

    def end_leftovers(self) -> int:
        """End what a killed run left behind. Returns how many programs that were."""
        if not self._children_file.exists():
            return 0
        groups = [child["pid"] for child in json.loads(self._children_file.read_text()) if _is_leftover(child)]
        for group in groups:
            _signal_group(group, signal.SIGTERM)
        members = [process for process in psutil.process_iter() if _group_of(process) in groups]
        _, alive = psutil.wait_procs(members, timeout=LEFTOVER_SECONDS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=LEFTOVER_SECONDS)
        self._children_file.unlink()
        return len(members)

    def _already_running(self) -> str:
        site, pid = self.read_env().get("LABELHUB_SITE_URL", ""), (self.folder / "stack.lock").read_text()
        where = f"Label Hub already runs from this folder: {site} (process {pid})."
        return f"{where} Stop it there with Ctrl-C, or `kill {pid}`."


def _taken(lock: IO[str]) -> bool:
    """Take the lock, unless another process holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    aside.rename(path)


def _is_leftover(child: dict[str, Any]) -> bool:
    """Whether the process group is still that child's: its leader is the same process, or gone with members left."""
    try:
        return bool(psutil.Process(child["pid"]).create_time() == child["created"])
    except psutil.NoSuchProcess:
        return any(_group_of(process) == child["pid"] for process in psutil.process_iter())


def _group_of(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return -1


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
