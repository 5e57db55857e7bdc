"""Telling sellers that a buyer's bank disputes a payment: their share waits, and they need do nothing."""

from collections import defaultdict
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Capability
from core import mail
from core.kit.figures import money
from licensing.models import Grant
from marketplace.models import Order, OrderLine
from payments.models import Checkout, Dispute

TITLES_IN_MAIL = 10
LINES_IN_EVIDENCE = 50


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


def evidence(checkout: Checkout) -> str:
    """What we know of an order, for the cardholder's bank: what was bought, when, and the licences that were issued.

    In English, whatever the administrator reads: banks do.
    """
    order = Order.objects.select_related("organization", "placed_by").get(public_id=checkout.reference)
    lines = list(order.lines.select_related("license").order_by("position")[:LINES_IN_EVIDENCE])
    granted = Grant.objects.filter(source__in=[f"order_line:{line.public_id}" for line in lines])
    grants = {grant.source: grant for grant in granted}
    buyer = order.placed_by.email if order.placed_by else "an account closed since"
    said = [
        f"Order {order.public_id} at {settings.SITE_URL}",
        f"Placed {_moment(order.created_at)} UTC by {buyer}, for {order.organization.name}",
        f"Paid {_moment(order.paid_at)} UTC",
        "Delivered online at once: licences to digital image data, and downloads of it.",
        "",
        *(_evidence_line(line, grants.get(f"order_line:{line.public_id}")) for line in lines),
    ]
    if order.line_count > len(lines):
        said.append(f"and {order.line_count - len(lines)} more items")
    return "\n".join(said)


def _evidence_line(line: OrderLine, grant: Grant | None) -> str:
    price = money(line.price_minor, line.currency).replace("\N{NO-BREAK SPACE}", " ")
    said = f"{line.position}. {line.title}: {line.license.title}, {price}"
    if grant is None:
        return said
    return f"{said}; licence {grant.public_id}, issued {_moment(grant.granted_at)} UTC, text {grant.text_sha256}"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "never"
