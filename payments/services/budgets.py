"""Budgets: money paid in, promised to work, paid to workers as their work is accepted, and the rest returned.

A reward costs the budget the reward and the platform's fee on top. Whatever is asked twice under one key happens once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, Invalid
from payments import earnings, ledger
from payments.ledger import Leg
from payments.models import (
    AccountKind,
    Budget,
    Checkout,
    CheckoutState,
    Dispute,
    EntryPart,
    Funding,
    LedgerAccount,
    LedgerTransaction,
    Refund,
    Reservation,
)
from payments.registry import TakenBack
from payments.rules.lines import CheckoutLine
from payments.rules.split import commission
from payments.services import checkouts

audit.phrases(
    {
        "budget.opened": _l("opened a budget"),
        "budget.funding": _l("began to pay into a budget"),
        "budget.funded": _l("paid into a budget"),
        "budget.closed": _l("closed a budget"),
    }
)

PURPOSE = "budget"
SHOWN = 50
FREE, RESERVED = AccountKind.ESCROW, AccountKind.ESCROW_RESERVED


@dataclass(frozen=True)
class Figures:
    """Where a budget's money is, in minor units. `spent` is what work cost, with fees."""

    paid_in: int
    free: int
    reserved: int
    returned: int

    @property
    def spent(self) -> int:
        return self.paid_in - self.free - self.reserved - self.returned


def open_budget(*, actor: User, organization: Organization, name: str, currency: str) -> Budget:
    """An empty budget. Its fee is frozen now."""
    if currency not in settings.CURRENCIES:
        raise Invalid(_("Choose a currency that is offered here."), field="currency", code="currency_not_offered")
    if not name.strip():
        raise Invalid(_("Give the budget a name."), field="name")
    rate = organization.commission_basis_points
    with transaction.atomic():
        budget = Budget.objects.create(
            organization=organization,
            name=name.strip(),
            currency=currency,
            fee_basis_points=settings.COMMISSION_BASIS_POINTS if rate is None else rate,
            opened_by=actor,
        )
        audit.record(actor=actor, organization=organization, verb="budget.opened", subject=budget)
    return budget


def fund(*, actor: User, budget: Budget, amount: int, success_url: str, cancel_url: str) -> Checkout:
    """The hosted page on which an amount is paid into the budget. Not inside a transaction.

    The same amount asked again while its page is open gives the same page.
    """
    with transaction.atomic():
        _open(budget)
        waiting = budget.fundings.filter(amount=amount, paid_at=None)
        live = Checkout.objects.live().filter(purpose=PURPOSE).values("reference")
        funding = waiting.filter(public_id__in=live).first() or Funding(budget=budget, amount=amount)
        checkouts.require_chargeable(amount, budget.currency)
        if funding.pk is None:
            funding.save()
            facts = {"amount": amount, "currency": budget.currency}
            audit.record(
                actor=actor, organization=budget.organization, verb="budget.funding", subject=budget, data=facts
            )
    return checkouts.open_checkout(
        purpose=PURPOSE,
        reference=funding.public_id,
        organization=budget.organization,
        actor=actor,
        lines=[CheckoutLine(budget.name, amount)],
        currency=budget.currency,
        success_url=success_url,
        cancel_url=cancel_url,
    )


def figures(budget: Budget) -> Figures:
    return figures_of([budget])[0]


def figures_of(budgets: Sequence[Budget]) -> list[Figures]:
    """Of each budget, in two queries however many they are."""
    accounts = LedgerAccount.objects.filter(subject__in=[budget.subject for budget in budgets])
    amounts = {(account.subject, account.kind): account.amount for account in accounts}
    paid = Funding.objects.filter(budget__in=budgets, paid_at__isnull=False).order_by().values_list("budget")
    sums = {pk: (amount, back) for pk, amount, back in paid.annotate(amount=Sum("amount"), back=Sum("returned"))}
    return [
        Figures(
            paid_in=sums.get(budget.pk, (0, 0))[0],
            free=amounts.get((budget.subject, FREE), 0),
            reserved=amounts.get((budget.subject, RESERVED), 0),
            returned=sums.get(budget.pk, (0, 0))[1],
        )
        for budget in budgets
    ]


def paid_in(budget: Budget) -> list[Funding]:
    """The newest payments into a budget."""
    return list(budget.fundings.filter(paid_at__isnull=False).order_by("-pk")[:SHOWN])


