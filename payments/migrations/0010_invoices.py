"""Invoices and credit notes, their counters, and what the database itself promises about them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import core.models

RULES = Path(__file__).with_name("invoice_rules.sql").read_text()
WITHOUT_RULES = """
DROP FUNCTION payments_invoice_check() CASCADE;
DROP TRIGGER invoice_frozen ON payments_invoice;
DROP TRIGGER invoice_counter_opens_at_zero ON payments_invoicecounter;
DROP TRIGGER invoice_counter_counts ON payments_invoicecounter;
DROP TRIGGER invoice_counter_stays ON payments_invoicecounter;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_names_in_the_administration"),
        ("payments", "0008_budgets"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingDetails",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                (
                    "address",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="Address",
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=60, verbose_name="Country")),
                ("vat_id", models.CharField(blank=True, max_length=30, verbose_name="VAT or tax number")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "billing details",
                "verbose_name_plural": "billing details",
            },
        ),
        migrations.CreateModel(
            name="InvoiceCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "year"), name="one_counter_per_series")],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=core.models.new_public_id, editable=False, max_length=16, unique=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "kind",
                    models.CharField(choices=[("invoice", "Invoice"), ("credit_note", "Credit note")], max_length=12),
                ),
                ("series", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                (
                    "number",
                    models.CharField(help_text="As printed, such as LH-2026-000001.", max_length=30, unique=True),
                ),
                ("issued_at", models.DateTimeField()),
                ("reference", models.CharField(help_text="What was paid for, such as order:k3v…", max_length=121)),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        help_text="What was given back, such as refund_request:k3v…",
                        max_length=80,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("lines", models.JSONField(help_text="Text, licence, producer, quantity, unit amount, amount.")),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
                ("tax_basis_points", models.PositiveIntegerField()),
                ("tax_note", models.CharField(blank=True, max_length=300)),
                ("buyer", models.JSONField(help_text="Name, address, country and VAT id as they stood.")),
                ("seller", models.JSONField(help_text="The same of the platform, which sells.")),
                (
                    "checkout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.checkout"
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="payments.invoice",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "indexes": [
                    models.Index(fields=["organization", "-id"], name="invoice_by_organization"),
                    models.Index(fields=["reference"], name="invoice_by_reference"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("series", "year", "sequence"), name="one_invoice_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "invoice")), fields=("checkout",), name="one_invoice_per_checkout"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "credit_note")),
                        fields=("subject",),
                        name="one_credit_note_per_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("net__gte", 0),
                            ("tax__gte", 0),
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            ),
                            ("total__gt", 0),
                        ),
                        name="invoice_totals",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects", None), ("kind", "invoice"), ("subject", "")),
                            models.Q(
                                ("corrects__isnull", False),
                                ("kind", "credit_note"),
                                models.Q(("subject", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sequence__gte", 1)), name="invoice_sequence_starts_at_one"
                    ),
                ],
            },
        ),
        migrations.RunSQL(RULES, WITHOUT_RULES),
    ]
