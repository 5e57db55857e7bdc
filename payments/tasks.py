from contextlib import suppress

from accounts.models import Organization
from core.errors import Unavailable
from jobs.context import JobContext
from jobs.registry import job, periodic
from payments import disputing, earnings, events, refunding, transferring, watch
from payments.models import PayoutRun, Refund, Reversal, Transfer
from payments.services import bank_payouts, checkouts, disputes, payouts, reconciliation, recovery

HOUR = 3600


@job("payments.handle_event", title="Handle a payment event", queue="payments", tries=6)
def handle_event(context: JobContext) -> dict[str, str]:
    return events.handle(context.arguments["event"])


@job("payments.send_refund", title="Return money to a buyer", queue="payments", tries=6)
def send_refund(context: JobContext) -> dict[str, str]:
    refund = Refund.objects.select_related("checkout__organization").get(public_id=context.arguments["refund"])
    with suppress(Unavailable):  # asked about again by the reconciliation
        refunding.drive(refund)
    return {"refund": refund.public_id}


@job("payments.send_transfer", title="Pay out earnings", queue="payments", tries=6)
def send_transfer(context: JobContext) -> dict[str, str]:
    transfer = Transfer.objects.select_related("payee__organization").get(public_id=context.arguments["row"])
    with suppress(Unavailable):
        transferring.drive(transfer)
    return {"transfer": transfer.public_id}


@job("payments.recover", title="Ask for what a payee owes", queue="payments", tries=6)
def recover(context: JobContext) -> dict[str, int]:
    owner = Organization.objects.get(pk=context.arguments["organization"])
    return {"reversals": len(recovery.recover(organization=owner, currency=context.arguments["currency"]))}


@job("payments.send_reversal", title="Take back what a payee owes", queue="payments", tries=6)
def send_reversal(context: JobContext) -> dict[str, str]:
    rows = Reversal.objects.select_related("transfer__payee__organization")
    reversal = rows.get(public_id=context.arguments["row"])
    with suppress(Unavailable):
        transferring.drive_reversal(reversal)
    return {"reversal": reversal.public_id}


@job("payments.book_loss", title="Book the loss of a dispute", queue="payments", tries=6)
def book_loss(context: JobContext) -> dict[str, bool]:
    return {"booked": disputing.book_loss(context.arguments["dispute"])}


@job("payments.run_payouts", title="Pay everybody who can be paid", queue="payments", tries=6)
def run_payouts(context: JobContext) -> dict[str, int]:
    done = payouts.execute(PayoutRun.objects.get(public_id=context.arguments["row"]))
    return {"transfers": done.transfers, **done.skipped}


@periodic("payments.reconcile", seconds=300)
def reconcile() -> None:
    with suppress(Unavailable):
        checkouts.drive_events()
        checkouts.fetch_events()
        checkouts.confirm_overdue()
        checkouts.drive_refunds()
        payouts.drive_unsettled()
        disputes.look_at_open()
        bank_payouts.follow_payees()
        watch.follow_balance()


@periodic("payments.release", seconds=HOUR)
def release() -> None:
    earnings.release_due()


@periodic("payments.pay_out", seconds=HOUR)
def pay_out() -> None:
    payouts.run()


@periodic("payments.watch", seconds=HOUR)
def look_after_the_books() -> None:
    watch.check_books()
    reconciliation.tell()
