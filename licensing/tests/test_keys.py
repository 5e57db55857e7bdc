"""What foreign keys promise, kept once per statement: see core.keys."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import UserFactory
from core.models import new_public_id
from datasets.models import Asset
from datasets.tests.factories import AssetFactory
from licensing.models import Grant
from licensing.tests.factories import GrantFactory

KEYS = {
    "organization_id": "accounts_organization",
    "licensor_id": "accounts_organization",
    "license_id": "licensing_license",
    "manifest_id": "datasets_manifest",
    "asset_id": "datasets_asset",
    "granted_by_id": "accounts_user",
}


def granted() -> Grant:
    return GrantFactory(asset=AssetFactory(), granted_by=UserFactory())


def another_like(grant: Grant, **changed: Any) -> Grant:
    values = {field.attname: getattr(grant, field.attname) for field in Grant._meta.concrete_fields}
    return Grant(**{**values, "id": None, "public_id": new_public_id(), "source": "another", **changed})


def remove(table: str, key: int) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [key])  # noqa: S608  # our own tables
    finally:
        if not connection.in_atomic_block:
            connection.close()


@pytest.mark.django_db
@pytest.mark.parametrize("column", KEYS)
def test_a_grant_names_only_what_is_there(column: str) -> None:
    with pytest.raises(IntegrityError, match=f"{column} names a row that {KEYS[column]} has not"):
        another_like(granted(), **{column: 0}).save()


@pytest.mark.django_db
@pytest.mark.parametrize("column", sorted(KEYS.keys() - {"license_id", "manifest_id"}))
def test_what_a_grant_names_is_not_removed(column: str) -> None:
    with pytest.raises(IntegrityError, match=f"{KEYS[column]} is named by {column} of licensing_grant"):
        remove(KEYS[column], getattr(granted(), column))


@pytest.mark.django_db
def test_what_no_grant_names_is_removed() -> None:
    granted()
    remove("datasets_asset", AssetFactory().pk)
    assert Asset.objects.count() == 1


@pytest.mark.django_db
def test_who_granted_may_be_forgotten_but_not_replaced() -> None:
    grant = granted()
    with pytest.raises(IntegrityError, match="the keys of licensing_grant stay"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(granted_by=UserFactory())
    assert Grant.objects.filter(pk=grant.pk).update(granted_by=None) == 1


@pytest.mark.django_db(transaction=True)
def test_a_removal_waits_for_a_grant_that_is_being_written() -> None:
    first, asset = GrantFactory(), AssetFactory()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            another_like(first, asset_id=asset.pk).save()
            removal = pool.submit(remove, "datasets_asset", asset.pk)
            while not removal.done() and not someone_waits():
                pass
        with pytest.raises(IntegrityError, match="is named by asset_id"):
            removal.result()
    assert Grant.objects.get(source="another").asset == asset


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_grant_waits_for_a_removal_that_is_under_way() -> None:
    first, asset = GrantFactory(), AssetFactory()

    def grant_it() -> None:
        try:
            another_like(first, asset_id=asset.pk).save()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            remove("datasets_asset", asset.pk)
            grant = pool.submit(grant_it)
            while not grant.done() and not someone_waits():
                pass
        with pytest.raises(IntegrityError, match="names a row"):
            grant.result()
