"""How much an organisation may store, counted in one row that every writer locks."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.errors import TooLarge
from core.kit.figures import bytes_size
from datasets.models import Asset, StorageUsage, UploadFile


@dataclass(frozen=True)
class Usage:
    """Bytes stored, and how many may be."""

    used: int
    limit: int

    @property
    def share(self) -> int:
        """Whole percent."""
        return min(100, round(100 * self.used / self.limit))


def usage_of(organization: Organization) -> Usage:
    found = StorageUsage.objects.filter(organization=organization).first()
    return Usage(found.byte_size if found else 0, settings.ORGANIZATION_QUOTA_BYTES)


def held(organization_id: int) -> StorageUsage:
    """The organisation's usage, locked until the transaction ends."""
    rows = StorageUsage.objects.select_for_update()
    found = rows.filter(organization_id=organization_id).first()
    if found is None:
        StorageUsage.objects.bulk_create([StorageUsage(organization_id=organization_id)], ignore_conflicts=True)
        found = rows.get(organization_id=organization_id)
    return found


def room(usage: StorageUsage, leaving: int = 0) -> int:
    """Bytes that still fit, once `leaving` bytes that are counted have gone."""
    return max(0, settings.ORGANIZATION_QUOTA_BYTES - usage.byte_size + leaving)


def room_of(organization: Organization) -> int:
    """An unlocked look, for refusing early and for showing."""
    usage = usage_of(organization)
    return max(0, usage.limit - usage.used)


def take(organization_id: int, byte_size: int) -> None:
    """Count the bytes in, or raise TooLarge."""
    usage = held(organization_id)
    if byte_size > room(usage):
        raise over_quota(room(usage))
    add(organization_id, byte_size)


def add(organization_id: int, byte_size: int) -> None:
    """Never below zero: a miscount must not keep anyone from deleting; the daily recount mends it."""
    counted = Greatest(F("byte_size") + byte_size, 0)
    StorageUsage.objects.filter(organization_id=organization_id).update(byte_size=counted)


def recount() -> None:
    """Count every organisation's bytes anew, one at a time."""
    for organization_id in list(StorageUsage.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            usage = held(organization_id)
            kept = Asset.objects.filter(organization_id=organization_id, deleted_at=None)
            staged = UploadFile.objects.filter(upload__organization_id=organization_id).exclude(staging_key="")
            usage.byte_size = sum(rows.aggregate(n=Sum("byte_size", default=0))["n"] for rows in (kept, staged))
            usage.save(update_fields=["byte_size"])


def over_quota(left: int) -> TooLarge:
    message = _("Your organisation may store %(quota)s and has %(left)s left. Delete media you no longer need.")
    sizes = {"quota": bytes_size(settings.ORGANIZATION_QUOTA_BYTES), "left": bytes_size(left)}
    return TooLarge(message % sizes, code="quota", data={"left_bytes": left})
