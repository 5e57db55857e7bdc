"""Stating what may be granted on images, and taking off the market what no longer may be."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import Organization, User
from core import audit
from datasets.models import Asset, ManifestItem
from licensing import services as licensing
from licensing.models import License
from licensing.rules.terms import EVERYTHING, Part, Terms
from marketplace.models import Offer, OfferQuerySet, OfferState


@dataclass(frozen=True)
class Restated:
    assets: int
    withdrawn: int


def restate(
    *,
    actor: User,
    organization: Organization,
    assets: Iterable[int],
    license_: License | None,
    origin: str = "",
    covers_labels: bool = True,
) -> Restated:
    """State the most that may be granted on assets (primary keys; None: all rights are the producer's own).

    Offers that would grant more are withdrawn in the same transaction.
    """
    keys = list(assets)
    with transaction.atomic():
        stated = licensing.state_rights(
            actor=actor,
            organization=organization,
            assets=keys,
            license_=license_,
            origin=origin,
            covers_labels=covers_labels,
        )
        limit = _limit(license_, covers_labels)
        withdrawn = _offers_of(keys, organization, limit).update(state=OfferState.WITHDRAWN)
        if withdrawn:
            audit.record(
                actor=actor,
                organization=organization,
                verb="offers.withdrawn",
                subject=organization,
                data={"count": withdrawn, "because": "rights.stated"},
            )
    return Restated(stated, withdrawn)


def _limit(license_: License | None, covers_labels: bool) -> Terms:
    if license_ is None:
        return EVERYTHING
    terms = license_.as_terms
    return terms if covers_labels else Terms(images=terms.images, labels=Part())


def _offers_of(assets: list[int], organization: Organization, limit: Terms) -> OfferQuerySet:
    """Listed offers of these assets, alone or in a dataset, that grant more than the limit."""
    content = Asset.objects.filter(pk__in=assets).values("sha256")
    inside = ManifestItem.objects.filter(sha256__in=content, manifest__in=_own_manifests(organization))
    return Offer.objects.for_organization(organization).filter(
        Q(asset__in=assets) | Q(asset=None, version__manifest__in=inside.values("manifest")),
        state=OfferState.LISTED,
        license__in=License.objects.beyond(limit),
    )


def _own_manifests(organization: Organization) -> OfferQuerySet:
    listed = Offer.objects.for_organization(organization).filter(state=OfferState.LISTED, asset=None)
    return listed.values("version__manifest")  # type: ignore[return-value]  # a subquery of keys
