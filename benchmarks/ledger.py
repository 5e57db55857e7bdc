"""S11: ledger postings a second with every guarantee, beside bare SQL that inserts the same rows.

Ours is `payments.ledger.post_sale`: idempotency key, accounts looked up, balances moved, all rules checked by the
database. The bare side sends the same rows with two prepared inserts a posting into tables with primary keys and
nothing else. Both commit each posting, on the same server, in a database made for the benchmark and dropped.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

from accounts.models import Organization
from payments import invariants
from payments.invariants.ledger import LEDGER
from payments.ledger import SaleShare, post_sale

REPEATS = 5
PRICE = 1000
COMMISSION = 150
# Of the invariants those that a posting can break by itself; others hold it against earnings, which are not made here.

TABLES = """
CREATE TABLE bare_transaction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, public_id text, created_at timestamptz DEFAULT now(),
    key text, kind text, reference text, currency text, entry_count integer, fingerprint text
);
CREATE TABLE bare_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, transaction_id bigint, account_id bigint, amount bigint,
    currency text, part text
);
"""
INSERT_TRANSACTION = """
INSERT INTO bare_transaction (public_id, key, kind, reference, currency, entry_count, fingerprint)
VALUES (%s, %s, 'sale', %s, 'EUR', %s, %s) RETURNING id
"""
INSERT_ENTRIES = """
INSERT INTO bare_entry (transaction_id, account_id, amount, currency, part)
SELECT %s, account_id, amount, 'EUR', part
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS entry(account_id, amount, part)
"""

Posting = Callable[[str], None]


def run() -> list[dict[str, Any]]:
    with scratch_database():
        return [
            row("ledger postings, 2 sellers", sellers=2, postings=300, writers=1),
            row("ledger postings, 100 sellers", sellers=100, postings=60, writers=1),
            row("ledger postings, 2 sellers, 4 writers at once", sellers=2, postings=300, writers=4),
        ]


def row(name: str, *, sellers: int, postings: int, writers: int) -> dict[str, Any]:
    ours, bare = ours_for(sellers), bare_for(sellers)
    for warm_up in (ours, bare):
        rate(warm_up, f"{name}-warm-{warm_up.__name__}", 20, writers)
    pairs = [
        (rate(ours, f"{name}-ours-{repeat}", postings, writers), rate(bare, f"{name}-bare-{repeat}", postings, writers))
        for repeat in range(REPEATS)
    ]
    if not all(finding.holds for finding in invariants.check(LEDGER)):
        raise RuntimeError("the ledger broke under the benchmark")
    return {
        "id": "S11",
        "name": name,
        "ours": round(statistics.median(pair[0] for pair in pairs), 1),
        "reference": round(statistics.median(pair[1] for pair in pairs), 1),
        "unit": "postings/s",
        "ratio": round(statistics.median(mine / reference for mine, reference in pairs), 2),
        "goal": ">= 0.4",
        "against": "bare SQL inserting the same rows",
        "conditions": f"{2 * sellers + 2} entries a posting, {postings} postings, {writers} connections, "
        f"each committed ({durability()}), median of {REPEATS}",
    }


def ours_for(sellers: int) -> Posting:
    shares = [SaleShare(seller, PRICE, COMMISSION) for seller in organizations(sellers)]

    def ours(key: str) -> None:
        post_sale(key=key, reference=key, currency="EUR", total=PRICE * sellers, shares=shares)

    return ours


def bare_for(sellers: int) -> Posting:
    accounts = list(range(2 * sellers + 2))
    amounts = [-PRICE * sellers, *([PRICE, -COMMISSION] * sellers), COMMISSION * sellers]
    parts = ["charge", *(["sale", "commission"] * sellers), "commission"]

    def bare(key: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(INSERT_TRANSACTION, [key[:16], key, key, len(accounts), "0" * 64])
            (identifier,) = cursor.fetchone() or (0,)
            cursor.execute(INSERT_ENTRIES, [identifier, accounts, amounts, parts])

    return bare


def rate(post: Posting, name: str, postings: int, writers: int) -> float:
    """Postings a second, shared among writers with a connection each."""

    def write(writer: int) -> None:
        for number in range(postings // writers):
            post(f"{name}-{writer}-{number}")
        if writers > 1:
            connection.close()

    began = time.perf_counter()
    if writers == 1:
        write(0)
    else:
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, range(writers)))
    return postings / (time.perf_counter() - began)


def organizations(count: int) -> Sequence[Organization]:
    have = Organization.objects.filter(slug__startswith="bench-").count()
    Organization.objects.bulk_create(
        Organization(name="Bench", slug=f"bench-{n}", pseudonym=f"Bench {n}", pseudonym_slug=f"bench-{n}")
        for n in range(have, count)
    )
    return list(Organization.objects.filter(slug__startswith="bench-").order_by("id")[:count])


def durability() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        fsync, synchronous = cursor.fetchone() or ("", "")
    return f"fsync {fsync}, synchronous_commit {synchronous}"


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of its own: what is written to the ledger can never be removed from it."""
    close_pool()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
        yield
    finally:
        close_pool()
        connection.creation.destroy_test_db(name, verbosity=0)


def close_pool() -> None:
    """A pool stays with the database it was opened for."""
    wrapper = connections["default"]
    if isinstance(wrapper, DatabaseWrapper):
        wrapper.close_pool()
