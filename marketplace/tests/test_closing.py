import pytest
from django.test import Client

from accounts.models import Organization
from accounts.tests.factories import MembershipFactory
from datasets.models import Asset
from datasets.tests.factories import AssetFactory
from marketplace.services import orders
from marketplace.services.fulfilment import order_paid
from marketplace.tests.factories import listed

pytestmark = pytest.mark.django_db


def test_an_organisation_that_sold_bought_or_holds_media_says_why_it_stays(client: Client) -> None:
    seller, buyer = MembershipFactory(), MembershipFactory()
    order = orders.place_order(
        actor=buyer.user, organization=buyer.organization, offers=[listed(seller, price=1000)], key="k"
    )
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)
    for seat, reasons in (
        (seller, ["It sold to others", "It still holds 3 images"]),
        (buyer, ["It placed orders"]),
    ):
        client.force_login(seat.user)
        path = f"/o/{seat.organization.slug}/settings/delete/"
        page = client.get(path).content.decode()
        assert all(reason in page for reason in reasons)
        assert client.post(path, {"confirmation": seat.organization.name}).status_code == 409
    assert Organization.objects.filter(pk__in=[seller.organization_id, buyer.organization_id]).count() == 2


def test_an_organisation_without_media_goes_with_all_it_had(client: Client) -> None:
    seat = MembershipFactory()
    asset = AssetFactory(organization=seat.organization)
    client.force_login(seat.user)
    path, name = f"/o/{seat.organization.slug}/settings/delete/", {"confirmation": seat.organization.name}
    assert client.post(path, name).status_code == 409
    Asset.objects.filter(pk=asset.pk).update(deleted_at="2026-01-01T00:00Z")
    assert client.post(path, name).status_code == 302
    assert not Organization.objects.filter(pk=seat.organization_id).exists()
