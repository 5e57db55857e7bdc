"""Figures as text: counts, shares, sizes, spans of time and money."""

from django import template
from django.utils.formats import number_format

from core.money import exponent, major

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """1234567 -> 1,234,567; nothing for None."""
    return "" if value is None else _signed(number_format(value, digits, force_grouping=True))


@register.filter
def money(minor: int | None, currency: str) -> str:
    """1234, "USD" -> 12.34 USD, with the digits that the currency has."""
    if minor is None:
        return ""
    figure = number_format(major(minor, currency), exponent(currency), force_grouping=True)
    return f"{_signed(figure)}{NBSP}{currency}"


@register.filter
def money_signed(minor: int, currency: str) -> str:
    """As money, with a plus sign too: for the lines of a statement."""
    return ("+" if minor > 0 else "") + money(minor, currency)


@register.filter
def percent(fraction: float | None, digits: int = 1) -> str:
    """0.972 -> 97.2 %."""
    return "" if fraction is None else f"{number(100 * fraction, digits)}{NBSP}%"


@register.filter
def basis_points(rate: int) -> str:
    """1500 -> 15 %, 1250 -> 12.5 %, with the digits that it needs."""
    return percent(rate / 10_000, 0 if rate % 100 == 0 else 1 if rate % 10 == 0 else 2)


@register.filter
def bytes_size(count: int | None) -> str:
    """1500000 -> 1.5 MB, in powers of a thousand as drives and networks count."""
    if count is None:
        return ""
    units = ["B", "kB", "MB", "GB", "TB"]
    power = min(len(str(abs(count))) - 1, 14) // 3
    size = count / 1000**power
    return f"{number(size, 1 if power and size < 100 else 0)}{NBSP}{units[power]}"


@register.filter
def duration(seconds: float | None) -> str:
    """75 -> 1 min 15 s; 8130 -> 2 h 15 min."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest if not hours else 0, "s")]
    return " ".join(f"{value}{NBSP}{unit}" for value, unit in parts if value) or f"0{NBSP}s"


def _signed(figure: str) -> str:
    return figure.replace("-", MINUS, 1)
