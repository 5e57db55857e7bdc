"""Shapes of what a payee sends: a country, once, and what to show of the statement."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments.countries import PAYOUT_COUNTRIES
from payments.models import Payee
from payments.payout_pages.statement import KINDS


class SetUpForm(forms.Form):
    """Asks for the country the first time, and for nothing later."""

    country = forms.ChoiceField(
        label=_("Country"),
        choices=lambda: [("", _("Choose a country")), *PAYOUT_COUNTRIES.items()],
        help_text=_("Where you live, or where your company is registered. It cannot be changed later."),
        error_messages={
            "required": _("Choose the country that you are paid in."),
            "invalid_choice": _("Choose a country that payouts reach."),
        },
    )

    def __init__(self, payee: Payee | None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        if payee:
            del self.fields["country"]


class StatementFilter(forms.Form):
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=lambda: [("", _("Any kind")), *KINDS.items()])
    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=lambda: [("", _("Any")), *((code, code) for code in settings.CURRENCIES)],
    )

    @property
    def is_filled(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
