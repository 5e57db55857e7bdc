"""The platform's balance with Stripe: what each charge and refund did to it, and the fees."""

from collections import defaultdict

import stripe

from payments.sandbox import lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

SETTLING_SECONDS = 2 * 24 * 3600
FEE_BASIS_POINTS = 290
FIXED_FEE = 30


def book(store: Store, source: Json, *, kind: str, at_once: bool = False) -> Json:
    """Record what a charge or refund does to the balance. Refunds give no fee back."""
    amount = source["amount"] if kind == "charge" else -source["amount"]
    fee = processing_fee(amount) if kind == "charge" else 0
    entry = shaped(
        stripe.BalanceTransaction,
        id=new_id("txn"),
        object="balance_transaction",
        amount=amount,
        available_on=store.now if at_once else store.now + SETTLING_SECONDS,
        balance_type="payments",
        created=store.now,
        currency=source["currency"],
        fee=fee,
        fee_details=fee_details(fee, source["currency"]),
        net=amount - fee,
        reporting_category=kind,
        source=source["id"],
        status="available" if at_once else "pending",
        type=kind,
    )
    return store.add(entry, parent=source["id"])


def processing_fee(amount: int) -> int:
    """Stripe's usual card price: 2.9 % and 30 minor units, never more than the charge."""
    return min(amount, -(-amount * FEE_BASIS_POINTS // 10_000) + FIXED_FEE)


def fee_details(fee: int, currency: str) -> list[Json]:
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


@endpoint(stripe.params.BalanceRetrieveParams)
def retrieve(call: Call) -> Json:
    rows = call.store.rows(
        "select data ->> 'currency' as currency, (data ->> 'available_on')::bigint <= %s as available,"
        " sum((data ->> 'net')::bigint)::bigint as net"
        " from objects where kind = 'balance_transaction' group by 1, 2 order by 1",
        [call.store.now],
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


@endpoint(stripe.params.BalanceTransactionListParams, *lists.LIST_PARAMS, "currency", "source", "type")
def listing(call: Call) -> Json:
    facts = ("currency", "source", "type")
    return lists.page(call.store, "balance_transaction", "/v1/balance_transactions", call.params, facts)


@endpoint(stripe.params.BalanceTransactionRetrieveParams)
def retrieve_entry(call: Call, identifier: str) -> Json:
    return call.store.get("balance_transaction", identifier)
