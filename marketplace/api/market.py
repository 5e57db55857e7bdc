"""The public market for programs. No sign-in is needed to search it."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from core.errors import Invalid
from marketplace import vocabulary
from marketplace.models import Offer
from marketplace.search import cursors
from marketplace.search.answer import Answer, answer
from marketplace.search.query import SORTS, SearchQuery, checked, from_address
from marketplace.serializers import MarketListingSerializer, MarketOfferSerializer, SearchAnswerSerializer

MOST_RESULTS = 100


def _parameter(name: str, description: str, *, many: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=description, many=many)


SEARCH_PARAMETERS = [
    _parameter("q", "Words, in titles, labels and descriptions"),
    _parameter("kind", "dataset, image or video"),
    _parameter("label", "A label; several must all be there", many=True),
    _parameter("license", "A licence preset: evaluation, research, commercial-training or open"),
    _parameter("allows", "commercial, redistribution or shipping-models; several must all be allowed", many=True),
    _parameter("price", "free or paid"),
    _parameter("images", "1-99, 100-999, 1000-9999 or 10000+: images in the dataset"),
    _parameter("size", "under-0.3, 0.3-2, 2-12 or over-12: megapixels of an image"),
    _parameter("shape", "tag, box, polygon, polyline, keypoints or mask"),
    _parameter("producer", "A producer's public address, as in /market/p/…/"),
    _parameter("currency", "Needed for prices and for sorting by them"),
    _parameter("min_price", "In whole units, such as 12.50"),
    _parameter("max_price", "In whole units, such as 12.50"),
    _parameter("min_images", "Images in the dataset, at least"),
    _parameter("max_images", "Images in the dataset, at most"),
    OpenApiParameter("sort", str, enum=list(SORTS)),
    _parameter("after", "The cursor of `next`"),
    _parameter("before", "The cursor of `previous`"),
    OpenApiParameter("page_size", int, description=f"At most {MOST_RESULTS}"),
]


class Search(GenericAPIView[Offer]):
    permission_classes = [AllowAny]
    serializer_class = SearchAnswerSerializer

    @extend_schema(parameters=SEARCH_PARAMETERS, responses=SearchAnswerSerializer, operation_id="market_search")
    def get(self, request: Request) -> Response:
        """Search what is on the market, page by page from a cursor."""
        given = request.query_params
        query = checked(from_address(given))
        _refuse_broken_cursors(given, query)
        if query.dropped:
            raise Invalid(
                _("This cannot be understood; prices and sorting by them need a currency."), field=query.dropped[0]
            )
        found = answer(query, after=given.get("after"), before=given.get("before"), size=_size(given))
        return Response(_said(request, found))


def _refuse_broken_cursors(given: QueryDict, query: SearchQuery) -> None:
    """A page may fall back to the first results; a program that pages would read them for ever."""
    for name in ("after", "before"):
        cursor = given.get(name)
        if cursor and cursors.decode(cursor, query.order) is None:
            raise Invalid(_("This is no cursor of this search and order. Follow next and previous."), field=name)


class MarketOffer(GenericAPIView[Offer]):
    permission_classes = [AllowAny]
    serializer_class = MarketListingSerializer

    @extend_schema(operation_id="market_offer")
    def get(self, request: Request, public_id: str) -> Response:
        """One offer with its licence, its classes and its manifest's hash."""
        offer = access.get(Offer.objects.on_market().with_goods(), public_id=public_id)
        return Response(MarketListingSerializer(offer).data)


class Labels(GenericAPIView[Offer]):
    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[_parameter("q", "How the label begins")],
        responses={200: {"type": "array", "items": {"type": "string"}}},
        operation_id="market_labels",
    )
    def get(self, request: Request) -> Response:
        """Labels of the market that begin so, for a search box."""
        return Response(vocabulary.beginning_with(request.query_params.get("q", "")))


def _size(given: QueryDict) -> int:
    asked = given.get("page_size", "")
    return min(max(int(asked), 1), MOST_RESULTS) if asked.isdecimal() and len(asked) < 6 else 24


def _said(request: Request, found: Answer) -> dict[str, object]:
    return {
        "query": found.query.text,
        "suggestion": found.suggestion,
        "total": found.found.total,
        "about": found.found.about,
        "counts_about": found.found.counts_about,
        "facets": dict(found.found.facet_counts),
        "results": MarketOfferSerializer(found.offers, many=True).data,
        "next": _page(request, "after", found.after),
        "previous": _page(request, "before", found.before),
    }


def _page(request: Request, direction: str, cursor: str) -> str | None:
    if not cursor:
        return None
    query = request.query_params.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[direction] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
