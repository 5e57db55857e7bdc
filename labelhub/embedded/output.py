"""The combined log: one line of one program at a time, each under its name."""

import sys
from typing import TextIO

NAMES = ("database", "broker", "payments", "web", "worker", "media", "scheduler", "demo")
COLORS = dict(zip(NAMES, (34, 35, 36, 32, 33, 93, 95, 96), strict=True))
WIDTH = 10


class Output:
    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colored = stream.isatty()

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{WIDTH}}│ "
        if self._colored:
            prefix = f"\033[{COLORS.get(name, 90)}m{prefix}\033[0m"
        self.say(prefix + text)

    def say(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:
            self._stream = open("/dev/null", "w")  # noqa: SIM115 -- the reader left; the programs go on

    def bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colored else text
