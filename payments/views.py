import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.errors import error_body
from payments import stripe_client
from payments.services import checkouts

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """What happened to the platform, in Stripe's own words. Anything but 200 makes Stripe send it again."""
    return _received(request, settings.STRIPE_WEBHOOK_SECRET, of_payees=False)


@csrf_exempt
@require_POST
def connect_webhook(request: HttpRequest) -> HttpResponse:
    """What happened to the accounts of payees: another endpoint, with a secret of its own."""
    return _received(request, settings.STRIPE_CONNECT_WEBHOOK_SECRET, of_payees=True)


def _received(request: HttpRequest, secret: str, *, of_payees: bool) -> HttpResponse:
    try:
        event = stripe_client.verified_event(request.body, request.headers.get("Stripe-Signature", ""), secret)
        if bool(event.get("account")) != of_payees:
            raise stripe_client.Forged("The event belongs to the other endpoint.")
    except stripe_client.Forged as forgery:
        logger.warning("a webhook was turned away: %s", forgery)
        return JsonResponse(error_body("bad_signature", str(forgery)), status=400)
    checkouts.receive_event(event=event)
    return HttpResponse(status=200)
