"""Which items of a dataset are meant: the filters of the gallery's address and of the API."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Self
from urllib.parse import urlencode

from datasets.models import Dataset, DatasetItemQuerySet, Provenance, Split
from datasets.rules.kinds import KINDS

LABELLED = {"with": True, "without": False}
NO_SPLIT = "none"


@dataclass(frozen=True)
class ItemFilter:
    """Empty means any. What is asked of a label (class, kind, provenance) must hold for one and the same label."""

    label_class: str = ""
    labels: str = ""
    split: str = ""
    kind: str = ""
    provenance: str = ""
    q: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """Values that mean nothing are dropped, as from a link that has aged."""
        given = cls(**{name: query.get(name, "").strip()[:200] for name in cls.__dataclass_fields__})
        known = {
            "labels": LABELLED,
            "split": {NO_SPLIT, *Split.values},
            "kind": KINDS,
            "provenance": Provenance.values,
        }
        return replace(given, **{name: "" for name, values in known.items() if getattr(given, name) not in values})

    def items(self, dataset: Dataset) -> DatasetItemQuerySet:
        found = dataset.items.with_assets()
        if self.labels:
            found = found.labelled() if LABELLED[self.labels] else found.unlabelled()
        if self.split:
            found = found.filter(split="" if self.split == NO_SPLIT else self.split)
        if self.q:
            found = found.filter(name__icontains=self.q)
        of_label = self._of_label()
        return found.carrying(dataset.annotations.filter(**of_label)) if of_label else found

    def _of_label(self) -> dict[str, str]:
        asked = {
            "label_class__public_id": self.label_class,
            "kind": self.kind,
            "provenance": self.provenance,
        }
        return {name: value for name, value in asked.items() if value}

    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def query(self, **change: str) -> str:
        """The address's query with these filters changed, such as `?split=train`; empty without any."""
        left = {name: value for name, value in {**asdict(self), **change}.items() if value}
        return f"?{urlencode(left)}" if left else ""
