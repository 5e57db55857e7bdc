"""Of invoices and credit notes."""

from payments.invariants.shape import Invariant

INVOICES = (
    # What was paid before the first invoice of all, when there were none yet, has none.
    Invariant(
        "Every payment for which something was sold has an invoice with its amount",
        """
        SELECT checkout.public_id, checkout.currency, checkout.amount, invoice.number, invoice.total
        FROM payments_checkout checkout
        JOIN payments_ledgertransaction fact
            ON fact.reference = checkout.purpose || ':' || checkout.reference AND fact.kind = 'sale'
        LEFT JOIN payments_invoice invoice ON invoice.checkout_id = checkout.id AND invoice.kind = 'invoice'
        WHERE checkout.state = 'paid'
            AND (checkout.amount, checkout.currency, checkout.organization_id)
                IS DISTINCT FROM (invoice.total, invoice.currency, invoice.organization_id)
            AND checkout.paid_at >= (
                SELECT min(paid_at) FROM payments_checkout
                WHERE id IN (SELECT checkout_id FROM payments_invoice)
            )
        """,
    ),
    Invariant(
        "Every refund and lost dispute of what was invoiced has a credit note with its amount",
        """
        SELECT back.subject, back.currency, back.amount, note.number, note.total FROM (
            SELECT checkout_id, subject, currency, amount FROM payments_refund WHERE booked_at IS NOT NULL
            UNION ALL
            SELECT checkout_id, 'dispute:' || public_id, currency, taken FROM payments_dispute WHERE taken > 0
        ) back
        JOIN payments_invoice invoice ON invoice.checkout_id = back.checkout_id AND invoice.kind = 'invoice'
        LEFT JOIN payments_invoice note ON note.corrects_id = invoice.id AND note.subject = back.subject
        WHERE (back.amount, back.currency) IS DISTINCT FROM (note.total, note.currency)
        """,
    ),
    Invariant(
        "Invoices and credit notes are numbered without a gap, as their counter says",
        """
        SELECT coalesce(counter.series, invoice.series) AS series, coalesce(counter.year, invoice.year) AS year,
            counter.last, count(invoice.id) AS issued, min(invoice.sequence) AS first, max(invoice.sequence) AS newest
        FROM payments_invoicecounter counter
        FULL JOIN payments_invoice invoice ON invoice.series = counter.series AND invoice.year = counter.year
        GROUP BY counter.series, counter.year, counter.last, invoice.series, invoice.year
        HAVING counter.last IS DISTINCT FROM count(invoice.id)
            OR counter.last IS DISTINCT FROM coalesce(max(invoice.sequence), 0)
        """,
    ),
    Invariant(
        "Lines, tax and total of every invoice add up, and no more is credited than was invoiced",
        """
        SELECT invoice.number, invoice.net, invoice.tax, invoice.total, parts.lines, parts.credited
        FROM payments_invoice invoice
        CROSS JOIN LATERAL (
            SELECT
                (SELECT sum((line ->> 'amount')::bigint) FROM jsonb_array_elements(invoice.lines) AS l(line)) AS lines,
                (SELECT coalesce(sum(total), 0) FROM payments_invoice WHERE corrects_id = invoice.id) AS credited
        ) parts
        WHERE parts.lines IS DISTINCT FROM invoice.net OR invoice.net + invoice.tax <> invoice.total
            OR parts.credited > invoice.total
        """,
    ),
)
