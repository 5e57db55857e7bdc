"""`make soak`, `make soak STEPS=1000000 SEED=7`: world after world, until a promise is broken or the steps are done."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import django
import psycopg
from psycopg.conninfo import make_conninfo

from labelhub.embedded.scratch import scratch_database

SERVER_URL = "LABELHUB_TEST_DATABASE_URL"
WORLD_STEPS = 500


def main() -> int:
    options = parse()
    with server() as url:
        name = f"simulation_{os.getpid()}"
        for database in (name, f"{name}_stripe"):
            execute(url, f"CREATE DATABASE {database}")
        try:
            return soak(make_conninfo(url, dbname=name), make_conninfo(url, dbname=f"{name}_stripe"), options)
        finally:
            for database in (name, f"{name}_stripe"):
                execute(url, f"DROP DATABASE {database} WITH (FORCE)")


def soak(product: str, sandbox: str, options: argparse.Namespace) -> int:
    found = psycopg.conninfo.conninfo_to_dict(product)
    os.environ["DATABASE_URL"] = "postgres://{user}:{password}@{host}:{port}/{dbname}".format(**found)
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings_test"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    simulator = import_module("labelhub.simulation.simulation")
    forget = import_module("labelhub.simulation.world").forget
    done, seed, began = 0, options.seed, time.perf_counter()
    while done < options.steps:
        steps = min(WORLD_STEPS, options.steps - done)
        try:
            with simulator.simulation(seed, sandbox) as run:
                run.run(steps)
        except simulator.Broken as broken:
            print(broken, file=sys.stderr)
            return 1
        forget()
        done += steps
        speed = done / (time.perf_counter() - began)
        print(f"{done} steps, {speed:.0f} steps/s, seed {seed} holds", flush=True)
        seed += 1
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


@contextmanager
def server() -> Iterator[str]:
    if SERVER_URL in os.environ:
        yield os.environ[SERVER_URL]
    else:
        with scratch_database() as url:
            yield url


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


if __name__ == "__main__":
    sys.exit(main())
