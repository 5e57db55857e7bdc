"""The purposes of checkouts that are payments' own: paying into a budget, and being a payment too many."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import Organization
from payments import ledger, refunding, registry
from payments.models import Budget, Checkout, EntryPart, Funding
from payments.registry import Described, Purpose, TakenBack
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


def _describe(payee: Organization, references: Collection[str]) -> dict[str, Described]:
    """What a budget is for, by its name: its workers know it, its owner chose it."""
    ids = {reference.partition(":")[2] for reference in references}
    named = {f"budget:{row.public_id}": row.name for row in Budget.objects.filter(public_id__in=ids)}
    paid = Funding.objects.filter(public_id__in=ids, budget__organization=payee).select_related("budget")
    named |= {f"{budgets.PURPOSE}:{row.public_id}": row.budget.name for row in paid}
    return {reference: Described(named[reference]) for reference in references if reference in named}


registry.register(
    Purpose(
        budgets.PURPOSE,
        paid=budgets.paid,
        expired=budgets.expired,
        refunded=budgets.taken_back,
        describe=_describe,
    )
)
registry.register(Purpose(DUPLICATE, paid=_paid_once_too_often, expired=_expired, refunded=_returned))
