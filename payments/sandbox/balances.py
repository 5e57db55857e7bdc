"""Balances with Stripe, the platform's and each connected account's: every movement is one entry."""

from collections import defaultdict
from dataclasses import dataclass

import stripe

from payments.sandbox import lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

SETTLING_SECONDS = 2 * 24 * 3600
FEE_BASIS_POINTS = 290
FIXED_FEE = 30


@dataclass(frozen=True)
class Entry:
    """One movement, in minor units; `available_on` in Unix seconds. The category is the kind's own by default."""

    kind: str
    amount: int
    currency: str
    available_on: int
    category: str = ""
    fee: int = 0


def book(store: Store, source: Json, *, kind: str, at_once: bool = False) -> Json:
    """Record what a charge or refund does to the platform's balance. Refunds give no fee back."""
    if kind == "refund":
        entry = Entry(kind, -source["amount"], source["currency"], refunded_from(store, source))
    else:
        available_on = store.now if at_once else store.now + SETTLING_SECONDS
        entry = Entry(kind, source["amount"], source["currency"], available_on, fee=processing_fee(source["amount"]))
    return post(store, source["id"], entry)


def refunded_from(store: Store, refund: Json) -> int:
    """A refund takes from the same money as its charge: pending while that is."""
    charge = store.get("charge", refund["charge"])
    booked: int = store.get("balance_transaction", charge["balance_transaction"])["available_on"]
    return max(booked, store.now)


def post(store: Store, source: str, entry: Entry, account: str | None = None) -> Json:
    available = entry.available_on <= store.now
    booked = shaped(
        stripe.BalanceTransaction,
        id=new_id("txn"),
        object="balance_transaction",
        amount=entry.amount,
        available_on=entry.available_on,
        balance_type="payments",
        created=store.now,
        currency=entry.currency,
        fee=entry.fee,
        fee_details=fee_details(entry),
        net=entry.amount - entry.fee,
        reporting_category=entry.category or entry.kind,
        source=source,
        status="available" if available else "pending",
        type=entry.kind,
    )
    return store.add(booked, account=account)


def lock(store: Store, account: str | None) -> None:
    """Let nobody else spend from this balance until the transaction ends."""
    store.lock_name(f"balance:{account or 'platform'}")


def available(store: Store, account: str | None, currency: str, *, moment: int | None = None) -> int:
    """Minor units that can be spent, now or at a moment to come."""
    return all_available(store, account, moment=moment).get(currency, 0)


def all_available(store: Store, account: str | None, *, moment: int | None = None) -> dict[str, int]:
    rows = store.rows(
        "select data ->> 'currency' as currency, sum((data ->> 'net')::bigint)::bigint as net from objects"
        " where kind = 'balance_transaction' and account is not distinct from %s"
        " and (data ->> 'available_on')::bigint <= %s group by 1",
        [account, moment or store.now],
    )
    return {row["currency"]: row["net"] for row in rows}


def processing_fee(amount: int) -> int:
    """Stripe's usual card price: 2.9 % and 30 minor units, never more than the charge."""
    return min(amount, -(-amount * FEE_BASIS_POINTS // 10_000) + FIXED_FEE)


def fee_details(entry: Entry) -> list[Json]:
    if not entry.fee:
        return []
    description = "Dispute fee" if entry.category == "dispute" else "Stripe processing fees"
    return [
        {
            "amount": entry.fee,
            "application": None,
            "currency": entry.currency,
            "description": description,
            "type": "stripe_fee",
        }
    ]


@endpoint(stripe.params.BalanceRetrieveParams, connected=True)
def retrieve(call: Call) -> Json:
    rows = call.store.rows(
        "select data ->> 'currency' as currency, (data ->> 'available_on')::bigint <= %s as available,"
        " sum((data ->> 'net')::bigint)::bigint as net"
        " from objects where kind = 'balance_transaction' and account is not distinct from %s"
        " group by 1, 2 order by 1",
        [call.store.now, call.account],
    )
    sums: dict[bool, dict[str, int]] = {True: defaultdict(int), False: defaultdict(int)}
    for row in rows:
        sums[row["available"]][row["currency"]] = row["net"]
    currencies = sorted({row["currency"] for row in rows} or {"usd"})
    return shaped(
        stripe.Balance,
        object="balance",
        available=funds(sums[True], currencies),
        pending=funds(sums[False], currencies),
        livemode=False,
    )


def funds(amounts: dict[str, int], currencies: list[str]) -> list[Json]:
    return [
        {"amount": amounts[currency], "currency": currency, "source_types": {"card": amounts[currency]}}
        for currency in currencies
    ]


@endpoint(stripe.params.BalanceTransactionListParams, *lists.LIST_PARAMS, "currency", "source", "type", connected=True)
def listing(call: Call) -> Json:
    facts = ("currency", "source", "type")
    url = "/v1/balance_transactions"
    return lists.page(call.store, "balance_transaction", url, call.params, facts, account=call.account)


@endpoint(stripe.params.BalanceTransactionRetrieveParams, connected=True)
def retrieve_entry(call: Call, identifier: str) -> Json:
    return call.store.get("balance_transaction", identifier, call.account)
