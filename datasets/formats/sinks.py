"""Where exports are written to. The same calls give the same bytes: no clock and no machine shows in them."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from datasets.formats.paths import refusal

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can hold."""


def _checked(name: str) -> str:
    if reason := refusal(name):
        raise ValueError(f"{name!r} cannot be written: {reason}")
    return name


class ZipSink:
    """Writes into an archive that the caller opened and closes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        info = zipfile.ZipInfo(_checked(name), EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._archive.open(info, "w", force_zip64=True) as stream:
            yield cast(BinaryIO, stream)


class FolderSink:
    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        path = self._root / _checked(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            yield stream
