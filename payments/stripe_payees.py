"""What is said to Stripe about those who are paid: accounts, onboarding, transfers, reversals, their payouts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from stripe.params.v2.core import (
    AccountLinkCreateParamsUseCase,
    AccountLinkCreateParamsUseCaseAccountOnboarding,
    AccountLinkCreateParamsUseCaseAccountUpdate,
)

from payments.models import Payee, Reversal, Transfer
from payments.stripe_client import MOST_FETCHED, answers, client
from payments.stripe_movements import funds


@dataclass(frozen=True)
class PayeeFacts:
    """What we go by in a connected account."""

    stripe_id: str
    own_id: str
    currency: str
    transfers_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    missing: list[str]
    disabled_reason: str
    bank: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "PayeeFacts":
        requirements = data.get("requirements") or {}
        banks = (data.get("external_accounts") or {}).get("data") or []
        return cls(
            stripe_id=data["id"],
            own_id=(data.get("metadata") or {}).get("payee", ""),
            currency=(data.get("default_currency") or "").upper(),
            transfers_enabled=(data.get("capabilities") or {}).get("transfers") == "active",
            payouts_enabled=bool(data.get("payouts_enabled")),
            details_submitted=bool(data.get("details_submitted")),
            missing=sorted({*requirements.get("currently_due", []), *requirements.get("past_due", [])}),
            disabled_reason=requirements.get("disabled_reason") or "",
            bank=_bank(banks[0]) if banks else "",
        )


@dataclass(frozen=True)
class TransferFacts:
    stripe_id: str
    own_id: str
    destination: str
    amount: int
    amount_reversed: int
    currency: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "TransferFacts":
        return cls(
            stripe_id=data["id"],
            own_id=(data.get("metadata") or {}).get("transfer", ""),
            destination=data.get("destination") or "",
            amount=data.get("amount") or 0,
            amount_reversed=data.get("amount_reversed") or 0,
            currency=(data.get("currency") or "").upper(),
        )


@dataclass(frozen=True)
class ReversalFacts:
    """`own_id` is empty when it was made at Stripe by hand."""

    stripe_id: str
    own_id: str
    amount: int
    currency: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "ReversalFacts":
        return cls(
            stripe_id=data["id"],
            own_id=(data.get("metadata") or {}).get("reversal", ""),
            amount=data.get("amount") or 0,
            currency=(data.get("currency") or "").upper(),
        )


@dataclass(frozen=True)
class BankPayoutFacts:
    stripe_id: str
    amount: int
    currency: str
    status: str
    arrives_at: datetime
    created_at: datetime
    failure: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "BankPayoutFacts":
        return cls(
            stripe_id=data["id"],
            amount=data["amount"],
            currency=data["currency"].upper(),
            status=data["status"],
            arrives_at=datetime.fromtimestamp(data["arrival_date"], UTC),
            created_at=datetime.fromtimestamp(data["created"], UTC),
            failure=data.get("failure_message") or data.get("failure_code") or "",
        )


def create_account(payee: Payee) -> str:
    """Stripe's id of a new account: a recipient of transfers, whose fees and losses are the platform's."""
    owner = payee.organization
    with answers():
        made = client().v2.core.accounts.create(
            {
                "dashboard": "express",
                "display_name": owner.pseudonym,
                "identity": {"country": payee.country.lower()},
                "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
                "configuration": {
                    "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
                },
                "metadata": {"payee": payee.public_id},
            },
            {"idempotency_key": payee.idempotency_key},
        )
    return made.id


def find_account(payee: Payee) -> str | None:
    """The account that an attempt with an unknown outcome did make after all."""
    since = int(payee.created_at.timestamp()) - 60
    with answers():
        found = client().v1.accounts.list({"created": {"gte": since}, "limit": 100}).auto_paging_iter()
        mine = (
            one.id for one in islice(found, MOST_FETCHED) if PayeeFacts.read(one.to_dict()).own_id == payee.public_id
        )
        return next(mine, None)


def retrieve_account(stripe_id: str) -> PayeeFacts:
    with answers():
        return PayeeFacts.read(client().v1.accounts.retrieve(stripe_id).to_dict())


def account_link(stripe_id: str, *, refresh_url: str, return_url: str, update: bool) -> str:
    """The address of a hosted page, for one visit within minutes: to give details, or to change them."""
    changing: AccountLinkCreateParamsUseCaseAccountUpdate = {
        "refresh_url": refresh_url,
        "return_url": return_url,
    }
    giving: AccountLinkCreateParamsUseCaseAccountOnboarding = {
        "refresh_url": refresh_url,
        "return_url": return_url,
    }
    use_case: AccountLinkCreateParamsUseCase = (
        {"type": "account_update", "account_update": changing}
        if update
        else {"type": "account_onboarding", "account_onboarding": giving}
    )
    with answers():
        return client().v2.core.account_links.create({"account": stripe_id, "use_case": use_case}).url


def create_transfer(transfer: Transfer) -> TransferFacts:
    """Send money to a payee's account. Every attempt for one transfer sends the same key and the same content."""
    with answers():
        made = client().v1.transfers.create(
            {
                "amount": transfer.amount,
                "currency": transfer.currency.lower(),
                "destination": str(transfer.payee.stripe_id),
                "transfer_group": transfer.public_id,
                "metadata": {"transfer": transfer.public_id},
            },
            {"idempotency_key": transfer.idempotency_key},
        )
    return TransferFacts.read(made.to_dict())


