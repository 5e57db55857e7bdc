"""The real payment sandbox for tests: a process of its own, reached over HTTP through Stripe's SDK."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import stripe
from django.conf import settings as configured
from django.db import connection
from psycopg.conninfo import make_conninfo
from pytest_django.fixtures import Settings

KEY = "sk_test_sandbox_tests"
SECRET = "whsec_sandbox_tests"
CONNECT_SECRET = "whsec_sandbox_connect_tests"
START_SECONDS = 30


@dataclass(frozen=True)
class Sandbox:
    url: str

    @property
    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, max_network_retries=0)

    def pay(self, session_id: str, card: str = "4242424242424242") -> None:
        """Pay as a buyer would on the hosted page."""
        self.post(f"/sandbox/checkout/sessions/{session_id}/pay", card=card)

    def onboard(self, account_id: str, outcome: str = "complete", bank: str = "DE89370400440532013000") -> None:
        """End onboarding as a producer would on the hosted page: complete, incomplete, restricted, rejected."""
        self.post(f"/sandbox/accounts/{account_id}/onboard", outcome=outcome, bank=bank)

    def dispute(self, charge_id: str, **wishes: str) -> str:
        """Open a dispute as a cardholder's bank would: `reason`, `inquiry`. Returns its id."""
        return str(self.post(f"/sandbox/charges/{charge_id}/dispute", **wishes)["id"])

    def win(self, dispute_id: str) -> None:
        self.post(f"/sandbox/disputes/{dispute_id}/win")

    def lose(self, dispute_id: str) -> None:
        self.post(f"/sandbox/disputes/{dispute_id}/lose")

    def fail_payout(self, payout_id: str) -> None:
        self.post(f"/sandbox/payouts/{payout_id}/fail")

    def fail(self, path: str, kind: str, times: int = 1, **more: Any) -> None:
        """Make the next requests to a path fail, as `kind` says: see payments.sandbox.faults.KINDS."""
        self.post("/sandbox/faults", path=path, kind=kind, times=times, **more)

    def trouble(self, kind: str, type: str = "*", times: int = 1, **more: Any) -> None:  # noqa: A002  (Stripe's word)
        """Make the next events meet trouble on their way, as `kind` says: see payments.sandbox.switches.KINDS."""
        self.post("/sandbox/deliveries", kind=kind, type=type, times=times, **more)

    def turn(self, **controls: Any) -> None:
        """Set `ahead` (seconds), `webhook_url`, `connect_webhook_url`, `negative_balances` ("true").

        What is left out goes back to normal.
        """
        self.post("/sandbox/controls", **controls)

    def post(self, path: str, /, **data: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}{path}", data=data, auth=(KEY, ""))
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture(autouse=True, scope="session")
def _no_waiting() -> Iterator[None]:
    """The SDK repeats a failed request at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
        yield


@pytest.fixture(scope="session")
def sandbox_process(django_db_setup: None) -> Iterator[Sandbox]:
    """One sandbox per test worker. Nobody imports this fixture: that would make another one, with a second process."""
    with started_sandbox() as sandbox:
        yield sandbox


@contextmanager
def started_sandbox() -> Iterator[Sandbox]:
    """A process with its state beside the test database's tables."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": _database(),
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET,
        "STRIPE_SANDBOX_CONNECT_WEBHOOK_URL": "",
        "STRIPE_SANDBOX_URL": f"http://127.0.0.1:{port}",
        "STRIPE_SANDBOX_WEBHOOK_URL": "http://127.0.0.1:1/nobody",
    }
    command = [sys.executable, "-m", "payments.sandbox", "--port", str(port)]
    with subprocess.Popen(command, cwd=configured.BASE_DIR, env=environment) as process:
        try:
            yield _answering(Sandbox(f"http://127.0.0.1:{port}"), process)
        finally:
            process.terminate()


@pytest.fixture
def sandbox(db: None, sandbox_process: Sandbox, settings: Settings) -> Iterator[Sandbox]:
    """The sandbox, with the product's settings pointed at it."""
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = CONNECT_SECRET
    settings.STRIPE_API_BASE = sandbox_process.url
    yield sandbox_process
    sandbox_process.post("/sandbox/reset")


def _database() -> str:
    found = connection.settings_dict
    return make_conninfo(
        dbname=found["NAME"],
        host=found["HOST"],
        port=found["PORT"] or None,
        user=found["USER"] or None,
        password=found["PASSWORD"] or None,
    )


def _answering(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> Sandbox:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{sandbox.url}/healthz").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return sandbox
    raise RuntimeError("the payment sandbox did not start")
