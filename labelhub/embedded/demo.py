"""`make demo`: the demo against the stack that runs from this folder, else against one started for it alone."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from labelhub.embedded import ports
from labelhub.embedded.errors import CannotStart
from labelhub.embedded.output import Output
from labelhub.embedded.programs import manage, var_folder
from labelhub.embedded.stack import Stack
from labelhub.embedded.state import State


def main() -> int:
    command = manage("demo", *sys.argv[1:])
    if State(var_folder()).is_running():
        return subprocess.run(command, check=False).returncode  # noqa: S603
    with tempfile.TemporaryDirectory(prefix="labelhub-demo-") as folder:
        return _alone(command, Path(folder))


def _alone(command: tuple[str, ...], folder: Path) -> int:
    with (folder / "log").open("w+") as log:
        stack = Stack(folder / "var", "127.0.0.1", ports.choose(), Output(log))
        try:
            stack.start()
            return subprocess.run(command, check=False, env={**os.environ, **stack.env}).returncode  # noqa: S603
        except CannotStart as error:
            log.seek(0)
            Output(sys.stderr).say(f"{log.read()}\n{error}")
            return 1
        finally:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main())
