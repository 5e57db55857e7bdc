"""What Stripe takes as one charge (docs.stripe.com/currencies, docs.stripe.com/api/checkout/sessions)."""

from enum import StrEnum

LARGEST_CHARGE = 99_999_999
MOST_CHECKOUT_LINES = 100
# Minor units. A currency not listed is charged from one minor unit.
SMALLEST_CHARGE = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
# Stripe counts these in another minor unit than ISO 4217, and we charge in none of them.
OTHER_MINOR_UNIT = frozenset({"ISK", "MGA", "UGX"})
# Stripe moves three-decimal currencies in steps of ten minor units.
THREE_DECIMAL_CURRENCIES = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


class ChargeProblem(StrEnum):
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_OFFERED = "currency_not_offered"
    UNEVEN = "uneven"


def even(amount: int, currency: str) -> int:
    """As much of an amount in minor units as can be moved at Stripe."""
    return amount - amount % 10 if currency in THREE_DECIMAL_CURRENCIES else amount


def charge_problem(amount: int, currency: str) -> ChargeProblem | None:
    """Why an amount in minor units cannot be charged at once, or None when it can."""
    if currency in OTHER_MINOR_UNIT:
        return ChargeProblem.NOT_OFFERED
    if amount < SMALLEST_CHARGE.get(currency, 1):
        return ChargeProblem.TOO_SMALL
    if amount > LARGEST_CHARGE:
        return ChargeProblem.TOO_LARGE
    if currency in THREE_DECIMAL_CURRENCIES and amount % 10:
        return ChargeProblem.UNEVEN
    return None
