"""How often an offer was sold, as cards show it and the market sorts by it: counted soon after, not within, a sale.

The count stands in the row that all search indexes cover, so writing it costs more than all the rest of a large order.
"""

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from marketplace.models import Offer, Order, OrderLine

BATCH = 100


def count_sales() -> int:
    """Count anew what the orders that were paid or refunded since bought. Returns how many orders."""
    counted = more = _count_some()
    while more == BATCH:
        counted += (more := _count_some())
    return counted


@transaction.atomic
def _count_some() -> int:
    """The orders' locks keep refunds away and the offers' locks other counts, so nothing older is written last."""
    waiting = Order.objects.to_count().order_by("pk").select_for_update(no_key=True, skip_locked=True)
    orders = list(waiting.values_list("pk", flat=True)[:BATCH])
    offers = Offer.objects.filter(pk__in=OrderLine.objects.filter(order__in=orders).values("offer"))
    list(offers.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    sold = OrderLine.objects.sold().filter(offer=OuterRef("pk")).order_by().values("offer")
    offers.update(sold_count=Coalesce(Subquery(sold.annotate(count=Count("pk")).values("count")), 0))
    return Order.objects.filter(pk__in=orders).update(sales_counted=True)
