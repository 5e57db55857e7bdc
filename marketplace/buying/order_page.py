"""The lines of an order as their buyer sees them: with the licence's end and the refund, if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

from licensing.models import Revocation
from marketplace.models import OrderLine, RefundLine


@dataclass(frozen=True)
class LineRow:
    """`ended` is why its licence ended, empty while it is in force; `refund` the newest one of the line."""

    line: OrderLine
    ended: str
    refund: RefundLine | None


def line_rows(lines: Sequence[OrderLine]) -> list[LineRow]:
    """Two queries, however many lines."""
    sources = {f"order_line:{line.public_id}": line.pk for line in lines}
    ends = Revocation.objects.filter(grant__source__in=sources).values_list("grant__source", "reason")
    ended = {sources[source]: reason for source, reason in ends}
    refunds = RefundLine.objects.filter(line__in=lines).select_related("request").order_by("pk")
    newest = {row.line_id: row for row in refunds}
    return [LineRow(line, ended.get(line.pk, ""), newest.get(line.pk)) for line in lines]
