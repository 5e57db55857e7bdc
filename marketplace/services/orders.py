"""Placing an order: prices, licences and commission are frozen, then it waits for the money."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts.models import Organization, User
from core import audit, bulk
from core.errors import Conflict, Invalid
from core.models import new_public_id
from core.money import major
from marketplace.models import Offer, Order, OrderLine, OrderState
from marketplace.rules.pricing import commission
from marketplace.services.carts import MOST_LINES, obstacles
from marketplace.services.fulfilment import fulfil
from marketplace.services.paid import PURPOSE
from payments.models import LIVE, Checkout, CheckoutState
from payments.rules.limits import charge_problem
from payments.rules.lines import CheckoutLine
from payments.services import checkouts as payments

audit.phrases(
    {
        "order.placed": _l("placed an order"),
        "order.cancelled": _l("cancelled an order"),
        "order.paid": _l("paid an order"),
        "order.failed": _l("could not complete an order: {problem}"),
    }
)

ABANDONED_AFTER = timedelta(days=1)


def place_order(
    *,
    actor: User,
    organization: Organization,
    offers: Sequence[Offer],
    key: str,
    asked: str = "",
    expected_total_minor: int | None = None,
) -> Order:
    """Order these offers (goods loaded) for the organisation; the same `key` gives the same order again.

    `asked` is what the buyer sent, when that is not the offers' ids: a cart is empty once it is bought.
    An order that costs nothing is paid at once. `expected_total_minor` is what the buyer saw; another total raises
    Conflict `price_changed`. Raises Invalid `empty` or `mixed_currencies`, Conflict `own_item`, `already_owned`,
    `gone`, `order_pending` or `key_reused`.
    """
    fingerprint = _fingerprint(asked or json.dumps(sorted(offer.public_id for offer in offers)))
    with transaction.atomic():
        _one_at_a_time(organization)
        before = Order.objects.for_organization(organization).filter(idempotency_key=key).first()
        if before is not None:
            return _same_order(before, fingerprint)
        _check(actor, organization, offers, expected_total_minor)
        order = _write(actor, organization, offers, key, fingerprint)
        if order.total_minor == 0:
            fulfil(order=order)
        return order


def open_payment(*, actor: User, order: Order) -> Checkout:
    """The hosted page on which a pending order is paid. Asking again gives the same page; not inside a transaction."""
    if order.state != OrderState.PENDING:
        raise Conflict(_("This order is not waiting for a payment."), code="not_pending")
    slug = order.organization.slug
    priced = order.lines.filter(price_minor__gt=0).order_by("position")
    return payments.open_checkout(
        purpose=PURPOSE,
        reference=order.public_id,
        organization=order.organization,
        actor=actor,
        lines=[CheckoutLine(line.title, line.price_minor) for line in priced],
        currency=order.currency,
        success_url=settings.SITE_URL + reverse("buying:order", args=[slug, order.public_id]) + "?returned=1",
        cancel_url=settings.SITE_URL + reverse("buying:cart", args=[slug]),
    )


def check_payment(*, order: Order) -> Order:
    """Ask how the payment stands: the buyer's return proves nothing."""
    if order.state == OrderState.PENDING:
        for checkout in Checkout.objects.about(PURPOSE, order.public_id).live():
            payments.confirm(checkout=checkout)
        order.refresh_from_db()
    return order


def cancel_order(*, actor: User, order: Order) -> Order:
    """Give up a pending order. If it was paid meanwhile it stays paid. Not inside a transaction."""
    for checkout in Checkout.objects.about(PURPOSE, order.public_id).live():
        payments.expire_checkout(checkout=checkout, actor=actor)
    with transaction.atomic():
        unpaid = Order.objects.filter(pk=order.pk, state__in=[OrderState.PENDING, OrderState.EXPIRED])
        if unpaid.update(state=OrderState.CANCELLED, closed_at=timezone.now()):
            audit.record(actor=actor, organization=order.organization, verb="order.cancelled", subject=order)
    order.refresh_from_db()
    return order


def cancel_overlapping(*, actor: User, organization: Organization, offers: Sequence[Offer], except_key: str) -> int:
    """Give up the organisation's pending orders of any of these offers, so that they can be ordered anew.

    The order under `except_key` is the one about to be asked for again. Not inside a transaction.
    """
    lines = OrderLine.objects.filter(offer__in=offers).values("order")
    mine = Order.objects.for_organization(organization).exclude(idempotency_key=except_key)
    pending = mine.pending().filter(pk__in=lines)
    return len([cancel_order(actor=actor, order=order) for order in pending.select_related("organization")])


def expire(*, reference: str) -> None:
    """The payment page closed without a payment. Runs inside the transaction of payments."""
    waiting = Order.objects.pending().filter(public_id=reference)
    waiting.update(state=OrderState.EXPIRED, closed_at=timezone.now())


