import secrets

from django import forms


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


def new_token() -> str:
    return secrets.token_urlsafe(24)
