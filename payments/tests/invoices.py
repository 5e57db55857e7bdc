"""Payments and refunds to write invoices of."""

import secrets
from collections.abc import Sequence

from django.utils import timezone

from accounts.models import Organization
from payments import invoicing, refunding
from payments.models import Checkout, Refund
from payments.models.invoices import Invoice
from payments.rules.invoice_lines import InvoiceLine, single
from payments.tests.factories import CheckoutFactory


def paid(amount: int = 1000, organization: Organization | None = None, currency: str = "EUR") -> Checkout:
    owner = {"organization": organization} if organization else {}
    checkout: Checkout = CheckoutFactory(
        amount=amount, currency=currency, state="paid", paid_at=timezone.now(), payment_intent="pi_1", **owner
    )
    return checkout


def refunded(checkout: Checkout, amount: int, subject: str = "") -> Refund:
    return Refund.objects.create(
        checkout=checkout,
        subject=subject or f"thing:{secrets.token_hex(6)}",
        amount=amount,
        currency=checkout.currency,
        idempotency_key=secrets.token_hex(),
        reason="Blurred",
        state="succeeded",
        stripe_id=f"re_{secrets.token_hex(8)}",
        booked_at=timezone.now(),
    )


def line(amount: int = 1000, text: str = "Street scenes") -> InvoiceLine:
    return single(text=text, licence="Research use", producer="Quiet Otter", amount=amount)


def invoiced(checkout: Checkout | None = None, *amounts: int) -> Invoice:
    checkout = checkout or paid(sum(amounts) or 1000)
    lines: Sequence[InvoiceLine] = [line(amount) for amount in amounts or (checkout.amount,)]
    return invoicing.issue_invoice(checkout=checkout, lines=lines)


def credited(refund: Refund) -> Invoice | None:
    return invoicing.issue_credit_note(taken=refunding.taken_back(refund), lines=[line(refund.amount)])
