"""A few pictures that stand for a dataset."""

from collections.abc import Sequence

from datasets.models import Asset, Dataset, DatasetItem

PICTURES = 3


def covers(datasets: Sequence[Dataset]) -> dict[int, list[Asset]]:
    """The newest pictures of each, in two queries; the index is read for those rows alone, however many there are."""
    newest = [
        DatasetItem.objects.filter(dataset=dataset).order_by("-id").values_list("dataset_id", "asset_id")[:PICTURES]
        for dataset in datasets
    ]
    pairs = list(newest[0].union(*newest[1:], all=True)) if newest else []
    assets = Asset.objects.in_bulk([asset for _dataset, asset in pairs])
    found: dict[int, list[Asset]] = {dataset.pk: [] for dataset in datasets}
    for dataset, asset in pairs:
        found[dataset].append(assets[asset])
    return found
