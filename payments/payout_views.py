"""What an organisation has earned, what becomes available when, and how it is paid."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from payments.models import Payee
from payments.services import payees


@workspace(needs={"GET": Capability.VIEW_MONEY})
def payouts(request: HttpRequest, membership: Membership) -> HttpResponse:
    payee = Payee.objects.for_organization(membership.organization).first()
    if payee and "returned" in request.GET:
        payees.refresh(payee=payee)
    return render(request, "payments/payouts.html", {"payee": payee})


@workspace(needs={"POST": Capability.MANAGE_MONEY})
def set_up(request: HttpRequest, membership: Membership) -> HttpResponse:
    country = request.POST.get("country", "")
    return redirect(payees.onboard(actor=membership.user, organization=membership.organization, country=country))


@workspace(needs={"GET": Capability.MANAGE_MONEY})
def go_on(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Where Stripe sends people whose link was used or is too old: to a new one."""
    return redirect(payees.onboard(actor=membership.user, organization=membership.organization))
