"""A zip whose bytes depend on its content alone: stored, one fixed date, no machine's attributes."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
CHUNK = 1024 * 1024
ZIP64_FROM = 2**31 - 1


@dataclass(frozen=True)
class PackedFile:
    path: str
    byte_size: int
    sha256: str


class _Hashing:
    """Writes through to a member and keeps its digest and length."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.byte_size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.byte_size += len(data)
        return self._target.write(data)

    def flush(self) -> None:
        self._target.flush()


class StableZip:
    """Collects files in the order given and remembers each one's SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self.files: list[PackedFile] = []

    @contextmanager
    def file(self, path: str, *, byte_size: int | None = None) -> Iterator[BinaryIO]:
        """A new member to write. Without `byte_size` it may grow past 4 GiB."""
        info = zipfile.ZipInfo(path, FIXED_DATE)
        info.create_system = 3
        info.external_attr = 0o644 << 16
        info.file_size = byte_size or 0
        with self._zip.open(info, "w", force_zip64=byte_size is None or byte_size > ZIP64_FROM) as member:
            hashing = _Hashing(member)
            yield cast(BinaryIO, hashing)
        self.files.append(PackedFile(path, hashing.byte_size, hashing.digest.hexdigest()))

    def text(self, path: str, text: str) -> None:
        data = text.encode()
        with self.file(path, byte_size=len(data)) as member:
            member.write(data)

    def copy(self, path: str, source: IO[bytes], *, byte_size: int) -> PackedFile:
        with self.file(path, byte_size=byte_size) as member:
            while chunk := source.read(CHUNK):
                member.write(chunk)
        return self.files[-1]

    def close(self) -> None:
        self._zip.close()


@dataclass(frozen=True)
class Folder:
    """One folder of the zip, for a format's writer to put its files in."""

    archive: StableZip
    name: str

    @contextmanager
    def file(self, path: str) -> Iterator[BinaryIO]:
        with self.archive.file(f"{self.name}/{path}") as member:
            yield member
