"""A cart as a page or a program reads it: one basket for each currency, since each is paid by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from accounts.models import Organization, User
from marketplace.models import CartLine, Offer
from marketplace.services.carts import Obstacle, obstacles

SHOWN = 100


@dataclass(frozen=True)
class BasketLine:
    line: CartLine
    obstacle: Obstacle | None

    @property
    def offer(self) -> Offer:
        return self.line.offer

    @property
    def price_changed(self) -> bool:
        return (self.line.price_minor, self.line.currency) != (self.offer.price_minor, self.offer.currency)


@dataclass(frozen=True)
class Basket:
    """`total_minor` and `count` are of all lines; `lines` are the newest of them."""

    currency: str
    total_minor: int
    count: int
    lines: Sequence[BasketLine]

    @property
    def can_be_ordered(self) -> bool:
        return not any(row.obstacle for row in self.lines)

    @property
    def hidden_count(self) -> int:
        return self.count - len(self.lines)


def baskets(*, actor: User, organization: Organization) -> list[Basket]:
    """A constant number of queries for each currency."""
    lines = CartLine.objects.for_organization(organization)
    sums = lines.order_by().values_list("offer__currency").annotate(total=Sum("offer__price_minor"), count=Count("pk"))
    return [
        Basket(currency, total, count, _shown(actor, organization, currency))
        for currency, total, count in sorted(sums, key=lambda row: (-row[2], row[0]))
    ]


def _shown(actor: User, organization: Organization, currency: str) -> list[BasketLine]:
    newest = CartLine.objects.for_organization(organization).with_goods().filter(offer__currency=currency)
    lines = list(newest.order_by("-pk")[:SHOWN])
    found = obstacles(actor=actor, organization=organization, offers=[line.offer for line in lines])
    return [BasketLine(line, found.get(line.offer_id)) for line in lines]
