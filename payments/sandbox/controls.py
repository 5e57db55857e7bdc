"""What tests and testers turn: the clock, the endpoints, whether payees may owe."""

from payments.sandbox import config
from payments.sandbox.store import Row, Store


def read(store: Store) -> Row:
    return store.one("select ahead, webhook_url, connect_webhook_url, negative_balances from controls")


def endpoint_urls(store: Store) -> dict[str, str]:
    """Where events of the platform and of connected accounts go; empty for nowhere."""
    turned, configured = read(store), config.from_environment()
    return {
        "platform": turned["webhook_url"] or configured.webhook_url,
        "connect": turned["connect_webhook_url"] or configured.connect_webhook_url,
    }
