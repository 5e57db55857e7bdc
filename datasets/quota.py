"""How much an organisation may store, counted in one row that every writer locks."""

from django.conf import settings
from django.db.models import F
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.errors import TooLarge
from datasets.models import StorageUsage


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
    usage = StorageUsage.objects.filter(organization=organization).first()
    return room(usage) if usage else settings.ORGANIZATION_QUOTA_BYTES


def take(organization_id: int, byte_size: int) -> None:
    """Count the bytes in, or raise TooLarge."""
    usage = held(organization_id)
    if byte_size > room(usage):
        raise over_quota(room(usage))
    add(organization_id, byte_size)


def add(organization_id: int, byte_size: int) -> None:
    StorageUsage.objects.filter(organization_id=organization_id).update(byte_size=F("byte_size") + byte_size)


def over_quota(left: int) -> TooLarge:
    message = _("Your organisation may store %(quota)s and has %(left)s left. Delete media you no longer need.")
    sizes = {"quota": filesizeformat(settings.ORGANIZATION_QUOTA_BYTES), "left": filesizeformat(left)}
    return TooLarge(message % sizes, code="quota", data={"left_bytes": left})
