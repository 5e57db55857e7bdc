"""The promises of the ledger: each thing the database must refuse, and posting exactly once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import OrganizationFactory
from core.errors import Conflict
from payments.ledger import Leg, SaleShare, post, post_sale
from payments.models import AccountKind, EntryPart, LedgerAccount, LedgerEntry, LedgerTransaction

HELD, CLEARING, COMMISSION = AccountKind.PAYABLE_HELD, AccountKind.CLEARING, AccountKind.COMMISSION


def sale(key: str = "sale:1", amount: int = 1000) -> LedgerTransaction:
    seller = OrganizationFactory(slug="seller") if not LedgerAccount.objects.exists() else None
    owner = seller or LedgerAccount.objects.get(kind=HELD).organization
    assert owner is not None
    share = SaleShare(owner, amount, amount * 15 // 100)
    return post_sale(key=key, reference="order:1", currency="EUR", total=amount, shares=[share])


def balance(kind: AccountKind) -> int:
    """Of all shards, as a thread posts to another one."""
    return sum(LedgerAccount.objects.filter(kind=kind).values_list("balance", flat=True))


def at_commit() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.django_db
def test_sale_holds_the_shares_and_books_the_commission() -> None:
    sale()
    assert (balance(CLEARING), balance(HELD), balance(COMMISSION)) == (-1000, 850, 150)
    assert LedgerAccount.objects.get(kind=CLEARING).amount == 1000
    at_commit()


@pytest.mark.django_db
def test_same_key_and_content_is_written_once() -> None:
    assert sale().pk == sale().pk
    assert LedgerEntry.objects.count() == 4


@pytest.mark.django_db
def test_same_key_with_other_content_is_refused() -> None:
    sale(amount=1000)
    with pytest.raises(Conflict) as refusal:
        sale(amount=2000)
    assert refusal.value.code == "ledger_key_reused"


@pytest.mark.django_db
def test_overdraft_of_a_guarded_account_is_refused() -> None:
    sale(amount=1000)
    owner = LedgerAccount.objects.get(kind=HELD).organization
    with pytest.raises(Conflict) as refusal:
        post(key="out:1", kind="payout", currency="EUR", entries=withdrawal(owner, 851))
    assert refusal.value.code == "balance_too_low"
    assert balance(HELD) == 850
    assert not LedgerTransaction.objects.filter(key="out:1").exists()


def withdrawal(owner: object, amount: int) -> list[Leg]:
    return [
        Leg(HELD, -amount, EntryPart.PAYOUT, owner),  # type: ignore[arg-type]  # the account's owner
        Leg(AccountKind.PLATFORM_CASH, amount, EntryPart.PAYOUT),
    ]


def raw_transaction(
    *amounts: int, count: int | None = None, currency: str = "EUR", accounts: Sequence[int] = ()
) -> LedgerTransaction:
    """Entries written past our own code, between the accounts of a sale unless others are named."""
    sale()
    sales_accounts = LedgerAccount.objects.order_by("kind").values_list("pk", flat=True)
    fact = LedgerTransaction.objects.create(
        key="raw", kind="raw", currency="EUR", entry_count=len(amounts) if count is None else count, fingerprint=""
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=fact, account_id=account, amount=amount, currency=currency, part=EntryPart.ADJUSTMENT)
        for account, amount in zip(accounts or sales_accounts, amounts, strict=False)
    )
    return fact


def add_late() -> None:
    raw_transaction(5, -5)
    account = LedgerAccount.objects.get(kind=CLEARING)
    LedgerEntry.objects.create(
        transaction=LedgerTransaction.objects.get(key="raw"),
        account=account,
        amount=5,
        currency="EUR",
        part=EntryPart.ADJUSTMENT,
    )


def execute(statement: str) -> Callable[[], None]:
    def run() -> None:
        sale()
        at_commit()
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "entries that do not sum to zero": (lambda: raw_transaction(5, -4), "ledger_transaction_balanced"),
    "a single entry": (lambda: raw_transaction(5, count=1), "ledger_transaction_has_two_sides"),
    "fewer entries than announced": (lambda: raw_transaction(5, -5, count=3), "ledger_transaction_balanced"),
    "no entries": (lambda: raw_transaction(count=2), "ledger_transaction_balanced"),
    "an entry of zero": (lambda: raw_transaction(0, 0), "ledger_entry_not_zero"),
    "another currency": (lambda: raw_transaction(5, -5, currency="USD"), "ledger_entry_fits"),
    "an entry that comes late": (add_late, "ledger_entry_late"),
    "changing an entry": (execute("UPDATE payments_ledgerentry SET amount = 1"), "append_only"),
    "removing entries": (execute("DELETE FROM payments_ledgerentry"), "append_only"),
    "emptying entries": (execute("TRUNCATE payments_ledgerentry"), "append_only"),
    "changing a transaction": (execute("UPDATE payments_ledgertransaction SET kind = 'x'"), "append_only"),
    "removing transactions": (execute("DELETE FROM payments_ledgertransaction"), "append_only"),
    "emptying all": (execute("TRUNCATE payments_ledgertransaction CASCADE"), "append_only"),
    "setting a balance": (execute("UPDATE payments_ledgeraccount SET balance = 1"), "kept_by_entries"),
    "unguarding an account": (execute("UPDATE payments_ledgeraccount SET guarded = false"), "kept_by_entries"),
    "an account that opens full": (
        execute(
            "INSERT INTO payments_ledgeraccount (kind, currency, side, guarded, balance)"
            " VALUES ('tax', 'EUR', 1, false, 5)"
        ),
        "opens_empty",
    ),
    "a guarded account in shards": (
        execute(
            "INSERT INTO payments_ledgeraccount (kind, subject, shard, currency, side, guarded, balance)"
            " VALUES ('escrow', '', 1, 'EUR', 1, true, 0)"
        ),
        "ledger_account_in_shards",
    ),
    "a payee's account in shards": (
        execute(
            "INSERT INTO payments_ledgeraccount (kind, subject, shard, currency, side, guarded, balance,"
            " organization_id) SELECT 'receivable', '', 1, 'EUR', -1, false, 0, id FROM accounts_organization LIMIT 1"
        ),
        "ledger_account_in_shards",
    ),
    "the same shard twice": (
        execute(
            "INSERT INTO payments_ledgeraccount (kind, subject, shard, currency, side, guarded, balance)"
            " SELECT kind, subject, shard, currency, side, guarded, 0"
            " FROM payments_ledgeraccount WHERE kind = 'clearing'"
        ),
        "one_account_per_kind_and_subject",
    ),
    "removing an account": (execute("DELETE FROM payments_ledgeraccount"), "account_stays"),
    "emptying accounts": (execute("TRUNCATE payments_ledgeraccount"), "account_stays"),
    "an entry of no account": (lambda: raw_transaction(5, -5, accounts=[0, 0]), "ledger_entry_fits"),
    "an entry of no transaction": (
        execute(
            "INSERT INTO payments_ledgerentry (transaction_id, account_id, amount, currency, part)"
            " SELECT 0, id, 5, 'EUR', 'sale' FROM payments_ledgeraccount LIMIT 1"
        ),
        "ledger_entry_fits",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(what: str) -> None:
    attempt, reason = REFUSED[what]

    def to_the_end() -> None:
        with transaction.atomic():
            attempt()
            at_commit()

    with pytest.raises(DatabaseError, match=reason):
        to_the_end()


@pytest.mark.django_db
def test_unbalanced_posting_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        post(key="x", kind="x", currency="EUR", entries=[Leg(CLEARING, 1, EntryPart.CHARGE)])


@pytest.mark.django_db
def test_thousands_of_entries_take_as_many_queries_as_a_few() -> None:
    def queries(sellers: int) -> int:
        shares = [SaleShare(seller, 100, 15) for seller in OrganizationFactory.create_batch(sellers)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            post_sale(key=f"sale:{sellers}", reference="", currency="EUR", total=100 * sellers, shares=shares)
        return len(captured)

    assert queries(2) == queries(1500)
    assert balance(CLEARING) == -150_200
    at_commit()


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_never_overdraw_one_balance() -> None:
    sale(amount=1000)
    owner = LedgerAccount.objects.get(kind=HELD).organization
    start = threading.Barrier(20)

    def withdraw(number: int) -> bool:
        start.wait()
        try:
            post(key=f"out:{number}", kind="payout", currency="EUR", entries=withdrawal(owner, 100))
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(withdraw, range(20))) == 8
    assert balance(HELD) == 50


@pytest.mark.django_db(transaction=True)
def test_ten_writers_of_one_key_write_once() -> None:
    sale(amount=1000)
    owner = LedgerAccount.objects.get(kind=HELD).organization
    start = threading.Barrier(10)

    def withdraw(_: int) -> int:
        start.wait()
        try:
            return post(key="out", kind="payout", currency="EUR", entries=withdrawal(owner, 100)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(withdraw, range(10)))) == 1
    assert balance(HELD) == 750


@pytest.mark.django_db
def test_a_subject_may_hold_any_character() -> None:
    subject = 'budget:a"b\\c,{d} NULL'
    entries = [
        Leg(CLEARING, -5, EntryPart.CHARGE),
        Leg(COMMISSION, 5, EntryPart.COMMISSION, subject=subject),
    ]
    for _time in range(2):
        post(key="odd", kind="odd", currency="EUR", entries=entries)
    assert LedgerAccount.objects.get(kind=COMMISSION).subject == subject


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_post_to_shards_of_the_platform_only() -> None:
    sale(amount=1000)
    start = threading.Barrier(8)

    def sell(number: int) -> None:
        connection.ensure_connection()
        start.wait()
        sale(key=f"sale:at-once-{number}", amount=1000)
        start.wait()
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sell, range(8)))
    for kind, total in ((CLEARING, -9000), (COMMISSION, 1350)):
        shards = LedgerAccount.objects.filter(kind=kind)
        assert shards.count() > 1
        assert (balance(kind), LedgerEntry.objects.filter(account__in=shards).total()) == (total, total)
        assert LedgerAccount.objects.whole().get(kind=kind).total == total
    held = LedgerAccount.objects.whole().get(kind=HELD)
    assert (held.shard, held.balance, held.total) == (0, 7650, 7650)
    for account in LedgerAccount.objects.all():
        assert account.balance == account.entries.total()


@pytest.mark.django_db(transaction=True)
def test_an_unbalanced_transaction_cannot_be_committed() -> None:
    with pytest.raises(IntegrityError, match="ledger_transaction_balanced"), transaction.atomic():
        raw_transaction(5, -4)
    assert not LedgerTransaction.objects.exists()
