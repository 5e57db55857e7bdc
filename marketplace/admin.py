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
from marketplace.models import Offer, OfferState, Order, OrderLine
from marketplace.services import moderation


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

    @display(description=_("Total"), ordering="total_minor")
    def total(self, order: Order) -> str:
        return _money(order.total_minor, order.currency)
