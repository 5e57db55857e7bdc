-- Transactions and entries are never changed or removed; a mistake is mended by another transaction.
CREATE FUNCTION payments_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_append_only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_transaction_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER ledger_entry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();

-- An account opens empty, and only its entries move its balance.
CREATE FUNCTION payments_ledger_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.balance = 0 THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'ledger_account_kept_by_entries: % of account % is refused', TG_OP, NEW.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_account_kept_by_entries
    BEFORE INSERT OR UPDATE ON payments_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_account_change();

-- One statement's entries: right currency, no latecomers, balances moved once per account.
-- Accounts are locked in the order of their ids, so that two postings never wait for each other in a circle.
CREATE FUNCTION payments_ledger_apply_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        JOIN payments_ledgeraccount account ON account.id = added.account_id
        JOIN payments_ledgertransaction fact ON fact.id = added.transaction_id
        WHERE added.currency <> account.currency OR added.currency <> fact.currency
    ) THEN
        RAISE EXCEPTION 'ledger_entry_currency: an entry has the currency of its account and transaction'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT FROM payments_ledgertransaction fact
        WHERE fact.id IN (SELECT transaction_id FROM added)
          AND fact.entry_count < (SELECT count(*) FROM payments_ledgerentry entry WHERE entry.transaction_id = fact.id)
    ) THEN
        RAISE EXCEPTION 'ledger_entry_late: the transaction already has all its entries'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM payments_ledgeraccount
        WHERE id IN (SELECT account_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE payments_ledgeraccount account SET balance = balance + change.amount
        FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) change
        WHERE account.id = change.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_applied
    AFTER INSERT ON payments_ledgerentry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_apply_entries();

-- At commit each new transaction has all its entries, and they sum to zero (in its one currency).
CREATE FUNCTION payments_ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    total numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0) INTO entries, total
        FROM payments_ledgerentry WHERE transaction_id = NEW.id;
    IF entries <> NEW.entry_count OR total <> 0 THEN
        RAISE EXCEPTION 'ledger_transaction_balanced: % has % of % entries, which sum to %',
            NEW.key, entries, NEW.entry_count, total
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balanced
    AFTER INSERT ON payments_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_check_transaction();
