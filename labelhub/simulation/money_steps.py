"""What happens to payees, payouts and time, and what workers, the schedule and the network do."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import LiteralString

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from jobs import runner
from jobs import services as jobs
from jobs.models import Job, JobState
from labelhub.simulation.steps import NOTHING, at_stripe, step
from labelhub.simulation.world import World
from marketplace import tasks as market_chores
from payments import tasks as chores
from payments.models import Payee, PayoutRun, PayoutRunState
from payments.sandbox import balances, onboarding, payouts, store, transfers
from payments.sandbox.api import Call
from payments.sandbox.errors import Json
from payments.services import payees
from payments.services import payouts as payout_services

BANKS = (*["DE89370400440532013000"] * 12, "DE35370400440532013002", "DE62370400440532013001")
OUTCOMES = (*["complete"] * 14, "incomplete", "restricted", "rejected")
PAYOUTS = "select id from objects where kind = 'payout' and data ->> 'status' = any(%s) order by sequence"
ACCOUNTS = "select id from objects where kind = 'account' order by sequence"
TRANSFERS = "select id from objects where kind = 'transfer' and not (data ->> 'reversed')::boolean order by sequence"
CHORES: tuple[Callable[[], object], ...] = (  # as often as the schedule runs them
    chores.reconcile,
    chores.reconcile,
    chores.reconcile,
    chores.release,
    chores.pay_out,
    chores.look_after_the_books,
    market_chores.return_owed,
    market_chores.expire_abandoned,
    jobs.sweep,
)


@step(2)
def set_up_payouts(world: World) -> str:
    seat = world.one_of(world.sellers)
    payees.onboard(actor=seat.user, organization=seat.organization, country="DE")
    return str(seat.organization.slug)


@step(5)
def give_details(world: World) -> str:
    """On Stripe's own pages. A check may end differently the next time, even after a rejection."""
    found = _rows(ACCOUNTS)
    if not found:
        return NOTHING
    outcome, number = world.one_of(OUTCOMES), world.one_of(BANKS)
    bank = onboarding.BankDetails("A seller", number)
    return f"{outcome}: {at_stripe(onboarding.finish, world.one_of(found), outcome, bank)}"


@step(1)
def come_back_from_details(world: World) -> str:
    found = Payee.objects.filter(stripe_id__isnull=False).order_by("pk")
    return f"{payees.refresh(payee=world.one_of(found)).state}" if found else NOTHING


@step(4)
def run_payouts(world: World) -> str:
    somebody = world.one_of(world.administrators) if world.chance(0.5) else None
    return f"{payout_services.run(actor=somebody).state}"


@step(2)
def confirm_run(world: World) -> str:
    waiting = PayoutRun.objects.filter(state=PayoutRunState.CONFIRMING).order_by("pk")
    if not waiting:
        return NOTHING
    return f"{payout_services.confirm_run(actor=world.one_of(world.administrators), run=world.one_of(waiting)).state}"


@step(2)
def pay_out_to_bank(world: World) -> str:
    """Of a payee's balance, or the platform sweeps its own to its bank."""
    account = world.one_of([None, *_rows(ACCOUNTS)])

    def pay(written: store.Store) -> None:
        funds = {name: left for name, left in balances.all_available(written, account).items() if left > 0}
        if not funds:
            return
        currency = world.one_of(sorted(funds))
        wanted = {"amount": world.draw.randint(1, funds[currency]), "currency": currency}
        payouts.create.handler(Call(written, wanted, "req_by_hand", None, account))

    return f"{account or 'the platform'}: {at_stripe(pay)}"[:40]


@step(1)
def bank_sends_back(world: World) -> str:
    found = _rows(PAYOUTS, ["pending", "in_transit", "paid"])
    return at_stripe(payouts.fail, world.one_of(found)) if found else NOTHING


@step(1)
def reverse_at_stripe(world: World) -> str:
    found = _rows(TRANSFERS)
    if not found:
        return NOTHING
    chosen, part = world.one_of(found), world.draw.random()

    def reverse(written: store.Store) -> None:
        transfer = written.get("transfer", chosen)
        amount = max(1, int((transfer["amount"] - transfer["amount_reversed"]) * part))
        transfers.reverse.handler(Call(written, {"amount": amount}, "req_by_hand", None), chosen)

    return at_stripe(reverse)


@step(1)
def let_payees_owe(world: World) -> str:
    def turn(written: store.Store) -> None:
        written.run("update controls set negative_balances = not negative_balances")

    return at_stripe(turn)


@step(7)
def time_passes(world: World) -> str:
    """At most a day between two looks at Stripe, as long as the schedule runs at all."""
    hours = world.one_of((0.02, 0.05, 0.1, 0.3, 0.5, 1, 1.5, 3, 26, 50))
    while hours > 0:
        part = min(hours, 20)
        world.pass_time(hours=part)
        hours -= part
        if hours:
            chores.reconcile()
    return f"it is {timezone.now():%d %b %H:%M}"


@step(30)
def work(world: World) -> str:
    """A worker takes some job that is due, perhaps one whose worker died."""
    due = due_jobs()[:8]
    if not due:
        return NOTHING
    pk, kind = world.one_of(due)
    runner.run(pk)
    return f"{kind} → {Job.objects.get(pk=pk).state}"


@step(6)
def chore(world: World) -> str:
    chosen = world.one_of(CHORES)
    chosen()
    return str(chosen.__name__)


@step(26)
def deliver(world: World) -> str:
    return world.network.deliver(world.draw)


@step(2)
def lose_event(world: World) -> str:
    return world.network.lose(world.draw)


@step(2)
def say_twice(world: World) -> str:
    return world.network.say_twice()


@step(1)
def forge_event(world: World) -> str:
    return world.network.forge(world.draw)


@step(2)
def race(world: World) -> str:
    """Two workers at once: at the same job, at two, or at two payout runs."""
    world.chaos.disarm()
    world.chaos.wrote = True
    due = due_jobs()[:4]
    if world.chance(0.4) or not due:
        runs = [PayoutRun.objects.create(), PayoutRun.objects.create()]
        _at_once([partial(payout_services.execute, row) for row in runs])
        return "two payout runs"
    pair = [world.one_of(due), world.one_of(due)]
    _at_once([partial(runner.run, pk) for pk, _kind in pair])
    return " and ".join(kind for _pk, kind in pair)


def due_jobs() -> list[tuple[int, str]]:
    free = Q(state=JobState.QUEUED, not_before__lte=timezone.now()) | Q(
        state=JobState.RUNNING, heartbeat_at__lt=runner.stale_before()
    )
    return list(Job.objects.filter(free, tries_left__gt=0).order_by("pk").values_list("pk", "kind"))


def _at_once(work: Sequence[Callable[[], object]]) -> None:
    """Whatever one of them raises is raised here."""
    failed: list[BaseException] = []

    def run(do: Callable[[], object]) -> None:
        try:
            do()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[do]) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in failed:
        raise error


def _rows(sql: LiteralString, *values: object) -> list[str]:
    with store.transaction() as read:
        found: list[Json] = read.rows(sql, list(values))
    return [row["id"] for row in found]
