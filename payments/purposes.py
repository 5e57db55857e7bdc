"""The one purpose of a checkout that is payments' own: paying into a budget."""

from collections.abc import Collection

from accounts.models import Organization
from payments import registry
from payments.models import Budget, Funding
from payments.registry import Described, Purpose
from payments.services import budgets


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
