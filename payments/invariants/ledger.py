"""Of the ledger itself."""

from payments.invariants.shape import Invariant

LEDGER = (
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
)
