"""python -m payments.sandbox --port 8010"""

import argparse
import os
import sys
from collections.abc import Sequence

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from payments.sandbox import config
from payments.sandbox.store import create_schema


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    os.environ.setdefault("STRIPE_SANDBOX_URL", f"http://{options.host}:{options.port}")
    if options.webhook_url:
        os.environ["STRIPE_SANDBOX_WEBHOOK_URL"] = options.webhook_url
    try:
        settings = config.from_environment()
    except config.RefusedToStart as refusal:
        print(f"The payment sandbox did not start. {refusal}", file=sys.stderr)  # noqa: T201
        return 2
    create_schema(settings.database_url)
    server = Server(
        "payments.sandbox.wsgi:create",
        factory=True,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    server.serve()
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m payments.sandbox", description="A local Stripe. No money moves.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--webhook-url", default="", help="where signed events are sent")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
