"""What an administrator does about a dispute: answer it, or accept the loss."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from core import audit
from core.errors import Conflict, DomainError, Invalid, Unavailable
from payments import disputing, stripe_disputes
from payments.models import ANSWERABLE, Dispute
from payments.stripe_client import Refused

audit.phrases(
    {
        "dispute.opened": _l("had a payment disputed: {reason}"),
        "dispute.changed": _l("had a dispute become «{now}»"),
        "dispute.lost": _l("lost a dispute"),
        "dispute.answered": _l("answered a dispute"),
        "dispute.given_up": _l("accepted the loss of a dispute"),
        "dispute.problem": _l("met a problem with a dispute: {problem}"),
    }
)

LONGEST_ANSWER = 20_000
LOOK_BACK = timedelta(days=3)
MOST_LOOKED_AT = 200


def answer(*, actor: User, dispute: Dispute, text: str) -> Dispute:
    """Hand in our side of it, once. Not inside a transaction. Raises Conflict when no answer is awaited."""
    if not 20 <= len(text.strip()) <= LONGEST_ANSWER:
        raise Invalid(_("Say what was delivered, when, and how it was used, in up to 20,000 characters."), field="text")
    _require(dispute)
    try:
        facts = stripe_disputes.answer(dispute, text.strip())
    except Refused as refusal:
        raise Conflict(_("The bank did not take it: %(why)s") % {"why": refusal}, code="answer_refused") from refusal
    with transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk, answered_at=None).update(answered_at=timezone.now())
        audit.record(actor=actor, verb="dispute.answered", subject=dispute, data={"text": text.strip()})
        disputing.settle_dispute(facts)
    dispute.refresh_from_db()
    return dispute


def give_up(*, actor: User, dispute: Dispute) -> Dispute:
    """Accept the loss; the money stays with the cardholder. Not inside a transaction."""
    _require(dispute)
    try:
        facts = stripe_disputes.give_up(dispute)
    except Refused as refusal:
        raise Conflict(_("That was refused: %(why)s") % {"why": refusal}, code="close_refused") from refusal
    with transaction.atomic():
        audit.record(actor=actor, verb="dispute.given_up", subject=dispute)
        disputing.settle_dispute(facts)
    dispute.refresh_from_db()
    return dispute


def look_at_open() -> int:
    """Ask about disputes that are open here, and about new ones: an event about them may have been lost."""
    known = list(Dispute.objects.unfinished().order_by("pk").values_list("stripe_id", flat=True)[:MOST_LOOKED_AT])
    recent = [facts.stripe_id for facts in stripe_disputes.since(timezone.now() - LOOK_BACK)]
    heard_of = set(Dispute.objects.filter(stripe_id__in=recent).values_list("stripe_id", flat=True))
    found = known + [stripe_id for stripe_id in recent if stripe_id not in heard_of]
    for stripe_id in found:
        try:
            disputing.look_at(stripe_id)
        except Unavailable:
            raise
        except (DomainError, Refused):
            continue
    return len(found)


def _require(dispute: Dispute) -> None:
    if dispute.status not in ANSWERABLE:
        raise Conflict(_("No answer to this dispute is awaited."), code="dispute_answered")
