"""What payments tells the market of checkouts that were for an order."""

from marketplace.services import orders
from marketplace.services.fulfilment import order_paid
from marketplace.services.paid import PURPOSE
from marketplace.services.refund_booking import book_refund
from payments import registry
from payments.models import Checkout
from payments.registry import Purpose


def _paid(checkout: Checkout) -> None:
    order_paid(reference=checkout.reference, amount=checkout.amount, currency=checkout.currency)


def _expired(checkout: Checkout) -> None:
    orders.expire(reference=checkout.reference)


registry.register(Purpose(PURPOSE, paid=_paid, expired=_expired, refunded=book_refund))
