"""Freezing a dataset: one statement copies it as it stands, then the copy is hashed and becomes the version."""

import hashlib
from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.errors import Conflict
from datasets import manifests
from datasets.models import Dataset, DatasetVersion, LabelClass, LabelSchema, Manifest, VersionState
from datasets.rules import manifest as rules
from jobs.context import JobCancelled, JobContext

# A single statement sees a single moment, so labels saved meanwhile are in whole or not at all.
SNAPSHOT = """
INSERT INTO datasets_manifestitem (
    manifest_id, position, asset_id, name, sha256, storage_key, media_type, width, height, byte_size, split, annotations
)
SELECT
    %(manifest)s, place, id,
    lpad(place::text, greatest(6, length(place::text)), '0') || '-' || public_id
        || coalesce(substring(storage_key from '\\.[a-z0-9]+$'), ''),
    sha256, storage_key, media_type, width, height, byte_size, split, labels.annotations
FROM (
    SELECT asset.*, item.split, row_number() OVER (ORDER BY item.name COLLATE "C", asset.sha256) AS place
    FROM datasets_datasetitem item JOIN datasets_asset asset ON asset.id = item.asset_id
    WHERE item.dataset_id = %(dataset)s AND asset.deleted_at IS NULL AND asset.moderation = 'ok'
) chosen
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(
        jsonb_build_object(
            'class', class.name, 'kind', label.kind, 'geometry', label.geometry, 'attributes', label.attributes,
            'confidence', label.confidence, 'provenance', label.provenance
        )
        ORDER BY class.name COLLATE "C", label.kind, label.geometry::text COLLATE "C", label.id
    ), '[]') AS annotations
    FROM datasets_annotation label JOIN datasets_labelclass class ON class.id = label.label_class_id
    WHERE label.dataset_id = %(dataset)s AND label.asset_id = chosen.id
) labels
"""


def build(context: JobContext) -> dict[str, Any]:
    """Freeze the version named in the job's arguments. Run again, it starts over, or finds its work done."""
    version = DatasetVersion.objects.select_related("dataset__organization", "released_by", "manifest").get(
        pk=context.arguments["version"]
    )
    if version.state != VersionState.RELEASED:
        try:
            draft = _snapshot(version)
            _measure(draft, context)
            version.manifest = _finish(version, draft)
        except (Conflict, JobCancelled):
            DatasetVersion.objects.filter(pk=version.pk, state=VersionState.BUILDING).update(state=VersionState.FAILED)
            raise
    manifest = manifests.of(version)
    return {"items": manifest.item_count, "sha256": manifest.sha256}


def _snapshot(version: DatasetVersion) -> Manifest:
    """The dataset as it stands now. The schema's lock keeps names of classes still meanwhile."""
    name = f"{Manifest.DRAFT}{version.public_id}"
    with transaction.atomic():
        LabelSchema.objects.select_for_update().get(pk=version.dataset.schema_id)
        _drop(Manifest.objects.filter(sha256=name).first())
        classes = [_frozen(each) for each in _classes(version.dataset)]
        draft = Manifest.objects.create(sha256=name, item_count=0, annotation_count=0, byte_size=0, classes=classes)
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT, {"manifest": draft.pk, "dataset": version.dataset_id})
            draft.item_count = cursor.rowcount
    if not draft.item_count:
        raise Conflict(_("There is nothing to release. Add images first."), code="empty_dataset")
    return draft


def _classes(dataset: Dataset) -> QuerySet[LabelClass]:
    """Archived ones only where they are still in use."""
    used = dataset.annotations.filter(label_class=OuterRef("pk"))
    return dataset.schema.classes.filter(Q(archived_at=None) | Exists(used))


def _frozen(label_class: LabelClass) -> dict[str, Any]:
    return {"name": label_class.name, "color_index": label_class.color_index, "skeleton": label_class.skeleton}


def _measure(draft: Manifest, context: JobContext) -> None:
    """Fill in the draft's hash, sizes and counts from its items."""
    digest = hashlib.sha256(rules.line(rules.header(draft.classes)))
    counts: Counter[str] = Counter()
    draft.byte_size = 0
    for done, item in enumerate(manifests.items(draft), start=1):
        digest.update(rules.line(manifests.entry(item)))
        counts.update(label["class"] for label in item.annotations)
        draft.byte_size += item.byte_size
        context.progress(done=done, total=draft.item_count)
    draft.sha256, draft.class_counts, draft.annotation_count = digest.hexdigest(), dict(counts), counts.total()


def _finish(version: DatasetVersion, draft: Manifest) -> Manifest:
    """Seal the draft, or let go of it when the same content was frozen before."""
    with transaction.atomic():
        manifest = Manifest.objects.filter(sha256=draft.sha256).first()
        if manifest is None:
            manifest = draft
            manifest.save()
        else:
            _drop(draft)
        now = timezone.now()
        moved = DatasetVersion.objects.filter(pk=version.pk, state=VersionState.BUILDING).update(
            state=VersionState.RELEASED, manifest=manifest, released_at=now
        )
        if moved != 1:
            raise Conflict(_("This version was already released or given up."), code="not_building")
        _record(version, manifest)
    return manifest


def _drop(draft: Manifest | None) -> None:
    if draft is not None:
        draft.items.all().delete()
        Manifest.objects.filter(pk=draft.pk).delete()


def _record(version: DatasetVersion, manifest: Manifest) -> None:
    audit.record(
        actor=version.released_by,
        organization=version.dataset.organization,
        verb="version.released",
        subject=version,
        data={"number": version.number, "items": manifest.item_count, "sha256": manifest.sha256},
    )
