from contextlib import suppress

from core.errors import Unavailable
from jobs.context import JobContext
from jobs.registry import job, periodic
from payments import events, refunding, services
from payments.models import Refund


@job("payments.handle_event", title="Handle a payment event", queue="payments", tries=6)
def handle_event(context: JobContext) -> dict[str, str]:
    return events.handle(context.arguments["event"])


@job("payments.send_refund", title="Return money to a buyer", queue="payments", tries=6)
def send_refund(context: JobContext) -> dict[str, str]:
    refund = Refund.objects.select_related("checkout__organization").get(public_id=context.arguments["refund"])
    with suppress(Unavailable):  # asked about again by the reconciliation
        refunding.drive(refund)
    return {"refund": refund.public_id}


@periodic("payments.reconcile", seconds=300)
def reconcile() -> None:
    with suppress(Unavailable):
        services.fetch_events()
        services.confirm_overdue()
        services.drive_refunds()
