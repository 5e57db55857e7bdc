"""The consumer's pages over HTTP, paying in the real sandbox."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from marketplace.models import CartLine, Offer, Order, OrderState
from marketplace.services import orders
from marketplace.tests.factories import listed
from payments.models import Checkout
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
Answer = Any  # the test client's response


@pytest.fixture
def seat(client: Client) -> Membership:
    found = MembershipFactory(organization__is_personal=True)
    client.force_login(found.user)
    return found


def _add(client: Client, seat: Membership, offer: Offer, **more: str) -> Answer:
    data = {"organization": seat.organization.slug, "offer": offer.public_id, **more}
    return client.post(reverse("buying:cart_add"), data, follow=not more)


def _checkout(client: Client, seat: Membership, offer: Offer, form: str = "first") -> Answer:
    data = {"currency": offer.currency, "token": form, "total_minor": offer.price_minor}
    return client.post(reverse("buying:checkout", args=[seat.organization.slug]), data)


def test_from_the_listing_to_the_paid_order(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    offer = listed(price=1500)
    page = _add(client, seat, offer)
    assert "Street scenes" in page.content.decode()
    assert "15.00" in page.content.decode()
    answer = _checkout(client, seat, offer)
    order, checkout = Order.objects.get(), Checkout.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, checkout.url)
    paying = sandbox.client.v1.checkout.sessions.retrieve(str(checkout.session_id))
    assert paying.customer_email == seat.user.email
    assert CartLine.objects.count() == 1
    address = reverse("buying:order", args=[seat.organization.slug, order.public_id])
    waiting = client.get(f"{address}?returned=1").content.decode()
    assert "Waiting for payment" in waiting
    assert "Receipt" not in waiting
    sandbox.pay(str(checkout.session_id))
    assert "Paid" in client.get(f"{address}?returned=1").content.decode()
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert not CartLine.objects.exists()
    assert "Street scenes" in client.get(reverse("buying:purchases", args=[seat.organization.slug])).content.decode()


def test_the_waiting_page_notices_the_payment(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    offer = listed(price=1500)
    _add(client, seat, offer)
    _checkout(client, seat, offer)
    order = Order.objects.get()
    address = reverse("buying:order_status", args=[seat.organization.slug, order.public_id])
    waiting = client.get(f"{address}?step=3")
    assert "step=4" in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    sandbox.pay(str(Checkout.objects.get().session_id))
    assert client.get(f"{address}?step=x")["HX-Refresh"] == "true"


def test_a_form_sent_twice_is_one_order(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    offer = listed(price=1500)
    _add(client, seat, offer)
    first, second = _checkout(client, seat, offer), _checkout(client, seat, offer)
    assert first["Location"] == second["Location"]
    assert Order.objects.get().state == OrderState.PENDING


def test_coming_back_and_ordering_anew_gives_up_the_first_order(
    client: Client, seat: Membership, sandbox: Sandbox
) -> None:
    offer = listed(price=1500)
    _add(client, seat, offer)
    _checkout(client, seat, offer)
    assert "waiting for payment" in client.get(reverse("buying:cart", args=[seat.organization.slug])).content.decode()
    _checkout(client, seat, offer, form="another")
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.PENDING, OrderState.CANCELLED}


def test_cancelling_keeps_the_cart(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    offer = listed(price=1500)
    _add(client, seat, offer)
    _checkout(client, seat, offer)
    order = Order.objects.get()
    client.post(reverse("buying:order_cancel", args=[seat.organization.slug, order.public_id]))
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert CartLine.objects.count() == 1


def test_free_things_need_no_payment_page(client: Client, seat: Membership) -> None:
    offer = listed(price=0, code="cc0-1.0")
    answer = _add(client, seat, offer, buy_now="1")
    order = Order.objects.get()
    assert answer["Location"] == reverse("buying:order", args=[seat.organization.slug, order.public_id])
    assert order.state == OrderState.PAID


def test_the_cart_says_what_cannot_be_bought_and_what_changed(client: Client, seat: Membership) -> None:
    gone, dearer = listed(title="Gone scenes"), listed(price=1000, title="Dear scenes")
    for offer in (gone, dearer):
        _add(client, seat, offer)
    Offer.objects.filter(pk=gone.pk).update(state="withdrawn")
    Offer.objects.filter(pk=dearer.pk).update(price_minor=1200)
    page = client.get(reverse("buying:cart", args=[seat.organization.slug])).content.decode()
    assert "no longer for sale" in page
    assert "The price was 10.00" in page
    assert "Remove what cannot be bought" in page
    client.post(reverse("buying:cart_remove", args=[seat.organization.slug]), {"offer": gone.public_id})
    assert _checkout(client, seat, dearer)["Location"] == reverse("buying:cart", args=[seat.organization.slug])
    assert not Order.objects.exists()


def test_each_currency_is_a_basket_of_its_own(client: Client, seat: Membership) -> None:
    for currency in ("EUR", "JPY"):
        page = _add(client, seat, listed(price=1000, currency=currency))
    assert [basket.currency for basket in page.context["baskets"]] == ["EUR", "JPY"]
    assert "Each currency is paid by itself" in page.content.decode()


def test_signed_out_one_is_sent_to_sign_in(client: Client) -> None:
    answer = client.post(reverse("buying:cart_add"), {})
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_roles_that_do_not_buy_get_403(client: Client, role: Role) -> None:
    seat = MembershipFactory(role=role)
    client.force_login(seat.user)
    offer = listed()
    assert _add(client, seat, offer, buy_now="1").status_code == 403
    for name in ("buying:cart", "buying:purchases"):
        assert client.get(reverse(name, args=[seat.organization.slug])).status_code == 403


def test_strangers_find_nothing(client: Client, seat: Membership) -> None:
    other = MembershipFactory()
    order = orders.place_order(actor=other.user, organization=other.organization, offers=[listed()], key="k")
    for slug in (other.organization.slug, seat.organization.slug):
        for name in ("buying:order", "buying:order_status"):
            assert client.get(reverse(name, args=[slug, order.public_id])).status_code == 404
        for name in ("buying:order_pay", "buying:order_cancel"):
            assert client.post(reverse(name, args=[slug, order.public_id])).status_code == 404
    assert _add(client, other, listed(), buy_now="1").status_code == 404


def test_x17_over_http_a_missing_offer_is_404_and_a_held_one_409(client: Client, seat: Membership) -> None:
    offer = listed(price=0, code="cc0-1.0")
    _add(client, seat, offer, buy_now="1")
    missing = {"organization": seat.organization.slug, "offer": "nothing"}
    assert client.post(reverse("buying:cart_add"), missing).status_code == 404
    held = {"organization": seat.organization.slug, "offer": offer.public_id}
    assert client.post(reverse("buying:cart_add"), held).status_code == 409


def test_the_market_buys_for_the_workspace_one_is_in(client: Client, seat: Membership) -> None:
    team = MembershipFactory(user=seat.user, organization__is_personal=False)
    address = listed(price=1500).get_absolute_url()
    for last in (seat, team):
        client.get(reverse("workspace:overview", args=[last.organization.slug]))
        assert client.get(address).context["seats"][0] == last
        assert client.get("/cart/")["Location"] == reverse("buying:cart", args=[last.organization.slug])


def test_what_one_organisation_holds_is_offered_to_the_others_alone(client: Client, seat: Membership) -> None:
    team = MembershipFactory(user=seat.user, organization__is_personal=False)
    offer = listed(price=0, code="cc0-1.0", image_price=0)
    orders.place_order(actor=seat.user, organization=team.organization, offers=[offer], key="k")
    page = client.get(offer.get_absolute_url())
    assert (page.context["held_by"], page.context["seats"]) == ([team.organization], [seat])
    orders.place_order(actor=seat.user, organization=seat.organization, offers=[offer], key="l")
    shown = client.get(offer.get_absolute_url()).content.decode()
    assert "Get for free" not in shown
    assert "None of your roles" not in shown