def payments_under_way(budget: Budget) -> list[Checkout]:
    waiting = budget.fundings.filter(paid_at=None).values("public_id")
    return list(Checkout.objects.live().filter(purpose=PURPOSE, reference__in=waiting).order_by("pk")[:SHOWN])


def cost(budget: Budget, reward: int) -> int:
    """What one accepted piece of work takes out of the budget, in minor units."""
    return reward + commission(reward, budget.fee_basis_points)


def reserve(*, budget: Budget, key: str, amount: int) -> Reservation:
    """Promise a part of what is free, with fees. Raises Conflict `budget_exhausted`, `budget_closed` or `disputed`."""
    if amount < 1:
        raise Invalid(_("A reservation is of something."), field="amount", code="reservation_empty")
    with transaction.atomic():
        locked = _open(budget)
        before = locked.reservations.filter(key=key).first()
        if before is not None:
            return _same(before, amount)
        reservation = Reservation.objects.create(budget=locked, key=key, amount=amount)
        try:
            _move(f"reserve:{reservation.public_id}", "reserve", locked, amount)
        except Conflict as refusal:
            message = _("The budget has not enough left for this. Pay something in.")
            raise Conflict(message, code="budget_exhausted") from refusal
    return reservation


def accrue(*, reservation: Reservation, worker: Organization, reward: int, key: str) -> LedgerTransaction:
    """A worker's work was accepted: the reward is theirs to be paid, the fee the platform's. Once for each `key`.

    Raises Conflict `reservation_exhausted` or `reservation_released`, `ledger_key_reused` for another worker or reward
    under the key.
    """
    if reward < 1:
        raise Invalid(_("A reward is something."), field="reward", code="reward_empty")
    with transaction.atomic():
        locked = _locked(reservation)
        budget = locked.budget
        price = cost(budget, reward)
        before = LedgerTransaction.objects.filter(key=f"work:{key}").first()
        if before is not None:
            return _same_work(before, worker, reward)
        if locked.released_at:
            raise Conflict(_("What was reserved for this was released."), code="reservation_released")
        if price > locked.left:
            raise Conflict(_("More was accepted than was reserved for it."), code="reservation_exhausted")
        Reservation.objects.filter(pk=locked.pk).update(spent=locked.spent + price)
        part = EntryPart.WORK
        legs = [
            Leg(RESERVED, -price, part, budget.organization, budget.subject),
            Leg(AccountKind.COMMISSION, price - reward, EntryPart.COMMISSION),
        ]
        return earnings.credited(
            key=f"work:{key}",
            kind="work",
            reference=budget.subject,
            currency=budget.currency,
            entries=[leg for leg in legs if leg.amount],
            payee=worker,
        )


def release(*, reservation: Reservation) -> int:
    """Give back what was not spent of a reservation, once. Returns how much is free again by it."""
    with transaction.atomic():
        locked = _locked(reservation)
        if locked.released_at:
            return 0
        Reservation.objects.filter(pk=locked.pk).update(released_at=timezone.now())
        if locked.left:
            _move(f"unreserve:{locked.public_id}", "unreserve", locked.budget, -locked.left)
        return locked.left


def close(*, actor: User, budget: Budget) -> list[Refund]:
    """Spend no more of it, and return what is free to the cards it came from, the last payment first.

    Safe to repeat: what is under way is not returned twice. Raises Conflict `budget_reserved` while work is promised.
    """
    with transaction.atomic():
        locked = Budget.objects.select_for_update(of=("self",)).select_related("organization").get(pk=budget.pk)
        if locked.reservations.open().exists():
            message = _("People are still working for this budget. End their work first.")
            raise Conflict(message, code="budget_reserved")
        if locked.closed_at is None:
            Budget.objects.filter(pk=locked.pk).update(closed_at=timezone.now())
            audit.record(actor=actor, organization=locked.organization, verb="budget.closed", subject=locked)
    # Without the budget's lock: whoever settles a payment locks the payment first, and a closed budget stands still.
    with transaction.atomic():
        return _return_rest(locked, actor)


