"""Who is in the demo, and what they sell. Descriptions say where pictures and labels really come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labelhub.demo import pictures

PASSWORD = "labelhub-demo"  # noqa: S105  # printed at every start: only the embedded stack loads the demo


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    part: str
    organization: str = ""
    about: str = ""


@dataclass(frozen=True)
class Listing:
    """A dataset and its offer. Prices are in minor units; without `image_price` it is sold whole only."""

    seller: str
    name: str
    description: str
    write: Callable[[Path], None]
    license: str
    price: int
    currency: str = "EUR"
    image_price: int | None = None


ADMIN = Person("admin@demo.test", "Ada", "Admin", "moderates in /admin/")
PRODUCERS = (
    Person("ana@demo.test", "Ana", "Silva", "sells datasets", "Studio Silva", "Photographs, boxed by hand."),
    Person("bo@demo.test", "Bo", "Lind", "sells datasets", "Lind Imaging", "Microscopy and sky surveys."),
)
BUYERS = (
    Person("cleo@demo.test", "Cleo", "Marsh", "buys and downloads", "Marsh Robotics"),
    Person("dev@demo.test", "Dev", "Rao", "buys and downloads", "Rao Research"),
)
PEOPLE = (ADMIN, *PRODUCERS, *BUYERS)

LISTINGS = (
    Listing(
        "bo@demo.test",
        "Handwritten digits, 400 scans",
        "400 digits written by 43 people, scanned to 8 x 8 pixels and enlarged sixteenfold. One tag each: the digit.",
        pictures.write_digits,
        "commercial-training",
        9900,
        image_price=60,
    ),
    Listing(
        "bo@demo.test",
        "Stained tissue tiles",
        "49 tiles of a colonic gland with brown immunohistochemical stain, tagged by the share of stained pixels "
        "after colour unmixing: strong, weak or none.",
        pictures.write_tissue,
        "evaluation",
        900,
    ),
    Listing(
        "ana@demo.test",
        "Brick, grass and gravel",
        "75 tiles of three surfaces, for texture classifiers. Cut with overlap from three CC0 photographs, so keep "
        "tiles of one photograph in one split.",
        pictures.write_textures,
        "cc0-1.0",
        0,
    ),
    Listing(
        "ana@demo.test",
        "Antique coins, boxed",
        "15 overlapping views of a tray of Greek coins from Pompeii. Boxes come from a threshold and were not "
        "checked by hand. Public domain photograph.",
        pictures.write_coins,
        "research",
        1800,
        image_price=200,
    ),
    Listing(
        "bo@demo.test",
        "Deep field: galaxies and stars",
        "20 views of the Hubble extreme deep field with 466 boxes. A blob detector drew the boxes; nobody checked "
        "them. Image by NASA and ESA, free to use.",
        pictures.write_galaxies,
        "research",
        3500,
        "USD",
        image_price=250,
    ),
    Listing(
        "ana@demo.test",
        "Everyday objects, boxed by hand",
        "Eight photographs, from an espresso cup to a rocket on its pad, with every object boxed by hand. The "
        "photographs are in the public domain or under CC BY 2.0.",
        pictures.write_scenes,
        "cc-by-4.0",
        2400,
        image_price=450,
    ),
)
