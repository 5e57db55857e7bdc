"""The hosted payment page: what is bought, a card form, a confirmation, the way back."""

from pathlib import Path
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from payments.sandbox import api, lists, paying
from payments.sandbox.cards import CARDS
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.forms import TEST_CVC, TEST_EXPIRY, CardForm
from payments.sandbox.store import Store, transaction

FIELD_OF_CODE = {"incorrect_cvc": "cvc", "expired_card": "expiry"}


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """The page a buyer is sent to. Without a card in the form, a test card can be filled in."""
    with transaction() as store:
        session = session_or_none(store, session_id)
        if session is None:
            return render(request, "missing.html", status=404)
        if session["status"] != "open":
            return closed(request, session)
        if request.method == "POST" and "use" not in request.POST:
            return paid(request, store, session)
        return show_form(request, store, session, first_form(request, session))


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, session_id: str) -> HttpResponseBase:
    """What the bank of a card would ask: is this you?"""
    with transaction() as store:
        session = session_or_none(store, session_id)
        if session is None:
            return render(request, "missing.html", status=404)
        if session["status"] != "open":
            return closed(request, session)
        if not waits_for_confirmation(store, session):
            return HttpResponseRedirect(session["url"])
        if request.method != "POST":
            return render(request, "confirm.html", {"session": session})
        intent = paying.confirm(store, session_id, agreed=request.POST.get("answer") == "complete")
        return done(store, session_id) if intent["status"] == "succeeded" else HttpResponseRedirect(session["url"])


def paid(request: HttpRequest, store: Store, session: Json) -> HttpResponseBase:
    form = CardForm(request.POST)
    if not form.is_valid():
        return show_form(request, store, session, form, status=422)
    payer = paying.Payer(form.cleaned_data["email"], form.cleaned_data["name"])
    intent = paying.pay(store, session["id"], payer, form.cleaned_data["number"])
    if intent["status"] == "succeeded":
        return done(store, session["id"])
    if intent["status"] == "requires_action":
        return HttpResponseRedirect(intent["next_action"]["redirect_to_url"]["url"])
    show_refusal(form, intent["last_payment_error"])
    return show_form(request, store, session, form, status=402)


def first_form(request: HttpRequest, session: Json) -> CardForm:
    """Empty, or filled with a test card that was chosen, keeping what was typed besides."""
    card = CARDS.get(request.POST.get("use", ""))
    given = session["customer_details"] or {"email": session["customer_email"]}
    initial = {"email": request.POST.get("email") or given["email"] or ""}
    if card:
        initial |= {"number": card.spaced, "expiry": TEST_EXPIRY, "cvc": TEST_CVC}
        initial["name"] = request.POST.get("name") or "Sandbox buyer"
    return CardForm(initial=initial)


def show_form(request: HttpRequest, store: Store, session: Json, form: CardForm, status: int = 200) -> HttpResponse:
    context = {
        "session": session,
        "items": lists.line_items(store, session["id"], limit=lists.LARGEST_PAGE)["data"],
        "form": form,
        "cards": CARDS.values(),
        "refusal": last_refusal(store, session) if request.method != "POST" else "",
    }
    return render(request, "pay.html", context, status=status)


def last_refusal(store: Store, session: Json) -> str:
    """Why the attempt before failed, for a buyer who comes back from the confirmation."""
    intent = store.find(session["payment_intent"]) if session["payment_intent"] else None
    error = (intent or {}).get("last_payment_error")
    return str(error["message"]) if error else ""


def show_refusal(form: CardForm, error: Json) -> None:
    form.add_error(FIELD_OF_CODE.get(error["code"], "number"), error["message"])


def closed(request: HttpRequest, session: Json) -> HttpResponse:
    return render(request, "closed.html", {"session": session, "onward": success_url(session)}, status=410)


def done(store: Store, session_id: str) -> HttpResponseBase:
    return HttpResponseRedirect(success_url(store.get("checkout.session", session_id)))


def success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def waits_for_confirmation(store: Store, session: Json) -> bool:
    intent = store.find(session["payment_intent"]) if session["payment_intent"] else None
    return intent is not None and intent["status"] == "requires_action"


def session_or_none(store: Store, session_id: str) -> Json | None:
    try:
        return store.locked("checkout.session", session_id)
    except ApiError:
        return None


@require_safe
def style(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).with_name("style.css").open("rb"), content_type="text/css")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    with transaction() as store:
        store.one("select 1")
    return HttpResponse("ok", content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(("/v1/", "/v2/")):
        return api.not_found(request)
    return render(request, "missing.html", status=404)


def failed(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(("/v1/", "/v2/")):
        return api.failed()
    return render(request, "failed.html", status=500)
