"""An upload from its opening to the start of its reading."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict, DomainError, Invalid, TooLarge
from datasets import quota, staging, stored
from datasets.formats import paths
from datasets.formats.registry import FORMATS
from datasets.models import Dataset, Upload, UploadFile, UploadState
from datasets.staging import Spooled
from datasets.stored import Readable
from jobs import services as jobs
from jobs.models import JobState

audit.phrases(
    {
        "upload.opened": _l("opened an upload"),
        "upload.started": _l("uploaded files: {files}"),
        "upload.cancelled": _l("cancelled an upload"),
    }
)

MOST_FILES = 100_000
LONGEST_NAME = 400
OPEN_FOR = timedelta(days=2)
"""After the last file an upload waits this long to be started, and a stopped one to be retried."""


def open_upload(*, dataset: Dataset, actor: User, format: str = "") -> Upload:  # noqa: A002  # the field's own name
    """`format` is a format id, or empty to find out from the files."""
    if format and format not in FORMATS:
        raise Invalid(_("Choose one of these formats: %s.") % ", ".join(FORMATS), field="format")
    with transaction.atomic():
        upload = Upload.objects.create(
            organization=dataset.organization, dataset=dataset, created_by=actor, format=format
        )
        _record(upload, actor, "upload.opened")
    return upload


def upload_at_once(
    *,
    dataset: Dataset,
    actor: User,
    format: str,  # noqa: A002  # the field's own name
    files: Iterable[tuple[str, Readable, int]],
) -> tuple[Upload, list[str]]:
    """Open, receive every file (name, stream, bytes) and start. Returns also why single files were refused."""
    upload, refused = open_upload(dataset=dataset, actor=actor, format=format), []
    for name, stream, byte_size in files:
        try:
            receive_file(upload=upload, name=name, stream=stream, byte_size=byte_size)
        except DomainError as error:
            refused.append(f"{name}: {error.message}")
    upload.refresh_from_db()
    if upload.file_count:
        start_upload(upload=upload, actor=actor)
    return upload, refused


def receive_file(*, upload: Upload, name: str, stream: Readable, byte_size: int | None = None) -> UploadFile:
    """Take one file in. The same name and content again is the same file; other content is a Conflict.

    `byte_size`, when it is known beforehand, refuses before a byte is read.
    """
    tidy = _checked_name(name)
    _refuse_closed(upload)
    if byte_size is not None:
        staging.refuse_too_large(tidy, byte_size)
        if byte_size > (left := quota.room_of(upload.organization)):
            raise quota.over_quota(left)
    with staging.spooled(stream, tidy) as spooled:
        return _existing(upload, tidy, spooled) or _keep(upload, tidy, spooled)


def start_upload(*, upload: Upload, actor: User) -> Upload:
    """Hand the files to a worker. Starting twice is starting once."""
    with transaction.atomic():
        locked = _locked(upload)
        if locked.state == UploadState.CANCELLED:
            raise _closed()
        if locked.state == UploadState.OPEN:
            _start(locked, actor)
    return locked


def cancel_upload(*, upload: Upload, actor: User) -> Upload:
    """Give up an upload that is open; stop the reading of one that was started, which a retry of its job continues.

    What was read so far stays.
    """
    with transaction.atomic():
        locked = _locked(upload)
        if locked.state == UploadState.OPEN:
            _move(locked, UploadState.OPEN, UploadState.CANCELLED, finished_at=timezone.now())
            _record(locked, actor, "upload.cancelled")
        elif locked.state == UploadState.INGESTING and locked.job:
            jobs.cancel(job=locked.job, actor=actor)
    return locked


def expire_uploads() -> int:
    """Close uploads that nobody started or retried in time; returns how many. Their bytes go with the next clearing."""
    before = timezone.now() - OPEN_FOR
    latest = UploadFile.objects.filter(created_at__gte=before).values("upload")
    forgotten = Q(state=UploadState.OPEN, created_at__lt=before) & ~Q(pk__in=latest)
    stopped = Q(
        state=UploadState.INGESTING,
        job__state__in=[JobState.CANCELLED, JobState.FAILED],
        job__finished_at__lt=before,
    )
    due = list(Upload.objects.filter(forgotten | stopped).values_list("pk", flat=True))
    waiting = Upload.objects.filter(pk__in=due, state__in=[UploadState.OPEN, UploadState.INGESTING])
    return waiting.update(state=UploadState.CANCELLED, finished_at=timezone.now())


def _checked_name(name: str) -> str:
    tidy = paths.tidy(name)
    reason = paths.refusal(tidy) or (len(tidy) > LONGEST_NAME and _("The name is too long."))
    if reason:
        raise Invalid(str(reason), field="name")
    if paths.is_junk(tidy):
        raise Invalid(_("Your system made this file for itself. Leave it out."), code="system_file", field="name")
    return tidy


def _refuse_closed(upload: Upload) -> None:
    if upload.state != UploadState.OPEN:
        raise _closed()
    if upload.file_count >= MOST_FILES:
        message = _("An upload takes at most %d files. Pack them into a zip, or start another upload.") % MOST_FILES
        raise TooLarge(message, code="too_many_files")


def _closed() -> Conflict:
    return Conflict(_("This upload no longer takes files. Start another one."), code="upload_closed")


def _existing(upload: Upload, name: str, spooled: Spooled) -> UploadFile | None:
    found = upload.files.filter(name=name).first()
    if found is not None and found.sha256 != spooled.sha256:
        message = _("Another file of this name is in this upload. Rename one of them.")
        raise Conflict(message, code="name_taken", field="name")
    return found


def _keep(upload: Upload, name: str, spooled: Spooled) -> UploadFile:
    key = staging.new_key(upload)
    stored.put(spooled.path, key)
    kept = ""
    try:
        with transaction.atomic():
            file = _written(upload, name, spooled, key)
        kept = file.staging_key
    finally:
        if kept != key:
            stored.remove([key])
    return file


def _written(upload: Upload, name: str, spooled: Spooled, key: str) -> UploadFile:
    """The row of the file; another one's when the same file came twice at once."""
    _refuse_closed(_locked(upload))
    if found := _existing(upload, name, spooled):
        return found
    quota.take(upload.organization_id, spooled.byte_size)
    Upload.objects.filter(pk=upload.pk).update(
        file_count=F("file_count") + 1, byte_size=F("byte_size") + spooled.byte_size
    )
    return upload.files.create(name=name, byte_size=spooled.byte_size, sha256=spooled.sha256, staging_key=key)


def _start(upload: Upload, actor: User) -> None:
    if not upload.file_count:
        raise Invalid(_("Add at least one file first."), code="no_files")
    upload.job = jobs.start(
        kind="datasets.ingest",
        organization=upload.organization,
        actor=actor,
        arguments={"upload": upload.public_id},
        subject=f"dataset:{upload.dataset.public_id}",
        dedupe_key=f"ingest:{upload.public_id}",
    )
    _move(upload, UploadState.OPEN, UploadState.INGESTING, job=upload.job)
    _record(upload, actor, "upload.started", files=upload.file_count, bytes=upload.byte_size)


def _locked(upload: Upload) -> Upload:
    rows = Upload.objects.select_for_update(of=("self",)).select_related("organization", "dataset", "job")
    return rows.get(pk=upload.pk)


def _move(upload: Upload, before: UploadState, after: UploadState, **values: object) -> None:
    if Upload.objects.filter(pk=upload.pk, state=before).update(state=after, **values) != 1:
        raise _closed()
    upload.state = after


def _record(upload: Upload, actor: User, verb: str, **data: object) -> None:
    data["dataset"] = upload.dataset.public_id
    audit.record(actor=actor, organization=upload.organization, verb=verb, subject=upload, data=data)
