import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.demo.journey import Failed, Journey
from labelhub_cli.client import Refused

SAMPLES = (os.environ.get("LABELHUB_SAMPLE_DATA", ""), str(settings.BASE_DIR.parent / "shared" / "data"))


class Command(BaseCommand):
    help = "The whole job on real images, without a browser: upload, release, list, search, buy, download, ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="Labelled images in a known format")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Journey(settings.SITE_URL, self.stdout.write, options["folder"] or _samples()).run()
        except (Failed, Refused) as error:
            raise CommandError(str(error)) from error


def _samples() -> Path | None:
    """The sample photographs of blood cells where they are at hand; else the packages' own pictures are used."""
    found = (Path(root) / "images" / "bccd" for root in SAMPLES if root)
    return next((path for path in found if path.is_dir()), None)