def expire_abandoned() -> int:
    """Close orders whose buyer never reached a payment page. Returns how many."""
    old = Order.objects.pending().filter(created_at__lt=timezone.now() - ABANDONED_AFTER)
    paying = Checkout.objects.filter(purpose=PURPOSE).filter(Q(state__in=LIVE) | Q(state=CheckoutState.PAID))
    return old.exclude(public_id__in=paying.values("reference")).update(
        state=OrderState.EXPIRED, closed_at=timezone.now()
    )


def _one_at_a_time(organization: Organization) -> None:
    """Two orders of one organisation placed at once must see each other, or both would buy the same thing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders {organization.pk}"])


def _same_order(order: Order, fingerprint: str) -> Order:
    if order.fingerprint != fingerprint:
        message = _("This key was already used for another order. Use a new key for a new order.")
        raise Conflict(message, code="key_reused", field="Idempotency-Key")
    return order


def _check(actor: User, organization: Organization, offers: Sequence[Offer], expected: int | None) -> None:
    if not offers:
        raise Invalid(_("There is nothing to order. Put something into the cart first."), code="empty")
    if len(offers) > MOST_LINES:
        raise Invalid(_("An order has at most 10,000 items."), code="too_many_items")
    if len({offer.currency for offer in offers}) > 1:
        message = _("An order is paid in one currency. Order the items of each currency by themselves.")
        raise Invalid(message, code="mixed_currencies", field="currency")
    _refuse_obstacles(actor, organization, offers)
    _refuse_pending(organization, offers)
    _check_total(sum(offer.price_minor for offer in offers), offers[0].currency, expected)


def _refuse_obstacles(actor: User, organization: Organization, offers: Sequence[Offer]) -> None:
    found = list(obstacles(actor=actor, organization=organization, offers=offers).values())
    if not found:
        return
    more = len(found) - 1
    rest = ngettext(" %(count)d more item cannot be bought.", " %(count)d more items cannot be bought.", more)
    message = found[0].message + (rest % {"count": more} if more else "")
    raise Conflict(message, code=found[0].code, data={"count": len(found)})


def _refuse_pending(organization: Organization, offers: Sequence[Offer]) -> None:
    lines = OrderLine.objects.filter(offer__in=bulk.among([offer.pk for offer in offers])).values("order")
    pending = Order.objects.for_organization(organization).pending().filter(pk__in=lines).first()
    if pending is not None:
        message = _("An order with some of these items is waiting for payment. Pay or cancel it first.")
        raise Conflict(message, code="order_pending", data={"order": pending.public_id})


def _check_total(total: int, currency: str, expected: int | None) -> None:
    if expected is not None and expected != total:
        facts = {"total": major(total, currency), "currency": currency}
        message = _("A price changed: the total is now %(total)s %(currency)s. Look at the cart and order again.")
        raise Conflict(message % facts, code="price_changed", data={"total_minor": total})
    problem = charge_problem(total, currency) if total else None
    if problem:
        raise Invalid(problem, code="amount_not_chargeable")


def _write(actor: User, organization: Organization, offers: Sequence[Offer], key: str, fingerprint: str) -> Order:
    order = Order.objects.create(
        organization=organization,
        placed_by=actor,
        currency=offers[0].currency,
        total_minor=sum(offer.price_minor for offer in offers),
        commission_minor=sum(commission(offer.price_minor, _rate(offer)) for offer in offers),
        line_count=len(offers),
        idempotency_key=key,
        fingerprint=fingerprint,
    )
    shared = {"created_at": order.created_at, "order_id": order.pk, "currency": order.currency, "refunded_minor": 0}
    bulk.insert(OrderLine, [_row(position, offer) for position, offer in enumerate(offers, start=1)], shared=shared)
    audit.record(
        actor=actor,
        organization=organization,
        verb="order.placed",
        subject=order,
        data={"total_minor": order.total_minor, "currency": order.currency, "lines": order.line_count},
    )
    return order


def _row(position: int, offer: Offer) -> dict[str, object]:
    rate = _rate(offer)
    return {
        "public_id": new_public_id(),
        "position": position,
        "offer_id": offer.pk,
        "seller_id": offer.organization_id,
        "license_id": offer.license_id,
        "manifest_id": offer.manifest_id,
        "asset_id": offer.asset_id,
        "title": offer.title,
        "price_minor": offer.price_minor,
        "commission_basis_points": rate,
        "commission_minor": commission(offer.price_minor, rate),
    }


def _rate(offer: Offer) -> int:
    rate = offer.organization.commission_basis_points
    return settings.COMMISSION_BASIS_POINTS if rate is None else rate


def _fingerprint(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()
