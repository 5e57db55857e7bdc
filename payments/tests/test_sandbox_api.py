"""The sandbox over real HTTP, through Stripe's SDK: what Stripe refuses, it refuses."""

import secrets
from typing import Any

import httpx
import pytest
import stripe

from payments.tests.sandbox import KEY, Sandbox


def line(amount: int = 1000, quantity: int = 1, currency: str = "eur") -> dict[str, Any]:
    product = {"name": "Blood cells"}
    return {
        "quantity": quantity,
        "price_data": {"currency": currency, "unit_amount": amount, "product_data": product},
    }


def params(**changes: Any) -> Any:
    wanted = {
        "mode": "payment",
        "success_url": "https://hub.test/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://hub.test/cart",
        "client_reference_id": "order-1",
        "metadata": {"order": "1"},
        "line_items": [line()],
        **changes,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def create(sandbox: Sandbox, key: str = "", **changes: Any) -> stripe.checkout.Session:
    options: Any = {"idempotency_key": key} if key else {}
    return sandbox.client.v1.checkout.sessions.create(params(**changes), options)


def paid(sandbox: Sandbox, amount: int = 1000) -> stripe.checkout.Session:
    session = create(sandbox, line_items=[line(amount)])
    sandbox.pay(session.id)
    return sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})


def refund(sandbox: Sandbox, session: stripe.checkout.Session, amount: int | None = None) -> stripe.Refund:
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    wanted: Any = {"payment_intent": session.payment_intent.id}
    return sandbox.client.v1.refunds.create(wanted | ({"amount": amount} if amount else {}))


def test_a_session_lists_its_lines_and_waits(sandbox: Sandbox) -> None:
    session = create(sandbox, line_items=[line(1000), line(45, 20)])
    assert (session.amount_total, session.currency, session.status) == (1900, "eur", "open")
    assert session.payment_status == "unpaid"
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    items = sandbox.client.v1.checkout.sessions.line_items.list(session.id, {"limit": 1})
    assert (items.data[0].amount_total, items.has_more) == (1000, True)
    assert [item.amount_total for item in items.auto_paging_iter()] == [1000, 900]


