"""Stating rights, opening licences, granting and revoking."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit, bulk
from core.errors import Invalid
from core.models import new_public_id
from datasets.models import Asset
from licensing.catalogue import open_row
from licensing.models import AssetRights, Grant, License, Revocation
from licensing.rules import spdx
from licensing.rules.terms import Terms

audit.phrases(
    {
        "rights.stated": _l("stated the rights in images"),
        "grants.made": _l("granted a licence"),
        "grant.revoked": _l("took back a licence"),
        "grants.revoked": _l("took back {count} licences: {reason}"),
    }
)

CHUNK = 2_000


@dataclass(frozen=True)
class GrantRequest:
    """One licence to be granted. `source` names what for; the same source is granted once."""

    source: str
    organization: Organization
    licensor: Organization
    license: License
    manifest_id: int
    asset_id: int | None
    title: str
    price_minor: int
    currency: str


def open_license(*, spdx_id: str) -> License:
    """The licence of that SPDX id, written down on first use."""
    name = spdx.canonical_id(spdx_id)
    if not name:
        message = _("“%(id)s” is not a licence of the SPDX list. Write its id as the list does, such as CC-BY-4.0.")
        raise Invalid(message % {"id": spdx_id}, field="spdx_id")
    found = License.objects.filter(code=name.lower()).order_by("-version").first()
    if found is not None:
        return found
    row = open_row(spdx.open_license(name))
    return License.objects.get_or_create(code=name.lower(), version=1, defaults=row)[0]


def state_rights(
    *,
    actor: User,
    organization: Organization,
    assets: Iterable[int],
    license_: License | None,
    origin: str = "",
    covers_labels: bool = True,
) -> int:
    """Say what may be granted at most on these assets (primary keys); None means all rights are the producer's own.

    Returns how many assets it was stated for. Keys of other organisations' assets are passed over.
    """
    stated = 0
    with transaction.atomic():
        for chunk in _chunks(assets):
            own = Asset.objects.for_organization(organization).filter(pk__in=chunk).values_list("pk", flat=True)
            rows = [
                AssetRights(
                    asset_id=pk, license=license_, covers_labels=covers_labels, origin=origin, stated_by=actor
                )
                for pk in own
            ]  # fmt: skip
            stated += len(rows)
            _write_rights(rows, license_)
        audit.record(
            actor=actor,
            organization=organization,
            verb="rights.stated",
            subject=organization,
            data={"license": license_.code if license_ else "own", "origin": origin, "assets": stated},
        )
    return stated


def _write_rights(rows: Sequence[AssetRights], license_: License | None) -> None:
    if license_ is None:
        AssetRights.objects.filter(asset__in=[row.asset_id for row in rows]).delete()
        return
    AssetRights.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["asset"],
        update_fields=["license", "covers_labels", "origin", "stated_by", "stated_at"],
    )


def grant(*, actor: User | None, request: GrantRequest) -> Grant:
    grant_all(actor=actor, requests=[request])
    return Grant.objects.get(source=request.source)


def grant_all(*, actor: User | None, requests: Sequence[GrantRequest]) -> int:
    """Grant each request once; what was granted for the same source before stays as it is. Returns how many are new."""
    by_license: dict[License, list[GrantRequest]] = defaultdict(list)
    for request in requests:
        by_license[request.license].append(request)
    with transaction.atomic():
        new = sum(_write_grants(actor, license_, wanted) for license_, wanted in by_license.items())
        if new:
            audit.record(
                actor=actor,
                organization=requests[0].organization,
                verb="grants.made",
                subject=requests[0].organization,
                data={"count": new, "first_source": requests[0].source},
            )
    return new


def _write_grants(actor: User | None, license_: License, requests: Sequence[GrantRequest]) -> int:
    now = timezone.now()
    days = _shortest(license_.as_terms)
    shared = {
        "created_at": now,
        "license_id": license_.pk,
        "terms": license_.terms,
        "text_sha256": license_.text_sha256,
        "granted_at": now,
        "expires_at": now + timedelta(days=days) if days else None,
        "granted_by_id": actor.pk if actor else None,
    }
    return bulk.insert(Grant, [_row(request) for request in requests], shared=shared, new_only=True)


def _row(request: GrantRequest) -> dict[str, object]:
    return {
        "public_id": new_public_id(),
        "organization_id": request.organization.pk,
        "licensor_id": request.licensor.pk,
        "manifest_id": request.manifest_id,
        "asset_id": request.asset_id,
        "source": request.source,
        "title": request.title,
        "price_minor": request.price_minor,
        "currency": request.currency,
    }


def _shortest(terms: Terms) -> int | None:
    return min((days for days in (terms.images.days, terms.labels.days) if days), default=None)


def revoke(*, actor: User | None, grant: Grant, reason: str) -> Revocation:
    """End a grant by a record beside it. Revoking twice keeps the first reason."""
    with transaction.atomic():
        found, made = Revocation.objects.get_or_create(grant=grant, defaults={"reason": reason})
        if made:
            audit.record(
                actor=actor,
                organization=grant.organization,
                verb="grant.revoked",
                subject=grant,
                data={"reason": reason},
            )
    return found


def revoke_all(*, actor: User | None, sources: Sequence[str], reason: str) -> int:
    """End the grants made for these sources. Those that ended before keep their reason. Returns how many ended now."""
    with transaction.atomic():
        ending = list(Grant.objects.filter(source__in=sources, revocation=None).select_related("organization"))
        rows = [Revocation(grant=grant, reason=reason) for grant in ending]
        Revocation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)
        if ending:
            audit.record(
                actor=actor,
                organization=ending[0].organization,
                verb="grants.revoked",
                subject=ending[0].organization,
                data={"count": len(ending), "first_source": ending[0].source, "reason": reason},
            )
    return len(ending)


def _chunks(keys: Iterable[int]) -> Iterable[list[int]]:
    """Lists of at most CHUNK, so that stating rights for a million assets needs the memory of a few thousand."""
    remaining = iter(keys)
    return iter(lambda: list(islice(remaining, CHUNK)), [])
