"""What buyers are given in writing: invoices and credit notes, and what they want printed on them."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class BillingDetails(models.Model):
    """Whom an organisation wants its invoices made out to. A change is for later invoices only."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=120)
    address = ArrayField(models.CharField(max_length=100), verbose_name=_("Address"), default=list, blank=True)
    country = models.CharField(_("Country"), max_length=60, blank=True)
    vat_id = models.CharField(_("VAT or tax number"), max_length=30, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("billing details")
        verbose_name_plural = _("billing details")

    def __str__(self) -> str:
        return self.name


class InvoiceCounter(models.Model):
    """The last number given out in a series. Its lock makes whoever takes the next one wait for the commit."""

    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="one_counter_per_series")]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def about(self, reference: str) -> Self:
        """Of one thing that was paid for, such as order:k3v…; the invoice first."""
        return self.filter(reference=reference).order_by("pk")

    def listed(self) -> Self:
        """For lists: of the lines, which may be many, the first one's text and their number."""
        heavy = ("lines", "seller", "corrects__lines", "corrects__seller", "corrects__buyer")
        return (
            self.select_related("corrects")
            .defer(*heavy)
            .annotate(
                first_text=KeyTextTransform("text", KeyTransform("0", "lines")),
                line_count=Func(F("lines"), function="jsonb_array_length", output_field=models.IntegerField()),
            )
        )


class Invoice(PublicModel):
    """An invoice or a credit note as it went out. Triggers refuse any change and keep the numbers without a gap.

    Amounts are minor units above zero in both; those of a credit note are shown below zero.
    """

    kind = models.CharField(max_length=12, choices=InvoiceKind.choices)
    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=30, unique=True, help_text="As printed, such as LH-2026-000001.")
    issued_at = models.DateTimeField()

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    checkout = models.ForeignKey("payments.Checkout", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=121, help_text="What was paid for, such as order:k3v…")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="credit_notes")
    subject = models.CharField(max_length=80, blank=True, help_text="What was given back, such as refund_request:k3v…")

    currency = models.CharField(max_length=3)
    lines = models.JSONField(help_text="Text, licence, producer, quantity, unit amount, amount.")
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()
    tax_basis_points = models.PositiveIntegerField()
    tax_note = models.CharField(max_length=300, blank=True)
    buyer = models.JSONField(help_text="Name, address, country and VAT id as they stood.")
    seller = models.JSONField(help_text="The same of the platform, which sells.")

    first_text: str  # these two are set by InvoiceQuerySet.listed
    line_count: int

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "sequence"], name="one_invoice_per_number"),
            models.UniqueConstraint(fields=["checkout"], condition=Q(kind="invoice"), name="one_invoice_per_checkout"),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(kind="credit_note"), name="one_credit_note_per_subject"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0, total__gt=0, total=F("net") + F("tax")), name="invoice_totals"
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None, subject="")
                | (Q(kind="credit_note", corrects__isnull=False) & ~Q(subject="")),
                name="invoice_kind_known",
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="invoice_sequence_starts_at_one"),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="invoice_by_organization"),
            models.Index(fields=["reference"], name="invoice_by_reference"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def sign(self) -> int:
        return -1 if self.is_credit_note else 1

    @property
    def shown_total(self) -> int:
        return self.sign * self.total

    @property
    def corrected_number(self) -> str | None:
        return self.corrects.number if self.corrects else None

    @property
    def subject_id(self) -> str:
        """The public id of what was paid for."""
        return self.reference.rpartition(":")[2]

    @property
    def filename(self) -> str:
        return f"{self.number}.pdf"
