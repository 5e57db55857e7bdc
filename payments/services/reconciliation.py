"""What an administrator has to look at: raised once, told once by mail, closed when it is mended or explained."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit, mail
from core.errors import Conflict, Invalid
from payments.models import Concern, ReconciliationItem

audit.phrases({"reconciliation_item.closed": _l("explained a reconciliation item: {note}")})
logger = logging.getLogger(__name__)
SHOWN_IN_MAIL = 20


def raise_concern(concern: Concern, subject: str, facts: Mapping[str, Any]) -> ReconciliationItem:
    """Open an item, or say that it is still so."""
    with transaction.atomic():
        row = ReconciliationItem(concern=concern, subject=subject, facts=dict(facts))
        ReconciliationItem.objects.bulk_create([row], ignore_conflicts=True)
        item = ReconciliationItem.objects.open().select_for_update().get(concern=concern, subject=subject)
        ReconciliationItem.objects.filter(pk=item.pk).update(facts=dict(facts), seen_at=timezone.now())
    logger.error("%s: %s %s", concern.label, subject, dict(facts))
    return item


def close(concern: Concern, subject: str) -> None:
    """It is mended."""
    ReconciliationItem.objects.open().filter(concern=concern, subject=subject).update(closed_at=timezone.now())


def keep_open(concern: Concern, found: Mapping[str, Mapping[str, Any]]) -> None:
    """These subjects are of concern now; whatever else was is mended."""
    mended = ReconciliationItem.objects.open().filter(concern=concern).exclude(subject__in=found)
    mended.update(closed_at=timezone.now())
    for subject, facts in found.items():
        raise_concern(concern, subject, facts)


def explain(*, actor: User, item: ReconciliationItem, note: str) -> ReconciliationItem:
    """An administrator looked at it and says what it was. Found again, it opens anew."""
    if not note.strip():
        raise Invalid(_("Say what you found out: others read it later."), field="note")
    with transaction.atomic():
        still = ReconciliationItem.objects.open().filter(pk=item.pk)
        if still.update(closed_at=timezone.now(), closed_by=actor, note=note.strip()) != 1:
            raise Conflict(_("This was closed before."), code="item_closed")
        audit.record(actor=actor, verb="reconciliation_item.closed", subject=item, data={"note": note.strip()})
    item.refresh_from_db()
    return item


def tell() -> int:
    """One mail about all that is new. Returns how many items it names."""
    with transaction.atomic():
        new = ReconciliationItem.objects.open().filter(told_at=None).select_for_update().order_by("pk")
        items = list(new)
        if items:
            url = settings.SITE_URL + reverse("admin:payments_reconciliationitem_changelist")
            context = {"items": items[:SHOWN_IN_MAIL], "count": len(items), "url": url}
            for address in alarm_addresses():
                mail.send(template="money_alarm", to=address, context=context)
            ReconciliationItem.objects.filter(pk__in=[item.pk for item in items]).update(told_at=timezone.now())
    return len(items)


def alarm_addresses() -> Collection[str]:
    """Who hears of trouble with the money: the addresses that were set, or else the superusers."""
    if settings.ALARM_EMAILS:
        return list(settings.ALARM_EMAILS)
    return list(User.objects.filter(is_superuser=True, is_active=True).values_list("email", flat=True))
