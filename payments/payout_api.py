"""Being paid, for programs: the same as on the pages."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.errors import Conflict, Invalid
from core.pagination import CursorPagination
from payments.models import Payee
from payments.payout_pages import history, overview, statement
from payments.payout_pages.forms import StatementFilter
from payments.payout_pages.requirements import in_words
from payments.payout_serializers import (
    AccountSerializer,
    BankPayoutSerializer,
    DaySerializer,
    LineSerializer,
    LinkSerializer,
    NewLinkSerializer,
    OverviewSerializer,
    TransferDetailSerializer,
    TransferSerializer,
)
from payments.services import payees
from payments.stripe_client import Refused

FILTERS = [
    OpenApiParameter("since", str, description="A day such as 2026-11-01"),
    OpenApiParameter("until", str, description="A day such as 2026-11-30"),
    OpenApiParameter("kind", str, enum=list(statement.KINDS)),
    OpenApiParameter("currency", str),
]


class NewestBankPayout(CursorPagination):
    ordering = ("-created_at", "-id")


class Overview(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = OverviewSerializer

    @extend_schema(operation_id="payouts_overview")
    def get(self, request: Request, slug: str) -> Response:
        """What is held, available, in transit and paid, when the next payout is or why not, and the account's state."""
        account = _account(overview.payee_of(self.organization))
        found = {"account": account, "currencies": overview.figures(self.organization)}
        return Response(OverviewSerializer(found).data)


class Forecast(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = DaySerializer
    pagination_class = None

    @extend_schema(responses=DaySerializer(many=True), operation_id="payouts_forecast")
    def get(self, request: Request, slug: str) -> Response:
        """What becomes available on which day, the earliest first."""
        return Response(DaySerializer(overview.forecast(self.organization), many=True).data)


class Statement(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = LineSerializer

    @extend_schema(responses=LineSerializer(many=True), parameters=FILTERS, operation_id="payouts_statement")
    def get(self, request: Request, slug: str) -> Response:
        """Each posting that concerns what is owed to the organisation, newest first, with the balance after it."""
        form = StatementFilter(request.query_params)
        if not form.is_valid():
            name, errors = next(iter(form.errors.items()))
            raise Invalid(str(errors[0]), field=name)
        accounts = statement.accounts_of(self.organization)
        page = self.paginate_queryset(statement.postings(accounts, form.cleaned_data))
        lines = statement.lines(self.organization, accounts, page or [])
        return self.get_paginated_response(LineSerializer(lines, many=True).data)


class Transfers(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = TransferSerializer

    @extend_schema(responses=TransferSerializer(many=True), operation_id="payouts_transfers")
    def get(self, request: Request, slug: str) -> Response:
        """What was sent to the organisation's account at the payment service, newest first."""
        return self.listed(history.transfers(self.organization), TransferSerializer)


class OneTransfer(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = TransferDetailSerializer

    @extend_schema(operation_id="payouts_transfer")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One of them, and the sums it is made of."""
        transfer = access.get(history.transfers(self.organization), public_id=public_id)
        transfer.made_of = history.Making(transfer, self.organization)  # type: ignore[attr-defined]  # shown beside its own
        return Response(TransferDetailSerializer(transfer).data)


class TransferLines(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = LineSerializer

    @extend_schema(responses=LineSerializer(many=True), operation_id="payouts_transfer_lines")
    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """What became available, or was taken of it, between the transfer before and this one."""
        transfer = access.get(history.transfers(self.organization), public_id=public_id)
        making = history.Making(transfer, self.organization)
        page = self.paginate_queryset(making.postings)
        lines = statement.lines(self.organization, [making.account.pk], page or [])
        return self.get_paginated_response(LineSerializer(lines, many=True).data)


class BankPayouts(OrganizationAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = BankPayoutSerializer
    pagination_class = NewestBankPayout

    @extend_schema(responses=BankPayoutSerializer(many=True), operation_id="payouts_bank_payouts")
    def get(self, request: Request, slug: str) -> Response:
        """What the payment service paid, or is paying, to the organisation's bank, newest first."""
        return self.listed(history.bank_payouts(self.organization), BankPayoutSerializer)


class Onboarding(OrganizationAPIView):
    needs = {"POST": Capability.MANAGE_MONEY}
    serializer_class: type[BaseSerializer[Any]] = NewLinkSerializer

    @extend_schema(request=NewLinkSerializer, responses={201: LinkSerializer}, operation_id="payouts_onboarding")
    def post(self, request: Request, slug: str) -> Response:
        """The address of the hosted page on which a person gives, or changes, details and bank account.

        Safe to send again: the account is made once, whatever is lost; each answer has a fresh link.
        """
        given = self.parsed(NewLinkSerializer)
        url = payees.onboard(actor=self.user, organization=self.organization, country=given["country"])
        return Response(LinkSerializer({"url": url}).data, status=201)


class Refresh(OrganizationAPIView):
    needs = {"POST": Capability.VIEW_MONEY}
    serializer_class: type[BaseSerializer[Any]] = AccountSerializer

    @extend_schema(request=None, responses=AccountSerializer, operation_id="payouts_refresh")
    def post(self, request: Request, slug: str) -> Response:
        """Ask the payment service how the account stands now."""
        payee = overview.payee_of(self.organization)
        try:
            found = payees.refresh(payee=payee) if payee else None
        except Refused as refusal:
            raise Conflict(str(refusal), code="payee_refused") from refusal
        return Response(AccountSerializer(_account(found)).data)


def _account(payee: Payee | None) -> dict[str, Any]:
    missing = payee.missing if payee else []
    return {
        "state": overview.state_of(payee),
        "country": payee.country if payee else "",
        "bank": payee.bank if payee else "",
        "missing": {"names": missing, "texts": in_words(missing)},
        "checked_at": payee.checked_at if payee else None,
    }
