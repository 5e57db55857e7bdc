from django.utils.translation import gettext_noop

from jobs.registry import job, periodic
from marketplace import image_offers
from marketplace.services import orders, paid, sold_counts

job("marketplace.list_images", title=gettext_noop("List images on the market"))(image_offers.run)


@periodic("marketplace.expire_abandoned", seconds=3600)
def expire_abandoned() -> None:
    orders.expire_abandoned()


@periodic("marketplace.return_owed", seconds=3600)
def return_owed() -> None:
    paid.return_owed()


@periodic("marketplace.count_sales", seconds=60)
def count_sales() -> None:
    sold_counts.count_sales()
