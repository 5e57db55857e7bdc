from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory, OrganizationFactory
from core.errors import Conflict, DomainError, Invalid
from core.models import AuditEntry
from licensing.models import Grant
from licensing.services import revoke
from marketplace.models import CartLine, Offer, OfferState, Order, OrderLine, OrderState
from marketplace.rules.pricing import commission, net
from marketplace.services import carts, orders
from marketplace.services.fulfilment import order_paid
from marketplace.services.sold_counts import count_sales
from marketplace.tests.factories import images_of, listed
from payments.models import AccountKind, EntryPart, LedgerAccount, LedgerEntry, LedgerTransaction

pytestmark = pytest.mark.django_db
Mails = Callable[[Callable[[], object]], list[EmailMessage]]


def _buyer() -> Membership:
    return MembershipFactory(organization__is_personal=True)


def _place(seat: Membership, *offers: Offer, key: str = "k", **more: Any) -> Order:
    return orders.place_order(actor=seat.user, organization=seat.organization, offers=list(offers), key=key, **more)


def _pay(order: Order) -> Order:
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)
    order.refresh_from_db()
    return order


def _refusal(call: Callable[..., object], *arguments: Any, **named: Any) -> DomainError:
    with pytest.raises((Conflict, Invalid)) as caught:
        call(*arguments, **named)
    return caught.value


def test_an_order_freezes_price_licence_and_commission() -> None:
    seat, offer = _buyer(), listed(price=1999, code="commercial-training")
    order = _place(seat, offer)
    Offer.objects.filter(pk=offer.pk).update(price_minor=5, title="Other")
    line = order.lines.get()
    assert (order.state, order.total_minor, order.commission_minor) == (OrderState.PENDING, 1999, 300)
    assert (line.price_minor, line.commission_minor, line.seller_minor, line.title) == (
        1999,
        300,
        1699,
        "Street scenes",
    )
    assert (line.license, line.manifest, line.seller) == (offer.license, offer.version.manifest, offer.organization)
    assert _pay(order).state == OrderState.PAID


def test_a_seller_may_have_a_commission_of_their_own() -> None:
    seller = MembershipFactory(organization__commission_basis_points=0)
    order = _place(_buyer(), listed(seller, price=1000))
    assert order.commission_minor == 0


@pytest.mark.parametrize(
    ("price", "rate", "taken"), [(1999, 1500, 300), (1, 1500, 0), (3, 1667, 1), (10**7, 10_000, 10**7)]
)
def test_commission_is_rounded_half_up_and_nothing_is_lost(price: int, rate: int, taken: int) -> None:
    assert commission(price, rate) == taken
    assert commission(price, rate) + net(price, rate) == price


def test_a_payment_posts_the_sale_grants_and_counts_once() -> None:
    seat, offer = _buyer(), listed(price=1000)
    carts.add_to_cart(actor=seat.user, organization=seat.organization, offer=offer)
    order = _place(seat, offer)
    _pay(order)
    _pay(order)
    assert (order.state, order.paid_at is not None) == (OrderState.PAID, True)
    sale = LedgerTransaction.objects.get(key=f"sale:order:{order.public_id}")
    parts = {(entry.account.kind, entry.part): entry.amount for entry in sale.entries.select_related("account")}
    assert parts == {
        (AccountKind.CLEARING, EntryPart.CHARGE): -1000,
        (AccountKind.PAYABLE_HELD, EntryPart.SALE): 1000,
        (AccountKind.PAYABLE_HELD, EntryPart.COMMISSION): -150,
        (AccountKind.COMMISSION, EntryPart.COMMISSION): 150,
    }
    grant = Grant.objects.get()
    assert (grant.organization, grant.licensor, grant.source) == (
        seat.organization,
        offer.organization,
        f"order_line:{order.lines.get().public_id}",
    )
    assert (count_sales(), count_sales()) == (1, 0)
    offer.refresh_from_db()
    assert offer.sold_count == 1
    assert not CartLine.objects.exists()
    assert OrderLine.objects.sales_of(offer.organization).get().sold_at == order.paid_at
    assert AuditEntry.objects.filter(verb="order.paid", subject_id=order.public_id).count() == 1


def test_what_costs_nothing_is_paid_at_once() -> None:
    seat, offer = _buyer(), listed(price=0, code="cc0-1.0")
    order = _place(seat, offer)
    assert order.state == OrderState.PAID
    assert not LedgerTransaction.objects.exists()
    assert Grant.objects.get().license.code == "cc0-1.0"


def test_the_same_key_is_the_same_order() -> None:
    seat, offer, other = _buyer(), listed(), listed()
    first = _place(seat, offer)
    assert _place(seat, offer) == first
    assert _refusal(_place, seat, other).code == "key_reused"
    assert Order.objects.count() == 1
    assert _place(_buyer(), offer).pk != first.pk


