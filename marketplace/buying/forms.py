import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from marketplace.models import Order
from payments.models.invoices import BillingDetails

MOST_SHOWN = 100


class OfferForm(forms.Form):
    """Which offer a button means."""

    offer = forms.CharField(max_length=16)


class CartAddForm(OfferForm):
    organization = forms.SlugField(max_length=50)
    buy_now = forms.BooleanField(required=False)


class CheckoutForm(forms.Form):
    """`token` makes a form sent twice one order; `total_minor` is the sum the buyer saw."""

    currency = forms.CharField(max_length=3)
    token = forms.CharField(max_length=64)
    total_minor = forms.IntegerField(min_value=0)


class RefundForm(forms.Form):
    """`lines` are public ids of order lines; none means all that is left of the order."""

    whole = forms.BooleanField(label=_("Everything in this order that can be refunded"), required=False)
    lines = forms.MultipleChoiceField(label=_("Items"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("What is wrong"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say what you expected and what you found. It decides about the refund."),
    )

    def __init__(self, order: Order, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        left = list(order.lines.left_to_refund().order_by("position")[:MOST_SHOWN])
        items: Any = self.fields["lines"]
        items.choices = [(line.public_id, line.title) for line in left]
        if len(left) == 1:
            items.initial = [left[0].public_id]
            del self.fields["whole"]

    @property
    def has_choices(self) -> bool:
        items: Any = self.fields["lines"]
        return bool(items.choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("whole"):
            given["lines"] = []
        elif not given.get("lines") and "lines" not in self.errors:
            self.add_error("lines", _("Choose what you want refunded."))
        return given


class BillingForm(forms.Form):
    """Whom invoices are made out to; what may stand there is the service's question."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("The company or person that pays."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=600,
        required=False,
        help_text=_("At most five lines, as on a letter. The country has its own field."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    country = forms.CharField(
        label=_("Country"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )
    vat_id = forms.CharField(
        label=_("VAT or tax number"), max_length=30, required=False, help_text=_("Printed as it is, not checked.")
    )

    @staticmethod
    def of(details: BillingDetails, organization: Organization) -> dict[str, str]:
        """What the form starts with."""
        return {
            "name": details.name or organization.name,
            "address": "\n".join(details.address),
            "country": details.country,
            "vat_id": details.vat_id,
        }


def new_token() -> str:
    return secrets.token_urlsafe(24)
