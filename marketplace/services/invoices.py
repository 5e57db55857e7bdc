"""What an order's invoice and credit notes list: the goods, their licences, and of each producer the pseudonym."""

from collections.abc import Sequence

from marketplace.models import Order, OrderLine, RefundLine
from marketplace.services.paid import paid_checkout
from payments import invoicing
from payments.registry import TakenBack
from payments.rules.invoice_lines import InvoiceLine, single


def invoice_order(order: Order, lines: Sequence[OrderLine]) -> None:
    """Where nothing was paid there is nothing to invoice."""
    checkout = paid_checkout(order)
    if checkout is not None:
        invoicing.issue_invoice(checkout=checkout, lines=[_invoiced(line, line.price_minor) for line in lines])


def credit_refund(refund: TakenBack, taken: Sequence[RefundLine]) -> None:
    invoicing.issue_credit_note(taken=refund, lines=[_invoiced(row.line, row.amount_minor) for row in taken])


def _invoiced(line: OrderLine, amount: int) -> InvoiceLine:
    return single(text=line.title, licence=line.license.title, producer=line.seller.pseudonym, amount=amount)
