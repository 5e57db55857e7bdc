from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Organization
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from datasets.models import Dataset, Upload, UploadState
from datasets.tests.factories import DatasetFactory, UploadFactory
from jobs.models import Job
from marketplace.models import Order, OrderLine
from marketplace.services import orders
from marketplace.services.fulfilment import order_paid
from marketplace.tests.factories import listed, released
from projects.models import Project

pytestmark = pytest.mark.django_db


def _page(client: Client, seat: Membership) -> str:
    client.force_login(seat.user)
    return client.get(reverse("workspace:overview", args=[seat.organization.slug])).content.decode()


def _uploaded(organization: Organization, **shape: int) -> Dataset:
    dataset: Dataset = DatasetFactory(organization=organization, name="Herons", **shape)
    UploadFactory(dataset=dataset, state=UploadState.DONE, finished_at=timezone.now(), report={"added": 12})
    return dataset


def _bought(seat: Membership) -> Order:
    offer = listed(price=0, code="cc0-1.0", title="Night streets")
    return orders.place_order(actor=seat.user, organization=seat.organization, offers=[offer], key="k")


def test_signing_in_leads_here(client: Client) -> None:
    seat = MembershipFactory()
    client.force_login(seat.user)
    answer = client.get(reverse("accounts:home"))
    assert answer.headers["Location"] == reverse("workspace:overview", args=[seat.organization.slug])


def test_a_new_workspace_shows_both_ways_to_begin(client: Client) -> None:
    page = _page(client, MembershipFactory())
    assert "Sell labelled images" in page
    assert "Get data to train on" in page
    assert "Sold this month" not in page


def test_the_way_begun_shows_what_is_done_and_what_comes_next(client: Client) -> None:
    seat = MembershipFactory()
    _uploaded(seat.organization, item_count=12, annotation_count=0)
    page = _page(client, seat)
    assert "12 images were added to “Herons”" in page
    assert "Get data to train on" not in page
    assert page.count("data-done") == 1


def test_who_sells_sees_figures_sales_and_balance_but_no_checklist(client: Client) -> None:
    seller, buyer = MembershipFactory(), MembershipFactory()
    offer = listed(seller, price=2_000, title="Street scenes")
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[offer], key="k")
    _pay(order)
    page = _page(client, seller)
    assert "“Street scenes” was sold for 20.00\N{NO-BREAK SPACE}EUR" in page
    assert "1 sale, 17.00\N{NO-BREAK SPACE}EUR after commission" in page
    assert "checklist" not in page
    bought = _page(client, buyer)
    assert "“Street scenes” was bought: 20.00\N{NO-BREAK SPACE}EUR" in bought
    assert seller.organization.name not in bought


def test_sales_of_last_month_are_not_this_months(client: Client) -> None:
    seller, buyer = MembershipFactory(), MembershipFactory()
    order = orders.place_order(actor=buyer.user, organization=buyer.organization, offers=[listed(seller)], key="k")
    _pay(order)
    OrderLine.objects.update(sold_at=timezone.now().replace(day=1) - timedelta(days=2))
    assert "Sold this month" not in _page(client, seller)


def test_a_viewer_reads_and_is_offered_nothing_to_do(client: Client) -> None:
    seller = MembershipFactory()
    listed(seller)
    viewer = MembershipFactory(organization=seller.organization, role=Role.VIEWER)
    page = _page(client, viewer)
    assert "Datasets" in page
    assert reverse("selling:sales", args=[seller.organization.slug]) not in page
    for action in ("Upload images", "Search the market", "checklist"):
        assert action not in page
    assert "Nothing here yet" in _page(client, MembershipFactory(role=Role.VIEWER))


def test_an_editor_is_told_who_goes_on(client: Client) -> None:
    editor = MembershipFactory(role=Role.EDITOR)
    released(editor.organization)
    Dataset.objects.update(item_count=3, annotation_count=3)
    page = _page(client, editor)
    assert "Your role does not include this step." in page
    assert "Get data to train on" not in page


def test_running_jobs_show_their_progress(client: Client) -> None:
    seat = MembershipFactory()
    Job.objects.create(kind="datasets.ingest", organization=seat.organization, created_by=seat.user)
    assert "Waiting for a free worker" in _page(client, seat)


def test_a_free_purchase_leads_to_its_download(client: Client) -> None:
    seat = MembershipFactory()
    _bought(seat)
    page = _page(client, seat)
    assert page.count("data-done") == 2
    assert "“Night streets” was bought: free" in page


def test_strangers_find_nothing_and_signed_out_ones_are_asked_to_sign_in(client: Client) -> None:
    address = reverse("workspace:overview", args=[MembershipFactory().organization.slug])
    assert reverse("account_login") in client.get(address).headers["Location"]
    client.force_login(MembershipFactory().user)
    assert client.get(address).status_code == 404


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    seat = MembershipFactory()
    _filled(seat)
    _page(client, seat)
    with CaptureQueriesContext(connection) as few:
        _page(client, seat)
    for _round in range(3):
        _filled(seat)
    with CaptureQueriesContext(connection) as many:
        _page(client, seat)
    assert len(many) == len(few)


def _filled(seat: Membership) -> None:
    listed(seat)
    _uploaded(seat.organization)
    Project.objects.create(organization=seat.organization, name=f"Birds {Project.objects.count()}")
    Job.objects.create(kind="datasets.ingest", organization=seat.organization)
    Upload.objects.update(finished_at=timezone.now())


def _pay(order: Order) -> None:
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)