def test_x17_what_is_missing_or_held_is_refused() -> None:
    seat, offer = _buyer(), listed(image_price=60, price=900)
    _pay(_place(seat, offer))
    image = images_of(offer)[0]
    for held in (offer, image):
        assert (
            _refusal(carts.add_to_cart, actor=seat.user, organization=seat.organization, offer=held).code
            == "already_owned"
        )
        assert _refusal(_place, seat, held, key="again").code == "already_owned"
    withdrawn = listed()
    Offer.objects.filter(pk=withdrawn.pk).update(state=OfferState.WITHDRAWN)
    assert _refusal(_place, seat, withdrawn, key="gone").code == "gone"
    assert _refusal(_place, seat, key="nothing").code == "empty"


def test_an_ended_licence_may_be_bought_again_and_a_wider_one_too() -> None:
    seat, seller = _buyer(), MembershipFactory()
    research = listed(seller, code="research", price=100)
    wider = listed(seller, version=research.version, code="commercial-training", price=900)
    narrower = listed(seller, version=research.version, code="cc-by-nc-4.0", price=900)
    _pay(_place(seat, research))
    _pay(_place(seat, wider, key="wider"))
    assert _refusal(_place, seat, research, key="narrower").code == "already_owned"
    assert _place(seat, narrower, key="other").state == OrderState.PENDING
    for grant in Grant.objects.all():
        revoke(actor=None, grant=grant, reason="refunded")
    assert _place(seat, research, key="anew").state == OrderState.PENDING


def test_x18_nobody_buys_from_themselves() -> None:
    seller = MembershipFactory()
    offer = listed(seller)
    assert _refusal(_place, seller, offer).code == "own_item"
    elsewhere = MembershipFactory(user=seller.user)
    assert _refusal(_place, elsewhere, offer).code == "own_item"
    assert not Order.objects.exists()


def test_one_currency_per_order() -> None:
    refusal = _refusal(_place, _buyer(), listed(currency="EUR"), listed(currency="USD"))
    assert refusal.code == "mixed_currencies"


def test_too_small_a_payment_is_refused() -> None:
    image = images_of(listed(image_price=20))[0]
    assert _refusal(_place, _buyer(), image).code == "amount_not_chargeable"


def test_a_changed_total_is_told_before_anything_is_ordered() -> None:
    refusal = _refusal(_place, _buyer(), listed(price=1000), expected_total_minor=900)
    assert refusal.code == "price_changed"
    assert "10.00 EUR" in refusal.message


def test_an_open_order_of_the_same_thing_stands_in_the_way_until_it_is_cancelled() -> None:
    seat, offer = _buyer(), listed()
    first = _place(seat, offer)
    assert _refusal(_place, seat, offer, key="two").code == "order_pending"
    given_up = orders.cancel_overlapping(
        actor=seat.user, organization=seat.organization, offers=[offer], except_key="two"
    )
    assert given_up == 1
    assert _place(seat, offer, key="two").state == OrderState.PENDING
    first.refresh_from_db()
    assert first.state == OrderState.CANCELLED


def test_a_frozen_price_is_honoured_when_the_listing_is_withdrawn_before_the_payment() -> None:
    order = _place(_buyer(), listed(price=1000))
    Offer.objects.update(state=OfferState.WITHDRAWN, price_minor=9999)
    assert _pay(order).state == OrderState.PAID
    assert Grant.objects.get().price_minor == 1000


def test_what_a_moderator_hid_is_not_handed_over_and_the_money_is_owed_back() -> None:
    seat = _buyer()
    order = _place(seat, listed(price=1000), listed(price=500))
    Offer.objects.filter(price_minor=500).update(state=OfferState.HIDDEN)
    _pay(order)
    _pay(order)
    assert order.state == OrderState.FAILED
    assert "hidden by a moderator" in order.problem
    assert list(Order.objects.owed_back()) == [order]
    assert not Grant.objects.exists()
    owed = LedgerAccount.objects.get(kind=AccountKind.BUYER_REFUNDABLE, organization=seat.organization)
    assert owed.amount == 1500


def test_another_amount_than_the_order_is_owed_back() -> None:
    order = _place(_buyer(), listed(price=1000))
    order_paid(reference=order.public_id, amount=999, currency="EUR")
    order.refresh_from_db()
    assert order.state == OrderState.FAILED
    assert not Grant.objects.exists()


def test_a_payment_that_comes_after_the_page_closed_is_honoured() -> None:
    order = _place(_buyer(), listed(price=1000))
    orders.expire(reference=order.public_id)
    order.refresh_from_db()
    assert order.state == OrderState.EXPIRED
    assert _pay(order).state == OrderState.PAID


