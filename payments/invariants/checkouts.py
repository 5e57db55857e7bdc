"""Of what buyers paid and got back."""

from payments.invariants.shape import Invariant

CHECKOUTS = (
    Invariant(
        "Every paid checkout is in the ledger with its amount",
        """
        SELECT checkout.public_id, checkout.currency, checkout.amount, coalesce(-sum(entry.amount), 0) AS posted
        FROM payments_checkout checkout
        LEFT JOIN payments_ledgertransaction fact
            ON fact.reference = checkout.purpose || ':' || checkout.reference AND fact.currency = checkout.currency
        LEFT JOIN payments_ledgeraccount account ON account.kind = 'clearing' AND account.currency = checkout.currency
        LEFT JOIN payments_ledgerentry entry
            ON entry.transaction_id = fact.id AND entry.account_id = account.id AND entry.part = 'charge'
        WHERE checkout.state = 'paid'
        GROUP BY checkout.id HAVING coalesce(-sum(entry.amount), 0) <> checkout.amount
        """,
    ),
    Invariant(
        "No more is refunded than was paid",
        """
        SELECT checkout.public_id, checkout.state, checkout.currency, checkout.amount, sum(refund.amount) AS refunded
        FROM payments_checkout checkout JOIN payments_refund refund
            ON refund.checkout_id = checkout.id AND refund.state <> 'failed'
        GROUP BY checkout.id HAVING checkout.state <> 'paid' OR sum(refund.amount) > checkout.amount
            OR count(*) FILTER (WHERE refund.currency <> checkout.currency) > 0
        """,
    ),
    Invariant(
        "Every refund that Stripe took on is in the ledger once, with its amount",
        """
        SELECT refund.public_id, refund.state, refund.currency, refund.amount, coalesce(sum(entry.amount), 0) AS posted
        FROM payments_refund refund
        LEFT JOIN payments_ledgertransaction fact ON fact.key = 'refund:' || refund.public_id
        LEFT JOIN payments_ledgeraccount account ON account.kind = 'clearing' AND account.currency = refund.currency
        LEFT JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id AND entry.account_id = account.id
        GROUP BY refund.id
        HAVING coalesce(sum(entry.amount), 0) <> CASE WHEN refund.booked_at IS NULL THEN 0 ELSE refund.amount END
        """,
    ),
    Invariant(
        "Each payment is its commission, shares, tax and fees, what is kept for the buyer, and its refunds",
        """
        SELECT checkout.public_id, checkout.currency, checkout.amount, books.explained, refunds.returned
        FROM payments_checkout checkout
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(entry.amount), 0) AS explained
            FROM payments_ledgertransaction fact
            JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id
            JOIN payments_ledgeraccount account ON account.id = entry.account_id
                AND account.kind NOT IN ('clearing', 'dispute_hold')
            WHERE fact.reference = checkout.purpose || ':' || checkout.reference
                AND fact.currency = checkout.currency
                AND fact.kind IN ('sale', 'funding', 'owed_back', 'refund', 'refund_failed', 'dispute_lost')
        ) books
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS returned FROM payments_refund
            WHERE checkout_id = checkout.id AND booked_at IS NOT NULL AND state <> 'failed'
        ) refunds
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(taken), 0) AS lost FROM payments_dispute WHERE checkout_id = checkout.id
        ) disputes
        WHERE checkout.state = 'paid' AND books.explained + refunds.returned + disputes.lost <> checkout.amount
        """,
    ),
)
