"""Which media of an organisation is meant: the filters of the library's address and of the API."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Self
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.utils.dateparse import parse_date

from accounts.models import Organization
from datasets.models import Asset, DatasetItem, ManifestItem
from datasets.models.assets import AssetQuerySet

STATES = ("unused", "hidden")
_IN_USE = DatasetItem.objects.filter(asset=OuterRef("pk"), dataset__deleted_at=None)


@dataclass(frozen=True)
class LibraryFilter:
    """Empty means any. `dataset` is a public id; `since` and `until` are days of the upload, both included."""

    dataset: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    q: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """Values that mean nothing are dropped, as from a link that has aged."""
        given = cls(**{name: query.get(name, "").strip()[:200] for name in cls.__dataclass_fields__})
        return replace(
            given,
            state=given.state if given.state in STATES else "",
            since=given.since if _day(given.since) else "",
            until=given.until if _day(given.until) else "",
        )

    def assets(self, organization: Organization) -> AssetQuerySet:
        found = Asset.objects.for_organization(organization)
        if self.dataset:
            found = found.filter(items__dataset__public_id=self.dataset, items__dataset__deleted_at=None)
        if self.q:
            found = found.filter(original_name__icontains=self.q)
        if since := _day(self.since):
            found = found.filter(created_at__date__gte=since)
        if until := _day(self.until):
            found = found.filter(created_at__date__lt=until + timedelta(days=1))
        if self.state == "unused":
            found = found.exclude(Exists(_IN_USE))
        return found.hidden() if self.state == "hidden" else found

    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def without(self, name: str) -> str:
        """The address's query with one filter left out."""
        return f"?{urlencode({key: value for key, value in self.given().items() if key != name})}"


def is_released(asset: Asset) -> bool:
    """Whether a released version holds it, so that it can no longer be deleted."""
    return ManifestItem.objects.filter(asset=asset).exists()


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
