"""Packs an archive: media, labels in the chosen format, licence texts, and a SHA-256 of each file.

Nothing of the buyer goes in, so equal purchases share one archive, byte for byte.
"""

import hashlib
import json
import tempfile
from collections import Counter
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.storage import media_storage
from datasets.formats import registry
from datasets.formats.model import LabelClass, LabelledImage, Shape
from datasets.models import Manifest, ManifestItem
from jobs.context import JobContext
from licensing.models import License
from projects.models import Archive, ArchiveState
from projects.rules.contents import Part
from projects.zip import CHUNK, Folder, StableZip

ROWS_AT_ONCE = 500


class Damaged(DomainError):
    code = "media_damaged"


def pack(context: JobContext) -> dict[str, Any]:
    """The work of `projects.pack`. Run twice it makes the same bytes, and the second run changes nothing."""
    archive = Archive.objects.get(pk=context.arguments["archive_id"])
    if archive.state == ArchiveState.READY:
        return {"archive": archive.public_id}
    found = [_part(values) for values in archive.parts]
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as spool:
        packing = Packing(archive, found, spool, context)
        packing.run()
        _publish(archive, spool, packing)
    return {"archive": archive.public_id, "files": len(packing.zip.files), "items": packing.done}


class Packing:
    """One archive on its way into a temporary file."""

    def __init__(self, archive: Archive, found: list[Part], spool: IO[bytes], context: JobContext) -> None:
        self.archive = archive
        self.parts = found
        self.zip = StableZip(spool)
        self.context = context
        self.done = 0
        self.total = sum(part_items(part).count() for part in found)
        self.lost: Counter[str] = Counter()

    def run(self) -> None:
        for part in self.parts:
            self._pack_part(part)
        self.zip.text("manifest.json", self._manifest())
        self.zip.text("SHA256SUMS", "".join(f"{file.sha256}  {file.path}\n" for file in self.zip.files))
        self.zip.close()

    def _pack_part(self, part: Part) -> None:
        manifest = Manifest.objects.get(pk=part.manifest_id)
        folder = Folder(self.zip, part.folder)
        place = registry.FORMATS[part.format].image_path
        for item in part_items(part).iterator(chunk_size=ROWS_AT_ONCE):
            self._copy(f"{part.folder}/{place(_image(item))}", item)
        images = (_image(item) for item in part_items(part).iterator(chunk_size=ROWS_AT_ONCE))
        classes = [_label_class(values) for values in manifest.classes]
        written = registry.write(part.format, images, classes, folder)
        self.lost.update(written.lost)
        self.zip.text(f"{part.folder}/LICENSE.txt", License.objects.get(pk=part.license_id).text)

    def _copy(self, path: str, item: ManifestItem) -> None:
        with media_storage().open(item.storage_key) as source:
            packed = self.zip.copy(path, source, byte_size=item.byte_size)
        if packed.sha256 != item.sha256:
            message = _("The stored file %(name)s no longer matches its fingerprint. Report this to support.")
            raise Damaged(message % {"name": item.name})
        self.done += 1
        self.context.progress(done=self.done, total=self.total, message=_("Packing files"))

    def _manifest(self) -> str:
        """What the archive holds, for programs: parts with their licences, files with sizes and digests."""
        said = {
            "format": self.archive.format,
            "parts": [
                {
                    "folder": part.folder,
                    "title": part.title,
                    "manifest_sha256": part.manifest_sha256,
                    "producer": part.producer,
                    "license": part.license_code,
                    "license_version": part.license_version,
                    "license_text_sha256": part.license_sha256,
                    "labels": part.format,
                }
                for part in self.parts
            ],
            "not_carried_by_the_format": dict(sorted(self.lost.items())),
            "files": [{"path": file.path, "bytes": file.byte_size, "sha256": file.sha256} for file in self.zip.files],
        }
        return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def part_items(part: Part) -> QuerySet[ManifestItem]:
    items = ManifestItem.objects.filter(manifest_id=part.manifest_id).order_by("position")
    return items if part.asset_ids is None else items.filter(asset_id__in=part.asset_ids)


def _image(item: ManifestItem) -> LabelledImage:
    return LabelledImage(
        name=item.name,
        width=item.width,
        height=item.height,
        sha256=item.sha256,
        shapes=tuple(_shape(values) for values in item.annotations),
        split=item.split,
    )


def _shape(values: dict[str, Any]) -> Shape:
    return Shape(
        kind=values["kind"],
        label=values["class"],
        geometry=values.get("geometry", {}),
        attributes=values.get("attributes", {}),
        confidence=values.get("confidence"),
    )


def _label_class(values: dict[str, Any]) -> LabelClass:
    return LabelClass(values["name"], values.get("color_index", 0), values.get("skeleton"))


def _part(values: dict[str, Any]) -> Part:
    asset_ids = values["asset_ids"]
    return Part(
        **{
            **values,
            "asset_ids": None if asset_ids is None else tuple(asset_ids),
            "asset_sha256s": tuple(values["asset_sha256s"]),
        }
    )


def _publish(archive: Archive, spool: IO[bytes], packing: Packing) -> None:
    """Store the bytes under their content's name; an earlier try's leftover is replaced."""
    storage, key = media_storage(), f"archives/{archive.content_key}.zip"
    byte_size, sha256 = spool.tell(), _digest(spool)
    spool.seek(0)
    if storage.exists(key):
        storage.delete(key)
    stored = storage.save(key, File(spool))
    Archive.objects.filter(pk=archive.pk, state=ArchiveState.BUILDING).update(
        state=ArchiveState.READY,
        storage_key=stored,
        sha256=sha256,
        byte_size=byte_size,
        item_count=packing.done,
        dropped=dict(packing.lost),
    )


def _digest(spool: IO[bytes]) -> str:
    spool.seek(0)
    digest = hashlib.sha256()
    while chunk := spool.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
