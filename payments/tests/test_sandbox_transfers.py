"""Transfers and reversals over HTTP, and what they do to the balances on both sides."""

from typing import Any

import pytest
import stripe

from payments.tests.sandbox import Sandbox
from payments.tests.test_sandbox_accounts import make, manual
from payments.tests.test_sandbox_api import create, line

AT_ONCE = "4000000000000077"
THREE_DAYS = 3 * 24 * 3600


def charged(sandbox: Sandbox, amount: int = 10_000, card: str = "4242424242424242", group: str = "order-1") -> str:
    """The id of a paid charge."""
    session = create(sandbox, line_items=[line(amount)], payment_intent_data={"transfer_group": group})
    sandbox.pay(session.id, card)
    after = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(after.payment_intent, stripe.PaymentIntent)
    return str(after.payment_intent.latest_charge)


def send(sandbox: Sandbox, destination: str, key: str = "", **changes: Any) -> stripe.Transfer:
    wanted: Any = {"destination": destination, "amount": 4000, "currency": "eur", **changes}
    return sandbox.client.v1.transfers.create(wanted, {"idempotency_key": key} if key else {})


def funds(sandbox: Sandbox, account: str = "") -> tuple[int, int]:
    """Available and pending euro cents."""
    balance = sandbox.client.v1.balance.retrieve({}, {"stripe_account": account} if account else {})
    available = sum(fund.amount for fund in balance.available if fund.currency == "eur")
    return available, sum(fund.amount for fund in balance.pending if fund.currency == "eur")