def test_a_failure_while_fulfilling_leaves_nothing_behind() -> None:
    order = _place(_buyer(), listed(price=1000))
    try:
        with transaction.atomic():
            _pay(order)
            raise KeyError
    except KeyError:
        order.refresh_from_db()
    assert order.state == OrderState.PENDING
    assert not Grant.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert _pay(order).state == OrderState.PAID


def test_splits_among_sellers_are_exact() -> None:
    sellers = [MembershipFactory(organization__commission_basis_points=rate) for rate in (None, 333, 1250)]
    offers = [listed(seller, price=price) for seller, price in zip(sellers, (1001, 777, 10_000), strict=True)]
    offers += [listed(sellers[0], price=333)]
    order = _pay(_place(_buyer(), *offers))
    for seller in sellers:
        lines = OrderLine.objects.sales_of(seller.organization)
        held = LedgerAccount.objects.get(kind=AccountKind.PAYABLE_HELD, organization=seller.organization)
        assert held.amount == sum(line.seller_minor for line in lines)
    taken = LedgerAccount.objects.get(kind=AccountKind.COMMISSION)
    assert taken.amount == order.commission_minor
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


def test_many_lines_take_as_many_queries_as_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    seat, offer = _buyer(), listed(items=80, image_price=60)
    images = images_of(offer)
    with django_assert_max_num_queries(25):
        order = _place(seat, *images)
    with django_assert_max_num_queries(45):
        _pay(order)
    assert Grant.objects.filter(organization=seat.organization).count() == 80


def test_buyer_and_seller_are_told_and_stay_unknown_to_each_other(mails: Mails) -> None:
    seat, seller = _buyer(), MembershipFactory()
    order = _place(seat, listed(seller, price=1000, title="Cats & dogs"))
    sent = mails(lambda: _pay(order))
    told = {mail.to[0]: mail for mail in sent}
    assert set(told) == {seat.user.email, seller.user.email}
    assert "8.50" in told[seller.user.email].subject
    assert "Cats & dogs" in told[seller.user.email].body
    for reader, other in ((seat, seller), (seller, seat)):
        text = f"{told[reader.user.email].subject} {told[reader.user.email].body}"
        for secret in (other.user.email, other.organization.name, other.organization.slug):
            assert secret not in text
    assert order.public_id not in told[seller.user.email].body


def test_the_cart_holds_a_thing_once() -> None:
    seat, offer = _buyer(), listed()
    first = carts.add_to_cart(actor=seat.user, organization=seat.organization, offer=offer)
    assert carts.add_to_cart(actor=seat.user, organization=seat.organization, offer=offer) == first
    carts.remove_from_cart(actor=seat.user, organization=seat.organization, offer=offer)
    carts.remove_from_cart(actor=seat.user, organization=seat.organization, offer=offer)
    assert not CartLine.objects.exists()


def test_orders_nobody_paid_for_close_after_a_day() -> None:
    order = _place(_buyer(), listed())
    assert orders.expire_abandoned() == 0
    Order.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert orders.expire_abandoned() == 1
    order.refresh_from_db()
    assert order.state == OrderState.EXPIRED


def test_a_suspended_seller_sells_nothing() -> None:
    offer = listed()
    type(offer.organization).objects.filter(pk=offer.organization_id).update(suspended_at=timezone.now())
    assert _refusal(_place, _buyer(), offer).code == "gone"
    assert OrganizationFactory().suspended_at is None


LINE_KEYS = ["order_id", "offer_id", "seller_id", "license_id", "manifest_id", "asset_id"]


@pytest.mark.parametrize("column", LINE_KEYS)
def test_a_line_names_only_what_is_there_and_keeps_to_it(column: str) -> None:
    seat, offer = _buyer(), listed(image_price=60)
    line = _place(seat, images_of(offer)[0]).lines.get()
    with pytest.raises(IntegrityError, match="the keys of marketplace_orderline stay"), transaction.atomic():
        OrderLine.objects.filter(pk=line.pk).update(**{column: getattr(line, column) + 1})
    line.pk, line.public_id, line.position, line.offer = None, "another", 2, images_of(offer)[1]
    setattr(line, column, 0)
    with pytest.raises(IntegrityError, match=f"{column} names a row"), transaction.atomic():
        line.save()


@pytest.mark.parametrize("named", ["order", "offer", "seller", "asset"])
def test_what_a_line_names_is_not_removed(named: str) -> None:
    seat, offer = _buyer(), listed(image_price=60)
    row = getattr(_place(seat, images_of(offer)[0]).lines.get(), named)
    statement = f"DELETE FROM {row._meta.db_table} WHERE id = %s"  # noqa: S608  # our own tables
    with (
        pytest.raises(IntegrityError, match=f"is named by {named}_id of marketplace_orderline"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [row.pk])
