"""What programs read and send. Amounts are integers in minor units beside their currency."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from licensing.models import Grant, License
from licensing.rules import terms
from licensing.wording import four_lines
from marketplace.models import CartLine, Offer, Order, OrderLine, RefundLine, RefundRequest
from marketplace.pages.cards import preview_url


class LicenseSerializer(serializers.ModelSerializer[License]):
    answers = serializers.SerializerMethodField(help_text="The four fixed questions, answered")

    class Meta:
        model = License
        fields = ("code", "version", "preset", "title", "spdx_id", "answers", "text_sha256")

    def get_answers(self, license_: License) -> list[dict[str, str]]:
        return four_lines(terms.from_data(license_.terms))


class MarketOfferSerializer(serializers.ModelSerializer[Offer]):
    """An offer as the public sees it: of its producer the pseudonym only."""

    id = serializers.CharField(source="public_id", read_only=True)
    producer = serializers.CharField(source="organization.pseudonym", read_only=True)
    license = serializers.CharField(source="license.code", read_only=True)
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    url = serializers.SerializerMethodField()
    previews = serializers.SerializerMethodField(help_text="Watermarked pictures of the sample")

    class Meta:
        model = Offer
        fields = (
            "id",
            "kind",
            "title",
            "description",
            "producer",
            "license",
            "price_minor",
            "currency",
            "labels",
            "item_count",
            "annotation_count",
            "width",
            "height",
            "sold_count",
            "listed_at",
            "url",
            "previews",
        )

    def get_url(self, offer: Offer) -> str:
        return settings.SITE_URL + offer.get_absolute_url()

    def get_previews(self, offer: Offer) -> list[str]:
        return [settings.SITE_URL + preview_url(offer, position) for position in offer.sample]


class MarketListingSerializer(MarketOfferSerializer):
    """One offer in full: with what its version holds and what its licence allows."""

    license = LicenseSerializer(read_only=True)  # type: ignore[assignment]  # a fuller shape of the same field
    manifest_sha256 = serializers.CharField(source="version.manifest.sha256", read_only=True)
    class_counts = serializers.JSONField(source="version.manifest.class_counts", read_only=True)

    class Meta(MarketOfferSerializer.Meta):
        fields = (*MarketOfferSerializer.Meta.fields, "manifest_sha256", "class_counts")  # type: ignore[assignment]


class SearchAnswerSerializer(serializers.Serializer[Any]):
    """`about` says that `total`, `counts_about` that the counts of the facets are estimates from a random sample."""

    query = serializers.CharField()
    suggestion = serializers.CharField()
    total = serializers.IntegerField()
    about = serializers.BooleanField()
    counts_about = serializers.BooleanField()
    facets = serializers.DictField(child=serializers.IntegerField())
    results = MarketOfferSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class OfferSerializer(MarketOfferSerializer):
    """An offer as its own organisation sees it."""

    dataset = serializers.CharField(source="dataset.public_id", read_only=True)

    class Meta(MarketOfferSerializer.Meta):
        fields = (*MarketOfferSerializer.Meta.fields, "state", "hidden_reason", "dataset")  # type: ignore[assignment]


class NewOfferSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="The released version's id")
    license = serializers.CharField(help_text="A licence's code, or an SPDX id")
    price_minor = serializers.IntegerField(min_value=0)
    currency = serializers.ChoiceField(choices=settings.CURRENCIES)
    image_price_minor = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    title = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    rights_attested = serializers.BooleanField(help_text="Your word that you may license this")


class PriceSerializer(serializers.Serializer[Any]):
    price_minor = serializers.IntegerField(min_value=0)


class CartLineSerializer(serializers.ModelSerializer[CartLine]):
    offer = MarketOfferSerializer(read_only=True)

    class Meta:
        model = CartLine
        fields = ("offer", "price_minor", "currency", "added_at")


class OfferIdSerializer(serializers.Serializer[Any]):
    offer = serializers.CharField(max_length=16)


class NewOrderSerializer(serializers.Serializer[Any]):
    """Without `offers`, the cart's lines in `currency` are ordered."""

    offers = serializers.ListField(child=serializers.CharField(max_length=16), max_length=10_000, required=False)
    currency = serializers.ChoiceField(choices=settings.CURRENCIES, required=False)
    expected_total_minor = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)


