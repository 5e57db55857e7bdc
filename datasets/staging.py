"""Received files on their way in: counted and hashed while they stream, kept under keys of ours, then removed."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from core.errors import TooLarge
from core.kit.figures import bytes_size
from core.models import new_public_id
from datasets import quota, stored
from datasets.formats.matching import is_image
from datasets.models import Upload, UploadFile, UploadState
from datasets.stored import BLOCK, Readable

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
ENDED = (UploadState.DONE, UploadState.CANCELLED)


@dataclass(frozen=True)
class Spooled:
    path: Path
    sha256: str
    byte_size: int


@contextmanager
def spooled(stream: Readable, name: str) -> Iterator[Spooled]:
    """The stream as a file on disk for the length of the block; TooLarge as soon as it passes its limit."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="labelhub-") as folder:
        path, digest, size = Path(folder, "received"), hashlib.sha256(), 0
        with path.open("wb") as file:
            while block := stream.read(BLOCK):
                size += len(block)
                refuse_too_large(name, size)
                digest.update(block)
                file.write(block)
        yield Spooled(path, digest.hexdigest(), size)


def refuse_too_large(name: str, byte_size: int) -> None:
    """Archives and label files hold thousands of images or labels, so they may be larger than one image."""
    limit = settings.UPLOAD_MAX_FILE_BYTES if is_image(name) else settings.UPLOAD_MAX_ARCHIVE_BYTES
    if byte_size > limit:
        message = _("%(name)s is larger than %(limit)s.") % {"name": name, "limit": bytes_size(limit)}
        raise TooLarge(message, field="file", data={"limit_bytes": limit})


def new_key(upload: Upload) -> str:
    return f"staging/{upload.public_id}/{new_public_id()}"


def is_zip(key: str) -> bool:
    with stored.open_object(key) as file:
        return file.read(4) in ZIP_STARTS


def clear(upload: Upload) -> None:
    """Remove the bytes of an upload that has ended, then count them out. Safe to repeat."""
    files = list(upload.files.exclude(staging_key=""))
    stored.remove(file.staging_key for file in files)
    with transaction.atomic():
        quota.held(upload.organization_id)
        staged = UploadFile.objects.filter(pk__in=[file.pk for file in files]).exclude(staging_key="")
        freed = sum(staged.values_list("byte_size", flat=True))
        staged.update(staging_key="")
        quota.add(upload.organization_id, -freed)


def clear_ended(limit: int = 100) -> int:
    """Ended uploads whose bytes are still there; returns how many."""
    staged = UploadFile.objects.filter(upload=OuterRef("pk")).exclude(staging_key="")
    uploads = list(Upload.objects.filter(Exists(staged), state__in=ENDED).order_by("pk")[:limit])
    for upload in uploads:
        clear(upload)
    return len(uploads)