def test_a_transfer_moves_available_money(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charged(sandbox, card=AT_ONCE)
    assert funds(sandbox) == (9680, 0)
    transfer = send(sandbox, account, transfer_group="order-1", metadata={"entry": "7"})
    assert (transfer.amount, transfer.destination, transfer.transfer_group) == (4000, account, "order-1")
    assert (funds(sandbox), funds(sandbox, account)) == ((5680, 0), (4000, 0))
    assert sandbox.client.v1.transfers.retrieve(transfer.id).metadata.to_dict() == {"entry": "7"}
    event = sandbox.client.v1.events.list({"limit": 1}).data[0]
    assert (event.type, event.data.object["id"], event.account) == ("transfer.created", transfer.id, None)


def test_pending_money_cannot_be_transferred_without_its_source(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charge = charged(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        send(sandbox, account, "first")
    assert refusal.value.code == "balance_insufficient"
    transfer = send(sandbox, account, source_transaction=charge)
    assert transfer.transfer_group == "order-1"
    assert (funds(sandbox), funds(sandbox, account)) == ((0, 5680), (0, 4000))
    sandbox.turn(ahead=THREE_DAYS)
    assert (funds(sandbox), funds(sandbox, account)) == ((5680, 0), (4000, 0))


def test_a_refusal_is_replayed_under_its_key_even_when_the_money_has_come(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="insufficient available funds"):
            send(sandbox, account, "same")
        charged(sandbox, card=AT_ONCE)
    assert send(sandbox, account, "other").amount == 4000


def test_transfers_of_a_charge_never_exceed_it(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charge = charged(sandbox)
    send(sandbox, account, source_transaction=charge, amount=6000)
    with pytest.raises(stripe.InvalidRequestError, match="exceeds what is left") as refusal:
        send(sandbox, account, source_transaction=charge, amount=4001)
    assert refusal.value.param == "amount"
    assert send(sandbox, account, source_transaction=charge, amount=4000).amount == 4000
    with pytest.raises(stripe.InvalidRequestError) as other:
        send(sandbox, account, source_transaction=charge, currency="usd")
    assert other.value.param == "currency"


@pytest.mark.parametrize("outcome", ["incomplete", "restricted", "rejected"])
def test_an_account_that_is_not_ready_is_refused(sandbox: Sandbox, outcome: str) -> None:
    account = make(sandbox)
    sandbox.onboard(account.id, outcome)
    charged(sandbox, card=AT_ONCE)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        send(sandbox, account.id)
    assert refusal.value.code == "insufficient_capabilities_for_transfer"
    assert funds(sandbox) == (9680, 0)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"destination": "acct_nobody"}, "destination"),
        ({"amount": 0}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": None}, "currency"),
        ({"colour": "red"}, "colour"),
        ({"source_transaction": "ch_nothing"}, "id"),
    ],
)
def test_wrong_parameters_are_named(sandbox: Sandbox, changes: dict[str, Any], param: str) -> None:
    wanted = {"destination": manual(sandbox).id, "amount": 4000, "currency": "eur", **changes}
    given: Any = {name: value for name, value in wanted.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.client.v1.transfers.create(given)
    assert refusal.value.param == param


def test_transfers_are_listed_by_group_and_by_destination(sandbox: Sandbox) -> None:
    one, two = manual(sandbox).id, manual(sandbox).id
    charged(sandbox, card=AT_ONCE)
    first = send(sandbox, one, amount=100, transfer_group="a")
    second = send(sandbox, two, amount=200, transfer_group="a")
    third = send(sandbox, one, amount=300, transfer_group="b")
    found = sandbox.client.v1.transfers
    assert [item.id for item in found.list({"transfer_group": "a"}).data] == [second.id, first.id]
    assert [item.id for item in found.list({"destination": one}).data] == [third.id, first.id]


def test_reversals_in_parts_end_at_the_transfer(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charged(sandbox, card=AT_ONCE)
    transfer = send(sandbox, account)
    reversals = sandbox.client.v1.transfers.reversals
    part = reversals.create(transfer.id, {"amount": 1500, "metadata": {"refund": "1"}})
    assert (funds(sandbox), funds(sandbox, account)) == ((7180, 0), (2500, 0))
    with pytest.raises(stripe.InvalidRequestError, match="greater than the unreversed amount"):
        reversals.create(transfer.id, {"amount": 2501})
    rest = reversals.create(transfer.id)
    assert (rest.amount, reversals.retrieve(transfer.id, part.id).amount) == (2500, 1500)
    after = sandbox.client.v1.transfers.retrieve(transfer.id)
    assert (after.amount_reversed, after.reversed, len(after.reversals.data)) == (4000, True, 2)
    assert [item.id for item in reversals.list(transfer.id, {"limit": 1}).data] == [rest.id]
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        reversals.create(transfer.id)
    assert (funds(sandbox), funds(sandbox, account)) == ((9680, 0), (0, 0))
    assert sandbox.client.v1.events.list({"limit": 1}).data[0].type == "transfer.reversed"


def test_what_was_paid_out_cannot_be_reversed_unless_payees_may_owe(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charged(sandbox, card=AT_ONCE)
    transfer = send(sandbox, account)
    sandbox.client.v1.payouts.create({"amount": 3000, "currency": "eur"}, {"stripe_account": account})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.client.v1.transfers.reversals.create(transfer.id)
    assert (refusal.value.code, funds(sandbox, account)) == ("balance_insufficient", (1000, 0))
    sandbox.turn(negative_balances="true")
    sandbox.client.v1.transfers.reversals.create(transfer.id)
    assert funds(sandbox, account) == (-3000, 0)


def test_a_pending_transfer_is_reversed_from_what_is_pending(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    transfer = send(sandbox, account, source_transaction=charged(sandbox))
    sandbox.client.v1.transfers.reversals.create(transfer.id, {"amount": 1000})
    assert (funds(sandbox), funds(sandbox, account)) == ((0, 6680), (0, 3000))


def test_every_movement_is_listed_with_its_kind(sandbox: Sandbox) -> None:
    account = manual(sandbox).id
    charged(sandbox, card=AT_ONCE)
    sandbox.client.v1.transfers.reversals.create(send(sandbox, account).id)
    booked = sandbox.client.v1.balance_transactions
    platform = [(item.type, item.reporting_category, item.net) for item in booked.list().data]
    assert platform == [
        ("transfer_refund", "transfer_reversal", 4000),
        ("transfer", "transfer", -4000),
        ("charge", "charge", 9680),
    ]
    payee = [(item.type, item.net) for item in booked.list({}, {"stripe_account": account}).data]
    assert payee == [("payment_refund", -4000), ("payment", 4000)]


def test_a_refund_of_pending_money_takes_pending_money(sandbox: Sandbox) -> None:
    sandbox.client.v1.refunds.create({"charge": charged(sandbox), "amount": 1000})
    assert funds(sandbox) == (0, 8680)
    sandbox.turn(ahead=THREE_DAYS)
    sandbox.client.v1.refunds.create({"charge": charged(sandbox, card=AT_ONCE), "amount": 1000})
    assert funds(sandbox) == (17360, 0)
