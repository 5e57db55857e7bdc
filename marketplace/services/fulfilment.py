"""What happens when the money has come: books, grants, counts and mails, once, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Capability
from core import audit, mail
from licensing import services as licensing
from licensing.services import GrantRequest
from marketplace.models import CartLine, Offer, OfferState, Order, OrderLine, OrderState
from marketplace.services.invoices import invoice_order
from marketplace.services.paid import return_money
from payments import earnings, ledger
from payments.ledger import Leg, SaleShare
from payments.models import AccountKind, EntryPart

PAYABLE_STATES = (OrderState.PENDING, OrderState.EXPIRED, OrderState.CANCELLED)
TITLES_IN_MAIL = 10


def order_paid(*, reference: str, amount: int, currency: str) -> None:
    """A verified payment of `amount` for the order came in. Safe to hear twice."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(public_id=reference)
        if order.state not in PAYABLE_STATES:
            return
        if (amount, currency) != (order.total_minor, order.currency):
            _owe_back(order, amount, currency, _("The payment's amount is not the order's."))
            return
        fulfil(order=order)


def fulfil(*, order: Order) -> None:
    """Hand over what was paid for, as frozen on the lines. A listing that a moderator hid meanwhile stops it all."""
    with transaction.atomic():
        hidden = _locked_hidden(order)
        if hidden is not None:
            problem = _("“%(title)s” was hidden by a moderator before the payment arrived.") % {"title": hidden.title}
            _owe_back(order, order.total_minor, order.currency, problem)
            return
        lines = list(order.lines.with_sellers().order_by("position"))
        _mark_paid(order)
        _book(order, lines)
        _grant(order, lines)
        OrderLine.objects.filter(order=order).update(sold_at=order.paid_at)
        offers = order.lines.values("offer")
        CartLine.objects.for_organization(order.organization).filter(offer__in=offers).delete()
        audit.record(actor=order.placed_by, organization=order.organization, verb="order.paid", subject=order)
        _tell_buyer(order, lines)
        _tell_sellers(order, lines)
        invoice_order(order, lines)


def _locked_hidden(order: Order) -> OrderLine | None:
    """The first line that a moderator hid; until the order is settled no other is hidden.

    Offers are locked in one order everywhere, so that two orders of the same offers do not wait for each other.
    """
    offers = Offer.objects.filter(pk__in=order.lines.values("offer")).order_by("pk").select_for_update(no_key=True)
    hidden = [key for key, state in offers.values_list("pk", "state") if state == OfferState.HIDDEN]
    return order.lines.filter(offer__in=hidden).order_by("position").first()


def _mark_paid(order: Order) -> None:
    now = timezone.now()
    moved = Order.objects.filter(pk=order.pk, state__in=PAYABLE_STATES)
    if moved.update(state=OrderState.PAID, paid_at=now, closed_at=now, sales_counted=False) != 1:
        raise RuntimeError(f"order {order.public_id} was settled twice")
    order.state, order.paid_at, order.closed_at = OrderState.PAID, now, now


def _book(order: Order, lines: Sequence[OrderLine]) -> None:
    if not order.total_minor:
        return
    by_seller: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_seller[line.seller_id].append(line)
    shares = [
        SaleShare(
            seller=sold[0].seller,
            amount=sum(line.price_minor for line in sold),
            commission=sum(line.commission_minor for line in sold),
        )
        for _seller, sold in sorted(by_seller.items())
    ]
    earnings.book_sale(
        key=f"sale:order:{order.public_id}",
        reference=f"order:{order.public_id}",
        currency=order.currency,
        total=order.total_minor,
        shares=shares,
        release_at=order.refund_until or timezone.now(),
    )


def _grant(order: Order, lines: Sequence[OrderLine]) -> None:
    requests = [
        GrantRequest(
            source=f"order_line:{line.public_id}",
            organization=order.organization,
            licensor=line.seller,
            license=line.license,
            manifest_id=line.manifest_id,
            asset_id=line.asset_id,
            title=line.title,
            price_minor=line.price_minor,
            currency=line.currency,
        )
        for line in lines
    ]
    licensing.grant_all(actor=order.placed_by, requests=requests)


def _owe_back(order: Order, amount: int, currency: str, problem: str) -> None:
    """Keep the money for the buyer, in the books and where an administrator sees it."""
    now = timezone.now()
    Order.objects.filter(pk=order.pk).update(
        state=OrderState.FAILED, paid_at=now if amount else None, closed_at=now, problem=problem
    )
    if amount:
        ledger.post(
            key=f"owed-back:order:{order.public_id}",
            kind="owed_back",
            reference=f"order:{order.public_id}",
            currency=currency,
            entries=[
                Leg(AccountKind.CLEARING, -amount, EntryPart.CHARGE),
                Leg(AccountKind.BUYER_REFUNDABLE, amount, EntryPart.CHARGE, order.organization),
            ],
        )
    audit.record(
        actor=None, organization=order.organization, verb="order.failed", subject=order, data={"problem": problem}
    )
    order.refresh_from_db()
    return_money(order=order)
    if order.placed_by:
        mail.send(template="order_failed", to=order.placed_by.email, context={"order": order})


def _tell_buyer(order: Order, lines: Sequence[OrderLine]) -> None:
    if order.placed_by:
        context = {
            "order": order,
            "lines": lines[:TITLES_IN_MAIL],
            "more": max(0, len(lines) - TITLES_IN_MAIL),
            "url": settings.SITE_URL + reverse("buying:order", args=[order.organization.slug, order.public_id]),
        }
        mail.send(template="order_paid", to=order.placed_by.email, context=context)


def _tell_sellers(order: Order, lines: Sequence[OrderLine]) -> None:
    """Each seller hears of their own lines only, and nothing of the buyer."""
    by_seller: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_seller[line.seller_id].append(line)
    readers = Membership.objects.filter(organization__in=by_seller).who_can(Capability.VIEW_MONEY)
    for reader in readers.select_related("user", "organization"):
        sold = by_seller[reader.organization_id]
        context = {
            "organization": reader.organization,
            "lines": sold[:TITLES_IN_MAIL],
            "count": len(sold),
            "more": max(0, len(sold) - TITLES_IN_MAIL),
            "url": settings.SITE_URL + reverse("selling:sales", args=[reader.organization.slug]),
            "currency": order.currency,
            "gross": sum(line.price_minor for line in sold),
            "net": sum(line.seller_minor for line in sold),
        }
        mail.send(template="items_sold", to=reader.user.email, context=context)
