"""What the market keeps. Nothing public here names an organisation, only its pseudonym."""

from marketplace.models.offers import (
    SAMPLE_SHARE,
    TEXT_LANGUAGE,
    CartLine,
    CartLineQuerySet,
    MarketLabel,
    Offer,
    OfferQuerySet,
    OfferState,
    new_draw,
)
from marketplace.models.orders import Order, OrderLine, OrderLineQuerySet, OrderQuerySet, OrderState
from marketplace.models.refunds import (
    RefundLine,
    RefundLineQuerySet,
    RefundRequest,
    RefundRequestQuerySet,
    RefundRequestState,
)

__all__ = [
    "SAMPLE_SHARE",
    "TEXT_LANGUAGE",
    "CartLine",
    "CartLineQuerySet",
    "MarketLabel",
    "Offer",
    "OfferQuerySet",
    "OfferState",
    "Order",
    "OrderLine",
    "OrderLineQuerySet",
    "OrderQuerySet",
    "OrderState",
    "RefundLine",
    "RefundLineQuerySet",
    "RefundRequest",
    "RefundRequestQuerySet",
    "RefundRequestState",
    "new_draw",
]
