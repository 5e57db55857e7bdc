"""Failure cases of payout runs, against the real sandbox, each by the number it has in the list of them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Organization, User
from accounts.tests.factories import PASSWORD, OrganizationFactory
from core.errors import Invalid
from payments import earnings, transferring, watch
from payments.ledger import RefundTake, SaleShare
from payments.models import (
    AccountKind,
    BankPayout,
    Checkout,
    Concern,
    Earning,
    LedgerTransaction,
    PayoutRun,
    PayoutRunState,
    ReconciliationItem,
    SendState,
    Transfer,
)
from payments.services import bank_payouts, payees, payouts, reconciliation
from payments.standing import standing
from payments.tests.cases import (
    AVAILABLE,
    COMMISSION,
    HELD,
    ON_THE_WAY,
    OWED,
    TRANSFERS,
    Mails,
    all_hold,
    at_bank,
    due,
    hear_all,
    hear_of,
    paid_out,
    pass_hold,
    refund,
    sent,
    sold,
    states,
    subjects,
)
from payments.tests.factories import member_of, open_checkout
from payments.tests.payees import begun_payee, figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("goods")]
LONG_AGO = timedelta(days=3)


@pytest.fixture
def seller(db: None) -> Organization:
    found: Organization = OrganizationFactory()
    return found


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@hub.test", PASSWORD)


def booked(seller: Organization, *amounts: int, currency: str = "EUR", commission: int = 0) -> None:
    """Sales in the books alone, whose hold is over."""
    for amount in amounts:
        number = Earning.objects.count()
        earnings.book_sale(
            key=f"sale:{number}-{LedgerTransaction.objects.count()}",
            reference=f"test:{number}-{seller.pk}",
            currency=currency,
            total=amount,
            shares=[SaleShare(seller, amount, commission)],
            release_at=timezone.now() - timedelta(seconds=1),
        )


@pytest.mark.parametrize("outcome", ["", "incomplete", "restricted", "rejected"])
def test_case_10_earnings_of_one_who_cannot_be_paid_accrue_until_they_can(
    sandbox: Sandbox, seller: Organization, mails: Mails, outcome: str
) -> None:
    seat = member_of(seller)
    payee = begun_payee(seller)
    if outcome:
        sandbox.onboard(str(payee.stripe_id), outcome)
    told = subjects(mails(lambda: hear_of(sandbox, payee)))
    sold(sandbox, seller)
    pass_hold()
    run = pay_out()
    assert (run.transfers, run.skipped, figures(HELD, AVAILABLE)) == (0, {"not_ready": 1}, [0, 9_000])
    assert [to for to, _subject in told] == ([seat.email] if outcome in ("restricted", "rejected") else [])
    assert Checkout.objects.get().state == "paid"
    sandbox.onboard(str(payee.stripe_id))
    told = subjects(mails(lambda: hear_of(sandbox, payee)))
    assert [to for to, _subject in told] == [seat.email]
    pay_out()
    assert (sent(sandbox), figures(AVAILABLE), all_hold()) == ([9_000], [0], True)


def test_case_10_without_an_account_earnings_wait(sandbox: Sandbox, seller: Organization) -> None:
    sold(sandbox, seller)
    pass_hold()
    assert (pay_out().skipped, figures(AVAILABLE)) == ({"not_set_up": 1}, [9_000])
    ready_payee(sandbox, seller)
    assert (pay_out().transfers, sent(sandbox), all_hold()) == (1, [9_000], True)


def test_case_10_restricted_at_the_moment_of_the_transfer(sandbox: Sandbox, seller: Organization, mails: Mails) -> None:
    payee = due(sandbox, seller)
    hear_of(sandbox, payee)
    sandbox.onboard(str(payee.stripe_id), "restricted")
    run = pay_out()
    assert (run.transfers, states(), figures(AVAILABLE, ON_THE_WAY)) == (1, [SendState.FAILED], [9_000, 0])
    told = subjects(mails(bank_payouts.follow_payees))
    assert len(told) == 1
    assert pay_out().skipped == {"not_ready": 1}
    assert subjects(mails(bank_payouts.follow_payees)) == []
    sandbox.onboard(str(payee.stripe_id))
    hear_of(sandbox, payee)
    pay_out()
    assert (sent(sandbox), states()[1:], all_hold()) == ([9_000], [SendState.SUCCEEDED], True)


def test_case_19_who_owes_is_passed_over_with_the_reason(sandbox: Sandbox, seller: Organization) -> None:
    payee, checkout = paid_out(sandbox, seller)
    at_bank(sandbox, payee, 9_000)
    refund(checkout)
    for _ in range(3):
        assert pay_out().transfers == 0
    assert (standing(seller, "EUR").reason, standing(seller, "EUR").owed) == ("owes", 9_000)
    assert (Transfer.objects.count(), LedgerTransaction.objects.filter(kind="reversal").count()) == (1, 0)
    assert all_hold()


def test_case_19_an_account_below_zero_at_stripe_is_paid_up_by_later_earnings(
    sandbox: Sandbox, seller: Organization
) -> None:
    payee, checkout = paid_out(sandbox, seller)
    at_bank(sandbox, payee, 9_000)
    sandbox.turn(negative_balances="true")
    refund(checkout)
    assert (figures(OWED), sent(sandbox)) == ([0], [0])
    sold(sandbox, seller, 20_000, "second")
    pass_hold()
    assert (pay_out().transfers, sent(sandbox)) == (1, [0, 18_000])
    balance = sandbox.client.v1.balance.retrieve(options={"stripe_account": str(payee.stripe_id)})
    assert [each.amount for each in balance.available] == [9_000]
    assert (all_hold(), ReconciliationItem.objects.exists()) == (True, False)


def test_case_20_a_balance_that_disagrees_is_not_paid_short(
    sandbox: Sandbox, seller: Organization, root: User, mails: Mails
) -> None:
    payee, _checkout = paid_out(sandbox, seller)
    due_again = sold(sandbox, seller, reference="second")
    pass_hold()
    stray = sandbox.client.v1.transfers.create({"amount": 7, "currency": "eur", "destination": str(payee.stripe_id)})
    for _ in range(2):
        assert pay_out().skipped == {"disagrees": 1}
    item = ReconciliationItem.objects.get(concern=Concern.PAYEE_BALANCE)
    assert (item.facts["stripe"], item.facts["books"], figures(AVAILABLE)) == (9_007, 9_000, [9_000])
    assert len(mails(reconciliation.tell)) == 1
    assert mails(reconciliation.tell) == []
    sandbox.client.v1.transfers.reversals.create(stray.id)
    assert (pay_out().transfers, due_again.state) == (1, "paid")
    assert not ReconciliationItem.objects.open().filter(concern=Concern.PAYEE_BALANCE).exists()
    assert (sent(sandbox), figures(AVAILABLE)) == ([9_000, 0, 9_000], [0])


def test_case_21_a_share_of_nothing_is_no_transfer_and_no_refund_trips_over_it(
    sandbox: Sandbox, seller: Organization
) -> None:
    ready_payee(sandbox, seller)
    booked(seller, 1, commission=1)
    assert (pay_out().transfers, figures(HELD, COMMISSION), Earning.objects.count()) == (0, [0, 1], 0)
    earnings.take_back(key="r", reference=f"test:0-{seller.pk}", currency="EUR", takes=[RefundTake(seller, 0, 1)])
    assert (figures(HELD, COMMISSION, OWED), sent(sandbox)) == ([0, 0, 0], [])
    booked(seller, 100, commission=50)
    reference = Earning.objects.get().reference
    earnings.take_back(key="s", reference=reference, currency="EUR", takes=[RefundTake(seller, 0, 1)])
    assert (Earning.objects.get().taken, figures(HELD, COMMISSION)) == (0, [50, 49])


def test_case_21_what_is_below_the_threshold_is_carried_forward(sandbox: Sandbox, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    for place in range(3):
        assert pay_out().skipped == ({} if place == 0 else {"below_threshold": 1})
        sold(sandbox, seller, 1_000, f"small-{place}")
        pass_hold()
    assert (pay_out().transfers, sent(sandbox), all_hold()) == (1, [2_700], True)


@pytest.mark.parametrize(
    ("currency", "price", "share", "below"), [("JPY", 1_001, 901, 24), ("USD", 10_001, 9_001, 2_499)]
)
def test_case_22_minor_units_of_any_size(
    sandbox: Sandbox, seller: Organization, currency: str, price: int, share: int, below: int
) -> None:
    ready_payee(sandbox, seller)
    sold(sandbox, seller, price, currency=currency)
    pass_hold()
    assert (pay_out().transfers, sent(sandbox)) == (1, [share])
    made = sandbox.client.v1.transfers.list().data[0]
    assert (made.currency, made.amount) == (currency.lower(), share)
    booked(seller, below, currency=currency)
    assert pay_out().skipped == {"below_threshold": 1}


def test_case_22_three_decimals_are_sent_in_steps_of_ten(sandbox: Sandbox, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    sold(sandbox, seller, 30_110, currency="KWD")
    pass_hold()
    assert (pay_out().transfers, sent(sandbox), figures(AVAILABLE)) == (1, [27_090], [9])
    assert all_hold()
    with pytest.raises(Invalid) as refusal:
        open_checkout("uneven", seller, 1_001, currency="KWD")
    assert refusal.value.code == "amount_uneven"


def test_case_22_each_currency_is_paid_by_itself(sandbox: Sandbox, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    for currency in ("EUR", "USD"):
        sold(sandbox, seller, reference=currency, currency=currency)
    pass_hold()
    assert pay_out().transfers == 2
    assert set(Transfer.objects.values_list("currency", "amount")) == {("EUR", 9_000), ("USD", 9_000)}
    assert all_hold()


def test_case_23_one_of_twelve_fails_and_is_paid_by_the_next_run(sandbox: Sandbox) -> None:
    for _ in range(12):
        due(sandbox, OrganizationFactory())
    run = payouts.run()
    work_off("payments.run_payouts")
    for place, transfer in enumerate(Transfer.objects.order_by("pk")):
        if place == 4:
            sandbox.fail(TRANSFERS, "balance_insufficient")
        transferring.drive(transfer)
    run.refresh_from_db()
    assert (run.transfers, sent(sandbox), figures(AVAILABLE, ON_THE_WAY)) == (12, [9_000] * 11, [9_000, 0])
    payouts.execute(run)
    work_off()
    assert (states().count(SendState.SUCCEEDED), sent(sandbox), figures(AVAILABLE)) == (12, [9_000] * 12, [0])
    assert all_hold()


def test_case_23_of_a_hundred_one_is_ready(sandbox: Sandbox) -> None:
    owners = OrganizationFactory.create_batch(100)
    for owner in owners:
        booked(owner, 3_000)
    run = pay_out()
    assert (run.transfers, run.skipped) == (0, {"not_set_up": 100})
    due(sandbox, owners[36])
    sold(sandbox, owners[36], reference="more")  # whose share is held: funds for what the books alone know
    again = pay_out()
    assert (again.transfers, again.skipped, sent(sandbox)) == (1, {"not_set_up": 99}, [12_000])
    assert figures(AVAILABLE) == [99 * 3_000]


def test_case_25_an_alarm_when_nothing_is_released(
    client: Client, sandbox: Sandbox, seller: Organization, root: User, mails: Mails
) -> None:
    sold(sandbox, seller)
    Earning.objects.update(release_at=timezone.now() - LONG_AGO)
    watch.check_books()
    assert metric(client, 'labelhub_money_oldest_seconds{what="due earning"}') >= LONG_AGO.total_seconds()
    assert metric(client, "labelhub_reconciliation_items") == 1
    item = ReconciliationItem.objects.get()
    assert (item.concern, watch.oldest_due()) == (Concern.OVERDUE, Earning.objects.get().release_at)
    assert [to for to, _subject in subjects(mails(reconciliation.tell))] == [root.email]
    watch.check_books()
    assert (mails(reconciliation.tell), ReconciliationItem.objects.count()) == ([], 1)
    earnings.release_due()
    watch.check_books()
    assert (ReconciliationItem.objects.open().count(), watch.oldest_due()) == (0, None)
    assert metric(client, 'labelhub_money_oldest_seconds{what="due earning"}') == 0


def metric(client: Client, name: str) -> float:
    lines = client.get("/metrics").content.decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_case_25_an_alarm_when_no_run_pays_what_is_released(sandbox: Sandbox, seller: Organization) -> None:
    due(sandbox, seller)
    earnings.release_due()
    watch.check_books()
    assert not ReconciliationItem.objects.exists()
    Earning.objects.update(released_at=timezone.now() - LONG_AGO)
    PayoutRun.objects.create(state=PayoutRunState.DONE, ended_at=timezone.now() - LONG_AGO)
    watch.check_books()
    assert ReconciliationItem.objects.get().subject == "payout_runs"
    pay_out()
    watch.check_books()
    assert (ReconciliationItem.objects.open().count(), all_hold()) == (0, True)


def test_case_25_no_alarm_about_what_somebody_contests(sandbox: Sandbox, seller: Organization) -> None:
    checkout = sold(sandbox, seller)
    intent = sandbox.client.v1.payment_intents.retrieve(checkout.payment_intent)
    sandbox.dispute(str(intent.latest_charge))
    hear_all()
    Earning.objects.update(release_at=timezone.now() - LONG_AGO)
    earnings.release_due()
    watch.check_books()
    assert (figures(HELD), ReconciliationItem.objects.count(), watch.oldest_due()) == ([9_000], 0, None)


def test_case_26_after_the_platforms_own_bank_was_paid_payees_wait_without_a_storm(
    sandbox: Sandbox, seller: Organization, root: User, mails: Mails
) -> None:
    due(sandbox, seller)
    swept = sandbox.client.v1.balance.retrieve().available[0].amount
    sandbox.client.v1.payouts.create({"amount": swept, "currency": "eur"})
    letters = mails(lambda: [pay_out() for _ in range(5)])
    assert (letters, PayoutRun.objects.latest("pk").skipped, Transfer.objects.count()) == ([], {"funds": 1}, 0)
    watch.check_books()
    assert (mails(reconciliation.tell), figures(AVAILABLE, AccountKind.PLATFORM_CASH)) == ([], [9_000, swept])
    assert all_hold()
    sold(sandbox, OrganizationFactory(), 20_000, "another")
    assert (pay_out().transfers, sent(sandbox)) == (1, [9_000])
    assert all_hold()


def test_case_26_the_reserve_is_kept(sandbox: Sandbox, seller: Organization, settings: Settings) -> None:
    due(sandbox, seller)
    settings.PAYOUT_RESERVE_MINOR = 1_000
    assert (pay_out().skipped, figures(AVAILABLE)) == ({"funds": 1}, [9_000])
    settings.PAYOUT_RESERVE_MINOR = 600
    assert (pay_out().transfers, sent(sandbox)) == (1, [9_000])


@pytest.mark.parametrize("late", [False, True])
def test_case_27_the_bank_sends_a_payout_back(sandbox: Sandbox, seller: Organization, mails: Mails, late: bool) -> None:
    seat = member_of(seller)
    payee, _checkout = paid_out(sandbox, seller)
    made = at_bank(sandbox, payee, 9_000)
    if late:
        sandbox.turn(ahead=2 * 24 * 3600)
        sandbox.client.v1.payouts.retrieve(made, options={"stripe_account": str(payee.stripe_id)})
    hear_of(sandbox, payee)
    sandbox.fail_payout(made)
    told = subjects(mails(lambda: hear_of(sandbox, payee)))
    assert {to for to, _subject in told} == {seat.email}
    assert BankPayout.objects.get().status == "failed"
    assert (figures(AVAILABLE, ON_THE_WAY, OWED), sent(sandbox)) == ([0, 0, 0], [9_000])
    payee.refresh_from_db()
    assert payee.payouts_enabled is False
    assert (pay_out().transfers, mails(lambda: hear_of(sandbox, payee))) == (0, [])
    sandbox.turn()
    sold(sandbox, seller, reference="second")
    pass_hold()
    assert pay_out().skipped == {"not_ready": 1}
    sandbox.onboard(str(payee.stripe_id))
    hear_of(sandbox, payee)
    assert (pay_out().transfers, sent(sandbox)) == (1, [9_000, 9_000])
    assert (all_hold(), ReconciliationItem.objects.exists()) == (True, False)


@pytest.mark.parametrize("heard", [False, True])
def test_case_27_a_payout_fails_after_a_later_one_was_paid(sandbox: Sandbox, seller: Organization, heard: bool) -> None:
    payee, _checkout = paid_out(sandbox, seller)
    first = at_bank(sandbox, payee, 4_000)
    sandbox.turn(ahead=1)
    at_bank(sandbox, payee, 5_000)
    sandbox.turn()
    BankPayout.objects.all().delete()
    bank_payouts.fetch(payee)
    BankPayout.objects.update(status="paid")
    sandbox.fail_payout(first)
    sandbox.onboard(str(payee.stripe_id))
    if heard:
        hear_of(sandbox, payee)
    payees.refresh(payee=payee)
    sold(sandbox, seller, reference="second")
    pass_hold()
    assert (pay_out().transfers, sent(sandbox)) == (1, [9_000, 9_000])
    assert BankPayout.objects.get(stripe_id=first).status == "failed"
    assert not ReconciliationItem.objects.open().exists()
