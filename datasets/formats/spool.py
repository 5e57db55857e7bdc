"""Text kept on disk until its file's turn comes, so that no writer holds all images."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, BinaryIO

IN_MEMORY = 2**20


class Spools:
    """One temporary text for each key, made at its first use."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._files: dict[str, IO[bytes]] = {}

    def add(self, key: str, text: str) -> None:
        if key not in self._files:
            spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the stack)
            self._files[key] = self._stack.enter_context(spool)
        self._files[key].write(text.encode())

    def __contains__(self, key: str) -> bool:
        return key in self._files

    def names(self) -> list[str]:
        return sorted(self._files)

    def lines(self, key: str) -> Iterator[bytes]:
        if key in self._files:
            self._files[key].seek(0)
            yield from self._files[key]

    def pour(self, key: str, into: BinaryIO) -> None:
        if key in self._files:
            self._files[key].seek(0)
            shutil.copyfileobj(self._files[key], into, IN_MEMORY)


@contextmanager
def spools() -> Iterator[Spools]:
    with ExitStack() as stack:
        yield Spools(stack)
