"""Invoices and credit notes of orders over HTTP, paid and refunded in the real sandbox."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from marketplace.models import Order, OrderState
from marketplace.services import orders, refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import administrator, asked, books_hold, bought, buyer, hear_all, placed, work
from marketplace.tests.test_orders import Mails
from payments import invariants
from payments.models import Checkout, Refund
from payments.models.invoices import BillingDetails, Invoice
from payments.tests.invoices import invoiced, paid
from payments.tests.sandbox import Sandbox
from payments.tests.test_refunds import hear, refund_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(client: Client) -> Membership:
    found = buyer()
    client.force_login(found.user)
    return found


def page(name: str, seat: Membership, *ids: str) -> str:
    return reverse(f"buying:{name}", args=[seat.organization.slug, *ids])


def api(seat: Membership, path: str) -> str:
    return f"/api/v1/organizations/{seat.organization.slug}/{path}"


def refund(seat: Membership, order: Order, *lines: str) -> Invoice:
    """Asked for, approved and booked; gives the credit note."""
    refunds.approve(actor=administrator(f"root{Refund.objects.count()}"), request=asked(seat, order, *lines))
    work()
    return Invoice.objects.filter(kind="credit_note").latest("pk")


def rows(client: Client, seat: Membership) -> list[dict[str, str]]:
    text = client.get(page("invoices_export", seat)).getvalue().decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_paid_order_has_its_invoice_on_its_page(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    seller = MembershipFactory(organization__name="Sellerine Laboratories")
    order = bought(sandbox, seat, listed(seller, price=1500), listed(price=500, title="Kitchens"))
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.reference) == (2000, f"order:{order.public_id}")
    assert [(each["text"], each["licence"], each["producer"], each["amount"]) for each in invoice.lines] == [
        (line.title, line.license.title, line.seller.pseudonym, line.price_minor)
        for line in order.lines.order_by("position")
    ]
    assert "Sellerine" not in json.dumps(invoice.lines)
    shown = client.get(page("order", seat, order.public_id)).content.decode()
    assert f"Invoice {invoice.number} (PDF)" in shown
    answer = client.get(page("invoice_pdf", seat, invoice.public_id))
    assert page("invoice_pdf", seat, invoice.public_id) in shown
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    assert books_hold()


def test_hearing_of_a_payment_again_issues_no_second_invoice(seat: Membership, sandbox: Sandbox) -> None:
    bought(sandbox, seat, listed(price=1000))
    hear_all()
    assert Invoice.objects.count() == 1
    assert books_hold()


def test_what_costs_nothing_or_is_not_paid_has_no_invoice(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    order = bought_free(seat)
    placed(seat, listed(price=1000))
    assert order.state == OrderState.PAID
    assert not Invoice.objects.exists()
    assert "(PDF)" not in client.get(page("order", seat, order.public_id)).content.decode()


def bought_free(seat: Membership) -> Order:
    offer = listed(price=0, code="cc0-1.0")
    return orders.place_order(actor=seat.user, organization=seat.organization, offers=[offer], key="free")


def test_each_refund_has_its_credit_note(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    order = bought(sandbox, seat, listed(price=1500), listed(price=500, title="Kitchens"))
    first, second = order.lines.order_by("position")
    notes = [refund(seat, order, second.public_id), refund(seat, order, first.public_id)]
    invoice = Invoice.objects.get(kind="invoice")
    assert [(note.corrects, note.total, note.lines[0]["text"]) for note in notes] == [
        (invoice, 500, "Kitchens"),
        (invoice, 1500, "Street scenes"),
    ]
    shown = client.get(page("order", seat, order.public_id)).content.decode()
    assert all(f"Credit note {note.number} (PDF)" in shown for note in notes)
    hear_all()
    assert Invoice.objects.filter(kind="credit_note").count() == 2
    assert books_hold()


def test_a_refund_made_at_stripe_has_a_credit_note_of_what_it_was_spread_over(
    seat: Membership, sandbox: Sandbox
) -> None:
    bought(sandbox, seat, listed(price=1000), listed(price=1000, title="Kitchens"))
    intent = Checkout.objects.get().payment_intent
    sandbox.client.v1.refunds.create({"payment_intent": intent, "amount": 1200})
    hear_all()
    note = Invoice.objects.get(kind="credit_note")
    assert (note.total, sum(each["amount"] for each in note.lines), len(note.lines)) == (1200, 1200, 2)
    assert books_hold()


def test_money_that_a_bank_sent_back_is_credited_once(seat: Membership, sandbox: Sandbox) -> None:
    order = bought(sandbox, seat, listed(price=1000))
    refunds.approve(actor=administrator(), request=asked(seat, order))
    first = Refund.objects.get()
    hear(refund_event(first, "refund.created"), refund_event(first, "refund.failed", status="failed"))
    note = Invoice.objects.get(kind="credit_note")
    refunds.send_again(actor=administrator("again"), request=order.refund_requests.get())
    work()
    assert [each.booked_at is not None for each in Refund.objects.order_by("pk")] == [True, True]
    assert Invoice.objects.get(kind="credit_note") == note
    assert books_hold()


def test_an_order_that_could_not_be_fulfilled_has_neither(seat: Membership, sandbox: Sandbox) -> None:
    offer = listed(price=1000)
    order, checkout = placed(seat, offer)
    type(offer).objects.filter(pk=offer.pk).update(state="hidden")
    sandbox.pay(str(checkout.session_id))
    hear_all()
    work()
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == (OrderState.FAILED, 1000)
    assert not Invoice.objects.exists()
    assert books_hold()


def test_what_was_sold_before_there_were_invoices_has_none_and_later_sales_must(
    seat: Membership, sandbox: Sandbox
) -> None:
    old = bought(sandbox, seat, listed(price=700))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        cursor.execute("DELETE FROM payments_invoice; DELETE FROM payments_invoicecounter")
        cursor.execute("SET session_replication_role = DEFAULT")
    bought(sandbox, seat, listed(price=900))
    assert books_hold()
    Checkout.objects.filter(reference=old.public_id).update(paid_at=timezone.now())
    broken = [finding.name for finding in invariants.check() if not finding.holds]
    assert broken == ["Every payment for which something was sold has an invoice with its amount"]


def test_buyers_are_told_where_invoice_and_credit_note_are(seat: Membership, sandbox: Sandbox, mails: Mails) -> None:
    bodies = [
        mail.body
        for did in (lambda: bought(sandbox, seat, listed(price=1000)), lambda: refund(seat, Order.objects.get()))
        for mail in mails(did)
        if mail.to == [seat.user.email] and "PDF" in mail.body
    ]
    assert len(bodies) == 2
    assert all(page("invoices", seat) in body for body in bodies)


def test_the_list_pages_and_exports(client: Client, seat: Membership) -> None:
    for number in range(27):
        invoiced(paid(1000 + number, organization=seat.organization))
    first = client.get(page("invoices", seat))
    assert len(first.context["page"].rows) == 25
    second = client.get(page("invoices", seat) + first.context["page"].next_url)
    assert [row.sequence for row in second.context["page"].rows] == [2, 1]
    assert "LH-" in second.content.decode()
    found = rows(client, seat)
    assert len(found) == 27
    assert (found[0]["kind"], found[0]["total"], found[0]["tax_percent"]) == ("invoice", "10.26", "0")


def test_credit_notes_are_below_zero_in_list_and_export(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    order = bought(sandbox, seat, listed(price=1500, title="=SUM(A1)"))
    note = refund(seat, order)
    shown = client.get(page("invoices", seat)).content.decode()
    assert "\N{MINUS SIGN}15.00" in shown
    assert f"Credit for {note.corrected_number}" in shown
    credit, invoice = rows(client, seat)
    assert (credit["total"], credit["corrects"], invoice["total"]) == ("-15.00", invoice["number"], "15.00")
    assert invoice["first_line"] == "'=SUM(A1)"


def test_more_invoices_take_no_more_queries(client: Client, seat: Membership) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page("invoices", seat))
            rows(client, seat)
            client.get(api(seat, "invoices/"))
        return len(queries)

    invoiced(paid(organization=seat.organization))
    count()  # the first visit also writes to the session
    few = count()
    for _ in range(12):
        invoiced(paid(organization=seat.organization))
    assert count() == few


def test_nothing_bought_yet_says_what_belongs_here(client: Client, seat: Membership) -> None:
    shown = client.get(page("invoices", seat)).content.decode()
    assert "No invoice yet" in shown
    assert page("billing", seat) in shown
    assert page("invoices", seat) in client.get(page("purchases", seat)).content.decode()


def test_billing_details_are_set_on_their_page(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    address = page("billing", seat)
    assert address in client.get(reverse("accounts:settings", args=[seat.organization.slug])).content.decode()
    assert f'value="{seat.organization.name}"' in client.get(address).content.decode()
    given = {"name": "Acme GmbH", "address": "Hauptstr. 1\n10115 Berlin", "country": "Germany", "vat_id": "DE123456789"}
    assert client.post(address, given).status_code == 302
    bought(sandbox, seat, listed(price=1000))
    assert Invoice.objects.get().buyer == {**given, "address": ["Hauptstr. 1", "10115 Berlin"]}
    refused = client.post(address, {**given, "vat_id": "none", "name": "Other"}).content.decode()
    assert "no VAT or tax number" in refused
    assert 'value="Other"' in refused
    assert BillingDetails.objects.get().name == "Acme GmbH"


ADDRESSES = ("invoices/", "invoices/export/", "invoices/{id}/pdf/", "settings/billing/")


def statuses(seat: Membership, invoice: Invoice) -> set[int]:
    client = Client()
    client.force_login(seat.user)
    slug = invoice.organization.slug
    pages = [f"/o/{slug}/{path}" for path in ADDRESSES]
    programs = [f"/api/v1/organizations/{slug}/{path}" for path in ("invoices/", "invoices/{id}/", "billing/")]
    found = {client.get(path.format(id=invoice.public_id)).status_code for path in pages + programs}
    posted = client.post(f"/o/{slug}/settings/billing/", {"name": "Mine"}).status_code
    return found | {posted, client.put(programs[-1], {"name": "Mine"}, content_type="application/json").status_code}


def test_strangers_get_404_and_roles_without_money_403(seat: Membership) -> None:
    invoice = invoiced(paid(organization=seat.organization))
    assert statuses(MembershipFactory(), invoice) == {404}
    for role in (Role.VIEWER, Role.EDITOR):
        assert statuses(MembershipFactory(organization=seat.organization, role=role), invoice) == {403}
    assert statuses(MembershipFactory(organization=seat.organization, role=Role.FINANCE), invoice) == {200, 302}


def test_another_buyers_invoice_is_not_found_under_ones_own_name(client: Client, seat: Membership) -> None:
    other = invoiced(paid())
    assert client.get(page("invoice_pdf", seat, other.public_id)).status_code == 404
    assert client.get(api(seat, f"invoices/{other.public_id}/")).status_code == 404


def test_programs_read_and_fetch_invoices(client: Client, seat: Membership, sandbox: Sandbox) -> None:
    order = bought(sandbox, seat, listed(price=1500))
    note = refund(seat, order)
    credit, invoice = client.get(api(seat, "invoices/")).json()["results"]
    assert (credit["kind"], credit["corrects"], credit["total_minor"]) == ("credit_note", invoice["number"], 1500)
    assert (invoice["order"], invoice["corrects"], "lines" in invoice) == (order.public_id, None, False)
    whole = client.get(api(seat, f"invoices/{note.public_id}/")).json()
    assert [(each["text"], each["quantity"], each["amount_minor"]) for each in whole["lines"]] == [
        ("Street scenes", 1, 1500)
    ]
    pdf = client.get(api(seat, f"invoices/{note.public_id}/pdf/"), headers={"Accept": "application/pdf"})
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    missing = client.get(api(seat, "invoices/nothing/pdf/"), headers={"Accept": "application/pdf"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"address": ["x"] * 6}, "address"),
        ({"address": "one line"}, "address"),
        ({"vat_id": "none"}, "vat_id"),
        ({"country": "x" * 61}, "country"),
    ],
)
def test_programs_set_billing_details(client: Client, seat: Membership, wrong: dict[str, Any], field: str) -> None:
    address = api(seat, "billing/")
    assert client.get(address).json() == {"name": "", "address": [], "country": "", "vat_id": ""}
    given: dict[str, Any] = {"name": "Acme", "address": ["Hauptstr. 1"], "country": "Germany", "vat_id": "DE123456789"}
    for _twice in range(2):
        assert client.put(address, given, content_type="application/json").json() == given
    refused = client.put(address, {**given, **wrong}, content_type="application/json")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, [field])
    assert client.get(address).json() == given


def test_support_finds_and_reads_invoices(client: Client) -> None:
    client.force_login(administrator())
    invoice = invoiced()
    base = "/admin/payments/invoice/"
    for asked_for in (invoice.number, invoice.reference, invoice.organization.name):
        assert invoice.number in client.get(base, {"q": asked_for}).content.decode()
    assert invoice.number not in client.get(base, {"q": "LH-1999-000001"}).content.decode()
    shown = client.get(f"{base}{invoice.pk}/change/").content.decode()
    assert "Street scenes" in shown
    assert client.get(f"{base}{invoice.pk}/pdf/").content[:5] == b"%PDF-"
    assert client.get(f"{base}add/").status_code == 403
    assert client.post(f"{base}{invoice.pk}/delete/", {"post": "yes"}).status_code == 403
    client.force_login(buyer().user)
    assert client.get(f"{base}{invoice.pk}/pdf/").status_code in {302, 403}
