"""The payment of an order, and its return when the order could not be fulfilled."""

from marketplace.models import Order
from payments.models import Checkout, CheckoutState, Refund
from payments.services import checkouts as payments

PURPOSE = "order"
MOST_RETURNED = 200


def paid_checkout(order: Order) -> Checkout | None:
    """What the order was paid with; None when it cost nothing or is not paid."""
    return Checkout.objects.about(PURPOSE, order.public_id).filter(state=CheckoutState.PAID).first()


def return_money(*, order: Order) -> Refund | None:
    """Send all of a payment back whose order could not be fulfilled. Safe to repeat."""
    checkout = paid_checkout(order)
    if checkout is None:
        return None
    return payments.refund_checkout(
        checkout=checkout, subject=_subject(order), amount=checkout.amount, reason=order.problem, actor=None
    )


def return_owed() -> int:
    """Send back what no refund was ever begun for. One that Stripe refused is left to an administrator."""
    owed = Order.objects.owed_back().filter(refunded_minor=0).order_by("-pk")[:MOST_RETURNED]
    subjects = {_subject(order): order for order in owed}
    begun = set(Refund.objects.filter(subject__in=subjects).values_list("subject", flat=True))
    left = [order for subject, order in subjects.items() if subject not in begun]
    return len([order for order in left if return_money(order=order)])


def _subject(order: Order) -> str:
    return f"owed_back:{order.public_id}"
