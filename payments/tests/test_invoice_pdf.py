"""What the PDF says, read back from its bytes."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from pypdf import PdfReader

from payments import invoicing
from payments.invoice_pdf import render
from payments.models.invoices import Invoice
from payments.rules.invoice_lines import InvoiceLine
from payments.tests.invoices import credited, invoiced, line, paid, refunded

pytestmark = pytest.mark.django_db


def pages(invoice: Invoice) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(render(invoice))).pages]


def with_lines(count: int, text: str = "Images of bicycles", **facts: Any) -> Invoice:
    checkout = paid(count * 250, **facts)
    return invoicing.issue_invoice(checkout=checkout, lines=[line(250, text=f"{text} {n}") for n in range(count)])


def test_the_same_row_gives_the_same_bytes() -> None:
    invoice = with_lines(3)
    again = Invoice.objects.select_related("corrects").get(pk=invoice.pk)
    assert render(invoice) == render(again)
    stamped: Mapping[str, object] = PdfReader(io.BytesIO(render(invoice))).metadata or {}
    assert str(stamped["/CreationDate"]).startswith(f"D:{invoice.issued_at:%Y%m%d%H%M%S}")


def test_an_invoice_reads_like_one() -> None:
    invoice = with_lines(2)
    (text,) = pages(invoice)
    for part in (
        invoice.number,
        invoice.organization.name,
        invoice.seller["name"],
        invoice.subject_id,
        "Images of bicycles 1",
        "Research use · Quiet Otter",
        "2.50 EUR",
        "Subtotal",
        "Tax, 0 % 0.00 EUR",
        "5.00 EUR",
        "Paid on",
        "Nothing is due.",
        invoice.tax_note,
        "Page 1 of 1",
    ):
        assert part in text.replace("\u00a0", " "), part


def test_a_credit_note_is_below_zero_and_names_the_invoice() -> None:
    invoice = invoiced()
    note = credited(refunded(invoice.checkout, 400))
    assert note is not None
    (text,) = pages(note)
    assert "Credit note" in text
    assert invoice.number in text
    assert "\N{MINUS SIGN}4.00" in text
    assert "Returned on" in text
    assert "is due" not in text


def test_many_lines_break_into_numbered_pages_with_the_head_on_each() -> None:
    found = pages(with_lines(60))
    assert len(found) > 2
    assert all("Unit price" in text for text in found[:-1])
    assert all(f"Page {place} of {len(found)}" in text for place, text in enumerate(found, start=1))
    assert sum(text.count("Images of bicycles") for text in found) == 60
    assert "Total 150.00" in found[-1].replace("\u00a0", " ")


def test_signs_of_other_alphabets_are_printed_and_missing_ones_shown_as_missing() -> None:
    (text,) = pages(with_lines(1, text="Žluťoučký Ελληνικά Кириллица İstanbul 漢字 🙂 عرب"))
    assert "Žluťoučký Ελληνικά Кириллица İstanbul" in text
    assert "□□" in text


def test_currencies_without_decimals_and_long_words_fit() -> None:
    (text,) = pages(with_lines(1, text="Straßenbahnhaltestellen" * 4, currency="JPY"))
    assert "250 JPY" in text.replace("\u00a0", " ")


def test_a_line_of_several_prices_has_no_unit_price() -> None:
    checkout = paid(900)
    many = InvoiceLine("12 items", "Research use", "Quiet Otter", 900, unit_amount=None, quantity=12)
    (text,) = pages(invoicing.issue_invoice(checkout=checkout, lines=[many]))
    assert "12 9.00 EUR" in text.replace("\u00a0", " ")
