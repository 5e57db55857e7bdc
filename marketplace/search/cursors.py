"""Where a page begins, as an address carries it. What is no mark of the order asked for is ignored."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def encode(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(text: str | None, order: Sequence[str]) -> list[Any] | None:
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _checked(values, order)
    except (ValueError, TypeError):
        return None


def _checked(values: Any, order: Sequence[str]) -> list[Any]:
    if not isinstance(values, list) or len(values) != len(order):
        raise ValueError("not a mark of this order")
    return [_value(name.lstrip("-"), value) for name, value in zip(order, values, strict=True)]


def _value(column: str, value: Any) -> Any:
    if column == "listed_at":
        return datetime.fromisoformat(value)
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("not a number of this column")
    return value
