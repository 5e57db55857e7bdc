"""Read form-encoded parameters and check them against the SDK's typed parameter classes."""

import re
import types
import typing
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, NotRequired, Required, Union

import typing_extensions
from stripe import RequestOptions

from payments.sandbox.errors import ApiError, Json, parameter_error

SEGMENT = re.compile(r"\[([^\]]*)\]")
QUALIFIERS = (NotRequired, Required, typing_extensions.NotRequired, typing_extensions.Required)
UNIONS = (Union, types.UnionType)


def decode(pairs: Iterable[tuple[str, str]]) -> Json:
    """Nest `a[b][0]=x` pairs. List positions stay keys until the parameter's type is known."""
    nested: Json = {}
    for name, value in pairs:
        head, *_ = name.split("[", 1)
        place(nested, [head, *SEGMENT.findall(name[len(head) :])], value, name)
    return nested


def place(nested: Json, keys: list[str], value: str, name: str) -> None:
    *parents, last = keys
    for key in parents:
        nested = nested.setdefault(key or str(len(nested)), {})
        if not isinstance(nested, dict):
            raise ApiError(f"Invalid parameter: {name}", param=name, kept=False)
    nested[last or str(len(nested))] = value


def as_form(value: Any) -> Any:
    """JSON as `decode` would give it: lists by position, plain values as text, nulls left out."""
    if isinstance(value, dict):
        return {name: as_form(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return {str(place): as_form(item) for place, item in enumerate(value)}
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def check(given: Json, declared: type, acts_on: Iterable[str]) -> Json:
    """The typed parameters, or the refusal Stripe would answer.

    A parameter that Stripe knows but the sandbox does nothing with is refused as well:
    silently ignoring it would let a test pass that fails against Stripe.
    """
    values = check_object(given, declared, "")
    known = {"expand", *acts_on}
    for path in leaves(values, ""):
        if not any(path == name or path.startswith(f"{name}.") for name in known):
            raise parameter_error("parameter_unsupported", f"The sandbox does not act on {path} yet.", path)
    return values


def leaves(value: Any, path: str) -> Iterator[str]:
    """Dotted paths of all plain values, list positions left out."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else name)
    else:
        yield path


def check_object(given: Json, declared: type, path: str) -> Json:
    annotations = annotations_of(declared)
    required = typing.cast("frozenset[str]", getattr(declared, "__required_keys__", frozenset()))
    for name in sorted(required & annotations.keys() - given.keys()):
        raise parameter_error("parameter_missing", f"Missing required param: {join(path, name)}.", join(path, name))
    for name in given.keys() - annotations.keys():
        raise parameter_error("parameter_unknown", f"Received unknown parameter: {join(path, name)}", join(path, name))
    return {name: check_value(value, annotations[name], join(path, name)) for name, value in given.items()}


@cache
def annotations_of(declared: type) -> dict[str, Any]:
    """A parameter class's own fields, without the request options it inherits."""
    own = {k: v for k, v in declared.__annotations__.items() if k not in RequestOptions.__annotations__}
    holder = type(declared.__name__, (), {"__annotations__": own, "__module__": declared.__module__})
    hints = typing.get_type_hints(holder, include_extras=True)
    return {name: unqualified(hint) for name, hint in hints.items()}


def unqualified(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) in QUALIFIERS else hint


def check_value(value: Any, hint: Any, path: str) -> Any:
    if hint is Any:
        return value
    options = typing.get_args(hint) if typing.get_origin(hint) in UNIONS else (hint,)
    return check_nested(value, options, path) if isinstance(value, dict) else check_scalar(value, options, path)


def check_nested(value: Json, options: tuple[Any, ...], path: str) -> Any:
    for option in options:
        origin = typing.get_origin(option)
        if origin is list:
            return check_list(value, typing.get_args(option)[0], path)
        if origin is dict:
            return {name: check_value(item, str, join(path, name)) for name, item in value.items()}
        if typing_extensions.is_typeddict(option):
            return check_object(value, option, path)
    raise ApiError(f"Invalid {path}: a single value is expected.", param=path, kept=False)


def check_list(value: Json, hint: Any, path: str) -> list[Any]:
    if not all(key.isdecimal() for key in value):
        raise ApiError(f"Invalid array: {path} takes a list.", param=path, kept=False)
    positions = sorted(value, key=int)
    return [check_value(value[key], hint, join(path, key)) for key in positions]


def check_scalar(value: str, options: tuple[Any, ...], path: str) -> str | int | bool:
    allowed = [
        choice for option in options if typing.get_origin(option) is Literal for choice in typing.get_args(option)
    ]
    if value in allowed:
        return value
    if value == "":
        raise parameter_error("parameter_invalid_empty", f"You passed an empty string for '{path}'.", path)
    if bool in options:
        return read_bool(value, path)
    if int in options:
        return read_integer(value, path)
    if any(allowed) or str not in options:
        raise ApiError(f"Invalid {path}: must be one of {', '.join(filter(None, allowed))}", param=path, kept=False)
    return value


def read_bool(value: str, path: str) -> bool:
    if value not in ("true", "false"):
        raise ApiError(f"Invalid boolean: {value}", param=path, kept=False)
    return value == "true"


def read_integer(value: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", value):
        raise parameter_error("parameter_invalid_integer", f"Invalid integer: {value}", path)
    return int(value)


def join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
