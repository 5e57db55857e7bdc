"""What must always be true of the books, each as a query for the rows that break it.

The database refuses most of this at the door (migration 0002); asking again catches a restored
backup, a disabled trigger, a hand in the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from payments.invariants.checkouts import CHECKOUTS
from payments.invariants.invoices import INVOICES
from payments.invariants.ledger import LEDGER
from payments.invariants.payees import PAYEES
from payments.invariants.shape import Invariant

SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """An invariant and the first rows that break it, as (column, value) pairs."""

    name: str
    rows: Sequence[dict[str, Any]]

    @property
    def holds(self) -> bool:
        return not self.rows


INVARIANTS: list[Invariant] = [*LEDGER, *CHECKOUTS, *PAYEES, *INVOICES]


def declare(*invariants: Invariant) -> None:
    """Apps above payments add what must hold between the books and their goods."""
    INVARIANTS.extend(invariants)


def check(invariants: Sequence[Invariant] = INVARIANTS) -> list[Finding]:
    return [Finding(invariant.name, _rows(invariant.offenders)) for invariant in invariants]


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) offenders LIMIT {SHOWN}")  # noqa: S608  (the queries above, no input)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
