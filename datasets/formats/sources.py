"""Where labels are read from: a zip archive or a folder, both as a stranger may have made them."""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Self

from datasets.formats.model import Problem, Source
from datasets.formats.paths import is_junk, refusal, shown, tidy

LOCAL_HEADER = 30
"""Bytes before each member's name."""


class SourceError(ValueError):
    """The archive as a whole cannot be read; the message is for its owner."""


@dataclass(frozen=True)
class ZipLimits:
    members: int = 250_000
    member_bytes: int = 4 * 2**30
    total_bytes: int = 200 * 2**30
    ratio: int = 250
    """Unpacked over packed size, from `ratio_from` bytes on; text and plain drawings stay below 100."""
    ratio_from: int = 10 * 2**20


class ZipSource:
    """The files of a zip archive. Nothing is ever unpacked to disk."""

    def __init__(self, file: str | os.PathLike[str] | IO[bytes], limits: ZipLimits | None = None) -> None:
        """SourceError when it is no zip archive or has too many members."""
        self._limits = limits or ZipLimits()
        self._problems: list[Problem] = []
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._archive = _opened(file, self._limits.members)
        self._take_members()

    def _take_members(self) -> None:
        total = end = 0
        for info in sorted(self._archive.infolist(), key=lambda each: each.header_offset):
            name = tidy(_decoded(info))
            if info.is_dir() or is_junk(name):
                continue
            reason = self._refusal(info, name, end, total)
            if reason:
                self._problems.append(Problem(shown(name), *reason))
                continue
            self._members[name] = info
            total += info.file_size
            end = info.header_offset + LOCAL_HEADER + info.compress_size

    def _refusal(self, info: zipfile.ZipInfo, name: str, end: int, total: int) -> tuple[str, str] | None:
        """Code and message of the first guard that the member fails."""
        limits, packed = self._limits, max(info.compress_size, 1)
        bomb = info.file_size > max(limits.ratio_from, limits.ratio * packed)
        guards = [
            ("unsafe_name", refusal(name)),
            ("link", _if(stat.S_ISLNK(info.external_attr >> 16), "Links are not followed.")),
            ("encrypted", _if(info.flag_bits & 1, "The file is locked with a password.")),
            ("compression", _if(info.compress_type not in (0, 8), "The file must be packed by deflate.")),
            ("duplicate", _if(name in self._members, "A file of this name is already in the archive.")),
            ("overlap", _if(info.header_offset < end, "The file shares its bytes with another one.")),
            ("too_large", _if(info.file_size > limits.member_bytes, "The file is too large when unpacked.")),
            ("bomb", _if(bomb, "The file unpacks to far more than it should.")),
            ("total", _if(total + info.file_size > limits.total_bytes, "The archive unpacks to too much.")),
        ]
        return next((guard for guard in guards if guard[1]), None)

    def names(self) -> Iterable[str]:
        return self._members.keys()

    def open(self, name: str) -> BinaryIO:
        try:
            return io.BufferedReader(_Member(self._archive.open(self._members[name])), 2**16)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise OSError("The file is damaged inside the archive.") from error

    def size(self, name: str) -> int:
        return self._members[name].file_size

    def problems(self) -> Iterable[Problem]:
        return self._problems

    def close(self) -> None:
        self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class FolderSource:
    """The files under a folder; links that lead out of it are refused, hidden files left out."""

    def __init__(self, root: str | os.PathLike[str], members: int = 2_000_000) -> None:
        self._root = Path(root).resolve(strict=True)
        self._problems: list[Problem] = []
        self._sizes: dict[str, int] = {}
        for path in _files(self._root):
            if len(self._sizes) >= members:
                raise SourceError(f"The folder holds more than {members:,} files.")
            self._take(path)

    def _take(self, path: Path) -> None:
        name = tidy(path.relative_to(self._root).as_posix())
        if is_junk(name) or path.name.startswith("."):
            return
        if not path.resolve().is_relative_to(self._root) or not path.is_file():
            self._problems.append(Problem(name, "link", "Links that lead out of the folder are not followed."))
        elif reason := refusal(name):
            self._problems.append(Problem(shown(name), "unsafe_name", reason))
        else:
            self._sizes[name] = path.stat().st_size

    def names(self) -> Iterable[str]:
        return self._sizes.keys()

    def open(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")

    def size(self, name: str) -> int:
        return self._sizes[name]

    def problems(self) -> Iterable[Problem]:
        return self._problems


def lines(source: Source, name: str, limit: int) -> Iterator[bytes]:
    """Lines of a file, without their ends; ValueError at one longer than `limit` bytes."""
    with source.open(name) as stream:
        while line := stream.readline(limit + 1):
            if len(line) > limit:
                raise ValueError(f"A line is longer than {limit:,} bytes.")
            yield line.rstrip(b"\r\n")


class _Member(io.RawIOBase):
    """A packed file whose damage shows as OSError, like that of any other file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        try:
            data = self._stream.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError("The file is damaged inside the archive.") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _if(fails: object, message: str) -> str:
    return message if fails else ""


def _decoded(info: zipfile.ZipInfo) -> str:
    """Many archivers write UTF-8 without saying so, which zipfile then reads as code page 437."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode()
    except UnicodeError:
        return info.orig_filename


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files))


def _opened(file: str | os.PathLike[str] | IO[bytes], most: int) -> zipfile.ZipFile:
    stream = open(file, "rb") if isinstance(file, str | os.PathLike) else file  # noqa: SIM115 (the archive keeps it)
    try:
        if _count_members(stream, most) > most:
            raise SourceError(f"The archive holds more than {most:,} files.")
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, struct.error, OSError, NotImplementedError) as error:
        raise SourceError("The file is not a zip archive, or it is damaged.") from error


def _count_members(stream: IO[bytes], most: int) -> int:
    """Entries in the central directory, counted before zipfile builds an object for each.

    Layout: APPNOTE.TXT 4.3.12 (a directory entry), 4.3.16 (its end record), 4.3.14 (that of ZIP64).
    """
    start, size = _directory(stream)
    stream.seek(start)
    count = read = 0
    while read < size and count <= most:
        header = stream.read(46)
        name, extra, comment = struct.unpack_from("<3H", header, 28)
        stream.seek(name + extra + comment, os.SEEK_CUR)
        read += 46 + name + extra + comment
        count += 1
    return count


def _directory(stream: IO[bytes]) -> tuple[int, int]:
    """Where the central directory starts, and its length in bytes."""
    length = stream.seek(0, os.SEEK_END)
    tail_start = max(0, length - 22 - 65535)
    stream.seek(tail_start)
    tail = stream.read()
    plain = tail[-22:-18] == b"PK\x05\x06" and tail[-2:] == b"\0\0"
    place = len(tail) - 22 if plain else tail.rfind(b"PK\x05\x06")
    if place < 0:
        raise zipfile.BadZipFile("no end record")
    size = struct.unpack_from("<I", tail, place + 12)[0]
    locator = tail[max(0, place - 20) : place]
    if locator[:4] == b"PK\x06\x07":
        record = tail_start + place - 20 - 56
        stream.seek(record)
        return _checked(record, struct.unpack_from("<Q", stream.read(56), 40)[0])
    return _checked(tail_start + place, size)


def _checked(end: int, size: int) -> tuple[int, int]:
    if size > end:
        raise zipfile.BadZipFile("a directory longer than the file")
    return end - size, size
