import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from licensing.models import Grant
from marketplace.api.market import SEARCH_PARAMETERS
from marketplace.models import Offer, Order
from marketplace.rules.facets import GROUPS
from marketplace.tests.factories import images_of, listed, released

pytestmark = pytest.mark.django_db


def signed_in(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def base(seat: Membership) -> str:
    return f"/api/v1/organizations/{seat.organization.slug}/"


def order(client: Client, seat: Membership, key: str = "", **body: object) -> Any:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post(f"{base(seat)}orders/", body, content_type="application/json", headers=headers)


def test_anyone_searches_by_words_and_facets_page_by_page() -> None:
    for number in range(3):
        listed(title=f"Street scenes {number}")
    listed(title="Kitchens", labels=("cup",))
    first = Client().get("/api/v1/market/search/?q=street&page_size=2").json()
    assert (first["total"], len(first["results"])) == (3, 2)
    second = Client().get(first["next"]).json()
    assert len(second["results"]) == 1
    assert second["next"] is None
    only = Client().get("/api/v1/market/search/?label=cup").json()
    assert [found["title"] for found in only["results"]] == ["Kitchens"]


def test_what_a_search_cannot_mean_is_refused_by_name() -> None:
    refused = Client().get("/api/v1/market/search/?sort=cheapest").json()["error"]["fields"]
    assert "sort" in refused
    assert Client().get("/api/v1/market/search/?sort=cheapest&currency=EUR").status_code == 200
    broken = Client().get("/api/v1/market/search/?after=broken")
    assert (broken.status_code, list(broken.json()["error"]["fields"])) == (400, ["after"])


def test_an_offer_says_what_it_holds_and_nothing_of_who_made_it() -> None:
    offer = listed(seat := MembershipFactory())
    told = Client().get(f"/api/v1/market/offers/{offer.public_id}/").json()
    assert told["class_counts"] == {"dog": 3, "cat": 2}
    assert len(told["license"]["answers"]) == 4
    text = json.dumps(told)
    for secret in (seat.organization.name, seat.organization.slug, seat.user.email, "photo-"):
        assert secret not in text


def test_a_free_order_is_paid_at_once_and_the_same_key_is_the_same_order() -> None:
    offer, buyer = listed(price=0, code="cc0-1.0"), MembershipFactory()
    client = signed_in(buyer)
    made = order(client, buyer, "one", offers=[offer.public_id])
    assert (made.status_code, made.json()["state"], made.json()["payment_url"]) == (201, "paid", "")
    again = order(client, buyer, "one", offers=[offer.public_id])
    assert again.json()["id"] == made.json()["id"]
    assert Order.objects.count() == Grant.objects.count() == 1
    held = client.get(f"{base(buyer)}grants/").json()["results"]
    assert [grant["title"] for grant in held] == ["Street scenes"]


def test_an_order_needs_a_key_and_known_offers() -> None:
    buyer = MembershipFactory()
    client = signed_in(buyer)
    bare = client.post(f"{base(buyer)}orders/", {"offers": ["x"]}, content_type="application/json")
    assert bare.json()["error"]["code"] == "idempotency_key_required"
    assert order(client, buyer, offers=["nothere"]).status_code == 404


def test_x17_x18_own_and_held_items_are_refused_with_a_reason() -> None:
    seller, buyer = MembershipFactory(), MembershipFactory()
    offer = listed(seller, price=0, code="cc0-1.0")
    own = order(signed_in(seller), seller, offers=[offer.public_id])
    assert (own.status_code, own.json()["error"]["code"]) == (409, "own_item")
    order(signed_in(buyer), buyer, offers=[offer.public_id])
    twice = order(signed_in(buyer), buyer, offers=[offer.public_id])
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "already_owned")


def test_the_cart_is_filled_read_and_emptied() -> None:
    offer, buyer = listed(), MembershipFactory()
    client, address = signed_in(buyer), f"{base(buyer)}cart/"
    for _time in range(2):
        assert client.post(address, {"offer": offer.public_id}, content_type="application/json").status_code == 201
    assert [line["offer"]["id"] for line in client.get(address).json()["results"]] == [offer.public_id]
    assert client.delete(f"{address}{offer.public_id}/").status_code == 204
    assert client.get(address).json()["results"] == []


