"""Where media lives: a private bucket, or a folder that only signed links open."""

from urllib.parse import quote

from django.core import signing
from django.core.files.storage import FileSystemStorage, Storage, default_storage, storages
from django.urls import reverse

SIGNER_SALT = "core.storage"


class LocalMediaStorage(FileSystemStorage):
    """Files on disk. A link carries its key and file name, signed and dated, as a bucket's link would."""

    def url(self, name: str | None, seconds: int = 3600, filename: str = "") -> str:
        token = signing.dumps([name, filename, seconds], salt=SIGNER_SALT)
        return reverse("core:media", args=[token])


def media_storage() -> Storage:
    return default_storage


def on_disk() -> bool:
    """Whether media are files of this machine rather than objects in a bucket."""
    return isinstance(storages["default"], LocalMediaStorage)


def signed_url(key: str, *, seconds: int = 3600, filename: str = "") -> str:
    """A link to one object that expires. With `filename` the browser saves it under that name."""
    storage = storages["default"]
    if isinstance(storage, LocalMediaStorage):
        return storage.url(key, seconds=seconds, filename=filename)
    disposition = f"attachment; filename*=UTF-8''{quote(filename)}"
    parameters = {"ResponseContentDisposition": disposition} if filename else {}
    links = storages["links"]
    return str(links.url(key, parameters=parameters, expire=seconds))  # type: ignore[call-arg]  # django-storages' own
