"""Writes what the decoder made of some dozens of files: objects into the storage, rows into the database, once."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.db import transaction
from django.db.models import F

from datasets import outcomes, quota, stored
from datasets.decoder.protocol import DISPLAY, ORIGINAL, PREVIEW, THUMBNAIL, Picture, Refusal, Reply
from datasets.formats.matching import folder_split
from datasets.models import Asset, Dataset, DatasetItem, StorageUsage, Upload, UploadOutcome

STORING_THREADS = 8

About, Result = UploadOutcome.About, UploadOutcome.Result


@dataclass(frozen=True)
class Entry:
    """One file to read. `shown` is its name in the report, `folder` takes what the decoder makes of it."""

    place: int
    name: str
    shown: str
    path: Path
    folder: Path
    source_sha256: str


@dataclass(frozen=True)
class Known:
    """The very same bytes were received before."""

    asset_id: int


@dataclass(frozen=True)
class Read:
    entry: Entry
    reply: Reply | Known


def asset_keys(public_id: str, picture: Picture) -> dict[str, str]:
    """Where each file that the decoder made is stored."""
    home = f"media/{public_id[:2]}/{public_id}"
    shown = [DISPLAY] if picture.has_display else []
    return {ORIGINAL: f"{home}/original.{picture.extension}"} | {
        name: f"{home}/{name}" for name in (THUMBNAIL, PREVIEW, *shown)
    }


class ChunkWriter:
    """`again` says that an earlier run may have stored the same objects."""

    def __init__(self, upload: Upload, *, again: bool, staged_bytes: int) -> None:
        self._upload = upload
        self._again = again
        self._staged = staged_bytes

    def write(self, reads: Iterable[Read]) -> None:
        chunk = sorted(reads, key=lambda read: read.entry.place)
        pictures = [(read.entry, read.reply) for read in chunk if isinstance(read.reply, Picture)]
        self._store(pictures)
        with transaction.atomic():
            usage = quota.held(self._upload.organization_id)
            assets = self._assets(pictures, usage)
            self._write_rows(self._unreported(chunk), assets)
        self._discard_unused(pictures, assets)
        for read in chunk:
            shutil.rmtree(read.entry.folder, ignore_errors=True)

    def _id(self, entry: Entry) -> str:
        return stored.derived_id(self._upload.public_id, entry.shown)

    def _store(self, pictures: Sequence[tuple[Entry, Picture]]) -> None:
        moves = [
            (entry.folder / name, key)
            for entry, picture in pictures
            for name, key in asset_keys(self._id(entry), picture).items()
        ]
        if self._again:
            stored.remove(key for _path, key in moves)
        with ThreadPoolExecutor(STORING_THREADS) as threads:
            list(threads.map(lambda move: stored.put(*move), moves))

    def _assets(self, pictures: Sequence[tuple[Entry, Picture]], usage: StorageUsage) -> dict[str, Asset]:
        """By the hash of the stored bytes: those there were, and new ones as long as there is room.

        The lock on the usage makes this the organisation's only writer.
        """
        there = Asset.objects.filter(
            organization_id=self._upload.organization_id,
            sha256__in=[picture.sha256 for _entry, picture in pictures],
            deleted_at=None,
        )
        assets = {asset.sha256: asset for asset in there}
        fresh: dict[str, Asset] = {}
        room = quota.room(usage, leaving=self._staged)
        for entry, picture in pictures:
            if picture.sha256 not in assets | fresh and picture.byte_size <= room:
                fresh[picture.sha256] = self._asset(entry, picture)
                room -= picture.byte_size
        Asset.objects.bulk_create(fresh.values())
        quota.add(self._upload.organization_id, sum(asset.byte_size for asset in fresh.values()))
        return assets | fresh

    def _asset(self, entry: Entry, picture: Picture) -> Asset:
        public_id = self._id(entry)
        keys = asset_keys(public_id, picture)
        return Asset(
            public_id=public_id,
            organization_id=self._upload.organization_id,
            original_name=PurePosixPath(entry.name).name[:255],
            sha256=picture.sha256,
            source_sha256=entry.source_sha256,
            perceptual_hash=picture.perceptual_hash,
            byte_size=picture.byte_size,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            storage_key=keys[ORIGINAL],
            thumbnail_key=keys[THUMBNAIL],
            preview_key=keys[PREVIEW],
            display_key=keys.get(DISPLAY, ""),
            captured_at=datetime.fromisoformat(picture.captured_at) if picture.captured_at else None,
            location=picture.location,
            uploaded_by_id=self._upload.created_by_id,
        )

    def _unreported(self, chunk: Sequence[Read]) -> list[Read]:
        """Another worker may have got here first, when this one was taken for dead."""
        names = [read.entry.shown for read in chunk]
        reported = set(self._upload.outcomes.filter(about=About.FILE, name__in=names).values_list("name", flat=True))
        return [read for read in chunk if read.entry.shown not in reported]

    def _write_rows(self, reads: Sequence[Read], assets: dict[str, Asset]) -> None:
        placed = {read.entry.shown: asset_id for read in reads if (asset_id := _asset_id(read, assets)) is not None}
        joined = self._join(reads, placed)
        rows = [row for read in reads for row in self._outcomes(read, assets, placed, joined)]
        UploadOutcome.objects.bulk_create(rows)

    def _join(self, reads: Sequence[Read], placed: dict[str, int]) -> set[str]:
        """Put the assets into the dataset; returns the names of those that are new there."""
        dataset = Dataset.objects.select_for_update().get(pk=self._upload.dataset_id)
        present = set(dataset.items.filter(asset_id__in=placed.values()).values_list("asset_id", flat=True))
        items: dict[str, DatasetItem] = {}
        for read in reads:
            asset_id = placed.get(read.entry.shown)
            if asset_id is not None and asset_id not in present:
                present.add(asset_id)
                name = read.entry.name
                items[read.entry.shown] = DatasetItem(
                    dataset=dataset, asset_id=asset_id, name=name, split=folder_split(name)
                )
        DatasetItem.objects.bulk_create(items.values())
        Dataset.objects.filter(pk=dataset.pk).update(item_count=F("item_count") + len(items))
        return set(items)

    def _outcomes(
        self, read: Read, assets: dict[str, Asset], placed: dict[str, int], joined: set[str]
    ) -> Iterator[UploadOutcome]:
        shown, reply = read.entry.shown, read.reply
        asset_id = placed.get(shown)
        if asset_id is None:
            refusal = reply if isinstance(reply, Refusal) else Refusal("quota")
            yield self._outcome(shown, Result.REJECTED, refusal.code, outcomes.refusal_sentence(refusal))
        elif isinstance(reply, Picture) and assets[reply.sha256].public_id == self._id(read.entry):
            yield self._outcome(shown, Result.ADDED, asset_id=asset_id)
            for code, data in reply.notes.items():
                yield self._outcome(shown, Result.WARNING, code, outcomes.note_sentence(code, data), asset_id)
        elif shown in joined:
            yield self._outcome(shown, Result.ADDED, "stored_before", outcomes.stored_before_sentence(), asset_id)
        else:
            yield self._outcome(shown, Result.DUPLICATE, "already_here", outcomes.duplicate_sentence(), asset_id)

    def _outcome(
        self, name: str, result: UploadOutcome.Result, code: str = "", message: str = "", asset_id: int | None = None
    ) -> UploadOutcome:
        return UploadOutcome(
            upload=self._upload,
            about=About.FILE,
            name=name,
            result=result,
            code=code,
            message=message[:300],
            asset_id=asset_id,
        )

    def _discard_unused(self, pictures: Sequence[tuple[Entry, Picture]], assets: dict[str, Asset]) -> None:
        for entry, picture in pictures:
            asset = assets.get(picture.sha256)
            if asset is None or asset.public_id != self._id(entry):
                stored.remove(asset_keys(self._id(entry), picture).values())


def _asset_id(read: Read, assets: dict[str, Asset]) -> int | None:
    if isinstance(read.reply, Known):
        return read.reply.asset_id
    if isinstance(read.reply, Picture) and read.reply.sha256 in assets:
        return assets[read.reply.sha256].pk
    return None
