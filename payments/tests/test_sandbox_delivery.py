"""Webhooks leave the sandbox signed, and again until somebody takes them."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest
import stripe
from django.conf import settings

from payments.sandbox.__main__ import main
from payments.sandbox.shapes import shaped
from payments.tests.sandbox import SECRET, Sandbox, started_sandbox
from payments.tests.test_sandbox_api import create

POLL_SECONDS = 0.02


class Receiver(ThreadingHTTPServer):
    """A webhook endpoint that answers with the statuses it is given, then with 200."""

    answers_after = 0.0
    at_once = most_at_once = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.answers: Queue[int] = Queue()
        self.received: Queue[tuple[str, str]] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    @contextmanager
    def counted(self) -> Iterator[None]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        yield
        self.at_once -= 1


class Endpoint(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.server.counted():
            time.sleep(self.server.answers_after)
        self.server.received.put((body, self.headers["Stripe-Signature"]))
        self.send_response(200 if self.server.answers.empty() else self.server.answers.get())
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
        """Tests need no access log."""


@contextmanager
def listening() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, args=[POLL_SECONDS], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    with listening() as server:
        sandbox.turn(webhook_url=server.url)
        yield server
        sandbox.turn()


def test_events_arrive_signed_and_in_order(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.pay(create(sandbox).id)
    kinds = []
    for _ in range(4):
        body, signature = receiver.received.get(timeout=20)
        assert stripe.WebhookSignature.verify_header(body, signature, SECRET, 300)
        kinds.append(json.loads(body)["type"])
    assert kinds[0] == "payment_intent.created"
    assert kinds[-1] == "checkout.session.completed"


def test_a_refused_event_is_sent_again_until_it_is_taken(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers.put(500)
    receiver.answers.put(404)
    sandbox.client.v1.checkout.sessions.expire(create(sandbox).id)
    tries = [receiver.received.get(timeout=20)[0] for _ in range(3)]
    assert len({json.loads(body)["id"] for body in tries}) == 1


def test_a_session_expires_by_itself_when_its_time_is_over(sandbox: Sandbox, receiver: Receiver) -> None:
    session = create(sandbox)
    sandbox.turn(webhook_url=receiver.url, ahead=24 * 3600 + 1)
    body, _signature = receiver.received.get(timeout=20)
    event = json.loads(body)
    assert (event["type"], event["data"]["object"]["id"]) == ("checkout.session.expired", session.id)


def test_two_sandboxes_on_one_database_do_not_overtake_each_other(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers_after = 0.2
    with started_sandbox():
        for _ in range(3):
            sandbox.pay(create(sandbox).id)
        for _ in range(12):
            receiver.received.get(timeout=20)
    assert receiver.most_at_once == 1


@pytest.mark.parametrize("key", ["sk_live_51abc", "sk_test_51abc", "rk_live_1", ""])
def test_it_never_starts_beside_a_real_key(
    key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1:1/x")
    monkeypatch.setenv("STRIPE_SANDBOX_URL", "")
    assert main(["--port", "1"]) == 2
    assert "real Stripe key" in capsys.readouterr().err


def test_a_refusal_to_start_ends_the_process() -> None:
    environment = {**os.environ, "STRIPE_SECRET_KEY": "sk_live_51abc", "DATABASE_URL": "postgres://127.0.0.1:1/x"}
    command = [sys.executable, "-m", "payments.sandbox", "--port", "1"]
    ended = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "real Stripe key" in ended.stderr


def test_an_object_has_every_field_that_stripe_sends_and_no_other() -> None:
    facts = {"amount": 1, "charge": "ch_1", "created": 1, "currency": "eur", "id": "re_1", "object": "refund"}
    assert shaped(stripe.Refund, **facts)["reason"] is None
    with pytest.raises(TypeError, match="unknown"):
        shaped(stripe.Refund, **facts, colour="red")
    with pytest.raises(TypeError, match="needed"):
        shaped(stripe.Refund, id="re_1")
