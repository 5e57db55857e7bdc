"""What happened lately: uploads, releases, sales and purchases as one list, the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organization
from accounts.permissions import Capability
from core.kit.figures import money, number
from datasets.models import DatasetVersion, Upload
from marketplace.models import Order, OrderLine

SHOWN = 10


@dataclass(frozen=True)
class Event:
    at: datetime
    icon: str
    text: str
    href: str


def latest(membership: Membership) -> list[Event]:
    """Sales only for roles that see money, purchases only for those that buy."""
    organization = membership.organization
    kinds = [_uploads(organization), _releases(organization)]
    if membership.can(Capability.VIEW_MONEY):
        kinds.append(_sales(organization))
    if membership.can(Capability.BUY):
        kinds.append(_purchases(organization))
    return sorted(chain.from_iterable(kinds), key=lambda event: event.at, reverse=True)[:SHOWN]


def _uploads(organization: Organization) -> Iterator[Event]:
    uploads = Upload.objects.for_organization(organization).done().select_related("dataset")
    for upload in uploads.order_by("-id")[:SHOWN]:
        count = upload.report.get("added", 0)
        text = ngettext(
            "%(count)s image was added to “%(name)s”", "%(count)s images were added to “%(name)s”", count
        ) % {"count": number(count), "name": upload.dataset.name}
        href = reverse("datasets:upload-detail", args=[organization.slug, upload.public_id])
        yield Event(upload.finished_at or upload.created_at, "upload", text, href)


def _releases(organization: Organization) -> Iterator[Event]:
    versions = DatasetVersion.objects.for_organization(organization).released().select_related("dataset")
    for version in versions.order_by("-id")[:SHOWN]:
        text = _("Version %(number)s of “%(name)s” was released") % {
            "number": version.number,
            "name": version.dataset.name,
        }
        href = reverse("datasets:version", args=[organization.slug, version.dataset.slug, version.number])
        yield Event(version.released_at or version.created_at, "package", text, href)


def _sales(organization: Organization) -> Iterator[Event]:
    href = reverse("selling:sales", args=[organization.slug])
    for line in OrderLine.objects.sales_of(organization).order_by("-sold_at", "-id")[:SHOWN]:
        yield Event(line.sold_at or line.created_at, "receipt-text", _sale_text(line), href)


def _sale_text(line: OrderLine) -> str:
    if not line.price_minor:
        return _("“%(title)s” was taken for free") % {"title": line.title}
    price = money(line.price_minor, line.currency)
    return _("“%(title)s” was sold for %(price)s") % {"title": line.title, "price": price}


def _purchases(organization: Organization) -> Iterator[Event]:
    orders = Order.objects.for_organization(organization).paid().with_first_title()
    for order in orders.order_by("-id")[:SHOWN]:
        href = reverse("buying:order", args=[organization.slug, order.public_id])
        yield Event(order.paid_at or order.created_at, "shopping-bag", _purchase_text(order), href)


def _purchase_text(order: Order) -> str:
    price = money(order.total_minor, order.currency) if order.total_minor else _("free")
    values = {"title": order.first_title, "price": price, "others": number(order.line_count - 1)}
    if order.line_count == 1:
        return _("“%(title)s” was bought: %(price)s") % values
    return _("“%(title)s” and %(others)s more were bought: %(price)s") % values
