"""What tests of payouts begin with: a payee that is ready, and earnings of theirs that are released."""

from datetime import timedelta

from django.utils import timezone
from stripe.params import AccountUpdateParams

from accounts.models import Organization
from jobs import runner
from jobs.models import Job, JobState
from payments.models import AccountKind, Checkout, Earning, LedgerAccount, Payee, PayoutRun
from payments.services import checkouts, payees, payouts
from payments.tests.factories import member_of, open_checkout
from payments.tests.sandbox import Sandbox

SETTLED = 3 * 24 * 3600  # after which what was charged is available at the sandbox


def work_off(*kinds: str) -> None:
    """Run queued jobs of these kinds, or all, as workers would, until none is due."""
    while True:
        due = Job.objects.filter(state=JobState.QUEUED, not_before__lte=timezone.now())
        found = list((due.filter(kind__in=kinds) if kinds else due).order_by("pk").values_list("pk", flat=True))
        if not found:
            return
        for pk in found:
            runner.run(pk)


def begun_payee(organization: Organization, country: str = "DE") -> Payee:
    payees.onboard(actor=member_of(organization), organization=organization, country=country)
    return Payee.objects.select_related("organization").get(organization=organization)


def ready_payee(sandbox: Sandbox, organization: Organization) -> Payee:
    """Its bank is paid only when a test says so."""
    payee = begun_payee(organization)
    sandbox.onboard(str(payee.stripe_id))
    by_hand: AccountUpdateParams = {"settings": {"payouts": {"schedule": {"interval": "manual"}}}}
    sandbox.client.v1.accounts.update(str(payee.stripe_id), by_hand)
    return payees.refresh(payee=payee)


def sold(sandbox: Sandbox, seller: Organization, amount: int = 10_000, reference: str = "thing") -> Checkout:
    """A paid checkout of the tests' own purpose, of whose amount 90 % are the seller's."""
    checkout = open_checkout(reference=reference, organization=seller, amount=amount)
    sandbox.pay(str(checkout.session_id))
    return checkouts.confirm(checkout=checkout)


def pass_hold(sandbox: Sandbox) -> None:
    """The buyers' time to check is over, and their money has settled at the sandbox."""
    Earning.objects.update(release_at=timezone.now() - timedelta(seconds=1))
    sandbox.turn(ahead=SETTLED)


def pay_out() -> PayoutRun:
    run = payouts.run()
    work_off()
    run.refresh_from_db()
    return run


def figures(*kinds: AccountKind, owner: Organization | None = None) -> list[int]:
    """What people read of the accounts of these kinds, in minor units."""
    accounts = LedgerAccount.objects.filter(organization=owner) if owner else LedgerAccount.objects.all()
    return [sum(account.amount for account in accounts if account.kind == kind) for kind in kinds]
