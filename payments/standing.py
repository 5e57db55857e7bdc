"""How a payee stands: what could be paid now, or why it is not. Read without locks, from our own books."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db.models import F, Sum

from accounts.models import Organization
from core.money import exponent
from payments.models import AccountKind, BankPayout, Dispute, Earning, LedgerAccount, Payee, Reversal, Transfer


class Reason(StrEnum):
    """Why a payee with available earnings is not paid now."""

    NOT_SET_UP = "not_set_up"
    NOT_READY = "not_ready"
    BELOW_THRESHOLD = "below_threshold"
    OWES = "owes"
    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    UNDER_WAY = "under_way"
    FUNDS = "funds"
    DISAGREES = "disagrees"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Standing:
    """What a payee would be paid now in one currency, in minor units, or why not."""

    currency: str
    available: int
    reserved: int
    owed: int
    reason: Reason | None

    @property
    def payable(self) -> int:
        return max(0, self.available - self.reserved)


def threshold(currency: str) -> int:
    """The least that is paid out at once, in minor units: small payouts would be eaten by their fees."""
    return int(Decimal(settings.PAYOUT_THRESHOLD).scaleb(exponent(currency)))


def standing(organization: Organization, currency: str) -> Standing:
    """How a payee stands by our own books. Read without locks; `begin` looks again under them."""
    accounts = LedgerAccount.objects.for_organization(organization).filter(currency=currency, subject="")
    amounts = {account.kind: account.amount for account in accounts}
    available, owed = amounts.get(AccountKind.PAYABLE_AVAILABLE, 0), amounts.get(AccountKind.RECEIVABLE, 0)
    reserved = disputed_share(organization, currency)
    return Standing(currency, available, reserved, owed, _reason(organization, currency, available, reserved, owed))


def disputed_share(organization: Organization, currency: str) -> int:
    """What open disputes may still take of earnings that were released before the dispute came."""
    disputes = Dispute.objects.unfinished().filter(currency=currency).select_related("checkout")
    references = [dispute.checkout.ledger_reference for dispute in disputes]
    released = Earning.objects.for_organization(organization).filter(
        reference__in=references, currency=currency, released_at__isnull=False
    )
    return released.aggregate(sum=Sum(F("amount") - F("taken")))["sum"] or 0


def expected_balance(payee: Payee, currency: str) -> int:
    """What a payee's account at Stripe should hold, in minor units."""
    sent = Transfer.objects.succeeded().filter(payee=payee, currency=currency)
    back = Reversal.objects.succeeded().filter(transfer__payee=payee, currency=currency)
    paid = BankPayout.objects.counting().filter(payee=payee, currency=currency)
    sums = [rows.aggregate(sum=Sum("amount"))["sum"] or 0 for rows in (sent, back, paid)]
    return int(sums[0] - sums[1] - sums[2])


def _reason(owner: Organization, currency: str, available: int, reserved: int, owed: int) -> Reason | None:
    payee = Payee.objects.for_organization(owner).first()
    checks = (
        (owner.suspended_at is not None, Reason.SUSPENDED),
        (payee is None or payee.stripe_id is None, Reason.NOT_SET_UP),
        (payee is not None and not (payee.transfers_enabled and payee.payouts_enabled), Reason.NOT_READY),
        (owed > 0, Reason.OWES),
        (available >= threshold(currency) > available - reserved, Reason.DISPUTED),
        (available - reserved < max(1, threshold(currency)), Reason.BELOW_THRESHOLD),
        (Transfer.objects.unsettled().filter(payee=payee, currency=currency).exists(), Reason.UNDER_WAY),
    )
    return next((reason for holds, reason in checks if holds), None)
