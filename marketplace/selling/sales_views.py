"""What was sold, and what it earned. Who bought is nobody's business."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.money import major
from core.pagination import keyset_page
from core.spreadsheet import csv_response, plain_cell
from marketplace.models import OrderLine, OrderLineQuerySet
from marketplace.selling import sales as reading
from marketplace.selling.forms import SalesFilter

ORDER = ("-sold_at", "-id")
HEADER = ("sale", "kind", "at", "title", "dataset", "license", "currency", "price", "commission", "net", "rate")


@workspace(needs={"GET": Capability.VIEW_MONEY})
def sales(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = SalesFilter(membership.organization, request.GET)
    lines = reading.filtered(membership.organization, form.cleaned_data if form.is_valid() else {})
    sums = reading.sums(lines)
    context = {
        "filter": form,
        "page": keyset_page(lines.select_related("license", "offer__dataset").with_refunds(), request, order=ORDER),
        "sums": sums,
        "charts": [chart for each in sums if len((chart := _chart(lines, each.currency))["rows"]) > 1],
        "balances": reading.balances(membership.organization),
        "export_query": request.GET.urlencode(),
    }
    return render(request, "selling/sales.html", context)


def _chart(lines: OrderLineQuerySet, currency: str) -> dict[str, Any]:
    rows = [(f"{month:%b %Y}", float(major(net, currency))) for month, net in reading.net_by_month(lines, currency)]
    return {"title": _("Net by month"), "currency": currency, "columns": [_("Month"), _("Net")], "rows": rows}


@workspace(needs={"GET": Capability.VIEW_MONEY})
def export(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """All filtered sales as CSV, streamed; each refund is a row of its own below its sale."""
    form = SalesFilter(membership.organization, request.GET)
    lines = reading.filtered(membership.organization, form.cleaned_data if form.is_valid() else {})
    return csv_response("sales.csv", HEADER, _rows(lines))


def _rows(lines: OrderLineQuerySet) -> Iterator[list[str]]:
    rows = lines.select_related("license", "offer__dataset").with_refunds().order_by(*ORDER)
    for line in rows.iterator(chunk_size=1_000):
        sold = (line.price_minor, line.commission_minor, line.seller_minor)
        yield _row(line, "sale", line.sold_at, sold)
        for refund in line.booked_refunds:
            taken = (refund.given_back, -(refund.commission_minor or 0), refund.share_taken)
            yield _row(line, "refund", refund.booked_at, taken)


def _row(line: OrderLine, kind: str, at: datetime | None, amounts: tuple[int, int, int]) -> list[str]:
    return [
        line.public_id,
        kind,
        at.isoformat() if at else "",
        plain_cell(line.title),
        plain_cell(line.offer.dataset.name),
        line.license.code,
        line.currency,
        *(str(major(amount, line.currency)) for amount in amounts),
        str(Decimal(line.commission_basis_points).scaleb(-4)),
    ]
