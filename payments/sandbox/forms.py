"""What a person types on the hosted pages."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from payments.sandbox import banks
from payments.sandbox.cards import passes_luhn
from payments.sandbox.onboarding import OUTCOMES

CENTURY = 2000
TEST_EXPIRY = "12 / 34"
TEST_CVC = "123"


class CardForm(forms.Form):
    email = forms.EmailField(error_messages={"required": "Enter your email.", "invalid": "Your email is incomplete."})
    number = forms.CharField(max_length=40, error_messages={"required": "Enter the card number."})
    expiry = forms.CharField(max_length=10, error_messages={"required": "Enter the expiry date."})
    cvc = forms.CharField(max_length=10, error_messages={"required": "Enter the security code."})
    name = forms.CharField(max_length=100, error_messages={"required": "Enter the name on the card."})

    def clean_number(self) -> str:
        number = re.sub(r"[\s-]", "", self.cleaned_data["number"])
        if not re.fullmatch(r"\d{12,19}", number):
            raise ValidationError("Your card number is incomplete.")
        if not passes_luhn(number):
            raise ValidationError("Your card number is invalid.")
        return number

    def clean_expiry(self) -> str:
        found = re.fullmatch(r"(0[1-9]|1[0-2])\s*/?\s*(\d\d)", self.cleaned_data["expiry"].strip())
        if not found:
            raise ValidationError("Enter the expiry as month and year, such as 12 / 34.")
        today = timezone.now()
        if (CENTURY + int(found[2]), int(found[1])) < (today.year, today.month):
            raise ValidationError("Your card has expired.")
        return found[0]

    def clean_cvc(self) -> str:
        cvc: str = self.cleaned_data["cvc"].strip()
        if not re.fullmatch(r"\d{3,4}", cvc):
            raise ValidationError("The security code has 3 or 4 digits.")
        return cvc


class OnboardingForm(forms.Form):
    """A bank account may be left out when the one on file stays, or when onboarding does not end well."""

    holder = forms.CharField(max_length=100, required=False)
    number = forms.CharField(max_length=60, required=False)
    outcome = forms.ChoiceField(
        choices=[(name, outcome.title) for name, outcome in OUTCOMES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the checks end."},
    )

    def clean_number(self) -> str:
        number = banks.plain(self.cleaned_data["number"])
        if number and (problem := banks.problem(number)):
            raise ValidationError(problem)
        return number

    def clean(self) -> None:
        if self.cleaned_data.get("number") and not self.cleaned_data.get("holder"):
            self.add_error("holder", "Enter the name of the account holder.")
