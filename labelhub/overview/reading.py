"""What an organisation has and what it earns, counted in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Membership, Organization
from accounts.permissions import Capability
from datasets.models import Dataset, DatasetVersion
from marketplace.models import CartLine, Offer, Order, OrderLine
from marketplace.selling import sales
from projects.models import Download, Project


@dataclass(frozen=True)
class Figures:
    """`listings` are datasets on the market now; `purchases` are paid orders."""

    datasets: int
    images: int
    labels: int
    versions: int
    listings: int
    in_cart: int
    purchases: int
    projects: int
    downloads: int
    newest_dataset: Dataset | None

    @property
    def is_empty(self) -> bool:
        return not (self.datasets or self.purchases or self.projects)


@dataclass(frozen=True)
class Money:
    """`sold` is this month's; both have an entry for each currency."""

    sold: Sequence[sales.Sums]
    balances: Sequence[sales.Balance]


def figures(organization: Organization) -> Figures:
    datasets = Dataset.objects.for_organization(organization)
    return Figures(
        **datasets.totals(),
        versions=DatasetVersion.objects.for_organization(organization).released().count(),
        listings=Offer.objects.for_organization(organization).on_market().datasets().count(),
        in_cart=CartLine.objects.for_organization(organization).count(),
        purchases=Order.objects.for_organization(organization).paid().count(),
        projects=Project.objects.for_organization(organization).count(),
        downloads=Download.objects.for_organization(organization).count(),
        newest_dataset=datasets.order_by("-id").first(),
    )


def money(membership: Membership) -> Money | None:
    """None for a role that does not see money."""
    if not membership.can(Capability.VIEW_MONEY):
        return None
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lines = OrderLine.objects.sales_of(membership.organization).sold_since(month)
    return Money(sales.sums(lines), sales.balances(membership.organization))
