from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.limits import MOST_CHECKOUT_LINES, charge_problem
from payments.rules.lines import CheckoutLine, folded
from payments.rules.split import commission, split

amounts = st.integers(0, 10**12)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(lambda found: sum(found) > 0)


@given(amounts, weights)
def test_parts_sum_to_the_total_and_stay_within_one_unit(total: int, shares: list[int]) -> None:
    parts = split(total, shares)
    assert sum(parts) == total
    exact = [Fraction(total * share, sum(shares)) for share in shares]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(amounts, weights, st.integers(2, 9))
def test_only_the_proportion_of_the_weights_counts(total: int, shares: list[int], factor: int) -> None:
    assert split(total, shares) == split(total, [share * factor for share in shares])


@given(amounts, weights)
def test_who_has_no_weight_gets_nothing(total: int, shares: list[int]) -> None:
    assert all(part == 0 for part, share in zip(split(total, shares), shares, strict=True) if share == 0)


def test_the_odd_unit_goes_to_the_largest_remainder_then_to_the_earliest() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(5, [50, 30, 20]) == [3, 1, 1]


@pytest.mark.parametrize(("total", "shares"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_a_split_without_meaning_is_refused(total: int, shares: list[int]) -> None:
    with pytest.raises(ValueError, match="split"):
        split(total, shares)


@given(amounts, st.integers(0, 10_000))
def test_commission_is_between_nothing_and_all_and_half_a_unit_exact(amount: int, rate: int) -> None:
    taken = commission(amount, rate)
    assert 0 <= taken <= amount
    assert abs(taken - Fraction(amount * rate, 10_000)) <= Fraction(1, 2)


@pytest.mark.parametrize(("amount", "rate"), [(-1, 10), (1, -1), (1, 10_001)])
def test_commission_of_nonsense_is_refused(amount: int, rate: int) -> None:
    with pytest.raises(ValueError, match="commission"):
        commission(amount, rate)


lines = st.builds(CheckoutLine, st.text(min_size=1, max_size=400), st.integers(0, 10**6), st.integers(1, 99))


@given(st.lists(lines, max_size=2 * MOST_CHECKOUT_LINES + 5))
def test_folding_keeps_the_sum_and_fits_the_page(given_lines: list[CheckoutLine]) -> None:
    shown = folded(given_lines, "and %d more")
    assert sum(line.amount for line in shown) == sum(line.amount for line in given_lines)
    assert len(shown) <= MOST_CHECKOUT_LINES
    assert all(len(line.name) <= 250 for line in shown)


@pytest.mark.parametrize(
    ("amount", "currency", "chargeable"),
    [
        (50, "EUR", True),
        (49, "EUR", False),
        (50, "JPY", True),
        (99_999_999, "USD", True),
        (100_000_000, "USD", False),
        (1230, "KWD", True),
        (1234, "KWD", False),
        (500, "ISK", False),
    ],
)
def test_what_can_be_charged(amount: int, currency: str, *, chargeable: bool) -> None:
    assert (charge_problem(amount, currency) is None) is chargeable
