"""Fills an empty installation with people, datasets, listings and sales, all through the product's own services."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from django.db import transaction

from accounts.models import Organization, User
from accounts.services import organizations, people
from core import audit
from core.models import AuditEntry
from datasets.models import Dataset, DatasetVersion
from datasets.services import datasets, uploads, versions
from jobs import runner
from jobs.models import Job
from labelhub.demo.cast import ADMIN, BUYERS, LISTINGS, PASSWORD, PEOPLE, Listing, Person
from licensing.models import License
from marketplace.models import Offer, Order
from marketplace.services import offers, orders

Say = Callable[[str], None]
LOADED = "demo.loaded"
TEST_CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}


def is_loaded() -> bool:
    return AuditEntry.objects.filter(verb=LOADED).exists()


def load(say: Say) -> None:
    """Everything of the demo. Run again after an interruption, it goes on where it stopped."""
    cast = {person.email: _join(person) for person in PEOPLE}
    for listing in LISTINGS:
        seller, organization = cast[listing.seller]
        _list(listing, seller, organization, say)
    for person, wishes in _baskets():
        _buy(person, *cast[person.email], wishes, say)
    audit.record(actor=None, verb=LOADED, subject=cast[ADMIN.email][0])


def _join(person: Person) -> tuple[User, Organization]:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = _create(person)
    seats = user.memberships.select_related("organization").order_by("organization__is_personal", "id")
    seat = seats.first()
    assert seat is not None  # noqa: S101  # everyone has a personal organisation
    return user, seat.organization


@transaction.atomic
def _create(person: Person) -> User:
    user = people.create_user(
        email=person.email, password=PASSWORD, first_name=person.first_name, last_name=person.last_name
    )
    if person is ADMIN:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    if person.organization:
        organizations.create_organization(actor=user, name=person.organization, about=person.about)
    return user


def _list(listing: Listing, seller: User, organization: Organization, say: Say) -> None:
    dataset = Dataset.objects.for_organization(organization).filter(name=listing.name).first()
    if dataset is None:
        say(f"Uploading “{listing.name}”")
        dataset = _upload(listing, seller, organization)
    version = dataset.versions.released().first() or _release(dataset, seller)
    if not Offer.objects.for_organization(organization).filter(version=version).exists():
        offers.list_version(
            actor=seller,
            organization=organization,
            version=version,
            license_=License.objects.offered().get(code=listing.license),
            price_minor=listing.price,
            currency=listing.currency,
            title=listing.name,
            description=listing.description,
            image_price_minor=listing.image_price,
            attested=True,
        )


def _upload(listing: Listing, seller: User, organization: Organization) -> Dataset:
    dataset = datasets.create_dataset(
        organization=organization, actor=seller, name=listing.name, description=listing.description
    )
    upload = uploads.open_upload(dataset=dataset, actor=seller)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        listing.write(root)
        for path in sorted(found for found in root.rglob("*") if found.is_file()):
            with path.open("rb") as stream:
                uploads.receive_file(upload=upload, name=path.relative_to(root).as_posix(), stream=stream)
    upload = uploads.start_upload(upload=upload, actor=seller)
    _finish(upload.job)
    return dataset


def _release(dataset: Dataset, seller: User) -> DatasetVersion:
    version = versions.release_version(dataset=dataset, actor=seller, notes="First release.")
    _finish(version.job)
    version.refresh_from_db()
    return version


def _baskets() -> list[tuple[Person, list[str]]]:
    """Who buys which datasets; each basket is one order in one currency."""
    cleo, dev = BUYERS
    return [
        (cleo, ["Everyday objects, boxed by hand", "Handwritten digits, 400 scans"]),
        (cleo, ["Deep field: galaxies and stars"]),
        (dev, ["Antique coins, boxed", "Stained tissue tiles"]),
        (dev, ["Brick, grass and gravel"]),
        (dev, ["Handwritten digits, 400 scans"]),
    ]


def _buy(person: Person, buyer: User, organization: Organization, titles: list[str], say: Say) -> None:
    found = list(Offer.objects.on_market().with_goods().filter(asset=None, title__in=titles).order_by("id"))
    key = "demo:" + "|".join(titles)
    before = Order.objects.for_organization(organization).filter(idempotency_key=key).first()
    order = before or orders.place_order(actor=buyer, organization=organization, offers=found, key=key)
    if order.total_minor and order.paid_at is None:
        checkout = orders.open_payment(actor=buyer, order=order)
        pay_on_hosted_page(checkout.url, email=person.email, name=f"{person.first_name} {person.last_name}")
        orders.check_payment(order=order)
    say(f"{person.first_name} bought {', '.join(f'“{title}”' for title in titles)}")


def pay_on_hosted_page(url: str, *, email: str, name: str) -> None:
    """What a buyer does in the sandbox's page, with its card that always works."""
    with httpx.Client(timeout=30) as browser:
        form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(url).text)
        token = form.group(1) if form else ""
        answer = browser.post(url, data={**TEST_CARD, "csrfmiddlewaretoken": token, "email": email, "name": name})
    if answer.status_code >= 400:
        raise RuntimeError(f"the payment page answered {answer.status_code}")


def _finish(job: Job | None) -> None:
    """Do a job here unless a worker already has it; return once it has ended."""
    assert job is not None  # noqa: S101  # the services that start jobs set it
    runner.run(job.pk)
    while job.is_active:
        time.sleep(0.2)
        job.refresh_from_db()
    if job.error:
        raise RuntimeError(str(job.error.get("message")))
