"""Asking for a refund and deciding on it: on the pages, in the administration, through the API."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from core.errors import Conflict, DomainError, Forbidden, Invalid
from core.models import AuditEntry
from marketplace.models import Order, RefundLine, RefundRequest, RefundRequestState
from marketplace.services import refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import (
    administrator,
    asked,
    at_stripe,
    balances,
    bought,
    buyer,
    held_licences,
    subjects,
    work,
)
from marketplace.tests.test_orders import Mails
from payments.models import AccountKind, Refund
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
State = RefundRequestState


@pytest.fixture
def seat(client: Client) -> Membership:
    found = buyer()
    client.force_login(found.user)
    return found


@pytest.fixture
def order(sandbox: Sandbox, seat: Membership) -> Order:
    return bought(sandbox, seat, listed(price=1000), listed(price=500), listed(price=0, code="cc0-1.0"))


def _page(name: str, order: Order) -> str:
    return reverse(f"buying:{name}", args=[order.organization.slug, order.public_id])


def _line(order: Order, position: int) -> str:
    return order.lines.get(position=position).public_id


def _ask(client: Client, order: Order, **given: Any) -> Any:
    return client.post(_page("order_refund", order), {"reason": "Labels are off", **given})


def _code(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def test_a_buyer_asks_and_an_administrator_approves(
    client: Client, seat: Membership, order: Order, sandbox: Sandbox, mails: Mails
) -> None:
    assert "Ask for a refund" in client.get(_page("order", order)).content.decode()
    assert _ask(client, order, lines=[_line(order, 1)])["Location"] == _page("order", order)
    page = client.get(_page("order", order)).content.decode()
    assert "Waiting for a decision" in page
    assert "Refund asked for" in page
    request = RefundRequest.objects.get()
    told = mails(lambda: refunds.approve(actor=administrator(), request=request))
    assert subjects(told) == [(seat.user.email, "A refund of your")]
    work()
    page = client.get(_page("order", order)).content.decode()
    assert "Licence ended: refunded on" in page
    assert (at_stripe(sandbox, order), held_licences(seat)) == ([1000], 2)
    trail = AuditEntry.objects.filter(subject_id=request.public_id).values_list("verb", flat=True)
    assert set(trail) == {"refund_request.asked", "refund_request.approved"}
    assert "Refunded in part" in client.get(reverse("buying:purchases", args=[seat.organization.slug])).content.decode()


def test_the_seller_sees_the_refund_as_a_line_of_its_own(client: Client, sandbox: Sandbox) -> None:
    seller, seat = MembershipFactory(), buyer()
    order = bought(sandbox, seat, listed(seller, price=1999))
    refunds.approve(actor=administrator(), request=asked(seat, order))
    work()
    client.force_login(seller.user)
    address = reverse("selling:sales", args=[seller.organization.slug])
    page = client.get(address)
    (sums,), (balance,) = page.context["sums"], page.context["balances"]
    assert (sums.gross, sums.refunded, sums.net, balance.total) == (1999, 1999, 0, 0)
    assert "Refund of Street scenes" in page.content.decode()
    text = b"".join(client.get(f"{address}export/")).decode()
    rows = [(row[1], *row[7:10]) for row in csv.reader(io.StringIO(text))][1:]
    assert rows == [("sale", "19.99", "3.00", "16.99"), ("refund", "-19.99", "-3.00", "-16.99")]
    (sale,) = client.get(reverse("api:sales", args=[seller.organization.slug])).json()["results"]
    (taken,) = sale["refunds"]
    assert (taken["amount_minor"], taken["commission_minor"], taken["share_minor"]) == (1999, 300, 1699)
    for secret in (seat.user.email, seat.organization.slug, order.public_id, "Labels are off"):
        assert secret not in page.content.decode() + text + str(sale)


def test_everything_at_once_leaves_out_what_was_free(client: Client, order: Order) -> None:
    assert _ask(client, order, whole="on").status_code == 302
    assert RefundRequest.objects.get().amount_minor == 1500
    assert "nothing left to ask for" in client.get(_page("order_refund", order)).content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": "", "whole": "on"}, "This field is required"),
        ({}, "Choose what you want refunded"),
        ({"lines": ["nothing"]}, "Select a valid choice"),
    ],
)
def test_a_form_that_is_not_right_says_so(client: Client, order: Order, given: dict[str, Any], said: str) -> None:
    answer = _ask(client, order, **given)
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert not RefundRequest.objects.exists()


def test_free_lines_strangers_lines_and_empty_reasons_are_refused(seat: Membership, order: Order) -> None:
    assert _code(lambda: asked(seat, order, _line(order, 3))) == "free_line"
    assert _code(lambda: asked(seat, order, "elsewhere")) == "unknown_line"
    with pytest.raises(Invalid):
        refunds.ask_for_refund(actor=seat.user, order=order, lines=[], reason=" ")


def test_one_open_request_per_line(seat: Membership, order: Order) -> None:
    asked(seat, order, _line(order, 1))
    assert _code(lambda: asked(seat, order, _line(order, 1))) == "refund_open"
    other = RefundRequest.objects.create(order=order, reason="x", amount_minor=1)
    with pytest.raises(IntegrityError, match="one_open_refund_per_line"), transaction.atomic():
        RefundLine.objects.create(request=other, line=order.lines.get(position=1), amount_minor=1)
    asked(seat, order)
    assert _code(lambda: asked(seat, order)) == "refund_open"


def test_after_the_window_nobody_asks_and_administrators_still_can(
    client: Client, seat: Membership, order: Order, sandbox: Sandbox
) -> None:
    Order.objects.update(paid_at=timezone.now() - timedelta(days=15))
    order.refresh_from_db()
    assert _code(lambda: asked(seat, order)) == "refund_window_closed"
    assert "ended on" in client.get(_page("order_refund", order)).content.decode()
    assert "Ask for a refund" not in client.get(_page("order", order)).content.decode()
    refunds.refund_order(actor=administrator(), order=order, reason="Goodwill", amount_minor=600)
    work()
    assert (at_stripe(sandbox, order), held_licences(seat)) == ([600], 3)
    assert balances(AccountKind.PAYABLE_HELD, AccountKind.COMMISSION) == [1275 - 510, 225 - 90]


def test_a_decline_is_told_and_one_may_ask_again(seat: Membership, order: Order, mails: Mails) -> None:
    request = asked(seat, order, _line(order, 1))
    told = mails(lambda: refunds.decline(actor=administrator(), request=request, reason="They are as shown"))
    assert subjects(told) == [(seat.user.email, "No refund for your")]
    assert "They are as shown" in told[0].body
    request.refresh_from_db()
    assert request.state == State.DECLINED
    assert _code(lambda: refunds.approve(actor=administrator("two"), request=request)) == "refund_decided"
    assert asked(seat, order, _line(order, 1)).state == State.OPEN


def test_some_lines_are_approved_and_the_others_declined(
    client: Client, seat: Membership, order: Order, sandbox: Sandbox
) -> None:
    request = asked(seat, order)
    assert _code(lambda: refunds.approve(actor=administrator(), request=request, positions=[9])) == "invalid"
    refunds.approve(actor=administrator("two"), request=request, positions=[2])
    work()
    assert at_stripe(sandbox, order) == [500]
    assert held_licences(seat) == 2
    assert "Refund declined" in client.get(_page("order", order)).content.decode()


def test_above_the_limit_another_administrator_confirms(
    seat: Membership, order: Order, sandbox: Sandbox, settings: Settings
) -> None:
    settings.TWO_PEOPLE_ABOVE_MINOR = 1200
    first, second = administrator(), administrator("second")
    request = refunds.approve(actor=first, request=asked(seat, order))
    assert (request.state, Refund.objects.count()) == (State.CONFIRMING, 0)
    with pytest.raises(Forbidden):
        refunds.confirm(actor=first, request=request)
    for same in ({"confirmed_by": first, "confirmed_at": timezone.now()}, {"state": State.APPROVED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RefundRequest.objects.update(**same)
    refunds.confirm(actor=second, request=request)
    work()
    assert at_stripe(sandbox, order) == [1500]


def test_two_halves_do_not_pass_the_limit(seat: Membership, order: Order, settings: Settings) -> None:
    settings.TWO_PEOPLE_ABOVE_MINOR = 1200
    root = administrator()
    assert refunds.approve(actor=root, request=asked(seat, order, _line(order, 1))).state == State.APPROVED
    assert refunds.refund_order(actor=root, order=order, reason="Rest").state == State.CONFIRMING


def test_nobody_decides_on_their_own_request(seat: Membership, order: Order) -> None:
    request = asked(seat, order)
    with pytest.raises(Forbidden):
        refunds.approve(actor=seat.user, request=request)
    with pytest.raises(IntegrityError, match="own_refund_not_approved"), transaction.atomic():
        RefundRequest.objects.update(approved_by=seat.user)


def test_an_order_that_is_not_paid_is_not_refunded(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    order = Order.objects.create(
        organization=seat.organization,
        currency="EUR",
        total_minor=5,
        commission_minor=0,
        line_count=0,
        idempotency_key="x",
        fingerprint="x",
    )
    assert _code(lambda: asked(seat, order)) == "nothing_to_refund"
    assert "Only an order that is paid" in client.get(_page("order_refund", order)).content.decode()


def test_strangers_get_404_and_roles_that_do_not_buy_403(client: Client, order: Order) -> None:
    viewer = MembershipFactory(organization=order.organization, role=Role.VIEWER)
    for user, status in ((MembershipFactory().user, 404), (viewer.user, 403)):
        client.force_login(user)
        assert client.get(_page("order_refund", order)).status_code == status
        assert _ask(client, order, whole="on").status_code == status
    assert not RefundRequest.objects.exists()


def test_the_api_asks_reads_and_repeats(client: Client, seat: Membership, order: Order) -> None:
    address = reverse("api:order-refunds", args=[seat.organization.slug, order.public_id])
    lines = client.get(reverse("api:order-lines", args=[seat.organization.slug, order.public_id])).json()["results"]
    body = {"lines": [lines[0]["id"]], "reason": "Labels are off"}
    once = {"Idempotency-Key": "one"}
    first, again = (client.post(address, body, content_type="application/json", headers=once) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    refused = client.post(address, body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "refund_open")
    assert client.post(address, {"lines": []}, content_type="application/json").status_code == 400
    refunds.approve(actor=administrator(), request=RefundRequest.objects.get())
    work()
    one = client.get(reverse("api:refund", args=[seat.organization.slug, first.json()["id"]])).json()
    assert (one["state"], one["amount_minor"], one["currency"]) == ("refunded", 1000, "EUR")
    assert [row["id"] for row in client.get(address).json()["results"]] == [one["id"]]
    found = client.get(reverse("api:order", args=[seat.organization.slug, order.public_id])).json()
    assert (found["refunded_minor"], found["refund_until"] is not None) == (1000, True)


def test_the_administration_approves_declines_confirms_and_begins(
    client: Client, order: Order, seat: Membership, sandbox: Sandbox, settings: Settings
) -> None:
    request = asked(seat, order, _line(order, 1))
    pages = "/admin/marketplace/refundrequest"
    client.force_login(administrator())

    def act(page: str, row: int, name: str, **given: str) -> int:
        found = client.post(f"{page}/{row}/{name}/", {"_form_submitted": "True", **given})
        return found.status_code

    assert request.public_id in client.get(f"{pages}/?waiting=yes").content.decode()
    assert client.get(f"{pages}/{request.pk}/change/").status_code == 200
    act(pages, request.pk, "approve", positions="1")
    work()
    request.refresh_from_db()
    assert request.state == State.REFUNDED
    assert "Returned" in client.get(f"{pages}/{request.pk}/change/").content.decode()
    settings.TWO_PEOPLE_ABOVE_MINOR = 0
    act("/admin/marketplace/order", order.pk, "refund", positions="2", amount="2.50", reason="Goodwill")
    begun = RefundRequest.objects.get(by_buyer=False)
    assert (begun.state, begun.amount_minor) == (State.CONFIRMING, 250)
    act(pages, begun.pk, "confirm")
    begun.refresh_from_db()
    assert begun.state == State.CONFIRMING
    act(pages, begun.pk, "decline", reason="On second thought")
    begun.refresh_from_db()
    assert begun.state == State.DECLINED
    assert client.get("/admin/payments/refund/").status_code == 200
    assert client.get(f"/admin/payments/refund/{Refund.objects.get().pk}/change/").status_code == 200


def test_a_line_that_went_back_meanwhile_is_not_returned_again(
    sandbox: Sandbox, seat: Membership, order: Order
) -> None:
    request = asked(seat, order, _line(order, 1))
    RefundLine.objects.update(open=False)
    refunds.refund_order(actor=administrator(), order=order, reason="By hand", positions=[1])
    work()
    with pytest.raises(Conflict) as refusal:
        refunds.approve(actor=administrator("two"), request=request)
    assert refusal.value.code == "nothing_to_refund"
    assert at_stripe(sandbox, order) == [1000]
