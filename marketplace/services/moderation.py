"""What a moderator does to listings. Buyers keep what they bought."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Membership, User
from accounts.permissions import Capability
from core import audit, mail
from core.errors import Conflict, Invalid
from marketplace.models import Offer, OfferQuerySet, OfferState

audit.phrases(
    {
        "offer.hidden": _l("hid a listing from the market: {reason}"),
        "offer.unhidden": _l("gave a hidden listing back to its producer"),
    }
)


def hide(*, actor: User, offer: Offer, reason: str) -> int:
    """Take a listing off the market until a moderator brings it back; a dataset takes its single images along.

    Returns how many offers are hidden by this. Raises Conflict when it is hidden already.
    """
    if not reason.strip():
        raise Invalid(_("Say why: the producer reads it."), field="reason")
    with transaction.atomic():
        hidden = (
            _with_images(offer).exclude(state=OfferState.HIDDEN).update(state=OfferState.HIDDEN, hidden_reason=reason)
        )
        if not hidden:
            raise Conflict(_("This listing is hidden already."), code="already_hidden")
        _record(actor, offer, "offer.hidden", {"reason": reason, "offers": hidden})
        _tell_producer(offer, reason)
    return hidden


def unhide(*, actor: User, offer: Offer) -> int:
    """Bring a hidden listing back as withdrawn: whether it is sold again is its producer's choice."""
    with transaction.atomic():
        shown = _with_images(offer).filter(state=OfferState.HIDDEN).update(state=OfferState.WITHDRAWN, hidden_reason="")
        if not shown:
            raise Conflict(_("This listing is not hidden."), code="not_hidden")
        _record(actor, offer, "offer.unhidden", {"offers": shown})
    return shown


def _with_images(offer: Offer) -> OfferQuerySet:
    """The offer itself, and of a dataset its single images under every licence."""
    if not offer.is_dataset:
        return Offer.objects.filter(pk=offer.pk)
    return Offer.objects.filter(Q(pk=offer.pk) | Q(dataset=offer.dataset, asset__isnull=False))


def _tell_producer(offer: Offer, reason: str) -> None:
    sellers = Membership.objects.filter(organization=offer.organization).who_can(Capability.SELL)
    for seller in sellers.select_related("user"):
        mail.send(template="listing_hidden", to=seller.user.email, context={"offer": offer, "reason": reason})


def _record(actor: User, offer: Offer, verb: str, data: dict[str, object]) -> None:
    audit.record(actor=actor, organization=offer.organization, verb=verb, subject=offer, data=data)
