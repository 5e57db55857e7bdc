"""Offers, sales and balance, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.idempotency import idempotent
from datasets.models import DatasetVersion
from licensing.models import License
from licensing.services import open_license
from marketplace.models import Offer, OfferQuerySet, OrderLine
from marketplace.selling import sales
from marketplace.serializers import (
    BalanceSerializer,
    NewOfferSerializer,
    OfferSerializer,
    PriceSerializer,
    SaleSerializer,
)
from marketplace.services import offers


class Offers(OrganizationAPIView):
    needs = {"GET": Capability.VIEW, "POST": Capability.SELL}
    serializer_class: type[BaseSerializer[Any]] = OfferSerializer

    @extend_schema(responses=OfferSerializer(many=True), operation_id="offers_list")
    def get(self, request: Request, slug: str) -> Response:
        """The organisation's offers, newest first."""
        return self.listed(Offer.objects.for_organization(self.organization).with_goods(), OfferSerializer)

    @extend_schema(request=NewOfferSerializer, responses={201: OfferSerializer}, operation_id="offers_create")
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """List a released version, and each of its images when an image price is given."""
        given = self.parsed(NewOfferSerializer)
        released = DatasetVersion.objects.for_organization(self.organization).released()
        version = access.get(
            released.select_related("dataset__organization", "manifest"), public_id=given.pop("version")
        )
        offer = offers.list_version(
            actor=self.user,
            organization=self.organization,
            version=version,
            license_=_license(given.pop("license")),
            attested=given.pop("rights_attested"),
            **given,
        )
        return Response(OfferSerializer(offer).data, status=201)


class OfferAPIView(OrganizationAPIView):
    serializer_class: type[BaseSerializer[Any]] = OfferSerializer

    def offers(self, public_id: str) -> OfferQuerySet:
        """The one offer as the services take it; 404 when it is not the organisation's."""
        found = Offer.objects.for_organization(self.organization).filter(public_id=public_id)
        access.get(found)
        return found

    def shown(self, public_id: str) -> Response:
        return Response(OfferSerializer(access.get(self.offers(public_id).with_goods())).data)


class OfferDetail(OfferAPIView):
    needs = {"GET": Capability.VIEW, "PATCH": Capability.SELL}

    @extend_schema(operation_id="offers_retrieve")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        return self.shown(public_id)

    @extend_schema(request=PriceSerializer, operation_id="offers_reprice")
    def patch(self, request: Request, slug: str, public_id: str) -> Response:
        """Change the price. Orders already placed keep theirs."""
        found, given = self.offers(public_id), self.parsed(PriceSerializer)
        offers.reprice(actor=self.user, organization=self.organization, offers=found, **given)
        return self.shown(public_id)


class OfferWithdraw(OfferAPIView):
    needs = {"POST": Capability.SELL}

    @extend_schema(request=None, operation_id="offers_withdraw")
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Take the offer off the market. What was sold stays sold."""
        offers.withdraw(actor=self.user, organization=self.organization, offers=self.offers(public_id))
        return self.shown(public_id)


class OfferRelist(OfferAPIView):
    needs = {"POST": Capability.SELL}

    @extend_schema(request=None, operation_id="offers_relist")
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Put a withdrawn offer back on the market."""
        offer = access.get(self.offers(public_id).with_goods())
        offers.relist(actor=self.user, organization=self.organization, offer=offer)
        return self.shown(public_id)


class Sales(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class = SaleSerializer

    @extend_schema(responses=SaleSerializer(many=True), operation_id="sales_list")
    def get(self, request: Request, slug: str) -> Response:
        """Each line sold, newest first, with commission, what is yours, and its refunds."""
        sold = OrderLine.objects.sales_of(self.organization)
        return self.listed(sold.select_related("license").with_refunds(), SaleSerializer)


class Balance(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class = BalanceSerializer

    @extend_schema(responses=BalanceSerializer(many=True), operation_id="balance")
    def get(self, request: Request, slug: str) -> Response:
        """What the ledger owes the organisation, by currency."""
        return Response(BalanceSerializer(sales.balances(self.organization), many=True).data)


def _license(code: str) -> License:
    found = License.objects.offered().filter(code=code.lower()).order_by("-version").first()
    return found or open_license(spdx_id=code)
