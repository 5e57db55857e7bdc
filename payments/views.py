import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.errors import error_body
from payments import services, stripe_client

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Stripe's own words, proven by its signature. Anything but 200 makes Stripe send it again."""
    try:
        event = stripe_client.verified_event(request.body, request.headers.get("Stripe-Signature", ""))
    except stripe_client.Forged as forgery:
        logger.warning("a webhook was turned away: %s", forgery)
        return JsonResponse(error_body("bad_signature", str(forgery)), status=400)
    services.receive_event(event=event)
    return HttpResponse(status=200)
