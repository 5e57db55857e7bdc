import pytest
from django.core.cache import cache

from payments.tests.sandbox import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """The market's figures outlive a test otherwise."""
    cache.clear()
