"""However a line is refunded in parts, in the end everybody has given back exactly what they got."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.refunds import Sold, spread, taken_back


@st.composite
def parted_sales(draw: st.DrawFn) -> tuple[Sold, list[int]]:
    """A sold line and amounts above zero that add up to its price."""
    price = draw(st.integers(1, 10**7))
    commission = draw(st.integers(0, price))
    cuts = sorted(draw(st.sets(st.integers(1, price), max_size=8)) | {0, price})
    return Sold(price, commission), [after - before for before, after in pairwise(cuts)]


@given(parted_sales())
def test_parts_that_add_up_to_the_price_add_up_to_share_and_commission(sale: tuple[Sold, list[int]]) -> None:
    sold, parts = sale
    share = commission = refunded = 0
    for part in parts:
        taken = taken_back(Sold(sold.price, sold.commission, refunded), part)
        assert taken.amount == part
        assert min(taken.share, taken.commission) >= 0
        refunded, share, commission = refunded + part, share + taken.share, commission + taken.commission
        assert abs(Fraction(refunded * sold.commission, sold.price) - commission) <= Fraction(1, 2)
    assert (share, commission) == (sold.price - sold.commission, sold.commission)


@pytest.mark.parametrize("amount", [0, -1, 61])
def test_what_is_not_left_of_a_line_cannot_be_taken(amount: int) -> None:
    with pytest.raises(ValueError, match="refund"):
        taken_back(Sold(price=100, commission=15, refunded=40), amount)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.data())
def test_an_amount_is_spread_over_what_is_left(left: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(left)))
    parts = spread(amount, left)
    assert sum(parts) == amount
    assert all(0 <= part <= rest for part, rest in zip(parts, left, strict=True))


def test_more_than_is_left_is_not_spread() -> None:
    with pytest.raises(ValueError, match="left"):
        spread(3, [1, 1])
