"""One embedded PostgreSQL for the run, unless a test server is named; each worker has its own database."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any

import dj_database_url
import pytest
from celery import current_app
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from labelhub.embedded.scratch import scratch_broker, scratch_database

pytest_plugins = ["payments.tests.sandbox"]

SERVER_URL = "LABELHUB_TEST_DATABASE_URL"
OF_MIGRATE = {"django_content_type", "auth_permission"}  # emptied, they would be filled with the same rows again
_opened = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands out the tests starts the server; its workers inherit the address."""
    if SERVER_URL not in os.environ and not config.option.collectonly:
        os.environ[SERVER_URL] = _opened.enter_context(scratch_database())


def pytest_unconfigure() -> None:
    _opened.close()


# A busy machine draws examples slowly; that says nothing about the code.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    found = dj_database_url.parse(os.environ[SERVER_URL])
    settings.DATABASES["default"].update({key: found[key] for key in ("HOST", "PORT", "USER", "PASSWORD")})


@pytest.fixture(autouse=True, scope="session")
def _ledger_can_be_emptied() -> Iterator[None]:
    """Tests that commit empty every table afterwards, which the append-only ledger refuses to anybody else.

    Row by row: TRUNCATE makes new files for each table and index, and the tables hold next to nothing.
    """

    def delete_all(operations: DatabaseOperations, _style: object, tables: Sequence[str], **_: object) -> list[str]:
        return [f"DELETE FROM {operations.quote_name(table)}" for table in tables if table not in OF_MIGRATE]  # noqa: S608  # our tables

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(operations: DatabaseOperations, statements: Sequence[str]) -> None:
        flush(operations, ["SET LOCAL session_replication_role = replica", *statements])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete_all)
        patch.setattr(DatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Neither limits of what may be asked how often, nor answers kept for a while."""
    cache.clear()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A real Redis of the test's own."""
    with scratch_broker() as url:
        yield url


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
            while True:
                message = queue.get(block=False)
                message.ack()
                yield message.headers["task"], message.decode()[1]
