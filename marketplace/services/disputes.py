"""Telling sellers that a buyer's bank disputes a payment: their share waits, and they need do nothing."""

from collections import defaultdict

from django.conf import settings
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Capability
from core import mail
from marketplace.models import Order, OrderLine
from payments.models import Dispute

TITLES_IN_MAIL = 10


def tell_sellers(dispute: Dispute) -> None:
    """When it begins, and when it ends in their favour. A loss tells them of itself, as a refund does."""
    if not (dispute.is_open or dispute.status in ("won", "warning_closed", "prevented")):
        return
    order = Order.objects.get(public_id=dispute.checkout.reference)
    by_seller: dict[int, list[OrderLine]] = defaultdict(list)
    for line in order.lines.filter(sold_at__isnull=False, price_minor__gt=0).order_by("position"):
        by_seller[line.seller_id].append(line)
    readers = Membership.objects.filter(organization__in=by_seller).who_can(Capability.VIEW_MONEY)
    for reader in readers.select_related("user", "organization"):
        lines = by_seller[reader.organization_id]
        context = {
            "organization": reader.organization,
            "lines": lines[:TITLES_IN_MAIL],
            "more": max(0, len(lines) - TITLES_IN_MAIL),
            "share": sum(line.seller_minor for line in lines),
            "currency": order.currency,
            "url": settings.SITE_URL + reverse("payouts:payouts", args=[reader.organization.slug]),
        }
        template = "sale_disputed" if dispute.is_open else "sale_dispute_over"
        mail.send(template=template, to=reader.user.email, context=context)
