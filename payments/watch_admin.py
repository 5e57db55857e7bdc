"""Disputes, and what does not agree, for administrators. Everything changes through services, and is audited there."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import access
from core.admin import ReadOnlyAdmin, display
from core.dialogs import dialog_action, report
from payments import registry
from payments.admin_figures import AmountAdmin, moderator
from payments.models import ANSWERABLE, Dispute, Movement, ReconciliationItem
from payments.services import disputes, reconciliation


class AnswerDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    text = forms.CharField(
        label=_("Our side of it"),
        max_length=disputes.LONGEST_ANSWER,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 14}),
        help_text=_("The cardholder's bank reads it. It can be handed in once."),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["text"].initial = evidence_of(_dispute(self.object_id))


class NoteDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    note = forms.CharField(
        label=_("What it was"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Others read it when it happens again."),
    )


def evidence_of(dispute: Dispute) -> str:
    """What is known of the sale, to begin an answer with."""
    return registry.purpose(dispute.checkout.purpose).evidence(dispute.checkout)


def _dispute(primary_key: object) -> Dispute:
    return access.get(Dispute.objects.select_related("checkout__organization"), pk=primary_key)


@admin.register(Dispute)
class DisputeAdmin(AmountAdmin[Dispute]):
    list_display = ("stripe_id", "checkout", "shown_amount", "reason", "status", "answer_until", "problem", "opened_at")
    list_filter = ("status", "currency", "reason", ("problem", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=stripe_id", "=checkout__reference", "checkout__organization__slug")
    list_select_related = ("checkout",)
    raw_id_fields = ("checkout",)
    ordering = ("-id",)
    actions_detail = ("answer", "give_up")

    def idle_actions(self, row: Dispute) -> set[str]:
        return set() if row.status in ANSWERABLE else {"answer", "give_up"}

    @dialog_action(
        title=_("Answer"),
        text=_(
            "Handed in to the cardholder's bank, which then decides. Add how it was used, and what you were written."
        ),
        form_class=AnswerDialog,
    )
    def answer(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        text = form.cleaned_data["text"]
        act = partial(disputes.answer, actor=moderator(request), dispute=_dispute(object_id), text=text)
        return report(request, act, _("The answer is handed in. The bank decides within weeks."))

    @dialog_action(
        title=_("Accept the loss"),
        text=_("The money stays with the cardholder: it is taken from the sellers' shares, and the licences end."),
    )
    def give_up(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(disputes.give_up, actor=moderator(request), dispute=_dispute(object_id))
        return report(request, act, _("The loss is accepted."))


@admin.register(Movement)
class MovementAdmin(AmountAdmin[Movement]):
    list_display = ("stripe_id", "type", "shown_amount", "source", "subject", "happened_at", "explained_at")
    list_filter = (("explained_at", admin.EmptyFieldListFilter), "type", "currency")
    search_fields = ("=stripe_id", "=source", "=payment_intent", "=subject")
    ordering = ("-id",)


@admin.register(ReconciliationItem)
class ReconciliationItemAdmin(ReadOnlyAdmin[ReconciliationItem]):
    list_display = ("concern", "subject", "shown_facts", "created_at", "seen_at", "closed_at", "closed_by", "note")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "concern")
    search_fields = ("=public_id", "subject")
    list_select_related = ("closed_by",)
    raw_id_fields = ("closed_by",)
    ordering = ("-id",)
    actions_detail = ("explain",)

    def idle_actions(self, row: ReconciliationItem) -> set[str]:
        return {"explain"} if row.closed_at else set()

    @display(description=_("What was found"))
    def shown_facts(self, item: ReconciliationItem) -> str:
        return ", ".join(f"{name}: {value}" for name, value in item.facts.items())

    @dialog_action(
        title=_("Explain"),
        text=_("Closes it with what you found out. If it is still so, it opens again with the next check."),
        form_class=NoteDialog,
    )
    def explain(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        item = access.get(ReconciliationItem.objects.all(), pk=object_id)
        act = partial(reconciliation.explain, actor=moderator(request), item=item, note=form.cleaned_data["note"])
        return report(request, act, _("It is explained and closed."))
