"""Ten thousand steps of trouble, from seeds that are always the same."""

import re

import pytest

from labelhub.simulation.simulation import simulation
from labelhub.simulation.tests.databases import sandbox_database
from labelhub.simulation.world import forget

__all__ = ["sandbox_database"]

STEPS_PER_WORLD = 500
SEEDS = range(1, 10_000 // STEPS_PER_WORLD + 1)

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True), pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds_under_trouble(seed: int, sandbox_database: str) -> None:
    with simulation(seed, sandbox_database) as run:
        run.run(STEPS_PER_WORLD)


def test_a_seed_repeats_its_run(sandbox_database: str) -> None:
    """Only the ids that Stripe makes up differ."""
    pasts = []
    for _ in range(2):
        with simulation(7, sandbox_database) as run:
            for _step in range(90):
                run.take()
        pasts.append([re.sub(r"\b[a-z]+_\w+", "id", said) for said in run.past])
        forget()
    assert pasts[0] == pasts[1]
