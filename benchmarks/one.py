"""`python -m benchmarks.one NAME`: runs one benchmark here and now, and prints its figures as JSON lines."""

import importlib
import json
import sys

import django


def main(name: str) -> None:
    django.setup()
    for row in importlib.import_module(f"benchmarks.{name}").run():
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
