"""What the sandbox reads from the environment."""

import os
from dataclasses import dataclass
from functools import cache

KEY_PREFIX = "sk_test_sandbox"
DEFAULT_KEY = "sk_test_sandbox"
DEFAULT_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105  (public by design: it guards no money)
DEFAULT_CONNECT_WEBHOOK_SECRET = "whsec_sandbox_connect"  # noqa: S105


class RefusedToStart(Exception):
    """The environment names real Stripe keys, or lacks something the sandbox needs."""


@dataclass(frozen=True)
class Config:
    database_url: str
    public_url: str
    webhook_url: str
    connect_webhook_url: str


@cache
def from_environment() -> Config:
    refuse_real_keys(os.environ.get("STRIPE_SECRET_KEY", DEFAULT_KEY))
    return Config(
        database_url=required("DATABASE_URL"),
        public_url=os.environ.get("STRIPE_SANDBOX_URL", "http://127.0.0.1:8010").rstrip("/"),
        webhook_url=os.environ.get("STRIPE_SANDBOX_WEBHOOK_URL", "http://127.0.0.1:8000/payments/webhook/"),
        connect_webhook_url=os.environ.get("STRIPE_SANDBOX_CONNECT_WEBHOOK_URL", ""),
    )


def webhook_secret() -> str:
    return os.environ.get("STRIPE_WEBHOOK_SECRET", DEFAULT_WEBHOOK_SECRET)


def connect_webhook_secret() -> str:
    return os.environ.get("STRIPE_CONNECT_WEBHOOK_SECRET", DEFAULT_CONNECT_WEBHOOK_SECRET)


def refuse_real_keys(key: str) -> None:
    if not key.startswith(KEY_PREFIX):
        raise RefusedToStart(
            f"STRIPE_SECRET_KEY is a real Stripe key. The sandbox only runs with keys that begin with "
            f"{KEY_PREFIX}; with a real key the product talks to Stripe itself."
        )


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RefusedToStart(f"{name} is not set.")
    return value
