"""The public pages: what they show, what they never tell, and what they answer when a listing is gone."""

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory
from core.storage import media_storage
from marketplace.models import Offer, OfferState
from marketplace.services import orders
from marketplace.tests.factories import images_of, listed

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Membership:
    return MembershipFactory(
        organization__name="Secretive Ltd", organization__slug="secretive", user__email="owner@secretive.test"
    )


@pytest.fixture
def offer(seller: Membership) -> Offer:
    return listed(seller, price=1000, image_price=60, title="</script><b>Street & scenes", items=30)


def test_a_listing_shows_what_is_sold(client: Client, offer: Offer) -> None:
    page = client.get(offer.get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("10.00", "Research", "30", "dog", offer.organization.pseudonym, "YOLO", "Sign in to buy"):
        assert shown in text
    manifest = offer.version.manifest
    assert manifest is not None
    assert manifest.sha256 in text
    assert len(page.context["gallery"]) == 24


def test_search_engines_read_a_dataset(client: Client, offer: Offer) -> None:
    text = client.get(offer.get_absolute_url()).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert (data["@type"], data["name"]) == ("Dataset", offer.title)
    assert data["offers"] == data["offers"] | {"price": "10.00", "priceCurrency": "EUR"}
    assert f'rel="canonical" href="{data["url"]}"' in text
    assert "og:image" in text


def test_b7_nothing_of_the_producer_is_told(client: Client, offer: Offer, seller: Membership) -> None:
    image = images_of(offer)[0]
    buyer = MembershipFactory()
    addresses = [
        reverse("marketplace:landing"),
        reverse("marketplace:search"),
        offer.get_absolute_url(),
        image.get_absolute_url(),
        reverse("marketplace:producer", args=[offer.organization.pseudonym_slug]),
        reverse("api:market-search"),
        reverse("api:market-offer", args=[offer.public_id]),
        reverse("api:market-offer", args=[image.public_id]),
        "/sitemap-datasets.xml",
        "/sitemap-producers.xml",
    ]
    assert image.asset is not None
    secrets = [
        "secretive", "Secretive", seller.user.public_id, seller.organization.public_id, offer.dataset.public_id,
        offer.dataset.slug, offer.dataset.name, image.asset.public_id, image.asset.original_name, image.asset.sha256,
        image.asset.storage_key, image.asset.thumbnail_key, image.asset.preview_key,
    ]  # fmt: skip
    for reader in (None, buyer.user):
        if reader:
            client.force_login(reader)
        for address in addresses:
            answer = client.get(address)
            told = answer.content.decode() + str(answer.headers)
            assert answer.status_code == 200, address
            assert [secret for secret in secrets if secret in told] == [], address


def test_drawn_shapes_are_rough(client: Client, offer: Offer) -> None:
    shape = client.get(offer.get_absolute_url()).context["gallery"][0]["shapes"][0]
    assert (shape["x"], shape["y"], shape["w"], shape["h"]) == (10.0, 22.5, 30.0, 37.5)


def test_x21_only_sampled_previews_are_handed_out(client: Client, offer: Offer) -> None:
    manifest = offer.version.manifest
    assert manifest is not None
    item = manifest.items.select_related("asset").get(position=offer.sample[0])
    media_storage().save(item.asset.preview_key, ContentFile(b"webp of the preview"))
    address = reverse("marketplace:preview", args=[offer.public_id, item.position])
    answer = client.get(address)
    assert b"".join(answer) == b"webp of the preview"
    assert answer["Content-Type"] == "image/webp"
    assert "filename" not in answer["Content-Disposition"]
    outside = next(position for position in range(1, 31) if position not in offer.sample)
    assert client.get(reverse("marketplace:preview", args=[offer.public_id, outside])).status_code == 404
    Offer.objects.update(state=OfferState.WITHDRAWN)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("state", "status"), [(OfferState.LISTED, 200), (OfferState.WITHDRAWN, 410), (OfferState.HIDDEN, 404)]
)
def test_a_listing_that_is_gone_says_so(client: Client, offer: Offer, state: str, status: int) -> None:
    Offer.objects.update(state=state)
    image = images_of(offer)[0]
    assert client.get(offer.get_absolute_url()).status_code == status
    assert client.get(image.get_absolute_url()).status_code == status


def test_addresses_of_the_other_kind_and_of_nothing_are_404(client: Client, offer: Offer) -> None:
    assert client.get(reverse("marketplace:item", args=[offer.public_id])).status_code == 404
    assert client.get(reverse("marketplace:dataset", args=["nothing"])).status_code == 404
    assert client.get(reverse("marketplace:producer", args=["nobody"])).status_code == 404


def test_a_suspended_producer_is_not_spoken_of(client: Client, offer: Offer) -> None:
    organization = offer.organization
    type(organization).objects.filter(pk=organization.pk).update(suspended_at=timezone.now())
    for address in (
        offer.get_absolute_url(),
        reverse("marketplace:producer", args=[organization.pseudonym_slug]),
        reverse("api:market-offer", args=[offer.public_id]),
    ):
        assert client.get(address).status_code == 404


def test_a_buyers_pseudonym_leads_nowhere(client: Client) -> None:
    buyer = MembershipFactory()
    assert client.get(reverse("marketplace:producer", args=[buyer.organization.pseudonym_slug])).status_code == 404


def test_owners_and_holders_are_told(client: Client, offer: Offer, seller: Membership) -> None:
    client.force_login(seller.user)
    assert "your own listing" in client.get(offer.get_absolute_url()).content.decode()
    buyer = MembershipFactory()
    free = listed(price=0, code="cc0-1.0", image_price=0)
    orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[free], key="k")
    client.force_login(buyer.user)
    for held in (free, images_of(free)[0]):
        assert "already holds this" in client.get(held.get_absolute_url()).content.decode()
    assert "Add to cart" in client.get(offer.get_absolute_url()).content.decode()


def test_the_first_page_shows_the_real_market(client: Client, offer: Offer) -> None:
    page = client.get("/")
    assert page.context["figures"] == {"datasets": 1, "images": 30, "labels": 59, "producers": 1}
    assert len(page.context["listings"]) == 1


def test_the_first_page_names_what_sells_once(client: Client, offer: Offer, seller: Membership) -> None:
    Offer.objects.filter(pk=offer.pk).update(sold_count=3)
    assert client.get("/").context["most_sold"] == []
    for _ in range(8):
        listed(seller, items=1)
    assert [card["title"] for card in client.get("/").context["most_sold"]] == [offer.title]


def test_an_empty_market_says_what_belongs_here(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert "Nothing matches" in client.get(reverse("marketplace:search")).content.decode()


def test_robots_and_sitemap(client: Client, offer: Offer) -> None:
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /o/" in robots
    assert "sitemap.xml" in robots
    assert "sitemap-datasets.xml" in client.get("/sitemap.xml").content.decode()
    assert offer.get_absolute_url() in client.get("/sitemap-datasets.xml").content.decode()


def test_a_price_on_open_data_is_explained(client: Client) -> None:
    offer = listed(code="cc-by-4.0", price=500)
    assert "may pass it on for free" in client.get(offer.get_absolute_url()).content.decode()


def test_licences_have_pages_of_their_own(client: Client) -> None:
    offer = listed()
    assert client.get(reverse("licensing:licenses")).status_code == 200
    page = client.get(offer.license.get_absolute_url())
    assert "Train yes, but the model stays inside" in page.content.decode()
    assert client.get(reverse("licensing:license", args=["research", 99])).status_code == 404
    assert client.get(reverse("licensing:license", args=["cc-by-4.0", 1])).status_code == 200
