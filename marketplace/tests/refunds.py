"""Bought and paid at the real sandbox, and what a worker would do next."""

from typing import Any

from django.core.mail import EmailMessage

from accounts.models import Membership, User
from accounts.tests.factories import PASSWORD, MembershipFactory
from jobs import runner
from jobs.models import Job, JobState
from licensing.models import Grant
from marketplace.models import Offer, Order, RefundRequest
from marketplace.services import orders, refunds
from marketplace.services.sold_counts import count_sales
from payments import invariants
from payments.models import AccountKind, Checkout, LedgerAccount, Refund
from payments.services import checkouts as services
from payments.tests.sandbox import Sandbox
from payments.tests.test_events import handle_all


def buyer() -> Membership:
    found: Membership = MembershipFactory(organization__is_personal=True)
    return found


def administrator(name: str = "root") -> User:
    return User.objects.create_superuser(f"{name}@hub.test", PASSWORD)


def placed(seat: Membership, *offers: Offer) -> tuple[Order, Checkout]:
    order = orders.place_order(
        actor=seat.user, organization=seat.organization, offers=list(offers), key=f"k{Order.objects.count()}"
    )
    return order, orders.open_payment(actor=seat.user, order=order)


def bought(sandbox: Sandbox, seat: Membership, *offers: Offer) -> Order:
    order, checkout = placed(seat, *offers)
    sandbox.pay(str(checkout.session_id))
    return orders.check_payment(order=order)


def asked(seat: Membership, order: Order, *lines: str) -> RefundRequest:
    return refunds.ask_for_refund(actor=seat.user, order=order, lines=lines, reason="Labels are off")


def work() -> None:
    """The jobs that are due, as a worker takes them."""
    for job in Job.objects.filter(kind="payments.send_refund", state=JobState.QUEUED).order_by("pk"):
        runner.run(job.pk)


def hear_all() -> None:
    """The events that no webhook brought."""
    services.fetch_events()
    handle_all()


def at_stripe(sandbox: Sandbox, order: Order) -> list[int]:
    """Amounts of the order's refunds that Stripe knows of, the oldest first."""
    intent = Checkout.objects.get(reference=order.public_id, state="paid").payment_intent
    found = sandbox.client.v1.refunds.list({"payment_intent": intent, "limit": 50})
    return [refund.amount for refund in found.data][::-1]


def balances(*kinds: AccountKind) -> list[int]:
    """Of all accounts of each kind together."""
    found = LedgerAccount.objects.all()
    return [sum(account.amount for account in found if account.kind == kind) for kind in kinds]


def held_licences(seat: Membership) -> int:
    return Grant.objects.for_organization(seat.organization).in_force().count()


def books_hold() -> bool:
    return [finding for finding in invariants.check() if not finding.holds] == []


def subjects(sent: list[EmailMessage]) -> list[tuple[str, str]]:
    """(to whom, the first words) of each mail."""
    return sorted((mail.to[0], " ".join(mail.subject.split()[:4])) for mail in sent)


def state_of(order: Order) -> dict[str, Any]:
    """All that has to be the same however the events came."""
    order.refresh_from_db()
    count_sales()
    return {
        "order": (order.state, order.refunded_minor),
        "lines": sorted(order.lines.values_list("position", "refunded_minor")),
        "sold": sorted(Offer.objects.values_list("sold_count", flat=True)),
        "balances": sorted((account.kind, account.total) for account in LedgerAccount.objects.whole()),
        "licences": Grant.objects.in_force().count(),
        "refunds": list(Refund.objects.values_list("amount", "state")),
    }
