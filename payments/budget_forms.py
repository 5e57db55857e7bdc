from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.money import exponent, minor


def _currencies() -> list[tuple[str, str]]:
    return [(code, code) for code in settings.CURRENCIES]


class BudgetForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as the campaign that it pays for."))
    currency = forms.ChoiceField(
        label=_("Currency"), choices=_currencies, help_text=_("Workers are paid in it. It cannot be changed later.")
    )


class FundForm(forms.Form):
    """An amount in whole units of the budget's currency; `cleaned_data["amount"]` is in minor units."""

    amount = forms.CharField(label=_("Amount"), max_length=16)

    def __init__(self, currency: str, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.currency = currency
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.fields["amount"].help_text = _("In %(currency)s. You pay it by card on the next page.") % {
            "currency": currency
        }

    def clean_amount(self) -> int:
        try:
            return minor(self.cleaned_data["amount"].strip().replace(",", "."), self.currency)
        except ValueError:
            example = "1200" if not exponent(self.currency) else "120.50"
            message = _("Write an amount in %(currency)s, such as %(example)s.")
            raise forms.ValidationError(message % {"currency": self.currency, "example": example}) from None
