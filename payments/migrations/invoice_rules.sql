-- What went out to a buyer is never changed or removed; an invoice is corrected by a credit note.
CREATE TRIGGER invoice_frozen
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();

-- A counter opens at zero, goes up one by one, and stays.
CREATE TRIGGER invoice_counter_opens_at_zero
    BEFORE INSERT ON payments_invoicecounter
    FOR EACH ROW WHEN (NEW.last <> 0) EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER invoice_counter_counts
    BEFORE UPDATE ON payments_invoicecounter
    FOR EACH ROW WHEN ((NEW.series, NEW.year, NEW.last) IS DISTINCT FROM (OLD.series, OLD.year, OLD.last + 1))
    EXECUTE FUNCTION payments_ledger_refuse();
CREATE TRIGGER invoice_counter_stays
    BEFORE DELETE OR TRUNCATE ON payments_invoicecounter
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_refuse();

-- Each invoice has the number its counter came to, and lines that add up. The credit notes of an invoice are of the
-- same payment and never give back more than it asked for; locking it lets two of them at once see each other.
CREATE FUNCTION payments_invoice_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corrected record;
    credited numeric;
BEGIN
    IF NEW.sequence IS DISTINCT FROM (
        SELECT last FROM payments_invoicecounter WHERE series = NEW.series AND year = NEW.year
    ) THEN
        RAISE EXCEPTION 'invoice_numbered: % is not the number that is next', NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.net IS DISTINCT FROM (
        SELECT sum((line ->> 'amount')::bigint) FROM jsonb_array_elements(NEW.lines) AS lines(line)
    ) THEN
        RAISE EXCEPTION 'invoice_adds_up: the lines of % are not %', NEW.number, NEW.net
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'credit_note' THEN
        SELECT kind, organization_id, checkout_id, currency, total INTO corrected
            FROM payments_invoice WHERE id = NEW.corrects_id FOR NO KEY UPDATE;
        SELECT coalesce(sum(total), 0) INTO credited FROM payments_invoice WHERE corrects_id = NEW.corrects_id;
        IF (corrected.kind, corrected.organization_id, corrected.checkout_id, corrected.currency)
                IS DISTINCT FROM ('invoice', NEW.organization_id, NEW.checkout_id, NEW.currency)
                OR credited + NEW.total > corrected.total THEN
            RAISE EXCEPTION 'credit_note_within_invoice: % more of % credited, of %',
                NEW.total, credited, corrected.total USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invoice_adds_up
    BEFORE INSERT ON payments_invoice
    FOR EACH ROW EXECUTE FUNCTION payments_invoice_check();