class OrderSerializer(serializers.ModelSerializer[Order]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "state",
            "currency",
            "total_minor",
            "line_count",
            "problem",
            "created_at",
            "paid_at",
            "refunded_minor",
            "refund_until",
        )


class NewRefundSerializer(serializers.Serializer[Any]):
    """Without `lines`, all that is left of the order is asked for."""

    lines = serializers.ListField(
        child=serializers.CharField(max_length=16), max_length=10_000, required=False, default=list
    )
    reason = serializers.CharField(max_length=500, help_text="What is wrong")


class RefundRequestSerializer(serializers.ModelSerializer[RefundRequest]):
    """A refund asked for, and how it stands."""

    id = serializers.CharField(source="public_id", read_only=True)
    order = serializers.CharField(source="order.public_id", read_only=True)
    currency = serializers.CharField(source="order.currency", read_only=True)

    class Meta:
        model = RefundRequest
        fields = ("id", "order", "state", "reason", "amount_minor", "currency", "answer", "created_at", "closed_at")


class OrderWithPaymentSerializer(OrderSerializer):
    payment_url = serializers.CharField(allow_blank=True, help_text="The hosted page to pay on; empty once paid")

    class Meta(OrderSerializer.Meta):
        fields = (*OrderSerializer.Meta.fields, "payment_url")  # type: ignore[assignment]


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    id = serializers.CharField(source="public_id", read_only=True)
    license = serializers.CharField(source="license.code", read_only=True)
    manifest_sha256 = serializers.CharField(source="manifest.sha256", read_only=True)
    producer = serializers.CharField(source="seller.pseudonym", read_only=True)

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "position",
            "title",
            "license",
            "producer",
            "manifest_sha256",
            "price_minor",
            "refunded_minor",
            "currency",
        )


class SaleRefundSerializer(serializers.ModelSerializer[RefundLine]):
    """What a refund took back: of the price, of the commission, and of what was yours."""

    class Meta:
        model = RefundLine
        fields = ("booked_at", "amount_minor", "commission_minor", "share_minor")


class SaleSerializer(serializers.ModelSerializer[OrderLine]):
    """A line that was sold. It says nothing of who bought."""

    id = serializers.CharField(source="public_id", read_only=True)
    license = serializers.CharField(source="license.code", read_only=True)
    net_minor = serializers.IntegerField(source="seller_minor", read_only=True)
    refunds = SaleRefundSerializer(source="booked_refunds", many=True, read_only=True)

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "sold_at",
            "title",
            "license",
            "price_minor",
            "commission_basis_points",
            "commission_minor",
            "net_minor",
            "currency",
            "refunds",
        )


class BalanceSerializer(serializers.Serializer[Any]):
    """What the ledger owes the organisation, in minor units."""

    currency = serializers.CharField()
    held = serializers.IntegerField()
    available = serializers.IntegerField()
    in_transit = serializers.IntegerField()
    total = serializers.IntegerField()


class GrantSerializer(serializers.ModelSerializer[Grant]):
    """A licence held."""

    id = serializers.CharField(source="public_id", read_only=True)
    license = serializers.CharField(source="license.code", read_only=True)
    producer = serializers.CharField(source="licensor.pseudonym", read_only=True)
    manifest_sha256 = serializers.CharField(source="manifest.sha256", read_only=True)
    order_line = serializers.SerializerMethodField(help_text="The id of the order line it was granted for")

    class Meta:
        model = Grant
        fields = ("id", "title", "license", "producer", "manifest_sha256", "order_line", "text_sha256", "granted_at")

    def get_order_line(self, grant: Grant) -> str:
        return grant.source.removeprefix("order_line:")
