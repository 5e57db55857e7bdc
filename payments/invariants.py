"""What must always be true of the books, each as a query for the rows that break it.

The database refuses most of this at the door (migration 0002); asking again catches a restored
backup, a disabled trigger, a hand in the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

SHOWN = 20


@dataclass(frozen=True)
class Invariant:
    name: str
    offenders: str


@dataclass(frozen=True)
class Finding:
    """An invariant and the first rows that break it, as (column, value) pairs."""

    name: str
    rows: Sequence[dict[str, Any]]

    @property
    def holds(self) -> bool:
        return not self.rows


INVARIANTS = [
    Invariant(
        "Every transaction sums to zero in each currency",
        """
        SELECT fact.key, entry.currency, sum(entry.amount) AS sum
        FROM payments_ledgerentry entry JOIN payments_ledgertransaction fact ON fact.id = entry.transaction_id
        GROUP BY fact.key, entry.currency HAVING sum(entry.amount) <> 0
        """,
    ),
    Invariant(
        "Every transaction has all its entries, two at least",
        """
        SELECT fact.key, fact.entry_count AS announced, count(entry.id) AS found
        FROM payments_ledgertransaction fact LEFT JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id
        GROUP BY fact.id HAVING count(entry.id) <> fact.entry_count OR count(entry.id) < 2
        """,
    ),
    Invariant(
        "Every balance is the sum of its entries",
        """
        SELECT account.id, account.kind, account.currency, account.balance, coalesce(sum(entry.amount), 0) AS sum
        FROM payments_ledgeraccount account LEFT JOIN payments_ledgerentry entry ON entry.account_id = account.id
        GROUP BY account.id HAVING account.balance <> coalesce(sum(entry.amount), 0)
        """,
    ),
    Invariant(
        "No guarded account is overdrawn",
        "SELECT id, kind, currency, balance FROM payments_ledgeraccount WHERE guarded AND balance * side < 0",
    ),
    Invariant(
        "Every entry is of an account and a transaction in its currency",
        """
        SELECT entry.id, entry.currency, account.currency AS account, fact.currency AS transaction
        FROM payments_ledgerentry entry
        LEFT JOIN payments_ledgeraccount account ON account.id = entry.account_id
        LEFT JOIN payments_ledgertransaction fact ON fact.id = entry.transaction_id
        WHERE entry.currency IS DISTINCT FROM account.currency OR entry.currency IS DISTINCT FROM fact.currency
        """,
    ),
    Invariant(
        "Nothing is left on a rounding account",
        """
        SELECT currency, sum(balance) AS balance FROM payments_ledgeraccount
        WHERE kind = 'rounding' GROUP BY currency HAVING sum(balance) <> 0
        """,
    ),
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
    Invariant(
        "What is held for a payee is what is left of their held earnings",
        """
        SELECT organization_id, currency, sum(held) AS held, sum(earned) AS earnings FROM (
            SELECT organization_id, currency, balance AS held, 0 AS earned FROM payments_ledgeraccount
            WHERE kind = 'payable_held'
            UNION ALL
            SELECT organization_id, currency, 0, amount - taken FROM payments_earning WHERE released_at IS NULL
        ) both_sides GROUP BY organization_id, currency HAVING sum(held) <> sum(earned)
        """,
    ),
    Invariant(
        "What is on its way to a payee is what their unsettled transfers send",
        """
        SELECT organization_id, currency, sum(booked) AS booked, sum(sending) AS transfers FROM (
            SELECT organization_id, currency, balance AS booked, 0 AS sending FROM payments_ledgeraccount
            WHERE kind = 'payable_in_transit'
            UNION ALL
            SELECT payee.organization_id, transfer.currency, 0, transfer.amount
            FROM payments_transfer transfer JOIN payments_payee payee ON payee.id = transfer.payee_id
            WHERE transfer.state IN ('pending', 'sent', 'unknown')
        ) both_sides GROUP BY organization_id, currency HAVING sum(booked) <> sum(sending)
        """,
    ),
    Invariant(
        "Every transfer and reversal that Stripe made is in the ledger once, with its amount",
        """
        SELECT sent.name, sent.currency, sent.amount, coalesce(sum(entry.amount), 0) AS posted FROM (
            SELECT 'transfer-sent:' || public_id AS name, currency, amount, state FROM payments_transfer
            UNION ALL
            SELECT 'reversal:' || public_id, currency, -amount, state FROM payments_reversal
        ) sent
        LEFT JOIN payments_ledgertransaction fact ON fact.key = sent.name
        LEFT JOIN payments_ledgerentry entry ON entry.transaction_id = fact.id
            AND entry.account_id IN (SELECT id FROM payments_ledgeraccount WHERE kind = 'clearing')
        GROUP BY sent.name, sent.currency, sent.amount, sent.state
        HAVING coalesce(sum(entry.amount), 0) <> CASE WHEN sent.state = 'succeeded' THEN sent.amount ELSE 0 END
        """,
    ),
    Invariant(
        "No more of a transfer is taken back than it sent",
        """
        SELECT transfer.public_id, transfer.state, transfer.amount, sum(reversal.amount) AS taken_back
        FROM payments_transfer transfer JOIN payments_reversal reversal
            ON reversal.transfer_id = transfer.id AND reversal.state <> 'failed'
        GROUP BY transfer.id HAVING transfer.state <> 'succeeded' OR sum(reversal.amount) > transfer.amount
        """,
    ),
    Invariant(
        "No payee was sent more than what was released to them",
        """
        SELECT payee.organization_id, sent.currency, sent.amount, coalesce(earned.amount, 0) AS released
        FROM payments_payee payee
        CROSS JOIN LATERAL (
            SELECT currency, sum(amount) AS amount FROM payments_transfer
            WHERE payee_id = payee.id AND state = 'succeeded' GROUP BY currency
        ) sent
        LEFT JOIN LATERAL (
            SELECT sum(entry.amount) AS amount FROM payments_ledgerentry entry
            JOIN payments_ledgeraccount account ON account.id = entry.account_id
                AND account.organization_id = payee.organization_id AND account.kind = 'payable_available'
            WHERE entry.currency = sent.currency AND entry.amount > 0
        ) earned ON true
        WHERE sent.amount > coalesce(earned.amount, 0)
        """,
    ),
    Invariant(
        "What disputes hold is what Stripe withdrew for those that are undecided",
        """
        SELECT currency, sum(held) AS held, sum(withdrawn) AS withdrawn FROM (
            SELECT currency, -balance AS held, 0 AS withdrawn FROM payments_ledgeraccount WHERE kind = 'dispute_hold'
            UNION ALL
            SELECT currency, 0, withdrawn - reinstated FROM payments_dispute WHERE booked_at IS NULL
        ) both_sides GROUP BY currency HAVING sum(held) <> sum(withdrawn)
        """,
    ),
    Invariant(
        "What is reserved of a budget is what its open reservations have left",
        """
        SELECT subject, currency, sum(reserved) AS reserved, sum(promised) AS promised FROM (
            SELECT subject, currency, balance AS reserved, 0 AS promised FROM payments_ledgeraccount
            WHERE kind = 'escrow_reserved'
            UNION ALL
            SELECT 'budget:' || budget.public_id, budget.currency, 0, reservation.amount - reservation.spent
            FROM payments_reservation reservation JOIN payments_budget budget ON budget.id = reservation.budget_id
            WHERE reservation.released_at IS NULL
        ) both_sides GROUP BY subject, currency HAVING sum(reserved) <> sum(promised)
        """,
    ),
    Invariant(
        "The rules of the ledger are in force",
        """
        SELECT wanted.name AS missing FROM unnest(ARRAY[
            'ledger_transaction_append_only', 'ledger_entry_append_only', 'ledger_account_opens_empty',
            'ledger_account_kept_by_entries', 'ledger_account_stays', 'ledger_entry_applied',
            'ledger_transaction_balanced', 'refund_within_payment', 'refund_frozen', 'transfer_frozen',
            'transfer_ended', 'reversal_frozen', 'reversal_ended', 'reversal_within_transfer',
            'invoice_frozen', 'invoice_adds_up',
            'invoice_counter_opens_at_zero', 'invoice_counter_counts', 'invoice_counter_stays'
        ]) AS wanted(name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted.name AND tgenabled IN ('O', 'A'))
        """,
    ),
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
]


def declare(*invariants: Invariant) -> None:
    """Apps above payments add what must hold between the books and their goods."""
    INVARIANTS.extend(invariants)


def check() -> list[Finding]:
    return [Finding(invariant.name, _rows(invariant.offenders)) for invariant in INVARIANTS]


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) offenders LIMIT {SHOWN}")  # noqa: S608  (the queries above, no input)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
