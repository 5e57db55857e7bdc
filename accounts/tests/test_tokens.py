from datetime import timedelta

import pytest

from accounts.models import ApiToken, Membership
from accounts.permissions import Scope
from accounts.rules.secrets import hash_of
from accounts.services import tokens
from accounts.tests.factories import MembershipFactory, token_for
from core.errors import Conflict, Invalid, TooMany

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat() -> Membership:
    return MembershipFactory()


def _create(seat: Membership, life: timedelta | None = None) -> str:
    return tokens.create_token(membership=seat, name="x", scopes=[Scope.READ], expires_in=life)[1]


def test_only_the_hash_and_a_recognisable_start_are_kept(seat: Membership) -> None:
    secret = _create(seat)
    token = ApiToken.objects.get()
    assert len(secret) == len("lh_") + 40
    assert (token.prefix, token.token_hash) == (secret[:11], hash_of(secret))
    assert secret not in str(vars(token))


@pytest.mark.parametrize("life", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
def test_a_life_is_at_most_a_year(seat: Membership, life: timedelta) -> None:
    with pytest.raises(Invalid):
        _create(seat, life)


def test_making_them_is_limited_by_the_hour(seat: Membership) -> None:
    for _token in range(tokens.MADE_PER_HOUR):
        _create(seat)
    with pytest.raises(TooMany):
        _create(seat)


def test_nobody_hoards_tokens(seat: Membership) -> None:
    for _token in range(tokens.MOST_KEPT):
        token_for(seat)
    with pytest.raises(Conflict, match="Revoke one"):
        _create(seat)


def test_revoking_twice_counts_once(seat: Membership) -> None:
    token, _secret = token_for(seat)
    tokens.revoke_token(actor=seat.user, token=token)
    before = ApiToken.objects.get().revoked_at
    tokens.revoke_token(actor=seat.user, token=token)
    assert ApiToken.objects.get().revoked_at == before
