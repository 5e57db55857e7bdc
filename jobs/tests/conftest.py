from collections.abc import Iterator

import pytest

from jobs import registry
from jobs.tests import kinds


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    """Declares the tests' own kinds of job for the length of a test."""
    before = dict(registry._kinds)
    kinds.declare()
    kinds.effects.clear()
    yield
    registry._kinds.clear()
    registry._kinds.update(before)
