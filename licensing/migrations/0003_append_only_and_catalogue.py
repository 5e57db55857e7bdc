from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from licensing import catalogue

# Deleting a person empties `granted_by`; retiring a licence dates it. Nothing else may ever change.
FORWARD = """
CREATE FUNCTION licensing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER grant_append_only BEFORE UPDATE OR DELETE ON licensing_grant
    FOR EACH ROW EXECUTE FUNCTION licensing_refuse_change('granted_by_id');
CREATE TRIGGER revocation_append_only BEFORE UPDATE OR DELETE ON licensing_revocation
    FOR EACH ROW EXECUTE FUNCTION licensing_refuse_change('');
CREATE TRIGGER license_append_only BEFORE UPDATE OR DELETE ON licensing_license
    FOR EACH ROW EXECUTE FUNCTION licensing_refuse_change('retired_at');
"""

BACKWARD = """
DROP TRIGGER license_append_only ON licensing_license;
DROP TRIGGER revocation_append_only ON licensing_revocation;
DROP TRIGGER grant_append_only ON licensing_grant;
DROP FUNCTION licensing_refuse_change();
"""


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    catalogue.sync(apps.get_model("licensing", "License").objects)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0002_rights_and_terms")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