def paid(checkout: Checkout) -> None:
    """A payment into a budget came in. Runs inside the transaction that settles the checkout."""
    funding = Funding.objects.select_related("budget__organization").get(public_id=checkout.reference)
    Funding.objects.filter(pk=funding.pk).update(paid_at=timezone.now())
    budget = funding.budget
    ledger.post(
        key=f"funding:{funding.public_id}",
        kind="funding",
        reference=checkout.ledger_reference,
        currency=checkout.currency,
        entries=[
            Leg(AccountKind.CLEARING, -checkout.amount, EntryPart.CHARGE),
            Leg(FREE, checkout.amount, EntryPart.CHARGE, budget.organization, budget.subject),
        ],
    )
    facts = {"amount": checkout.amount, "currency": checkout.currency}
    audit.record(actor=None, organization=budget.organization, verb="budget.funded", subject=budget, data=facts)
    if budget.closed_at:
        _return_rest(budget, None)


def expired(checkout: Checkout) -> None:
    """Nothing was promised for an unpaid funding, so nothing has to be taken back."""


def taken_back(taken: TakenBack) -> None:
    """A payment into a budget went back, asked for or not. What is no longer there the organisation owes."""
    funding = Funding.objects.select_for_update(of=("self",)).get(public_id=taken.checkout.reference)
    budget = Budget.objects.select_for_update(of=("self",)).select_related("organization").get(pk=funding.budget_id)
    Funding.objects.filter(pk=funding.pk).update(returned=funding.returned + taken.amount)
    there = min(taken.amount, figures(budget).free)
    legs = [
        Leg(taken.source, taken.amount, EntryPart.REFUND),
        Leg(FREE, -there, EntryPart.REFUND, budget.organization, budget.subject),
        Leg(AccountKind.RECEIVABLE, there - taken.amount, EntryPart.REFUND, budget.organization),
    ]
    ledger.post(
        key=taken.ledger_key,
        kind=taken.ledger_kind,
        reference=taken.checkout.ledger_reference,
        currency=taken.currency,
        entries=[leg for leg in legs if leg.amount],
    )


def _return_rest(budget: Budget, actor: User | None) -> list[Refund]:
    rest = figures(budget).free
    made = []
    for funding in budget.fundings.filter(paid_at__isnull=False).order_by("-pk"):
        part = min(rest, funding.amount - funding.returned)
        checkout = Checkout.objects.about(PURPOSE, funding.public_id).filter(state=CheckoutState.PAID).first()
        if part < 1 or checkout is None:
            continue
        made.append(
            checkouts.refund_checkout(
                checkout=checkout,
                subject=f"budget_rest:{funding.public_id}",
                amount=part,
                reason=_("What was left of a budget"),
                actor=actor,
            )
        )
        rest -= part
    return made


def _open(budget: Budget) -> Budget:
    """The budget, locked, if something can be promised of it."""
    locked = Budget.objects.select_for_update(of=("self",)).select_related("organization").get(pk=budget.pk)
    if locked.closed_at:
        raise Conflict(_("This budget is closed."), code="budget_closed")
    funded = locked.fundings.values("public_id")
    if Dispute.objects.open().filter(checkout__purpose=PURPOSE, checkout__reference__in=funded).exists():
        raise Conflict(_("A payment into this budget is disputed by the bank it came from."), code="disputed")
    return locked


def _locked(reservation: Reservation) -> Reservation:
    rows = Reservation.objects.select_for_update(of=("self",)).select_related("budget__organization")
    return rows.get(pk=reservation.pk)


def _move(key: str, kind: str, budget: Budget, amount: int) -> None:
    """From free to reserved, or back when the amount is below zero."""
    legs = [
        Leg(FREE, -amount, EntryPart.WORK, budget.organization, budget.subject),
        Leg(RESERVED, amount, EntryPart.WORK, budget.organization, budget.subject),
    ]
    ledger.post(key=key, kind=kind, reference=budget.subject, currency=budget.currency, entries=legs)


def _same(before: Reservation, amount: int) -> Reservation:
    if before.amount != amount:
        raise Conflict(_("This was reserved before, with another amount."), code="reservation_differs")
    return before


def _same_work(before: LedgerTransaction, worker: Organization, reward: int) -> LedgerTransaction:
    paid = before.entries.filter(account__organization=worker, part=EntryPart.WORK, amount=reward)
    if not paid.exists():
        raise Conflict(_("This work was paid before, to somebody else or at another price."), code="ledger_key_reused")
    return before
