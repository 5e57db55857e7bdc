import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import AdminPage, ReadOnlyAdmin, TabularInline, action, display
from core.errors import DomainError
from payments import invariants
from payments.admin_figures import moderator, money
from payments.invoice_admin import InvoiceAdmin
from payments.models import Checkout, LedgerAccount, LedgerEntry, LedgerTransaction, Refund, StripeEvent
from payments.payout_admin import (
    BankPayoutAdmin,
    EarningAdmin,
    PayeeAdmin,
    PayoutRunAdmin,
    ReversalAdmin,
    TransferAdmin,
)
from payments.services import checkouts as services
from payments.watch_admin import DisputeAdmin, MovementAdmin, ReconciliationItemAdmin

# Imported so that they register.
__all__ = [
    "BankPayoutAdmin",
    "DisputeAdmin",
    "EarningAdmin",
    "InvoiceAdmin",
    "MovementAdmin",
    "PayeeAdmin",
    "PayoutRunAdmin",
    "ReconciliationItemAdmin",
    "ReversalAdmin",
    "TransferAdmin",
]

INVARIANTS_URL = "payments_ledgeraccount_invariants"


class InvariantsView(AdminPage):
    title = _("Invariants of the books")
    permission_required = ("payments.view_ledgeraccount",)
    template_name = "payments/admin/invariants.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, findings=invariants.check())


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin[LedgerAccount]):
    list_display = ("kind", "organization", "shown_balance", "guarded")
    list_filter = ("kind", "currency")
    search_fields = ("organization__name", "organization__slug")
    list_select_related = ("organization",)
    exclude = ("shard",)
    actions_list = ["check_invariants"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        queryset: QuerySet[LedgerAccount] = LedgerAccount.objects.whole()
        return queryset

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(InvariantsView.as_view(model_admin=self))
        return [path("invariants/", view, name=INVARIANTS_URL), *super().get_urls()]

    @display(description=_("Balance"), ordering="total")
    def shown_balance(self, account: LedgerAccount) -> str:
        return money(account.total * account.side, account.currency)

    @action(description=_("Check the books"))
    def check_invariants(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:{INVARIANTS_URL}"))


class LedgerEntryInline(TabularInline[LedgerEntry, LedgerTransaction]):
    model = LedgerEntry
    fields = ("account", "owner", "part", "shown_amount")
    readonly_fields = fields
    hide_title = True
    extra = 0
    can_delete = False
    per_page = 50  # unfold pages an inline, so that a sale of thousands of entries stays a page

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related("account__organization").order_by("id")

    @display(description=_("Owner"))
    def owner(self, entry: LedgerEntry) -> str:
        return str(entry.account.organization or _("Label Hub"))

    @display(description=_("Amount"))
    def shown_amount(self, entry: LedgerEntry) -> str:
        return money(entry.amount, entry.currency)


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin[LedgerTransaction]):
    list_display = ("key", "kind", "reference", "currency", "entry_count", "created_at")
    list_filter = ("kind", "currency")
    search_fields = ("key", "reference")
    inlines = [LedgerEntryInline]


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin[Checkout]):
    list_display = (
        "public_id",
        "purpose",
        "reference",
        "organization",
        "shown_amount",
        "state",
        "problem",
        "created_at",
    )
    list_filter = ("state", "purpose", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("public_id", "reference", "session_id", "payment_intent", "organization__name")
    list_select_related = ("organization",)
    actions = ["ask_stripe"]

    @display(description=_("Amount"), ordering="amount")
    def shown_amount(self, checkout: Checkout) -> str:
        return money(checkout.amount, checkout.currency)

    @action(description=_("Ask Stripe how it stands"))
    def ask_stripe(self, request: HttpRequest, checkouts: QuerySet[Checkout]) -> None:
        for checkout in checkouts:
            try:
                state = services.confirm(checkout=checkout).get_state_display()
                messages.info(request, f"{checkout}: {state}")
            except DomainError as refusal:
                messages.error(request, f"{checkout}: {refusal.message}")


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin[Refund]):
    list_display = ("public_id", "subject", "shown_amount", "state", "problem", "asked_by", "created_at", "booked_at")
    list_filter = ("state", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=subject", "=stripe_id", "=checkout__payment_intent", "=checkout__reference")
    list_select_related = ("asked_by", "checkout")
    raw_id_fields = ("checkout", "asked_by")
    actions = ["ask_stripe"]

    @display(description=_("Amount"), ordering="amount")
    def shown_amount(self, refund: Refund) -> str:
        return money(refund.amount, refund.currency)

    @action(description=_("Send, or ask Stripe how it stands"))
    def ask_stripe(self, request: HttpRequest, refunds: QuerySet[Refund]) -> None:
        for refund in refunds.undecided():  # type: ignore[attr-defined]  # the manager's own
            job = services.drive_refund(refund=refund, actor=moderator(request))
            messages.info(request, f"{refund}: {job}")


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin[StripeEvent]):
    list_display = ("event_id", "type", "object_id", "state", "error", "happened_at", "handled_at")
    list_filter = ("state", "type")
    search_fields = ("event_id", "object_id")
    exclude = ("payload",)
    readonly_fields = ("content",)
    actions = ["handle_again"]

    @display(description=_("Content"))
    def content(self, event: StripeEvent) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2))

    @action(description=_("Handle again"))
    def handle_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        for event in events:
            job = services.handle_again(event=event, actor=moderator(request))
            messages.info(request, f"{event}: {job}")
