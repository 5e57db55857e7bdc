from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import exponent, major, minor


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_each_currency_has_its_own_number_of_digits(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("wrong", ["", "eur", "EURO", "E1R", "€"])
def test_what_is_no_currency_code_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        exponent(wrong)


def test_major_keeps_every_digit() -> None:
    assert str(major(1230, "USD")) == "12.30"
    assert str(major(-5, "KWD")) == "-0.005"
    assert str(major(700, "JPY")) == "700"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "USD", "KWD", "CLF"]))
def test_minor_undoes_major(amount: int, currency: str) -> None:
    assert minor(str(major(amount, currency)), currency) == amount


@pytest.mark.parametrize("wrong", ["12.345", "0.001", "NaN", "Infinity", "twelve", "1,000", ""])
def test_amounts_that_do_not_fit_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"USD|amount"):
        minor(wrong, "USD")


def test_whole_amounts_need_no_decimals() -> None:
    assert minor("12", "USD") == 1200
    assert minor("12.5", "USD") == 1250
    assert major(1250, "USD") == Decimal("12.5")
