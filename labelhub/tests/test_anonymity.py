"""X15, A7, B7: no page or API answer tells a buyer who the seller is, or a seller who the buyer is."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from labelhub.tests import world
from labelhub.tests.routes import all_routes
from labelhub.tests.world import World
from marketplace.services import orders
from marketplace.tests.factories import listed
from payments.models.invoices import Invoice

pytestmark = pytest.mark.django_db


def _person(name: str) -> Membership:
    return MembershipFactory(
        organization__name=f"{name} Laboratories",
        organization__slug=f"{name}-laboratories".lower(),
        user__email=f"{name}@identity.test".lower(),
        user__first_name=f"First{name}",
        user__last_name=f"Last{name}",
    )


def _traces(seat: Membership) -> set[str]:
    organization, user = seat.organization, seat.user
    return {
        organization.name,
        organization.slug,
        organization.public_id,
        user.public_id,
        user.email,
        user.first_name,
        user.last_name,
    }


def _sell(seller: Membership, buyer: Membership) -> dict[str, str]:
    """A paid order, and its goods by their places in addresses."""
    offer = listed(seller, price=1000, image_price=100)
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[offer], key="x15")
    world.paid_for(order)
    invoice = Invoice.objects.for_organization(buyer.organization).latest("pk")
    market = {"d": offer.public_id, "offers": offer.public_id, "p slug": seller.organization.pseudonym_slug}
    return {**market, "orders": order.public_id, "invoices": invoice.public_id, "preview": offer.public_id}


def _answers(seat: Membership, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page and API answer the person can read: address and text, with headers."""
    client = Client(raise_request_exception=False)
    client.force_login(seat.user)
    for route in all_routes():
        if route.path.startswith(("readyz", "metrics", "api/v1/me/invitations/<", "account/invitations/<")):
            continue
        answer = client.get(route.address(ids))
        text = answer.getvalue().decode(errors="replace")
        yield route.path, f"{dict(answer.headers)} {text}"


def _leaks(found: World, reader: Membership, other: Membership, ids: dict[str, str]) -> list[str]:
    own = {"o": reader.organization.slug, "organizations": reader.organization.slug}
    answers = list(_answers(reader, {**found.ids, **ids, **own, **PLACES}))
    assert any(reader.organization.name in text for _path, text in answers), "the walk opened nothing"
    return [f"/{path} shows {trace}" for path, text in answers for trace in _traces(other) if trace in text]


PLACES = {"media": "no-token", "styleguide slug": "fields", "sitemap-": "datasets"}


def test_a_buyer_never_learns_who_the_seller_is() -> None:
    found, seller = world.build(), _person("Sellerine")
    buyer = found.seats[Role.OWNER]
    assert _leaks(found, buyer, seller, _sell(seller, buyer)) == []


def test_a_seller_never_learns_who_the_buyer_is() -> None:
    found, buyer = world.build(), _person("Buyerine")
    seller = found.seats[Role.OWNER]
    assert _leaks(found, seller, buyer, _sell(seller, buyer)) == []
