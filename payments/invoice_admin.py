"""Invoices, credit notes and billing details, as support looks at them. Imported by payments.admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, display
from core.kit.figures import money
from payments.invoice_pdf import pdf_response
from payments.models.invoices import BillingDetails, Invoice


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin[Invoice]):
    list_display = ("number", "kind", "issued_at", "organization", "billed_to", "reference", "shown_amount")
    list_filter = ("kind", "currency", "year")
    search_fields = ("=number", "=public_id", "=reference", "=subject", "organization__name", "buyer__name")
    search_help_text = _("Number, order:… or other reference, organisation, or the name on the invoice")
    list_select_related = ("organization",)
    exclude = ("lines", "buyer", "seller", "net", "tax", "total")
    readonly_fields = ("pdf", "billed_to", "shown_lines", "shown_tax", "shown_amount")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).order_by("-pk")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/pdf/", view, name="payments_invoice_pdf"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = Invoice.objects.select_related("corrects").filter(pk=pk).first()
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        return pdf_response(found)

    @display(description=_("Amount"), ordering="total")
    def shown_amount(self, invoice: Invoice) -> str:
        return money(invoice.shown_total, invoice.currency)

    @display(description=_("Tax"))
    def shown_tax(self, invoice: Invoice) -> str:
        return money(invoice.sign * invoice.tax, invoice.currency)

    @display(description=_("Billed to"))
    def billed_to(self, invoice: Invoice) -> str:
        party = invoice.buyer
        return ", ".join(part for part in (party["name"], *party["address"], party["country"], party["vat_id"]) if part)

    @display(description=_("PDF"))
    def pdf(self, invoice: Invoice) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:payments_invoice_pdf", args=[invoice.pk]), invoice)

    @display(description=_("Lines"))
    def shown_lines(self, invoice: Invoice) -> SafeString:
        amounts = ((line["quantity"], line["text"], money(line["amount"], invoice.currency)) for line in invoice.lines)
        return format_html_join("", "{}&times; {}: {}<br>", amounts)


@admin.register(BillingDetails)
class BillingDetailsAdmin(ReadOnlyAdmin[BillingDetails]):
    list_display = ("name", "organization", "country", "vat_id", "updated_at")
    search_fields = ("name", "organization__name", "=vat_id")
    list_select_related = ("organization",)
