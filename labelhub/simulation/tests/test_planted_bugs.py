"""Bugs that payment code had elsewhere, planted on purpose: the simulator finds each, and names the seed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from labelhub.simulation import chaos
from labelhub.simulation.simulation import Broken, simulation
from labelhub.simulation.tests.databases import sandbox_database
from labelhub.simulation.world import forget
from marketplace.services import refund_booking
from payments import disputing, events, ledger, settlement, stripe_payees, transferring
from payments.ledger import Leg
from payments.models import AccountKind, Checkout, EntryPart, LedgerTransaction, SendState
from payments.rules.refunds import Sold, Taken
from payments.settlement import Outcome

__all__ = ["sandbox_database"]

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True), pytest.mark.timeout(900)]
Patch = pytest.MonkeyPatch


def each_event_books_its_sale(patch: Patch) -> None:
    """Nobody asks whether the payment was heard of before: the ledger's key alone keeps it from counting twice."""
    settle = settlement.settle

    def settle_and_book(facts: Any) -> Outcome:
        outcome = settle(facts)
        sold = LedgerTransaction.objects.filter(kind="sale", reference__endswith=_reference(facts)).first()
        if sold and outcome is Outcome.ALREADY:
            legs = [
                Leg(AccountKind(entry.account.kind), entry.amount, EntryPart(entry.part), entry.account.organization)
                for entry in sold.entries.order_by("pk")
            ]
            ledger.post(key=sold.key, kind=sold.kind, currency=sold.currency, entries=legs, reference=sold.reference)
        return outcome

    patch.setattr(events, "settle", settle_and_book)


def _reference(facts: Any) -> str:
    return str(Checkout.objects.get(public_id=facts.checkout_id).reference)


@contextmanager
def no_unique_key() -> Iterator[None]:
    """The ledger takes a key any number of times."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'payments_ledgertransaction'::regclass"
            " AND contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (key)'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE payments_ledgertransaction DROP CONSTRAINT {name}")
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ledger, "POST", ledger.POST.replace("ON CONFLICT (key) DO NOTHING", ""))
                yield
        finally:
            forget()
            cursor.execute(f"ALTER TABLE payments_ledgertransaction ADD CONSTRAINT {name} UNIQUE (key)")


def lost_transfers_are_sent_under_a_new_key(patch: Patch) -> None:
    """Nobody looks for what an unanswered request did, or listens; and most answers are lost, to show it soon."""
    patch.setattr(chaos, "UNHEARD", 0.8)
    patch.setitem(events.HANDLERS, "transfer.created", lambda _event: Outcome.HEARD)
    send = stripe_payees.create_transfer
    attempts = iter(range(1_000_000))

    def send_anew(transfer: Any) -> Any:
        transfer.idempotency_key = f"attempt-{next(attempts)}"
        return send(transfer)

    patch.setattr(stripe_payees, "find_transfer", lambda _transfer: None)
    patch.setattr(stripe_payees, "create_transfer", send_anew)


def refunds_are_rounded_each_by_itself(patch: Patch) -> None:
    def alone(sold: Sold, amount: int) -> Taken:
        commission = amount * sold.commission // sold.price
        return Taken(amount - commission, commission)

    patch.setattr(refund_booking, "taken_back", alone)


def disputes_are_booked_with_each_event(patch: Patch) -> None:
    """What was withdrawn is booked whenever it is heard of."""
    heard = iter(range(1_000_000))

    def book(dispute: Any, facts: Any) -> None:
        if facts.withdrawn:
            disputing._post(dispute, f"withdrawn:{next(heard)}", "dispute_withdrawn", facts.withdrawn)
            disputing._change(dispute, withdrawn=facts.withdrawn, reinstated=facts.reinstated)

    patch.setattr(disputing, "_book_moved", book)


def refused_transfers_keep_their_claim(patch: Patch) -> None:
    patch.setattr(chaos, "REFUSED", 0.8)

    def refuse(transfer: Any, reason: str) -> None:
        transferring._note(transfer, SendState.FAILED, problem=reason)

    patch.setattr(transferring, "_refused", refuse)


BUGS: list[tuple[Callable[[Patch], None], int]] = [
    (lost_transfers_are_sent_under_a_new_key, 1),
    (refunds_are_rounded_each_by_itself, 1),
    (disputes_are_booked_with_each_event, 1),
    (refused_transfers_keep_their_claim, 1),
]


@pytest.mark.parametrize(("plant", "seed"), BUGS, ids=[plant.__name__ for plant, _seed in BUGS])
def test_a_planted_bug_is_found(
    plant: Callable[[Patch], None], seed: int, sandbox_database: str, monkeypatch: Patch
) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken, match=f"seed {seed}, step"), simulation(seed, sandbox_database) as run:
        run.run(500)


def test_the_ledger_without_its_unique_key_is_found(sandbox_database: str, monkeypatch: Patch) -> None:
    each_event_books_its_sale(monkeypatch)
    with no_unique_key(), pytest.raises(Broken, match="seed 1, step"), simulation(1, sandbox_database) as run:
        run.run(500)


def test_the_unique_key_alone_keeps_a_sale_from_counting_twice(sandbox_database: str, monkeypatch: Patch) -> None:
    each_event_books_its_sale(monkeypatch)
    with simulation(1, sandbox_database) as run:
        run.run(100)
