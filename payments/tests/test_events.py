"""Webhooks: only Stripe's own, each fact once, in any order, however often and however crashed."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from core.errors import Conflict
from jobs.models import Job
from payments import events, invariants
from payments.models import (
    AccountKind,
    Checkout,
    CheckoutState,
    EventState,
    LedgerAccount,
    LedgerTransaction,
    StripeEvent,
)
from payments.services import checkouts as services
from payments.tests.conftest import Goods
from payments.tests.factories import CheckoutFactory, open_checkout, session_event
from payments.tests.sandbox import Sandbox

SECRET = "whsec_tests"
WEBHOOK = "/payments/webhook/"


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET


def signed(body: str, secret: str = SECRET, at: int | None = None) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return header


def send(client: Client, event: dict[str, Any], signature: str | None = None) -> int:
    """The status of the answer to a webhook."""
    body = json.dumps(event)
    header = signed(body) if signature is None else signature
    return client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": header}).status_code


def handle_all() -> None:
    for event in StripeEvent.objects.unhandled().order_by("id"):
        events.handle(event.event_id)


@pytest.mark.django_db
def test_a_signed_event_is_kept_and_handled_by_a_job(client: Client, goods: Goods) -> None:
    checkout = CheckoutFactory()
    assert send(client, session_event(checkout)) == 200
    assert goods.paid == []
    assert Job.objects.get().kind == "payments.handle_event"
    handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID
    assert goods.paid == [checkout.reference]
    assert StripeEvent.objects.get().state == EventState.HANDLED


FORGERIES = {
    "no signature": lambda body: "",
    "nonsense": lambda body: "t=abc",
    "another secret": lambda body: signed(body, "whsec_other"),
    "another body": lambda body: signed(body + " "),
    "an old signature": lambda body: signed(body, at=int(time.time()) - 301),
    "no time": lambda body: signed(body).partition(",")[2],
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", FORGERIES)
def test_forgeries_are_turned_away(client: Client, goods: Goods, what: str) -> None:
    event = session_event(CheckoutFactory())
    assert send(client, event, FORGERIES[what](json.dumps(event))) == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.django_db
def test_an_event_of_the_other_mode_is_turned_away(client: Client, goods: Goods) -> None:
    assert send(client, session_event(CheckoutFactory()) | {"livemode": True}) == 400


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["", "{}", "[]", '{"id": "evt_1"}', "\xff"])
def test_signed_nonsense_is_turned_away(client: Client, body: str) -> None:
    answer = client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signed(body)})
    assert answer.status_code == 400


@pytest.mark.django_db
def test_only_posting_is_possible(client: Client) -> None:
    assert client.get(WEBHOOK).status_code == 405


@pytest.mark.django_db
def test_a_signature_from_the_future_has_one_effect_when_replayed(client: Client, goods: Goods) -> None:
    event = session_event(CheckoutFactory())
    header = signed(json.dumps(event), at=int(time.time()) + 3600)
    for _ in range(3):
        assert send(client, event, header) == 200
        handle_all()
    assert len(goods.paid) == 1


@pytest.mark.django_db
def test_two_events_of_one_fact_have_one_effect(client: Client, goods: Goods) -> None:
    checkout = CheckoutFactory()
    send(client, session_event(checkout))
    send(client, session_event(checkout))
    handle_all()
    assert StripeEvent.objects.count() == 1
    assert len(goods.paid) == 1


@pytest.mark.django_db
def test_an_event_that_overtakes_our_own_record_still_counts(client: Client, goods: Goods) -> None:
    checkout = CheckoutFactory(state="pending", session_id=None, url="")
    send(client, session_event(checkout, id="cs_test_early"))
    handle_all()
    checkout.refresh_from_db()
    assert (checkout.state, checkout.session_id) == (CheckoutState.PAID, "cs_test_early")


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_payment_and_expiry_converge_whatever_comes_first(goods: Goods, order: tuple[int, int]) -> None:
    checkout = CheckoutFactory()
    facts = [
        session_event(checkout),
        session_event(checkout, "checkout.session.expired", status="expired", payment_status="unpaid"),
    ]
    for place in order:
        services.receive_event(event=facts[place])
        handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID
    assert goods.paid == [checkout.reference]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts", [{"amount_total": 999}, {"currency": "usd"}, {"id": "cs_test_other"}, {"livemode": True}]
)
def test_an_event_that_does_not_fit_delivers_nothing_and_is_shown(goods: Goods, facts: dict[str, Any]) -> None:
    checkout = CheckoutFactory()
    services.receive_event(event=session_event(checkout, **facts))
    handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.OPEN
    assert checkout.problem
    assert goods.paid == []
    assert not LedgerTransaction.objects.exists()


@pytest.mark.django_db
def test_a_second_payment_for_one_thing_is_shown_and_returned(goods: Goods) -> None:
    first = CheckoutFactory()
    second = CheckoutFactory(reference=first.reference, organization=first.organization, state="expired")
    for checkout in (first, second, second):
        services.receive_event(event=session_event(checkout))
        handle_all()
    second.refresh_from_db()
    assert (second.state, second.purpose) == (CheckoutState.PAID, "duplicate")
    assert "Paid twice" in second.problem
    assert goods.paid == [first.reference]
    refund = second.refunds.get()
    assert (refund.amount, refund.state) == (second.amount, "pending")
    kept = LedgerAccount.objects.get(kind=AccountKind.BUYER_REFUNDABLE)
    assert (kept.organization, kept.amount) == (second.organization, second.amount)
    assert all(finding.holds for finding in invariants.check())


@pytest.mark.django_db
def test_events_of_other_business_are_ignored(goods: Goods) -> None:
    stranger = CheckoutFactory.build(organization=None)
    services.receive_event(event=session_event(stranger))
    services.receive_event(event=session_event(stranger, "invoice.created", id="in_1"))
    handle_all()
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}


@pytest.mark.django_db
def test_a_delayed_payment_waits_and_may_fail(goods: Goods) -> None:
    checkout = CheckoutFactory()
    services.receive_event(event=session_event(checkout, payment_status="unpaid"))
    handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.OPEN
    failed = session_event(checkout, "checkout.session.async_payment_failed", payment_status="unpaid")
    services.receive_event(event=failed)
    handle_all()
    assert goods.expired == [checkout.reference]


@pytest.mark.django_db
def test_a_crash_after_the_ledger_write_leaves_nothing_and_the_next_try_writes_once(goods: Goods) -> None:
    checkout = CheckoutFactory()
    goods.crash = True
    event = services.receive_event(event=session_event(checkout))
    assert event is not None
    with pytest.raises(ZeroDivisionError):
        events.handle(event.event_id)
    assert not LedgerTransaction.objects.exists()
    event.refresh_from_db()
    assert (event.state, event.error) == (EventState.FAILED, "ZeroDivisionError: ")
    goods.crash = False
    handle_all()
    assert LedgerTransaction.objects.count() == 1
    assert events.handle(event.event_id) == {"outcome": "handled before"}


@pytest.mark.django_db
def test_an_event_whose_job_gave_up_is_taken_up_again(goods: Goods) -> None:
    services.receive_event(event=session_event(CheckoutFactory()))
    Job.objects.update(state="failed")
    StripeEvent.objects.update(received_at=timezone.now() - services.EVENT_PATIENCE * 2)
    services.drive_events()
    services.drive_events()
    assert [job.state for job in Job.objects.order_by("pk")] == ["failed", "queued"]
    handle_all()
    services.drive_events()
    assert (Job.objects.count(), len(goods.paid)) == (2, 1)


@pytest.mark.django_db
def test_goods_that_cannot_be_given_leave_the_payment_for_an_administrator(goods: Goods) -> None:
    checkout = CheckoutFactory()
    goods.refuse = True
    event = services.receive_event(event=session_event(checkout))
    assert event is not None
    with pytest.raises(Conflict):
        events.handle(event.event_id)
    event.refresh_from_db()
    assert "already sold" in event.error
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.OPEN


@pytest.mark.django_db(transaction=True)
def test_the_same_webhook_ten_times_at_once_has_one_effect(goods: Goods) -> None:
    event = session_event(CheckoutFactory())
    start = threading.Barrier(10)

    def deliver(_: int) -> int:
        start.wait()
        try:
            status = send(Client(), event)
            events.handle(event["id"])
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(deliver, range(10))) == {200}
    assert StripeEvent.objects.count() == 1
    assert LedgerTransaction.objects.count() == 1
    assert len(goods.paid) == 1


@pytest.mark.django_db(transaction=True)
def test_the_event_and_the_return_page_at_once_deliver_once(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    event = session_event(checkout)
    services.receive_event(event=event)
    start = threading.Barrier(2)

    def confirm() -> None:
        start.wait()
        services.confirm(checkout=Checkout.objects.get())
        connection.close()

    def handle() -> None:
        start.wait()
        events.handle(event["id"])
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(confirm), pool.submit(handle)]:
            done.result()
    assert goods.paid == ["thing"]
    assert LedgerTransaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_sandbox_delivers_what_a_buyer_paid(
    sandbox: Sandbox, goods: Goods, live_server: LiveServer, settings: Settings
) -> None:
    settings.STRIPE_WEBHOOK_SECRET = "whsec_sandbox_tests"
    sandbox.turn(webhook_url=f"{live_server.url}{WEBHOOK}")
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    wait_for_event("checkout.session.completed")
    handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID


def wait_for_event(kind: str) -> None:
    deadline = time.monotonic() + 20
    while not StripeEvent.objects.filter(type=kind).exists():
        assert time.monotonic() < deadline, f"{kind} never came"
        time.sleep(0.05)


@pytest.mark.django_db
def test_an_event_whose_webhook_was_lost_is_fetched(sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    assert services.fetch_events() >= 1
    handle_all()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID
