"""What payments tells the market of checkouts that were for an order."""

from collections.abc import Collection

from accounts.models import Organization
from marketplace.models import RefundLine
from marketplace.selling.sales import describe_sales
from marketplace.services import orders
from marketplace.services.disputes import evidence, tell_sellers
from marketplace.services.fulfilment import order_paid
from marketplace.services.paid import PURPOSE
from marketplace.services.refund_booking import book_refund
from payments import registry
from payments.models import Checkout
from payments.registry import Described, Purpose


def _paid(checkout: Checkout) -> None:
    order_paid(reference=checkout.reference, amount=checkout.amount, currency=checkout.currency)


def _expired(checkout: Checkout) -> None:
    orders.expire(reference=checkout.reference)


def _contested(references: Collection[str]) -> set[str]:
    """Sales with a refund that is asked for or under way."""
    orders = {reference.removeprefix(f"{PURPOSE}:") for reference in references}
    open_lines = RefundLine.objects.filter(open=True, request__order__public_id__in=orders)
    found = open_lines.values_list("request__order__public_id", flat=True).distinct()
    return {f"{PURPOSE}:{public_id}" for public_id in found}


def _describe(payee: Organization, references: Collection[str]) -> dict[str, Described]:
    orders = {reference.removeprefix(f"{PURPOSE}:") for reference in references if reference.startswith(f"{PURPOSE}:")}
    return {f"{PURPOSE}:{order}": said for order, said in describe_sales(payee, orders).items()} if orders else {}


registry.register(
    Purpose(
        PURPOSE,
        paid=_paid,
        expired=_expired,
        refunded=book_refund,
        contested=_contested,
        disputed=tell_sellers,
        describe=_describe,
        evidence=evidence,
    )
)
