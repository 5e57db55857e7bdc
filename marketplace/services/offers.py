"""Listing a version on the market, and what may happen to an offer afterwards."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import F, Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, Invalid
from core.money import major
from datasets.models import DatasetVersion, VersionState
from jobs import services as jobs
from jobs.models import Job
from licensing.models import AssetRights, License
from marketplace import goods, vocabulary
from marketplace.models import Offer, OfferQuerySet, OfferState
from marketplace.rules import facets
from marketplace.rules.pricing import LARGEST_PRICE
from marketplace.rules.sampling import sample_positions
from payments.rules.limits import SMALLEST_CHARGE

audit.phrases(
    {
        "offer.listed": _l("listed “{title}” on the market"),
        "offers.repriced": _l("changed the price of listings: {count}"),
        "offer.described": _l("changed the words of the listing “{title}”"),
        "offers.withdrawn": _l("withdrew listings: {count}"),
        "offer.relisted": _l("put a listing back on the market"),
    }
)

EXAMPLES = 3


def list_version(
    *,
    actor: User,
    organization: Organization,
    version: DatasetVersion,
    license_: License,
    price_minor: int,
    currency: str,
    title: str,
    description: str = "",
    image_price_minor: int | None = None,
    attested: bool = False,
) -> Offer:
    """Offer a released version, and each of its images when `image_price_minor` is given (a job does those).

    `attested` is the producer's word that they hold the rights; it is kept in the audit trail.
    Raises Invalid naming the field, Conflict `rights_too_narrow` or `already_listed`.
    """
    _check_attested(attested)
    _check_version(version, organization)
    _check_price(price_minor, currency, "price_minor", whole=True)
    if image_price_minor is not None:
        _check_price(image_price_minor, currency, "image_price_minor", whole=False)
    if license_.retired_at:
        raise Invalid(_("This licence has a newer version. Choose that one."), field="license")
    _refuse_hidden(version)
    refuse_wider_than_rights(version=version, license_=license_)
    offer = Offer(
        organization=organization,
        dataset=version.dataset,
        version=version,
        kind=Offer.Kind.DATASET,
        license=license_,
        price_minor=price_minor,
        currency=currency,
        title=title,
        description=description,
        listed_by=actor,
    )
    with transaction.atomic():
        _fill_dataset_columns(offer)
        _save_new(offer)
        vocabulary.learn(offer.labels)
        audit.record(
            actor=actor,
            organization=organization,
            verb="offer.listed",
            subject=offer,
            data=_frozen(offer) | {"rights_attested": True, "image_price_minor": image_price_minor},
        )
        if image_price_minor is not None:
            list_images(actor=actor, offer=offer, price_minor=image_price_minor)
    return offer


def list_images(*, actor: User, offer: Offer, price_minor: int) -> Job:
    """Offer each image of a listed version singly, under the same licence; a job does the work."""
    _check_price(price_minor, offer.currency, "image_price_minor", whole=False)
    if offer.state != OfferState.LISTED or not offer.is_dataset:
        raise Conflict(_("Only a listed dataset can have its images listed."), code="not_listed")
    with transaction.atomic():
        return jobs.start(
            kind="marketplace.list_images",
            organization=offer.organization,
            actor=actor,
            arguments={"offer": offer.public_id, "price_minor": price_minor},
            subject=f"offer:{offer.public_id}",
            dedupe_key=f"list-images:{offer.public_id}",
        )


def reprice(*, actor: User, organization: Organization, offers: OfferQuerySet, price_minor: int) -> int:
    """Set one price for the organisation's offers among these. Carts show the change; orders placed keep theirs."""
    own = offers.for_organization(organization).exclude(state=OfferState.HIDDEN)
    for currency, kind in own.order_by().values_list("currency", "kind").distinct():
        _check_price(price_minor, currency, "price_minor", whole=kind == Offer.Kind.DATASET)
    other, now = (facets.facet(*facets.price_pair(price)) for price in (int(not price_minor), price_minor))
    with transaction.atomic():
        changed = own.update(price_minor=price_minor, facets=_replaced(other, now))
        _record(actor, organization, "offers.repriced", {"price_minor": price_minor, "count": changed})
    return changed


def describe(*, actor: User, organization: Organization, offer: Offer, title: str, description: str) -> None:
    """Change what the listing says; search follows by itself."""
    with transaction.atomic():
        Offer.objects.for_organization(organization).filter(pk=offer.pk).update(title=title, description=description)
        _record(actor, organization, "offer.described", {"offer": offer.public_id, "title": title})


def withdraw(*, actor: User, organization: Organization, offers: OfferQuerySet) -> int:
    """Take offers off the market; grants and placed orders stay. Returns how many were listed until now."""
    with transaction.atomic():
        own = offers.for_organization(organization).filter(state=OfferState.LISTED)
        changed = own.update(state=OfferState.WITHDRAWN)
        _record(actor, organization, "offers.withdrawn", {"count": changed})
    return changed


