"""The network that brings Stripe's events to the two webhook endpoints: late, in any order, twice, or not at all."""

import json
from random import Random

import stripe
from django.test import Client
from django.urls import reverse

from labelhub.simulation.wire import CONNECT_SECRET, SECRET
from payments.events import HANDLERS
from payments.sandbox import delivery, store, switches
from payments.sandbox.errors import Json

WAITING = """
select deliveries.id, endpoint, objects.data as event from deliveries join objects on objects.id = event_id
where delivered_at is null and not given_up and objects.data ->> 'type' = any(%s) order by deliveries.id limit 60
"""
NEWEST_FIRST = 0.3
NOTHING = ""
SUBSCRIBED = [*HANDLERS, "charge.succeeded"]
TWICE = 0.15


class Network:
    def __init__(self) -> None:
        self._browser = Client(SERVER_NAME="localhost")

    def deliver(self, draw: Random) -> str:
        """Some event that is on its way arrives; at times it stays on its way as well."""
        waiting = self._waiting()
        if not waiting:
            return NOTHING
        found = waiting[-1 if draw.random() < NEWEST_FIRST else draw.randrange(min(len(waiting), 8))]
        return self._bring(found, again=draw.random() < TWICE)

    def deliver_all(self) -> int:
        """In order, each once, as often as it takes."""
        waiting = self._waiting()
        for found in waiting:
            self._bring(found, again=False)
        return len(waiting)

    def lose(self, draw: Random) -> str:
        """An event never arrives. Stripe keeps saying that it was not delivered."""
        waiting = self._waiting()
        if not waiting:
            return NOTHING
        lost = draw.choice(waiting)
        with store.transaction() as written:
            written.run("update deliveries set given_up = true where id = %s", [lost["id"]])
        return f"lost {_named(lost)}"

    def say_twice(self) -> str:
        """The next event is said under two ids."""
        with store.transaction() as written:
            switches.add(written, kind="twin")
        return "the next event will be said twice"

    def forge(self, draw: Random) -> str:
        """Somebody who does not know the secret sends an event that would be true."""
        waiting = self._waiting()
        if not waiting:
            return NOTHING
        found = draw.choice(waiting)
        if self._post(found, "whsec_somebody_else") != 400:
            raise AssertionError(f"a forged {_named(found)} was taken in")
        return f"forged {_named(found)}"

    def _waiting(self) -> list[Json]:
        with store.transaction() as read:
            return read.rows(WAITING, [SUBSCRIBED])

    def _bring(self, found: Json, *, again: bool) -> str:
        status = self._post(found, CONNECT_SECRET if found["endpoint"] == "connect" else SECRET)
        if status == 200 and not again:
            with store.transaction() as written:
                delivery.note_success(written, found["id"], found["event"], "200")
        return f"{_named(found)} → {status}"

    def _post(self, found: Json, secret: str) -> int:
        body = json.dumps(found["event"])
        name = "connect_webhook" if found["endpoint"] == "connect" else "webhook"
        signature = stripe.WebhookSignature.generate_signature_header(body, secret)
        answer = self._browser.post(
            reverse(f"payments:{name}"), body, "application/json", headers={"Stripe-Signature": signature}
        )
        return answer.status_code


def _named(found: Json) -> str:
    return f"{found['event']['type']} of {found['event']['data']['object']['id'][:12]}"
