"""Invoices, credit notes and billing details, for programs such as a bookkeeping's."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from payments import invoicing
from payments.invoice_pdf import pdf_response
from payments.models.invoices import BillingDetails, Invoice


class PartySerializer(serializers.Serializer[Any]):
    """Who sells or buys, as printed."""

    name = serializers.CharField()
    address = serializers.ListField(child=serializers.CharField())
    country = serializers.CharField(allow_blank=True)
    vat_id = serializers.CharField(allow_blank=True)


class InvoiceLineSerializer(serializers.Serializer[Any]):
    """`unit_minor` is null where many things of several prices stand on one line."""

    text = serializers.CharField()
    license = serializers.CharField(source="licence", allow_blank=True)
    producer = serializers.CharField(allow_blank=True, help_text="A pseudonym")
    quantity = serializers.IntegerField()
    unit_minor = serializers.IntegerField(source="unit_amount", allow_null=True)
    amount_minor = serializers.IntegerField(source="amount")


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    """Amounts are above zero in credit notes too: `kind` says which way the money went."""

    id = serializers.CharField(source="public_id", read_only=True)
    order = serializers.CharField(source="subject_id", read_only=True)
    corrects = serializers.CharField(
        source="corrected_number", read_only=True, allow_null=True, help_text="Number of the invoice that is credited"
    )
    net_minor = serializers.IntegerField(source="net", read_only=True)
    tax_minor = serializers.IntegerField(source="tax", read_only=True)
    total_minor = serializers.IntegerField(source="total", read_only=True)
    buyer = PartySerializer(read_only=True)

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = (
            "id",
            "number",
            "kind",
            "issued_at",
            "order",
            "corrects",
            "currency",
            "net_minor",
            "tax_basis_points",
            "tax_minor",
            "total_minor",
            "buyer",
        )


class WholeInvoiceSerializer(InvoiceSerializer):
    """All that is printed."""

    seller = PartySerializer(read_only=True)
    lines = InvoiceLineSerializer(many=True, read_only=True)

    class Meta(InvoiceSerializer.Meta):
        fields = (*InvoiceSerializer.Meta.fields, "tax_note", "seller", "lines")


class BillingSerializer(serializers.Serializer[Any]):
    """Empty as long as nothing was set; invoices then carry the organisation's name."""

    name = serializers.CharField(max_length=120)
    address = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=5, required=False, default=list
    )
    country = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    vat_id = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")

    def to_representation(self, instance: BillingDetails) -> dict[str, Any]:
        return {name: getattr(instance, name) for name in ("name", "address", "country", "vat_id")}


class Invoices(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class = InvoiceSerializer

    @extend_schema(responses=InvoiceSerializer(many=True), operation_id="invoices_list")
    def get(self, request: Request, slug: str) -> Response:
        """Invoices and credit notes of the organisation, newest first."""
        return self.listed(Invoice.objects.for_organization(self.organization).listed(), InvoiceSerializer)


class InvoiceAPIView(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class = WholeInvoiceSerializer

    def invoice(self, public_id: str) -> Invoice:
        found = Invoice.objects.for_organization(self.organization).select_related("corrects")
        return access.get(found, public_id=public_id)


class InvoiceDetail(InvoiceAPIView):
    @extend_schema(operation_id="invoices_retrieve")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One invoice with its lines, as it was issued. It never changes."""
        return Response(WholeInvoiceSerializer(self.invoice(public_id)).data)


class InvoicePdf(InvoiceAPIView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whoever asks for application/pdf gets it, though errors are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, operation_id="invoices_pdf")
    def get(self, request: Request, slug: str, public_id: str) -> HttpResponse:
        """The invoice as a PDF: the same bytes each time."""
        return pdf_response(self.invoice(public_id))


class Billing(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY, "PUT": Capability.BUY}
    serializer_class = BillingSerializer

    @extend_schema(operation_id="billing_retrieve")
    def get(self, request: Request, slug: str) -> Response:
        """Whom the next invoices are made out to."""
        return Response(BillingSerializer(invoicing.billing_details(self.organization)).data)

    @extend_schema(operation_id="billing_update")
    def put(self, request: Request, slug: str) -> Response:
        """Change it for later invoices; those that were issued stay as they are."""
        given = self.parsed(BillingSerializer)
        given["address"] = "\n".join(given["address"])
        details = invoicing.set_billing_details(actor=self.user, organization=self.organization, **given)
        return Response(BillingSerializer(details).data)
