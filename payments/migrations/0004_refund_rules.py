"""What the database itself promises about refunds, whoever writes them."""

from pathlib import Path

from django.db import migrations

RULES = Path(__file__).with_name("refund_rules.sql").read_text()
WITHOUT_RULES = """
DROP FUNCTION payments_refund_check() CASCADE;
DROP FUNCTION payments_refund_frozen() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_refunds")]

    operations = [migrations.RunSQL(RULES, WITHOUT_RULES)]
