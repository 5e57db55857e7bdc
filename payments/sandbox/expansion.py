"""`expand[]`: put whole objects where an answer holds their ids."""

from typing import Any

from payments.sandbox import lists
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.store import Store

DEEPEST = 4


def expanded(store: Store, answer: Json, paths: list[str]) -> Json:
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise ApiError(f"You cannot expand more than {DEEPEST} levels of a property: {path}", kept=False)
        expand(store, answer, steps, path)
    return answer


def expand(store: Store, holder: Json, steps: list[str], path: str) -> None:
    """Follow the steps; lists are followed in each of their objects."""
    step, *rest = steps
    if step == "line_items" and holder.get("object") == "checkout.session":
        holder[step] = lists.line_items(store, holder["id"], limit=10)
    elif step not in holder:
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand", kept=False)
    else:
        holder[step] = opened(store, holder[step])
    for child in children(holder[step]):
        if rest:
            expand(store, child, rest, path)


def opened(store: Store, value: Any) -> Any:
    return (store.find(value) or value) if isinstance(value, str) else value


def children(value: Any) -> list[Json]:
    found = value if isinstance(value, list) else [value]
    return [child for child in found if isinstance(child, dict)]
