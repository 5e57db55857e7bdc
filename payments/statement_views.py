"""What a payee earned, was paid and gave back, as lists and as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts import access
from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from core.money import major
from core.pagination import keyset_page
from payments.payout_pages import history, statement, wording
from payments.payout_pages.forms import StatementFilter
from payments.payout_pages.statement import Line

HEADER = ("id", "at", "kind", "reference", "what", "currency", "amount", "commission", "balance")


@workspace(needs={"GET": Capability.VIEW_MONEY})
def show_statement(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = StatementFilter(request.GET)
    accounts = statement.accounts_of(membership.organization)
    found = statement.postings(accounts, form.cleaned_data if form.is_valid() else {})
    page = keyset_page(found, request, order=["-id"])
    context = {
        "filter": form,
        "page": page,
        "lines": statement.lines(membership.organization, accounts, page.rows),
        "export_query": request.GET.urlencode(),
    }
    return render(request, "payments/statement.html", context)


@workspace(needs={"GET": Capability.VIEW_MONEY})
def export_statement(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    """All filtered lines as CSV, streamed."""
    form = StatementFilter(request.GET)
    accounts = statement.accounts_of(membership.organization)
    found = statement.postings(accounts, form.cleaned_data if form.is_valid() else {})
    lines = statement.all_lines(membership.organization, accounts, found)
    return _csv("statement.csv", HEADER, map(_row, lines))


@workspace(needs={"GET": Capability.VIEW_MONEY})
def show_history(request: HttpRequest, membership: Membership) -> HttpResponse:
    page = keyset_page(history.transfers(membership.organization), request, order=["-id"])
    rows = [(transfer, wording.refusal(transfer)) for transfer in page.rows]
    return render(request, "payments/history.html", {"page": page, "rows": rows})


@workspace(needs={"GET": Capability.VIEW_MONEY})
def show_bank_payouts(request: HttpRequest, membership: Membership) -> HttpResponse:
    page = keyset_page(history.bank_payouts(membership.organization), request, order=["-created_at", "-id"])
    rows = [(payout, wording.sent_back(payout)) for payout in page.rows]
    return render(request, "payments/bank_payouts.html", {"page": page, "rows": rows})


@workspace(needs={"GET": Capability.VIEW_MONEY})
def export_history(request: HttpRequest, membership: Membership) -> HttpResponseBase:
    return _csv("payouts.csv", history.HEADER, history.rows(membership.organization))


@workspace(needs={"GET": Capability.VIEW_MONEY})
def show_transfer(request: HttpRequest, membership: Membership, public_id: str) -> HttpResponse:
    """One payout, and the earnings it was made of."""
    organization = membership.organization
    transfer = access.get(history.transfers(organization), public_id=public_id)
    making = history.Making(transfer, organization)
    page = keyset_page(making.postings, request, order=["-id"])
    context = {
        "transfer": transfer,
        "refusal": wording.refusal(transfer),
        "making": making,
        "page": page,
        "lines": statement.lines(organization, [making.account.pk], page.rows),
    }
    return render(request, "payments/transfer.html", context)


class _Echo:
    """csv wants a file; handing each line on is enough."""

    def write(self, value: str) -> str:
        return value


def _csv(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponseBase:
    response = StreamingHttpResponse(_written(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([_plain(cell) for cell in row])


def _row(line: Line) -> Sequence[str]:
    posted = line.posted
    amounts = (str(major(amount, posted.currency)) for amount in (line.amount, line.commission, line.balance))
    said = f"{line.text}; {line.note}" if line.note else line.text
    at = posted.created_at.isoformat()
    return posted.public_id, at, line.kind, posted.reference, said, posted.currency, *amounts


def _plain(text: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; amounts below zero are none."""
    return f"'{text}" if text[:1] in "=+@\t\r" or (text[:1] == "-" and not text[1:2].isdigit()) else text
