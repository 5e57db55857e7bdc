"""Posting to the ledger. What a posting must satisfy is enforced by the database (migration 0002)."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.errors import Conflict
from payments.models import DEBIT_SIDE, GUARDED, AccountKind, EntryPart, LedgerAccount, LedgerTransaction

OVERDRAWN = "ledger_account_not_overdrawn"
SHARDS = 16
HERE = (AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE)
AccountKey = tuple[str, int | None, str]

# A whole posting in one statement, however many entries: see migrations/posting.sql.
POST = """
SELECT * FROM payments_ledger_post(
    %(kinds)s, %(owners)s, %(subjects)s, %(amounts)s, %(parts)s, %(shard)s,
    %(public_id)s, %(created_at)s, %(key)s, %(kind)s, %(reference)s, %(currency)s, %(fingerprint)s
)
"""


@dataclass(frozen=True)
class Leg:
    """One entry to be: `amount` in minor units credits the account when positive, debits it when negative."""

    account: AccountKind
    amount: int
    part: EntryPart
    organization: Organization | None = None
    subject: str = ""

    @property
    def account_key(self) -> AccountKey:
        return self.account, self.organization.pk if self.organization else None, self.subject


@dataclass(frozen=True)
class SaleShare:
    """What one seller's goods cost in a sale, and the commission taken from that, in minor units."""

    seller: Organization
    amount: int
    commission: int


@dataclass(frozen=True)
class RefundTake:
    """What a refund takes from one seller, and the commission that the platform gives back, in minor units.

    `released` says that the share is no longer held: other sales' held earnings are not touched then.
    """

    seller: Organization
    share: int
    commission: int
    released: bool = False


def post(*, key: str, kind: str, currency: str, entries: Sequence[Leg], reference: str = "") -> LedgerTransaction:
    """Write one balanced transaction, once.

    The same key with the same content returns what was written before; with other content it
    raises Conflict `ledger_key_reused`. Overdrawing a guarded account raises Conflict
    `balance_too_low`. The number of queries does not depend on the number of entries.
    """
    if sum(leg.amount for leg in entries) != 0:
        raise ValueError(f"{key}: the entries do not sum to zero")
    wanted = LedgerTransaction(
        key=key,
        kind=kind,
        reference=reference,
        currency=currency,
        entry_count=len(entries),
        fingerprint=fingerprint(kind, currency, reference, entries),
    )
    try:
        # By itself a posting is one statement, which keeps its locks no longer than the commit takes.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return wanted if _written(wanted, entries) else _repeated(wanted)
    except IntegrityError as error:
        if OVERDRAWN not in str(error):
            raise
        raise Conflict(_("The balance is too low for this."), code="balance_too_low") from error


def post_sale(
    *, key: str, reference: str, currency: str, total: int, shares: Sequence[SaleShare], tax: int = 0
) -> LedgerTransaction:
    """The buyer paid `total`: the sellers' shares are held for them, less commission, which is its own entry.

    `total` must be the sum of the shares' amounts and the tax. One share per seller.
    """
    if total != sum(share.amount for share in shares) + tax:
        raise ValueError(f"{key}: the shares and the tax are not the total")
    legs = [
        Leg(AccountKind.CLEARING, -total, EntryPart.CHARGE),
        *(leg for share in shares for leg in _share_legs(share)),
        Leg(AccountKind.COMMISSION, sum(share.commission for share in shares), EntryPart.COMMISSION),
        Leg(AccountKind.TAX, tax, EntryPart.TAX),
    ]
    entries = [leg for leg in legs if leg.amount]
    return post(key=key, kind="sale", currency=currency, entries=entries, reference=reference)


def post_refund(
    *,
    key: str,
    reference: str,
    currency: str,
    takes: Sequence[RefundTake],
    kind: str = "refund",
    source: AccountKind = AccountKind.CLEARING,
) -> LedgerTransaction:
    """Money went back to a buyer, out of `source`: each seller's earnings pay it, and the commission on them.

    What a seller no longer has here they owe from now on: a buyer never waits for that. One take per seller.
    Call it inside a transaction, once: a repeat may find other balances and so other entries.
    """
    earnings = payee_balances([take.seller for take in takes], currency)
    legs = [
        Leg(source, sum(take.share + take.commission for take in takes), EntryPart.REFUND),
        Leg(AccountKind.COMMISSION, -sum(take.commission for take in takes), EntryPart.REFUND),
        *(leg for take in takes for leg in _taken_from(take, earnings)),
    ]
    entries = [leg for leg in legs if leg.amount]
    return post(key=key, kind=kind, currency=currency, entries=entries, reference=reference)


