"""What a payee sees: how they stand and why, the way to the hosted page, the statement, the payouts."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Organization
from accounts.permissions import Role
from accounts.tests.factories import PASSWORD, MembershipFactory
from payments.models import (
    BankPayout,
    Concern,
    Earning,
    LedgerAccount,
    Payee,
    PayoutRun,
    PayoutRunState,
    Transfer,
)
from payments.payout_pages import statement
from payments.payout_pages.requirements import in_words
from payments.services import checkouts, payouts, reconciliation
from payments.standing import Reason
from payments.tests.conftest import Goods
from payments.tests.payees import begun_payee, pass_hold, pay_out, ready_payee, sold, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
PAGES = ("payouts", "statement", "statement_export", "history", "bank_payouts", "history_export")


@pytest.fixture
def seat(db: None) -> Membership:
    found: Membership = MembershipFactory()
    return found


@pytest.fixture
def seller(seat: Membership) -> Organization:
    return seat.organization


def _client(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def _proved(seat: Membership) -> Client:
    """Signed in, and has just given the password once more."""
    client = _client(seat)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def _address(organization: Organization, page: str = "payouts", *more: str) -> str:
    return reverse(f"payouts:{page}", args=[organization.slug, *more])


def _read(client: Client, organization: Organization, page: str = "payouts", *more: str, **query: str) -> str:
    answer = client.get(_address(organization, page, *more), query, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.getvalue().decode().replace("\N{NO-BREAK SPACE}", " ").split())


def _set_up(client: Client, organization: Organization, country: str = "DE") -> str:
    """The address it leads to, or the words of the page that comes instead."""
    answer = client.post(_address(organization, "set_up"), {"country": country})
    return answer.headers.get("Location") or answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_strangers_find_nothing_and_roles_without_money_are_refused(seller: Organization, page: str) -> None:
    assert _client(MembershipFactory()).get(_address(seller, page)).status_code == 404
    for role, status in ((Role.VIEWER, 403), (Role.EDITOR, 403), (Role.FINANCE, 200), (Role.ADMIN, 200)):
        assert (
            _client(MembershipFactory(organization=seller, role=role)).get(_address(seller, page)).status_code == status
        )


def test_the_rail_leads_to_payouts_for_those_who_see_money(seat: Membership, seller: Organization) -> None:
    viewer = MembershipFactory(organization=seller, role=Role.VIEWER)
    assert f'href="{_address(seller)}"' in _client(seat).get(f"/o/{seller.slug}/").content.decode()
    assert f'href="{_address(seller)}"' not in _client(viewer).get(f"/o/{seller.slug}/").content.decode()


def test_before_the_first_sale_each_page_says_what_belongs_there(seat: Membership, seller: Organization) -> None:
    client = _client(seat)
    assert "Nothing earned yet" in _read(client, seller)
    assert "No line here yet" in _read(client, seller, "statement")
    assert "No payout yet" in _read(client, seller, "history")
    assert "Nothing has gone to your bank yet" in _read(client, seller, "bank_payouts")


def test_setting_up_asks_who_one_is_then_opens_the_hosted_page(
    sandbox: Sandbox, seat: Membership, seller: Organization
) -> None:
    client = _client(seat)
    assert "cannot be changed later" in _read(client, seller)
    first = client.post(_address(seller, "set_up"), {"country": "FR"})
    assert reverse("account_reauthenticate") in first["Location"]
    assert not Payee.objects.exists()
    answer = client.post(first["Location"], {"password": PASSWORD, "next": _address(seller, "set_up")})
    assert answer["Location"].startswith(sandbox.url)
    payee = Payee.objects.get()
    assert (payee.country, payee.state) == ("FR", "incomplete")


def test_setting_up_twice_is_one_account(sandbox: Sandbox, seat: Membership, seller: Organization) -> None:
    client = _proved(seat)
    assert _set_up(client, seller, "DE").startswith(sandbox.url)
    assert _set_up(client, seller, "FR").startswith(sandbox.url)
    assert Payee.objects.get().country == "DE"
    assert len(sandbox.client.v1.accounts.list().data) == 1
    page = _read(client, seller)
    assert "Germany" in page
    assert 'name="country"' not in page
    assert "Give the missing details" in page


@pytest.mark.parametrize("country", ["", "KP", "nowhere"])
def test_a_country_that_payouts_do_not_reach_is_said_beside_the_field(
    sandbox: Sandbox, seat: Membership, seller: Organization, country: str
) -> None:
    page = _set_up(_proved(seat), seller, country)
    assert 'id="id_country_error"' in page
    assert not Payee.objects.exists()


def test_when_the_service_is_down_the_form_says_so_and_works_later(
    sandbox: Sandbox, seat: Membership, seller: Organization
) -> None:
    client = _proved(seat)
    sandbox.fail("/v2/core/accounts", "error_before", times=3)
    page = _set_up(client, seller)
    assert "One thing needs to change" in page
    assert "does not answer" in page
    while not (answer := _set_up(client, seller)).startswith(sandbox.url):
        assert "One thing needs to change" in answer
    assert len(sandbox.client.v1.accounts.list().data) == 1


def test_a_role_that_only_sees_money_has_no_button(seller: Organization, sandbox: Sandbox) -> None:
    """Every role that sees money may manage it; a stranger and a viewer cannot post."""
    viewer = MembershipFactory(organization=seller, role=Role.VIEWER)
    assert _client(viewer).post(_address(seller, "set_up"), {"country": "DE"}).status_code == 403
    assert _client(MembershipFactory()).post(_address(seller, "set_up"), {"country": "DE"}).status_code == 404
    assert _client(viewer).get(_address(seller, "payouts_continue")).status_code == 403


def test_coming_back_refreshes_and_says_how_it_stands(sandbox: Sandbox, seat: Membership, seller: Organization) -> None:
    client, payee = _client(seat), begun_payee(seller)
    sandbox.onboard(str(payee.stripe_id), "restricted")
    page = _read(client, seller, returned="1")
    assert "Still missing" in page
    assert "A photo of your passport or identity card" in page
    sandbox.onboard(str(payee.stripe_id))
    assert "Ready to be paid" in _read(client, seller, returned="1")
    sandbox.fail("/v1/accounts/*", "error_before", times=9)
    assert "does not answer" in _read(client, seller, returned="1")


def test_a_rejected_account_says_so_and_offers_nothing_that_would_fail(
    sandbox: Sandbox, seat: Membership, seller: Organization
) -> None:
    payee = begun_payee(seller)
    sandbox.onboard(str(payee.stripe_id), "rejected")
    client = _proved(seat)
    page = _read(client, seller, returned="1")
    assert "does not pay this account" in page
    assert _address(seller, "set_up") not in page
    assert "rejected this account for good" in _set_up(client, seller)


def test_a_used_link_leads_to_a_new_one(sandbox: Sandbox, seat: Membership, seller: Organization) -> None:
    client = _proved(seat)
    again = client.get(_address(seller, "payouts_continue"))
    assert again["Location"] == _address(seller)
    begun_payee(seller)
    assert client.get(_address(seller, "payouts_continue"))["Location"].startswith(sandbox.url)


def test_four_figures_and_when_the_next_payout_is(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    client = _client(seat)
    sold(sandbox, seller)
    page = _read(client, seller)
    assert "Payouts are not set up" in page
    assert "1 sale, until" in page
    ready_payee(sandbox, seller)
    assert "A payout is at least 25.00 EUR; 0.00 EUR are available. The next earnings" in _read(client, seller)
    pass_hold(sandbox)
    pay_out()
    page = _read(client, seller)
    assert "90.00 EUR" in page
    assert "1 payout" in page


def test_each_reason_has_its_own_sentence(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    client = _client(seat)
    sold(sandbox, seller)
    pass_hold(sandbox)
    payouts.execute(PayoutRun.objects.create())
    assert "No payout yet: payouts are not set up" in _read(client, seller)
    payee = begun_payee(seller)
    assert "No payout yet: your account is not ready" in _read(client, seller)
    Payee.objects.update(transfers_enabled=True, payouts_enabled=True)
    assert "Your next payout is 90.00 EUR, within the hour" in _read(client, seller)
    later = timezone.now() + timedelta(seconds=1)
    for reason, words in (
        (Reason.FUNDS, "waits for buyers&#x27; payments to arrive"),
        (Reason.UNANSWERED, "waits for the payment service"),
    ):
        PayoutRun.objects.create(state=PayoutRunState.DONE, skipped={reason: 1}, ended_at=later)
        assert words in _read(client, seller)
    reconciliation.raise_concern(Concern.PAYEE_BALANCE, f"payee:{payee.public_id}:EUR", {})
    assert "an administrator looks at a difference" in _read(client, seller)


def test_what_is_owed_is_shown(sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    checkout = sold(sandbox, seller)
    pass_hold(sandbox)
    pay_out()
    checkouts.refund_checkout(checkout=checkout, subject="thing", amount=10_000, reason="Bad", actor=None)
    work_off("payments.send_refund")
    client = _client(seat)
    assert "You owe 90.00 EUR" in _read(client, seller)
    assert _lines(client, seller)[0]["balance"] == "-90.00"
    work_off()
    assert "1 payout, less 90.00 EUR taken back" in _read(client, seller)
    assert "Taken back of" in _read(client, seller, "history")
    assert _lines(client, seller)[0]["balance"] == "0.00"


def test_the_forecast_names_the_days(sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization) -> None:
    for n in range(3):
        sold(sandbox, seller, reference=f"thing-{n}")
    days = [timezone.now() + timedelta(days=ahead) for ahead in (3, 5, 5)]
    for earning, day in zip(Earning.objects.order_by("pk"), days, strict=True):
        Earning.objects.filter(pk=earning.pk).update(release_at=day)
    page = _read(_client(seat), seller)
    assert f"{days[0]:%a}, {days[0].day} {days[0]:%b %Y}" in page
    assert "+180.00 EUR" in page
    assert "270.00 EUR" in page
    assert "Available by day" in page


def _lines(client: Client, organization: Organization, **query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(_raw(client, organization, "statement_export", **query))))


def _raw(client: Client, organization: Organization, page: str, **query: str) -> str:
    answer = client.get(_address(organization, page), query)
    return answer.getvalue().decode()


def test_the_statement_adds_up_to_what_the_ledger_owes(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    ready_payee(sandbox, seller)
    sold(sandbox, seller)
    pass_hold(sandbox)
    pay_out()
    sandbox.turn()
    checkout = sold(sandbox, seller, 3_000, "second")
    checkouts.refund_checkout(checkout=checkout, subject="part", amount=1_000, reason="Bad", actor=None)
    work_off()
    sold(sandbox, MembershipFactory().organization, 5_000, "another's")
    client = _client(seat)
    lines = _lines(client, seller)
    assert [(line["kind"], line["amount"], line["balance"]) for line in lines] == [
        ("refund", "-9.00", "18.00"),
        ("sale", "27.00", "27.00"),
        ("payout", "-90.00", "0.00"),
        ("payout", "0.00", "90.00"),
        ("release", "0.00", "90.00"),
        ("sale", "90.00", "90.00"),
    ]
    assert lines[1]["commission"] == "3.00"
    owed = sum(account.balance for account in LedgerAccount.objects.for_organization(seller).payable())
    assert owed == 1_800
    page = _read(client, seller, "statement")
    assert "30.00 EUR less 3.00 EUR commission" in page
    assert "90.00 EUR became available" in page
    assert _address(seller, "transfer", Transfer.objects.get().public_id) in page


def test_the_statement_is_filtered_by_the_address_and_keeps_true_balances(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    for n in range(3):
        sold(sandbox, seller, 1_000 * (n + 1), f"thing-{n}")
    pass_hold(sandbox)
    payouts.execute(PayoutRun.objects.create())
    client = _client(seat)
    assert [line["balance"] for line in _lines(client, seller, kind="sale")] == ["54.00", "27.00", "9.00"]
    assert len(_lines(client, seller, kind="release")) == 3
    assert _lines(client, seller, currency="USD") == []
    today = timezone.localdate()
    assert len(_lines(client, seller, since=f"{today}", until=f"{today}")) == 6
    assert _lines(client, seller, until=f"{today - timedelta(days=1)}") == []
    assert "Nothing fits" in _read(client, seller, "statement", kind="work")
    assert "One thing needs to change" not in _read(client, seller, "statement", since="never")


def test_the_statement_is_paged_and_costs_the_same_for_any_number_of_lines(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization, django_assert_max_num_queries: object
) -> None:
    for n in range(4):
        sold(sandbox, seller, reference=f"thing-{n}")
    accounts = statement.accounts_of(seller)
    wanted = list(statement.postings(accounts, {}).order_by("-id"))
    with django_assert_max_num_queries(5):  # type: ignore[operator]  # the plugin's own
        lines = statement.lines(seller, accounts, wanted)
    assert [line.balance for line in lines] == [36_000, 27_000, 18_000, 9_000]


def test_a_payout_says_what_it_was_made_of(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    ready_payee(sandbox, seller)
    for reference in ("first", "second"):
        sold(sandbox, seller, reference=reference)
        pass_hold(sandbox)
        pay_out()
        sandbox.turn()
    client, (second, first) = _client(seat), Transfer.objects.order_by("-pk")
    page = _read(client, seller, "transfer", second.public_id)
    assert "test:second" in page
    assert "test:first" not in page
    assert "+90.00 EUR" in page
    assert "Left from before" not in page
    assert "test:first" in _read(client, seller, "transfer", first.public_id)
    assert _client(MembershipFactory()).get(_address(seller, "transfer", first.public_id)).status_code == 404
    other = MembershipFactory()
    assert _client(other).get(_address(other.organization, "transfer", first.public_id)).status_code == 404


def test_refusals_and_what_the_bank_sent_back_are_said_calmly(
    sandbox: Sandbox, goods: Goods, seat: Membership, seller: Organization
) -> None:
    payee = ready_payee(sandbox, seller)
    sold(sandbox, seller)
    pass_hold(sandbox)
    sandbox.fail("/v1/transfers", "balance_insufficient")
    pay_out()
    client = _client(seat)
    page = _read(client, seller, "history")
    assert "Buyers&#x27; payments had not all arrived yet. The amount is available again" in page
    assert "insufficient" not in page.lower()
    assert "This payout was refused" in _read(client, seller, "transfer", Transfer.objects.get().public_id)
    BankPayout.objects.create(
        payee=payee,
        stripe_id="po_1",
        amount=9_000,
        currency="EUR",
        status="failed",
        failure="account_closed",
        arrives_at=timezone.now(),
        created_at=timezone.now(),
    )
    assert "The bank account is closed. Check your bank details" in _read(client, seller, "bank_payouts")
    assert "account is closed" in _raw(client, seller, "history_export")


def test_what_stripe_asks_for_is_said_in_words_each_thing_once() -> None:
    assert in_words(
        [
            "external_account",
            "individual.dob.day",
            "individual.dob.year",
            "individual.verification.document",
            "person_1Nv0.first_name",
            "tos_acceptance.date",
            "tos_acceptance.ip",
            "person_1Nv0.some_new_thing",
        ]
    ) == [
        "The bank account that earnings go to",
        "A date of birth",
        "A photo of your passport or identity card",
        "A first and last name, as in the passport",
        "Your agreement to the payment service&#x27;s terms".replace("&#x27;", "'"),
        "Some new thing",
    ]
