"""What the listing form tells a producer before they decide: each licence's answers, and what stands against it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Organization
from datasets.models import DatasetVersion
from licensing.models import AssetRights, License
from marketplace.rules.pricing import net


@dataclass(frozen=True)
class LicenseChoice:
    license: License
    items_against: int


def license_choices(version: DatasetVersion) -> list[LicenseChoice]:
    """Every licence on offer with how many images may not be offered under it. Queries: licences, then one count
    for each ceiling that some image has."""
    manifest = version.manifest
    assert manifest is not None  # noqa: S101  # released
    stated = AssetRights.objects.of_manifest(manifest, version.dataset.organization)
    counts = stated.counts_by_ceiling()
    return [LicenseChoice(found, counts.against(found.as_terms)) for found in License.objects.catalogue()]


def commission_rate(organization: Organization) -> int:
    own = organization.commission_basis_points
    return settings.COMMISSION_BASIS_POINTS if own is None else own


def earnings(price_minor: int | None, image_price_minor: int | None, basis_points: int) -> list[dict[str, Any]]:
    """What is left of each price that is written so far, in minor units."""
    prices = ((_("Each dataset sold"), price_minor), (_("Each image sold"), image_price_minor))
    return [{"name": name, "net": net(price, basis_points)} for name, price in prices if price is not None]
