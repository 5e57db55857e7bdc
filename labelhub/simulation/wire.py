"""The way to Stripe and back: the SDK's transport ends in the sandbox's own code, in this process.

No socket, no second process and no waiting, so that a run is repeated by its seed and takes no longer than its work.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import stripe
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve, set_urlconf

from labelhub.simulation.chaos import Chaos
from payments import stripe_client
from payments.sandbox import config, faults, store

SANDBOX_URLS = "payments.sandbox.urls"
KEY = "sk_test_sandbox_simulation"
SECRET = "whsec_simulation"  # noqa: S105  (signs what this process sends to itself)
CONNECT_SECRET = "whsec_simulation_connect"  # noqa: S105
NOBODY = "http://127.0.0.1:1/nobody"


class Wire(stripe.HTTPClient):
    """Carries the SDK's requests to the sandbox. With `chaos`, as badly as that says."""

    name = "simulation"

    def __init__(self, chaos: Chaos | None = None) -> None:
        super().__init__()
        self.chaos = chaos
        self._requests = RequestFactory()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_more: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        found = urlsplit(url)
        trouble = self.chaos.on_request(method.upper(), found.path) if self.chaos else ""
        if trouble == "no_way":
            raise _cut("The request was lost.")
        if trouble and trouble != "no_way_back":
            with store.transaction() as written:
                faults.add(written, path=found.path, kind=trouble)
        answer = self._answer(method.upper(), found.path, found.query, headers or {}, post_data)
        if trouble == "no_way_back":
            raise _cut("The answer was lost.")
        if self.chaos:
            self.chaos.on_answer()
        return answer.content.decode(), answer.status_code, dict(answer.items())

    def _answer(self, method: str, path: str, query: str, headers: Mapping[str, str], body: Any) -> HttpResponse:
        request = self._requests.generic(
            method,
            f"{path}?{query}" if query else path,
            body or "",
            headers.get("Content-Type", "application/octet-stream"),
            headers={name: value for name, value in headers.items() if name != "Content-Type"},
        )
        set_urlconf(SANDBOX_URLS)
        try:
            view = resolve(path, urlconf=SANDBOX_URLS)
            answer: HttpResponse = view.func(request, *view.args, **view.kwargs)
            return answer
        finally:
            set_urlconf(None)

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0

    def close(self) -> None:
        """Nothing is open."""


def _cut(why: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(why, should_retry=True)  # type: ignore[no-untyped-call]


@contextmanager
def connected(chaos: Chaos, database_url: str) -> Iterator[stripe.StripeClient]:
    """Have the product talk to a sandbox whose state is in a database of its own.

    Yields a client whose requests meet no trouble, for what people do in Stripe's dashboard.
    """
    environment = {
        "DATABASE_URL": database_url,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET,
        "STRIPE_SANDBOX_URL": "http://sandbox.test",
        "STRIPE_SANDBOX_WEBHOOK_URL": NOBODY,
        "STRIPE_SANDBOX_CONNECT_WEBHOOK_URL": NOBODY,
    }
    with ExitStack() as opened:
        opened.enter_context(mock.patch.dict("os.environ", environment))
        opened.enter_context(mock.patch.object(stripe, "RequestsClient", return_value=Wire(chaos)))
        opened.enter_context(mock.patch.object(store, "_pool", None))
        opened.enter_context(mock.patch.object(store.Store, "now", property(lambda _store: int(time.time()))))
        for remembered in (config.from_environment, stripe_client._build):
            remembered.cache_clear()
            opened.callback(remembered.cache_clear)
        store.create_schema(database_url)
        opened.callback(lambda: store.pool().close())
        yield stripe.StripeClient(
            KEY, base_addresses={"api": "http://sandbox.test"}, http_client=Wire(), max_network_retries=0
        )
