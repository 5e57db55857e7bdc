"""The long job behind an upload: read every image, then the labels, then say what became of each file.

Safe to run twice, and to be killed: what is reported is done, and what is done is skipped.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict
from datasets import outcomes, staging, stored
from datasets.decoder.protocol import Limits, Refusal, Request
from datasets.decoding import DecoderPool
from datasets.formats.model import Problem, Source
from datasets.intake import Intake, LooseFiles, WithoutProblems, label_names, media_names, open_intake
from datasets.label_import import import_labels
from datasets.media_rows import About, ChunkWriter, Entry, Known, Read, Result
from datasets.models import Asset, Upload, UploadOutcome, UploadState
from jobs.context import JobContext

CHUNK = 50
WINDOW_FILES = 32
WINDOW_BYTES = 16 * 1024**2
FINAL = (Result.ADDED, Result.DUPLICATE, Result.REJECTED)


def run(context: JobContext) -> dict[str, Any]:
    upload = Upload.objects.select_related("dataset__schema", "organization").get(public_id=context.arguments["upload"])
    if upload.state == UploadState.DONE:
        return dict(upload.report)
    if upload.state != UploadState.INGESTING:
        message = _("The files of this upload were removed, since it was not continued in time. Upload them again.")
        raise Conflict(message, code="upload_closed")
    with ExitStack() as stack:
        intake = open_intake(upload, stack)
        _report_problems(upload, intake.problems)
        _read_media(upload, intake, context)
        context.progress(done=intake.total(), total=intake.total())
        labels = [_read_labels(upload, prefix, source, context) for prefix, source in intake.sources]
    return _close(upload, labels)


def _report_problems(upload: Upload, problems: Sequence[Problem]) -> None:
    rows = [
        UploadOutcome(
            upload=upload,
            about=About.FILE,
            name=problem.where,
            result=Result.REJECTED,
            code=problem.code,
            message=problem.message[:300],
        )
        for problem in problems
    ]
    UploadOutcome.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _read_media(upload: Upload, intake: Intake, context: JobContext) -> None:
    limits = Limits(pixels=settings.UPLOAD_MAX_PIXELS, memory_bytes=settings.DECODER_MEMORY_BYTES)
    seconds = settings.DECODER_SECONDS
    with (
        TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="labelhub-") as folder,
        DecoderPool(processes=settings.DECODER_PROCESSES, limits=limits, seconds_per_file=seconds) as pool,
    ):
        reader = _Reader(upload, context, pool, Path(folder), intake.total())
        for prefix, source in intake.sources:
            reader.read(prefix, source)


def _read_labels(upload: Upload, prefix: str, source: Source, context: JobContext) -> dict[str, Any]:
    kept = upload.outcomes.filter(
        about=About.FILE, result__in=[Result.ADDED, Result.DUPLICATE], name__startswith=prefix
    )
    assets = dict(kept.exclude(asset=None).values_list("name", "asset_id").iterator())
    by_name = {name: assets[prefix + name] for name in media_names(source) if prefix + name in assets}
    report = import_labels(upload, WithoutProblems(source), by_name, context, prefix)
    if not report["format"]:
        _report_problems(upload, [_without_labels(prefix + name) for name in label_names(source)])
    return report


def _without_labels(name: str) -> Problem:
    return Problem(name, "no_labels", outcomes.no_labels_sentence())


def _close(upload: Upload, labels: list[dict[str, Any]]) -> dict[str, Any]:
    report = {**_counts(upload), "labels": labels}
    Upload.objects.filter(pk=upload.pk, state=UploadState.INGESTING).update(
        state=UploadState.DONE, report=report, finished_at=timezone.now()
    )
    staging.clear(upload)
    return report


def _counts(upload: Upload) -> dict[str, Any]:
    rows = upload.outcomes.filter(about=About.FILE).values_list("result", "code").annotate(n=Count("pk"))
    by_result: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for result, code, number in rows:
        by_result[result] += number
        if result == Result.REJECTED:
            reasons[code] += number
    figures = {str(result): by_result[result] for result in (*FINAL, Result.WARNING)}
    return {**figures, "files": sum(by_result[result] for result in FINAL), "reasons": dict(reasons.most_common())}


class _Reader:
    """Draws files from a source only as fast as the decoders take them, and writes them in chunks."""

    def __init__(self, upload: Upload, context: JobContext, pool: DecoderPool, folder: Path, total: int) -> None:
        self._upload, self._context, self._pool, self._folder = upload, context, pool, folder
        self._total, self._done = total, 0
        self._places = count()
        self._waiting: list[Read] = []
        self._asked: dict[str, Entry] = {}
        self._writer = ChunkWriter(upload, again=context.job.attempt > 1, staged_bytes=upload.byte_size)
        finished = upload.outcomes.filter(about=About.FILE, result__in=FINAL)
        self._finished = set(finished.values_list("name", flat=True).iterator())

    def read(self, prefix: str, source: Source) -> None:
        for request, reply in self._pool.run(self._requests(prefix, source)):
            self._waiting.append(Read(self._asked.pop(request.folder), reply))
            if len(self._waiting) >= CHUNK:
                self._write()
            self._context.progress(done=self._done + len(self._waiting), total=self._total)
        self._write()

    def _write(self) -> None:
        self._writer.write(self._waiting)
        self._done += len(self._waiting)
        self._waiting = []

    def _requests(self, prefix: str, source: Source) -> Iterator[Request]:
        for window in self._windows(prefix, source):
            entries = [entry for name in window if (entry := self._fetched(prefix, source, name)) is not None]
            known = self._known(entries)
            for entry in entries:
                if entry.source_sha256 in known:
                    self._waiting.append(Read(entry, Known(known[entry.source_sha256])))
                else:
                    self._asked[str(entry.folder)] = entry
                    yield Request(str(entry.path), str(entry.folder), entry.name)

    def _windows(self, prefix: str, source: Source) -> Iterator[list[str]]:
        """Names still to be read, a few at a time: decoders start at once, and unpacked files never fill the disk."""
        window: list[str] = []
        size = 0
        for name in media_names(source):
            if prefix + name in self._finished:
                self._done += 1
                continue
            window.append(name)
            size += source.size(name)
            if len(window) >= WINDOW_FILES or size >= WINDOW_BYTES:
                yield window
                window, size = [], 0
        yield window

    def _fetched(self, prefix: str, source: Source, name: str) -> Entry | None:
        """The file on this disk; one that is too large or damaged in its archive is reported instead."""
        place = next(self._places)
        folder = self._folder / str(place)
        folder.mkdir()
        entry = Entry(place, name, prefix + name, folder / "received", folder, "")
        if source.size(name) > settings.UPLOAD_MAX_FILE_BYTES:
            self._waiting.append(Read(entry, outcomes.too_large(settings.UPLOAD_MAX_FILE_BYTES)))
            return None
        try:
            return _on_disk(entry, source)
        except OSError as error:
            if error.errno is not None:  # our disk or storage, not the archive
                raise
            self._waiting.append(Read(entry, Refusal("unreadable", {"detail": str(error)})))
            return None

    def _known(self, entries: list[Entry]) -> dict[str, int]:
        """Assets of the organisation that came from the same bytes."""
        hashes = [entry.source_sha256 for entry in entries]
        same = Asset.objects.for_organization(self._upload.organization).filter(source_sha256__in=hashes)
        return dict(same.values_list("source_sha256", "pk"))


def _on_disk(entry: Entry, source: Source) -> Entry:
    """A loose file that lies on this machine is read where it is; anything else is copied out first."""
    path, sha256 = entry.path, ""
    if isinstance(source, LooseFiles):
        file = source.files[entry.name]
        path, sha256 = stored.local_path(file.staging_key) or path, file.sha256
    if path is entry.path:
        with source.open(entry.name) as stream:
            sha256 = stored.copy_hashed(stream, path)
    return Entry(entry.place, entry.name, entry.shown, path, entry.folder, sha256)
