"""What an organisation already holds: asked before it buys."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Organization
from core.bulk import among
from datasets.models import ManifestItem
from licensing.models import Grant, GrantQuerySet, License
from licensing.rules.terms import within


@dataclass(frozen=True)
class Wanted:
    """A whole manifest (`asset_id` None) or one asset, under a licence."""

    manifest_id: int
    asset_id: int | None
    license: License


def already_held(organization: Organization, wanted: Sequence[Wanted]) -> set[int]:
    """Positions in `wanted` of what the organisation holds on equal or wider terms. Five queries at most."""
    by_asset, by_manifest = _held_licenses(organization, wanted)
    licenses = {row.pk: row.as_terms for row in License.objects.filter(pk__in=_all_of(by_asset, by_manifest))}

    def is_held(want: Wanted) -> bool:
        held = by_manifest[want.manifest_id] if want.asset_id is None else by_asset[want.asset_id]
        return any(within(want.license.as_terms, licenses[key]) for key in held)

    return {position for position, want in enumerate(wanted) if is_held(want)}


_Held = defaultdict[int, set[int]]


def _held_licenses(organization: Organization, wanted: Sequence[Wanted]) -> tuple[_Held, _Held]:
    """Licence keys held per asset and per manifest; an asset inside a held manifest counts as held."""
    assets = [want.asset_id for want in wanted if want.asset_id is not None]
    manifests = [want.manifest_id for want in wanted if want.asset_id is None]
    grants = Grant.objects.for_organization(organization).in_force()
    by_asset, by_manifest = _Held(set), _Held(set)
    for asset, license_ in grants.filter(asset__in=among(assets)).values_list("asset", "license"):
        by_asset[asset].add(license_)
    for manifest, license_ in grants.filter(asset=None, manifest__in=among(manifests)).values_list(
        "manifest", "license"
    ):
        by_manifest[manifest].add(license_)
    if assets:
        _add_items_of_held_manifests(grants.filter(asset=None), assets, by_asset)
    return by_asset, by_manifest


def _add_items_of_held_manifests(whole: GrantQuerySet, assets: list[int], by_asset: _Held) -> None:
    inside = ManifestItem.objects.filter(asset__in=among(assets), manifest__in=whole.values("manifest"))
    pairs = list(inside.values_list("asset", "manifest"))
    licenses = _Held(set)
    held = whole.filter(manifest__in={manifest for _asset, manifest in pairs})
    for manifest, license_ in held.values_list("manifest", "license"):
        licenses[manifest].add(license_)
    for asset, manifest in pairs:
        by_asset[asset] |= licenses[manifest]


def _all_of(*held: _Held) -> set[int]:
    return {key for found in held for keys in found.values() for key in keys}
