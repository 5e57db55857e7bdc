"""Moderators see offers, orders, licences and grants, and change them through services."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from accounts.tests.factories import PASSWORD, MembershipFactory
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from licensing.models import Grant
from marketplace.models import Offer, OfferState, Order
from marketplace.services import moderation, orders
from marketplace.services.fulfilment import order_paid
from marketplace.tests.factories import images_of, listed
from marketplace.tests.test_orders import Mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@hub.test", PASSWORD))
    return client


def _moderator() -> User:
    return User.objects.create_superuser("moderator@hub.test", PASSWORD)


def test_hiding_a_dataset_takes_its_images_along_and_tells_the_producer(mails: Mails) -> None:
    seller = MembershipFactory()
    offer = listed(seller, image_price=60)
    other = listed(seller)
    sent: list[EmailMessage] = mails(lambda: moderation.hide(actor=_moderator(), offer=offer, reason="Faces shown"))
    assert {image.state for image in images_of(offer)} == {OfferState.HIDDEN}
    other.refresh_from_db()
    assert other.state == OfferState.LISTED
    assert [mail.to for mail in sent] == [[seller.user.email]]
    assert "Faces shown" in sent[0].body
    assert AuditEntry.objects.get(verb="offer.hidden").data["offers"] == 4


def test_hidden_things_come_back_as_withdrawn_and_not_by_the_producers_hand() -> None:
    seller = MembershipFactory()
    offer = listed(seller)
    moderation.hide(actor=_moderator(), offer=offer, reason="Report")
    with pytest.raises(Conflict):
        listed(seller, version=offer.version, code="evaluation")
    with pytest.raises(Conflict):
        moderation.hide(actor=User.objects.get(is_staff=True), offer=offer, reason="Again")
    moderation.unhide(actor=User.objects.get(is_staff=True), offer=offer)
    offer.refresh_from_db()
    assert (offer.state, offer.hidden_reason) == (OfferState.WITHDRAWN, "")
    with pytest.raises(Conflict):
        moderation.unhide(actor=User.objects.get(is_staff=True), offer=offer)


def test_hiding_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        moderation.hide(actor=_moderator(), offer=listed(), reason=" ")


def test_pages_can_be_read_and_nothing_added_or_deleted(staff: Client) -> None:
    buyer = MembershipFactory()
    offer = listed(price=1000)
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[offer], key="k")
    order_paid(reference=order.public_id, amount=1000, currency="EUR")
    for page, row in (
        ("marketplace/offer", offer),
        ("marketplace/order", order),
        ("licensing/license", offer.license),
        ("licensing/grant", Grant.objects.get()),
    ):
        assert staff.get(f"/admin/{page}/").status_code == 200
        assert staff.get(f"/admin/{page}/{row.pk}/change/").status_code == 200
        assert staff.get(f"/admin/{page}/add/").status_code == 403
        assert staff.post(f"/admin/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_money_owed_back_is_one_filter_away(staff: Client) -> None:
    buyer = MembershipFactory()
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[listed(price=1000)], key="k")
    Offer.objects.update(state=OfferState.HIDDEN)
    order_paid(reference=order.public_id, amount=1000, currency="EUR")
    page = staff.get("/admin/marketplace/order/?owed_back=yes").content.decode()
    assert order.public_id in page
    assert Order.objects.owed_back().count() == 1


def test_a_listings_page_offers_what_can_be_done_and_its_history_is_the_audit_trail(staff: Client) -> None:
    offer = listed()
    page = f"/admin/marketplace/offer/{offer.pk}/"
    assert f"{page}hide/" in staff.get(f"{page}change/").content.decode()
    assert f"{page}unhide/" not in staff.get(f"{page}change/").content.decode()
    moderation.hide(actor=User.objects.get(is_staff=True), offer=offer, reason="Faces shown")
    assert f"{page}unhide/" in staff.get(f"{page}change/").content.decode()
    trail = staff.get(f"{page}history/", follow=True).content.decode()
    assert offer.public_id in trail
    assert "root@hub.test" in trail
