"""What must hold after each step, and what must hold once the trouble has ended and everything came to its end."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import stripe
from django.db import connection
from django.db.models import Count, F, Sum

from marketplace.models import Order
from payments import invariants, watch
from payments.invariants.shape import Invariant
from payments.models import (
    Checkout,
    CheckoutState,
    Concern,
    Dispute,
    Movement,
    Payee,
    ReconciliationItem,
    Refund,
    RefundState,
    Reversal,
    StripeEvent,
    Transfer,
)
from payments.sandbox import store
from payments.standing import expected_balance
from payments.stripe_payees import balance_of

EARNED = Invariant(
    "What each payee earned is with us, on its way, with them, or still owed by them",
    """
    SELECT organization_id, currency, sum(earned) AS earned, sum(found) AS found FROM (
        SELECT organization_id, currency, amount - taken AS earned, 0 AS found FROM payments_earning
        UNION ALL
        SELECT organization_id, currency, 0, balance FROM payments_ledgeraccount
        WHERE kind IN ('payable_held', 'payable_available', 'payable_in_transit', 'receivable')
        UNION ALL
        SELECT payee.organization_id, sent.currency, 0, sent.amount FROM payments_transfer sent
        JOIN payments_payee payee ON payee.id = sent.payee_id WHERE sent.state = 'succeeded'
        UNION ALL
        SELECT payee.organization_id, back.currency, 0, -back.amount FROM payments_reversal back
        JOIN payments_transfer sent ON sent.id = back.transfer_id
        JOIN payments_payee payee ON payee.id = sent.payee_id WHERE back.state = 'succeeded'
    ) both_sides GROUP BY organization_id, currency HAVING sum(earned) <> sum(found)
    """,
)
IN_ORDER = (Concern.INVARIANT, Concern.BALANCE, Concern.MOVEMENT, Concern.MISSING)


class Invariants:
    """All of them in one question, prepared once: it is asked after every step."""

    def __init__(self) -> None:
        self._all = [*invariants.INVARIANTS, EARNED]
        asked = (f"SELECT {place} WHERE EXISTS ({each.offenders})" for place, each in enumerate(self._all))
        self._question = " UNION ALL ".join(asked)

    def broken(self) -> Iterator[str]:
        connection.ensure_connection()
        for (place,) in connection.connection.execute(self._question, prepare=True).fetchall():
            found = self._all[place]
            yield f"{found.name}: {invariants._rows(found.offenders)[:3]}"


def unsettled(dashboard: stripe.StripeClient) -> Iterator[str]:
    """What did not come to its end although nothing stood in the way any more."""
    waiting: tuple[tuple[str, Any], ...] = (
        ("movement unexplained", Movement.objects.unexplained().values("type", "amount", "currency")),
        ("refund undecided", Refund.objects.undecided().values("state", "problem", "subject")),
        ("transfer unsettled", Transfer.objects.unsettled().values("state", "problem")),
        ("reversal unsettled", Reversal.objects.unsettled().values("state", "problem")),
        ("event unhandled", StripeEvent.objects.unhandled().values("type", "state", "error")),
        ("item open", ReconciliationItem.objects.open().filter(concern__in=IN_ORDER).values("subject", "facts")),
    )
    for name, rows in waiting:
        if found := list(rows[:3]):
            yield f"{name}: {found}"
    if disagreeing := watch.disagreements():
        yield f"our balance at Stripe is not the books': {disagreeing}"
    yield from _payees()
    yield from _stripe_knows()
    yield from _paid_sessions(dashboard)


def _payees() -> Iterator[str]:
    for payee in Payee.objects.filter(stripe_id__isnull=False).order_by("pk"):
        theirs = {currency: amount for currency, amount in balance_of(str(payee.stripe_id)).items() if amount}
        currencies = Transfer.objects.filter(payee=payee).values_list("currency", flat=True)
        ours = {currency: expected_balance(payee, currency) for currency in sorted({*currencies, *theirs})}
        if {currency: amount for currency, amount in ours.items() if amount} != theirs:
            yield f"payee {payee.pk} holds {theirs} at Stripe, and by the books {ours}"


def _stripe_knows() -> Iterator[str]:
    """What Stripe made and what we have of it, by kind and currency: counts and sums."""
    with store.transaction() as read:
        rows = read.rows(
            "select kind, upper(data ->> 'currency') as currency, count(*) as made,"
            " sum((data ->> 'amount')::bigint)::bigint as sum from objects"
            " where kind in ('refund', 'transfer', 'transfer_reversal', 'dispute') group by 1, 2"
        )
    theirs = {(row["kind"], row["currency"]): (row["made"], row["sum"]) for row in rows}
    ours: dict[tuple[str, str], tuple[int, int]] = {}
    kinds: tuple[tuple[str, Any], ...] = (
        ("refund", Refund.objects.filter(booked_at__isnull=False)),
        ("transfer", Transfer.objects.succeeded()),
        ("transfer_reversal", Reversal.objects.succeeded()),
        ("dispute", Dispute.objects.all()),
    )
    for kind, found in kinds:
        for currency, made, amount in found.order_by().values_list("currency").annotate(Count("pk"), Sum("amount")):
            ours[kind, currency] = made, int(amount)
    if theirs != ours:
        yield f"Stripe made {theirs}, we know of {ours}"


def _paid_sessions(dashboard: stripe.StripeClient) -> Iterator[str]:
    """Everybody who paid has the goods or the money."""
    paid: Counter[str] = Counter()
    for session in dashboard.v1.checkout.sessions.list({"limit": 100}).auto_paging_iter():
        if session.payment_status == "paid":
            paid[str(session.client_reference_id)] += 1
    known = Checkout.objects.filter(state=CheckoutState.PAID)
    missing = paid.keys() - set(known.values_list("public_id", flat=True))
    if missing:
        yield f"paid at Stripe and not here: {sorted(missing)}"
    refused = Refund.objects.filter(subject__startswith="owed_back:", state=RefundState.FAILED).exclude(problem="")
    told = [subject.partition(":")[2] for subject in refused.values_list("subject", flat=True)]
    owed = Order.objects.owed_back().exclude(refunded_minor=F("total_minor"))
    for order in owed.exclude(public_id__in=told):  # what Stripe refused is an administrator's to look at
        yield f"order {order.pk} failed and {order.refunded_minor} of {order.total_minor} came back: {order.problem}"
