"""What Stripe refuses in a new Checkout Session, beyond the shape of its parameters."""

from typing import Any
from urllib.parse import urlsplit

from payments.rules.limits import MOST_CHECKOUT_LINES, ChargeProblem, charge_problem
from payments.sandbox.errors import ApiError, Json, parameter_error

SHORTEST_LIFE = 30 * 60
LONGEST_LIFE = 24 * 3600
MOST_METADATA = 50
LONGEST_METADATA_KEY = 40
LONGEST_METADATA_VALUE = 500


def check_request(params: Json, now: int) -> None:
    if params.get("mode") != "payment":
        raise ApiError("The sandbox only takes sessions in payment mode.", param="mode", kept=False)
    for name in ("success_url", "line_items"):
        if not params.get(name):
            raise parameter_error("parameter_missing", f"Missing required param: {name}.", name)
    if params.get("payment_method_types", ["card"]) != ["card"]:
        raise ApiError("The sandbox only takes cards.", param="payment_method_types", kept=False)
    for name in ("success_url", "cancel_url"):
        check_url(params.get(name), name)
    check_life(params.get("expires_at"), now)
    check_metadata(params.get("metadata", {}))
    if len(params.get("client_reference_id", "")) > 200:
        raise ApiError("Invalid string: at most 200 characters.", param="client_reference_id", kept=False)


def check_url(url: str | None, name: str) -> None:
    if url is not None and urlsplit(url).scheme not in ("http", "https"):
        raise parameter_error("url_invalid", "Not a valid URL. URLs must begin with http or https.", name)


def check_life(expires_at: int | None, now: int) -> None:
    if expires_at is not None and not now + SHORTEST_LIFE <= expires_at <= now + LONGEST_LIFE:
        raise ApiError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
            kept=False,
        )


def check_metadata(metadata: dict[str, str]) -> None:
    if len(metadata) > MOST_METADATA:
        raise ApiError(f"Metadata has at most {MOST_METADATA} keys.", param="metadata", kept=False)
    for name, value in metadata.items():
        if len(name) > LONGEST_METADATA_KEY or len(value) > LONGEST_METADATA_VALUE:
            raise ApiError("Metadata names have at most 40 characters and values 500.", param="metadata", kept=False)


def one_currency(lines: list[Json]) -> str:
    if len(lines) > MOST_CHECKOUT_LINES:
        raise ApiError(f"A session has at most {MOST_CHECKOUT_LINES} line items.", param="line_items", kept=False)
    for place, line in enumerate(lines):
        check_line(line, f"line_items[{place}]")
    currencies = {line["price_data"]["currency"].lower() for line in lines}
    if len(currencies) > 1:
        raise ApiError("All line items must use the same currency.", param="line_items", kept=False)
    return str(currencies.pop())


def check_line(line: Json, path: str) -> None:
    price: Any = line.get("price_data", {})
    for name, value in (("quantity", line.get("quantity")), ("price_data][unit_amount", price.get("unit_amount"))):
        if value is None:
            raise parameter_error("parameter_missing", f"Missing required param: {path}[{name}].", path)
        if value < 0:
            raise parameter_error("parameter_invalid_integer", f"Invalid {path}[{name}]: not negative.", path)
    if not price.get("product_data"):
        raise parameter_error("parameter_missing", f"Missing required param: {path}[price_data][product_data].", path)


def check_total(total: int, currency: str) -> None:
    problem = charge_problem(total, currency.upper()) if total else None
    if problem is ChargeProblem.TOO_LARGE:
        raise ApiError("Amount must be no more than 99999999.", code="amount_too_large", param="line_items")
    if problem is ChargeProblem.TOO_SMALL:
        message = "The Checkout Session's total amount due is below the smallest charge of its currency."
        raise ApiError(message, code="amount_too_small", param="line_items")
    if problem:
        raise ApiError(f"Invalid amount for {currency}.", code="parameter_invalid_integer", param="line_items")
