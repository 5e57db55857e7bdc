"""Failure cases of disputes, from the order to the books, against the real sandbox, each by its number."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory
from core.errors import Conflict, Unavailable
from marketplace.models import Order, RefundRequestState
from marketplace.services import refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import (
    administrator,
    asked,
    at_stripe,
    books_hold,
    buyer,
    held_licences,
    placed,
    state_of,
)
from payments import disputing, events, standing
from payments.models import (
    AccountKind,
    Checkout,
    Dispute,
    DisputeStatus,
    Refund,
    RefundState,
    Reversal,
    StripeEvent,
    Transfer,
)
from payments.services import checkouts, disputes
from payments.stripe_disputes import DisputeFacts
from payments.tests.cases import (
    AT_ONCE,
    AVAILABLE,
    CLEARING,
    COMMISSION,
    DISPUTED,
    HELD,
    LOST,
    OWED,
    REFUNDS,
    Mails,
    all_hold,
    at_bank,
    charge_of,
    hear_all,
    pass_hold,
    sent,
    subjects,
)
from payments.tests.payees import figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
PRICE, SHARE = 10_000, 8_500
SETTLED_FEE = 1_500


@pytest.fixture
def seat(db: None) -> Membership:
    return buyer()


@pytest.fixture
def seller(db: None) -> Membership:
    found: Membership = MembershipFactory()
    return found


def ordered(sandbox: Sandbox, seat: Membership, *sellers: Membership, card: str = AT_ONCE) -> tuple[Order, Checkout]:
    """A paid order, with money that is at hand at Stripe at once."""
    order, checkout = placed(seat, *[listed(seller, price=PRICE) for seller in sellers])
    sandbox.pay(str(checkout.session_id), card)
    checkout = checkouts.confirm(checkout=checkout)
    order.refresh_from_db()
    return order, checkout


def cushion(sandbox: Sandbox) -> None:
    """Money of the platform's own, out of which fees and what a dispute withholds can be paid."""
    ordered(sandbox, buyer(), MembershipFactory(organization__commission_basis_points=10_000))


def disputed(sandbox: Sandbox, checkout: Checkout, **wishes: str) -> Dispute:
    """Its bank disputes the payment, and we hear of it."""
    stripe_id = sandbox.dispute(charge_of(sandbox, checkout), **wishes)
    hear_all()
    return Dispute.objects.get(stripe_id=stripe_id)


def heard_backwards() -> None:
    checkouts.fetch_events()
    for event in StripeEvent.objects.unhandled().order_by("-id"):
        events.handle(event.event_id)


@pytest.mark.parametrize("won", [True, False])
def test_case_03_the_dispute_is_closed_before_it_was_opened(
    sandbox: Sandbox, seat: Membership, seller: Membership, won: bool
) -> None:
    found: list[dict[str, Any]] = []
    for backwards in (False, True):
        order, checkout = ordered(sandbox, seat, seller)
        before = {kind: figures(kind)[0] for kind in (HELD, COMMISSION, DISPUTED, CLEARING)}
        dispute = sandbox.dispute(charge_of(sandbox, checkout))
        (sandbox.win if won else sandbox.lose)(dispute)
        heard_backwards() if backwards else hear_all()
        work_off()
        row = Dispute.objects.get(stripe_id=dispute)
        state = {key: state_of(order)[key] for key in ("order", "lines")}
        moved = {kind: figures(kind)[0] - amount for kind, amount in before.items()}
        found.append(state | {"status": row.status, "money": (row.withdrawn, row.reinstated), "moved": moved})
        work_off()
        assert all_hold()
        checkout.refresh_from_db()
    assert found[0]["moved"][HELD] == (0 if won else -SHARE)
    assert found[0]["lines"] == ([(1, 0)] if won else [(1, PRICE)])
    del found[0]["moved"][CLEARING], found[1]["moved"][CLEARING]  # the first round's fees are learnt in the second
    assert found[0] == found[1]


