"""What the database itself promises about the ledger, whoever writes to it."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).with_name("ledger_rules.sql").read_text()
WITHOUT_RULES = """
DROP FUNCTION payments_ledger_refuse() CASCADE;
DROP FUNCTION payments_ledger_apply_entries() CASCADE;
DROP FUNCTION payments_ledger_check_transaction() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunSQL(RULES, WITHOUT_RULES)]
