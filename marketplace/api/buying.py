"""Cart, orders and licences held, for programs."""

import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.errors import Conflict, Invalid, NotFound
from core.idempotency import HEADER, idempotency_parameter, idempotent
from core.pagination import CursorPagination
from licensing.models import Grant
from marketplace.models import CartLine, Offer, Order, OrderState, RefundRequest
from marketplace.serializers import (
    CartLineSerializer,
    GrantSerializer,
    NewOrderSerializer,
    NewRefundSerializer,
    OfferIdSerializer,
    OrderLineSerializer,
    OrderSerializer,
    OrderWithPaymentSerializer,
    RefundRequestSerializer,
)
from marketplace.services import carts, orders, refunds


class ByPosition(CursorPagination):
    ordering = "position"


class Cart(OrganizationAPIView):
    needs = {"GET": Capability.BUY, "POST": Capability.BUY}
    serializer_class = CartLineSerializer

    @extend_schema(responses=CartLineSerializer(many=True), operation_id="cart_list")
    def get(self, request: Request, slug: str) -> Response:
        """What the organisation means to buy."""
        return self.listed(CartLine.objects.for_organization(self.organization).with_goods(), CartLineSerializer)

    @extend_schema(request=OfferIdSerializer, responses={201: CartLineSerializer}, operation_id="cart_add")
    def post(self, request: Request, slug: str) -> Response:
        """Put an offer into the cart. Once there, it stays one line however often it is added."""
        given = self.parsed(OfferIdSerializer)
        offer = access.get(Offer.objects.with_goods(), public_id=given["offer"])
        line = carts.add_to_cart(actor=self.user, organization=self.organization, offer=offer)
        return Response(CartLineSerializer(line).data, status=201)


class CartOffer(OrganizationAPIView):
    needs = {"DELETE": Capability.BUY}
    serializer_class = CartLineSerializer

    @extend_schema(operation_id="cart_remove")
    def delete(self, request: Request, slug: str, public_id: str) -> Response:
        """Take an offer out of the cart."""
        offer = access.get(Offer.objects.with_goods(), public_id=public_id)
        carts.remove_from_cart(actor=self.user, organization=self.organization, offer=offer)
        return Response(status=204)


class Orders(OrganizationAPIView):
    needs = {"GET": Capability.BUY, "POST": Capability.BUY}
    serializer_class: type[BaseSerializer[Any]] = OrderSerializer

    @extend_schema(responses=OrderSerializer(many=True), operation_id="orders_list")
    def get(self, request: Request, slug: str) -> Response:
        """Orders of the organisation, newest first."""
        return self.listed(Order.objects.for_organization(self.organization), OrderSerializer)

    @extend_schema(
        request=NewOrderSerializer,
        responses={201: OrderWithPaymentSerializer},
        parameters=[idempotency_parameter(required=True)],
        operation_id="orders_place",
    )
    def post(self, request: Request, slug: str) -> Response:
        """Order offers, or the cart. The same `Idempotency-Key` gives the same order, never a second one."""
        key = request.headers.get(HEADER, "").strip()
        if not key or len(key) > 255:
            message = _("Send an Idempotency-Key header of at most 255 characters, such as a UUID.")
            raise Invalid(message, field=HEADER, code="idempotency_key_required")
        given = self.parsed(NewOrderSerializer)
        order = orders.place_order(
            actor=self.user,
            organization=self.organization,
            offers=self._offers(given),
            key=f"api:{key}"[:255],
            asked=json.dumps(given, sort_keys=True),
            expected_total_minor=given["expected_total_minor"],
        )
        url = orders.open_payment(actor=self.user, order=order).url if order.state == OrderState.PENDING else ""
        order.payment_url = url  # type: ignore[attr-defined]  # shown once, beside the order's own fields
        return Response(OrderWithPaymentSerializer(order).data, status=201)

    def _offers(self, given: dict[str, Any]) -> list[Offer]:
        if "offers" in given:
            return _named(given["offers"])
        if "currency" not in given:
            raise Invalid(_("Name offers, or the currency of the cart's lines to order."), field="currency")
        lines = CartLine.objects.for_organization(self.organization).in_currency(given["currency"])
        return [line.offer for line in lines.with_goods().order_by("pk")]


