"""A worker that dies by SIGKILL when Stripe has done what it was asked, and before we know of it.

Run as `python -m payments.tests.killed POST /v1/transfers <job>`: it works on a job of the test's database.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Any

import django
import stripe


def main(method: str, path: str, job: int) -> None:
    django.setup()
    runner = import_module("jobs.runner")
    answered = stripe.RequestsClient.request_with_retries

    def dying(client: stripe.RequestsClient, verb: str, url: str, *rest: Any, **named: Any) -> Any:
        answer = answered(client, verb, url, *rest, **named)
        if (verb.upper(), url.partition("://")[2].partition("/")[2]) == (method, path.lstrip("/")):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(stripe.RequestsClient, "request_with_retries", dying)  # noqa: B010  (it keeps the original's types)
    runner.run(job)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
