"""What the market has against deleting an organisation: what was sold or bought has to stay traceable."""

from django.utils.translation import gettext as _

from accounts import closing
from accounts.models import Organization
from marketplace.models import Order, OrderLine


@closing.obstacle
def sold(organization: Organization) -> str:
    if not OrderLine.objects.sales_of(organization).exists():
        return ""
    return _("It sold to others, whose licences refer to it. Withdraw its listings instead; nobody finds it then.")


@closing.obstacle
def bought(organization: Organization) -> str:
    if not Order.objects.for_organization(organization).exists():
        return ""
    return _("It placed orders, and their records have to be kept.")
