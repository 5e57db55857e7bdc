"""The check against Stripe's test mode, tried against the sandbox, since no key of Stripe's is at hand."""

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from payments.tests.sandbox import KEY, Sandbox

pytestmark = pytest.mark.django_db


def _run(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    call_command("stripe_check")
    said = capsys.readouterr()
    return said.out, said.err


def test_it_passes_against_what_speaks_stripes_api(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", KEY)
    monkeypatch.setenv("STRIPE_CHECK_BASE", sandbox.url)
    out, err = _run(capsys)
    assert err == ""
    assert out.count("ok      ") == 9
    assert "a transfer to it is refused" in out


def test_what_is_broken_ends_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", KEY)
    monkeypatch.setenv("STRIPE_CHECK_BASE", sandbox.url)
    sandbox.fail("/v2/core/accounts", "error_before", times=9)
    with pytest.raises(SystemExit):
        call_command("stripe_check")
    assert "FAILED" in capsys.readouterr().err


def test_without_a_key_it_says_so_in_one_line_and_a_live_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STRIPE_TEST_KEY", raising=False)
    out, err = _run(capsys)
    assert (out.startswith("Skipped: STRIPE_TEST_KEY is not set"), out.count("\n"), err) == (True, 1, "")
    monkeypatch.setenv("STRIPE_TEST_KEY", "sk_live_" + "never")
    with pytest.raises(SystemExit):
        call_command("stripe_check")
    assert "Refused" in capsys.readouterr().err