class OrderAPIView(OrganizationAPIView):
    needs = {"GET": Capability.BUY}
    serializer_class: type[BaseSerializer[Any]] = OrderSerializer

    def order(self, public_id: str) -> Order:
        found = Order.objects.for_organization(self.organization).select_related("organization", "placed_by")
        return access.get(found, public_id=public_id)


class OrderDetail(OrderAPIView):
    @extend_schema(operation_id="orders_retrieve")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One order. While it waits for payment, the payment is asked after."""
        return Response(OrderSerializer(orders.check_payment(order=self.order(public_id))).data)


class OrderLines(OrderAPIView):
    serializer_class = OrderLineSerializer
    pagination_class = ByPosition

    @extend_schema(responses=OrderLineSerializer(many=True), operation_id="order_lines_list")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """What was ordered, with the prices and licences as they were then."""
        return self.listed(self.order(public_id).lines.with_goods(), OrderLineSerializer)


class OrderCancel(OrderAPIView):
    needs = {"POST": Capability.BUY}

    @extend_schema(request=None, operation_id="orders_cancel")
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Give up an order that is not paid."""
        order = orders.cancel_order(actor=self.user, order=self.order(public_id))
        if order.state == OrderState.PAID:
            raise Conflict(_("This order is paid, so it cannot be cancelled."), code="order_paid")
        return Response(OrderSerializer(order).data)


class OrderRefunds(OrderAPIView):
    needs = {"GET": Capability.BUY, "POST": Capability.BUY}
    serializer_class = RefundRequestSerializer

    @extend_schema(responses=RefundRequestSerializer(many=True), operation_id="order_refunds_list")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """Refunds of the order, newest first."""
        return self.listed(self.order(public_id).refund_requests.select_related("order"), RefundRequestSerializer)

    @extend_schema(
        request=NewRefundSerializer, responses={201: RefundRequestSerializer}, operation_id="order_refunds_ask"
    )
    @idempotent
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Ask for a refund of lines, named by their ids, or of the whole order. Open until `refund_until`."""
        order, given = self.order(public_id), self.parsed(NewRefundSerializer)
        asked = refunds.ask_for_refund(actor=self.user, order=order, **given)
        return Response(RefundRequestSerializer(asked).data, status=201)


class RefundDetail(OrganizationAPIView):
    needs = {"GET": Capability.BUY}
    serializer_class = RefundRequestSerializer

    @extend_schema(operation_id="refunds_retrieve")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One refund. It is `refunded` when the money is on its way, and then the licences have ended."""
        found = RefundRequest.objects.for_organization(self.organization).select_related("order")
        return Response(RefundRequestSerializer(access.get(found, public_id=public_id)).data)


class Grants(OrganizationAPIView):
    serializer_class = GrantSerializer

    @extend_schema(responses=GrantSerializer(many=True), operation_id="grants_list")
    def get(self, request: Request, slug: str) -> Response:
        """Licences the organisation holds, newest first."""
        held = Grant.objects.for_organization(self.organization).in_force()
        return self.listed(held.select_related("license", "licensor", "manifest"), GrantSerializer)


def _named(public_ids: list[str]) -> list[Offer]:
    """The offers of these ids, in their order; NotFound names those that are not there."""
    found = {offer.public_id: offer for offer in Offer.objects.with_goods().filter(public_id__in=public_ids)}
    missing = [public_id for public_id in public_ids if public_id not in found]
    if missing:
        message = _("There is no offer with the id %(id)s.") % {"id": missing[0]}
        raise NotFound(message, field="offers", data={"missing": missing[:20]})
    return [found[public_id] for public_id in dict.fromkeys(public_ids)]
