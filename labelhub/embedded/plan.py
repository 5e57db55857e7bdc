"""Decides what one run starts and with which settings. Nothing is started here."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelhub.embedded import ports
from labelhub.embedded.broker import Redis
from labelhub.embedded.database import Postgres


@dataclass(frozen=True)
class Plan:
    """`settings` are for stack.env. A service is None when the environment names a real one."""

    settings: Mapping[str, str]
    database: Postgres | None
    broker: Redis | None
    sandbox_port: int | None


def make(*, given: Mapping[str, str], last: Mapping[str, str], folder: Path, host: str, port: int) -> Plan:
    """`given` is the environment, `last` the stack.env of the run before: kept, so that other terminals stay right."""
    password = last.get("LABELHUB_SERVICE_PASSWORD") or secrets.token_urlsafe(24)
    chosen = _ports(last)
    database = None if given.get("DATABASE_URL") else Postgres(folder / "postgres", chosen[0], password)
    broker = None if given.get("REDIS_URL") else Redis(folder / "redis", chosen[1], password)
    sandbox_port = None if given.get("STRIPE_SECRET_KEY") else chosen[2]
    settings = {
        "LABELHUB_EMBEDDED": "1",
        "LABELHUB_LOG_FORMAT": "text",
        "LABELHUB_VAR_DIR": str(folder),
        "LABELHUB_SITE_URL": f"http://{browsable(host)}:{port}",
        "LABELHUB_SECRET_KEY": last.get("LABELHUB_SECRET_KEY") or secrets.token_urlsafe(48),
        "LABELHUB_SERVICE_PASSWORD": password,
        "LABELHUB_SERVICE_PORTS": ",".join(map(str, chosen)),
        **({"DATABASE_URL": database.url} if database else {}),
        **({"REDIS_URL": broker.url} if broker else {}),
        **(_sandbox(host, sandbox_port, port) if sandbox_port else {}),
    }
    return Plan(
        {**settings, **{name: given[name] for name in settings if name in given}}, database, broker, sandbox_port
    )


def browsable(host: str) -> str:
    """By name where it is this machine, since browsers bind passkeys to names only."""
    return "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104


def _ports(last: Mapping[str, str]) -> list[int]:
    """Of database, broker and sandbox."""
    used = [int(port) for port in last.get("LABELHUB_SERVICE_PORTS", "").split(",") if port] or [0, 0, 0]
    return [ports.choose(port) for port in used]


def _sandbox(host: str, sandbox_port: int, port: int) -> dict[str, str]:
    address = f"http://{browsable(host)}"
    return {
        "STRIPE_SECRET_KEY": "sk_test_sandbox_labelhub",
        "STRIPE_WEBHOOK_SECRET": "whsec_sandbox_labelhub",
        "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_sandbox_connect_labelhub",
        "STRIPE_API_BASE": f"{address}:{sandbox_port}",
        "STRIPE_SANDBOX_URL": f"{address}:{sandbox_port}",
        "STRIPE_SANDBOX_WEBHOOK_URL": f"{address}:{port}/payments/webhook/",
        "STRIPE_SANDBOX_CONNECT_WEBHOOK_URL": f"{address}:{port}/payments/webhook/connect/",
    }
