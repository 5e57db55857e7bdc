"""Payees and what is paid to them, for administrators. Everything changes through services, and is audited there."""

from functools import partial

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts import access
from core.admin import ReadOnlyAdmin, display
from core.dialogs import dialog_action, report
from core.errors import Conflict
from payments.admin_figures import AmountAdmin, moderator, money
from payments.models import (
    UNSETTLED,
    BankPayout,
    Earning,
    Payee,
    PayoutRun,
    PayoutRunState,
    Reversal,
    Transfer,
)
from payments.payout_pages.requirements import in_words
from payments.services import payees, payouts
from payments.stripe_client import Refused


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin[Payee]):
    list_display = ("organization", "shown_state", "country", "bank", "shown_missing", "checked_at")
    list_filter = ("transfers_enabled", "payouts_enabled", "details_submitted", "country")
    search_fields = ("=public_id", "=stripe_id", "organization__slug", "organization__name")
    list_select_related = ("organization",)
    raw_id_fields = ("organization",)
    exclude = ("idempotency_key", "missing")
    readonly_fields = ("shown_state", "shown_missing")
    ordering = ("-id",)
    actions_detail = ("ask_stripe",)

    def idle_actions(self, row: Payee) -> set[str]:
        return set() if row.stripe_id else {"ask_stripe"}

    @display(description=_l("State"))
    def shown_state(self, payee: Payee) -> str:
        return str(payee.state.label)

    @display(description=_l("What is missing"))
    def shown_missing(self, payee: Payee) -> str:
        return "; ".join(in_words(payee.missing)) or "–"  # noqa: RUF001  (a dash stands for nothing)

    @dialog_action(
        title=_l("Refresh from Stripe"), text=_l("Asks how the account stands now. It changes nothing there.")
    )
    def ask_stripe(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        moderator(request)
        payee = access.get(Payee.objects.all(), pk=object_id)
        return report(request, partial(_refresh, payee), _l("The account is shown as Stripe describes it now."))


def _refresh(payee: Payee) -> None:
    try:
        payees.refresh(payee=payee)
    except Refused as refusal:
        raise Conflict(_("Stripe refused: %(why)s") % {"why": refusal}, code="payee_refused") from refusal


@admin.register(Transfer)
class TransferAdmin(AmountAdmin[Transfer]):
    list_display = ("public_id", "payee_name", "shown_amount", "state", "problem", "created_at", "settled_at")
    list_filter = ("state", "currency", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=stripe_id", "payee__organization__slug", "payee__organization__name")
    list_select_related = ("payee__organization",)
    raw_id_fields = ("payee",)
    exclude = ("idempotency_key",)
    ordering = ("-id",)
    actions_detail = ("look_again",)

    def idle_actions(self, row: Transfer) -> set[str]:
        return set() if row.state in UNSETTLED else {"look_again"}

    @display(description=_l("Payee"))
    def payee_name(self, transfer: Transfer) -> str:
        return transfer.payee.organization.name

    @dialog_action(
        title=_l("Look again"),
        text=_l("Asks Stripe what became of it, and sends it only if it never arrived there. It is never paid twice."),
    )
    def look_again(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        transfer = access.get(Transfer.objects.select_related("payee__organization"), pk=object_id)
        act = partial(_look_again, transfer, request)
        return report(request, act, _l("It is looked at now. Load the page again in a moment."))


def _look_again(transfer: Transfer, request: HttpRequest) -> None:
    if transfer.state not in UNSETTLED:
        raise Conflict(
            _("This transfer has ended; what Stripe refused goes out with the next run."), code="transfer_ended"
        )
    payouts.look_again(transfer=transfer, actor=moderator(request))


@admin.register(Reversal)
class ReversalAdmin(AmountAdmin[Reversal]):
    list_display = ("public_id", "payee_name", "transfer", "shown_amount", "state", "problem", "reason", "created_at")
    list_filter = ("state", "currency", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=stripe_id", "=transfer__public_id", "transfer__payee__organization__slug")
    list_select_related = ("transfer__payee__organization",)
    raw_id_fields = ("transfer",)
    exclude = ("idempotency_key",)
    ordering = ("-id",)

    @display(description=_l("Payee"))
    def payee_name(self, reversal: Reversal) -> str:
        return reversal.transfer.payee.organization.name


@admin.register(BankPayout)
class BankPayoutAdmin(AmountAdmin[BankPayout]):
    list_display = ("stripe_id", "payee_name", "shown_amount", "status", "failure", "created_at", "arrives_at")
    list_filter = ("status", "currency")
    search_fields = ("=stripe_id", "payee__organization__slug", "payee__organization__name")
    list_select_related = ("payee__organization",)
    raw_id_fields = ("payee",)
    ordering = ("-id",)

    @display(description=_l("Payee"))
    def payee_name(self, payout: BankPayout) -> str:
        return payout.payee.organization.name


@admin.register(Earning)
class EarningAdmin(AmountAdmin[Earning]):
    list_display = ("reference", "organization", "shown_amount", "shown_taken", "release_at", "released_at")
    list_filter = ("currency", ("released_at", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=reference", "organization__slug", "organization__name")
    list_select_related = ("organization",)
    raw_id_fields = ("organization",)
    ordering = ("-id",)

    @display(description=_l("Taken back"))
    def shown_taken(self, earning: Earning) -> str:
        return money(earning.taken, earning.currency)


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnlyAdmin[PayoutRun]):
    list_display = (
        "public_id",
        "state",
        "transfers",
        "shown_skipped",
        "asked_by",
        "confirmed_by",
        "created_at",
        "ended_at",
    )
    list_filter = ("state", "needs_two")
    search_fields = ("=public_id", "asked_by__email")
    list_select_related = ("asked_by", "confirmed_by")
    raw_id_fields = ("asked_by", "confirmed_by")
    ordering = ("-id",)
    actions_list = ("run_now",)
    actions_detail = ("confirm",)

    def idle_actions(self, row: PayoutRun) -> set[str]:
        return set() if row.state == PayoutRunState.CONFIRMING else {"confirm"}

    @display(description=_l("Passed over"))
    def shown_skipped(self, run: PayoutRun) -> str:
        return ", ".join(f"{reason.replace('_', ' ')}: {count}" for reason, count in sorted(run.skipped.items()))

    @dialog_action(
        title=_l("Run payouts now"),
        text=_l(
            "Pays all who can be paid, as the hourly run does. Above the limit a second administrator confirms it."
        ),
    )
    def run_now(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        act = partial(payouts.run, actor=moderator(request))
        return report(request, act, _l("The payout run has begun, or waits for a second administrator: see its state."))

    @dialog_action(
        title=_l("Confirm"), text=_l("You are the second administrator: everybody who can be paid is paid at once.")
    )
    def confirm(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        run = access.get(PayoutRun.objects.all(), pk=object_id)
        act = partial(payouts.confirm_run, actor=moderator(request), run=run)
        return report(request, act, _l("The payout run is confirmed and has begun."))
