from celery import current_app
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from jobs import registry


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        """Every process knows every kind of job: the web starts them, workers run them, beat ticks."""
        autodiscover_modules("tasks")
        current_app.conf.beat_schedule = registry.schedule()