def test_paying_leaves_an_intent_a_charge_and_its_fee(sandbox: Sandbox) -> None:
    session = paid(sandbox)
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    charge = session.payment_intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.amount, charge.paid, charge.status) == (1000, True, "succeeded")
    booked = sandbox.client.v1.balance_transactions.retrieve(str(charge.balance_transaction))
    assert (booked.amount, booked.fee, booked.net) == (1000, 59, 941)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "card_declined"),
        ("4000000000000341", "card_declined"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
        ("4000000000000119", "processing_error"),
        ("4111111111111111", "card_declined"),
    ],
)
def test_a_declined_card_leaves_the_session_open(sandbox: Sandbox, card: str, code: str) -> None:
    session = create(sandbox)
    sandbox.pay(session.id, card)
    after = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (after.status, after.payment_status) == ("open", "unpaid")
    assert isinstance(after.payment_intent, stripe.PaymentIntent)
    assert after.payment_intent.last_payment_error is not None
    assert after.payment_intent.last_payment_error.code == code
    sandbox.pay(session.id)
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items": [line() | {"weight": 3}]}, "parameter_unknown", "line_items[0][weight]"),
        ({"locale": "de"}, "parameter_unsupported", "locale"),
        ({"mode": "gift"}, None, "mode"),
        ({"mode": "subscription"}, None, "mode"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"line_items": [line(currency="eur"), line(currency="usd")]}, None, "line_items"),
        ({"line_items": [line() for _ in range(101)]}, None, "line_items"),
        ({"line_items": [line(10)]}, "amount_too_small", "line_items"),
        ({"line_items": [line(99_999_999, 2)]}, "amount_too_large", "line_items"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"metadata": {"a": "x" * 501}}, None, "metadata"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
    ],
)
def test_what_stripe_refuses_is_refused(
    sandbox: Sandbox, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(sandbox, **changes)
    assert (refusal.value.code, refusal.value.param) == (code, param)


def test_a_missing_required_parameter_is_named(sandbox: Sandbox) -> None:
    unnamed = line()
    del unnamed["price_data"]["currency"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create(sandbox, line_items=[unnamed])
    assert refusal.value.param == "line_items[0][price_data][currency]"


def test_the_same_key_replays_the_first_answer(sandbox: Sandbox) -> None:
    key = secrets.token_hex()
    assert create(sandbox, key).id == create(sandbox, key).id


def test_the_same_key_with_other_parameters_is_refused(sandbox: Sandbox) -> None:
    key = secrets.token_hex()
    create(sandbox, key)
    with pytest.raises(stripe.IdempotencyError):
        create(sandbox, key, client_reference_id="order-2")


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox) -> None:
    key = secrets.token_hex()
    first = create(sandbox, key)
    sandbox.turn(ahead=24 * 3600 + 1)
    assert create(sandbox, key).id != first.id


def test_a_refusal_of_parameters_does_not_use_up_the_key(sandbox: Sandbox) -> None:
    key = secrets.token_hex()
    with pytest.raises(stripe.InvalidRequestError):
        create(sandbox, key, mode="gift")
    assert create(sandbox, key).status == "open"


def test_the_sdk_gets_through_a_lost_answer_without_a_second_session(sandbox: Sandbox) -> None:
    patient = stripe.StripeClient(KEY, base_addresses={"api": sandbox.url}, max_network_retries=1)
    sandbox.fail("/v1/checkout/sessions", "error_after")
    mark = secrets.token_hex()
    patient.v1.checkout.sessions.create(params(client_reference_id=mark))
    newest = sandbox.client.v1.checkout.sessions.list({"limit": 10})
    assert [session.client_reference_id for session in newest.data].count(mark) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [("", "You did not provide"), ("sk_live_123", "refuses live keys"), ("sk_test_51abc", "Invalid API Key")],
)
def test_other_keys_are_turned_away(sandbox: Sandbox, key: str, said: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = httpx.get(f"{sandbox.url}/v1/balance", headers=headers)
    assert answer.status_code == 401
    assert said in answer.json()["error"]["message"]


def test_another_api_version_and_address_are_refused_in_stripes_shape(sandbox: Sandbox) -> None:
    old = httpx.get(f"{sandbox.url}/v1/balance", auth=(KEY, ""), headers={"Stripe-Version": "2019-01-01"})
    assert (old.status_code, old.json()["error"]["type"]) == (400, "invalid_request_error")
    assert httpx.get(f"{sandbox.url}/v1/unicorns", auth=(KEY, "")).json()["error"]["message"].startswith("Unrec")
    assert httpx.delete(f"{sandbox.url}/v1/balance", auth=(KEY, "")).status_code == 404
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.client.v1.checkout.sessions.retrieve("cs_test_nothing")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_an_expired_session_stays_expired(sandbox: Sandbox) -> None:
    session = create(sandbox)
    assert sandbox.client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        sandbox.client.v1.checkout.sessions.expire(session.id)
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.pay(session.id)


def test_refunds_in_parts_end_at_the_charge(sandbox: Sandbox) -> None:
    session = paid(sandbox, 1000)
    assert refund(sandbox, session, 400).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refund(sandbox, session, 601)
    assert refund(sandbox, session).amount == 600
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(sandbox, session)
    assert refusal.value.code == "charge_already_refunded"
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    charge = sandbox.client.v1.charges.retrieve(str(getattr(session.payment_intent.latest_charge, "id", "")))
    assert (charge.refunded, charge.amount_refunded) == (True, 1000)


def test_events_come_in_order_and_can_be_narrowed(sandbox: Sandbox) -> None:
    session = paid(sandbox)
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    newest = sandbox.client.v1.events.list({"limit": 4})
    assert [event.type for event in newest.data] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    assert newest.data[0].data.object["id"] == session.id
    narrowed = sandbox.client.v1.events.list({"type": "charge.succeeded", "limit": 1})
    assert narrowed.data[0].data.object["payment_intent"] == session.payment_intent.id
    assert sandbox.client.v1.events.retrieve(newest.data[0].id).type == "checkout.session.completed"


def test_lists_are_paged_both_ways(sandbox: Sandbox) -> None:
    ids = [create(sandbox).id for _ in range(4)][::-1]
    sessions = sandbox.client.v1.checkout.sessions
    first = sessions.list({"limit": 2})
    assert [session.id for session in first.data] == ids[:2]
    second = sessions.list({"limit": 2, "starting_after": ids[1]})
    assert [session.id for session in second.data] == ids[2:]
    back = sessions.list({"limit": 2, "ending_before": ids[2]})
    assert [session.id for session in back.data] == ids[:2]


def test_money_becomes_available_after_two_days(sandbox: Sandbox) -> None:
    def funds(kind: str) -> int:
        balance = sandbox.client.v1.balance.retrieve()
        return sum(fund.amount for fund in getattr(balance, kind) if fund.currency == "eur")

    before = funds("available"), funds("pending")
    paid(sandbox, 1000)
    assert (funds("available"), funds("pending")) == (before[0], before[1] + 941)
    sandbox.turn(ahead=3 * 24 * 3600)
    assert (funds("available"), funds("pending")) == (sum(before) + 941, 0)
