"""A seller's statement in the market's words: what was sold, under which licence, at which rate; never to whom."""

import pytest
from django.test import Client

from accounts.tests.factories import MembershipFactory
from marketplace.models import OrderLine
from marketplace.selling.sales import describe_sales
from marketplace.tests.factories import images_of, listed
from marketplace.tests.refunds import bought, buyer
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def _text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_statement_names_listing_licence_and_rate_and_leads_to_the_sale(sandbox: Sandbox, client: Client) -> None:
    seller, seat = MembershipFactory(), buyer()
    seller.organization.commission_basis_points = 1250
    seller.organization.save()
    bought(sandbox, seat, listed(seller, price=4000))
    client.force_login(seller.user)
    page = _text(client, f"/o/{seller.organization.slug}/payouts/statement/")
    line = OrderLine.objects.get()
    assert f"Sale of {line.title}, {line.license.title}" in page
    assert "40.00 EUR less 5.00 EUR commission (12.5 %)" in page
    assert f"#sale-{line.public_id}" in page
    sales = _text(client, f"/o/{seller.organization.slug}/sales/")
    assert f'id="sale-{line.public_id}"' in sales
    assert "12.5 %" in sales
    for secret in (seat.organization.name, seat.organization.slug, seat.organization.pseudonym, seat.user.email):
        assert secret not in page
        assert secret not in sales


def test_an_order_of_many_items_is_one_line_and_only_of_ones_own(
    sandbox: Sandbox, django_assert_num_queries: object
) -> None:
    seller, other, seat = MembershipFactory(), MembershipFactory(), buyer()
    own = images_of(listed(seller, image_price=1000))
    order = bought(sandbox, seat, *own, listed(other, price=2000))
    with django_assert_num_queries(1):  # type: ignore[operator]  # the plugin's own
        found = describe_sales(seller.organization, [order.public_id])
    first = OrderLine.objects.filter(seller=seller.organization).earliest("position")
    assert found[order.public_id].text == f"{first.title}, {first.license.title}, and {len(own) - 1} more"
    assert describe_sales(seat.organization, [order.public_id]) == {}
