"""The way from nothing to a listing, and from the market to a download, as steps with what is done ticked off."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Organization
from accounts.permissions import Capability
from datasets.models import Dataset
from labelhub.overview.reading import Figures


@dataclass(frozen=True)
class Step:
    """`href` is empty when the member's role may not take it."""

    title: str
    text: str
    done: bool
    href: str


@dataclass(frozen=True)
class Track:
    title: str
    steps: Sequence[Step]

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)

    @property
    def is_begun(self) -> bool:
        return any(step.done for step in self.steps)

    @property
    def is_finished(self) -> bool:
        return self.steps[-1].done


def tracks(membership: Membership, figures: Figures) -> list[Track]:
    """Those the member can take part in and that are not finished; one that is begun pushes the other aside."""
    offered = [
        *([_selling(membership, figures)] if membership.can(Capability.EDIT_MEDIA) else []),
        *([_buying(membership, figures)] if membership.can(Capability.BUY) else []),
    ]
    begun = [track for track in offered if track.is_begun]
    return [track for track in begun or offered if not track.is_finished]


def _selling(membership: Membership, figures: Figures) -> Track:
    urls = _addresses(membership.organization, figures.newest_dataset)
    steps = [
        Step(
            _("Upload images"),
            _("Drop files, a folder or a zip. Labels in COCO, YOLO, Pascal VOC or CSV come along."),
            figures.images > 0,
            urls["upload"],
        ),
        Step(
            _("Label them"), _("Draw boxes and set tags, or import what you have."), figures.labels > 0, urls["label"]
        ),
        Step(
            _("Release a version"),
            _("It freezes images and labels as they are, so that buyers know what they get."),
            figures.versions > 0,
            urls["release"] if membership.can(Capability.RELEASE) else "",
        ),
        Step(
            _("List it on the market"),
            _("Set a price and a licence. Buyers see your pseudonym, never your name."),
            figures.listings > 0,
            urls["list"] if membership.can(Capability.SELL) else "",
        ),
    ]
    return Track(_("Sell labelled images"), steps)


def _addresses(organization: Organization, newest: Dataset | None) -> dict[str, str]:
    """Where each step is taken: in the newest dataset; without one, all begins with making it."""
    slug = organization.slug
    if newest is None:
        return dict.fromkeys(("upload", "label", "release", "list"), reverse("datasets:new", args=[slug]))
    return {
        "upload": reverse("datasets:upload", args=[slug, newest.slug]),
        "label": reverse("datasets:gallery", args=[slug, newest.slug]),
        "release": reverse("datasets:versions", args=[slug, newest.slug]),
        "list": reverse("selling:choose_version", args=[slug, newest.public_id]),
    }


def _buying(membership: Membership, figures: Figures) -> Track:
    slug, market = membership.organization.slug, reverse("marketplace:search")
    cart = reverse("buying:cart", args=[slug])
    found = figures.in_cart > 0 or figures.purchases > 0
    steps = [
        Step(
            _("Find something on the market"), _("Search by what a picture shows. See a sample first."), found, market
        ),
        Step(_("Buy it"), _("What is free needs no payment."), figures.purchases > 0, cart if found else market),
        Step(
            _("Download it"),
            _("Put it into a project and choose the format your training code reads."),
            figures.downloads > 0,
            reverse("projects:list", args=[slug]),
        ),
    ]
    return Track(_("Get data to train on"), steps)
