"""Issuing invoices and credit notes, and whom they are made out to.

The platform sells in its own name, so the invoice is its own: the buyer reads nothing of a producer but the pseudonym.
A document is written in the transaction that books the payment or the refund, and its number is taken there too: when
the transaction is undone, the number was never given out. Take it late, since it is one at a time until the commit.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Invalid
from payments.models import Checkout
from payments.models.invoices import BillingDetails, Invoice, InvoiceCounter, InvoiceKind
from payments.registry import TakenBack
from payments.rules.billing import (
    LONGEST_ADDRESS_LINE,
    MOST_ADDRESS_LINES,
    address_fits,
    address_lines,
    is_vat_id,
    one_line,
)
from payments.rules.invoice_lines import InvoiceLine, folded

audit.phrases(
    {
        "invoice.issued": _l("issued the invoice {number}"),
        "credit_note.issued": _l("issued the credit note {number}"),
        "billing.changed": _l("changed the billing details"),
    }
)

Party = dict[str, Any]


def issue_invoice(*, checkout: Checkout, lines: Sequence[InvoiceLine]) -> Invoice:
    """The invoice of a payment, for the whole of it. Asking again gives the same one."""
    issued = Invoice.objects.filter(checkout=checkout, kind=InvoiceKind.INVOICE).first()
    return issued or _issue(
        Invoice(
            kind=InvoiceKind.INVOICE,
            organization=checkout.organization,
            checkout=checkout,
            reference=checkout.ledger_reference,
            currency=checkout.currency,
            total=checkout.amount,
            tax_note=settings.TAX_NOTE,
            buyer=billed_to(checkout.organization),
            seller=settings.INVOICE_SELLER,
        ),
        series=settings.INVOICE_SERIES,
        lines=lines,
    )


def issue_credit_note(*, taken: TakenBack, lines: Sequence[InvoiceLine]) -> Invoice | None:
    """The credit note of a refund or a lost dispute, in the words of the invoice that it corrects.

    None when there is no invoice.

    One for each subject: money that a bank sent back, and that is returned anew, was already credited.
    """
    corrected = Invoice.objects.filter(checkout=taken.checkout, kind=InvoiceKind.INVOICE).first()
    if corrected is None:
        return None
    issued = corrected.credit_notes.filter(subject=taken.subject).first()
    return issued or _issue(
        Invoice(
            kind=InvoiceKind.CREDIT_NOTE,
            organization=corrected.organization,
            checkout=taken.checkout,
            reference=corrected.reference,
            corrects=corrected,
            subject=taken.subject,
            currency=taken.currency,
            total=taken.amount,
            tax_note=corrected.tax_note,
            buyer=corrected.buyer,
            seller=corrected.seller,
        ),
        series=f"{settings.INVOICE_SERIES}-C",
        lines=lines,
    )


def billed_to(organization: Organization) -> Party:
    """Whom an invoice of today is made out to: the organisation by its name, unless it said otherwise."""
    details = billing_details(organization)
    return {
        "name": details.name or organization.name,
        "address": details.address,
        "country": details.country,
        "vat_id": details.vat_id,
    }


def billing_details(organization: Organization) -> BillingDetails:
    """What was set, or empty details that are not stored."""
    found = BillingDetails.objects.filter(organization=organization).first()
    return found or BillingDetails(organization=organization)


def set_billing_details(
    *, actor: User, organization: Organization, name: str, address: str = "", country: str = "", vat_id: str = ""
) -> BillingDetails:
    """What later invoices are made out to; those that went out stay as they are. `address` has a line per line."""
    given = {
        "name": one_line(name),
        "address": address_lines(address),
        "country": one_line(country),
        "vat_id": one_line(vat_id).upper(),
    }
    _check_details(given)
    with transaction.atomic():
        details, _made = BillingDetails.objects.update_or_create(organization=organization, defaults=given)
        audit.record(actor=actor, organization=organization, verb="billing.changed", subject=details)
    return details


def _check_details(given: Party) -> None:
    if not given["name"]:
        raise Invalid(_("Give the name that invoices are made out to."), field="name")
    if not address_fits(given["address"]):
        limits = {"lines": MOST_ADDRESS_LINES, "signs": LONGEST_ADDRESS_LINE}
        message = _("An address has at most %(lines)d lines of %(signs)d characters.") % limits
        raise Invalid(message, field="address")
    if given["vat_id"] and not is_vat_id(given["vat_id"]):
        message = _("That is no VAT or tax number. Write it as on your own invoices, such as DE123456789.")
        raise Invalid(message, field="vat_id")


def _issue(invoice: Invoice, *, series: str, lines: Sequence[InvoiceLine]) -> Invoice:
    """Number it and write it. No tax is charged yet, so the net amount is the whole."""
    if sum(line.amount for line in lines) != invoice.total:
        raise ValueError(f"{invoice.reference}: the lines of the {invoice.kind} are not its total")
    shown = folded(lines, many=_("%d items"), rest=_("%d further items"))
    invoice.lines = [asdict(line) for line in shown]
    invoice.net, invoice.tax, invoice.tax_basis_points = invoice.total, 0, 0
    with transaction.atomic():
        _number(invoice, series, timezone.now())
        invoice.save(force_insert=True)
        facts = {"number": invoice.number, "total": invoice.total, "currency": invoice.currency}
        audit.record(
            actor=None,
            organization=invoice.organization,
            verb=f"{invoice.kind}.issued",
            subject=invoice,
            data=facts,
        )
    return invoice


def _number(invoice: Invoice, series: str, now: datetime) -> None:
    """Take the next number; whoever wants the one after waits until this one is certain."""
    InvoiceCounter.objects.bulk_create([InvoiceCounter(series=series, year=now.year)], ignore_conflicts=True)
    counter = InvoiceCounter.objects.select_for_update().get(series=series, year=now.year)
    counter.last += 1
    counter.save(update_fields=["last"])
    invoice.series, invoice.year, invoice.sequence = series, now.year, counter.last
    invoice.number = f"{series}-{now.year}-{counter.last:06}"
    invoice.issued_at = now
