"""Shapes of what a producer sends. Amounts are written in whole units («12.50»); `clean` turns them into minor ones."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.money import exponent, minor
from datasets.models import Dataset
from licensing.models import License
from marketplace.models import Offer, OfferState


def _currencies() -> list[tuple[str, str]]:
    return [(code, code) for code in settings.CURRENCIES]


class AmountField(forms.CharField):
    """An amount in whole units; what it is in minor units depends on the form's currency."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(max_length=16, **arguments)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}


class AmountsForm(forms.Form):
    """`amounts` names the AmountFields; each is written to cleaned_data as `<name>_minor`, None when empty."""

    amounts: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in self.amounts:
            given[f"{name}_minor"] = self._minor(name, str(given.get(name) or "").strip())
        return given

    def _minor(self, name: str, text: str) -> int | None:
        currency = self.cleaned_data.get("currency") or ""
        if not text or not currency:
            return None
        try:
            return _not_negative(minor(text.replace(",", "."), currency))
        except ValueError:
            digits = exponent(currency)
            example = "1200" if not digits else f"12.{'0' * (digits - 1)}5"
            message = _("Write an amount in %(currency)s, such as %(example)s.")
            self.add_error(name, message % {"currency": currency, "example": example})
            return None


def _not_negative(amount: int) -> int:
    if amount < 0:
        raise ValueError(amount)
    return amount


class ListVersionForm(AmountsForm):
    amounts = ("price", "image_price")

    title = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What is in it, how it was taken and labelled, what it is good for. Do not name yourself."),
    )
    license = forms.ChoiceField(label=_("Licence"), widget=forms.RadioSelect, required=False)
    spdx_id = forms.CharField(
        label=_("Another open licence, by its SPDX id"),
        max_length=60,
        required=False,
        help_text=_("Such as O-UDA-1.0. It takes the place of the licence above."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=_currencies)
    price = AmountField(label=_("Price of the whole dataset"), help_text=_("0 gives it away."))
    image_price = AmountField(
        label=_("Price of a single image"),
        required=False,
        help_text=_("Leave empty to sell the dataset only as a whole."),
    )
    attested = forms.BooleanField(
        label=_("I hold the rights that this licence grants on every image and label, or may grant them."),
        required=False,
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["license"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (found.code, found.title) for found in License.objects.catalogue()
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("license") and not given.get("spdx_id"):
            self.add_error("license", _("Choose a licence."))
        return given


class ChangeOfferForm(AmountsForm):
    amounts = ("price",)

    title = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(
        label=_("Description"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    currency = forms.CharField(widget=forms.HiddenInput)
    price = AmountField(label=_("Price"))


class ImagePriceForm(AmountsForm):
    amounts = ("image_price",)

    currency = forms.CharField(widget=forms.HiddenInput)
    image_price = AmountField(label=_("Price of a single image"))


class ManyOffersForm(AmountsForm):
    """A bulk action over the ticked offers; `price` matters only to reprice."""

    amounts = ("price",)

    action = forms.ChoiceField(choices=[("withdraw", ""), ("reprice", "")])
    selected = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    currency = forms.ChoiceField(choices=_currencies, required=False)
    price = AmountField(required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("action") == "reprice" and given.get("price_minor") is None and not self.errors:
            self.add_error("price", _("Write the new price and its currency."))
        return given


class FilledForm(forms.Form):
    """A filter form knows whether it narrows anything."""

    @property
    def is_filled(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


class OfferFilter(FilledForm):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any state")), *OfferState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any kind")), *Offer.Kind.choices])
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    q = forms.CharField(label=_("Words in the title"), required=False, max_length=120)

    def __init__(self, organization: Organization, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["dataset"].choices = dataset_choices(organization)  # type: ignore[attr-defined]  # a ChoiceField


class SalesFilter(AmountsForm, FilledForm):
    amounts = ("min", "max")

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    label = forms.CharField(label=_("Label"), required=False, max_length=100)
    currency = forms.ChoiceField(label=_("Currency"), required=False, choices=lambda: [("", _("Any")), *_currencies()])
    min = AmountField(label=_("Price from"), required=False)
    max = AmountField(label=_("Price to"), required=False)

    def __init__(self, organization: Organization, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["dataset"].choices = dataset_choices(organization)  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if (given.get("min") or given.get("max")) and not given.get("currency"):
            self.add_error("currency", _("Amounts compare within one currency. Choose it too."))
        return given


def dataset_choices(organization: Organization) -> list[tuple[str, Any]]:
    rows = Dataset.objects.for_organization(organization).order_by("name").values_list("public_id", "name")[:500]
    return [("", _("Any dataset")), *rows]
