-- The refunds of a checkout that did not fail never take back more than was paid, in its currency. Locking the
-- checkout first lets two refunds at once see each other.
CREATE FUNCTION payments_refund_check() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF paid.state <> 'paid' OR paid.currency <> NEW.currency OR standing + NEW.amount > paid.amount THEN
        RAISE EXCEPTION 'refund_within_payment: % more of % refunded, of % % paid',
            NEW.amount, standing, paid.amount, paid.currency USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refund_within_payment
    BEFORE INSERT OR UPDATE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_check();

-- What Stripe was told is not told differently later.
CREATE FUNCTION payments_refund_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refund_frozen: a refund keeps its checkout, subject, amount and key' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER refund_frozen
    BEFORE UPDATE ON payments_refund FOR EACH ROW
    WHEN ((OLD.checkout_id, OLD.subject, OLD.amount, OLD.currency, OLD.idempotency_key)
        IS DISTINCT FROM (NEW.checkout_id, NEW.subject, NEW.amount, NEW.currency, NEW.idempotency_key))
    EXECUTE FUNCTION payments_refund_frozen();
