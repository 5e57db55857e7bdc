"""Being paid, for programs: the same figures, reasons and lists as on the pages."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role, Scope
from accounts.tests.factories import MembershipFactory, token_for
from payments.models import BankPayout, Payee, Transfer
from payments.tests.conftest import Goods
from payments.tests.payees import begun_payee, pass_hold, pay_out, ready_payee, sold
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(db: None) -> Membership:
    found: Membership = MembershipFactory()
    return found


def _client(seat: Membership, *scopes: Scope) -> Client:
    _token, secret = token_for(seat, *(scopes or (Scope.READ, Scope.MANAGE)))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def _address(seat: Membership, page: str = "") -> str:
    return f"/api/v1/organizations/{seat.organization.slug}/payouts/{page}"


def _get(seat: Membership, page: str = "", **query: str) -> Any:
    answer = _client(seat).get(_address(seat, page), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def _post(seat: Membership, page: str, *scopes: Scope, **body: str) -> Any:
    return _client(seat, *scopes).post(_address(seat, page), body, content_type="application/json")


def test_an_overview_without_anything_says_what_to_do_first(seat: Membership) -> None:
    found = _get(seat)
    assert found["currencies"] == []
    assert found["account"] == {
        "state": "none",
        "country": "",
        "bank": "",
        "missing": {"names": [], "texts": []},
        "checked_at": None,
    }


def test_the_overview_has_figures_reason_and_what_is_missing(sandbox: Sandbox, goods: Goods, seat: Membership) -> None:
    payee = begun_payee(seat.organization)
    sandbox.onboard(str(payee.stripe_id), "restricted")
    assert _post(seat, "refresh/").json()["state"] == "restricted"
    sold(sandbox, seat.organization)
    found = _get(seat)
    figures = found["currencies"][0]
    assert (figures["held"], figures["held_sales"], figures["paid"], figures["reason"]) == (9_000, 1, 0, "not_ready")
    assert "your account is not ready" in figures["message"]
    assert len(found["account"]["missing"]["texts"]) == len(found["account"]["missing"]["names"]) > 0


def test_everything_of_a_payout_can_be_read(sandbox: Sandbox, goods: Goods, seat: Membership) -> None:
    payee = ready_payee(sandbox, seat.organization)
    sold(sandbox, seat.organization)
    assert [(day["amount"], day["by_then"]) for day in _get(seat, "forecast/")] == [(9_000, 9_000)]
    pass_hold(sandbox)
    pay_out()
    (transfer,) = _get(seat, "transfers/")["results"]
    assert (transfer["state"], transfer["amount"], transfer["refusal"]) == ("succeeded", 9_000, "")
    one = _get(seat, f"transfers/{transfer['id']}/")
    assert one["made_of"] == {"carried": 0, "since": 9_000, "kept": 0}
    made_of = _get(seat, f"transfers/{transfer['id']}/lines/")["results"]
    assert [(line["kind"], line["amount"]) for line in made_of] == [("release", 9_000)]
    lines = _get(seat, "statement/")["results"]
    assert (lines[0]["kind"], lines[0]["balance"]) == ("payout", 0)
    assert [line["kind"] for line in _get(seat, "statement/", kind="sale")["results"]] == ["sale"]
    now = timezone.now()
    BankPayout.objects.create(
        payee=payee, stripe_id="po_1", amount=9_000, currency="EUR", status="paid", arrives_at=now, created_at=now
    )
    assert [row["status"] for row in _get(seat, "bank-payouts/")["results"]] == ["paid"]


def test_a_wrong_filter_is_named(seat: Membership) -> None:
    answer = _client(seat).get(_address(seat, "statement/"), {"since": "yesterday"})
    assert answer.status_code == 400
    assert "since" in answer.json()["error"]["fields"]


def test_the_onboarding_link_is_asked_for_twice_and_the_account_is_one(sandbox: Sandbox, seat: Membership) -> None:
    links = [_post(seat, "onboarding/", country="DE") for _ in range(2)]
    assert [answer.status_code for answer in links] == [201, 201]
    assert links[0].json()["url"].startswith(sandbox.url)
    assert links[0].json()["url"] != links[1].json()["url"]
    assert Payee.objects.count() == 1
    assert len(sandbox.client.v1.accounts.list().data) == 1


def test_onboarding_refuses_what_is_wrong_in_the_usual_shape(sandbox: Sandbox, seat: Membership) -> None:
    for body in ({}, {"country": "KP"}):
        answer = _post(seat, "onboarding/", **body)
        assert answer.status_code == 400
        assert "country" in answer.json()["error"]["fields"]
    payee = begun_payee(seat.organization)
    sandbox.onboard(str(payee.stripe_id), "rejected")
    _post(seat, "refresh/")
    answer = _post(seat, "onboarding/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "payee_rejected")


def test_tokens_and_roles_that_fall_short_are_refused(sandbox: Sandbox, seat: Membership) -> None:
    assert _post(seat, "onboarding/", Scope.READ, country="DE").status_code == 403
    viewer = MembershipFactory(organization=seat.organization, role=Role.VIEWER)
    assert _client(viewer).get(_address(viewer)).status_code == 403
    stranger = MembershipFactory()
    assert _client(stranger).get(_address(seat)).status_code == 404
    assert _client(stranger).get(_address(seat, "onboarding/")).status_code == 404
    assert not Payee.objects.exists()


def test_anothers_transfer_is_not_found(sandbox: Sandbox, goods: Goods, seat: Membership) -> None:
    ready_payee(sandbox, seat.organization)
    sold(sandbox, seat.organization)
    pass_hold(sandbox)
    pay_out()
    other = MembershipFactory()
    public_id = Transfer.objects.get().public_id
    for page in (f"transfers/{public_id}/", f"transfers/{public_id}/lines/"):
        assert _client(other).get(_address(other, page)).status_code == 404
