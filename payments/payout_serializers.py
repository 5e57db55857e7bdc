"""What payees' programs read of being paid."""

from typing import Any

from rest_framework import serializers

from payments.countries import PAYOUT_COUNTRIES
from payments.models import BankPayout, PayeeState, Reversal, Transfer
from payments.payout_pages import wording
from payments.payout_pages.overview import Figures
from payments.payout_pages.statement import KINDS
from payments.standing import Reason


class CountedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="Minor units")


class FiguresSerializer(serializers.Serializer[Figures]):
    """One currency, in minor units. `reason` is empty when `payable` goes out with the next run, within the hour."""

    currency = serializers.CharField()
    held = serializers.IntegerField(help_text="Of sales whose buyers still check what they got")
    held_sales = serializers.IntegerField()
    contested = serializers.IntegerField(help_text="What of it stays held because its sale is contested")
    next_release = serializers.DateTimeField(allow_null=True)
    available = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text="What of it is kept back for open disputes")
    in_transit = serializers.IntegerField()
    paid = serializers.IntegerField(help_text="Transfers less what was taken back of them")
    transfers = CountedSerializer()
    reversals = CountedSerializer()
    owed = serializers.IntegerField(help_text="What the payee owes")
    payable = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=[(each.value, each.value) for each in Reason], allow_null=True)
    message = serializers.SerializerMethodField(help_text="When the next payout is, or why there is none, in words")

    def get_message(self, found: Figures) -> str:
        answer = wording.next_payout(found)
        return f"{answer.title}. {answer.text}"


class MissingSerializer(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField(), help_text="As Stripe calls them")
    texts = serializers.ListField(child=serializers.CharField(), help_text="In words, each once")


class AccountSerializer(serializers.Serializer[Any]):
    """The account at the payment service that earnings go to."""

    state = serializers.ChoiceField(choices=PayeeState.choices)
    country = serializers.CharField(allow_blank=True)
    bank = serializers.CharField(allow_blank=True)
    missing = MissingSerializer()
    checked_at = serializers.DateTimeField(allow_null=True)


class OverviewSerializer(serializers.Serializer[Any]):
    account = AccountSerializer()
    currencies = FiguresSerializer(many=True)


class DaySerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    day = serializers.DateField()
    amount = serializers.IntegerField(help_text="What becomes available, in minor units")
    by_then = serializers.IntegerField(help_text="What will be available by then, in minor units")


class LineSerializer(serializers.Serializer[Any]):
    """A line of the statement, in minor units. `amount` is 0 when the line only moves what is yours."""

    id = serializers.CharField(source="posted.public_id")
    at = serializers.DateTimeField(source="posted.created_at")
    kind = serializers.ChoiceField(choices=list(KINDS))
    reference = serializers.CharField(source="posted.reference")
    text = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(source="posted.currency")
    amount = serializers.IntegerField()
    moved = serializers.IntegerField()
    commission = serializers.IntegerField()
    balance = serializers.IntegerField()


class ReversalSerializer(serializers.ModelSerializer[Reversal]):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Reversal
        fields = ("id", "amount", "currency", "state", "created_at", "settled_at")


class TransferSerializer(serializers.ModelSerializer[Transfer]):
    """What was sent to the payee's account. `refusal` says in words why it was refused, if it was."""

    id = serializers.CharField(source="public_id")
    refusal = serializers.SerializerMethodField()
    reversals = ReversalSerializer(many=True)

    class Meta:
        model = Transfer
        fields = ("id", "amount", "currency", "state", "created_at", "settled_at", "refusal", "reversals")

    def get_refusal(self, transfer: Transfer) -> str:
        return wording.refusal(transfer)


class MakingSerializer(serializers.Serializer[Any]):
    """What a transfer is made of: `carried` + `since` - `kept` is its amount, in minor units."""

    carried = serializers.IntegerField(help_text="Left from before")
    since = serializers.IntegerField(help_text="What became available since the transfer before")
    kept = serializers.IntegerField(help_text="Kept back for disputes")


class TransferDetailSerializer(TransferSerializer):
    made_of = MakingSerializer()

    class Meta(TransferSerializer.Meta):
        fields = (*TransferSerializer.Meta.fields, "made_of")  # type: ignore[assignment]


class BankPayoutSerializer(serializers.ModelSerializer[BankPayout]):
    """What the payment service pays to the payee's bank."""

    id = serializers.CharField(source="stripe_id")
    sent_back = serializers.SerializerMethodField(help_text="Why the bank sent it back, if it did")

    class Meta:
        model = BankPayout
        fields = ("id", "amount", "currency", "status", "created_at", "arrives_at", "sent_back")

    def get_sent_back(self, payout: BankPayout) -> str:
        return wording.sent_back(payout)


class NewLinkSerializer(serializers.Serializer[Any]):
    country = serializers.ChoiceField(
        choices=list(PAYOUT_COUNTRIES),
        required=False,
        default="",
        help_text="Needed the first time; it cannot be changed later.",
    )


class LinkSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="A hosted page, for one visit within minutes")
