"""What people do on the market and at Stripe. Each step does one thing and says what it did."""

from collections.abc import Callable
from typing import Any

from django.db.models import F

from accounts.models import Organization, User
from accounts.services import organizations
from labelhub.simulation.world import World
from marketplace.models import Offer, OfferState, Order, OrderState, RefundRequest, RefundRequestState
from marketplace.services import moderation, orders, refunds
from payments.models import ANSWERABLE, Checkout, CheckoutState, Dispute
from payments.sandbox import charges, paying, store
from payments.sandbox import disputes as sandbox_disputes
from payments.sandbox.api import Call
from payments.sandbox.errors import ApiError
from payments.services import disputes

Step = Callable[[World], str]
NOTHING = ""  # said by a step that found nothing to do: another is drawn
STEPS: dict[str, tuple[int, Step]] = {}

PAY, PAY_AT_ONCE, DECLINED = "4242424242424242", "4000000000000077", "4000000000000002"
DISPUTED, QUESTIONED = "4000000000000259", "4000000000001976"
CARDS = (*[PAY] * 8, *[PAY_AT_ONCE] * 10, DECLINED, DISPUTED, QUESTIONED)
PAYER = paying.Payer("buyer@hub.test", "A buyer")
OPEN_DISPUTES = "select id from objects where kind = 'dispute' and data ->> 'status' = any(%s) order by sequence"
CHARGES = "select id from objects where kind = 'charge' and (data ->> 'paid')::boolean order by sequence"


def step(weight: int) -> Callable[[Step], Step]:
    def declare(do: Step) -> Step:
        STEPS[do.__name__] = weight, do
        return do

    return declare


def at_stripe(do: Callable[..., Any], *arguments: Any, **more: Any) -> str:
    """What a person or a bank does at Stripe, without us."""
    try:
        with store.transaction() as written:
            do(written, *arguments, **more)
    except ApiError as refusal:
        return f"Stripe: {refusal}"
    return "done"


@step(13)
def order(world: World) -> str:
    seat = world.one_of(world.buyers)
    on_sale = world.on_sale[world.one_of(list(world.on_sale))]
    chosen = world.draw.sample(on_sale, world.draw.randint(1, 4))
    world.orders += 1
    placed = orders.place_order(
        actor=seat.user,
        organization=seat.organization,
        offers=list(Offer.objects.with_goods().filter(pk__in=chosen).order_by("pk")),
        key=f"order-{world.orders}",
    )
    orders.open_payment(actor=seat.user, order=placed)
    return f"{placed.total_minor} {placed.currency} in {placed.line_count} lines"


@step(2)
def open_page_again(world: World) -> str:
    waiting = Order.objects.pending().order_by("pk")
    if not waiting:
        return NOTHING
    chosen = world.one_of(waiting)
    return f"{orders.open_payment(actor=_buyer(chosen), order=chosen).state}"


@step(22)
def pay(world: World) -> str:
    """Also on a page that is open in the buyer's browser although it was given up meanwhile."""
    state = CheckoutState.EXPIRED if world.chance(0.1) else CheckoutState.OPEN
    shown = Checkout.objects.filter(state=state).exclude(url="").order_by("-pk")[:6]
    if not shown:
        return NOTHING
    chosen = world.one_of(shown)
    return f"{chosen.amount} {chosen.currency}: {at_stripe(paying.pay, chosen.session_id, PAYER, world.one_of(CARDS))}"


@step(4)
def come_back(world: World) -> str:
    waiting = Order.objects.pending().order_by("pk")
    return f"{orders.check_payment(order=world.one_of(waiting)).state}" if waiting else NOTHING


@step(2)
def cancel(world: World) -> str:
    waiting = Order.objects.pending().order_by("pk")
    if not waiting:
        return NOTHING
    chosen = world.one_of(waiting)
    return f"{orders.cancel_order(actor=chosen.placed_by, order=chosen).state}"


@step(5)
def ask_for_refund(world: World) -> str:
    chosen = _paid_order(world)
    if chosen is None:
        return NOTHING
    lines = [line.public_id for line in chosen.lines.order_by("position") if world.chance(0.6)]
    asked = refunds.ask_for_refund(actor=_buyer(chosen), order=chosen, lines=lines, reason="Labels are off")
    return f"{asked.amount_minor} {chosen.currency}"


@step(5)
def decide_on_refund(world: World) -> str:
    waiting = RefundRequest.objects.waiting().select_related("order").order_by("pk")
    if not waiting:
        return NOTHING
    request, somebody = world.one_of(waiting), world.one_of(world.administrators)
    if request.state == RefundRequestState.CONFIRMING and world.chance(0.8):
        return f"{refunds.confirm(actor=somebody, request=request).state}"
    if world.chance(0.25):
        return f"{refunds.decline(actor=somebody, request=request, reason='They are fine').state}"
    asked_about = [row.line.position for row in request.lines.select_related("line").order_by("pk")]
    kept = [position for position in asked_about if world.chance(0.8)]
    return f"{refunds.approve(actor=somebody, request=request, positions=kept).state}"


