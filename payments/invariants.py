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


INVARIANTS = (
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
            JOIN payments_ledgeraccount account ON account.id = entry.account_id AND account.kind <> 'clearing'
            WHERE fact.reference = checkout.purpose || ':' || checkout.reference
                AND fact.currency = checkout.currency
                AND fact.kind IN ('sale', 'owed_back', 'refund', 'refund_failed')
        ) books
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS returned FROM payments_refund
            WHERE checkout_id = checkout.id AND booked_at IS NOT NULL AND state <> 'failed'
        ) refunds
        WHERE checkout.state = 'paid' AND books.explained + refunds.returned <> checkout.amount
        """,
    ),
    Invariant(
        "The rules of the ledger are in force",
        """
        SELECT wanted.name AS missing FROM unnest(ARRAY[
            'ledger_transaction_append_only', 'ledger_entry_append_only', 'ledger_account_opens_empty',
            'ledger_account_kept_by_entries', 'ledger_account_stays', 'ledger_entry_applied',
            'ledger_transaction_balanced', 'refund_within_payment', 'refund_frozen'
        ]) AS wanted(name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted.name AND tgenabled IN ('O', 'A'))
        """,
    ),
)


def check() -> list[Finding]:
    return [Finding(invariant.name, _rows(invariant.offenders)) for invariant in INVARIANTS]


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) offenders LIMIT {SHOWN}")  # noqa: S608  (the queries above, no input)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