def payee_balances(owners: Sequence[Organization], currency: str) -> dict[AccountKey, int]:
    """What payees have here and owe, by account, as credits. Nobody else spends of it until the transaction ends.

    Their names are locked rather than their accounts: a posting locks its accounts by itself, in one order, and what
    only adds to a balance need not wait. Call it before anything is posted in the transaction.
    """
    with connection.cursor() as cursor:
        for name in sorted(f"payee {owner.pk} {currency}" for owner in owners):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    kinds = [*HERE, AccountKind.PAYABLE_IN_TRANSIT, AccountKind.RECEIVABLE]
    accounts = LedgerAccount.objects.filter(organization__in=owners, kind__in=kinds, currency=currency, subject="")
    return {
        (kind, owner, ""): balance
        for kind, owner, balance in accounts.values_list("kind", "organization_id", "balance")
    }


def post_owed(
    *,
    key: str,
    kind: str,
    reference: str,
    currency: str,
    owner: Organization,
    amount: int,
    source: AccountKind = AccountKind.CLEARING,
    part: EntryPart = EntryPart.REFUND,
) -> None:
    """Money of a buyer that bought nothing: kept for them (`amount` above zero), or returned to them (below)."""
    entries = [
        Leg(source, -amount, part),
        Leg(AccountKind.BUYER_REFUNDABLE, amount, part, owner),
    ]
    post(key=key, kind=kind, reference=reference, currency=currency, entries=entries)


def fingerprint(kind: str, currency: str, reference: str, entries: Sequence[Leg]) -> str:
    """SHA-256 of a posting's content; the order of the entries does not matter."""
    legs = sorted(
        (leg.account, leg.account_key[1] or 0, leg.amount, leg.part, *filter(None, [leg.subject])) for leg in entries
    )
    return hashlib.sha256(json.dumps([kind, currency, reference, legs]).encode()).hexdigest()


def _share_legs(share: SaleShare) -> tuple[Leg, Leg]:
    held = AccountKind.PAYABLE_HELD
    return (
        Leg(held, share.amount, EntryPart.SALE, share.seller),
        Leg(held, -share.commission, EntryPart.COMMISSION, share.seller),
    )


def _taken_from(take: RefundTake, earnings: dict[AccountKey, int]) -> Iterator[Leg]:
    missing = take.share
    for kind in HERE[take.released :]:
        part = min(missing, earnings.get((kind, take.seller.pk, ""), 0))
        missing -= part
        yield Leg(kind, -part, EntryPart.REFUND, take.seller)
    yield Leg(AccountKind.RECEIVABLE, -missing, EntryPart.REFUND, take.seller)


def _written(wanted: LedgerTransaction, entries: Sequence[Leg]) -> bool:
    """Write the transaction and its entries; False when its key is taken."""
    wanted.pk, accounts = _posted(wanted, entries)
    if accounts < len(entries):
        _open_accounts(wanted.currency, {leg.account_key for leg in entries})
        wanted.pk, accounts = _posted(wanted, entries)
    return wanted.pk is not None


def _posted(wanted: LedgerTransaction, entries: Sequence[Leg]) -> tuple[int | None, int]:
    """The new row's primary key, if it was written, and for how many entries an account was open."""
    values: dict[str, Any] = {
        "kinds": _array(leg.account.value for leg in entries),
        "owners": _array(leg.organization.pk if leg.organization else "NULL" for leg in entries),
        "subjects": _array(_quoted(leg.subject) for leg in entries),
        "amounts": _array(leg.amount for leg in entries),
        "parts": _array(leg.part.value for leg in entries),
        "shard": _shard(),
        "public_id": wanted.public_id,
        "created_at": wanted.created_at,
        "key": wanted.key,
        "kind": wanted.kind,
        "reference": wanted.reference,
        "currency": wanted.currency,
        "fingerprint": wanted.fingerprint,
    }
    with connection.cursor() as cursor:
        cursor.execute(POST, values)
        return cursor.fetchone() or (None, 0)


def _array(values: Iterable[object]) -> str:
    """As PostgreSQL reads an array; of strings only those that need no quotes. Many times faster than the driver's."""
    return "{" + ",".join(map(str, values)) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _shard() -> int:
    """Connections that post at the same time take different ones."""
    connection.ensure_connection()
    pid: int = connection.connection.info.backend_pid
    return pid % SHARDS


def _repeated(wanted: LedgerTransaction) -> LedgerTransaction:
    stored = LedgerTransaction.objects.get(key=wanted.key)
    if stored.fingerprint != wanted.fingerprint:
        raise Conflict(
            _("The ledger already has another transaction under the key %(key)s.") % {"key": wanted.key},
            code="ledger_key_reused",
        )
    return stored


def _open_accounts(currency: str, keys: set[AccountKey]) -> None:
    """Open those that are not. Sorted, so that two writers never wait for each other in a circle."""
    shard = _shard()
    rows = [
        LedgerAccount(
            kind=kind,
            organization_id=owner,
            subject=subject,
            shard=shard if owner is None and kind not in GUARDED else 0,
            currency=currency,
            side=-1 if kind in DEBIT_SIDE else 1,
            guarded=kind in GUARDED,
        )
        for kind, owner, subject in sorted(keys, key=str)
    ]
    LedgerAccount.objects.bulk_create(rows, ignore_conflicts=True)
