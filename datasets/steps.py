"""From an empty dataset to a priced listing: what is done, and the one thing to do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datasets.models import Dataset, DatasetVersion, VersionState


@dataclass(frozen=True)
class Step:
    name: str
    title: str | Promise
    help: str | Promise
    done: bool
    needs: str
    """A capability of accounts.permissions."""


@dataclass(frozen=True)
class Steps:
    all: list[Step]
    next: Step
    """The first that is not done; listing stays open, since whether it is listed is not this app's to know."""


def of(dataset: Dataset, versions: Sequence[DatasetVersion]) -> Steps:
    released = any(version.state == VersionState.RELEASED for version in versions)
    steps = [
        Step(
            "upload",
            _("Upload images"),
            _("Drop images, a zip, or a whole labelled dataset."),
            dataset.item_count > 0,
            "edit_media",
        ),
        Step(
            "label",
            _("Label images"),
            _("Import labels with the images, or draw boxes and add tags here."),
            dataset.annotation_count > 0,
            "edit_media",
        ),
        Step(
            "release",
            _("Release a version"),
            _("Freezes images and labels as they stand, under one content hash."),
            released,
            "release",
        ),
        Step(
            "list", _("Price and list it"), _("Choose a price and a licence, and put it on the market."), False, "sell"
        ),
    ]
    return Steps(steps, next(step for step in steps if not step.done))
