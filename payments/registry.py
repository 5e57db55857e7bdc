"""What a checkout can be for. Apps above payments register their purposes when Django starts
(`AppConfig.ready`), so that payments tells them what became of their checkouts without importing them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from accounts.models import Organization
from payments.models import AccountKind, Checkout, Dispute


@dataclass(frozen=True)
class TakenBack:
    """Money of a paid checkout that went back to its buyer, by a refund or by a lost dispute.

    `subject` says what is given back, such as refund_request:k3v…; `source` is the account that paid it.
    """

    checkout: Checkout
    subject: str
    amount: int
    currency: str
    reason: str
    ledger_key: str
    ledger_kind: str
    source: AccountKind


def _none_contested(references: Collection[str]) -> set[str]:
    return set()


@dataclass(frozen=True)
class Described:
    """What a reference of the ledger is to one payee: in words, where they see more of it, and at which commission.

    It says nothing of who paid.
    """

    text: str
    url: str = ""
    rate: str = ""


def _nothing_said(payee: Organization, references: Collection[str]) -> Mapping[str, Described]:
    return {}


def _nothing_known(checkout: Checkout) -> str:
    return ""


def _nobody_told(dispute: Dispute) -> None:
    """A purpose that tells nobody of disputes."""


@dataclass(frozen=True)
class Purpose:
    """`paid` and `expired` run inside the transaction that settles the checkout, at most once each.

    An exception in them undoes the settlement, which is then tried again. What `paid` posts to the
    ledger refers to `checkout.ledger_reference`. `refunded` runs inside the transaction that books a refund or a lost
    dispute, once for each `subject`: it posts what is taken from whom (`earnings.take_back`), and takes the goods
    back. `contested` says which of the sales, by their ledger references, a buyer is contesting: they are not paid out.
    `disputed` runs when a dispute is opened and when it is closed, in the transaction that says so.
    `evidence` is what is known of a sale when a bank asks: what was bought, when, and how it was delivered.
    `describe` says to a payee what the references on their statement are, in one query however many.
    """

    name: str
    paid: Callable[[Checkout], None]
    expired: Callable[[Checkout], None]
    refunded: Callable[[TakenBack], None]
    contested: Callable[[Collection[str]], set[str]] = _none_contested
    disputed: Callable[[Dispute], None] = _nobody_told
    evidence: Callable[[Checkout], str] = _nothing_known
    describe: Callable[[Organization, Collection[str]], Mapping[str, Described]] = _nothing_said


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    _purposes[purpose.name] = purpose


def purpose(name: str) -> Purpose:
    """Raises KeyError for a name that no app registered."""
    return _purposes[name]


def purposes() -> Iterable[Purpose]:
    return _purposes.values()
