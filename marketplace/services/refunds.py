"""Asking for a refund, and deciding on it. The money and the licences follow when Stripe took the refund on."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit, mail
from core.errors import Conflict, Forbidden, Invalid
from marketplace.models import (
    Order,
    OrderLine,
    OrderLineQuerySet,
    OrderState,
    RefundLine,
    RefundRequest,
    RefundRequestState,
)
from marketplace.services.paid import paid_checkout
from payments.models import Checkout, Refund
from payments.rules.refunds import spread
from payments.services import checkouts as payments

State = RefundRequestState
BATCH = 2_000

audit.phrases(
    {
        "refund_request.asked": _l("asked for a refund of an order"),
        "refund_request.begun": _l("began a refund of an order"),
        "refund_request.approved": _l("approved a refund"),
        "refund_request.confirmed": _l("confirmed a refund as the second administrator"),
        "refund_request.declined": _l("declined a refund: {reason}"),
        "refund_request.sent_again": _l("had a refund sent again"),
        "order.refunded": _l("returned money of an order"),
    }
)


def ask_for_refund(*, actor: User, order: Order, lines: Sequence[str], reason: str) -> RefundRequest:
    """The buyer wants money back for these lines (public ids), or for all of the order when none is named.

    Raises Conflict `refund_window_closed`, `refund_open` or `nothing_to_refund`, Invalid for free or unknown lines.
    """
    if not reason.strip():
        raise Invalid(_("Say what is wrong: it decides about the refund."), field="reason")
    with transaction.atomic():
        _checkout, locked = _locked(order)
        _require_window(locked)
        chosen = _chosen(locked, lines)
        request = _written(locked, actor, reason.strip(), [(line, line.left_minor) for line in chosen], by_buyer=True)
        _record(request, actor, "refund_request.asked", reason=request.reason)
    return request


def refund_order(
    *, actor: User, order: Order, reason: str, positions: Sequence[int] = (), amount_minor: int | None = None
) -> RefundRequest:
    """An administrator returns money without being asked, at any time: of the lines at these positions, or of all.

    `amount_minor` returns only so much of them. A line that is not returned in full keeps its licence.
    """
    if not reason.strip():
        raise Invalid(_("Say why: the buyer reads it."), field="reason")
    with transaction.atomic():
        checkout, locked = _locked(order)
        named = order.lines.filter(position__in=positions).values_list("public_id", flat=True)
        if len(named) != len(set(positions)):
            raise Invalid(_("The order has no items of these numbers."), field="positions", code="unknown_line")
        parts = _parts(_chosen(locked, list(named)), amount_minor)
        request = _written(locked, actor, reason.strip(), parts, by_buyer=False)
        _record(request, actor, "refund_request.begun", reason=request.reason)
        _approve(request, checkout, actor)
    return request


def approve(*, actor: User, request: RefundRequest, positions: Sequence[int] = ()) -> RefundRequest:
    """Refund what was asked for, or only the lines at these positions of the order; the others are declined.

    Above the limit a second administrator has to confirm. Raises Forbidden for one's own request.
    """
    with transaction.atomic():
        checkout, _order = _locked(request.order)
        found = _in_state(request, State.OPEN)
        if found.by_buyer and found.asked_by_id == actor.pk:
            raise Forbidden(_("Somebody else has to decide on your own request."), code="own_request")
        _keep(found, positions)
        _record(found, actor, "refund_request.approved", amount_minor=found.amount_minor)
        _approve(found, checkout, actor)
    return found


def confirm(*, actor: User, request: RefundRequest) -> RefundRequest:
    """The second administrator agrees. Raises Forbidden for whoever asked for it or approved it."""
    with transaction.atomic():
        checkout, _order = _locked(request.order)
        found = _in_state(request, State.CONFIRMING)
        if actor.pk in (found.approved_by_id, found.asked_by_id):
            raise Forbidden(_("A second person has to confirm this refund."), code="second_person_needed")
        _move(found, State.APPROVED, confirmed_by=actor, confirmed_at=timezone.now())
        _record(found, actor, "refund_request.confirmed", amount_minor=found.amount_minor)
        _tell(found, "refund_approved")
        _send(found, checkout, actor)
    return found


def decline(*, actor: User, request: RefundRequest, reason: str) -> RefundRequest:
    """Return nothing. The buyer gets the reason by mail; they may ask again inside the window.

    Also of one that was approved, if Stripe refused it: its lines would wait for ever, and their earnings with them.
    """
    if not reason.strip():
        raise Invalid(_("Say why: the buyer reads it."), field="reason")
    with transaction.atomic():
        _locked(request.order)
        refused = not Refund.objects.about(request.subject).standing().exists()
        found = _in_state(request, State.OPEN, State.CONFIRMING, *([State.APPROVED] if refused else []))
        found.lines.update(open=False)
        _move(found, State.DECLINED, answer=reason.strip(), closed_at=timezone.now())
        _record(found, actor, "refund_request.declined", reason=reason.strip())
        _tell(found, "refund_declined")
    return found


def send_again(*, actor: User, request: RefundRequest) -> Refund:
    """Have an approved refund sent that Stripe refused or the bank sent back; otherwise asked about."""
    with transaction.atomic():
        checkout, _order = _locked(request.order)
        found = _in_state(request, State.APPROVED, State.REFUNDED)
        if not Refund.objects.about(found.subject).exists():
            message = _("This money went back past us, at the payment service. Sending it again would pay it twice.")
            raise Conflict(message, code="refund_not_ours")
        _record(found, actor, "refund_request.sent_again")
        refund = _send(found, checkout, actor)
        payments.drive_refund(refund=refund, actor=actor)
    return refund


def _locked(order: Order) -> tuple[Checkout, Order]:
    """The payment and the order, locked in the order in which payments locks them too."""
    checkout = paid_checkout(order)
    if checkout is None:
        raise Conflict(_("Nothing was paid for this order, so there is nothing to return."), code="nothing_to_refund")
    locked = Checkout.objects.select_for_update().get(pk=checkout.pk)
    rows = Order.objects.select_for_update(of=("self",)).select_related("organization", "placed_by")
    found = rows.get(pk=order.pk)
    if found.state != OrderState.PAID:
        raise Conflict(_("Only an order that was fulfilled can be refunded."), code="not_fulfilled")
    return locked, found


def _in_state(request: RefundRequest, *states: RefundRequestState) -> RefundRequest:
    rows = RefundRequest.objects.select_related("order__organization", "order__placed_by", "asked_by")
    found = rows.get(pk=request.pk)
    if found.state not in states:
        message = _("This refund is at “%(state)s”, where that cannot be done.")
        raise Conflict(message % {"state": found.get_state_display()}, code="refund_decided")
    return found


def _require_window(order: Order) -> None:
    if order.in_refund_window:
        return
    until = order.refund_until
    message = _("The time to ask for a refund ended on %(day)s.") % {
        "day": date_format(until, "j M Y") if until else ""
    }
    raise Conflict(message, code="refund_window_closed")


def _chosen(order: Order, public_ids: Sequence[str]) -> list[OrderLine]:
    named = order.lines.filter(public_id__in=public_ids) if public_ids else order.lines.all()
    if public_ids and named.count() != len(set(public_ids)):
        raise Invalid(_("Some of these lines are not of this order."), field="lines", code="unknown_line")
    if public_ids and named.filter(price_minor=0).exists():
        raise Invalid(_("What cost nothing cannot be refunded."), field="lines", code="free_line")
    found = list(named.left_to_refund().order_by("position"))
    if not found or (public_ids and len(found) != named.count()):
        raise _not_left(named)
    return found


def _not_left(lines: OrderLineQuerySet) -> Conflict:
    if RefundLine.objects.filter(line__in=lines, open=True).exists():
        return Conflict(_("A refund of this is already under way."), code="refund_open", field="lines")
    return Conflict(_("There is nothing left to return."), code="nothing_to_refund", field="lines")


def _parts(lines: Sequence[OrderLine], amount: int | None) -> list[tuple[OrderLine, int]]:
    left = [line.left_minor for line in lines]
    if amount is None:
        return list(zip(lines, left, strict=True))
    if not 0 < amount <= sum(left):
        raise Invalid(_("The amount is more than is left of these lines, or nothing."), field="amount_minor")
    return [(line, part) for line, part in zip(lines, spread(amount, left), strict=True) if part]


def _written(
    order: Order, actor: User, reason: str, parts: Sequence[tuple[OrderLine, int]], *, by_buyer: bool
) -> RefundRequest:
    request = RefundRequest.objects.create(
        order=order,
        reason=reason,
        amount_minor=sum(amount for _line, amount in parts),
        by_buyer=by_buyer,
        asked_by=actor,
    )
    rows = [RefundLine(request=request, line=line, amount_minor=amount) for line, amount in parts]
    RefundLine.objects.bulk_create(rows, batch_size=BATCH)
    return request


def _keep(request: RefundRequest, positions: Sequence[int]) -> None:
    """Narrow a request to lines that are still to be returned, and to what is left of them."""
    rows = list(request.lines.select_related("line"))
    if set(positions) - {row.line.position for row in rows}:
        raise Invalid(_("Name lines that the buyer asked about, by their numbers."), field="lines")
    kept = [row for row in rows if row.line.left_minor and (not positions or row.line.position in positions)]
    if not kept:
        raise Conflict(_("There is nothing left to return. Decline the request."), code="nothing_to_refund")
    for row in kept:
        row.amount_minor = min(row.amount_minor, row.line.left_minor)
    RefundLine.objects.bulk_update(kept, ["amount_minor"], batch_size=BATCH)
    request.lines.exclude(pk__in=[row.pk for row in kept]).update(open=False)
    request.amount_minor = sum(row.amount_minor for row in kept)


def _approve(request: RefundRequest, checkout: Checkout, actor: User) -> None:
    """Counted together with what was returned of the order before, so that two halves pass no limit."""
    before = checkout.refunds.standing().aggregate(sum=Sum("amount"))["sum"] or 0
    needs_two = before + request.amount_minor > settings.TWO_PEOPLE_ABOVE_MINOR
    _move(
        request,
        State.CONFIRMING if needs_two else State.APPROVED,
        amount_minor=request.amount_minor,
        approved_by=actor,
        approved_at=timezone.now(),
        needs_two=needs_two,
    )
    if not needs_two:
        _tell(request, "refund_approved")
        _send(request, checkout, actor)


def _send(request: RefundRequest, checkout: Checkout, actor: User) -> Refund:
    if any(row.amount_minor > row.line.left_minor for row in request.lines.filter(open=True).select_related("line")):
        message = _("Some of this was returned meanwhile by another way. Decline it, and begin another refund.")
        raise Conflict(message, code="refund_too_large")
    return payments.refund_checkout(
        checkout=checkout, subject=request.subject, amount=request.amount_minor, reason=request.reason, actor=actor
    )


def _move(request: RefundRequest, state: RefundRequestState, **facts: object) -> None:
    if RefundRequest.objects.filter(pk=request.pk, state=request.state).update(state=state, **facts) != 1:
        raise RuntimeError(f"refund request {request.public_id} was changed behind its lock")
    request.refresh_from_db(fields=["state", "amount_minor", "approved_by", "confirmed_by", "needs_two", "answer"])


def _tell(request: RefundRequest, template: str) -> None:
    """Whoever asked for it, or else whoever placed the order."""
    order = request.order
    reader = request.asked_by if request.by_buyer else order.placed_by
    if reader:
        url = settings.SITE_URL + reverse("buying:order", args=[order.organization.slug, order.public_id])
        mail.send(template=template, to=reader.email, context={"request": request, "order": order, "url": url})


def _record(request: RefundRequest, actor: User, verb: str, **data: object) -> None:
    facts = {"order": request.order.public_id, **data}
    audit.record(actor=actor, organization=request.order.organization, verb=verb, subject=request, data=facts)
