"""A buyer's projects: what is grouped in them, and the archives asked for."""

from collections.abc import Sequence
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, Forbidden, Invalid
from datasets.formats import registry
from datasets.models import DatasetVersion
from jobs import services as jobs
from licensing.models import Grant
from projects.models import AS_IMPORTED, Archive, ArchiveState, Download, Project, ProjectGrant
from projects.rules import contents

audit.phrases(
    {
        "project.created": _l("made a project"),
        "project.changed": _l("changed a project"),
        "project.deleted": _l("deleted a project"),
        "project.purchases_added": _l("put purchases into a project: {count}"),
        "project.purchase_removed": _l("took a purchase out of a project"),
        "download.requested": _l("asked for a download as {format}"),
    }
)

LOSSLESS = "jsonl"
MOST_GRANTS_AT_ONCE = 10_000


@transaction.atomic
def create_project(*, organization: Organization, actor: User, name: str, description: str = "") -> Project:
    try:
        with transaction.atomic():
            project = Project.objects.create(
                organization=organization, name=name.strip(), description=description, created_by=actor
            )
    except IntegrityError as error:
        raise Conflict(_("You already have a project of this name."), code="name_taken", field="name") from error
    audit.record(actor=actor, organization=organization, verb="project.created", subject=project)
    return project


@transaction.atomic
def change_project(*, project: Project, actor: User, name: str, description: str) -> Project:
    try:
        with transaction.atomic():
            Project.objects.filter(pk=project.pk).update(name=name.strip(), description=description)
    except IntegrityError as error:
        raise Conflict(_("You already have a project of this name."), code="name_taken", field="name") from error
    audit.record(actor=actor, organization=project.organization, verb="project.changed", subject=project)
    project.refresh_from_db()
    return project


@transaction.atomic
def delete_project(*, project: Project, actor: User) -> None:
    """The purchases stay; only the grouping goes. Safe to repeat."""
    if Project.objects.filter(pk=project.pk, deleted_at=None).update(deleted_at=timezone.now()):
        audit.record(actor=actor, organization=project.organization, verb="project.deleted", subject=project)


@transaction.atomic
def add_purchases(*, project: Project, actor: User, grant_ids: Sequence[str]) -> int:
    """Put purchases, named by their public ids, into the project; those already there stay. Returns how many."""
    if len(grant_ids) > MOST_GRANTS_AT_ONCE:
        raise Invalid(_("Add at most 10,000 purchases at once."), field="grants")
    found = list(Grant.objects.for_organization(project.organization).filter(public_id__in=grant_ids))
    missing = sorted(set(grant_ids) - {grant.public_id for grant in found})
    if missing:
        message = _("%(count)s of these purchases are not yours or do not exist.") % {"count": len(missing)}
        raise Invalid(message, field="grants", code="unknown_purchase", data={"missing": missing[:20]})
    rows = [ProjectGrant(project=project, grant=grant) for grant in found]
    ProjectGrant.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    audit.record(
        actor=actor,
        organization=project.organization,
        verb="project.purchases_added",
        subject=project,
        data={"count": len(found)},
    )
    return len(found)


@transaction.atomic
def remove_purchase(*, project: Project, actor: User, grant: Grant) -> None:
    """The purchase itself stays; safe to repeat."""
    removed, _rows = ProjectGrant.objects.filter(project=project, grant=grant).delete()
    if removed:
        audit.record(
            actor=actor,
            organization=project.organization,
            verb="project.purchase_removed",
            subject=project,
            data={"grant": grant.public_id},
        )


@transaction.atomic
def request_download(*, project: Project, actor: User, format_id: str) -> Download:
    """Ask for everything in the project in one format. Equal content is packed once, for whoever asks."""
    if format_id != AS_IMPORTED and format_id not in registry.FORMATS:
        raise Invalid(_("There is no such format."), field="format")
    held = list(ProjectGrant.objects.filter(project=project).in_force().with_purchases())
    if not held:
        raise Invalid(_("There is nothing to download yet. Add a purchase first."), code="empty_project")
    grants = [row.grant for row in held]
    formats = _formats(grants, format_id)
    found = contents.parts(_purchase(grant, formats[grant.manifest_id]) for grant in grants)
    archive = _archive(found, format_id)
    download = Download.objects.create(
        project=project, archive=archive, requested_by=actor, grant_ids=sorted(row.grant_id for row in held)
    )
    audit.record(
        actor=actor,
        organization=project.organization,
        verb="download.requested",
        subject=download,
        data={"format": format_id, "purchases": len(held)},
    )
    return download


def check_may_fetch(*, download: Download) -> None:
    """Every purchase the archive rests on must still be in force, and the archive ready."""
    now = Download.objects.with_archives().get(pk=download.pk)
    if now.closed_because:
        raise Forbidden(now.closed_because, code="license_ended")
    if download.archive.state != ArchiveState.READY:
        raise Conflict(_("This archive is not ready yet."), code="archive_not_ready")


def _formats(grants: Sequence[Grant], format_id: str) -> dict[int, str]:
    """The label format for each manifest: the one asked for, or the one its dataset was last imported in."""
    wanted = {grant.manifest_id for grant in grants}
    if format_id != AS_IMPORTED:
        return dict.fromkeys(wanted, format_id)
    imported = dict(DatasetVersion.objects.filter(manifest_id__in=wanted).import_formats())
    return {key: form if (form := imported.get(key)) in registry.FORMATS else LOSSLESS for key in wanted}


def _purchase(grant: Grant, form: str) -> contents.Purchase:
    return contents.Purchase(
        title=grant.title,
        manifest_id=grant.manifest_id,
        manifest_sha256=grant.manifest.sha256,
        producer=grant.licensor.pseudonym,
        license_id=grant.license_id,
        license_code=grant.license.code,
        license_version=grant.license.version,
        license_sha256=grant.text_sha256,
        format=form,
        asset_id=grant.asset_id,
        asset_sha256=grant.asset.sha256 if grant.asset else "",
    )


def _archive(found: list[contents.Part], format_id: str) -> Archive:
    """The shared archive of this content. Its job names no buyer, since other buyers may come to wait for it too."""
    key = contents.content_key(found, format_id)
    archive, _new = Archive.objects.get_or_create(
        content_key=key, defaults={"format": format_id, "parts": [asdict(part) for part in found]}
    )
    if archive.state != ArchiveState.READY:
        archive.job = jobs.start(
            kind="projects.pack",
            organization=None,
            actor=None,
            arguments={"archive_id": archive.pk},
            subject=f"archive:{archive.public_id}",
            dedupe_key=f"pack:{archive.pk}",
        )
        archive.state = ArchiveState.BUILDING
        Archive.objects.filter(pk=archive.pk).update(state=archive.state, job=archive.job)
    return archive
