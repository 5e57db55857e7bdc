"""Remembers which upload a command was filling, so that the same command can go on with it."""

import json
from pathlib import Path


class Unfinished:
    """One line of a small file. `what` names the dataset and the folder."""

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what

    def recall(self) -> str:
        """The id of the upload, or empty."""
        return self._read().get(self._what, "")

    def keep(self, upload: str) -> None:
        self._write({**self._read(), self._what: upload})

    def forget(self) -> None:
        self._write({what: upload for what, upload in self._read().items() if what != self._what})

    def _read(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def _write(self, uploads: dict[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(uploads))
        part.replace(self._path)
