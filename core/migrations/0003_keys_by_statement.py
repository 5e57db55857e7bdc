from pathlib import Path

from django.db import migrations

FUNCTIONS = Path(__file__).with_name("keys_by_statement.sql").read_text()
WITHOUT = "DROP FUNCTION core_keys_exist(), core_keys_stay(), core_key_unnamed();"


class Migration(migrations.Migration):
    dependencies = [("core", "0002_names_in_the_administration")]

    operations = [migrations.RunSQL(FUNCTIONS, WITHOUT)]
