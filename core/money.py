"""Currencies and their minor units. Money is an integer of minor units with an ISO 4217 code."""

from decimal import Decimal, InvalidOperation

_EXPONENTS = {
    currency: digits
    for digits, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}


def exponent(currency: str) -> int:
    """Digits after the decimal point, from ISO 4217: JPY 0, USD 2, KWD 3."""
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise ValueError(f"not an ISO 4217 code: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def major(minor: int, currency: str) -> Decimal:
    """1234, USD -> 12.34 as an exact decimal with all its digits."""
    return Decimal(minor).scaleb(-exponent(currency))


def minor(amount: str, currency: str) -> int:
    """«12.34», USD -> 1234. Refuses what is not a plain number or has more digits than the currency."""
    try:
        scaled = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{currency} has {exponent(currency)} digits after the point: {amount!r}")
    return int(scaled)
