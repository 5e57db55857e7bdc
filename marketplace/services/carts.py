"""The cart of an organisation, and what stands against buying a thing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Membership, Organization, User
from core import audit
from core.bulk import among
from core.errors import Conflict
from licensing.holdings import Wanted, already_held
from marketplace.models import CartLine, Offer

audit.phrases(
    {
        "cart.added": _l("put an offer into the cart"),
        "cart.removed": _l("took an offer out of the cart"),
    }
)

MOST_LINES = 10_000


@dataclass(frozen=True)
class Obstacle:
    """Why an offer cannot be bought; `code` is gone, own_item or already_owned."""

    code: str
    message: str


def add_to_cart(*, actor: User, organization: Organization, offer: Offer) -> CartLine:
    """Put an offer into the cart; once there it stays one line. Raises Conflict with the obstacle's code."""
    refuse_obstacle(actor=actor, organization=organization, offer=offer)
    with transaction.atomic():
        if CartLine.objects.for_organization(organization).count() >= MOST_LINES:
            raise Conflict(_("A cart holds at most 10,000 items. Buy these first."), code="cart_full")
        line, added = CartLine.objects.get_or_create(
            organization=organization,
            offer=offer,
            defaults={"added_by": actor, "price_minor": offer.price_minor, "currency": offer.currency},
        )
        if added:
            audit.record(actor=actor, organization=organization, verb="cart.added", subject=offer)
    return line


def remove_from_cart(*, actor: User, organization: Organization, offer: Offer) -> None:
    """Take an offer out; no matter if it is not in there."""
    with transaction.atomic():
        removed, _by_model = CartLine.objects.for_organization(organization).filter(offer=offer).delete()
        if removed:
            audit.record(actor=actor, organization=organization, verb="cart.removed", subject=offer)


def refuse_obstacle(*, actor: User, organization: Organization, offer: Offer) -> None:
    for obstacle in obstacles(actor=actor, organization=organization, offers=[offer]).values():
        raise Conflict(obstacle.message, code=obstacle.code)


def obstacles(*, actor: User, organization: Organization, offers: Sequence[Offer]) -> dict[int, Obstacle]:
    """What stands against buying, by the offer's primary key. Offers need their goods loaded."""
    keys = among([offer.pk for offer in offers])
    on_market = set(Offer.objects.on_market().filter(pk__in=keys).values_list("pk", flat=True))
    own = _own_organizations(actor, organization, offers)
    held = already_held(organization, [Wanted(offer.manifest_id, offer.asset_id, offer.license) for offer in offers])
    found = {
        offer.pk: _obstacle(offer, gone=offer.pk not in on_market, own=offer.organization_id in own, held=place in held)
        for place, offer in enumerate(offers)
    }
    return {key: obstacle for key, obstacle in found.items() if obstacle}


def _own_organizations(actor: User, organization: Organization, offers: Sequence[Offer]) -> set[int]:
    """Whoever is paid for a sale must not be the one who buys, under any of their organisations (X18)."""
    sellers = {offer.organization_id for offer in offers}
    joined = Membership.objects.filter(user=actor, organization__in=sellers)
    return {organization.pk, *joined.values_list("organization", flat=True)}


def _obstacle(offer: Offer, *, gone: bool, own: bool, held: bool) -> Obstacle | None:
    if gone:
        return Obstacle("gone", _("“%(title)s” is no longer for sale. Remove it.") % {"title": offer.title})
    if own:
        message = _("“%(title)s” is sold by an organisation of yours, so you cannot buy it.")
        return Obstacle("own_item", message % {"title": offer.title})
    if held:
        message = _("You already hold “%(title)s” under these or wider terms. It is among your purchases.")
        return Obstacle("already_owned", message % {"title": offer.title})
    return None
