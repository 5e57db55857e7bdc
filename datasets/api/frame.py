"""What every view below `organizations/<slug>/datasets/<dataset>/` stands in."""

from functools import cached_property
from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from accounts import access
from accounts.api import OrganizationAPIView
from core.pagination import CursorPagination
from datasets.models import Dataset


class DatasetAPIView(OrganizationAPIView):
    serializer_class: type[BaseSerializer[Any]]
    pagination_class: type[CursorPagination] = CursorPagination

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Looks for the dataset before anything that was sent is read."""
        super().initial(request, *args, **kwargs)
        _ = self.dataset

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset of the route, or 404."""
        found = Dataset.objects.for_organization(self.organization).select_related("schema", "organization")
        return access.get(found, public_id=self.kwargs["dataset"])
