"""A producer's sales as read: filtered lines, their sums, months for the chart, and what the ledger owes them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Sum, Window
from django.db.models.functions import RowNumber, TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.kit.figures import basis_points
from marketplace.models import OrderLine, OrderLineQuerySet, RefundLine
from marketplace.rules.facets import facet, label_key
from payments.models import AccountKind, LedgerAccount
from payments.registry import Described


@dataclass(frozen=True)
class Sums:
    """Of the sales in one currency, in minor units."""

    currency: str
    count: int
    gross: int
    commission: int
    refunded: int
    share_refunded: int

    @property
    def net(self) -> int:
        """What is left of the sales after commission and refunds."""
        return self.gross - self.commission - self.share_refunded


@dataclass(frozen=True)
class Balance:
    """What the ledger owes in one currency, in minor units."""

    currency: str
    held: int
    available: int
    in_transit: int

    @property
    def total(self) -> int:
        return self.held + self.available + self.in_transit


def filtered(organization: Organization, chosen: Mapping[str, Any]) -> OrderLineQuerySet:
    """`chosen` is a valid SalesFilter's data; amounts are in minor units of its currency."""
    lines = OrderLine.objects.sales_of(organization)
    plain = {
        "sold_at__date__gte": chosen.get("since"),
        "sold_at__date__lte": chosen.get("until"),
        "currency": chosen.get("currency"),
        "offer__dataset__public_id": chosen.get("dataset"),
        "license__code": chosen.get("license"),
        "price_minor__gte": chosen.get("min_minor"),
        "price_minor__lte": chosen.get("max_minor"),
    }
    lines = lines.filter(**{name: value for name, value in plain.items() if value not in (None, "")})
    if chosen.get("label"):
        lines = lines.filter(offer__facets__contains=[facet("label", label_key(chosen["label"]))])
    return lines


def sums(lines: OrderLineQuerySet) -> list[Sums]:
    rows = lines.order_by("currency").values_list("currency")
    taken = _refunded(lines, "line__currency")
    return [
        Sums(currency, count, gross, commission, *taken.get(currency, (0, 0)))
        for currency, count, gross, commission in rows.annotate(
            count=Count("pk"), gross=Sum("price_minor"), commission=Sum("commission_minor")
        )
    ]


def net_by_month(lines: OrderLineQuerySet, currency: str) -> Iterator[tuple[datetime, int]]:
    """What the sales of each month brought, less what was refunded of them since."""
    chosen = lines.filter(currency=currency)
    months = chosen.annotate(month=TruncMonth("sold_at")).order_by("month").values("month")
    taken = _refunded(chosen, TruncMonth("line__sold_at"))
    for row in months.annotate(gross=Sum("price_minor"), commission=Sum("commission_minor")):
        yield row["month"], row["gross"] - row["commission"] - taken.get(row["month"], (0, 0))[1]


def _refunded(lines: OrderLineQuerySet, by: str | TruncMonth) -> dict[Any, tuple[int, int]]:
    """What was refunded of the sales, and how much of it was the seller's, in minor units."""
    booked = RefundLine.objects.booked().filter(line__in=lines.order_by())
    sums = booked.order_by().values_list(by).annotate(amount=Sum("amount_minor"), share=Sum("share_minor"))
    return {key: (amount, share) for key, amount, share in sums}


def balances(organization: Organization) -> list[Balance]:
    """From the ledger's accounts, which are the sums of its entries."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for account in LedgerAccount.objects.for_organization(organization).payable():
        found[account.currency][account.kind] = account.amount
    return [
        Balance(
            currency,
            held=kinds.get(AccountKind.PAYABLE_HELD, 0),
            available=kinds.get(AccountKind.PAYABLE_AVAILABLE, 0),
            in_transit=kinds.get(AccountKind.PAYABLE_IN_TRANSIT, 0),
        )
        for currency, kinds in sorted(found.items())
    ]


def describe_sales(organization: Organization, orders: Collection[str]) -> dict[str, Described]:
    """What each of these orders bought of a seller, by the order's id. One query, however many lines they have."""
    mine: dict[str, Any] = {"partition_by": F("order_id")}
    sold = OrderLine.objects.sales_of(organization).filter(order__public_id__in=orders)
    firsts = sold.annotate(
        place=Window(RowNumber(), order_by="position", **mine),
        lines=Window(Count("pk"), **mine),
        lowest=Window(Min("commission_basis_points"), **mine),
        highest=Window(Max("commission_basis_points"), **mine),
    ).filter(place=1)
    return {line.order.public_id: _described(line) for line in firsts.select_related("license", "order", "seller")}


def _described(line: Any) -> Described:
    """`line` is an order's first one, annotated with how many there are and between which rates."""
    text = _("%(title)s, %(licence)s") % {"title": line.title, "licence": line.license.title}
    if line.lines > 1:
        text = _("%(first)s, and %(more)s more") % {"first": text, "more": line.lines - 1}
    rate = " to ".join(basis_points(each) for each in sorted({line.lowest, line.highest}))
    return Described(text, sale_url(line), rate)


def sale_url(line: OrderLine) -> str:
    """Where the seller sees a sale: on the page of its day."""
    day = timezone.localdate(line.sold_at)
    query = urlencode({"since": day.isoformat(), "until": day.isoformat()})
    return f"{reverse('selling:sales', args=[line.seller.slug])}?{query}#sale-{line.public_id}"
