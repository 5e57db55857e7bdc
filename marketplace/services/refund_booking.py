"""What happens when a refund is certain: books, licences, counts and mails, once, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Capability
from core import audit, mail
from licensing import services as licensing
from marketplace.models import (
    Offer,
    Order,
    OrderLine,
    OrderState,
    RefundLine,
    RefundLineQuerySet,
    RefundRequest,
    RefundRequestState,
)
from payments import earnings, refunding
from payments.ledger import RefundTake
from payments.models import AccountKind, Checkout
from payments.registry import TakenBack
from payments.rules.refunds import Sold, spread, taken_back

TITLES_IN_MAIL = 10
BATCH = 2_000


def book_refund(refund: TakenBack) -> None:
    """Money of an order's payment is on its way back. Runs inside the transaction of payments."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("organization", "placed_by")
    order = rows.get(public_id=refund.checkout.reference)
    Order.objects.filter(pk=order.pk).update(refunded_minor=F("refunded_minor") + refund.amount)
    if order.state == OrderState.FAILED:
        refunding.return_owed(refund)
        _tell_buyer(order, refund, [])
        return
    promised = order.refund_requests.filter(public_id=refund.subject.rpartition(":")[2]).first()
    request = promised or _found_at_stripe(order, refund)
    taken = _taken(request.lines.filter(open=True) if promised else request.lines.all())
    _post(refund, taken)
    _take_back(order, [row.line for row in taken if row.line.left_minor == 0], _why(refund))
    _close(request, refund)
    _tell_buyer(order, refund, taken)
    _tell_sellers(order, taken)


def _found_at_stripe(order: Order, refund: TakenBack) -> RefundRequest:
    """Somebody returned money past us: it is spread over what is left of the lines and not promised already."""
    request = RefundRequest.objects.create(
        order=order, reason=refund.reason, amount_minor=refund.amount, by_buyer=False, state=RefundRequestState.APPROVED
    )
    promised = _promised(order, refund.checkout)
    lines = list(order.lines.order_by("position"))
    parts = spread(refund.amount, [line.left_minor - promised.get(line.pk, 0) for line in lines])
    rows = [
        RefundLine(request=request, line=line, amount_minor=part, open=False)
        for line, part in zip(lines, parts, strict=True)
        if part
    ]
    RefundLine.objects.bulk_create(rows, batch_size=BATCH)
    return request


def _promised(order: Order, checkout: Checkout) -> dict[int, int]:
    """What refunds under way will return, by line. One that Stripe refused promises nothing."""
    subjects = set(checkout.refunds.standing().filter(booked_at=None).values_list("subject", flat=True))
    open_lines = RefundLine.objects.filter(request__order=order, request__state=RefundRequestState.APPROVED, open=True)
    return {
        row.line_id: row.amount_minor for row in open_lines.select_related("request") if row.request.subject in subjects
    }


def _taken(wanted: RefundLineQuerySet) -> list[RefundLine]:
    """Write down what each line gives back; the order's lock keeps other refunds of the lines away."""
    now = timezone.now()
    rows = list(wanted.select_related("line__seller", "line__license").order_by("line__position"))
    for row in rows:
        line = row.line
        parts = taken_back(Sold(line.price_minor, line.commission_minor, line.refunded_minor), row.amount_minor)
        row.share_minor, row.commission_minor = parts.share, parts.commission
        row.booked_at, row.open = now, False
        line.refunded_minor += row.amount_minor
    RefundLine.objects.bulk_update(rows, ["share_minor", "commission_minor", "booked_at", "open"], batch_size=BATCH)
    OrderLine.objects.bulk_update([row.line for row in rows], ["refunded_minor"], batch_size=BATCH)
    return rows


def _post(refund: TakenBack, taken: Sequence[RefundLine]) -> None:
    takes = [
        RefundTake(
            seller=rows[0].line.seller,
            share=sum(row.share_minor or 0 for row in rows),
            commission=sum(row.commission_minor or 0 for row in rows),
        )
        for _seller, rows in sorted(_by_seller(taken).items())
    ]
    earnings.take_back(
        key=refund.ledger_key,
        kind=refund.ledger_kind,
        reference=refund.checkout.ledger_reference,
        currency=refund.currency,
        takes=takes,
        source=refund.source,
    )


def _why(refund: TakenBack) -> str:
    day = date_format(timezone.now(), "j M Y")
    if refund.source == AccountKind.DISPUTE_HOLD:
        return _("the buyer's bank took the payment back on %(day)s") % {"day": day}
    return _("refunded on %(day)s") % {"day": day}


def _take_back(order: Order, lines: Sequence[OrderLine], reason: str) -> None:
    """Lines that were returned in full lose their licence; one that got cheaper keeps it."""
    licensing.revoke_all(
        actor=None,
        sources=[f"order_line:{line.public_id}" for line in lines],
        reason=reason,
    )
    offers = Offer.objects.filter(pk__in=[line.offer_id for line in lines])
    list(offers.order_by("pk").select_for_update().values_list("pk", flat=True))
    offers.update(sold_count=Greatest(F("sold_count") - 1, 0))


def _close(request: RefundRequest, refund: TakenBack) -> None:
    moved = RefundRequest.objects.filter(pk=request.pk, state=RefundRequestState.APPROVED)
    if moved.update(state=RefundRequestState.REFUNDED, closed_at=timezone.now()) != 1:
        raise RuntimeError(f"refund request {request.public_id} was not approved")
    facts = {"amount_minor": refund.amount, "currency": refund.currency, "subject": refund.subject}
    audit.record(
        actor=None, organization=request.order.organization, verb="order.refunded", subject=request.order, data=facts
    )


def _tell_buyer(order: Order, refund: TakenBack, taken: Sequence[RefundLine]) -> None:
    if order.placed_by:
        context = {
            "order": order,
            "amount": refund.amount,
            "currency": refund.currency,
            "rows": taken[:TITLES_IN_MAIL],
            "more": max(0, len(taken) - TITLES_IN_MAIL),
            "ended": any(row.line.left_minor == 0 for row in taken),
            "url": settings.SITE_URL + reverse("buying:order", args=[order.organization.slug, order.public_id]),
        }
        template = "payment_taken_back" if refund.source == AccountKind.DISPUTE_HOLD else "refund_made"
        mail.send(template=template, to=order.placed_by.email, context=context)


def _tell_sellers(order: Order, taken: Sequence[RefundLine]) -> None:
    """Each seller hears of their own lines only, and nothing of the buyer or of the reason they gave."""
    by_seller = _by_seller(taken)
    readers = Membership.objects.filter(organization__in=by_seller).who_can(Capability.VIEW_MONEY)
    for reader in readers.select_related("user", "organization"):
        rows = by_seller[reader.organization_id]
        context = {
            "organization": reader.organization,
            "rows": rows[:TITLES_IN_MAIL],
            "count": len(rows),
            "more": max(0, len(rows) - TITLES_IN_MAIL),
            "url": settings.SITE_URL + reverse("selling:sales", args=[reader.organization.slug]),
            "currency": order.currency,
            "share": sum(row.share_minor or 0 for row in rows),
        }
        mail.send(template="sale_refunded", to=reader.user.email, context=context)


def _by_seller(taken: Sequence[RefundLine]) -> dict[int, list[RefundLine]]:
    found: dict[int, list[RefundLine]] = defaultdict(list)
    for row in taken:
        found[row.line.seller_id].append(row)
    return found
