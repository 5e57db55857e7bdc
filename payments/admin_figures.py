"""What the money's pages of the administration share."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import ReadOnlyAdmin, display
from core.money import exponent, major

Row = TypeVar("Row", bound=Model)


def money(amount: int, currency: str) -> str:
    return f"{major(amount, currency):,.{exponent(currency)}f} {currency}"


def moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class AmountAdmin(ReadOnlyAdmin[Row]):
    """Rows that have an `amount` in minor units of their `currency`."""

    @display(description=_("Amount"), ordering="amount")
    def shown_amount(self, row: Any) -> str:
        return money(row.amount, row.currency)
