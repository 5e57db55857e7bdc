import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals

CHILD = str(Path(__file__).with_name("child.py"))


@dataclass(frozen=True)
class Program:
    """One child: how it is started and stopped.

    `stop_signal` also reaches it when the supervisor dies. `uid` is the user it becomes, or -1 for our own.
    `once` is for work that ends by itself and is not started again.
    What a `quiet` one prints is shown only when it falls.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: Signals = SIGTERM
    stop_seconds: float = 6
    uid: int = -1
    once: bool = False
    quiet: bool = False

    @property
    def tied_command(self) -> list[str]:
        """The command behind the script that ties it to our life and gives it its user."""
        return [sys.executable, "-IS", CHILD, str(int(self.stop_signal)), str(self.uid), *self.command]
