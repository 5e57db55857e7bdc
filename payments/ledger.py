"""Posting to the ledger. What a posting must satisfy is enforced by the database (migration 0002)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organization
from core.errors import Conflict
from payments.models import DEBIT_SIDE, GUARDED, AccountKind, EntryPart, LedgerAccount, LedgerEntry, LedgerTransaction

OVERDRAWN = "ledger_account_not_overdrawn"
AccountKey = tuple[str, int | None]


@dataclass(frozen=True)
class Leg:
    """One entry to be: `amount` in minor units credits the account when positive, debits it when negative."""

    account: AccountKind
    amount: int
    part: EntryPart
    organization: Organization | None = None

    @property
    def account_key(self) -> AccountKey:
        return self.account, self.organization.pk if self.organization else None


@dataclass(frozen=True)
class SaleShare:
    """What one seller's goods cost in a sale, and the commission taken from that, in minor units."""

    seller: Organization
    amount: int
    commission: int


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
        with transaction.atomic():
            stored = _stored(wanted)
            if stored.public_id == wanted.public_id:
                _write(stored, entries)
    except IntegrityError as error:
        if OVERDRAWN not in str(error):
            raise
        raise Conflict(_("The balance is too low for this."), code="balance_too_low") from error
    return stored


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


def fingerprint(kind: str, currency: str, reference: str, entries: Sequence[Leg]) -> str:
    """SHA-256 of a posting's content; the order of the entries does not matter."""
    legs = sorted((leg.account, leg.account_key[1] or 0, leg.amount, leg.part) for leg in entries)
    return hashlib.sha256(json.dumps([kind, currency, reference, legs]).encode()).hexdigest()


def _share_legs(share: SaleShare) -> tuple[Leg, Leg]:
    held = AccountKind.PAYABLE_HELD
    return (
        Leg(held, share.amount, EntryPart.SALE, share.seller),
        Leg(held, -share.commission, EntryPart.COMMISSION, share.seller),
    )


def _stored(wanted: LedgerTransaction) -> LedgerTransaction:
    """The transaction under this key: ours, or what was there first. Waits for a writer of the same key."""
    LedgerTransaction.objects.bulk_create([wanted], ignore_conflicts=True)
    stored = LedgerTransaction.objects.get(key=wanted.key)
    if stored.fingerprint != wanted.fingerprint:
        raise Conflict(
            _("The ledger already has another transaction under the key %(key)s.") % {"key": wanted.key},
            code="ledger_key_reused",
        )
    return stored


def _write(stored: LedgerTransaction, entries: Sequence[Leg]) -> None:
    accounts = _accounts(stored.currency, {leg.account_key for leg in entries})
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            transaction=stored,
            account_id=accounts[leg.account_key],
            amount=leg.amount,
            currency=stored.currency,
            part=leg.part,
        )
        for leg in entries
    )


def _accounts(currency: str, keys: set[AccountKey]) -> dict[AccountKey, int]:
    """Primary keys of the accounts, opening those that are missing."""
    found = _existing(currency, keys)
    missing = keys - found.keys()
    if missing:
        rows = [_new_account(kind, organization_id, currency) for kind, organization_id in sorted(missing, key=str)]
        LedgerAccount.objects.bulk_create(rows, ignore_conflicts=True)
        found = _existing(currency, keys)
    return found


def _existing(currency: str, keys: set[AccountKey]) -> dict[AccountKey, int]:
    owners = {organization_id for _kind, organization_id in keys}
    rows = LedgerAccount.objects.filter(
        Q(organization_id__in=owners - {None}) | Q(organization_id=None),
        currency=currency,
        kind__in={kind for kind, _owner in keys},
    ).values_list("kind", "organization_id", "pk")
    return {(kind, organization_id): pk for kind, organization_id, pk in rows}


def _new_account(kind: str, organization_id: int | None, currency: str) -> LedgerAccount:
    return LedgerAccount(
        kind=kind,
        organization_id=organization_id,
        currency=currency,
        side=-1 if kind in DEBIT_SIDE else 1,
        guarded=kind in GUARDED,
    )
