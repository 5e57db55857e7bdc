"""Administrators pay, answer, explain and look again: through services, once, and only who may."""

from datetime import timedelta

import pytest
from django.conf import settings as settings_of_django
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Organization, User
from accounts.tests.factories import PASSWORD, OrganizationFactory
from core.models import AuditEntry
from jobs.models import Job
from payments import events
from payments.models import (
    BankPayout,
    Checkout,
    Concern,
    Dispute,
    Earning,
    Movement,
    Payee,
    PayoutRun,
    PayoutRunState,
    ReconciliationItem,
    Reversal,
    SendState,
    Transfer,
)
from payments.services import checkouts, reconciliation
from payments.tests.conftest import Goods
from payments.tests.payees import begun_payee, pass_hold, pay_out, ready_payee, sold, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
PAGES = "/admin/payments"
ANSWER = "It was delivered at once and downloaded twice."


@pytest.fixture
def seller(db: None) -> Organization:
    return OrganizationFactory()


def _administrator(name: str = "root") -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(f"{name}@hub.test", PASSWORD))
    return client


def _reader(*models: str) -> Client:
    """Staff who may look at these models and change none."""
    user = User.objects.create_user("reader@hub.test", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"view_{name}" for name in models]))
    client = Client()
    client.force_login(user)
    return client


def _act(client: Client, page: str, **given: str) -> int:
    return client.post(f"{PAGES}/{page}/", {"_form_submitted": "on", **given}).status_code


def _said(client: Client, model: str) -> str:
    """What the page says next, the messages of the last action among it."""
    return client.get(f"{PAGES}/{model}/").content.decode()


def _paid_out(sandbox: Sandbox, seller: Organization) -> Checkout:
    ready_payee(sandbox, seller)
    checkout = sold(sandbox, seller)
    pass_hold(sandbox)
    pay_out()
    return checkout


def _disputed(sandbox: Sandbox, seller: Organization) -> Dispute:
    checkout = sold(sandbox, seller, reference="disputed")
    charge = sandbox.client.v1.charges.list({"payment_intent": checkout.payment_intent}).data[0].id
    sandbox.dispute(charge)
    checkouts.fetch_events()
    work_off()
    return Dispute.objects.get()


