"""Budgets over HTTP: opened, paid into, closed; by whom, and what is refused."""

import pytest
from django.test import Client

from accounts.models import Membership
from accounts.permissions import Role, Scope
from accounts.tests.factories import MembershipFactory, token_for
from payments.models import Budget
from payments.services import budgets
from payments.tests.payees import work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(db: None) -> Membership:
    found: Membership = MembershipFactory()
    return found


def signed_in(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def home(seat: Membership) -> str:
    return f"/o/{seat.organization.slug}/budgets/"


def opened(seat: Membership) -> Budget:
    return budgets.open_budget(actor=seat.user, organization=seat.organization, name="Birds", currency="EUR")


def test_from_nothing_to_a_closed_budget(sandbox: Sandbox, seat: Membership) -> None:
    client = signed_in(seat)
    assert "No budget yet" in client.get(home(seat)).content.decode()
    answer = client.post(home(seat) + "new/", {"name": "Birds", "currency": "EUR"})
    budget = Budget.objects.get()
    page = f"{home(seat)}{budget.public_id}/"
    assert answer["Location"] == page
    answer = client.post(page, {"amount": "120,50"})
    assert answer.status_code == 302
    sandbox.pay(answer["Location"].rpartition("/")[2])
    shown = client.get(page + "?returned=1").content.decode()
    assert "120.50" in shown
    for _ in range(2):
        assert client.post(page + "close/").status_code == 302
        work_off()
    assert budgets.figures(budget) == budgets.Figures(paid_in=12_050, free=0, reserved=0, returned=12_050)
    assert "Close this budget" not in client.get(page).content.decode()


@pytest.mark.parametrize("amount", ["", "abc", "0.001", "0", "-5", "99999999999"])
def test_wrong_amounts_are_told_beside_the_field(sandbox: Sandbox, seat: Membership, amount: str) -> None:
    page = f"{home(seat)}{opened(seat).public_id}/"
    answer = signed_in(seat).post(page, {"amount": amount})
    assert answer.status_code == 200
    assert "id_amount_error" in answer.content.decode()


def test_a_new_budget_needs_a_name_and_a_known_currency(seat: Membership) -> None:
    answer = signed_in(seat).post(home(seat) + "new/", {"name": "", "currency": "XXX"})
    assert (answer.status_code, Budget.objects.count()) == (200, 0)


def test_strangers_find_nothing_and_viewers_change_nothing(seat: Membership) -> None:
    budget = opened(seat)
    page = f"{home(seat)}{budget.public_id}/"
    stranger = MembershipFactory()
    assert signed_in(stranger).get(page).status_code == 404
    own_home = home(stranger) + f"{budget.public_id}/"
    assert signed_in(stranger).get(own_home).status_code == 404
    viewer = MembershipFactory(organization=seat.organization, role=Role.VIEWER)
    assert signed_in(viewer).get(page).status_code == 403
    assert signed_in(viewer).post(page + "close/").status_code == 403
    assert Budget.objects.open().count() == 1


def test_programs_open_pay_in_and_close(sandbox: Sandbox, seat: Membership) -> None:
    _token, secret = token_for(seat, Scope.READ, Scope.MANAGE)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    api = f"/api/v1/organizations/{seat.organization.slug}/budgets/"
    key = {"Idempotency-Key": "one"}
    wanted = {"name": "Birds", "currency": "EUR"}
    made = [client.post(api, wanted, content_type="application/json", headers=key).json()["id"] for _ in range(2)]
    assert (made[0], Budget.objects.count()) == (made[1], 1)
    one = f"{api}{made[0]}/"
    paying = client.post(one + "fund/", {"amount": 5_000}, content_type="application/json")
    assert paying.status_code == 201
    sandbox.pay(paying.json()["payment_url"].rpartition("/")[2])
    signed_in(seat).get(f"{home(seat)}{made[0]}/?returned=1")
    assert client.get(one).json()["figures"]["free"] == 5_000
    for _ in range(2):
        assert client.post(one + "close/").status_code == 200
    refused = client.post(one + "fund/", {"amount": 5_000}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "budget_closed")
    assert client.post(one + "fund/", {"amount": 0}, content_type="application/json").status_code == 400
