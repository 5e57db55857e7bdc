"""The whole job as a stranger's programs would do it: through the API over HTTP, with figures at each step."""

import hashlib
import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db.models import Sum

from accounts.models import Membership
from accounts.permissions import Scope
from accounts.services import people, tokens
from core.kit.figures import money
from labelhub.demo import pictures
from labelhub.demo.load import pay_on_hosted_page
from labelhub_cli.client import Client, Json
from payments.models import LedgerEntry

Say = Callable[[str], None]
PRICE, IMAGE_PRICE, CURRENCY = 4900, 150, "EUR"


class Failed(Exception):
    """A step gave another result than it must."""


class Journey:
    """A producer and a consumer who meet on the market; both are new each time."""

    def __init__(self, url: str, say: Say, folder: Path | None = None) -> None:
        self.url, self.say, self.folder = url, say, folder
        self.mark = uuid4().hex[:6]
        self.producer, self.consumer = self._person("producer"), self._person("consumer")

    def run(self) -> None:
        dataset = self._upload()
        offer = self._list(self._release(dataset))
        self._search(offer)
        order = self._buy(offer)
        self._download(offer)
        self._see_the_money(order)

    def _person(self, part: str) -> Client:
        user = people.create_user(email=f"{part}-{self.mark}@demo.test", password=uuid4().hex)
        seat = Membership.objects.of(user).get()
        _token, secret = tokens.create_token(membership=seat, name="make demo", scopes=Scope.values, expires_in=None)
        return Client(self.url, secret, seat.organization.slug)

    def _upload(self) -> Json:
        with self._pictures() as folder, _watch() as seconds:
            count = sum(1 for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
            dataset = self.producer.dataset(f"Demo {self.mark}", create=True)
            upload = self.producer.finished_upload(self.producer.upload(dataset, folder))
        took = seconds()
        dataset = self.producer.dataset(dataset["id"])
        self._expect(dataset["item_count"] > 0, "no image arrived")
        self.say(
            f"1 upload    {dataset['item_count']} of {count} images with {dataset['annotation_count']} labels "
            f"({upload['format']}) in {took:.1f} s: {dataset['item_count'] / took:.0f} images/s"
        )
        return dataset

    @contextmanager
    def _pictures(self) -> Iterator[Path]:
        if self.folder is not None:
            yield self.folder
            return
        with tempfile.TemporaryDirectory() as name:
            pictures.write_coins(Path(name))
            yield Path(name)

    def _release(self, dataset: Json) -> Json:
        with _watch() as seconds:
            version = self.producer.release(dataset, "First release.")
        self.say(
            f"2 release   version {version['number']}, manifest {version['manifest']['sha256']} in {seconds():.1f} s"
        )
        return version

    def _list(self, version: Json) -> Json:
        offer = self.producer.offer(
            version,
            license="commercial-training",
            price_minor=PRICE,
            image_price_minor=IMAGE_PRICE,
            currency=CURRENCY,
            title=f"Demo pictures {self.mark}",
            rights_attested=True,
        )
        self.say(
            f"3 list      {offer['title']} for {money(PRICE, CURRENCY)}, each image {money(IMAGE_PRICE, CURRENCY)}"
        )
        return offer

    def _search(self, offer: Json) -> None:
        with _watch() as seconds:
            found = self.consumer.search(q=self.mark, kind="dataset")
        ids = [each["id"] for each in found["results"]]
        self._expect(offer["id"] in ids, "the listing was not found")
        self.say(f"4 search    {found['total']} found in {seconds() * 1000:.0f} ms")

    def _buy(self, offer: Json) -> Json:
        order = self.consumer.order([offer["id"]], key=self.mark)
        again = self.consumer.order([offer["id"]], key=self.mark)
        self._expect(order["id"] == again["id"], "a repeated order became a second one")
        pay_on_hosted_page(order["payment_url"], email=f"consumer-{self.mark}@demo.test", name="Demo Consumer")
        order = self.consumer.paid_order(order)
        self._expect(order["state"] == "paid", f"the order is {order['state']}")
        self.say(f"5 buy       order {order['id']}: {money(order['total_minor'], CURRENCY)}, {order['state']}")
        return order

    def _download(self, offer: Json) -> None:
        project = self.consumer.project(f"Demo {self.mark}", create=True)
        self.consumer.add_purchases(project, [grant["id"] for grant in self.consumer.grants()])
        with tempfile.TemporaryDirectory() as name, _watch() as seconds:
            download = self.consumer.prepared_download(project, "coco")
            archive = self.consumer.fetch(download, Path(name) / "demo.zip")
            verified = verify(archive)
        self.say(
            f"6 download  {download['byte_size'] / 1e6:.1f} MB in {seconds():.1f} s, SHA-256 of the archive and of "
            f"{verified} files verified"
        )

    def _see_the_money(self, order: Json) -> None:
        (balance,) = self.producer.get(f"organizations/{self.producer.organization}/balance/")
        sale = next(self.producer.rows(f"organizations/{self.producer.organization}/sales/"))
        self._expect(sale["net_minor"] + sale["commission_minor"] == order["total_minor"], "the split does not add up")
        self._expect(balance["total"] == sale["net_minor"], "the balance is not the sale's net")
        self.say(
            f"7 income    {money(balance['total'], CURRENCY)} for the producer, "
            f"{money(sale['commission_minor'], CURRENCY)} commission"
        )
        for row in LedgerEntry.objects.values("account__currency").annotate(total=Sum("amount")).order_by():
            self._expect(row["total"] == 0, "the ledger does not sum to zero")
            self.say(f"8 ledger    all entries in {row['account__currency']} sum to {row['total']}")

    def _expect(self, held: bool, otherwise: str) -> None:
        if not held:
            raise Failed(otherwise)


def verify(archive: Path) -> int:
    """Check every file of an archive against its manifest; returns how many."""
    with zipfile.ZipFile(archive) as found:
        files: list[dict[str, Any]] = json.loads(found.read("manifest.json"))["files"]
        for file in files:
            if hashlib.sha256(found.read(file["path"])).hexdigest() != file["sha256"]:
                raise Failed(f"{file['path']} is not what the manifest says")
    return len(files)


@contextmanager
def _watch() -> Iterator[Callable[[], float]]:
    begun = time.perf_counter()
    yield lambda: time.perf_counter() - begun
