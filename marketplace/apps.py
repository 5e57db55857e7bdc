from importlib import import_module

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        import_module("marketplace.closing")
        import_module("marketplace.invariants")
        import_module("marketplace.purposes")
