"""What a consumer does after finding something: cart, order, purchases."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from accounts.models import Membership, User
from accounts.permissions import Capability
from accounts.web import remember, workspace
from core.errors import DomainError
from core.pagination import keyset_page
from marketplace.buying.baskets import baskets
from marketplace.buying.forms import CartAddForm, CheckoutForm, OfferForm, RefundForm, new_token
from marketplace.buying.order_page import line_rows
from marketplace.buying.seats import buying_seat
from marketplace.models import CartLine, Offer, Order, OrderState
from marketplace.services import carts, orders, refunds
from marketplace.services.paid import PURPOSE
from payments.models.invoices import Invoice


@require_safe
@login_required
def my_cart(request: HttpRequest) -> HttpResponse:
    """The cart of the workspace one was in last."""
    seat = buying_seat(request)
    if seat is None:
        raise Http404
    return redirect("buying:cart", seat.organization.slug)


@require_POST
@login_required
def cart_add(request: HttpRequest) -> HttpResponse:
    """From a listing: the form names the organisation to buy for."""
    form = CartAddForm(request.POST)
    if not form.is_valid():
        raise Http404
    membership = access.membership(request, form.cleaned_data["organization"], needs=Capability.BUY)
    remember(request, membership.organization.slug)
    offer = access.get(Offer.objects.with_goods(), public_id=form.cleaned_data["offer"])
    if form.cleaned_data["buy_now"]:
        return _ordered(request, membership, [offer], key=new_token())
    carts.add_to_cart(actor=membership.user, organization=membership.organization, offer=offer)
    messages.success(request, _("In the cart."))
    return redirect("buying:cart", membership.organization.slug)


@workspace(needs={"GET": Capability.BUY})
def cart(request: HttpRequest, membership: Membership) -> HttpResponse:
    pending = Order.objects.for_organization(membership.organization).pending().order_by("-pk")[:5]
    found = baskets(actor=membership.user, organization=membership.organization)
    return render(request, "buying/cart.html", {"baskets": found, "pending": pending, "token": new_token()})


@require_POST
@workspace(needs={"POST": Capability.BUY})
def cart_remove(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = OfferForm(request.POST)
    if not form.is_valid():
        raise Http404
    offer = access.get(Offer.objects.with_goods(), public_id=form.cleaned_data["offer"])
    carts.remove_from_cart(actor=membership.user, organization=membership.organization, offer=offer)
    return redirect("buying:cart", membership.organization.slug)


@require_POST
@workspace(needs={"POST": Capability.BUY})
def checkout(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = CheckoutForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was not complete. Order from the cart again."))
        return redirect("buying:cart", membership.organization.slug)
    given = form.cleaned_data
    lines = CartLine.objects.for_organization(membership.organization).in_currency(given["currency"])
    offers = [line.offer for line in lines.with_goods().order_by("pk")]
    asked = f"cart {given['currency']}"
    return _ordered(request, membership, offers, key=given["token"], asked=asked, expected=given["total_minor"])


def _ordered(
    request: HttpRequest,
    membership: Membership,
    offers: list[Offer],
    *,
    key: str,
    asked: str = "",
    expected: int | None = None,
) -> HttpResponse:
    """Place the order and go where it is paid; a refusal is told in the cart."""
    who, organization = membership.user, membership.organization
    try:
        orders.cancel_overlapping(actor=who, organization=organization, offers=offers, except_key=key)
        order = orders.place_order(
            actor=who, organization=organization, offers=offers, key=key, asked=asked, expected_total_minor=expected
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("buying:cart", organization.slug)
    return _to_payment(request, who, order)


def _to_payment(request: HttpRequest, who: User, order: Order) -> HttpResponse:
    if order.state == OrderState.PENDING:
        try:
            return redirect(orders.open_payment(actor=who, order=order).url)
        except DomainError as refusal:
            messages.error(request, refusal.message)
    return redirect("buying:order", order.organization.slug, order.public_id)


@workspace(needs={"GET": Capability.BUY})
def purchases(request: HttpRequest, membership: Membership) -> HttpResponse:
    found = Order.objects.for_organization(membership.organization).with_first_title()
    return render(request, "buying/purchases.html", {"page": keyset_page(found, request, order=("-id",), size=25)})


@workspace(needs={"GET": Capability.BUY})
def order(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = _order(membership, public_id)
    if "returned" in request.GET:
        orders.check_payment(order=found)
    lines = keyset_page(found.lines.with_goods(), request, order=("position",), size=50)
    context = {
        "order": found,
        "page": lines,
        "rows": line_rows(lines.rows),
        "step": 0,
        "refunds": found.refund_requests.order_by("-pk")[:20],
        "invoices": Invoice.objects.about(f"{PURPOSE}:{found.public_id}").defer("lines")[:50],
        "can_ask": found.in_refund_window and found.lines.left_to_refund().exists(),
    }
    return render(request, "buying/order.html", context)


@workspace(needs={"GET": Capability.BUY, "POST": Capability.BUY})
def order_refund(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = _order(membership, public_id)
    form = RefundForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        lines, reason = form.cleaned_data["lines"], form.cleaned_data["reason"]
        try:
            refunds.ask_for_refund(actor=membership.user, order=found, lines=lines, reason=reason)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("We look at it and write to you."))
            return redirect("buying:order", membership.organization.slug, public_id)
    return render(request, "buying/refund.html", {"order": found, "form": form})


@workspace(needs={"GET": Capability.BUY})
def order_status(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """What the order's page asks again and again until the payment is settled; each time a little later."""
    found = orders.check_payment(order=_order(membership, public_id))
    asked = request.GET.get("step", "")
    step = min(int(asked), 20) + 1 if asked.isdecimal() and len(asked) < 4 else 1
    response = render(request, "buying/partials/order_state.html", {"order": found, "step": step})
    if found.state != OrderState.PENDING:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@workspace(needs={"POST": Capability.BUY})
def order_pay(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    return _to_payment(request, membership.user, _order(membership, public_id))


@require_POST
@workspace(needs={"POST": Capability.BUY})
def order_cancel(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = orders.cancel_order(actor=membership.user, order=_order(membership, public_id))
    if found.state == OrderState.CANCELLED:
        messages.info(request, _("The order is cancelled and nothing was charged."))
    return redirect("buying:order", membership.organization.slug, public_id)


def _order(membership: Membership, public_id: str) -> Order:
    rows = Order.objects.for_organization(membership.organization).select_related("organization", "placed_by")
    return access.get(rows, public_id=public_id)
