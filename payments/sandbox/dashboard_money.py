"""The dashboard's pages about money: charges and disputes, accounts and payouts, with their buttons."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from payments.sandbox import balances, disputes, onboarding, payouts
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.store import Row, Store, transaction

SHOWN = 30
NEWEST = "select data, account from objects where kind = %s order by sequence desc limit %s"


@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    with transaction() as store:
        context = {
            "charges": newest(store, "charge"),
            "disputes": newest(store, "dispute"),
            "open_states": disputes.OPEN,
            "shown": SHOWN,
        }
    return render(request, "dashboard_payments.html", context)


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    with transaction() as store:
        context = {
            "accounts": [with_balance(store, row["data"]) for row in newest(store, "account")],
            "payouts": newest(store, "payout"),
            "transfers": newest(store, "transfer"),
            "outcomes": onboarding.OUTCOMES,
            "shown": SHOWN,
        }
    return render(request, "dashboard_accounts.html", context)


@require_POST
def dispute(request: HttpRequest, charge_id: str) -> HttpResponse:
    inquiry = "inquiry" in request.POST
    return acted(request, "/dashboard/payments", lambda store: disputes.open_on(store, charge_id, inquiry=inquiry))


@require_POST
def decide(request: HttpRequest, dispute_id: str) -> HttpResponse:
    won = "win" in request.POST
    return acted(request, "/dashboard/payments", lambda store: disputes.decide(store, dispute_id, won=won))


@require_POST
def check_account(request: HttpRequest, account_id: str) -> HttpResponse:
    chosen = request.POST.get("outcome", "")
    return acted(request, "/dashboard/accounts", lambda store: onboarding.finish(store, account_id, chosen))


@require_POST
def fail_payout(request: HttpRequest, payout_id: str) -> HttpResponse:
    return acted(request, "/dashboard/accounts", lambda store: payouts.fail(store, payout_id))


def acted(request: HttpRequest, back: str, act: Callable[[Store], object]) -> HttpResponse:
    """Do it and show the page again, or say why it cannot be done."""
    try:
        with transaction() as store:
            act(store)
    except ApiError as error:
        return render(request, "refused.html", {"message": error.message, "back": back}, status=error.status)
    return HttpResponseRedirect(back)


def newest(store: Store, kind: str) -> list[Row]:
    return store.rows(NEWEST, [kind, SHOWN])


def with_balance(store: Store, account: Json) -> Json:
    return account | {"available": balances.all_available(store, account["id"])}
