"""Of what payees earned and were sent, of disputes and of budgets."""

from payments.invariants.shape import Invariant

PAYEES = (
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
)
