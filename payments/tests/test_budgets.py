"""Budgets: nothing is promised that is not there, paid twice, or lost when the budget ends."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Organization
from accounts.tests.factories import OrganizationFactory
from core.errors import Conflict, Invalid
from payments import invariants, watch
from payments.models import AccountKind, Budget, Checkout, LedgerTransaction, Movement, Refund, Reservation
from payments.services import budgets, checkouts
from payments.tests.factories import member_of
from payments.tests.payees import figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
FREE, RESERVED, EARNED = AccountKind.ESCROW, AccountKind.ESCROW_RESERVED, AccountKind.PAYABLE_AVAILABLE
HERE = "https://hub.test/budget"


def opened(organization: Organization | None = None) -> Budget:
    organization = organization or OrganizationFactory()
    return budgets.open_budget(
        actor=member_of(organization), organization=organization, name="Birds, spring", currency="EUR"
    )


def asked(budget: Budget, amount: int = 11_500) -> Checkout:
    actor = member_of(budget.organization)
    return budgets.fund(actor=actor, budget=budget, amount=amount, success_url=HERE, cancel_url=HERE)


def funded(sandbox: Sandbox, amount: int = 11_500) -> Budget:
    budget = opened()
    checkout = asked(budget, amount)
    sandbox.pay(str(checkout.session_id))
    checkouts.confirm(checkout=checkout)
    return budget


def reserved(budget: Budget, amount: int = 1_150, key: str = "batch:1") -> Reservation:
    return budgets.reserve(budget=budget, key=key, amount=amount)


def code_of(refusal: "pytest.ExceptionInfo[Conflict]") -> str:
    return refusal.value.code


def all_hold() -> bool:
    watch.follow_balance()
    assert [(found.name, found.rows) for found in invariants.check() if not found.holds] == []
    assert not Movement.objects.unexplained().exists()
    assert watch.disagreements() == {}
    return True


def test_a_payment_fills_the_budget_once(sandbox: Sandbox) -> None:
    budget = funded(sandbox)
    for _ in range(3):
        checkouts.fetch_events()
        work_off()
    assert budgets.figures(budget) == budgets.Figures(paid_in=11_500, free=11_500, reserved=0, returned=0)
    assert all_hold()


def test_asking_again_for_the_same_amount_gives_the_same_page(sandbox: Sandbox) -> None:
    budget = opened()
    assert asked(budget) == asked(budget)
    assert asked(budget, 5_000) != asked(budget)


@pytest.mark.parametrize("amount", [0, 10, 10**10])
def test_what_cannot_be_charged_is_refused(db: None, amount: int) -> None:
    with pytest.raises(Invalid):
        asked(opened(), amount)


def test_a_budget_needs_a_name_and_a_currency_that_is_offered(db: None) -> None:
    organization = OrganizationFactory()
    actor = member_of(organization)
    for name, currency in (("", "EUR"), ("Birds", "XXX")):
        with pytest.raises(Invalid):
            budgets.open_budget(actor=actor, organization=organization, name=name, currency=currency)


def test_accepted_work_pays_the_worker_and_the_platform_once(sandbox: Sandbox) -> None:
    budget, worker = funded(sandbox), OrganizationFactory()
    reservation = reserved(budget)
    for _ in range(3):
        budgets.accrue(reservation=reservation, worker=worker, reward=100, key="judgment:1")
    assert figures(FREE, RESERVED, EARNED, AccountKind.COMMISSION) == [10_350, 1_035, 100, 15]
    assert budgets.figures(budget).spent == 115
    assert all_hold()


def test_one_key_pays_one_worker_at_one_price(sandbox: Sandbox) -> None:
    reservation = reserved(funded(sandbox))
    worker = OrganizationFactory()
    budgets.accrue(reservation=reservation, worker=worker, reward=100, key="judgment:1")
    for other, reward in ((OrganizationFactory(), 100), (worker, 101)):
        with pytest.raises(Conflict) as refusal:
            budgets.accrue(reservation=reservation, worker=other, reward=reward, key="judgment:1")
        assert code_of(refusal) == "ledger_key_reused"


def test_nothing_is_promised_that_is_not_there(sandbox: Sandbox) -> None:
    budget = funded(sandbox, 1_000)
    with pytest.raises(Conflict) as refusal:
        reserved(budget, 1_001)
    assert code_of(refusal) == "budget_exhausted"
    assert reserved(budget, 1_000) == reserved(budget, 1_000)
    with pytest.raises(Conflict) as refusal:
        reserved(budget, 999)
    assert code_of(refusal) == "reservation_differs"
    with pytest.raises(Conflict) as refusal:
        reserved(budget, 1, "batch:2")
    assert code_of(refusal) == "budget_exhausted"
    assert all_hold()


def test_no_more_is_paid_than_was_reserved_nor_after_the_release(sandbox: Sandbox) -> None:
    reservation = reserved(funded(sandbox), 230)
    worker = OrganizationFactory()
    for number in (1, 2):
        budgets.accrue(reservation=reservation, worker=worker, reward=100, key=f"judgment:{number}")
    with pytest.raises(Conflict) as refusal:
        budgets.accrue(reservation=reservation, worker=worker, reward=100, key="judgment:3")
    assert code_of(refusal) == "reservation_exhausted"
    assert [budgets.release(reservation=reservation) for _ in range(2)] == [0, 0]
    with pytest.raises(Conflict) as refusal:
        budgets.accrue(reservation=reservation, worker=worker, reward=1, key="judgment:4")
    assert code_of(refusal) == "reservation_released"


def test_what_was_not_spent_is_free_again_once(sandbox: Sandbox) -> None:
    budget, worker = funded(sandbox), OrganizationFactory()
    reservation = reserved(budget)
    budgets.accrue(reservation=reservation, worker=worker, reward=100, key="judgment:1")
    assert [budgets.release(reservation=reservation) for _ in range(3)] == [1_035, 0, 0]
    assert figures(FREE, RESERVED) == [11_385, 0]
    assert all_hold()


def test_the_rest_of_a_closed_budget_goes_back_to_the_cards(sandbox: Sandbox) -> None:
    budget = funded(sandbox, 1_000)
    second = asked(budget, 2_000)
    sandbox.pay(str(second.session_id))
    checkouts.confirm(checkout=second)
    reservation = reserved(budget)
    with pytest.raises(Conflict) as refusal:
        budgets.close(actor=member_of(budget.organization), budget=budget)
    assert code_of(refusal) == "budget_reserved"
    budgets.accrue(reservation=reservation, worker=OrganizationFactory(), reward=100, key="judgment:1")
    budgets.release(reservation=reservation)
    for _ in range(3):
        budgets.close(actor=member_of(budget.organization), budget=budget)
        work_off()
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [885, 2_000]
    shown = budgets.figures(budget)
    assert (shown.free, shown.returned, shown.spent) == (0, 2_885, 115)
    assert all_hold()


def test_a_closed_budget_promises_nothing_and_returns_what_still_arrives(sandbox: Sandbox) -> None:
    budget = opened()
    checkout = asked(budget)
    budgets.close(actor=member_of(budget.organization), budget=budget)
    for again in (lambda: reserved(budget), lambda: asked(budget, 500)):
        with pytest.raises(Conflict) as refusal:
            again()
        assert code_of(refusal) == "budget_closed"
    sandbox.pay(str(checkout.session_id))
    checkouts.confirm(checkout=checkout)
    work_off()
    assert (budgets.figures(budget).free, budgets.figures(budget).returned) == (0, 11_500)
    assert all_hold()


def test_a_lost_dispute_takes_what_is_free_and_the_rest_is_owed(sandbox: Sandbox) -> None:
    budget = funded(sandbox)
    reservation = reserved(budget, 11_500)
    budgets.accrue(reservation=reservation, worker=OrganizationFactory(), reward=10_000, key="judgment:1")
    intent = Checkout.objects.get(purpose=budgets.PURPOSE).payment_intent
    charge = sandbox.client.v1.charges.list({"payment_intent": intent}).data[0].id
    dispute = sandbox.dispute(charge)
    checkouts.fetch_events()
    work_off()
    with pytest.raises(Conflict) as refusal:
        reserved(budget, 1, "batch:2")
    assert code_of(refusal) == "disputed"
    sandbox.lose(dispute)
    checkouts.fetch_events()
    work_off()
    assert figures(FREE, AccountKind.RECEIVABLE, AccountKind.DISPUTE_HOLD) == [0, 11_500, 0]
    assert all_hold()


def test_rewards_settle_what_a_worker_owes_and_are_paid_out(sandbox: Sandbox) -> None:
    budget, worker = funded(sandbox), OrganizationFactory()
    ready_payee(sandbox, worker)
    reservation = reserved(budget, 11_500)
    budgets.accrue(reservation=reservation, worker=worker, reward=10_000, key="judgment:1")
    sandbox.turn(ahead=3 * 24 * 3600)
    assert pay_out().transfers == 1
    assert [each.amount for each in sandbox.client.v1.transfers.list().data] == [10_000]
    assert all_hold()


@pytest.mark.django_db(transaction=True)
def test_twenty_threads_promise_exactly_what_is_there(sandbox: Sandbox) -> None:
    budget = funded(sandbox, 850)

    def one(number: int) -> bool:
        try:
            return bool(reserved(budget, 100, f"batch:{number}"))
        except Conflict:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(20))) == 8
    assert figures(FREE, RESERVED) == [50, 800]


@pytest.mark.django_db(transaction=True)
def test_one_piece_of_work_paid_by_many_threads_is_paid_once(sandbox: Sandbox) -> None:
    reservation, worker = reserved(funded(sandbox)), OrganizationFactory()

    def one(_number: int) -> None:
        try:
            budgets.accrue(reservation=reservation, worker=worker, reward=100, key="judgment:1")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(10)))
    assert LedgerTransaction.objects.filter(kind="work").count() == 1
    assert figures(EARNED) == [100]
