"""Moving files in and out of the media storage, whether it is a folder or a bucket."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Protocol

from django.core.files import File
from django.utils.crypto import salted_hmac

from core.models import ALPHABET
from core.storage import media_storage

BLOCK = 1024 * 1024


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _OnDisk(File):  # type: ignore[type-arg]  # generic in the stubs alone
    """Lets a storage that is a folder take the file by renaming it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def put(path: Path, key: str) -> None:
    """The file at `path` becomes the object `key`, which must be new; it may be gone from `path` afterwards."""
    with path.open("rb") as handle:
        saved = media_storage().save(key, _OnDisk(handle, name=str(path)))
    if saved != key:
        remove([saved])
        raise FileExistsError(key)


def local_path(key: str) -> Path | None:
    """Where the object lies on this machine, or None when the storage is a bucket."""
    try:
        return Path(media_storage().path(key))
    except NotImplementedError:
        return None


def open_object(key: str) -> IO[bytes]:
    handle: IO[bytes] = media_storage().open(key, "rb")
    return handle


def remove(keys: Iterable[str]) -> None:
    """Objects that are gone already are no error."""
    storage = media_storage()
    for key in filter(None, keys):
        storage.delete(key)


def copy_hashed(stream: Readable, target: Path) -> str:
    """Write the stream to a file; returns the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := stream.read(BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def derived_id(*parts: str) -> str:
    """A public id that cannot be guessed, yet comes out the same when the work is done again."""
    number = int.from_bytes(salted_hmac("datasets.stored", "\0".join(parts), algorithm="sha256").digest(), "big")
    letters = []
    for _place in range(16):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)
