from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.tests.factories import OrganizationFactory, UserFactory
from core.errors import Invalid
from core.models import AuditEntry
from licensing import services
from licensing.models import Grant, License, Revocation
from licensing.services import GrantRequest
from licensing.tests.factories import GrantFactory, ManifestFactory, offered

pytestmark = pytest.mark.django_db


def _request(source: str = "order_line:1", code: str = "research") -> GrantRequest:
    return GrantRequest(
        source=source,
        organization=OrganizationFactory(),
        licensor=OrganizationFactory(),
        license=offered(code),
        manifest_id=ManifestFactory().pk,
        asset_id=None,
        title="Blood cells",
        price_minor=500,
        currency="EUR",
    )


def test_the_catalogue_offers_presets_and_open_licences() -> None:
    offered()
    codes = set(License.objects.offered().values_list("code", flat=True))
    assert {"evaluation", "research", "commercial-training", "cc0-1.0", "cc-by-4.0", "odbl-1.0", "mit"} <= codes


def test_a_grant_freezes_terms_and_is_made_once() -> None:
    request = _request()
    first = services.grant(actor=None, request=request)
    again = services.grant(actor=None, request=request)
    assert first == again
    assert first.terms == request.license.terms
    assert AuditEntry.objects.filter(verb="grants.made").count() == 1


def test_many_grants_take_as_many_queries_as_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    requests = [_request(f"order_line:{n}") for n in range(60)]
    with django_assert_max_num_queries(8):
        assert services.grant_all(actor=None, requests=requests) == 60
    assert set(Grant.objects.values_list("source", flat=True)) == {request.source for request in requests}


def test_an_evaluation_grant_ends_after_30_days() -> None:
    grant = services.grant(actor=None, request=_request(code="evaluation"))
    assert list(Grant.objects.in_force()) == [grant]
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert not Grant.objects.in_force().exists()


def test_revoking_adds_a_record_and_keeps_the_first_reason() -> None:
    grant = GrantFactory()
    services.revoke(actor=None, grant=grant, reason="refunded")
    services.revoke(actor=None, grant=grant, reason="again")
    assert Revocation.objects.get().reason == "refunded"
    assert not Grant.objects.in_force().exists()
    assert Grant.objects.filter(pk=grant.pk).exists()


@pytest.mark.parametrize("change", [{"price_minor": 1}, {"terms": {}}, {"title": "Other"}])
def test_a_grant_never_changes(change: dict[str, object]) -> None:
    grant = GrantFactory()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(**change)


def test_a_grant_is_never_deleted_but_a_person_may_be() -> None:
    person = UserFactory()
    grant = GrantFactory(granted_by=person)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        grant.delete()
    person.delete()
    grant.refresh_from_db()
    assert grant.granted_by is None


def test_a_licence_text_never_changes_but_may_be_retired() -> None:
    license_ = offered()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        License.objects.filter(pk=license_.pk).update(text="Anything goes")
    assert License.objects.filter(pk=license_.pk).update(retired_at=timezone.now()) == 1


def test_an_spdx_licence_is_written_down_on_first_use() -> None:
    offered()
    first = services.open_license(spdx_id="o-uda-1.0")
    assert (first.spdx_id, first.preset, first.url) == ("O-UDA-1.0", "open", "https://spdx.org/licenses/O-UDA-1.0.html")
    assert services.open_license(spdx_id="O-UDA-1.0") == first
    assert services.open_license(spdx_id="CC-BY-4.0").title == "Creative Commons Attribution 4.0"


def test_what_is_no_spdx_id_is_refused() -> None:
    with pytest.raises(Invalid, match="not a licence of the SPDX list"):
        services.open_license(spdx_id="do what you like")
