from django.db import migrations

# A manifest under construction has "draft-…" for a hash; the release job may drop and rebuild it.
FORWARD = """
CREATE FUNCTION datasets_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: a released version never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION datasets_refuse_frozen_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM datasets_manifest WHERE id = OLD.manifest_id AND sha256 LIKE 'draft-%'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%: a released version never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER frozen_manifest BEFORE UPDATE OR DELETE ON datasets_manifest
    FOR EACH ROW WHEN (OLD.sha256 NOT LIKE 'draft-%') EXECUTE FUNCTION datasets_refuse_frozen();

CREATE TRIGGER frozen_manifest_item BEFORE UPDATE OR DELETE ON datasets_manifestitem
    FOR EACH ROW EXECUTE FUNCTION datasets_refuse_frozen_item();

CREATE TRIGGER frozen_version_kept BEFORE DELETE ON datasets_datasetversion
    FOR EACH ROW WHEN (OLD.state = 'released') EXECUTE FUNCTION datasets_refuse_frozen();

CREATE TRIGGER frozen_version BEFORE UPDATE ON datasets_datasetversion
    FOR EACH ROW WHEN (
        OLD.state = 'released' AND
        (OLD.public_id, OLD.dataset_id, OLD.number, OLD.notes, OLD.state, OLD.manifest_id, OLD.released_at)
        IS DISTINCT FROM
        (NEW.public_id, NEW.dataset_id, NEW.number, NEW.notes, NEW.state, NEW.manifest_id, NEW.released_at)
    ) EXECUTE FUNCTION datasets_refuse_frozen();
"""

BACKWARD = """
DROP TRIGGER frozen_version ON datasets_datasetversion;
DROP TRIGGER frozen_version_kept ON datasets_datasetversion;
DROP TRIGGER frozen_manifest_item ON datasets_manifestitem;
DROP TRIGGER frozen_manifest ON datasets_manifest;
DROP FUNCTION datasets_refuse_frozen_item();
DROP FUNCTION datasets_refuse_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0002_labels")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
