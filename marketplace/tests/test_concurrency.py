"""Real threads on real PostgreSQL: nothing is ordered, fulfilled or granted twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory
from core.errors import Conflict
from licensing.models import Grant
from marketplace.models import Offer, Order, OrderState
from marketplace.services import orders
from marketplace.services.fulfilment import order_paid
from marketplace.services.sold_counts import count_sales
from marketplace.tests.factories import listed
from payments.models import LedgerAccount, LedgerTransaction

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


def _together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all at once; returns what each returned, or the Conflict it raised."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return call()
        except Conflict as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _placing(seat: Membership, offers: list[Offer], key: str) -> Callable[[], Order]:
    return lambda: orders.place_order(actor=seat.user, organization=seat.organization, offers=offers, key=key)


def test_one_key_at_once_is_one_order() -> None:
    seat, offer = MembershipFactory(), listed()
    placed = _together(*[_placing(seat, [offer], "same")] * THREADS)
    assert len({order.pk for order in placed}) == 1
    assert Order.objects.count() == 1


def test_several_keys_at_once_order_a_thing_once() -> None:
    seat, offer = MembershipFactory(), listed()
    placed = _together(*[_placing(seat, [offer], f"key {number}") for number in range(THREADS)])
    assert [type(answer) for answer in placed].count(Order) == 1
    assert {answer.code for answer in placed if isinstance(answer, Conflict)} == {"order_pending"}


def test_free_things_taken_at_once_are_granted_once() -> None:
    seat, offer = MembershipFactory(), listed(price=0, code="cc0-1.0")
    placed = _together(*[_placing(seat, [offer], f"key {number}") for number in range(THREADS)])
    assert {answer.code for answer in placed if isinstance(answer, Conflict)} == {"already_owned"}
    assert Grant.objects.count() == 1


def test_one_payment_heard_at_once_is_fulfilled_once() -> None:
    seat, offer = MembershipFactory(), listed(price=1000)
    order = _placing(seat, [offer], "k")()
    _together(*[lambda: order_paid(reference=order.public_id, amount=1000, currency="EUR")] * THREADS)
    _together(*[count_sales] * THREADS)
    order.refresh_from_db()
    offer.refresh_from_db()
    assert (order.state, offer.sold_count) == (OrderState.PAID, 1)
    assert (Grant.objects.count(), LedgerTransaction.objects.count()) == (1, 1)
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


def test_orders_of_the_same_offers_in_different_order_do_not_block_each_other() -> None:
    offers = [listed(price=1000 + number) for number in range(6)]
    placed = [_placing(MembershipFactory(), offers if number % 2 else offers[::-1], "k")() for number in range(THREADS)]

    def pay(order: Order) -> Callable[[], None]:
        return lambda: order_paid(reference=order.public_id, amount=order.total_minor, currency="EUR")

    _together(*[pay(order) for order in placed], count_sales, count_sales)
    count_sales()
    assert set(Offer.objects.values_list("sold_count", flat=True)) == {THREADS}
    assert Grant.objects.count() == THREADS * len(offers)
