from collections.abc import Iterator

import pytest
from celery import current_app

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


@pytest.fixture
def _no_broker() -> Iterator[None]:
    """The broker's address leads nowhere, as when Redis is down."""
    before = current_app.conf["broker_url"]
    current_app.conf["broker_url"] = "redis://127.0.0.1:1/0"
    yield
    current_app.conf["broker_url"] = before