@step(4)
def refund_unasked(world: World) -> str:
    chosen = _paid_order(world)
    if chosen is None:
        return NOTHING
    amount = world.draw.randint(1, chosen.total_minor // 3 + 1) if world.chance(0.7) else None
    positions = [line.position for line in chosen.lines.order_by("pk") if world.chance(0.3)]
    somebody = world.one_of(world.administrators)
    begun = refunds.refund_order(
        actor=somebody, order=chosen, reason="Goodwill", positions=positions, amount_minor=amount
    )
    return f"{begun.amount_minor} {chosen.currency}: {begun.state}"


@step(1)
def send_refund_again(world: World) -> str:
    done = RefundRequest.objects.filter(state__in=["approved", "refunded"]).select_related("order").order_by("pk")
    if not done:
        return NOTHING
    return f"{refunds.send_again(actor=world.one_of(world.administrators), request=world.one_of(done)).state}"


@step(2)
def refund_at_stripe(world: World) -> str:
    """Somebody with access to the dashboard returns money past us."""
    charge = _charge(world)
    if charge is None:
        return NOTHING

    def refund(written: store.Store) -> None:
        found = written.get("charge", charge)
        left = found["amount_captured"] - found["amount_refunded"]
        amount = world.draw.randint(1, max(left, 1)) if world.chance(0.6) else left
        charges.create_refund.handler(Call(written, {"charge": charge, "amount": amount}, "req_by_hand", None))

    return at_stripe(refund)


@step(3)
def dispute(world: World) -> str:
    charge = _charge(world)
    if charge is None:
        return NOTHING
    return at_stripe(sandbox_disputes.open_on, charge, inquiry=world.chance(0.3))


@step(3)
def judge(world: World) -> str:
    with store.transaction() as read:
        found = read.rows(OPEN_DISPUTES, [list(sandbox_disputes.OPEN)])
    if not found:
        return NOTHING
    won = world.chance(0.5)
    return f"{'won' if won else 'lost'}: {at_stripe(sandbox_disputes.decide, world.one_of(found)['id'], won=won)}"


@step(2)
def answer_dispute(world: World) -> str:
    waiting = Dispute.objects.filter(status__in=ANSWERABLE).order_by("pk")
    if not waiting:
        return NOTHING
    chosen, somebody = world.one_of(waiting), world.one_of(world.administrators)
    if world.chance(0.3):
        return f"{disputes.give_up(actor=somebody, dispute=chosen).status}"
    text = "It was delivered, and used for weeks."
    return f"{disputes.answer(actor=somebody, dispute=chosen, text=text).status}"


@step(1)
def moderate(world: World) -> str:
    """A listing is hidden, perhaps between cart and payment, or brought back."""
    somebody = world.one_of(world.administrators)
    hidden = Offer.objects.filter(state=OfferState.HIDDEN).order_by("pk")
    if hidden and world.chance(0.7):
        return f"unhid {moderation.unhide(actor=somebody, offer=world.one_of(hidden))}"
    ordered = Offer.objects.filter(pk__in=Order.objects.pending().values("lines__offer")).order_by("pk")
    if not ordered:
        return NOTHING
    return f"hid {moderation.hide(actor=somebody, offer=world.one_of(ordered), reason='A complaint')}"


@step(1)
def relist(world: World) -> str:
    withdrawn = Offer.objects.filter(state=OfferState.WITHDRAWN).select_related("organization").order_by("pk")
    if not withdrawn:
        return NOTHING
    Offer.objects.filter(pk__in=[offer.pk for offer in withdrawn]).update(state=OfferState.LISTED)
    return f"{len(withdrawn)} listed again"


@step(1)
def suspend(world: World) -> str:
    seat, somebody = world.one_of(world.sellers), world.one_of(world.administrators)
    suspended = Organization.objects.exclude(suspended_at=None).first()
    if suspended:
        organizations.reinstate_organization(actor=somebody, organization=suspended)
        return "reinstated"
    if world.chance(0.85):
        return NOTHING
    organizations.suspend_organization(actor=somebody, organization=seat.organization, reason="A complaint")
    return "suspended"


def _buyer(order: Order) -> User:
    assert order.placed_by  # noqa: S101
    return order.placed_by


def _paid_order(world: World) -> Order | None:
    found = Order.objects.filter(state=OrderState.PAID, total_minor__gt=F("refunded_minor")).order_by("-pk")[:8]
    return world.one_of(found) if found else None


def _charge(world: World) -> str | None:
    with store.transaction() as read:
        found = read.rows(CHARGES)[-12:]
    return str(world.one_of(found)["id"]) if found else None
