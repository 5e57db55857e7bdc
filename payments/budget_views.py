"""Money that an organisation sets aside for work: where it is, paying in, and getting the rest back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import DomainError
from core.pagination import keyset_page
from payments.budget_forms import BudgetForm, FundForm
from payments.models import Budget, Checkout
from payments.services import budgets as services
from payments.services import checkouts

SEE, ACT = Capability.VIEW_MONEY, Capability.MANAGE_MONEY


@workspace(needs={"GET": SEE})
def budgets(request: HttpRequest, membership: Membership) -> HttpResponse:
    page = keyset_page(Budget.objects.for_organization(membership.organization), request, order=("-id",))
    rows = list(zip(page.rows, services.figures_of(page.rows), strict=True))
    return render(request, "payments/budgets.html", {"page": page, "rows": rows})


@workspace(needs={"GET": ACT, "POST": ACT})
def new(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = BudgetForm(request.POST or None)
    if form.is_valid():
        made = services.open_budget(actor=membership.user, organization=membership.organization, **form.cleaned_data)
        return redirect("budgets:budget", membership.organization.slug, made.public_id)
    return render(request, "payments/budget_new.html", {"form": form})


@workspace(needs={"GET": SEE, "POST": ACT})
def budget(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """The page of one budget; posting to it pays in."""
    found = access.get(Budget.objects.for_organization(membership.organization), public_id=public_id)
    form = FundForm(found.currency, request.POST or None)
    if form.is_valid():
        try:
            return redirect(_page_to_pay(membership, found, form.cleaned_data["amount"]).url)
        except DomainError as refusal:
            form.add_error("amount", refusal.message)
    if "returned" in request.GET:
        _confirm(found)
    context = {"budget": found, "figures": services.figures(found), "form": form, "fundings": services.paid_in(found)}
    return render(request, "payments/budget.html", context)


@require_POST
@workspace(needs={"POST": ACT})
def close(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    found = access.get(Budget.objects.for_organization(membership.organization), public_id=public_id)
    try:
        services.close(actor=membership.user, budget=found)
        messages.success(request, _("The budget is closed. What was left is on its way to the cards it came from."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("budgets:budget", membership.organization.slug, public_id)


def _page_to_pay(membership: Membership, budget: Budget, amount: int) -> Checkout:
    here = settings.SITE_URL + reverse("budgets:budget", args=[membership.organization.slug, budget.public_id])
    return services.fund(
        actor=membership.user, budget=budget, amount=amount, success_url=f"{here}?returned=1", cancel_url=here
    )


def _confirm(budget: Budget) -> None:
    """The buyer's return proves nothing: ask how the payments stand."""
    for checkout in services.payments_under_way(budget):
        try:
            checkouts.confirm(checkout=checkout)
        except DomainError:
            return
