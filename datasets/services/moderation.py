"""What moderators may do to media."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import audit
from datasets.models import Asset, ModerationState

audit.phrases(
    {
        "asset.hidden": _("hid an image from the market: {reason}"),
        "asset.shown": _("showed a hidden image again"),
    }
)


def hide_asset(*, asset: Asset, actor: User, reason: str) -> None:
    """The image is in no version that is released from now on, and not on the market. Its owner keeps it."""
    _move(asset, actor, ModerationState.OK, ModerationState.HIDDEN, "asset.hidden", reason=reason)


def show_asset(*, asset: Asset, actor: User) -> None:
    _move(asset, actor, ModerationState.HIDDEN, ModerationState.OK, "asset.shown")


@transaction.atomic
def _move(asset: Asset, actor: User, before: ModerationState, after: ModerationState, verb: str, **data: str) -> None:
    if Asset.objects.filter(pk=asset.pk, moderation=before).update(moderation=after):
        audit.record(actor=actor, organization=asset.organization, verb=verb, subject=asset, data=data)
