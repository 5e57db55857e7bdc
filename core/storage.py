"""Where media lives: a private bucket, or a folder that only signed links open."""

import time
from urllib.parse import quote

from django.core import signing
from django.core.files.storage import FileSystemStorage, Storage, default_storage, storages
from django.urls import reverse

SIGNER = signing.Signer(salt="core.storage")


class LocalMediaStorage(FileSystemStorage):
    """Files on disk. A link carries its key, file name and end, signed, as a bucket's link would."""

    def url(self, name: str | None, seconds: int = 3600, filename: str = "") -> str:
        """A link that ends at the next full quarter of `seconds`: pages of the same minutes share a cached picture."""
        quarter = max(seconds // 4, 1)
        ends = (int(time.time()) // quarter + 4) * quarter
        return reverse("core:media", args=[SIGNER.sign_object([name, filename, ends], compress=True)])


def opened_link(token: str) -> tuple[str, str, int]:
    """Key, file name and seconds left of a link to a file on disk. BadSignature for a false or ended one."""
    key, filename, ends = SIGNER.unsign_object(token)
    left = ends - int(time.time())
    if left <= 0:
        raise signing.SignatureExpired("the link has ended")
    return key, filename, left


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
