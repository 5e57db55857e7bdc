"""The purposes of checkouts that are payments' own: paying into a budget, and being a payment too many."""

from django.utils.translation import gettext as _

from payments import ledger, refunding, registry
from payments.models import Checkout, EntryPart
from payments.registry import Purpose, TakenBack
from payments.services import budgets, checkouts
from payments.settlement import DUPLICATE


def _paid_once_too_often(checkout: Checkout) -> None:
    """Nothing is bought by it: it is kept for the buyer and sent back."""
    ledger.post_owed(
        key=f"owed-back:{checkout.public_id}",
        kind="owed_back",
        reference=checkout.ledger_reference,
        currency=checkout.currency,
        owner=checkout.organization,
        amount=checkout.amount,
        part=EntryPart.CHARGE,
    )
    checkouts.refund_checkout(
        checkout=checkout,
        subject=checkout.ledger_reference,
        amount=checkout.amount,
        reason=_("This was paid twice"),
        actor=None,
    )


def _expired(checkout: Checkout) -> None:
    """Only a payment makes a checkout a duplicate, so none expires."""


def _returned(taken: TakenBack) -> None:
    refunding.return_owed(taken)


registry.register(Purpose(budgets.PURPOSE, paid=budgets.paid, expired=budgets.expired, refunded=budgets.taken_back))
registry.register(Purpose(DUPLICATE, paid=_paid_once_too_often, expired=_expired, refunded=_returned))
