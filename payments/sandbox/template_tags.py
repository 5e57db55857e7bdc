"""Filters of the sandbox's pages."""

import datetime

from django import template

from core.money import exponent, major

register = template.Library()


@register.filter
def money(amount: int, currency: str) -> str:
    """1234, "eur" -> EUR 12.34"""
    code = currency.upper()
    return f"{code} {major(amount, code):,.{exponent(code)}f}"


@register.filter
def moment(seconds: int) -> str:
    """Unix seconds as UTC: 2026-11-20 14:05:09"""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
