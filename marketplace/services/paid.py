"""The payment of an order, and its return when the order could not be fulfilled."""

from django.db.models import F

from core.errors import Conflict
from marketplace.models import Order
from payments.models import Checkout, CheckoutState, Refund
from payments.services import checkouts as payments

PURPOSE = "order"
MOST_RETURNED = 200


def paid_checkout(order: Order) -> Checkout | None:
    """What the order was paid with; None when it cost nothing or is not paid."""
    return Checkout.objects.about(PURPOSE, order.public_id).filter(state=CheckoutState.PAID).first()


def return_money(*, order: Order) -> Refund | None:
    """Send back what is left of a payment whose order could not be fulfilled. Safe to repeat."""
    checkout = paid_checkout(order)
    if checkout is None:
        return None
    left = checkout.amount - order.refunded_minor
    return payments.refund_checkout(
        checkout=checkout, subject=_subject(order), amount=left, reason=order.problem, actor=None
    )


def return_owed() -> int:
    """Send back what no refund was begun for. One that Stripe refused is left to an administrator, unless some of the
    money went back by another way since: then the rest is sent. Returns how many were begun.
    """
    owed = Order.objects.owed_back().filter(refunded_minor__lt=F("total_minor")).order_by("-pk")[:MOST_RETURNED]
    subjects = {_subject(order): order for order in owed}
    tried = Refund.objects.filter(subject__in=subjects)
    begun = set(tried.values_list("subject", "amount"))
    standing = set(tried.standing().values_list("subject", flat=True))
    left = [
        order
        for subject, order in subjects.items()
        if subject not in standing and (subject, order.total_minor - order.refunded_minor) not in begun
    ]
    return sum(_begun(order) for order in left)


def _begun(order: Order) -> bool:
    """A dispute that is open stands in the way of one order, not of the others."""
    try:
        return return_money(order=order) is not None
    except Conflict:
        return False


def _subject(order: Order) -> str:
    return f"owed_back:{order.public_id}"
