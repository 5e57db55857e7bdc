"""S10: one order of 10,000 single images from 100 sellers: seconds to place it, to fulfil it once paid, peak memory.

Placing is everything up to the payment page; fulfilling is what the payment's event sets off, in one transaction:
ledger, licences, mails. Each repeat is another buyer's, so that nothing is there already. How often the offers were
sold is counted by a chore within a minute; how long that takes is told too.
"""

import os
import resource
import secrets
import statistics
import subprocess
import sys
import time
from typing import Any

from django.db.models import Count, Sum

from accounts.models import Organization, User
from accounts.services import organizations
from labelhub.embedded.programs import ROOT
from licensing.models import Grant
from marketplace.models import Offer, Order, OrderState
from marketplace.services import orders, sold_counts
from marketplace.services.fulfilment import order_paid
from payments import invariants
from payments.models import EntryPart, LedgerEntry

LINES, SELLERS, MARKET = 10_000, 100, 100_000
REPEATS = 5
CURRENCY = "EUR"


def run() -> list[dict[str, Any]]:
    subprocess.run([sys.executable, "-m", "benchmarks.market_data", str(MARKET)], cwd=ROOT, env=os.environ, check=True)
    offers = _chosen()
    before = _peak_megabytes()
    timed = [_bought(offers) for _repeat in range(REPEATS)]
    began = time.perf_counter()
    sold_counts.count_sales()
    counted = time.perf_counter() - began
    if not all(finding.holds for finding in invariants.check()):
        raise RuntimeError("the books do not add up")
    placing, fulfilling = (statistics.median(column) for column in zip(*timed, strict=True))
    sellers = len({offer.organization_id for offer in offers})
    return [
        {
            "id": "S10",
            "name": f"an order of {len(offers):,} lines from {sellers} sellers",
            "ours": round(placing + fulfilling, 2),
            "reference": 3,
            "unit": "s",
            "ratio": round((placing + fulfilling) / 3, 2),
            "goal": "<= 3 s, one transaction, sums exact",
            "against": "the goal itself",
            "conditions": f"placed in {placing:.2f} s, fulfilled in {fulfilling:.2f} s, median of {REPEATS}; "
            f"all sums exact; counting the sales of all {REPEATS} afterwards took {counted:.1f} s; "
            f"peak memory {_peak_megabytes():.0f} MB, {_peak_megabytes() - before:.0f} MB of it for the orders",
        }
    ]


def _chosen() -> list[Offer]:
    """The same number of priced single images of each seller."""
    single = Offer.objects.single_items().filter(currency=CURRENCY, price_minor__gt=0).with_goods()
    each = LINES // SELLERS
    stocked = single.values("organization").annotate(count=Count("pk")).filter(count__gte=each).values("organization")
    sellers = Organization.objects.filter(pk__in=stocked).order_by("pk")[:SELLERS]
    found = [offer for seller in sellers for offer in single.filter(organization=seller).order_by("pk")[:each]]
    if len(found) != LINES:
        raise RuntimeError(f"the market has only {len(found):,} such offers")
    return found


def _bought(offers: list[Offer]) -> tuple[float, float]:
    actor, organization = _buyer()
    began = time.perf_counter()
    order = orders.place_order(actor=actor, organization=organization, offers=offers, key=secrets.token_hex(8))
    placed = time.perf_counter()
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)
    done = time.perf_counter()
    if Order.objects.get(pk=order.pk).state != OrderState.PAID:
        raise RuntimeError("the order was not fulfilled")
    _check_sums(order)
    return placed - began, done - placed


def _check_sums(order: Order) -> None:
    """Lines, licences and books say the same of every minor unit."""
    lines = order.lines.aggregate(price=Sum("price_minor"), commission=Sum("commission_minor"), count=Count("pk"))
    granted = Grant.objects.for_organization(order.organization).aggregate(price=Sum("price_minor"), count=Count("pk"))
    books = LedgerEntry.objects.filter(transaction__key=f"sale:order:{order.public_id}").totals_by_part()
    wanted = {EntryPart.CHARGE: -order.total_minor, EntryPart.SALE: order.total_minor, EntryPart.COMMISSION: 0}
    if (
        lines != {"price": order.total_minor, "commission": order.commission_minor, "count": order.line_count}
        or granted != {"price": order.total_minor, "count": order.line_count}
        or books != {(order.currency, part.value): total for part, total in wanted.items()}
    ):
        raise RuntimeError("the sums differ")


def _buyer() -> tuple[User, Organization]:
    actor = User.objects.create_user(f"buyer-{secrets.token_hex(4)}@example.test")
    return actor, organizations.create_organization(actor=actor, name="Large buyer")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
