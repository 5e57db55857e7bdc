"""Taking the labels of an upload in: any format, as a stream, a thousand images at a time.

A label that its image has already is not added again, so running twice, or uploading the same dataset twice, leaves
what is there as it is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from datasets import bulk
from datasets.bulk import Gain
from datasets.formats import registry
from datasets.formats.matching import NameIndex
from datasets.formats.model import Item, LabelledImage, Problem, Shape, Size, Skeleton, Source
from datasets.formats.model import LabelClass as ReadClass
from datasets.labels import Label, key_of
from datasets.models import Annotation, Dataset, DatasetItem, LabelClass, Provenance, Upload, UploadOutcome
from datasets.vocabulary import ensure_classes
from jobs.context import JobContext

CHUNK = 1_000
NAME = 1_000


@dataclass
class Report:
    """How it went, in figures. `format` is empty when the labels are in no format we know; `reason` says more."""

    format: str = ""
    reason: str = ""
    images: int = 0
    """Images that got labels or had them already."""
    unlabelled: int = 0
    labels: int = 0
    repeated: int = 0
    """Labels that were there already."""
    left_out: int = 0
    mended: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def import_labels(
    upload: Upload, source: Source, by_name: Mapping[str, int], context: JobContext, prefix: str = ""
) -> dict[str, Any]:
    """Labels for the images of an upload and for those its dataset has already; returns a `Report` as data.

    `by_name` gives the asset's primary key of each image of the source; all of them are items of the dataset by now.
    What cannot be kept becomes an outcome of the upload, its name after the prefix.
    """
    format_id, reason = _format(upload, source)
    report = Report(format=format_id, reason=reason)
    labelled: set[int] = set()
    if format_id:
        Upload.objects.filter(pk=upload.pk).update(format=format_id)
        images = _Images(upload.dataset, by_name)
        work = _Import(upload, images, report, prefix)
        for done in work.take(registry.read(format_id, source, images.size)):
            context.progress(done=done, message=_("Labels of %d images read") % done)
        labelled = work.labelled
    report.unlabelled = len(set(by_name.values()) - labelled)
    return asdict(report)


def _format(upload: Upload, source: Source) -> tuple[str, str]:
    """The declared format, unless the source is plainly in another one; with the reason, or why there is none."""
    found = registry.detect(source)
    if upload.format and (found.format is None or _is_in(upload.format, source)):
        return upload.format, ""
    return found.format or "", found.reason


def _is_in(format_id: str, source: Source) -> bool:
    try:
        return bool(registry.FORMATS[format_id].sniff(source))
    except OSError:  # a damaged file says nothing; reading it will report it
        return False


class _Images:
    """Which asset a name in the labels means, and its size."""

    def __init__(self, dataset: Dataset, by_name: Mapping[str, int]) -> None:
        self._by_name = by_name
        rows = dataset.items.values_list("asset_id", "asset__width", "asset__height").iterator(CHUNK)
        self._sizes: dict[int, Size] = {asset: (width, height) for asset, width, height in rows}
        self._dataset = dataset
        self._present: tuple[NameIndex, dict[str, int]] | None = None

    def asset(self, name: str) -> int | None:
        found = self._by_name.get(name)
        return found if found is not None else self._already_present(name)

    def size(self, name: str) -> Size | None:
        asset = self.asset(name)
        return None if asset is None else self._sizes.get(asset)

    def _already_present(self, name: str) -> int | None:
        if self._present is None:
            assets = dict(self._dataset.items.values_list("name", "asset_id").iterator(CHUNK))
            self._present = NameIndex(assets), assets
        index, assets = self._present
        match = index.find(name)
        return None if match is None else assets[match]


class _Import:
    def __init__(self, upload: Upload, images: _Images, report: Report, prefix: str) -> None:
        self._upload = upload
        self._prefix = prefix
        self._images = images
        self._report = report
        self._classes: dict[str, LabelClass] = {}
        self._wanted: dict[str, Skeleton | None] = {}
        self.labelled: set[int] = set()

    def take(self, items: Iterable[Item]) -> Iterator[int]:
        """Write what is read, a chunk at a time; yields how many images are done."""
        images: list[LabelledImage] = []
        problems: list[Problem] = []
        done = 0
        for item in items:
            if isinstance(item, ReadClass):
                self._wanted[item.name] = item.skeleton
            elif isinstance(item, Problem):
                problems.append(item)
            else:
                images.append(item)
            if len(images) + len(problems) >= CHUNK:
                done += len(images)
                self._write(images, problems)
                images, problems = [], []
                yield done
        self._write(images, problems)
        yield done + len(images)

    def _write(self, images: list[LabelledImage], problems: list[Problem]) -> None:
        with transaction.atomic():
            self._make_classes()
            self._write_labels(images)
            UploadOutcome.objects.bulk_create(map(self._outcome, problems), ignore_conflicts=True)
        self._report.mended += sum(problem.kept for problem in problems)
        self._report.left_out += sum(not problem.kept for problem in problems)

    def _make_classes(self) -> None:
        """Also those that no label uses, since the makers of the labels had them in mind."""
        if self._wanted:
            self._classes |= ensure_classes(self._upload.dataset.schema, self._wanted)
            self._wanted = {}

    def _write_labels(self, images: list[LabelledImage]) -> None:
        placed = [(asset, image) for image in images if (asset := self._images.asset(image.name)) is not None]
        items = self._held({asset for asset, _ in placed})
        gains = {asset: Gain(item.pk) for asset, item in items.items()}
        present = self._present(items.values())
        rows: list[Annotation] = []
        for asset, image in placed:
            fresh = self._fresh(image.shapes, present.setdefault(asset, Counter()))
            rows += [self._row(asset, shape) for shape in fresh]
            gains[asset].labels += len(fresh)
            gains[asset].split = image.split or gains[asset].split
            self._tally(asset, image, fresh)
        if gains:
            bulk.insert_annotations(rows)
            bulk.count(self._upload.dataset, list(gains.values()))

    def _held(self, assets: set[int]) -> dict[int, DatasetItem]:
        """The items, locked in one order: whoever else labels them takes turns with this import."""
        found = self._upload.dataset.items.filter(asset_id__in=assets).order_by("pk").select_for_update()
        return {item.asset_id: item for item in found}

    def _present(self, items: Iterable[DatasetItem]) -> dict[int, Counter[str]]:
        """By asset, the labels that are there already."""
        assets = [item.asset_id for item in items if item.annotation_count]
        present: dict[int, Counter[str]] = {}
        rows = self._upload.dataset.annotations.filter(asset_id__in=assets).select_related("label_class")
        for row in rows:
            present.setdefault(row.asset_id, Counter())[key_of(row)] += 1
        return present

    def _fresh(self, shapes: Iterable[Shape], present: Counter[str]) -> list[Shape]:
        """The shapes that are not present; they are from now on."""
        left, fresh = present.copy(), []
        for shape in shapes:
            key = Label(self._classes[shape.label].public_id, shape.kind, shape.geometry, shape.attributes).key()
            if left[key] > 0:
                left[key] -= 1
            else:
                fresh.append(shape)
                present[key] += 1
        return fresh

    def _row(self, asset: int, shape: Shape) -> Annotation:
        return Annotation(
            dataset_id=self._upload.dataset_id,
            asset_id=asset,
            label_class=self._classes[shape.label],
            kind=shape.kind,
            geometry=shape.geometry,
            attributes=shape.attributes,
            confidence=shape.confidence,
            provenance=Provenance.IMPORT,
            created_by_id=self._upload.created_by_id,
            upload_id=self._upload.pk,
        )

    def _tally(self, asset: int, image: LabelledImage, fresh: list[Shape]) -> None:
        if image.shapes:
            self.labelled.add(asset)
        self._report.images = len(self.labelled)
        self._report.labels += len(fresh)
        self._report.repeated += len(image.shapes) - len(fresh)
        for shape in fresh:
            self._report.kinds[shape.kind] = self._report.kinds.get(shape.kind, 0) + 1

    def _outcome(self, problem: Problem) -> UploadOutcome:
        return UploadOutcome(
            upload=self._upload,
            name=f"{self._prefix}{problem.where}"[:NAME],
            result=UploadOutcome.Result.WARNING if problem.kept else UploadOutcome.Result.REJECTED,
            code=problem.code[:40],
            message=problem.message[:300],
        )
