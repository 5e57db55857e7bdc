from celery import current_app
from django.conf import settings

from jobs import runner, services
from jobs.registry import periodic


@current_app.task(name="jobs.run", ignore_result=True)
def run(*, job_id: int) -> None:
    runner.run(job_id)


@periodic("jobs.sweep", seconds=settings.JOB_SWEEP_SECONDS)
def sweep() -> None:
    services.sweep()


@periodic("jobs.purge", seconds=24 * 3600)
def purge() -> None:
    services.purge()
