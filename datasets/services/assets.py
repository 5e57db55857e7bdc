"""Media that is no longer wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, Invalid
from datasets import quota, stored
from datasets.models import Asset, Dataset, DatasetItem, ManifestItem
from datasets.services.items import remove_items

audit.phrases({"asset.deleted": _l("deleted the image {name}")})

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Deleted:
    """`kept` are in a released version, so buyers may hold them."""

    deleted: Sequence[Asset]
    kept: Sequence[Asset]


def delete_asset(*, asset: Asset, actor: User) -> None:
    """Conflict when a released version holds it; taking it out of all datasets is part of deleting it."""
    done = delete_assets(organization=asset.organization, assets=[asset], actor=actor)
    if done.kept:
        message = _("A released version holds this image, and others may have bought it. It stays.")
        raise Conflict(message, code="in_release")


def delete_assets(*, organization: Organization, assets: Sequence[Asset], actor: User) -> Deleted:
    """Delete those that no released version holds. Their bytes go within minutes."""
    if len(assets) > MOST_AT_ONCE:
        raise Invalid(_("Choose at most %d images at once.") % MOST_AT_ONCE, field="assets")
    with transaction.atomic():
        quota.held(organization.pk)
        chosen = Asset.objects.for_organization(organization).filter(pk__in=[asset.pk for asset in assets])
        gone = list(chosen.exclude(_is_released()).select_for_update().order_by("pk"))
        _leave_datasets(gone, actor)
        Asset.objects.filter(pk__in=[asset.pk for asset in gone]).update(deleted_at=timezone.now())
        quota.add(organization.pk, -sum(asset.byte_size for asset in gone))
        for asset in gone:
            audit.record(
                actor=actor,
                organization=organization,
                verb="asset.deleted",
                subject=asset,
                data={"name": asset.original_name},
            )
    pks = {asset.pk for asset in gone}
    return Deleted(gone, [asset for asset in assets if asset.pk not in pks])


def purge(limit: int = 500) -> int:
    """Remove the bytes and rows of deleted media; returns how many. What a version holds stays for its buyers."""
    due = list(Asset.objects.exclude(deleted_at=None).exclude(_is_released()).order_by("deleted_at")[:limit])
    for asset in due:
        stored.remove([asset.storage_key, asset.thumbnail_key, asset.preview_key, asset.display_key])
    return Asset.objects.filter(pk__in=[asset.pk for asset in due]).delete()[0]


def _is_released() -> Exists:
    return Exists(ManifestItem.objects.filter(asset=OuterRef("pk")))


def _leave_datasets(assets: Sequence[Asset], actor: User) -> None:
    held = DatasetItem.objects.filter(asset__in=assets)
    for dataset in Dataset.objects.filter(pk__in=held.values("dataset")).order_by("pk"):
        remove_items(dataset=dataset, items=list(held.filter(dataset=dataset)), actor=actor)
