from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from labelhub.demo import load
from labelhub.demo.cast import PASSWORD, PEOPLE


class Command(BaseCommand):
    help = "Fill this installation with demo people, datasets, listings and sales."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when it was loaded before")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["if_empty"] and load.is_loaded()):
            load.load(self.stdout.write)
        self.stdout.write(f"\nDemo logins, all with the password {PASSWORD}:")
        for person in PEOPLE:
            self.stdout.write(f"  {person.email:20} {person.part}")
