import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.billing import is_vat_id, one_line
from payments.rules.invoice_lines import InvoiceLine, folded, single

LINES = st.lists(
    st.builds(
        single,
        text=st.just("Image"),
        licence=st.sampled_from(["Research use", "Commercial use"]),
        producer=st.sampled_from([f"Otter {number}" for number in range(8)]),
        amount=st.integers(0, 10**6),
    ),
    max_size=60,
)


def fold(lines: list[InvoiceLine], most: int) -> list[InvoiceLine]:
    return folded(lines, many="%d items", rest="%d further items", most=most)


@given(LINES, st.integers(1, 20))
def test_folding_keeps_sum_and_number_and_the_bound(lines: list[InvoiceLine], most: int) -> None:
    found = fold(lines, most)
    assert len(found) <= most
    assert sum(line.amount for line in found) == sum(line.amount for line in lines)
    assert sum(line.quantity for line in found) == len(lines)
    assert all(line.unit_amount is None or line.unit_amount * line.quantity == line.amount for line in found)


def test_few_lines_stay_as_they_are() -> None:
    lines = [single(text=f"Image {number}", licence="L", producer="P", amount=5) for number in range(4)]
    assert fold(lines, 4) == lines


def test_many_become_one_for_each_producer_and_licence_and_one_for_the_rest() -> None:
    lines = [single(text="x", licence="L", producer=who, amount=5) for who in "AABCD"]
    assert fold(lines, 4) == [
        InvoiceLine("2 items", "L", "A", 10, unit_amount=5, quantity=2),
        *lines[2:],
    ]
    assert fold(lines, 2)[1] == InvoiceLine("3 further items", "", "", 15, unit_amount=5, quantity=3)


@pytest.mark.parametrize("text", ["DE123456789", "CHE-123.456.789 MWST", "GB 999 9999 73", "12-3456789", "ATU12345678"])
def test_tax_numbers_of_many_countries_pass(text: str) -> None:
    assert is_vat_id(text)


@pytest.mark.parametrize("text", ["", "12", "ABC", "de123456789", "DE123\n456", "1" * 31])
def test_what_is_no_tax_number_does_not(text: str) -> None:
    assert not is_vat_id(text)


def test_a_printed_line_has_no_control_characters() -> None:
    assert one_line(" a\u0000b\u2028c\r\n d\ud800 ") == "a b c d"