def find_transfer(transfer: Transfer) -> TransferFacts | None:
    """The transfer that an attempt with an unknown outcome did make after all."""
    with answers():
        found = client().v1.transfers.list({"transfer_group": transfer.public_id, "limit": 1})
        return TransferFacts.read(found.data[0].to_dict()) if found.data else None


def retrieve_transfer(stripe_id: str) -> TransferFacts:
    with answers():
        return TransferFacts.read(client().v1.transfers.retrieve(stripe_id).to_dict())


def create_reversal(reversal: Reversal) -> ReversalFacts:
    with answers():
        made = client().v1.transfers.reversals.create(
            str(reversal.transfer.stripe_id),
            {"amount": reversal.amount, "metadata": {"reversal": reversal.public_id}},
            {"idempotency_key": reversal.idempotency_key},
        )
    return ReversalFacts.read(made.to_dict())


def reversals_of(transfer_id: str) -> list[ReversalFacts]:
    """All reversals of a transfer, oldest first."""
    with answers():
        found = client().v1.transfers.reversals.list(transfer_id, {"limit": 100}).auto_paging_iter()
        return [ReversalFacts.read(one.to_dict()) for one in islice(found, MOST_FETCHED)][::-1]


def available_funds() -> dict[str, int]:
    """What the platform can send now, in minor units by currency."""
    with answers():
        balance = client().v1.balance.retrieve()
    return {each.currency.upper(): each.amount for each in balance.available}


def balance_of(stripe_id: str) -> dict[str, int]:
    """What a payee's account holds, settled or not, in minor units by currency."""
    with answers():
        balance = client().v1.balance.retrieve(options={"stripe_account": stripe_id})
    sums: dict[str, int] = defaultdict(int)
    for currency, amount in funds(balance):
        sums[currency] += amount
    return sums


def payouts_of(stripe_id: str, *, since: datetime | None = None) -> Iterator[BankPayoutFacts]:
    """A payee's payouts to their bank, newest first."""
    params: Any = {"limit": 100} | ({"created": {"gte": int(since.timestamp())}} if since else {})
    with answers():
        found = client().v1.payouts.list(params, {"stripe_account": stripe_id}).auto_paging_iter()
        for payout in islice(found, MOST_FETCHED):
            yield BankPayoutFacts.read(payout.to_dict())


def retrieve_payout(stripe_id: str, account: str) -> BankPayoutFacts:
    with answers():
        found = client().v1.payouts.retrieve(stripe_id, options={"stripe_account": account})
    return BankPayoutFacts.read(found.to_dict())


def _bank(account: Mapping[str, Any]) -> str:
    return f"{account.get('bank_name') or account.get('object', '')} …{account.get('last4', '')}".strip()
