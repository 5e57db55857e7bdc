"""A payee's statement, as a bank writes one: each posting once, with what it changed and what was owed to them then.

What they owe counts against what is owed to them, so that the balance is what is theirs in all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization
from core.kit.figures import money
from payments import registry
from payments.models import PAYABLE, AccountKind, EntryPart, LedgerAccount, LedgerEntry, LedgerTransaction
from payments.registry import Described

KINDS: dict[str, Promise] = {
    "sale": _l("Sale"),
    "refund": _l("Refund"),
    "dispute": _l("Dispute"),
    "work": _l("Accepted work"),
    "release": _l("Became available"),
    "payout": _l("Payout"),
    "taken_back": _l("Taken back"),
    "other": _l("Other"),
}
POSTED_AS = {
    "sale": ("sale",),
    "refund": ("refund", "refund_failed", "owed_back"),
    "dispute": ("dispute_lost",),
    "release": ("release",),
    "payout": ("transfer", "transfer_sent", "transfer_refused"),
    "taken_back": ("reversal",),
}
KIND_OF = {posted: kind for kind, names in POSTED_AS.items() for posted in names}
BATCH = 500

# The window runs over all that the accounts hold, so that a filtered line shows the balance that was true then.
LINES = """
SELECT transaction_id, amount, moved, charged, commission, settled, works, balance FROM (
    SELECT transaction_id, sum(amount) AS amount,
        coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS moved,
        coalesce(sum(amount) FILTER (WHERE part = 'sale'), 0) AS charged,
        coalesce(-sum(amount) FILTER (WHERE part = 'commission'), 0) AS commission,
        coalesce(sum(amount) FILTER (WHERE part = 'recovery' AND amount > 0), 0) AS settled,
        bool_or(part = 'work') AS works,
        sum(sum(amount)) OVER (PARTITION BY currency ORDER BY transaction_id) AS balance
    FROM payments_ledgerentry WHERE account_id = ANY(%(accounts)s) GROUP BY transaction_id, currency
) line WHERE transaction_id = ANY(%(wanted)s) ORDER BY transaction_id DESC
"""


@dataclass(frozen=True)
class Line:
    """One posting as it concerns a payee, in minor units. `amount` is 0 when it only moved what is theirs."""

    posted: LedgerTransaction
    kind: str
    text: str
    note: str
    url: str
    amount: int
    moved: int
    commission: int
    balance: int

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind])


def accounts_of(organization: Organization) -> list[int]:
    """What is owed to a payee, and what they owe."""
    kinds = (*PAYABLE, AccountKind.RECEIVABLE)
    accounts = LedgerAccount.objects.for_organization(organization).filter(kind__in=kinds)
    return list(accounts.values_list("pk", flat=True))


def postings(accounts: Sequence[int], chosen: Mapping[str, Any]) -> QuerySet[LedgerTransaction]:
    """Those that touch the accounts. `chosen` may name `currency`, `kind`, `since` and `until`."""
    entries = LedgerEntry.objects.filter(account__in=accounts)
    found = LedgerTransaction.objects.filter(pk__in=entries.values("transaction_id"))
    plain = {
        "currency": chosen.get("currency"),
        "day__gte": chosen.get("since"),
        "day__lte": chosen.get("until"),
    }
    found = found.annotate(day=TruncDate("created_at"))
    found = found.filter(**{name: value for name, value in plain.items() if value})
    kind = chosen.get("kind")
    works = Q(pk__in=entries.parts(EntryPart.WORK).values("transaction_id"))
    if kind == "work":
        return found.filter(works)
    if kind == "other":
        return found.exclude(kind__in=KIND_OF).exclude(works)
    return found.filter(kind__in=POSTED_AS[kind]) if kind else found


def lines(organization: Organization, accounts: Sequence[int], wanted: Sequence[LedgerTransaction]) -> list[Line]:
    """The wanted postings as lines, newest first. Their number of queries does not grow."""
    by_key = {posted.pk: posted for posted in wanted}
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"accounts": list(accounts), "wanted": list(by_key)})
        rows = cursor.fetchall()
    said = described(organization, {posted.reference for posted in wanted})
    return [_line(by_key[row[0]], row, said) for row in rows]


def all_lines(
    organization: Organization, accounts: Sequence[int], wanted: QuerySet[LedgerTransaction]
) -> Iterator[Line]:
    """As `lines`, of any number of postings, read piece by piece."""
    keys = list(wanted.order_by("-pk").values_list("pk", flat=True))
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES, {"accounts": list(accounts), "wanted": keys})
        for rows in _pieces(cursor):
            by_key = LedgerTransaction.objects.in_bulk([row[0] for row in rows])
            said = described(organization, {posted.reference for posted in by_key.values()})
            yield from (_line(by_key[row[0]], row, said) for row in rows)


def described(organization: Organization, references: set[str]) -> dict[str, Described]:
    """What the apps above say of their references to this payee."""
    sent = [reference for reference in references if reference.startswith("transfer:")]
    found = {reference: Described(reference, _transfer_url(organization, reference)) for reference in sent}
    for purpose in registry.purposes():
        found.update(purpose.describe(organization, references))
    return found


def _transfer_url(organization: Organization, reference: str) -> str:
    return reverse("payouts:transfer", args=[organization.slug, reference.partition(":")[2]])


def _line(posted: LedgerTransaction, row: Sequence[Any], said: Mapping[str, Described]) -> Line:
    _pk, amount, moved, charged, commission, settled, works, balance = row
    kind = KIND_OF.get(posted.kind) or ("work" if works else "other")
    about = said.get(posted.reference) or Described(posted.reference)
    shown = {
        "what": about.text,
        "moved": money(int(moved), posted.currency),
        "charged": money(int(charged), posted.currency),
        "commission": money(int(commission), posted.currency),
        "settled": money(int(settled), posted.currency),
        "rate": about.rate,
    }
    return Line(
        posted=posted,
        kind=kind,
        text=_TEXTS.get(posted.kind, _l("%(what)s")) % shown,
        note=_note(int(commission), int(settled), shown),
        url=about.url,
        amount=int(amount),
        moved=int(moved),
        commission=int(commission),
        balance=int(balance),
    )


_TEXTS: dict[str, Promise] = {
    "sale": _l("Sale of %(what)s"),
    "refund": _l("Refund of %(what)s"),
    "refund_failed": _l("A refund of %(what)s came back"),
    "dispute_lost": _l("Taken back by the buyer's bank: %(what)s"),
    "release": _l("%(moved)s became available: %(what)s"),
    "transfer": _l("%(moved)s set aside to be paid out"),
    "transfer_sent": _l("Paid out to your account at the payment service"),
    "transfer_refused": _l("The payout was refused; %(moved)s are available again"),
    "reversal": _l("Taken back of a payout"),
    "work": _l("Accepted work: %(what)s"),
}


def _note(commission: int, settled: int, shown: Mapping[str, str]) -> str:
    """What the amount is made of."""
    notes = []
    if commission > 0 and shown["rate"]:
        notes.append(_("%(charged)s less %(commission)s commission (%(rate)s)") % shown)
    elif commission > 0:
        notes.append(_("%(charged)s less %(commission)s commission") % shown)
    if settled:
        notes.append(_("%(settled)s of it settled what you owed") % shown)
    return "; ".join(notes)


def _pieces(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(BATCH):
        yield rows