def test_every_list_and_detail_can_be_read_and_nothing_added(
    sandbox: Sandbox, goods: Goods, seller: Organization
) -> None:
    checkout = _paid_out(sandbox, seller)
    checkouts.refund_checkout(checkout=checkout, subject="thing", amount=10_000, reason="Bad", actor=None)
    work_off()
    sandbox.turn()
    _disputed(sandbox, seller)
    now = timezone.now()
    BankPayout.objects.create(
        payee=Payee.objects.get(),
        stripe_id="po_1",
        amount=1,
        currency="EUR",
        status="paid",
        arrives_at=now,
        created_at=now,
    )
    Movement.objects.create(stripe_id="txn_1", type="charge", amount=5, net=5, currency="EUR", happened_at=now)
    reconciliation.raise_concern(Concern.MOVEMENT, "txn_1", {"amount": 5})
    client = _administrator()
    models = (Payee, Transfer, Reversal, BankPayout, Earning, PayoutRun, Dispute, Movement, ReconciliationItem)
    for model in models:
        page = f"{PAGES}/{model._meta.model_name}"
        row = model.objects.get_queryset()[0]
        assert client.get(f"{page}/").status_code == 200
        assert client.get(f"{page}/{row.pk}/change/").status_code == 200
        assert client.get(f"{page}/add/").status_code == 403
        assert client.post(f"{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_payouts_are_run_now_and_twice_pays_once(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    sold(sandbox, seller)
    pass_hold(sandbox)
    client = _administrator()
    assert "Run payouts now" in _said(client, "payoutrun")
    for _ in range(2):
        assert _act(client, "payoutrun/run_now") == 200
    work_off()
    assert list(PayoutRun.objects.order_by("pk").values_list("state", "needs_two")) == [("done", False)] * 2
    assert Transfer.objects.get().state == SendState.SUCCEEDED
    assert AuditEntry.objects.filter(verb="payout_run.asked", actor__email="root@hub.test").count() == 2


def test_above_the_limit_a_second_administrator_confirms(
    sandbox: Sandbox, goods: Goods, seller: Organization, settings: Settings
) -> None:
    settings.TWO_PEOPLE_ABOVE_MINOR = 8_999
    ready_payee(sandbox, seller)
    sold(sandbox, seller)
    pass_hold(sandbox)
    first, second = _administrator(), _administrator("second")
    _act(first, "payoutrun/run_now")
    run = PayoutRun.objects.get()
    assert (run.state, run.needs_two) == (PayoutRunState.CONFIRMING, True)
    assert "confirm/" in first.get(f"{PAGES}/payoutrun/{run.pk}/change/").content.decode()
    _act(first, f"payoutrun/{run.pk}/confirm")
    assert "A second person has to confirm" in _said(first, "payoutrun")
    work_off()
    assert not Transfer.objects.exists()
    _act(second, f"payoutrun/{run.pk}/confirm")
    work_off()
    assert Transfer.objects.get().amount == 9_000
    _act(second, f"payoutrun/{run.pk}/confirm")
    assert "was confirmed before" in _said(second, "payoutrun")
    assert "confirm/" not in first.get(f"{PAGES}/payoutrun/{run.pk}/change/").content.decode()


def test_a_payee_is_refreshed(sandbox: Sandbox, seller: Organization) -> None:
    payee = begun_payee(seller)
    sandbox.onboard(str(payee.stripe_id))
    client = _administrator()
    assert _act(client, f"payee/{payee.pk}/ask_stripe") == 200
    payee.refresh_from_db()
    assert payee.state == "active"
    sandbox.fail("/v1/accounts/*", "error_before", times=9)
    _act(client, f"payee/{payee.pk}/ask_stripe")
    assert "does not answer" in _said(client, "payee")
    assert _act(client, "payee/0/ask_stripe") == 404


def test_a_transfer_whose_answer_was_lost_is_looked_at_again(
    sandbox: Sandbox, goods: Goods, seller: Organization
) -> None:
    _paid_out(sandbox, seller)
    client, transfer = _administrator(), Transfer.objects.get()
    assert transfer.public_id in client.get(f"{PAGES}/transfer/?state__exact=succeeded").content.decode()
    assert transfer.public_id not in client.get(f"{PAGES}/transfer/?state__exact=failed").content.decode()
    _act(client, f"transfer/{transfer.pk}/look_again")
    assert "This transfer has ended" in _said(client, "transfer")
    other = Transfer.objects.create(
        payee=transfer.payee, amount=5_000, currency="EUR", idempotency_key="k", state=SendState.UNKNOWN
    )
    _act(client, f"transfer/{other.pk}/look_again")
    job = Job.objects.get(kind="payments.send_transfer", arguments={"row": other.public_id})
    assert job.created_by is not None
    assert AuditEntry.objects.filter(verb="transfer.sent_again", actor__email="root@hub.test").count() == 1


def test_a_dispute_is_answered_once(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    dispute, client = _disputed(sandbox, seller), _administrator()
    page = f"dispute/{dispute.pk}/answer"
    assert _act(client, page, text="") == 200
    _act(client, page, text="Too short")
    assert "Say what was delivered" in _said(client, "dispute")
    _act(client, page, text=ANSWER)
    dispute.refresh_from_db()
    assert dispute.answered_at is not None
    assert AuditEntry.objects.get(verb="dispute.answered").data["text"] == ANSWER
    _act(client, page, text=ANSWER)
    assert "No answer to this dispute is awaited" in _said(client, "dispute")
    assert "answer/" not in client.get(f"{PAGES}/dispute/{dispute.pk}/change/").content.decode()


def test_the_loss_of_a_dispute_is_accepted_once(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    dispute, client = _disputed(sandbox, seller), _administrator()
    for _ in range(2):
        _act(client, f"dispute/{dispute.pk}/give_up")
        work_off()
    dispute.refresh_from_db()
    assert (dispute.status, dispute.taken) == ("lost", 10_000)
    assert AuditEntry.objects.filter(verb="dispute.given_up").count() == 1


def test_unexplained_movements_are_one_filter_away_and_items_are_explained_once() -> None:
    facts = {"type": "charge", "amount": 5, "net": 5, "currency": "EUR", "happened_at": timezone.now()}
    Movement.objects.create(stripe_id="txn_known", explained_at=timezone.now(), **facts)
    Movement.objects.create(stripe_id="txn_stray", **facts)
    item = reconciliation.raise_concern(Concern.MOVEMENT, "txn_stray", {"amount": 5})
    client = _administrator()
    listed = client.get(f"{PAGES}/movement/?explained_at__isempty=1").content.decode()
    assert "txn_stray" in listed
    assert "txn_known" not in listed
    assert "txn_stray" in client.get(f"{PAGES}/reconciliationitem/?closed_at__isempty=1").content.decode()
    page = f"reconciliationitem/{item.pk}/explain"
    _act(client, page, note="")
    item.refresh_from_db()
    assert item.closed_at is None
    _act(client, page, note="A gift of the bank")
    item.refresh_from_db()
    assert (item.note, item.closed_by is not None) == ("A gift of the bank", True)
    _act(client, page, note="Once more")
    assert "This was closed before" in _said(client, "reconciliationitem")
    assert AuditEntry.objects.filter(verb="reconciliation_item.closed").count() == 1


def test_who_may_only_look_changes_nothing(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    dispute = _disputed(sandbox, seller)
    payee = begun_payee(seller)
    item = reconciliation.raise_concern(Concern.MOVEMENT, "txn", {})
    run = PayoutRun.objects.create(state=PayoutRunState.CONFIRMING, needs_two=True)
    transfer = Transfer.objects.create(payee=payee, amount=1, currency="EUR", idempotency_key="k")
    Earning.objects.update(release_at=timezone.now() - timedelta(days=1))
    reader = _reader("payee", "transfer", "payoutrun", "dispute", "reconciliationitem")
    assert reader.get(f"{PAGES}/payoutrun/").status_code == 200
    assert "Run payouts now" not in _said(reader, "payoutrun")
    for page in (
        "payoutrun/run_now",
        f"payoutrun/{run.pk}/confirm",
        f"payee/{payee.pk}/ask_stripe",
        f"transfer/{transfer.pk}/look_again",
        f"dispute/{dispute.pk}/answer",
        f"dispute/{dispute.pk}/give_up",
        f"reconciliationitem/{item.pk}/explain",
    ):
        assert _act(reader, page, text=ANSWER, note="Mine") == 403, page
    assert PayoutRun.objects.count() == 1
    assert Dispute.objects.get().answered_at is None


def test_the_watch_page_shows_what_waits_and_both_balances(
    sandbox: Sandbox, goods: Goods, seller: Organization
) -> None:
    client, page = _administrator(), f"{PAGES}/ledgeraccount/invariants/"
    assert "0 open reconciliation items" in client.get(page).content.decode()
    sold(sandbox, seller)
    pass_hold(sandbox)
    Movement.objects.create(
        stripe_id="txn", type="charge", amount=1, net=1, currency="EUR", happened_at=timezone.now() - timedelta(days=3)
    )
    reconciliation.raise_concern(Concern.MOVEMENT, "txn", {})
    seen = " ".join(client.get(page).content.decode().split())
    assert "3 days" in seen
    assert "1 open reconciliation item" in seen
    assert "Books 100.00 EUR · Stripe" in seen
    sandbox.fail("/v1/balance", "error_before", times=9)
    assert "Stripe does not answer" in client.get(page).content.decode()


def test_metrics_tell_what_waits(sandbox: Sandbox, goods: Goods, seller: Organization, client: Client) -> None:
    assert "labelhub_money_open_items 0.0" in client.get("/metrics").content.decode()
    sold(sandbox, seller)
    Earning.objects.update(release_at=timezone.now() - timedelta(hours=2))
    payee = begun_payee(seller)
    Transfer.objects.create(payee=payee, amount=1, currency="EUR", idempotency_key="k")
    reconciliation.raise_concern(Concern.MOVEMENT, "txn", {})
    said = dict(line.rsplit(" ", 1) for line in client.get("/metrics").content.decode().splitlines())
    assert 7_200 <= float(said['labelhub_money_oldest_seconds{what="earning"}']) < 7_300
    assert float(said['labelhub_money_oldest_seconds{what="movement"}']) == 0
    assert float(said['labelhub_money_unsettled{what="transfer"}']) == 1
    assert float(said["labelhub_money_open_items"]) == 1


def test_the_guide_names_every_event_that_is_handled() -> None:
    guide = (settings_of_django.BASE_DIR / "docs" / "guide" / "operating.md").read_text()
    own, _, payees = guide.partition("events on connected accounts")
    for name in events.HANDLERS:
        assert f"`{name}`" in (payees if name in events.OF_PAYEES else own), name