def relist(*, actor: User, organization: Organization, offer: Offer) -> None:
    """Bring a withdrawn offer back. Rights may have been narrowed meanwhile, so they are checked again."""
    refuse_wider_than_rights(version=offer.version, license_=offer.license)
    withdrawn = Offer.objects.for_organization(organization).filter(pk=offer.pk, state=OfferState.WITHDRAWN)
    try:
        with transaction.atomic():
            if withdrawn.update(state=OfferState.LISTED, listed_at=timezone.now()) != 1:
                raise Conflict(_("Only a withdrawn offer can be listed again."), code="not_withdrawn")
            _record(actor, organization, "offer.relisted", {"offer": offer.public_id})
    except IntegrityError as error:
        raise _already_listed(offer.license) from error


def withdraw_dataset_images(*, actor: User, organization: Organization, offer: Offer) -> int:
    """Withdraw the single images of the offer's dataset that are listed under its licence."""
    return withdraw(actor=actor, organization=organization, offers=Offer.objects.of_listing(offer))


def images_job(offer: Offer) -> Job | None:
    """The newest job that lists the offer's single images."""
    about = Job.objects.for_organization(offer.organization).about(f"offer:{offer.public_id}")
    return about.order_by("-pk").first()


def refuse_wider_than_rights(*, version: DatasetVersion, license_: License) -> None:
    """A dataset may not grant more than its least generous item."""
    manifest, organization = version.manifest, version.dataset.organization
    assert manifest is not None  # noqa: S101  # released
    against = AssetRights.objects.of_manifest(manifest, organization).against(license_.as_terms)
    count = against.count()
    if not count:
        return
    examples = against.select_related("license", "asset").order_by("pk")[:EXAMPLES]
    shown = ", ".join(f"{rights.asset.original_name} ({rights.license.title})" for rights in examples)
    message = ngettext(
        "%(count)d of %(total)d images may not be offered under %(license)s: %(examples)s. "
        "Choose a licence within its rights, or release a version without it.",
        "%(count)d of %(total)d images may not be offered under %(license)s, such as %(examples)s. "
        "Choose a licence within their rights, or release a version without them.",
        count,
    )
    facts = {"count": count, "total": manifest.item_count, "license": license_.title, "examples": shown}
    raise Conflict(message % facts, code="rights_too_narrow", field="license", data={"count": count})


def _refuse_hidden(version: DatasetVersion) -> None:
    """What a moderator hid does not come back under another licence."""
    if Offer.objects.filter(version=version, asset=None, state=OfferState.HIDDEN).exists():
        message = _("A moderator hid a listing of this version. Ask support before you list it again.")
        raise Conflict(message, code="hidden")


def _check_attested(attested: bool) -> None:
    if not attested:
        message = _("State that you hold the rights you grant. Without that nothing is listed.")
        raise Invalid(message, field="attested")


def _check_version(version: DatasetVersion, organization: Organization) -> None:
    if version.dataset.organization_id != organization.pk or version.state != VersionState.RELEASED:
        raise Invalid(_("Only a released version of your own can be listed."), field="version")
    if version.manifest is None or not version.manifest.item_count:
        raise Invalid(_("This version has no images. Release one that has some."), field="version")


def _check_price(price_minor: int, currency: str, field: str, *, whole: bool) -> None:
    """A dataset must be payable by itself; cheap images may share a payment."""
    if currency not in settings.CURRENCIES:
        known = ", ".join(settings.CURRENCIES)
        raise Invalid(_("Prices can be in %(known)s.") % {"known": known}, field="currency")
    if not 0 <= price_minor <= LARGEST_PRICE:
        most = major(LARGEST_PRICE, currency)
        raise Invalid(
            _("A price is from 0 to %(most)s %(currency)s.") % {"most": most, "currency": currency}, field=field
        )
    least = SMALLEST_CHARGE.get(currency, 1)
    if whole and 0 < price_minor < least:
        facts = {"least": major(least, currency), "currency": currency}
        raise Invalid(
            _("The smallest payment is %(least)s %(currency)s. Ask at least that, or nothing.") % facts, field=field
        )


def _fill_dataset_columns(offer: Offer) -> None:
    manifest = offer.version.manifest
    assert manifest is not None  # noqa: S101  # checked
    for name, value in goods.searchable(offer, goods.dataset_goods(manifest)).items():
        setattr(offer, name, value)
    offer.annotation_count = manifest.annotation_count
    offer.sample = sample_positions(manifest.sha256, manifest.item_count)


def _save_new(offer: Offer) -> None:
    try:
        with transaction.atomic():
            offer.save(force_insert=True)
    except IntegrityError as error:
        raise _already_listed(offer.license) from error


def _already_listed(license_: License) -> Conflict:
    message = _("This is already listed under %(license)s. Change that offer's price, or withdraw it first.")
    return Conflict(message % {"license": license_.title}, code="already_listed", field="license")


def _replaced(old: str, new: str) -> Func:
    return Func(
        F("facets"), Value(old), Value(new), function="array_replace", output_field=ArrayField(models.CharField())
    )


def _frozen(offer: Offer) -> dict[str, object]:
    return {
        "title": offer.title,
        "price_minor": offer.price_minor,
        "currency": offer.currency,
        "license": f"{offer.license.code}/{offer.license.version}",
        "manifest": offer.version.manifest.sha256 if offer.version.manifest else "",
    }


def _record(actor: User, organization: Organization, verb: str, data: dict[str, object]) -> None:
    audit.record(actor=actor, organization=organization, verb=verb, subject=organization, data=data)
