"""Listings and orders for moderators. Everything changes through services, and is audited there."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from core.admin import ReadOnlyAdmin, TabularInline, display
from core.dialogs import ReasonDialog, dialog_action, report
from core.money import exponent, major
from marketplace.admin_forms import LinesDialog, RefundDialog
from marketplace.models import (
    Offer,
    OfferState,
    Order,
    OrderLine,
    OrderState,
    RefundLine,
    RefundRequest,
    RefundRequestState,
)
from marketplace.services import moderation, refunds
from payments.models import Refund


def _money(amount: int, currency: str) -> str:
    return f"{major(amount, currency):,.{exponent(currency)}f} {currency}"


def _moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _offer(primary_key: int) -> Offer:
    return access.get(Offer.objects.with_goods(), pk=primary_key)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin[Offer]):
    list_display = ("title", "kind", "organization", "license", "price", "state", "sold_count", "listed_at")
    list_filter = ("state", "kind", "currency", "license__preset")
    search_fields = ("title", "=public_id", "organization__slug", "organization__pseudonym")
    search_help_text = _("Title, id, or the producer's slug or pseudonym")
    list_select_related = ("organization", "license")
    raw_id_fields = ("organization", "dataset", "version", "asset", "license", "listed_by")
    exclude = ("facets", "draw", "sample", "price_minor", "currency")
    readonly_fields = ("price",)
    ordering = ("-id",)
    actions_detail = ("hide", "unhide")

    def idle_actions(self, row: Offer) -> set[str]:
        return {"hide"} if row.state == OfferState.HIDDEN else {"unhide"}

    @display(description=_("Price"), ordering="price_minor")
    def price(self, offer: Offer) -> str:
        return _money(offer.price_minor, offer.currency)

    @dialog_action(
        title=_("Hide"),
        text=_("It leaves the market at once, a dataset with its single images. The producer gets the reason by mail."),
        form_class=ReasonDialog,
    )
    def hide(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        actor, reason = _moderator(request), form.cleaned_data["reason"]
        act = partial(moderation.hide, actor=actor, offer=_offer(object_id), reason=reason)
        return report(request, act, _("The listing is hidden."))

    @dialog_action(title=_("Unhide"), text=_("It comes back as withdrawn; its producer may list it again."))
    def unhide(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(moderation.unhide, actor=_moderator(request), offer=_offer(object_id))
        return report(request, act, _("The listing is no longer hidden."))


class OrderLineInline(TabularInline[OrderLine, Order]):
    model = OrderLine
    fields = ("position", "title", "seller", "license", "shown_price", "shown_commission")
    readonly_fields = fields
    extra = 0
    can_delete = False
    per_page = 50  # unfold pages an inline, so that an order of thousands of lines stays a page

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("seller", "license").order_by("position")

    @display(description=_("Price"))
    def shown_price(self, line: OrderLine) -> str:
        return _money(line.price_minor, line.currency)

    @display(description=_("Commission"))
    def shown_commission(self, line: OrderLine) -> str:
        return _money(line.commission_minor, line.currency)


class OwedBackFilter(admin.SimpleListFilter):
    title = _("money owed back")
    parameter_name = "owed_back"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", str(_("Paid, not fulfilled")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Order.objects.owed_back().values("pk"))


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin[Order]):
    list_display = ("public_id", "organization", "state", "total", "line_count", "problem", "created_at", "paid_at")
    list_filter = ("state", OwedBackFilter, "currency")
    search_fields = ("=public_id", "organization__slug", "organization__name", "placed_by__email")
    list_select_related = ("organization",)
    inlines = (OrderLineInline,)
    ordering = ("-id",)
    actions_detail = ("refund",)

    def idle_actions(self, row: Order) -> set[str]:
        left = row.state == OrderState.PAID and row.refunded_minor < row.total_minor
        return set() if left else {"refund"}

    @dialog_action(
        title=_("Refund"),
        text=_("Returns money without being asked. Above the limit a second administrator has to confirm it."),
        form_class=RefundDialog,
    )
    def refund(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        given = form.cleaned_data
        act = partial(
            refunds.refund_order,
            actor=_moderator(request),
            order=access.get(Order.objects.all(), pk=object_id),
            reason=given["reason"],
            positions=given["positions"],
            amount_minor=given["amount"],
        )
        return report(request, act, _("The refund has begun. It is among the refund requests."))

    @display(description=_("Total"), ordering="total_minor")
    def total(self, order: Order) -> str:
        return _money(order.total_minor, order.currency)


class RefundStateFilter(admin.SimpleListFilter):
    title = _("what waits")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", str(_("Waiting for an administrator")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> QuerySet[RefundRequest]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=RefundRequest.objects.waiting().values("pk"))


class RefundLineInline(TabularInline[RefundLine, RefundRequest]):
    model = RefundLine
    fields = ("position", "title", "shown_amount", "open", "booked_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: RefundRequest | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundLine]:
        return super().get_queryset(request).select_related("line").order_by("line__position")

    @display(description=_("Number"))
    def position(self, row: RefundLine) -> int:
        return row.line.position

    @display(description=_("Title"))
    def title(self, row: RefundLine) -> str:
        return row.line.title

    @display(description=_("Amount"))
    def shown_amount(self, row: RefundLine) -> str:
        return _money(row.amount_minor, row.line.currency)


def _refund(primary_key: int) -> RefundRequest:
    return access.get(RefundRequest.objects.select_related("order"), pk=primary_key)


STEPS = {
    RefundRequestState.OPEN: {"approve", "decline"},
    RefundRequestState.CONFIRMING: {"confirm", "decline"},
    RefundRequestState.APPROVED: {"send_again"},
    RefundRequestState.REFUNDED: {"send_again"},
    RefundRequestState.DECLINED: set[str](),
}


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin[RefundRequest]):
    list_display = ("public_id", "order", "amount", "state", "reason", "asked_by", "approved_by", "created_at")
    list_filter = ("state", RefundStateFilter, "by_buyer")
    search_fields = ("=public_id", "=order__public_id", "asked_by__email")
    list_select_related = ("order", "asked_by", "approved_by")
    raw_id_fields = ("order", "asked_by", "approved_by", "confirmed_by")
    readonly_fields = ("money",)
    inlines = (RefundLineInline,)
    ordering = ("-id",)
    actions_detail = ("approve", "confirm", "decline", "send_again")

    def idle_actions(self, row: RefundRequest) -> set[str]:
        return set(self.actions_detail) - STEPS[RefundRequestState(row.state)]

    @display(description=_("Amount"), ordering="amount_minor")
    def amount(self, request: RefundRequest) -> str:
        return _money(request.amount_minor, request.order.currency)

    @display(description=_("At the payment service"))
    def money(self, request: RefundRequest) -> str:
        """How each attempt to return the money went."""
        attempts = Refund.objects.about(request.subject).order_by("pk")
        return "; ".join(f"{refund.get_state_display()} {refund.problem}".strip() for refund in attempts) or str(
            _("Not sent")
        )

    @dialog_action(
        title=_("Approve"),
        text=_("The money goes back to the buyer, and what is returned in full can no longer be downloaded."),
        form_class=LinesDialog,
    )
    def approve(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        positions = form.cleaned_data["positions"]
        act = partial(refunds.approve, actor=_moderator(request), request=_refund(object_id), positions=positions)
        return report(request, act, _("The refund is approved. Above the limit a second administrator confirms it."))

    @dialog_action(title=_("Confirm"), text=_("You are the second administrator: the money is sent at once."))
    def confirm(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(refunds.confirm, actor=_moderator(request), request=_refund(object_id))
        return report(request, act, _("The refund is confirmed."))

    @dialog_action(
        title=_("Decline"), text=_("Nothing is returned. The buyer gets the reason by mail."), form_class=ReasonDialog
    )
    def decline(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        act = partial(refunds.decline, actor=_moderator(request), request=_refund(object_id), reason=reason)
        return report(request, act, _("The refund is declined."))

    @dialog_action(
        title=_("Send again"),
        text=_("For a refund that the payment service refused or the bank sent back. It is never paid twice."),
    )
    def send_again(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(refunds.send_again, actor=_moderator(request), request=_refund(object_id))
        return report(request, act, _("The refund is on its way to the payment service."))
