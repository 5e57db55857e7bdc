from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from core import audit, idempotency
from core.errors import Invalid
from core.idempotency import idempotent
from core.models import AuditEntry, IdempotencyRecord


class Placing(APIView):
    """Leaves an audit entry as its effect; stops in the middle when told to."""

    entered, proceed = Event(), Event()

    @idempotent
    def post(self, request: Request) -> Response:
        assert isinstance(request.user, AbstractBaseUser)
        assert isinstance(request.data, dict)
        audit.record(actor=request.user, verb="test.placed", subject=request.user)
        if request.data.get("refuse"):
            raise Invalid("No.")
        if request.data.get("hold"):
            self.entered.set()
            assert self.proceed.wait(20)
        return Response({"total": request.data.get("total"), "number": str(uuid4())}, status=201)


def _person() -> AbstractBaseUser:
    return get_user_model().objects.create_user(email=f"{uuid4()}@example.test")


def _post(user: AbstractBaseUser, body: dict[str, Any], key: str = "", path: str = "/orders") -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    request = APIRequestFactory().post(path, body, format="json", headers=headers)
    force_authenticate(request, user)
    return Placing.as_view()(request)


@pytest.fixture
def user(db: None) -> AbstractBaseUser:
    return _person()


def _effects() -> int:
    return AuditEntry.objects.filter(verb="test.placed").count()


def test_a_repeat_gets_the_first_answer_and_has_no_effect(user: AbstractBaseUser) -> None:
    first, second = _post(user, {"total": 5, "note": "x"}, "k1"), _post(user, {"note": "x", "total": 5}, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert second.headers["Idempotent-Replayed"] == "true"
    assert _effects() == 1


def test_the_same_key_for_another_body_or_address_is_refused(user: AbstractBaseUser) -> None:
    _post(user, {"total": 5}, "k1")
    for other in (_post(user, {"total": 6}, "k1"), _post(user, {"total": 5}, "k1", "/other")):
        assert other.status_code == 409
        assert other.data["error"]["code"] == "idempotency_key_reused"
    assert _effects() == 1


def test_keys_of_two_people_do_not_meet(user: AbstractBaseUser) -> None:
    assert _post(user, {}, "k1").data != _post(_person(), {}, "k1").data
    assert _effects() == 2


def test_without_a_key_every_request_counts(user: AbstractBaseUser) -> None:
    _post(user, {})
    _post(user, {})
    assert _effects() == 2


def test_a_refusal_leaves_nothing_and_the_key_stays_free(user: AbstractBaseUser) -> None:
    assert _post(user, {"refuse": True}, "k1").status_code == 400
    assert _effects() == 0
    assert _post(user, {"refuse": False}, "k1").status_code == 201


def test_a_key_that_is_too_long_is_named(user: AbstractBaseUser) -> None:
    answer = _post(user, {}, "k" * 256)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.data["error"]["fields"]


@pytest.fixture
def release_the_handler() -> Iterator[None]:
    yield
    Placing.proceed.set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("release_the_handler")
def test_a_twin_sent_meanwhile_is_told_to_wait_and_acts_never() -> None:
    user = _person()
    answers: list[Response] = []

    def first() -> None:
        answers.append(_post(user, {"hold": True}, "k1"))
        connection.close()

    running = Thread(target=first)
    running.start()
    assert Placing.entered.wait(20)
    twin = _post(user, {"hold": True}, "k1")
    assert twin.status_code == 409
    assert twin.data["error"]["code"] == "idempotency_in_progress"
    Placing.proceed.set()
    running.join(20)
    assert _post(user, {"hold": True}, "k1").data == answers[0].data
    assert _effects() == 1


def test_old_answers_are_purged_and_young_ones_kept(user: AbstractBaseUser) -> None:
    _post(user, {}, "old")
    IdempotencyRecord.objects.update(created_at=timezone.now() - idempotency.KEPT_FOR - timedelta(minutes=1))
    _post(user, {}, "young")
    assert idempotency.purge_expired() == 1
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]
