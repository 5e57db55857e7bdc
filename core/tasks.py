from celery import current_app
from django.core.mail import EmailMultiAlternatives


@current_app.task(name="core.deliver_mail", autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def deliver(*, subject: str, body: str, to: str) -> None:
    EmailMultiAlternatives(subject, body, to=[to]).send()
