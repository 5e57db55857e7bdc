"""How a payee stands, and the way to the payment service's own pages."""

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization
from accounts.permissions import Capability
from accounts.web import workspace
from core import refusals
from core.errors import DomainError
from core.money import major
from payments.countries import PAYOUT_COUNTRIES
from payments.models import Payee, PayeeState
from payments.payout_pages import overview, wording
from payments.payout_pages.forms import SetUpForm
from payments.payout_pages.overview import Day
from payments.payout_pages.requirements import in_words
from payments.services import payees
from payments.stripe_client import Refused

TONES = {PayeeState.ACTIVE: "success", PayeeState.CHECKING: "info", PayeeState.NONE: "info"}


@workspace(needs={"GET": Capability.VIEW_MONEY})
def payouts(request: HttpRequest, membership: Membership) -> HttpResponse:
    payee = overview.payee_of(membership.organization)
    if payee and "returned" in request.GET:
        _refreshed(request, payee)
        return redirect("payouts:payouts", membership.organization.slug)
    return _page(request, membership.organization, SetUpForm(payee))


@workspace(needs={"POST": Capability.MANAGE_MONEY})
def set_up(request: HttpRequest, membership: Membership) -> HttpResponse:
    """To the hosted page on which the payee gives, or changes, their details."""
    _require_the_person(request)
    organization = membership.organization
    form = SetUpForm(overview.payee_of(organization), request.POST)
    if form.is_valid():
        with refusals.shown_in(form):
            country = form.cleaned_data.get("country", "")
            return redirect(payees.onboard(actor=membership.user, organization=organization, country=country))
    return _page(request, organization, form)


@workspace(needs={"GET": Capability.MANAGE_MONEY})
def go_on(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Where Stripe sends people whose link was used or is too old: to a new one."""
    _require_the_person(request)
    try:
        return redirect(payees.onboard(actor=membership.user, organization=membership.organization))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("payouts:payouts", membership.organization.slug)


def _require_the_person(request: HttpRequest) -> None:
    """Where the money goes is changed only by somebody who has just proved who they are, as with second factors."""
    raise_if_reauthentication_required(request, app="payments")


def _refreshed(request: HttpRequest, payee: Payee) -> None:
    """Back from the hosted page: ask how the account stands, and say it."""
    try:
        state = payees.refresh(payee=payee).state
    except (DomainError, Refused):
        messages.warning(request, _("The payment service does not answer. This page shows how you stood before."))
        return
    said = f"{state.label}. {wording.STATES[state]}"
    (messages.success if state == PayeeState.ACTIVE else messages.info)(request, said)


def _page(request: HttpRequest, organization: Organization, form: SetUpForm) -> HttpResponse:
    payee = overview.payee_of(organization)
    figures = overview.figures(organization)
    state = overview.state_of(payee)
    days = overview.forecast(organization)
    context = {
        "payee": payee,
        "state": state,
        "state_text": wording.STATES[state],
        "tone": TONES.get(state, "warning"),
        "country": PAYOUT_COUNTRIES.get(payee.country, payee.country) if payee else "",
        "missing": in_words(payee.missing) if payee else [],
        "form": form,
        "figures": [(each, wording.next_payout(each)) for each in figures],
        "days": days,
        "charts": [chart for each in figures if (chart := _chart(days, each.currency))],
    }
    return render(request, "payments/payouts.html", context)


def _chart(days: list[Day], currency: str) -> dict[str, Any] | None:
    """None for a single day: a line of one point says nothing."""
    rows = [
        (date_format(each.day, "j M"), float(major(each.by_then, currency)))
        for each in days
        if each.currency == currency
    ]
    columns = [_("Day"), _("Available by then")]
    return (
        {"title": _("Available by day"), "currency": currency, "columns": columns, "rows": rows}
        if len(rows) > 1
        else None
    )
