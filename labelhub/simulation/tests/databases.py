"""A database for the sandbox's state, beside the worker's own."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier


@pytest.fixture(scope="session")
def sandbox_database(django_db_setup: None) -> Iterator[str]:
    found = connection.settings_dict
    name = f"{found['NAME']}_stripe"
    server = make_conninfo(
        host=found["HOST"], port=found["PORT"] or None, user=found["USER"] or None, password=found["PASSWORD"] or None
    )
    with psycopg.connect(server, dbname="postgres", autocommit=True) as admin:
        gone = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        admin.execute(gone)
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield make_conninfo(server, dbname=name)
        admin.execute(gone)
