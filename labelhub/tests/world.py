"""One tenant with one of everything it can have, for walks over every route."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Membership, Organization
from accounts.permissions import Role
from accounts.tests.factories import InvitationFactory, MembershipFactory, VerifiedEmailFactory, token_for
from core.storage import media_storage
from datasets.tests.factories import AnnotationFactory, LabelClassFactory, UploadFactory
from jobs.models import Job
from licensing.models import Grant
from marketplace.models import Offer, Order, RefundRequest
from marketplace.services import carts, orders
from marketplace.services.fulfilment import order_paid
from marketplace.tests.factories import images_of, listed
from payments import ledger
from payments.ledger import Leg
from payments.models import AccountKind, EntryPart, Payee, Transfer
from payments.models.invoices import Invoice
from payments.services import budgets
from payments.tests.factories import CheckoutFactory
from projects import services as projects


@dataclass(frozen=True)
class World:
    """`ids` names a real object for each place in an address: by the word before it there."""

    organization: Organization
    seats: Mapping[Role, Membership]
    ids: Mapping[str, str]


def build() -> World:
    owner: Membership = MembershipFactory()
    organization = owner.organization
    seats: dict[Role, Membership] = {Role.OWNER: owner}
    for role in set(Role) - {Role.OWNER}:
        seats[role] = MembershipFactory(organization=organization, role=role)
    return World(
        organization,
        seats,
        {"o": organization.slug, "organizations": organization.slug}
        | _team(owner)
        | _made_and_sold(owner)
        | _paid_out(owner)
        | _bought(owner),
    )


def _team(owner: Membership) -> dict[str, str]:
    member = MembershipFactory(organization=owner.organization, role=Role.VIEWER)
    secret = f"opensesame{owner.organization.pk}"
    invitation = InvitationFactory(
        organization=owner.organization, invited_by=owner.user, email=VerifiedEmailFactory().email, secret=secret
    )
    return {
        "members": member.user.public_id,
        "invitations": invitation.public_id,
        "invitations secret": secret,
        "tokens": token_for(owner)[0].public_id,
    }


def _made_and_sold(owner: Membership) -> dict[str, str]:
    offer: Offer = listed(owner, image_price=100)
    assert offer.version is not None
    dataset = offer.version.dataset
    asset = dataset.items.earliest("pk").asset
    media_storage().save(asset.preview_key, ContentFile(b"preview"))
    label_class = LabelClassFactory(schema=dataset.schema)
    AnnotationFactory(dataset=dataset, asset=asset, label_class=label_class)
    return {
        "listings": offer.public_id,
        "offers": offer.public_id,
        "d": offer.public_id,
        "i": images_of(offer)[0].public_id,
        "p slug": owner.organization.pseudonym_slug,
        "preview": offer.public_id,
        "preview int": "1",
        "datasets": dataset.public_id,
        "datasets slug": dataset.slug,
        "versions": offer.version.public_id,
        "versions int": str(offer.version.number),
        "items": asset.public_id,
        "assets": asset.public_id,
        "media": asset.public_id,
        "classes": label_class.public_id,
        "uploads": UploadFactory(dataset=dataset).public_id,
        "licenses": offer.license.code,
        "licenses int": str(offer.license.version),
        "guide slug": "start",
    }


def paid_for(order: Order) -> None:
    """As if Stripe had said so: with the payment that its invoice is of."""
    CheckoutFactory(
        purpose="order",
        reference=order.public_id,
        organization=order.organization,
        amount=order.total_minor,
        state="paid",
        paid_at=timezone.now(),
    )
    order_paid(reference=order.public_id, amount=order.total_minor, currency=order.currency)


def _paid_out(owner: Membership) -> dict[str, str]:
    organization = owner.organization
    payee = Payee.objects.create(
        organization=organization,
        country="DE",
        idempotency_key=f"walk {organization.pk}",
        disabled_reason="rejected.other",  # so that no walk asks the payment service
    )
    transfer = Transfer.objects.create(
        payee=payee, amount=100, currency="EUR", idempotency_key=f"walk {organization.pk}", state="failed"
    )
    ledger.post(
        key=f"transfer:{transfer.public_id}",
        kind="transfer",
        reference=transfer.reference,
        currency="EUR",
        entries=[
            Leg(AccountKind.CLEARING, -100, EntryPart.ADJUSTMENT),
            Leg(AccountKind.PAYABLE_AVAILABLE, 100, EntryPart.ADJUSTMENT, organization),
        ],
    )
    return {"history": transfer.public_id, "transfers": transfer.public_id}


def _bought(owner: Membership) -> dict[str, str]:
    organization, offer = owner.organization, listed(price=1000)
    order: Order = orders.place_order(
        actor=owner.user, organization=organization, offers=[offer], key=f"walk {organization.pk}"
    )
    paid_for(order)
    refund = RefundRequest.objects.create(order=order, reason="Blurred", amount_minor=1000, asked_by=owner.user)
    grant = Grant.objects.for_organization(organization).get()
    project = projects.create_project(organization=organization, actor=owner.user, name="Training run")
    projects.add_purchases(project=project, actor=owner.user, grant_ids=[grant.public_id])
    download = projects.request_download(project=project, actor=owner.user, format_id="coco")
    job = Job.objects.create(kind="projects.pack", organization=organization, created_by=owner.user)
    wanted = listed(price=500)
    carts.add_to_cart(actor=owner.user, organization=organization, offer=wanted)
    budget = budgets.open_budget(actor=owner.user, organization=organization, name="Birds", currency="EUR")
    return {
        "budgets": budget.public_id,
        "cart": wanted.public_id,
        "orders": order.public_id,
        "invoices": Invoice.objects.for_organization(organization).get().public_id,
        "refunds": refund.public_id,
        "purchases": grant.public_id,
        "grants": grant.public_id,
        "projects": project.public_id,
        "downloads": download.public_id,
        "jobs": job.public_id,
    }
