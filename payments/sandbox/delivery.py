"""Sends events to the webhook endpoint, signed, until it answers 2xx, with growing pauses."""

import json
import logging
import threading

import httpx
import psycopg
import stripe

from payments.sandbox import config, disputes, events, payouts, sessions
from payments.sandbox.errors import Json
from payments.sandbox.store import Store, transaction

log = logging.getLogger("stripe_sandbox")

PAUSES = (1, 2, 5, 15, 60, 300, 900, 3600)
GIVE_UP_AFTER = 3 * 24 * 3600
ANSWER_SECONDS = 10
IDLE_SECONDS = 1.0
DELIVERER_LOCK = 7_237_402

NEXT_DUE = """
select deliveries.*, objects.data as event from deliveries join objects on objects.id = event_id
where delivered_at is null and not given_up and due_at <= %s
order by due_at, rank, deliveries.id limit 1 for update of deliveries skip locked
"""
OVERDUE = """
select data from objects
where kind = 'checkout.session' and data ->> 'status' = 'open' and (data ->> 'expires_at')::bigint <= %s
limit 100 for update skip locked
"""
SETTLE = """
update objects set data = data || '{"status": "available"}'
where kind = 'balance_transaction' and data ->> 'status' = 'pending' and (data ->> 'available_on')::bigint <= %s
"""


def run(stop: threading.Event) -> None:
    """Work until told to stop; a lost database is tried again."""
    with httpx.Client(timeout=ANSWER_SECONDS) as http:
        while not stop.is_set():
            try:
                listen(http, stop)
            except psycopg.OperationalError as error:
                log.warning("the sandbox lost its database: %s", error)
                stop.wait(IDLE_SECONDS)


def listen(http: httpx.Client, stop: threading.Event) -> None:
    """Deliver as long as the connection lasts; two at once would overtake each other, so a second one waits."""
    with psycopg.connect(config.from_environment().database_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [DELIVERER_LOCK])
        connection.execute(f"listen {events.CHANNEL}")
        while not stop.is_set():
            pass_time()
            while deliver_next(http):
                pass
            for _ in connection.notifies(timeout=IDLE_SECONDS, stop_after=1):
                pass


def pass_time() -> None:
    """What happens by itself: sessions expire, money becomes available and leaves, disputes run out."""
    with transaction() as store:
        for row in store.rows(OVERDUE, [store.now]):
            sessions.close_expired(store, row["data"])
        store.run(SETTLE, [store.now])
        disputes.expire_unanswered(store)
        payouts.sweep(store)
        payouts.advance(store)


def deliver_next(http: httpx.Client) -> bool:
    """Try the delivery that is due for longest; False when none is."""
    with transaction() as store:
        due = store.rows(NEXT_DUE, [store.now])
        if not due:
            return False
        delivery = due[0]
        accepted, answer = send(http, delivery, delivery["event"])
        if accepted:
            note_success(store, delivery["id"], delivery["event"], answer)
        else:
            note_failure(store, delivery, answer)
        return True


def send(http: httpx.Client, delivery: Json, event: Json) -> tuple[bool, str]:
    body = json.dumps(event, indent=2)
    secret = config.connect_webhook_secret() if delivery["endpoint"] == "connect" else config.webhook_secret()
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        answer = http.post(delivery["url"], content=body, headers=headers)
    except httpx.HTTPError as error:
        return False, str(error) or type(error).__name__
    return answer.is_success, f"{answer.status_code} {answer.reason_phrase}"


def note_success(store: Store, delivery_id: int, event: Json, answer: str) -> None:
    store.run(
        "update deliveries set delivered_at = %s, attempts = attempts + 1, last_answer = %s where id = %s",
        [store.now, answer, delivery_id],
    )
    store.save(event | {"pending_webhooks": 0})


def note_failure(store: Store, delivery: Json, answer: str) -> None:
    attempts = delivery["attempts"]
    pause = PAUSES[min(attempts, len(PAUSES) - 1)]
    too_old = store.now + pause > delivery["event"]["created"] + GIVE_UP_AFTER
    store.run(
        "update deliveries set attempts = attempts + 1, due_at = %s, given_up = %s, last_answer = %s where id = %s",
        [store.now + pause, too_old, answer, delivery["id"]],
    )
