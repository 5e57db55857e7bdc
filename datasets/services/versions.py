"""Releasing versions."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict
from datasets.models import Dataset, DatasetVersion, VersionState
from jobs import services as jobs

audit.phrases(
    {
        "version.release_started": _l("began to release version {number} of a dataset"),
        "version.released": _l("released version {number} of a dataset"),
    }
)


def release_version(*, dataset: Dataset, actor: User, notes: str = "") -> DatasetVersion:
    """Begin to freeze the dataset as it stands. While one release runs, asking again gives that one.

    A release that failed or was cancelled is taken up again under its number.
    """
    with transaction.atomic():
        held = Dataset.objects.select_for_update().get(pk=dataset.pk)
        if not held.items.exists():
            raise Conflict(_("There is nothing to release. Add images first."), code="empty_dataset")
        unfinished = held.versions.exclude(state=VersionState.RELEASED).select_related("job").first()
        if unfinished is not None and unfinished.job is not None and unfinished.job.is_active:
            return unfinished
        version = unfinished or DatasetVersion(dataset=held, number=_next_number(held))
        version.state, version.notes, version.released_by = VersionState.BUILDING, notes, actor
        version.save()
        _start(version, actor)
    return version


def _next_number(dataset: Dataset) -> int:
    last: int | None = dataset.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _start(version: DatasetVersion, actor: User) -> None:
    version.job = jobs.start(
        kind="datasets.release",
        organization=version.dataset.organization,
        actor=actor,
        arguments={"version": version.pk},
        subject=f"version:{version.public_id}",
        dedupe_key=f"release:{version.public_id}",
    )
    version.save(update_fields=["job"])
    audit.record(
        actor=actor,
        organization=version.dataset.organization,
        verb="version.release_started",
        subject=version,
        data={"number": version.number},
    )
