import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.tests.factories import MembershipFactory, UserFactory
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from datasets.models import Asset, VersionState
from datasets.tests.factories import AssetFactory
from jobs import runner
from jobs.models import Job, JobState
from licensing.models import AssetRights
from licensing.tests.factories import offered
from marketplace.models import MarketLabel, Offer, OfferState
from marketplace.services import offers
from marketplace.services.rights import restate
from marketplace.tests.factories import images_of, listed, released

pytestmark = pytest.mark.django_db


def _listing(**changes: object) -> Offer:
    seat = MembershipFactory()
    given = {
        "actor": seat.user,
        "organization": seat.organization,
        "version": released(seat.organization),
        "license_": offered("commercial-training"),
        "price_minor": 2500,
        "currency": "EUR",
        "title": "Street scenes",
        "attested": True,
    }
    return offers.list_version(**given | changes)


def test_a_listed_dataset_can_be_searched_by_what_it_is() -> None:
    offer = _listing()
    assert offer.state == OfferState.LISTED
    assert offer.labels == ["dog", "cat"]
    assert {"kind:dataset", "label:dog", "license:commercial-training", "price:paid", "currency:EUR", "images:1-99",
            "shape:box", "allows:commercial", "allows:shipping-models"} <= set(offer.facets)  # fmt: skip
    assert "allows:redistribution" not in offer.facets
    assert (offer.width, offer.height, offer.item_count, offer.annotation_count) == (640, 480, 3, 5)
    assert offer.sample == [1, 2, 3]
    assert set(MarketLabel.objects.values_list("name", flat=True)) == {"dog", "cat"}


def test_the_word_on_rights_is_kept() -> None:
    offer = _listing()
    entry = AuditEntry.objects.get(verb="offer.listed", subject_id=offer.public_id)
    assert entry.data["rights_attested"] is True
    assert entry.data["license"] == "commercial-training/1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"attested": False}, "attested"),
        ({"price_minor": -1}, "price_minor"),
        ({"price_minor": 10}, "price_minor"),
        ({"price_minor": 10**9}, "price_minor"),
        ({"currency": "XXX"}, "currency"),
        ({"image_price_minor": -5}, "image_price_minor"),
    ],
)
def test_what_cannot_be_listed_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _listing(**change)
    assert refusal.value.field == field
    assert not Offer.objects.exists()


def test_only_a_released_version_of_ones_own_is_listed() -> None:
    with pytest.raises(Invalid, match="released version of your own"):
        _listing(version=released())
    building = released()
    building.state = VersionState.BUILDING
    with pytest.raises(Invalid, match="released version of your own"):
        _listing(version=building, organization=building.dataset.organization)


def test_one_listed_offer_per_version_and_licence() -> None:
    offer = listed()
    seat = MembershipFactory(organization=offer.organization)
    with pytest.raises(Conflict) as refusal:
        listed(seat, version=offer.version)
    assert refusal.value.code == "already_listed"
    assert listed(seat, version=offer.version, code="evaluation").license.code == "evaluation"


def test_a_dataset_grants_no_more_than_its_least_generous_image() -> None:
    seat = MembershipFactory()
    version = released(seat.organization, items=5)
    keys = list(version.dataset.items.values_list("asset", flat=True))[:2]
    restate(actor=seat.user, organization=seat.organization, assets=keys, license_=offered("cc-by-nc-4.0"))
    with pytest.raises(
        Conflict, match=r"2 of 5 images may not be offered under Commercial training, such as photo-.*NonCommercial"
    ):
        listed(seat, version=version, code="commercial-training")
    assert listed(seat, version=version, code="cc-by-nc-4.0").license.code == "cc-by-nc-4.0"


def test_labels_of_ones_own_are_not_bound_by_the_images_licence() -> None:
    seat = MembershipFactory()
    version = released(seat.organization)
    keys = list(version.dataset.items.values_list("asset", flat=True))
    limited = offered("research")
    restate(actor=seat.user, organization=seat.organization, assets=keys, license_=limited, covers_labels=False)
    assert not AssetRights.objects.against(limited.as_terms).exists()
    assert AssetRights.objects.against(offered("commercial-training").as_terms).count() == 3


def test_rights_of_others_assets_are_not_stated() -> None:
    seat = MembershipFactory()
    done = restate(actor=seat.user, organization=seat.organization, assets=[AssetFactory().pk], license_=offered())
    assert done.assets == 0
    assert not AssetRights.objects.exists()


