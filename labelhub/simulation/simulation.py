"""One run: a fresh world from a seed, steps until told to stop, a check after each."""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from unittest import mock

import time_machine
from celery import current_app
from django.db import connection
from django.test import override_settings

from core.errors import DomainError
from core.tasks import deliver
from jobs import runner
from jobs import services as jobs
from labelhub.simulation import checks, money_steps, world
from labelhub.simulation.chaos import Chaos, Crash
from labelhub.simulation.steps import STEPS
from labelhub.simulation.wire import CONNECT_SECRET, KEY, SECRET, connected
from labelhub.simulation.world import World
from marketplace import tasks as market_chores
from payments import tasks as chores
from payments.stripe_client import Refused

SETTLE_EVERY = 500
SHOWN_STEPS = 30
ROUNDS = 40
WAITS = ("refund_within_payment", "reversal_within_transfer")
SCHEDULED = (chores.reconcile, chores.pay_out, market_chores.return_owed, jobs.sweep)
SETTINGS = {
    "STRIPE_SECRET_KEY": KEY,
    "STRIPE_WEBHOOK_SECRET": SECRET,
    "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET,
    "STRIPE_API_BASE": "http://sandbox.test",
    "CURRENCIES": list(world.PRICES),
    "REFUND_WINDOW_DAYS": 2,
    "PAYOUT_THRESHOLD": 5,
    "ALARM_EMAILS": [],
    "ALLOWED_HOSTS": ["localhost"],
}


class Broken(AssertionError):
    """Something that must hold does not. The message has the seed and the steps that led there."""


class Simulation:
    """A world and its past. `take` does one step; `settle` ends all trouble and waits for everything to end."""

    def __init__(self, seed: int, chaos: Chaos, inhabited: World) -> None:
        self.seed = seed
        self.steps = 0
        self._chaos = chaos
        self._world = inhabited
        self.past: deque[str] = deque(maxlen=SHOWN_STEPS)
        self._invariants = checks.Invariants()
        self._names = list(STEPS)
        self._weights = [weight for weight, _do in STEPS.values()]
        self._watch = Watch()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.take()
            if self.steps % SETTLE_EVERY == 0:
                self.settle()
        if self.steps % SETTLE_EVERY:
            self.settle()

    def take(self) -> None:
        self.steps += 1
        draw = self._world.draw
        self._world.clock.shift(draw.randint(1, 20))
        self._chaos.arm(draw)
        said = ""
        while not said:
            name = draw.choices(self._names, self._weights)[0]
            said = self._done(name)
        self._note(name, said)
        if self._chaos.wrote:
            self._check()

    def settle(self) -> None:
        """What is left to do is done: by the network, by workers and by the schedule, with nothing in their way."""
        self._chaos.disarm()
        try:
            self._come_to_rest()
            self._world.pass_time(hours=25)  # Stripe remembers the answer to a key for a day
            self._come_to_rest()
            for chore in (chores.look_after_the_books, chores.reconcile):
                chore()
        except Exception as error:
            raise Broken(self._report([f"settling raised {type(error).__name__}: {error}"])) from error
        self.past.append(f"{self.steps} settled")
        self._fail(list(checks.unsettled(self._world.dashboard)))

    def _come_to_rest(self) -> None:
        for _ in range(ROUNDS):
            self._world.pass_time(hours=3)
            for chore in SCHEDULED:
                chore()
            busy = self._world.network.deliver_all()
            while due := money_steps.due_jobs():
                for pk, kind in due:
                    busy += kind != "payments.run_payouts"
                    runner.run(pk)
            self._check()
            if not busy:
                return
        self._fail(["it does not come to rest"])

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hear of errors in jobs, and of nothing else: refusals and lost answers fill the log of a simulation."""
        root, heard = logging.getLogger(), logging.getLogger("jobs.runner")
        was = root.level
        root.setLevel(logging.CRITICAL)
        logging.getLogger("django.request").setLevel(logging.CRITICAL)
        heard.setLevel(logging.ERROR)
        heard.addHandler(self._watch)
        heard.propagate = False
        try:
            yield
        finally:
            root.setLevel(was)
            heard.setLevel(logging.NOTSET)
            heard.removeHandler(self._watch)
            heard.propagate = True

    def _done(self, name: str) -> str:
        _weight, do = STEPS[name]
        try:
            with connection.execute_wrapper(self._chaos.on_query):
                return do(self._world)
        except Crash:
            return "the process died"
        except DomainError as refusal:
            return f"refused: {refusal.code}"
        except Refused as refusal:
            return f"Stripe refused: {refusal}"
        except Exception as error:
            self._note(name, f"{type(error).__name__}: {error}")
            raise Broken(self._report([f"{name} raised {type(error).__name__}: {error}"])) from error
        finally:
            self._chaos.disarm()

    def _note(self, name: str, said: str) -> None:
        self.past.append(f"{self.steps} {name}: {said}")

    def _check(self) -> None:
        self._fail([*self._invariants.broken(), *self._watch.seen()])

    def _fail(self, findings: list[str]) -> None:
        if findings:
            raise Broken(self._report(findings))

    def _report(self, findings: list[str]) -> str:
        again = f"make soak SEED={self.seed} STEPS={self.steps}"
        return "\n".join(
            [f"seed {self.seed}, step {self.steps}:", *findings, "The last steps:", *self.past, f"Again: {again}"]
        )


class Watch(logging.Handler):
    """Errors in jobs that no lost answer explains: a worker logs them and tries again."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        # What somebody took by hand at Stripe waits until our own request for the same money was refused there.
        waits = isinstance(error, Refused) or any(rule in str(error) for rule in WAITS)
        if isinstance(error, Exception) and not waits:
            self._seen.append(f"{record.getMessage()}: {type(error).__name__}: {error}")

    def seen(self) -> list[str]:
        seen, self._seen = self._seen, []
        return seen


@contextmanager
def simulation(seed: int, sandbox_database: str) -> Iterator[Simulation]:
    """On an empty, migrated database. The sandbox's state is in a database of its own."""
    chaos = Chaos()
    with ExitStack() as opened:
        opened.enter_context(override_settings(**SETTINGS))
        # The broker loses every message: workers find their jobs by looking.
        opened.enter_context(mock.patch.object(current_app, "send_task"))
        opened.enter_context(mock.patch.object(deliver, "delay"))
        clock = opened.enter_context(time_machine.travel(world.BEGIN, tick=False))
        dashboard = opened.enter_context(connected(chaos, sandbox_database))
        world.forget_sandbox()
        inhabited = World(draw=Random(seed), clock=clock, chaos=chaos, dashboard=dashboard)
        inhabited.furnish()
        connection.cursor().execute("SET jit = off")
        made = Simulation(seed, chaos, inhabited)
        opened.enter_context(made.watching())
        yield made
