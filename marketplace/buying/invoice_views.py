"""Invoices, credit notes, and whom they are made out to.

Whoever sees the organisation's money reads them; whoever may buy says what is printed on the next ones.
"""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import Invalid
from core.money import major
from core.pagination import keyset_page
from core.spreadsheet import csv_response, plain_cell
from marketplace.buying.forms import BillingForm
from payments import invoicing
from payments.invoice_pdf import pdf_response
from payments.models.invoices import Invoice

HEADER = (
    *("number", "kind", "issued_at", "corrects", "order", "first_line", "lines", "billed_to"),
    *("currency", "net", "tax_percent", "tax", "total"),
)


@workspace(needs={"GET": Capability.VIEW_MONEY})
def invoices(request: HttpRequest, membership: Membership) -> HttpResponse:
    found = Invoice.objects.for_organization(membership.organization).listed()
    return render(request, "buying/invoices.html", {"page": keyset_page(found, request, order=("-id",), size=25)})


@workspace(needs={"GET": Capability.VIEW_MONEY})
def invoice_pdf(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = Invoice.objects.for_organization(membership.organization).select_related("corrects")
    return pdf_response(access.get(found, public_id=public_id))


@workspace(needs={"GET": Capability.VIEW_MONEY})
def invoices_export(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """All of them as CSV, streamed, the newest first; credit notes below zero."""
    found = Invoice.objects.for_organization(membership.organization).listed().order_by("-pk")
    return csv_response("invoices.csv", HEADER, map(_row, found.iterator(chunk_size=1_000)))


@workspace(needs={"GET": Capability.VIEW_MONEY, "POST": Capability.BUY})
def billing(request: HttpRequest, membership: Membership) -> HttpResponse:
    details = invoicing.billing_details(membership.organization)
    form = BillingForm(request.POST or None, initial=BillingForm.of(details, membership.organization))
    if request.method == "POST" and form.is_valid():
        try:
            invoicing.set_billing_details(
                actor=membership.user, organization=membership.organization, **form.cleaned_data
            )
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Saved. Invoices from now on are made out like this."))
            return redirect("buying:billing", membership.organization.slug)
    return render(request, "buying/billing.html", {"form": form, "details": details})


def _row(invoice: Invoice) -> list[str]:
    net, tax, total = (
        str(major(invoice.sign * amount, invoice.currency)) for amount in (invoice.net, invoice.tax, invoice.total)
    )
    return [
        invoice.number,
        invoice.kind,
        invoice.issued_at.isoformat(),
        invoice.corrected_number or "",
        invoice.subject_id,
        plain_cell(invoice.first_text),
        str(invoice.line_count),
        plain_cell(invoice.buyer["name"]),
        invoice.currency,
        net,
        f"{Decimal(invoice.tax_basis_points) / 100}",
        tax,
        total,
    ]
