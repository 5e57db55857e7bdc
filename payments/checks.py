"""Keys that would send real money to the sandbox, or play money to Stripe."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


@checks.register()
def check_stripe_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    sandbox_key = settings.STRIPE_SECRET_KEY.startswith("sk_test_sandbox")
    if not sandbox_key and settings.STRIPE_API_BASE:
        return [
            checks.Error(
                "STRIPE_SECRET_KEY is a real Stripe key, but STRIPE_API_BASE points elsewhere.",
                hint="Remove STRIPE_API_BASE, or use a key that begins with sk_test_sandbox.",
                id="payments.E001",
            )
        ]
    if sandbox_key and not settings.STRIPE_API_BASE:
        return [
            checks.Warning(
                "Nobody can pay: the key is the sandbox's, but STRIPE_API_BASE is not set.",
                hint="Set STRIPE_API_BASE to the sandbox's address, or STRIPE_SECRET_KEY to a key of Stripe's.",
                id="payments.W001",
            )
        ]
    return []


@checks.register()
def check_invoice_seller(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    if settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")) and (
        settings.INVOICE_SELLER["name"] == settings.DEMO_SELLER
    ):
        return [
            checks.Warning(
                "Real payments are invoiced in the name of the demonstration.",
                hint="Set LABELHUB_INVOICE_SELLER and LABELHUB_INVOICE_ADDRESS to who runs this installation.",
                id="payments.W002",
            )
        ]
    return []
