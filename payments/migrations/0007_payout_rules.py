from pathlib import Path

from django.db import migrations

RULES = Path(__file__).with_name("payout_rules.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_payees_transfers_disputes")]
    operations = [migrations.RunSQL(RULES, migrations.RunSQL.noop)]
