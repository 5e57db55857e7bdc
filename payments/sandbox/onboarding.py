"""What onboarding makes of a connected account: capabilities, requirements, payouts."""

from dataclasses import dataclass

from payments.sandbox import banks, events
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.store import Store

FIRST_ASKED = ["external_account", "individual.first_name", "individual.last_name", "tos_acceptance.date"]
NO_BANK = ["external_account"]


@dataclass(frozen=True)
class Outcome:
    """How a check of the account ended. `due` is what the account must still give."""

    title: str
    submitted: bool
    active: bool
    due: tuple[str, ...] = ()
    disabled_reason: str | None = None


OUTCOMES = {
    "complete": Outcome("Complete: transfers and payouts are on", submitted=True, active=True),
    "incomplete": Outcome(
        "Incomplete: left half-way",
        submitted=False,
        active=False,
        due=tuple(FIRST_ASKED),
        disabled_reason="requirements.past_due",
    ),
    "restricted": Outcome(
        "Restricted: a document is missing",
        submitted=True,
        active=False,
        due=("individual.verification.document",),
        disabled_reason="requirements.past_due",
    ),
    "rejected": Outcome("Rejected for good", submitted=True, active=False, disabled_reason="rejected.other"),
}


@dataclass(frozen=True)
class BankDetails:
    holder: str
    number: str


def finish(
    store: Store, account_id: str, chosen: str, bank: BankDetails | None = None, *, origin: Json = events.BY_HAND
) -> Json:
    """Let a check end as chosen, and say so on the connect endpoint."""
    outcome = OUTCOMES.get(chosen)
    if outcome is None:
        raise ApiError(f"Choose one of {', '.join(OUTCOMES)}.", param="outcome", kept=False)
    account = store.locked("account", account_id)
    if bank:
        put_bank(store, account, bank)
    settle(account, outcome)
    store.save(account)
    events.emit(store, "account.updated", account, origin=origin, account=account_id)
    return account


def settle(account: Json, outcome: Outcome) -> None:
    due = list(outcome.due)
    if outcome.active and not usable_bank(account):
        due = list(NO_BANK)
    account |= {
        "capabilities": dict.fromkeys(account["capabilities"], "active" if outcome.active else "inactive"),
        "charges_enabled": outcome.active and "card_payments" in account["capabilities"],
        "details_submitted": outcome.submitted,
        "payouts_enabled": outcome.active and not due,
        "requirements": requirements(due, outcome.disabled_reason),
    }


def requirements(due: list[str] | None = None, disabled_reason: str | None = None) -> Json:
    due = due or []
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due if disabled_reason == "requirements.past_due" else [],
        "pending_verification": [],
    }


def usable_bank(account: Json) -> Json | None:
    """Where payouts go; None without a bank account, or when the last payout to it failed."""
    found: list[Json] = account["external_accounts"]["data"]
    return found[0] if found and found[0]["status"] != "errored" else None


def put_bank(store: Store, account: Json, bank: BankDetails) -> None:
    """The account's one bank account from now on."""
    is_first = not account["external_accounts"]["data"]
    number = banks.plain(bank.number)
    if problem := banks.problem(number):
        raise ApiError(problem, param="external_account", kept=False)
    added = banks.new_bank_account(account, number, bank.holder)
    account["external_accounts"]["data"] = [added]
    store.keep(account["id"], {"bank_number": number})
    kind = "account.external_account.created" if is_first else "account.external_account.updated"
    events.emit(store, kind, added, account=account["id"])


def bank_failed(store: Store, account_id: str) -> None:
    """Scheduled payouts stop until the account names a bank account that works."""
    account = store.locked("account", account_id)
    for bank in account["external_accounts"]["data"]:
        bank["status"] = "errored"
        events.emit(store, "account.external_account.updated", bank, account=account_id)
    account["payouts_enabled"] = False
    account["requirements"] = requirements(NO_BANK, account["requirements"]["disabled_reason"])
    store.save(account)
    events.emit(store, "account.updated", account, account=account_id)