def test_narrower_rights_withdraw_what_grants_more() -> None:
    seat = MembershipFactory()
    offer = listed(seat, code="commercial-training", image_price=100)
    other = listed(seat, code="commercial-training")
    one = images_of(offer)[0]
    key = one.asset_id or 0
    done = restate(actor=seat.user, organization=seat.organization, assets=[key], license_=offered("research"))
    assert (done.assets, done.withdrawn) == (1, 2)
    states = dict(Offer.objects.values_list("pk", "state"))
    assert (states[offer.pk], states[one.pk], states[other.pk]) == ("withdrawn", "withdrawn", "listed")
    restate(actor=seat.user, organization=seat.organization, assets=[key], license_=None)
    assert not AssetRights.objects.exists()


def test_images_are_listed_by_a_job_that_may_run_twice() -> None:
    offer = _listing(image_price_minor=75)
    job = Job.objects.get(kind="marketplace.list_images")
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"listed": 3})
    images = images_of(offer)
    assert [image.price_minor for image in images] == [75, 75, 75]
    assert images[0].title == "dog · Street scenes"
    assert images[1].labels == ["cat", "dog"]
    assert images[1].sample == [2]
    again = offers.list_images(actor=UserFactory(), offer=Offer.objects.with_goods().get(pk=offer.pk), price_minor=90)
    runner.run(again.pk)
    assert [image.price_minor for image in images_of(offer)] == [90, 90, 90]


def test_images_of_a_withdrawn_dataset_are_not_listed() -> None:
    offer = _listing(image_price_minor=75)
    Offer.objects.update(state=OfferState.WITHDRAWN)
    job = Job.objects.get(kind="marketplace.list_images")
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert not images_of(offer)


def test_listing_many_images_takes_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    offer = listed(items=60)
    with django_assert_max_num_queries(40):
        listed(
            MembershipFactory(organization=offer.organization), version=offer.version, code="evaluation", image_price=50
        )
    assert Offer.objects.single_items().count() == 60


def test_a_new_price_changes_search_and_nothing_else() -> None:
    seat = MembershipFactory()
    offer = listed(seat, price=1000)
    changed = offers.reprice(actor=seat.user, organization=seat.organization, offers=Offer.objects.all(), price_minor=0)
    offer.refresh_from_db()
    assert (changed, offer.price_minor) == (1, 0)
    assert "price:free" in offer.facets
    assert "price:paid" not in offer.facets
    offers.reprice(actor=seat.user, organization=seat.organization, offers=Offer.objects.all(), price_minor=700)
    offer.refresh_from_db()
    assert "price:paid" in offer.facets


def test_others_offers_are_out_of_reach() -> None:
    offer, stranger = listed(), MembershipFactory()
    everyone = Offer.objects.all()
    assert offers.withdraw(actor=stranger.user, organization=stranger.organization, offers=everyone) == 0
    assert offers.reprice(actor=stranger.user, organization=stranger.organization, offers=everyone, price_minor=1) == 0
    with pytest.raises(Conflict):
        offers.relist(actor=stranger.user, organization=stranger.organization, offer=offer)


def test_withdrawing_and_listing_again() -> None:
    seat = MembershipFactory()
    offer = listed(seat)
    assert offers.withdraw(actor=seat.user, organization=seat.organization, offers=Offer.objects.all()) == 1
    assert not Offer.objects.on_market().exists()
    offers.relist(actor=seat.user, organization=seat.organization, offer=offer)
    assert Offer.objects.on_market().get() == offer
    with pytest.raises(Conflict):
        offers.relist(actor=seat.user, organization=seat.organization, offer=offer)


def test_what_is_suspended_or_deleted_is_off_the_market() -> None:
    now = timezone.now()
    suspended, deleted, hidden = listed(), listed(), listed(image_price=100)
    type(suspended.organization).objects.filter(pk=suspended.organization_id).update(suspended_at=now)
    type(deleted.dataset).objects.filter(pk=deleted.dataset_id).update(deleted_at=now)
    image = images_of(hidden)[0]
    Asset.objects.filter(pk=image.asset_id or 0).update(moderation="hidden")
    left = set(Offer.objects.on_market())
    assert not left & {suspended, deleted, image}
    assert hidden in left
