"""The frame that every API view stands in.

    class Datasets(OrganizationAPIView):
        needs = {"GET": Capability.VIEW, "POST": Capability.EDIT_MEDIA}
        serializer_class = DatasetSerializer

        def get(self, request: Request, slug: str) -> Response:
            return self.listed(Dataset.objects.for_organization(self.organization), DatasetSerializer)

        @extend_schema(request=NewDatasetSerializer, responses={201: DatasetSerializer})
        def post(self, request: Request, slug: str) -> Response:
            given = self.parsed(NewDatasetSerializer)
            dataset = create_dataset(actor=self.user, organization=self.organization, **given)
            return Response(DatasetSerializer(dataset).data, status=201)

Routes live in the app's `api_urls.py` as `organizations/<slug:slug>/…`, which `labelhub/api.py` includes.
Add `@core.idempotency.idempotent` to a handler that creates money or orders.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.models import ApiToken, Membership, Organization, User
from accounts.permissions import Capability, Scope


class HubAPIView(GenericAPIView[Any]):
    """The handlers' shorthand. Use it as it is, with `permission_classes = [AllowAny]`, for what is public."""

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  # IsAuthenticated has run
        return user

    def parsed(self, shape: type[BaseSerializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The request's body in the given shape, or a 400 that names each wrong field."""
        serializer = shape(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def listed(self, rows: "QuerySet[Any]", shape: type[BaseSerializer[Any]]) -> Response:
        """One cursor page of rows; set `pagination_class` for an order other than newest first."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True).data)


class SignedInAPIView(HubAPIView):
    """For what belongs to the caller rather than to one organisation. Tokens write here only with `manage`."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        token = request.auth
        if isinstance(token, ApiToken) and request.method not in SAFE_METHODS and Scope.MANAGE not in token.scopes:
            raise PermissionDenied(_("The scopes of this token do not allow this."))


class OrganizationAPIView(HubAPIView):
    """Resolves `self.membership` once, before the handler. A method that `needs` does not name is closed (405)."""

    needs: ClassVar[Mapping[str, Capability]] = {"GET": Capability.VIEW}
    membership: Membership

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else str(request.method)
        needed = self.needs.get(method)
        self.membership = access.membership(request, kwargs["slug"], needs=needed or Capability.VIEW)
        if needed is None:
            raise MethodNotAllowed(method)

    @property
    def organization(self) -> Organization:
        return self.membership.organization
