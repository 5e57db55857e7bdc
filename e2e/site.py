import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Site:
    """A fresh installation without demo content."""

    url: str
    env: dict[str, str]

    def manage(self, *arguments: str, **env: str) -> None:
        """Run manage.py against it, as its operator would in another terminal."""
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env={**self.env, **env}, check=True)