def test_a_producer_lists_reprices_withdraws_and_relists() -> None:
    seller = MembershipFactory()
    client, version = signed_in(seller), released(seller.organization)
    body = {
        "version": version.public_id,
        "license": "CC-BY-4.0",
        "price_minor": 0,
        "currency": "EUR",
        "title": "Street scenes",
        "rights_attested": True,
    }
    made = client.post(f"{base(seller)}offers/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    address = f"{base(seller)}offers/{made.json()['id']}/"
    assert client.post(f"{address}withdraw/").json()["state"] == "withdrawn"
    assert client.post(f"{address}relist/").json()["state"] == "listed"
    unsure = client.post(f"{base(seller)}offers/", body | {"rights_attested": False}, content_type="application/json")
    assert unsure.status_code == 400
    assert client.post(f"{base(seller)}offers/", body, content_type="application/json").status_code == 409


def test_reprice_reaches_the_market() -> None:
    seller = MembershipFactory()
    offer = listed(seller, price=1000)
    changed = signed_in(seller).patch(
        f"{base(seller)}offers/{offer.public_id}/", {"price_minor": 1200}, content_type="application/json"
    )
    assert changed.json()["price_minor"] == 1200
    assert Client().get(f"/api/v1/market/offers/{offer.public_id}/").json()["price_minor"] == 1200


def test_sales_and_balance_are_the_sellers_alone() -> None:
    seller, buyer = MembershipFactory(), MembershipFactory()
    offer = listed(seller, price=0, code="cc0-1.0")
    order(signed_in(buyer), buyer, offers=[offer.public_id])
    (sale,) = signed_in(seller).get(f"{base(seller)}sales/").json()["results"]
    assert (sale["price_minor"], sale["net_minor"]) == (0, 0)
    assert buyer.organization.name not in json.dumps(sale)
    assert signed_in(seller).get(f"{base(seller)}balance/").status_code == 200
    assert signed_in(buyer).get(f"{base(seller)}sales/").status_code == 404
    viewer = MembershipFactory(organization=seller.organization, role=Role.VIEWER)
    assert signed_in(viewer).get(f"{base(seller)}sales/").status_code == 403


def test_strangers_and_editors_do_not_buy_or_sell() -> None:
    seller = MembershipFactory()
    offer = listed(seller)
    stranger = MembershipFactory()
    assert signed_in(stranger).post(f"{base(seller)}offers/{offer.public_id}/withdraw/").status_code == 404
    editor = MembershipFactory(organization=seller.organization, role=Role.EDITOR)
    assert signed_in(editor).post(f"{base(seller)}offers/{offer.public_id}/withdraw/").status_code == 403
    assert signed_in(editor).get(f"{base(seller)}cart/").status_code == 403
    assert Client().get(f"{base(seller)}cart/").status_code == 401


def test_lists_cost_the_same_for_many_rows() -> None:
    seller = MembershipFactory()
    offer = listed(seller, image_price=100, items=2)
    client = signed_in(seller)
    client.get(f"{base(seller)}offers/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{base(seller)}offers/")
    listed(seller, image_price=100, items=9)
    with CaptureQueriesContext(connection) as many:
        found = client.get(f"{base(seller)}offers/").json()["results"]
    assert len(found) == Offer.objects.count() > len(images_of(offer)) + 1
    assert len(many) == len(few)


def test_a_paid_order_is_not_cancelled() -> None:
    buyer = MembershipFactory()
    client = signed_in(buyer)
    free = listed(price=0, code="cc0-1.0", image_price=0)
    paid = order(client, buyer, offers=[free.public_id]).json()
    refused = client.post(f"{base(buyer)}orders/{paid['id']}/cancel/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "order_paid")
    (held,) = client.get(f"{base(buyer)}grants/").json()["results"]
    assert held["order_line"] == Order.objects.get().lines.get().public_id


def test_every_facet_is_a_described_parameter() -> None:
    assert set(GROUPS) <= {parameter.name for parameter in SEARCH_PARAMETERS}
