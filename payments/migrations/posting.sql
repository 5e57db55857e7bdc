-- A whole posting in one call, however many entries. A function, so that its plan is made once per connection.
-- Nothing is written when the key is taken (it waits for another writer of the key) or when an account is not open yet.
-- Returns the new transaction, if it was written, and for how many entries an account is open.
CREATE FUNCTION payments_ledger_post(
    kinds text[], owners bigint[], subjects text[], amounts bigint[], parts text[], shard_taken integer,
    new_public_id text, new_created_at timestamptz, new_key text, new_kind text, new_reference text,
    new_currency text, new_fingerprint text
) RETURNS TABLE (fact_id bigint, accounts bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY WITH matched AS MATERIALIZED (
        SELECT leg.amount, leg.part, leg.place, CASE WHEN leg.owner IS NULL THEN (
            SELECT id FROM payments_ledgeraccount account
            WHERE account.kind = leg.kind AND account.organization_id IS NULL AND account.subject = leg.subject
                AND account.currency = new_currency
                AND account.shard = CASE WHEN account.guarded THEN 0 ELSE shard_taken END
        ) ELSE (
            SELECT id FROM payments_ledgeraccount account
            WHERE account.kind = leg.kind AND account.organization_id = leg.owner AND account.subject = leg.subject
                AND account.currency = new_currency AND account.shard = 0
        ) END AS account_id
        FROM unnest(kinds, owners, subjects, amounts, parts)
            WITH ORDINALITY AS leg(kind, owner, subject, amount, part, place)
    ), fact AS (
        INSERT INTO payments_ledgertransaction
            (public_id, created_at, key, kind, reference, currency, entry_count, fingerprint)
        SELECT new_public_id, new_created_at, new_key, new_kind, new_reference, new_currency, cardinality(amounts),
            new_fingerprint
        WHERE (SELECT count(account_id) FROM matched) = cardinality(amounts)
        ON CONFLICT (key) DO NOTHING RETURNING id
    ), entry AS (
        INSERT INTO payments_ledgerentry (transaction_id, account_id, amount, currency, part)
        SELECT fact.id, matched.account_id, matched.amount, new_currency, matched.part
        FROM fact, matched ORDER BY matched.place
    )
    SELECT (SELECT id FROM fact), (SELECT count(account_id) FROM matched);
END $$;

-- Plans are made once per connection, perhaps while the tables are still small: they never read a whole table.
ALTER FUNCTION payments_ledger_post SET enable_seqscan = off;
ALTER FUNCTION payments_ledger_apply_entries SET enable_seqscan = off;
ALTER FUNCTION payments_ledger_check_transaction SET enable_seqscan = off;
