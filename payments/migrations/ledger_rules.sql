CREATE FUNCTION payments_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % on % is refused', TG_NAME, TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- Transactions and entries are never changed or removed; a mistake is mended by another transaction.
CREATE TRIGGER ledger_transaction_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER ledger_entry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();

-- An account opens empty, is never removed, and only the trigger of its entries changes it.
CREATE TRIGGER ledger_account_opens_empty
    BEFORE INSERT ON payments_ledgeraccount
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER ledger_account_kept_by_entries
    BEFORE UPDATE ON payments_ledgeraccount
    FOR EACH STATEMENT WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER ledger_account_stays
    BEFORE DELETE OR TRUNCATE ON payments_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();

-- One statement's entries: no latecomers, the currency of their transaction and account, balances moved once per
-- account. This also keeps the foreign keys: neither side is ever removed, so looking once per statement is enough,
-- and a sale of thousands of entries is not checked row by row.
-- Accounts are locked in the order of their ids, so that two postings never wait for each other in a circle.
CREATE FUNCTION payments_ledger_apply_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given record;
    missing bigint;
    moved bigint;
BEGIN
    FOR given IN
        SELECT transaction_id, min(currency) AS currency, max(currency) AS other FROM added GROUP BY transaction_id
    LOOP
        SELECT entry_count - (SELECT count(*) FROM payments_ledgerentry WHERE transaction_id = given.transaction_id)
            INTO missing FROM payments_ledgertransaction
            WHERE id = given.transaction_id AND currency = given.currency AND currency = given.other;
        IF missing IS NULL THEN
            RAISE EXCEPTION 'ledger_entry_fits: an entry is of a transaction in its currency'
                USING ERRCODE = 'check_violation';
        ELSIF missing < 0 THEN
            RAISE EXCEPTION 'ledger_entry_late: the transaction already has all its entries'
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    PERFORM FROM payments_ledgeraccount
        WHERE id IN (SELECT account_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE payments_ledgeraccount account SET balance = balance + change.amount
        FROM (SELECT account_id, currency, sum(amount) AS amount FROM added GROUP BY account_id, currency) change
        WHERE account.id = change.account_id AND account.currency = change.currency;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> (SELECT count(DISTINCT account_id) FROM added) THEN
        RAISE EXCEPTION 'ledger_entry_fits: an entry is of an account in its currency'
            USING ERRCODE = 'check_violation';
    END IF;
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
