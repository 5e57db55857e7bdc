"""Invoices and credit notes: numbered without a gap, once for each payment and refund, and never changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings
from time_machine import travel

from accounts.models import User
from accounts.tests.factories import OrganizationFactory, UserFactory
from core.errors import Invalid
from core.models import AuditEntry
from payments import invariants, invoicing
from payments.models.invoices import Invoice, InvoiceCounter
from payments.rules.invoice_lines import MOST_LINES
from payments.tests.invoices import credited, invoiced, line, paid, refunded

pytestmark = pytest.mark.django_db


def books_hold() -> bool:
    """Those of invoices; the payments of these tests are in no ledger."""
    broken = {finding.name for finding in invariants.check() if not finding.holds}
    return not {name for name in broken if "nvoice" in name}


def test_an_invoice_says_what_was_paid_and_by_whom(settings: Settings) -> None:
    settings.INVOICE_SELLER = {"name": "Hub AG", "address": ["Bahnhofstr. 1"], "country": "CH", "vat_id": "CHE-1"}
    with travel("2026-03-04T05:06:07Z", tick=False):
        invoice = invoiced(None, 700, 300)
    assert (invoice.number, invoice.series, invoice.year, invoice.sequence) == ("LH-2026-000001", "LH", 2026, 1)
    assert (invoice.net, invoice.tax, invoice.total, invoice.tax_basis_points) == (1000, 0, 1000, 0)
    assert invoice.tax_note == settings.TAX_NOTE
    assert invoice.buyer == {
        "name": invoice.organization.name,
        "address": [],
        "country": "",
        "vat_id": "",
    }
    assert invoice.seller == settings.INVOICE_SELLER
    assert [(each["text"], each["producer"], each["amount"]) for each in invoice.lines] == [
        ("Street scenes", "Quiet Otter", 700),
        ("Street scenes", "Quiet Otter", 300),
    ]
    assert AuditEntry.objects.get(verb="invoice.issued").data["number"] == "LH-2026-000001"


def test_asking_again_gives_the_same_invoice_and_credit_note() -> None:
    checkout = paid()
    invoice = invoiced(checkout)
    assert invoiced(checkout) == invoice
    refund = refunded(checkout, 400)
    assert credited(refund) == credited(refund)
    assert Invoice.objects.count() == 2


def test_numbers_go_on_by_series_and_begin_anew_each_year() -> None:
    with travel("2026-12-31T23:59:00Z"):
        first, second = invoiced(), invoiced()
        note = credited(refunded(first.checkout, 100))
    with travel("2027-01-01T00:00:00Z"):
        third = invoiced()
    assert note is not None
    numbers = [each.number for each in (first, second, note, third)]
    assert numbers == ["LH-2026-000001", "LH-2026-000002", "LH-C-2026-000001", "LH-2027-000001"]
    assert books_hold()


def test_a_credit_note_is_of_its_refund_and_keeps_the_words_of_the_invoice(settings: Settings) -> None:
    invoice = invoiced()
    settings.INVOICE_SELLER = {**settings.INVOICE_SELLER, "name": "Renamed"}
    settings.TAX_NOTE = "Other words"
    refund = refunded(invoice.checkout, 400)
    note = credited(refund)
    assert note is not None
    assert (note.kind, note.corrects, note.subject) == ("credit_note", invoice, refund.subject)
    assert (note.total, note.shown_total, invoice.shown_total) == (400, -400, 1000)
    assert (note.seller, note.buyer, note.tax_note) == (invoice.seller, invoice.buyer, invoice.tax_note)
    assert books_hold()


def test_a_refund_sent_anew_for_the_same_subject_is_credited_once() -> None:
    invoice = invoiced()
    first = refunded(invoice.checkout, 400, subject="thing:1")
    note = credited(first)
    first.state = "failed"
    first.save()
    assert credited(refunded(invoice.checkout, 400, subject="thing:1")) == note
    assert books_hold()


def test_what_was_never_invoiced_is_not_credited() -> None:
    assert credited(refunded(paid(), 400)) is None
    assert not Invoice.objects.exists()


def test_lines_that_are_not_the_total_are_refused() -> None:
    with pytest.raises(ValueError, match="not its total"):
        invoicing.issue_invoice(checkout=paid(1000), lines=[line(999)])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_invoice SET tax_note = 'other'",
        "DELETE FROM payments_invoice",
        "TRUNCATE payments_invoice CASCADE",
        "UPDATE payments_invoicecounter SET last = 7",
        "UPDATE payments_invoicecounter SET last = last + 1, year = 2000",
        "DELETE FROM payments_invoicecounter",
        "TRUNCATE payments_invoicecounter",
        "INSERT INTO payments_invoicecounter (series, year, last) VALUES ('X', 2026, 5)",
    ],
)
def test_the_database_refuses_to_change_what_went_out(statement: str) -> None:
    invoiced()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"invoice_(frozen|counter)"), transaction.atomic():
            cursor.execute(statement)


def copied(invoice: Invoice, **other: Any) -> Invoice:
    """The same once more, as a hand in the database would write it."""
    facts = {field.attname: getattr(invoice, field.attname) for field in Invoice._meta.concrete_fields}
    for name in ("id", "public_id"):
        del facts[name]
    next_one = {"sequence": invoice.sequence + 1, "number": f"{invoice.number}x"}
    return Invoice(**{**facts, **next_one, **other})


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({}, "invoice_numbered"),
        ({"sequence": 9}, "invoice_numbered"),
        ({"counted": True}, "one_invoice_per_checkout"),
        ({"counted": True, "net": 999, "total": 999}, "invoice_adds_up"),
        ({"counted": True, "lines": []}, "invoice_adds_up"),
        ({"counted": True, "tax": 1}, "invoice_totals"),
        ({"counted": True, "kind": "credit_note"}, "credit_note_within_invoice"),
        ({"counted": True, "kind": "receipt"}, "invoice_kind_known"),
        ({"counted": True, "number": "LH-2026-000001"}, "number"),
    ],
)
def test_the_database_refuses_what_is_no_invoice(other: dict[str, Any], refusal: str) -> None:
    with travel("2026-03-04T05:06:07Z"):
        invoice = invoiced()
    if other.pop("counted", False):
        InvoiceCounter.objects.update(last=2)
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        copied(invoice, **other).save()


def test_no_more_is_credited_than_was_invoiced() -> None:
    invoice = invoiced()
    note = credited(refunded(invoice.checkout, 700))
    assert note is not None
    InvoiceCounter.objects.filter(series="LH-C").update(last=2)
    with pytest.raises(IntegrityError, match="credit_note_within_invoice"), transaction.atomic():
        copied(note, subject="other").save()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_of_which_some_fail_leave_no_gap_and_no_double() -> None:
    checkouts = [paid(1000 + number) for number in range(20)]

    def issue(place: int) -> str:
        try:
            with transaction.atomic():
                number = invoiced(checkouts[place]).number
                if place % 4 == 0:
                    raise ZeroDivisionError
                return number
        except ZeroDivisionError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        numbers = [number for number in pool.map(issue, range(20)) if number]
    assert len(numbers) == 15
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 16))
    assert sorted(numbers) == sorted(Invoice.objects.values_list("number", flat=True))
    assert InvoiceCounter.objects.get().last == 15
    assert books_hold()


@pytest.mark.django_db(transaction=True)
def test_one_payment_invoiced_at_once_has_one_invoice() -> None:
    checkout = paid()

    def issue(_place: int) -> str:
        try:
            return invoiced(checkout).number
        except IntegrityError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = {number for number in pool.map(issue, range(8)) if number}
    assert numbers == {Invoice.objects.get().number}
    assert books_hold()


def test_ten_thousand_things_are_folded_and_the_sum_stays() -> None:
    checkout = paid(sum(range(1, 10_001)))
    lines = [line(amount, text=f"Image {amount}") for amount in range(1, 10_001)]
    invoice = invoicing.issue_invoice(checkout=checkout, lines=lines)
    assert len(invoice.lines) <= MOST_LINES
    assert (invoice.lines[0]["text"], invoice.lines[0]["unit_amount"]) == ("10000 items", None)
    assert sum(each["amount"] for each in invoice.lines) == invoice.total == checkout.amount


@pytest.fixture
def clerk() -> User:
    found: User = UserFactory()
    return found


def test_billing_details_are_printed_on_later_invoices_alone(clerk: User) -> None:
    organization = OrganizationFactory()
    before = invoiced(paid(organization=organization))
    invoicing.set_billing_details(
        actor=clerk,
        organization=organization,
        name="  Acme\tGmbH ",
        address="Hauptstr. 1\r\n\r\n 10115  Berlin \n",
        country="Germany",
        vat_id="de 123456789",
    )
    after = invoiced(paid(organization=organization))
    before.refresh_from_db()
    assert before.buyer["name"] == organization.name
    assert after.buyer == {
        "name": "Acme GmbH",
        "address": ["Hauptstr. 1", "10115 Berlin"],
        "country": "Germany",
        "vat_id": "DE 123456789",
    }
    assert AuditEntry.objects.filter(verb="billing.changed", actor_id=clerk.pk).count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "Acme", "address": "\n".join("abcdef")}, "address"),
        ({"name": "Acme", "address": "x" * 101}, "address"),
        ({"name": "Acme", "vat_id": "none"}, "vat_id"),
        ({"name": "Acme", "vat_id": "<script>1"}, "vat_id"),
    ],
)
def test_what_cannot_be_printed_is_refused(clerk: User, given: dict[str, str], field: str) -> None:
    organization = OrganizationFactory()
    with pytest.raises(Invalid) as refusal:
        invoicing.set_billing_details(actor=clerk, organization=organization, **given)
    assert refusal.value.field == field
    assert invoicing.billing_details(organization).pk is None


def hand(statement: str) -> Callable[[], None]:
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET session_replication_role = DEFAULT")

    return change


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DELETE FROM payments_invoice WHERE kind = 'credit_note'", "Every refund and lost dispute of what"),
        ("UPDATE payments_refund SET amount = 5", "Every refund and lost dispute of what"),
        ("DELETE FROM payments_invoice WHERE sequence = 1", "Invoices and credit notes are numbered without a gap"),
        ("DELETE FROM payments_invoice WHERE sequence = 2", "Invoices and credit notes are numbered without a gap"),
        ("DELETE FROM payments_invoicecounter", "Invoices and credit notes are numbered without a gap"),
        ("UPDATE payments_invoice SET net = 1, total = 1", "Lines, tax and total of every invoice add up"),
        ("DROP TRIGGER invoice_frozen ON payments_invoice", "The rules of the ledger are in force"),
    ],
)
def test_a_broken_invariant_is_named(statement: str, name: str) -> None:
    invoice = invoiced()
    invoiced()
    credited(refunded(invoice.checkout, 400))
    assert books_hold()
    hand(statement)()
    assert any(finding.name.startswith(name) for finding in invariants.check() if not finding.holds)
