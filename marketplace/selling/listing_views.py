"""A producer's offers: what is listed, and changing it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.errors import DomainError
from core.pagination import keyset_page
from marketplace.models import Offer, OfferQuerySet, OfferState
from marketplace.selling.forms import ChangeOfferForm, ImagePriceForm, ManyOffersForm, OfferFilter
from marketplace.selling.listing_page import commission_rate
from marketplace.services import offers


@workspace(needs={"GET": Capability.SELL})
def listings(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = OfferFilter(membership.organization, request.GET)
    found = Offer.objects.for_organization(membership.organization).matching(
        form.cleaned_data if form.is_valid() else {}
    )
    page = keyset_page(found.select_related("license", "dataset", "version"), request, order=("kind", "-id"))
    context = {"page": page, "filter": form, "currencies": settings.CURRENCIES}
    return render(request, "selling/listings.html", context)


@require_POST
@workspace(needs={"POST": Capability.SELL})
def change_many(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = ManyOffersForm(request.POST)
    if form.is_valid():
        rows = Offer.objects.for_organization(membership.organization).filter(
            public_id__in=form.cleaned_data["selected"]
        )
        messages.success(request, _changed(membership, rows, form.cleaned_data))
    else:
        messages.error(request, _("Write the new price and its currency, such as 12.50 EUR."))
    return redirect("selling:listings", membership.organization.slug)


def _changed(membership: Membership, rows: OfferQuerySet, given: dict[str, Any]) -> str:
    who, organization = membership.user, membership.organization
    if given["action"] == "withdraw":
        count = offers.withdraw(actor=who, organization=organization, offers=rows)
        return ngettext("%(count)d offer withdrawn.", "%(count)d offers withdrawn.", count) % {"count": count}
    same = rows.filter(currency=given["currency"])
    count = offers.reprice(actor=who, organization=organization, offers=same, price_minor=given["price_minor"])
    return ngettext("%(count)d price changed.", "%(count)d prices changed.", count) % {"count": count}


@workspace(needs={"GET": Capability.SELL})
def listing(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    return _listing_page(request, membership, _offer(membership, public_id))


def _listing_page(
    request: HttpRequest, membership: Membership, offer: Offer, form: ChangeOfferForm | None = None
) -> HttpResponse:
    images = Offer.objects.for_organization(membership.organization).of_listing(offer)
    context = {
        "offer": offer,
        "form": form or ChangeOfferForm(initial=_as_written(offer)),
        "images_form": ImagePriceForm(initial={"currency": offer.currency}),
        "images_listed": images.filter(state=OfferState.LISTED).count() if offer.is_dataset else 0,
        "job": offers.images_job(offer),
        "rate": commission_rate(membership.organization) / 10_000,
    }
    return render(request, "selling/listing.html", context, status=400 if form and form.errors else 200)


@require_POST
@workspace(needs={"POST": Capability.SELL})
def change_one(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """Buttons name what to do: withdraw, withdraw_images, relist; without one the form is saved."""
    offer = _offer(membership, public_id)
    who, organization = membership.user, membership.organization
    match request.POST.get("action", ""):
        case "withdraw":
            this = Offer.objects.for_organization(organization).filter(pk=offer.pk)
            offers.withdraw(actor=who, organization=organization, offers=this)
            messages.success(request, _("Withdrawn. What was bought stays with its buyers."))
        case "withdraw_images":
            offers.withdraw_dataset_images(actor=who, organization=organization, offer=offer)
            messages.success(request, _("The single images are withdrawn."))
        case "relist":
            offers.relist(actor=who, organization=organization, offer=offer)
            messages.success(request, _("Listed again."))
        case _:
            return _saved(request, membership, offer)
    return redirect("selling:listing", membership.organization.slug, public_id)


def _saved(request: HttpRequest, membership: Membership, offer: Offer) -> HttpResponse:
    form = ChangeOfferForm(request.POST)
    if not form.is_valid():
        return _listing_page(request, membership, offer, form)
    try:
        _change(membership, offer, form.cleaned_data)
    except DomainError as refusal:
        form.add_error("price", refusal.message)
        return _listing_page(request, membership, offer, form)
    messages.success(request, _("Saved."))
    return redirect("selling:listing", membership.organization.slug, offer.public_id)


def _change(membership: Membership, offer: Offer, given: dict[str, Any]) -> None:
    who, organization, price = membership.user, membership.organization, given["price_minor"]
    if price != offer.price_minor:
        this = Offer.objects.for_organization(organization).filter(pk=offer.pk)
        offers.reprice(actor=who, organization=organization, offers=this, price_minor=price)
    words = {"title": given["title"], "description": given["description"]}
    offers.describe(actor=who, organization=organization, offer=offer, **words)


@require_POST
@workspace(needs={"POST": Capability.SELL})
def list_images(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    offer, form = _offer(membership, public_id), ImagePriceForm(request.POST)
    if form.is_valid() and form.cleaned_data["image_price_minor"] is not None:
        offers.list_images(actor=membership.user, offer=offer, price_minor=form.cleaned_data["image_price_minor"])
    else:
        messages.error(request, _("Write the price of one image."))
    return redirect("selling:listing", membership.organization.slug, public_id)


def _offer(membership: Membership, public_id: str) -> Offer:
    return access.get(Offer.objects.for_organization(membership.organization).with_goods(), public_id=public_id)


def _as_written(offer: Offer) -> dict[str, Any]:
    return {
        "title": offer.title,
        "description": offer.description,
        "currency": offer.currency,
        "price": offer.price_written,
    }
