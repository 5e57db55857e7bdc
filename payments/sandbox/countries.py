"""Where connected accounts can be: the region of Stripe's self-serve cross-border transfers."""

from payments.sandbox.errors import ApiError

EURO = [
    "AT",
    "BE",
    "BG",
    "CY",
    "DE",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PT",
    "SI",
    "SK",
]
CURRENCIES = {
    **dict.fromkeys(EURO, "eur"),
    "CA": "cad",
    "CH": "chf",
    "CZ": "czk",
    "DK": "dkk",
    "GB": "gbp",
    "HU": "huf",
    "IS": "isk",
    "LI": "chf",
    "NO": "nok",
    "PL": "pln",
    "RO": "ron",
    "SE": "sek",
    "US": "usd",
}


def currency_of(country: str) -> str:
    currency = CURRENCIES.get(country)
    if currency is None:
        raise ApiError(
            f"Accounts in {country} are not available. They can be in the US, the UK, the EEA, Canada and Switzerland.",
            code="country_unsupported",
            param="country",
            kept=False,
        )
    return currency
