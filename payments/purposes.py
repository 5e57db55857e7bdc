"""The one purpose of a checkout that is payments' own: paying into a budget."""

from payments import registry
from payments.registry import Purpose
from payments.services import budgets

registry.register(Purpose(budgets.PURPOSE, paid=budgets.paid, expired=budgets.expired, refunded=budgets.taken_back))
