-- Foreign keys kept once per statement, for tables that take thousands of rows at a time: see core/keys.py.

-- All rows that the added ones name are there, and stay until this transaction ends.
CREATE FUNCTION core_keys_exist() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing boolean;
BEGIN
    FOR place IN 0 .. TG_NARGS - 1 BY 2 LOOP
        EXECUTE format(
            'WITH named AS (SELECT DISTINCT %1$I AS id FROM added WHERE %1$I IS NOT NULL),
                held AS (SELECT FROM %2$I WHERE id IN (SELECT id FROM named) ORDER BY id FOR KEY SHARE)
            SELECT (SELECT count(*) FROM named) <> (SELECT count(*) FROM held)',
            TG_ARGV[place], TG_ARGV[place + 1]) INTO missing;
        IF missing THEN
            RAISE EXCEPTION '% names a row that % has not', TG_ARGV[place], TG_ARGV[place + 1]
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- A key may be emptied, never changed: there is no check of what it would name.
CREATE FUNCTION core_keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the keys of % stay', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END $$;

-- What is named is not removed. Whoever added a row that names it held it, so the removal waited, and sees that row.
CREATE FUNCTION core_key_unnamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named boolean;
BEGIN
    FOR place IN 1 .. TG_NARGS - 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[place])
            INTO named USING OLD.id;
        IF named THEN
            RAISE EXCEPTION '% is named by % of %', TG_TABLE_NAME, TG_ARGV[place], TG_ARGV[0]
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
