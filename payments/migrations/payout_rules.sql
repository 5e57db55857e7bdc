-- What Stripe was told of a transfer or a reversal is not told differently later.
CREATE FUNCTION payments_sending_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: it keeps its owner, amount, currency and key', TG_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER transfer_frozen
    BEFORE UPDATE ON payments_transfer FOR EACH ROW
    WHEN ((OLD.payee_id, OLD.amount, OLD.currency, OLD.idempotency_key)
        IS DISTINCT FROM (NEW.payee_id, NEW.amount, NEW.currency, NEW.idempotency_key))
    EXECUTE FUNCTION payments_sending_frozen();
CREATE TRIGGER reversal_frozen
    BEFORE UPDATE ON payments_reversal FOR EACH ROW
    WHEN ((OLD.transfer_id, OLD.amount, OLD.currency, OLD.idempotency_key)
        IS DISTINCT FROM (NEW.transfer_id, NEW.amount, NEW.currency, NEW.idempotency_key))
    EXECUTE FUNCTION payments_sending_frozen();

-- A state that ended stays ended.
CREATE FUNCTION payments_sending_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: it ended as % and stays so', TG_NAME, OLD.state USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER transfer_ended
    BEFORE UPDATE ON payments_transfer FOR EACH ROW
    WHEN (OLD.state IN ('succeeded', 'failed') AND NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION payments_sending_ended();
CREATE TRIGGER reversal_ended
    BEFORE UPDATE ON payments_reversal FOR EACH ROW
    WHEN (OLD.state = 'succeeded' AND NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION payments_sending_ended();

-- The reversals of a transfer that were not refused never take back more than it sent. Locking the transfer first
-- lets two reversals at once see each other.
CREATE FUNCTION payments_reversal_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent record;
    standing numeric;
BEGIN
    IF NEW.state = 'failed' THEN
        RETURN NEW;
    END IF;
    SELECT amount, currency, state INTO sent FROM payments_transfer WHERE id = NEW.transfer_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO standing
        FROM payments_reversal WHERE transfer_id = NEW.transfer_id AND state <> 'failed' AND id IS DISTINCT FROM NEW.id;
    IF sent.state <> 'succeeded' OR sent.currency <> NEW.currency OR standing + NEW.amount > sent.amount THEN
        RAISE EXCEPTION 'reversal_within_transfer: % more of % taken back, of % % sent',
            NEW.amount, standing, sent.amount, sent.currency USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER reversal_within_transfer
    BEFORE INSERT OR UPDATE ON payments_reversal
    FOR EACH ROW EXECUTE FUNCTION payments_reversal_check();

-- What a lost dispute took of a payment cannot be refunded once more.
CREATE OR REPLACE FUNCTION payments_refund_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid record;
    standing numeric;
BEGIN
    IF NEW.state = 'failed' THEN
        RETURN NEW;
    END IF;
    SELECT amount, currency, state INTO paid
        FROM payments_checkout WHERE id = NEW.checkout_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO standing
        FROM payments_refund WHERE checkout_id = NEW.checkout_id AND state <> 'failed' AND id IS DISTINCT FROM NEW.id;
    SELECT standing + coalesce(sum(taken), 0) INTO standing
        FROM payments_dispute WHERE checkout_id = NEW.checkout_id;
    IF paid.state <> 'paid' OR paid.currency <> NEW.currency OR standing + NEW.amount > paid.amount THEN
        RAISE EXCEPTION 'refund_within_payment: % more of % refunded, of % % paid',
            NEW.amount, standing, paid.amount, paid.currency USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- Nobody owes less than nothing, and no dispute holds less than nothing.
ALTER TABLE payments_ledgeraccount DISABLE TRIGGER ledger_account_kept_by_entries;
UPDATE payments_ledgeraccount SET guarded = true WHERE kind IN ('receivable', 'dispute_hold');
ALTER TABLE payments_ledgeraccount ENABLE TRIGGER ledger_account_kept_by_entries;

-- Sales from before earnings were remembered one by one. Public ids are drawn as core.models draws them.
INSERT INTO payments_earning (public_id, created_at, organization_id, reference, currency, amount, taken, release_at)
SELECT
    translate(substr(md5(random()::text || fact.reference || account.organization_id), 1, 16), '01', 'xy'),
    min(fact.created_at), account.organization_id, fact.reference, fact.currency,
    sum(entry.amount) FILTER (WHERE fact.kind = 'sale'),
    coalesce(-sum(entry.amount) FILTER (WHERE fact.kind <> 'sale'), 0),
    min(fact.created_at) + interval '14 days'
FROM payments_ledgerentry entry
JOIN payments_ledgertransaction fact ON fact.id = entry.transaction_id
JOIN payments_ledgeraccount account ON account.id = entry.account_id AND account.kind = 'payable_held'
WHERE fact.reference <> ''
GROUP BY account.organization_id, fact.reference, fact.currency
HAVING sum(entry.amount) FILTER (WHERE fact.kind = 'sale') > 0;