def test_case_03_the_dispute_is_heard_of_before_the_payment(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    order, checkout = placed(seat, listed(seller, price=PRICE))
    sandbox.pay(str(checkout.session_id), "4000000000000259")
    heard_backwards()
    assert state_of(order)["order"] == ("paid", 0)
    assert figures(HELD, DISPUTED) == [SHARE, PRICE]
    assert all_hold()


def test_case_16_opened_withdrawn_won_reinstated(
    sandbox: Sandbox, seat: Membership, seller: Membership, mails: Mails
) -> None:
    ready_payee(sandbox, seller.organization)
    cushion(sandbox)
    _order, checkout = ordered(sandbox, seat, seller)
    told = mails(lambda: disputed(sandbox, checkout))
    assert [to for to, _subject in subjects(told)] == [seller.user.email]
    pass_hold()
    assert pay_out().transfers == 0
    assert (figures(HELD, AVAILABLE, DISPUTED), held_licences(seat)) == ([SHARE, 0, PRICE], 1)
    assert all_hold()
    sandbox.win(Dispute.objects.get().stripe_id)
    assert [to for to, _subject in subjects(mails(hear_all))] == [seller.user.email]
    pay_out()
    assert (sent(sandbox), figures(HELD, AVAILABLE, DISPUTED, LOST)) == ([SHARE], [0, 0, 0, 0])
    assert (Dispute.objects.get().status, held_licences(seat)) == (DisputeStatus.WON, 1)
    fees = sandbox.client.v1.balance_transactions.list({"limit": 100}).data
    assert all_hold()
    assert figures(AccountKind.PROVIDER_FEE) == [sum(each.fee for each in fees)]
    assert SETTLED_FEE in [each.fee for each in fees]


def test_case_16_what_was_released_before_the_dispute_waits_for_its_end(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    cushion(sandbox)
    _order, checkout = ordered(sandbox, seat, seller)
    pass_hold()
    pay_out()
    ready_payee(sandbox, seller.organization)
    dispute = disputed(sandbox, checkout)
    assert (pay_out().skipped, figures(AVAILABLE)) == ({"disputed": 1}, [SHARE])
    ordered(sandbox, seat, seller)
    pass_hold()
    assert (pay_out().transfers, sent(sandbox)) == (1, [SHARE])
    assert (pay_out().skipped, figures(AVAILABLE)) == ({"disputed": 1}, [SHARE])
    sandbox.win(dispute.stripe_id)
    hear_all()
    pay_out()
    assert (sent(sandbox), figures(AVAILABLE)) == ([SHARE, SHARE], [0])
    assert all_hold()


def test_case_16_an_inquiry_moves_no_money_and_holds_the_share_meanwhile(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    ready_payee(sandbox, seller.organization)
    _order, checkout = ordered(sandbox, seat, seller)
    dispute = disputed(sandbox, checkout, inquiry="true")
    pass_hold()
    assert (pay_out().transfers, figures(HELD, DISPUTED)) == (0, [SHARE, 0])
    sandbox.win(dispute.stripe_id)
    hear_all()
    assert (pay_out().transfers, sent(sandbox)) == (1, [SHARE])
    assert all_hold()


def test_case_16_all_events_lost(sandbox: Sandbox, seat: Membership, seller: Membership) -> None:
    _order, checkout = ordered(sandbox, seat, seller)
    stripe_id = sandbox.dispute(charge_of(sandbox, checkout))
    disputes.look_at_open()
    assert (figures(DISPUTED), Dispute.objects.get().stripe_id) == ([PRICE], stripe_id)
    sandbox.win(stripe_id)
    disputes.look_at_open()
    assert (figures(DISPUTED, HELD), Dispute.objects.get().status) == ([0, SHARE], DisputeStatus.WON)
    assert all_hold()


def test_case_17_lost_while_the_share_is_held(
    sandbox: Sandbox, seat: Membership, seller: Membership, mails: Mails
) -> None:
    order, checkout = ordered(sandbox, seat, seller)
    dispute = disputed(sandbox, checkout)
    sandbox.lose(dispute.stripe_id)
    told = subjects(mails(hear_all))
    assert sorted(to for to, _subject in told) == sorted([seat.user.email, seller.user.email])
    assert figures(HELD, AVAILABLE, OWED, COMMISSION, DISPUTED, LOST) == [0, 0, 0, 0, 0, 0]
    assert (held_licences(seat), state_of(order)["order"]) == (0, ("paid", PRICE))
    for _ in range(3):
        disputing.look_at(dispute.stripe_id)
    assert (figures(HELD, COMMISSION), all_hold()) == ([0, 0], True)


@pytest.mark.parametrize("at_the_bank", [False, True])
def test_case_17_lost_after_the_payout(
    sandbox: Sandbox, seat: Membership, seller: Membership, at_the_bank: bool
) -> None:
    payee = ready_payee(sandbox, seller.organization)
    _order, checkout = ordered(sandbox, seat, seller)
    pass_hold()
    pay_out()
    if at_the_bank:
        at_bank(sandbox, payee, SHARE)
    sandbox.lose(disputed(sandbox, checkout).stripe_id)
    hear_all()
    assert (Reversal.objects.count(), held_licences(seat)) == (1, 0)
    assert figures(OWED, AVAILABLE, DISPUTED, COMMISSION) == [SHARE if at_the_bank else 0, 0, 0, 0]
    assert sent(sandbox) == ([SHARE] if at_the_bank else [0])
    assert all_hold()


def test_case_17_of_two_sellers_each_loses_their_own(sandbox: Sandbox, seat: Membership, seller: Membership) -> None:
    other = MembershipFactory()
    ready_payee(sandbox, seller.organization)
    _order, checkout = ordered(sandbox, seat, seller, other)
    pass_hold()
    pay_out()
    assert sent(sandbox) == [SHARE]
    sandbox.lose(disputed(sandbox, checkout).stripe_id)
    hear_all()
    assert (sent(sandbox), figures(HELD, AVAILABLE, OWED, DISPUTED)) == ([0], [0, 0, 0, 0])
    assert (held_licences(seat), all_hold()) == (0, True)


def test_case_17_the_loss_of_what_was_refunded_in_part_is_shared(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    order, checkout = ordered(sandbox, seat, seller)
    refunds.refund_order(actor=administrator(), order=order, reason="Agreed", amount_minor=4_000)
    work_off()
    sandbox.lose(disputed(sandbox, checkout).stripe_id)
    hear_all()
    assert Dispute.objects.get().taken == 6_000
    assert figures(HELD, COMMISSION, DISPUTED, LOST) == [0, 0, 0, 0]
    assert (held_licences(seat), all_hold()) == (0, True)


def test_case_17_a_second_dispute_of_one_payment_takes_only_what_is_left(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    """Stripe allows several disputes of one payment, the sandbox does not: the second is told as facts."""
    _order, checkout = ordered(sandbox, seat, seller)
    sandbox.lose(disputed(sandbox, checkout).stripe_id)
    hear_all()
    now = timezone.now()
    facts = DisputeFacts(
        "du_second", checkout.payment_intent, 3_000, "EUR", "general", "lost", None, now, withdrawn=3_000, reinstated=0
    )
    for _ in range(2):
        disputing.settle_dispute(facts)
        work_off()
    second = Dispute.objects.get(stripe_id="du_second")
    assert (second.taken, figures(HELD, DISPUTED, LOST, OWED)) == (0, [0, 0, 3_000, 0])
    assert books_hold()


def test_case_18_no_refund_while_a_dispute_is_open(sandbox: Sandbox, seat: Membership, seller: Membership) -> None:
    order, checkout = ordered(sandbox, seat, seller)
    request = asked(seat, order)
    dispute = disputed(sandbox, checkout)
    root = administrator()
    for refuse in (
        lambda: refunds.approve(actor=root, request=request),
        lambda: refunds.refund_order(actor=root, order=order, reason="Now"),
    ):
        with pytest.raises(Conflict):
            refuse()
    assert (at_stripe(sandbox, order), Refund.objects.count()) == ([], 0)
    sandbox.win(dispute.stripe_id)
    hear_all()
    refunds.approve(actor=root, request=request)
    work_off()
    assert (at_stripe(sandbox, order), figures(HELD, DISPUTED)) == ([PRICE], [0, 0])
    assert all_hold()


@pytest.mark.parametrize("won", [True, False])
def test_case_18_a_refund_that_the_dispute_overtook_is_never_paid_twice(
    sandbox: Sandbox, seat: Membership, seller: Membership, won: bool
) -> None:
    order, checkout = ordered(sandbox, seat, seller)
    refunds.approve(actor=administrator(), request=asked(seat, order))
    dispute = sandbox.dispute(charge_of(sandbox, checkout))
    work_off()
    assert Refund.objects.get().state == RefundState.FAILED
    (sandbox.win if won else sandbox.lose)(dispute)
    hear_all()
    request = order.refund_requests.order_by("pk").first()
    assert request
    assert (request.state == RefundRequestState.APPROVED, held_licences(seat)) == (won, int(won))
    if won:
        refunds.send_again(actor=administrator("again"), request=request)
        work_off()
    assert at_stripe(sandbox, order) == ([PRICE] if won else [])
    assert figures(HELD, COMMISSION, DISPUTED, LOST) == [0, 0, 0, 0]
    assert (held_licences(seat), state_of(order)["order"]) == (0, ("paid", PRICE))
    assert all_hold()


@pytest.mark.parametrize("kind", ["error_before", "error_after"])
def test_case_18_the_loss_waits_until_a_refund_on_its_way_is_decided(
    sandbox: Sandbox, seat: Membership, seller: Membership, kind: str
) -> None:
    order, checkout = ordered(sandbox, seat, seller)
    refunds.refund_order(actor=administrator(), order=order, reason="Agreed", amount_minor=4_000)
    sandbox.fail(REFUNDS, kind, times=3)
    work_off()
    assert Refund.objects.get().state == RefundState.UNKNOWN
    stripe_id = sandbox.dispute(charge_of(sandbox, checkout))
    sandbox.lose(stripe_id)
    disputing.look_at(stripe_id)
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.booked_at) == (DisputeStatus.LOST, None)
    pass_hold()
    pay_out()
    assert (figures(AVAILABLE), standing.disputed_share(seller.organization, "EUR")) == ([0], 0)
    Refund.objects.update(created_at=timezone.now() - checkouts.REFUND_PATIENCE * 2)
    checkouts.drive_refunds()
    disputes.look_at_open()
    work_off()
    dispute.refresh_from_db()
    assert dispute.taken == (PRICE if kind == "error_before" else 6_000)
    assert at_stripe(sandbox, order) == ([] if kind == "error_before" else [4_000])
    assert figures(HELD, COMMISSION, DISPUTED, LOST) == [0, 0, 0, 0]
    assert (held_licences(seat), Transfer.objects.count(), all_hold()) == (0, 0, True)


def test_case_18_a_dispute_heard_of_while_stripe_is_down_is_not_lost(
    sandbox: Sandbox, seat: Membership, seller: Membership
) -> None:
    _order, checkout = ordered(sandbox, seat, seller)
    sandbox.dispute(charge_of(sandbox, checkout))
    checkouts.fetch_events()
    said = StripeEvent.objects.get(type="charge.dispute.created")
    sandbox.fail("/v1/disputes/*", "error_before", times=3)
    with pytest.raises(Unavailable):
        events.handle(said.event_id)
    said.refresh_from_db()
    assert said.error.startswith("Unavailable")
    events.handle(said.event_id)
    assert (figures(DISPUTED), all_hold()) == ([PRICE], True)
