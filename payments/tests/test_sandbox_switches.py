"""Failures on request: of calls, and of events on their way."""

import json
import secrets
from io import BytesIO
from typing import Any

import httpx
import pytest
import stripe

from payments.tests.sandbox import KEY, Sandbox
from payments.tests.test_sandbox_accounts import manual
from payments.tests.test_sandbox_api import create
from payments.tests.test_sandbox_delivery import Receiver
from payments.tests.test_sandbox_delivery import receiver as receiver
from payments.tests.test_sandbox_transfers import AT_ONCE, charged, funds, send

TRANSFERS = "/v1/transfers"


@pytest.fixture
def account(sandbox: Sandbox) -> str:
    """An onboarded payee; the platform has money for two transfers."""
    charged(sandbox, card=AT_ONCE)
    return manual(sandbox).id


def sent(sandbox: Sandbox, account: str) -> int:
    return len(sandbox.client.v1.transfers.list({"destination": account}).data)


@pytest.mark.parametrize(
    ("kind", "error", "status", "done"),
    [
        ("error_before", stripe.APIError, 500, 0),
        ("error_after", stripe.APIError, 500, 1),
        ("error_kept", stripe.APIError, 500, 0),
        ("conflict", stripe.APIError, 409, 0),
        ("rate_limit", stripe.RateLimitError, 429, 0),
        ("card_declined", stripe.CardError, 402, 0),
        ("balance_insufficient", stripe.InvalidRequestError, 400, 0),
        ("account_restricted", stripe.InvalidRequestError, 400, 0),
    ],
)
def test_a_call_fails_as_asked(
    sandbox: Sandbox, account: str, kind: str, error: type[stripe.StripeError], status: int, done: int
) -> None:
    sandbox.fail(TRANSFERS, kind)
    with pytest.raises(error) as failure:
        send(sandbox, account, secrets.token_hex())
    assert (failure.value.http_status, sent(sandbox, account)) == (status, done)
    assert send(sandbox, account, secrets.token_hex()).amount == 4000


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("error_before", False),
        ("conflict", False),
        ("rate_limit", False),
        ("error_kept", True),
        ("balance_insufficient", True),
        ("account_restricted", True),
    ],
)
def test_what_began_is_remembered_under_its_key(sandbox: Sandbox, account: str, kind: str, kept: bool) -> None:
    key = secrets.token_hex()
    sandbox.fail(TRANSFERS, kind)
    with pytest.raises(stripe.StripeError):
        send(sandbox, account, key)
    if kept:
        with pytest.raises(stripe.StripeError):
            send(sandbox, account, key)
    else:
        assert send(sandbox, account, key).amount == 4000
    assert sent(sandbox, account) == (not kept)


@pytest.mark.parametrize(("kind", "done"), [("slow_before", 0), ("slow_after", 1)])
def test_a_time_out_leaves_the_caller_in_doubt(sandbox: Sandbox, account: str, kind: str, done: int) -> None:
    hasty = stripe.StripeClient(
        KEY,
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.5),
    )
    sandbox.fail(TRANSFERS, kind, seconds=1)
    wanted: Any = {"destination": account, "amount": 4000, "currency": "eur"}
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.transfers.create(wanted)
    assert sent(sandbox, account) == done


def test_a_star_stands_for_any_id(sandbox: Sandbox, account: str) -> None:
    transfer = send(sandbox, account)
    sandbox.fail("/v1/transfers/*/reversals", "error_after", times=2)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            sandbox.client.v1.transfers.reversals.create(transfer.id, {"amount": 1000})
    assert sandbox.client.v1.transfers.retrieve(transfer.id).amount_reversed == 2000
    assert funds(sandbox, account) == (2000, 0)


def test_unknown_switches_are_refused(sandbox: Sandbox) -> None:
    for path in ("/sandbox/faults", "/sandbox/deliveries"):
        with pytest.raises(httpx.HTTPStatusError):
            sandbox.post(path, path="/v1/balance", kind="earthquake")


def closing(sandbox: Sandbox) -> str:
    """Causes one event, checkout.session.expired; returns the session's id."""
    session = create(sandbox)
    sandbox.client.v1.checkout.sessions.expire(session.id)
    return session.id


def received(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    return [json.loads(receiver.received.get(timeout=20)[0]) for _ in range(count)]


def test_an_event_comes_again_and_again(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.trouble("duplicate", copies=10)
    closing(sandbox)
    assert len({event["id"] for event in received(receiver, 10)}) == 1


def test_one_fact_is_told_as_two_events(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.trouble("twin", "checkout.session.*")
    session = closing(sandbox)
    events = received(receiver, 2)
    assert len({event["id"] for event in events}) == 2
    assert {event["data"]["object"]["id"] for event in events} == {session}


def test_events_come_in_the_wrong_order(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.trouble("reorder", times=3)
    sessions = [closing(sandbox) for _ in range(3)]
    assert [event["data"]["object"]["id"] for event in received(receiver, 3)] == sessions[::-1]


def test_a_lost_event_can_be_fetched(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.trouble("drop")
    lost, kept = closing(sandbox), closing(sandbox)
    assert received(receiver, 1)[0]["data"]["object"]["id"] == kept
    undelivered = sandbox.client.v1.events.list({"delivery_success": False, "limit": 10}).data
    assert lost in {event.data.object["id"] for event in undelivered}


def test_a_late_event_waits_for_the_clock(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.trouble("delay", seconds=600)
    late, prompt = closing(sandbox), closing(sandbox)
    assert received(receiver, 1)[0]["data"]["object"]["id"] == prompt
    sandbox.turn(webhook_url=receiver.url, ahead=601)
    assert received(receiver, 1)[0]["data"]["object"]["id"] == late


def test_evidence_is_uploaded_and_named(sandbox: Sandbox) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.url, "files": sandbox.url}, max_network_retries=0)
    receipt = BytesIO(b"%PDF-1.7")
    receipt.name = "receipt.pdf"
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": receipt})
    assert (file.filename, file.size, file.type) == ("receipt.pdf", 8, "pdf")
    dispute = sandbox.dispute(charged(sandbox))
    evidence = client.v1.disputes.update(dispute, {"evidence": {"receipt": file.id}}).evidence
    assert evidence.receipt == client.v1.files.retrieve(file.id).id
    other = sandbox.dispute(charged(sandbox))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.disputes.update(other, {"evidence": {"receipt": "file_nothing"}})
    assert refusal.value.param == "evidence[receipt]"
    for purpose, content in (
        ("identity_document", b"%PDF-1.7"),
        ("dispute_evidence", b"MZ"),
        ("dispute_evidence", b""),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.files.create({"purpose": purpose, "file": BytesIO(content)})
