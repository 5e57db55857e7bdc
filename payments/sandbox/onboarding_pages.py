"""The hosted onboarding page: a bank account, and how Stripe's checks are to end."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from payments.sandbox import onboarding
from payments.sandbox.banks import BANKS
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.forms import OnboardingForm
from payments.sandbox.store import Store, transaction


@require_http_methods(["GET", "HEAD", "POST"])
def onboard(request: HttpRequest, link_id: str) -> HttpResponseBase:
    """The page an account link leads to. A used or expired link leads to its refresh address."""
    with transaction() as store:
        link = link_or_none(store, link_id)
        if link is None:
            return render(request, "missing.html", status=404)
        private = store.private(link_id)
        if private["used"] or link["expires_at"] <= store.now:
            return HttpResponseRedirect(private["refresh_url"])
        account = store.get("account", private["account"])
        if request.method == "POST" and "use" not in request.POST:
            return submitted(request, store, link, account)
        return show(request, account, private, first_form(request, account))


def submitted(request: HttpRequest, store: Store, link: Json, account: Json) -> HttpResponseBase:
    private = store.private(link["id"])
    form = OnboardingForm(request.POST)
    if not form.is_valid():
        return show(request, account, private, form, status=422)
    given = form.cleaned_data
    bank = onboarding.BankDetails(given["holder"], given["number"]) if given["number"] else None
    onboarding.finish(store, account["id"], given["outcome"], bank)
    store.keep(link["id"], {"used": True})
    return HttpResponseRedirect(private["return_url"])


def first_form(request: HttpRequest, account: Json) -> OnboardingForm:
    """Empty, or filled with a test bank account that was chosen, keeping what was typed besides."""
    bank = BANKS.get(request.POST.get("use", ""))
    initial = {"outcome": request.POST.get("outcome", "complete"), "holder": request.POST.get("holder", "")}
    if bank:
        initial |= {"number": bank.spaced, "holder": initial["holder"] or "Sandbox producer"}
    return OnboardingForm(initial=initial)


def show(request: HttpRequest, account: Json, private: Json, form: OnboardingForm, status: int = 200) -> HttpResponse:
    context = {
        "account": account,
        "on_file": onboarding.usable_bank(account),
        "return_url": private["return_url"],
        "form": form,
        "banks": BANKS.values(),
    }
    return render(request, "onboard.html", context, status=status)


def link_or_none(store: Store, link_id: str) -> Json | None:
    try:
        return store.locked("account_link", link_id)
    except ApiError:
        return None
