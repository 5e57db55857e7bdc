from contextlib import suppress

from core.errors import Unavailable
from jobs.context import JobContext
from jobs.registry import job, periodic
from payments import events, services


@job("payments.handle_event", title="Handle a payment event", queue="payments", tries=6)
def handle_event(context: JobContext) -> dict[str, str]:
    return events.handle(context.arguments["event"])


@periodic("payments.reconcile", seconds=300)
def reconcile() -> None:
    with suppress(Unavailable):
        services.fetch_events()
        services.confirm_overdue()
