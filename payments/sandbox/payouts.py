"""Payouts from a balance to a bank: by hand, or on a connected account's schedule.

A schedule is looked at once a day, so that money that became available today leaves tomorrow.
A payout is pending for an hour, on its way for the rest of a day, then paid; a bank account that
takes nothing makes it fail then, and the money returns. The platform's own balance is paid out
only on request.
"""

import datetime

import stripe

from payments.sandbox import balances, events, lists, onboarding
from payments.sandbox.api import Call, endpoint
from payments.sandbox.banks import BANKS, CLOSED
from payments.sandbox.errors import ApiError, Json, insufficient_balance, not_positive
from payments.sandbox.session_checks import check_metadata
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

KIND = "payout"
DAY = 24 * 3600
PENDING_SECONDS = 3600
PLATFORM_BANK = "ba_sandbox_platform"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNDER_WAY = """
select data, account from objects where kind = 'payout' and data ->> 'status' = any(%s)
  and (data ->> %s)::bigint <= %s
order by sequence limit 100 for update skip locked
"""
NOT_LOOKED_AT = """
select data, private from objects
where kind = 'account' and (data ->> 'payouts_enabled')::boolean and (private ->> 'swept')::bigint < %s
order by sequence limit 100 for update skip locked
"""


@endpoint(
    stripe.params.PayoutCreateParams,
    "amount",
    "currency",
    "description",
    "metadata",
    "statement_descriptor",
    connected=True,
)
def create(call: Call) -> Json:
    store, params = call.store, call.params
    check_metadata(params.get("metadata", {}))
    not_positive(params["amount"], "amount")
    bank = destination(store, call.account)
    balances.lock(store, call.account)
    if params["amount"] > balances.available(store, call.account, params["currency"].lower()):
        raise insufficient_balance()
    return start(store, new_payout(params, bank, store.now, automatic=False), call.account, call.origin)


@endpoint(stripe.params.PayoutRetrieveParams, connected=True)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get(KIND, identifier, call.account)


@endpoint(stripe.params.PayoutListParams, *lists.LIST_PARAMS, "status", connected=True)
def listing(call: Call) -> Json:
    return lists.page(call.store, KIND, "/v1/payouts", call.params, ["status"], account=call.account)


@endpoint(stripe.params.PayoutCancelParams, connected=True)
def cancel(call: Call, identifier: str) -> Json:
    payout = call.store.locked(KIND, identifier, call.account)
    if payout["status"] != "pending":
        raise ApiError("Only payouts that are pending can be canceled.", code="payout_not_pending")
    return take_back(call.store, payout | {"status": "canceled"}, call.account, "payout_cancel", call.origin)


def destination(store: Store, account_id: str | None) -> str:
    """The bank account that an account, or the platform, is paid on."""
    if account_id is None:
        return PLATFORM_BANK
    account = store.get("account", account_id)
    bank = onboarding.usable_bank(account)
    if not account["payouts_enabled"] or bank is None:
        raise ApiError("Payouts of this account are disabled. See its requirements.", code="payouts_not_allowed")
    return str(bank["id"])


def start(store: Store, payout: Json, account: str | None, origin: Json = events.BY_HAND) -> Json:
    store.add(payout, account=account)
    entry = balances.Entry("payout", -payout["amount"], payout["currency"], store.now)
    payout["balance_transaction"] = balances.post(store, payout["id"], entry, account)["id"]
    store.save(payout)
    events.emit(store, "payout.created", payout, origin=origin, account=account)
    return payout


def advance(store: Store) -> None:
    """Move what is under way as far as the clock says."""
    for row in store.rows(UNDER_WAY, [["pending"], "created", store.now - PENDING_SECONDS]):
        store.save(row["data"] | {"status": "in_transit"})
        events.emit(store, "payout.updated", row["data"] | {"status": "in_transit"}, account=row["account"])
    for row in store.rows(UNDER_WAY, [["in_transit"], "arrival_date", store.now]):
        arrive(store, row["data"], row["account"])


def arrive(store: Store, payout: Json, account: str | None) -> None:
    number = store.private(account).get("bank_number", "") if account else ""
    bank = BANKS.get(number)
    if bank and bank.failure_code:
        fail(store, payout["id"], (bank.failure_code, bank.failure_message))
    else:
        store.save(payout | {"status": "paid"})
        events.emit(store, "payout.paid", payout | {"status": "paid"}, account=account)


def fail(store: Store, identifier: str, reason: tuple[str, str] = CLOSED) -> Json:
    """What a bank does that gives the money back, at times even days after it seemed paid."""
    rows = store.rows("select data, account from objects where id = %s and kind = 'payout' for update", [identifier])
    if not rows or rows[0]["data"]["status"] in ("failed", "canceled"):
        raise ApiError("There is no payout of this id that could fail.", status=404, kept=False)
    payout, account = rows[0]["data"], rows[0]["account"]
    payout |= {"status": "failed", "failure_code": reason[0], "failure_message": reason[1]}
    failed = take_back(store, payout, account, "payout_failure")
    if account:
        onboarding.bank_failed(store, account)
    return failed


def take_back(store: Store, payout: Json, account: str | None, kind: str, origin: Json = events.BY_HAND) -> Json:
    entry = balances.Entry(kind, payout["amount"], payout["currency"], store.now, "payout_reversal")
    payout["failure_balance_transaction"] = balances.post(store, payout["id"], entry, account)["id"]
    store.save(payout)
    events.emit(store, f"payout.{payout['status']}", payout, origin=origin, account=account)
    return payout


def sweep(store: Store) -> None:
    """Pay out what the schedules of connected accounts ask for, once a day."""
    for row in store.rows(NOT_LOOKED_AT, [store.now - store.now % DAY]):
        account = row["data"]
        if is_due(account["settings"]["payouts"]["schedule"], row["private"]["swept"], store.now):
            pay_all(store, account)
        store.keep(account["id"], {"swept": store.now})


def pay_all(store: Store, account: Json) -> None:
    balances.lock(store, account["id"])
    bank = destination(store, account["id"])
    for currency, amount in balances.all_available(store, account["id"]).items():
        if amount > 0:
            wanted = {"amount": amount, "currency": currency}
            start(store, new_payout(wanted, bank, store.now, automatic=True), account["id"])


def is_due(schedule: Json, last: int, now: int) -> bool:
    """Whether a day that the schedule names has begun since `last`. Both in Unix seconds, days are UTC's."""
    days = [datetime.date(1970, 1, 1) + datetime.timedelta(day) for day in range(last // DAY + 1, now // DAY + 1)]
    if schedule["interval"] == "weekly":
        return any(WEEKDAYS[day.weekday()] == schedule.get("weekly_anchor", "monday") for day in days)
    if schedule["interval"] == "monthly":
        return any(day.day == schedule.get("monthly_anchor", 1) for day in days)
    return schedule["interval"] == "daily" and bool(days)


def new_payout(params: Json, bank: str, now: int, *, automatic: bool) -> Json:
    return shaped(
        stripe.Payout,
        id=new_id("po"),
        object=KIND,
        amount=params["amount"],
        arrival_date=now + DAY,
        automatic=automatic,
        created=now,
        currency=params["currency"].lower(),
        description=params.get("description"),
        destination=bank,
        livemode=False,
        metadata=params.get("metadata", {}),
        method="standard",
        reconciliation_status="not_applicable",
        source_type="card",
        statement_descriptor=params.get("statement_descriptor"),
        status="pending",
        type="bank_account",
    )
