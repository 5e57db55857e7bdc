"""The producer's pages over HTTP."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from licensing.models import AssetRights
from licensing.tests.factories import offered
from marketplace.models import Offer, OfferState, Order, OrderLine, OrderState
from marketplace.services import orders
from marketplace.services.fulfilment import order_paid
from marketplace.tests.factories import images_of, listed, released
from payments.models import LedgerEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(client: Client) -> Membership:
    found = MembershipFactory()
    client.force_login(found.user)
    return found


def _address(name: str, seat: Membership, *arguments: str) -> str:
    return reverse(f"selling:{name}", args=[seat.organization.slug, *arguments])


FORM = {"title": "Street scenes", "license": "research", "currency": "EUR", "price": "12.50", "attested": "on"}


def test_a_version_is_listed_from_its_form(client: Client, seat: Membership) -> None:
    offered()
    version = released(seat.organization)
    address = _address("list_version", seat, version.public_id)
    page = client.get(address).content.decode()
    assert "Commercial training" in page
    assert f"Buyers see your pseudonym, {seat.organization.pseudonym}, and nothing else of you." in page
    answer = client.post(address, FORM | {"image_price": "0.75"})
    offer = Offer.objects.get()
    assert answer["Location"] == _address("listing", seat, offer.public_id)
    assert (offer.price_minor, offer.license.code, offer.title) == (1250, "research", "Street scenes")
    assert "not sold yet" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": "much"}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "-3"}, "price"),
        ({"price": ""}, "price"),
        ({"attested": ""}, "attested"),
        ({"license": ""}, "license"),
        ({"license": "made-up"}, "license"),
        ({"spdx_id": "no such licence"}, "spdx_id"),
        ({"title": ""}, "title"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_lost(
    client: Client, seat: Membership, change: dict[str, str], field: str
) -> None:
    offered()
    version = released(seat.organization)
    answer = client.post(
        _address("list_version", seat, version.public_id), FORM | {"description": "Kept words"} | change
    )
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert "Kept words" in answer.content.decode()
    assert not Offer.objects.exists()


def test_an_open_licence_by_its_spdx_id(client: Client, seat: Membership) -> None:
    version = released(seat.organization)
    offered()
    client.post(_address("list_version", seat, version.public_id), FORM | {"license": "", "spdx_id": "o-uda-1.0"})
    assert Offer.objects.get().license.spdx_id == "O-UDA-1.0"


def test_the_preview_answers_the_four_questions_and_counts_the_earnings(client: Client, seat: Membership) -> None:
    offered()
    version = released(seat.organization)
    page = client.get(_address("list_preview", seat, version.public_id), FORM | {"image_price": "1"}).content.decode()
    for shown in ("Train and ship a model", "10.62", "0.85", "15.0"):
        assert shown in page
    assert client.get(_address("list_preview", seat, version.public_id)).status_code == 200


def test_licences_wider_than_some_image_cannot_be_chosen(client: Client, seat: Membership) -> None:
    version = released(seat.organization)
    limited = offered("cc-by-nc-4.0")
    AssetRights.objects.create(asset=version.dataset.items.all()[0].asset, license=limited)
    page = client.get(_address("list_version", seat, version.public_id)).content.decode()
    assert "1 image does not allow this" in page
    answer = client.post(_address("list_version", seat, version.public_id), FORM)
    assert answer.status_code == 400
    assert "1 of 3 images may not be offered" in answer.content.decode()


def test_rights_are_stated_for_all_for_an_upload_and_for_some(client: Client, seat: Membership) -> None:
    version = released(seat.organization)
    offered()
    address = _address("rights", seat, version.dataset.public_id)
    assert client.post(address, {"license": "cc-by-4.0", "origin": "https://example.org"}).status_code == 302
    assert AssetRights.objects.filter(origin="https://example.org", covers_labels=False).count() == 3
    one = version.dataset.items.select_related("asset").all()[0].asset
    client.post(address, {"license": "own", "selected": [one.public_id]})
    assert AssetRights.objects.count() == 2
    assert one.original_name not in client.get(address).content.decode()
    assert client.post(address, {"spdx_id": "nonsense"}).status_code == 400


def test_one_price_or_one_withdrawal_for_many(client: Client, seat: Membership) -> None:
    offer, other = listed(seat, image_price=100, items=4), listed()
    chosen = [image.public_id for image in images_of(offer)[:3]] + [other.public_id]
    address = _address("change_many", seat)
    client.post(address, {"action": "reprice", "price": "2", "currency": "EUR", "selected": chosen})
    assert Offer.objects.filter(price_minor=200).count() == 3
    client.post(address, {"action": "withdraw", "selected": chosen})
    assert Offer.objects.filter(state=OfferState.WITHDRAWN).count() == 3
    client.post(address, {"action": "reprice", "price": "", "selected": chosen})
    assert Offer.objects.filter(price_minor=200).count() == 3
    page = client.get(_address("listings", seat), {"state": "withdrawn"})
    assert len(page.context["page"].rows) == 3


def test_an_offer_is_changed_withdrawn_and_listed_again(client: Client, seat: Membership) -> None:
    offer = listed(seat)
    address = _address("change_one", seat, offer.public_id)
    client.post(address, {"title": "New words", "description": "Better", "currency": "EUR", "price": "7"})
    offer.refresh_from_db()
    assert (offer.title, offer.price_minor) == ("New words", 700)
    assert client.post(address, {"title": "x", "currency": "EUR", "price": "0.01"}).status_code == 400
    for action, state in (("withdraw", "withdrawn"), ("relist", "listed")):
        client.post(address, {"action": action})
        offer.refresh_from_db()
        assert offer.state == state


def test_images_are_listed_from_the_listing(client: Client, seat: Membership) -> None:
    offer = listed(seat)
    address = _address("list_images", seat, offer.public_id)
    client.post(address, {"currency": "EUR", "image_price": "0.80"})
    page = client.get(_address("listing", seat, offer.public_id))
    assert page.context["job"].arguments["price_minor"] == 80


def _sold(seller: Membership, count: int, price: int = 1_099) -> Offer:
    """`count` sales of one offer, each to another buyer, as many fulfilled orders would leave them."""
    offer = listed(seller, price=price)
    first = _sell(offer)
    line = first.lines.get()
    now = timezone.now()
    placed = Order.objects.bulk_create(
        Order(
            organization=first.organization, currency="EUR", total_minor=price, line_count=1, state=OrderState.PAID,
            commission_minor=line.commission_minor, paid_at=now, idempotency_key=f"k{number}", fingerprint="",
        )
        for number in range(count - 1)
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, position=1, offer=offer, seller=line.seller, license=line.license, manifest=line.manifest,
            title=line.title, price_minor=price, currency="EUR", commission_basis_points=line.commission_basis_points,
            commission_minor=line.commission_minor, sold_at=now - timedelta(hours=place),
        )
        for place, order in enumerate(placed)
    )  # fmt: skip
    return offer


def _sell(offer: Offer) -> Order:
    """To somebody new, paid."""
    buyer = MembershipFactory()
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[offer], key="k")
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)
    return order


def test_x13_sales_are_right_for_more_than_a_thousand(
    client: Client, seat: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _sold(seat, 1_205)
    with django_assert_max_num_queries(25):
        page = client.get(_address("sales", seat))
    (sums,) = page.context["sums"]
    assert (sums.count, sums.gross, sums.commission) == (1_205, 1_205 * 1_099, 1_205 * 165)
    seen, address = 0, _address("sales", seat)
    while True:
        rows = page.context["page"]
        seen += len(rows.rows)
        if not rows.next_url:
            break
        page = client.get(address + rows.next_url)
    assert seen == 1_205
    text = b"".join(client.get(_address("sales_export", seat))).decode()
    assert len(list(csv.reader(io.StringIO(text)))) == 1_206


def test_the_balance_comes_from_the_ledger(client: Client, seat: Membership) -> None:
    for number in range(3):
        _sell(listed(seat, price=1_000 + number))
    page = client.get(_address("sales", seat))
    (balance,) = page.context["balances"]
    assert balance.total == LedgerEntry.objects.statement(seat.organization).total()
    assert balance.total == page.context["sums"][0].net


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({}, 3),
        ({"label": "boat"}, 1),
        ({"currency": "EUR", "min": "15"}, 1),
        ({"currency": "EUR", "max": "15"}, 1),
        ({"currency": "USD"}, 1),
        ({"since": "2199-01-01"}, 0),
        ({"until": "2199-01-01"}, 3),
        ({"min": "15"}, 3),
    ],
)
def test_p9_sales_are_filtered(client: Client, seat: Membership, chosen: dict[str, str], count: int) -> None:
    for price, currency, label in ((1_000, "EUR", "dog"), (2_000, "EUR", "cat"), (3_000, "USD", "boat")):
        _sell(listed(seat, price=price, currency=currency, labels=(label,)))
    assert len(client.get(_address("sales", seat), chosen).context["page"].rows) == count


def test_x15_a_sale_says_nothing_of_its_buyer(client: Client, seat: Membership) -> None:
    buyer = MembershipFactory(organization__name="Hidden Buyer", user__email="hidden@buyer.test")
    offer = listed(seat)
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[offer], key="k")
    order_paid(reference=order.public_id, amount=order.total_minor, currency="EUR")
    secrets = ["Hidden Buyer", "hidden@", buyer.organization.slug, buyer.organization.pseudonym, order.public_id]
    export = b"".join(client.get(_address("sales_export", seat))).decode()
    api = client.get(reverse("api:sales", args=[seat.organization.slug])).content.decode()
    for text in (client.get(_address("sales", seat)).content.decode(), export, api):
        assert [secret for secret in secrets if secret in text] == []


def test_cells_that_look_like_formulas_are_text(client: Client, seat: Membership) -> None:
    _sell(listed(seat, title="=HYPERLINK(1)", price=0, code="cc0-1.0"))
    assert "'=HYPERLINK(1)" in b"".join(client.get(_address("sales_export", seat))).decode()


def test_roles_that_do_not_sell_get_403_and_strangers_404(client: Client) -> None:
    viewer, stranger = MembershipFactory(role=Role.VIEWER), MembershipFactory()
    offer = listed(MembershipFactory(organization=viewer.organization))
    pages = [("listings", ()), ("listing", (offer.public_id,)), ("sales", ()), ("sales_export", ())]
    for user, status in ((viewer.user, 403), (stranger.user, 404)):
        client.force_login(user)
        for name, arguments in pages:
            assert client.get(_address(name, viewer, *arguments)).status_code == status, name
        assert (
            client.post(_address("change_one", viewer, offer.public_id), {"action": "withdraw"}).status_code == status
        )
    own = MembershipFactory(user=stranger.user)
    assert client.get(_address("listing", own, offer.public_id)).status_code == 404
    assert client.get(_address("list_version", own, offer.version.public_id)).status_code == 404
    assert client.get(_address("rights", own, offer.dataset.public_id)).status_code == 404
