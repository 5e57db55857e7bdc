"""What Stripe says of disputes, and what it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from payments.models import Dispute, DisputeStatus
from payments.stripe_client import MOST_FETCHED, answers, client


@dataclass(frozen=True)
class DisputeFacts:
    """What we go by in a dispute. `withdrawn` and `reinstated` are what moved our balance, without fees."""

    stripe_id: str
    payment_intent: str
    amount: int
    currency: str
    reason: str
    status: str
    answer_until: datetime | None
    opened_at: datetime
    withdrawn: int
    reinstated: int

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "DisputeFacts":
        moved = [entry["amount"] for entry in data.get("balance_transactions") or []]
        due_by = (data.get("evidence_details") or {}).get("due_by")
        return cls(
            stripe_id=data["id"],
            payment_intent=data.get("payment_intent") or "",
            amount=data["amount"],
            currency=data["currency"].upper(),
            reason=data.get("reason") or "",
            status=data["status"],
            answer_until=datetime.fromtimestamp(due_by, UTC) if due_by else None,
            opened_at=datetime.fromtimestamp(data["created"], UTC),
            withdrawn=-sum(amount for amount in moved if amount < 0),
            reinstated=sum(amount for amount in moved if amount > 0),
        )

    @property
    def first_status(self) -> str:
        """As it began, whatever it is by now."""
        inquiry = self.status.startswith("warning")
        return DisputeStatus.WARNING_NEEDS_RESPONSE if inquiry else DisputeStatus.NEEDS_RESPONSE


def retrieve(stripe_id: str) -> DisputeFacts:
    with answers():
        return DisputeFacts.read(client().v1.disputes.retrieve(stripe_id).to_dict())


def since(moment: datetime) -> list[DisputeFacts]:
    """Disputes opened since, oldest first."""
    with answers():
        found = client().v1.disputes.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
        return [DisputeFacts.read(one.to_dict()) for one in islice(found.auto_paging_iter(), MOST_FETCHED)][::-1]


def answer(dispute: Dispute, text: str) -> DisputeFacts:
    """Hand in what speaks for us. A bank takes it once."""
    key = f"dispute-answer-{dispute.public_id}"
    with answers():
        made = client().v1.disputes.update(
            dispute.stripe_id, {"evidence": {"uncategorized_text": text}, "submit": True}, {"idempotency_key": key}
        )
    return DisputeFacts.read(made.to_dict())


def give_up(dispute: Dispute) -> DisputeFacts:
    """Accept the loss."""
    key = f"dispute-close-{dispute.public_id}"
    with answers():
        made = client().v1.disputes.close(dispute.stripe_id, options={"idempotency_key": key})
    return DisputeFacts.read(made.to_dict())
