"""Budgets, for programs."""

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import OrganizationAPIView
from accounts.permissions import Capability
from core.idempotency import idempotency_parameter, idempotent
from payments.models import Budget
from payments.services import budgets


class BudgetSerializer(serializers.ModelSerializer[Budget]):
    """Amounts in minor units of its currency."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Budget
        fields = ("id", "name", "currency", "fee_basis_points", "created_at", "closed_at")
        read_only_fields = ("id", "fee_basis_points", "created_at", "closed_at")


class BudgetFiguresSerializer(serializers.Serializer[budgets.Figures]):
    paid_in = serializers.IntegerField(read_only=True)
    free = serializers.IntegerField(read_only=True)
    reserved = serializers.IntegerField(read_only=True)
    spent = serializers.IntegerField(read_only=True)
    returned = serializers.IntegerField(read_only=True)


class BudgetWithFiguresSerializer(BudgetSerializer):
    figures = serializers.SerializerMethodField()

    class Meta(BudgetSerializer.Meta):
        fields = (*BudgetSerializer.Meta.fields, "figures")  # type: ignore[assignment]

    @extend_schema_field(BudgetFiguresSerializer)
    def get_figures(self, budget: Budget) -> dict[str, int]:
        return dict(BudgetFiguresSerializer(budgets.figures(budget)).data)


class NewBudgetSerializer(serializers.Serializer[Budget]):
    name = serializers.CharField(max_length=120)
    currency = serializers.CharField(max_length=3)


class NewFundingSerializer(serializers.Serializer[Budget]):
    amount = serializers.IntegerField(min_value=1, help_text="Minor units of the budget's currency")


class PaymentPageSerializer(serializers.Serializer[Budget]):
    payment_url = serializers.CharField(read_only=True, help_text="The hosted page to pay on")


class BudgetAPIView(OrganizationAPIView):
    def budget(self, public_id: str) -> Budget:
        found = Budget.objects.for_organization(self.organization).select_related("organization")
        return access.get(found, public_id=public_id)


class Budgets(BudgetAPIView):
    needs = {"GET": Capability.VIEW_MONEY, "POST": Capability.MANAGE_MONEY}
    serializer_class = BudgetSerializer

    @extend_schema(responses=BudgetSerializer(many=True), operation_id="budgets_list")
    def get(self, request: Request, slug: str) -> Response:
        """Budgets of the organisation, newest first."""
        return self.listed(Budget.objects.for_organization(self.organization), BudgetSerializer)

    @extend_schema(
        request=NewBudgetSerializer,
        responses={201: BudgetSerializer},
        parameters=[idempotency_parameter()],
        operation_id="budgets_open",
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Open a budget. Pay into it next."""
        given = self.parsed(NewBudgetSerializer)
        made = budgets.open_budget(actor=self.user, organization=self.organization, **given)
        return Response(BudgetSerializer(made).data, status=201)


class BudgetDetail(BudgetAPIView):
    needs = {"GET": Capability.VIEW_MONEY}
    serializer_class = BudgetWithFiguresSerializer

    def get(self, request: Request, slug: str, public_id: str) -> Response:
        """One budget, and where its money is."""
        return Response(BudgetWithFiguresSerializer(self.budget(public_id)).data)


class BudgetFund(BudgetAPIView):
    needs = {"POST": Capability.MANAGE_MONEY}
    serializer_class = PaymentPageSerializer

    @extend_schema(request=NewFundingSerializer, responses={201: PaymentPageSerializer})
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """The page on which an amount is paid in. The same amount asked again gives the same page while it is open."""
        found = self.budget(public_id)
        here = settings.SITE_URL + reverse("budgets:budget", args=[slug, found.public_id])
        checkout = budgets.fund(
            actor=self.user,
            budget=found,
            amount=self.parsed(NewFundingSerializer)["amount"],
            success_url=f"{here}?returned=1",
            cancel_url=here,
        )
        return Response({"payment_url": checkout.url}, status=201)


class BudgetClose(BudgetAPIView):
    needs = {"POST": Capability.MANAGE_MONEY}
    serializer_class = BudgetWithFiguresSerializer

    @extend_schema(request=None)
    def post(self, request: Request, slug: str, public_id: str) -> Response:
        """Promise no more of it and return what is free to the cards it came from. Safe to repeat."""
        budgets.close(actor=self.user, budget=self.budget(public_id))
        return Response(BudgetWithFiguresSerializer(self.budget(public_id)).data)
