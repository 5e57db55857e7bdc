"""The API's reference as plain rows, read from its OpenAPI description, for the page that shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from drf_spectacular.generators import SchemaGenerator

Schema = Mapping[str, Any]

DEEPEST = 3


@dataclass(frozen=True)
class Value:
    """One input or one part of an answer; `name` is dotted, with [] for each entry of a list."""

    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    title: str
    text: str
    parameters: list[Value]
    body: list[Value]
    status: str
    answer: list[Value]
    curl: str


@dataclass(frozen=True)
class Resource:
    name: str
    operations: list[Operation]


@cache
def resources() -> list[Resource]:
    """All operations by resource, in the order of their addresses. The code does not change while a process runs."""
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found = [
        (operation["tags"][0], _operation(schema, path, method, operation))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    found.sort(key=lambda pair: pair[0])
    return [Resource(tag, [pair[1] for pair in pairs]) for tag, pairs in groupby(found, key=lambda pair: pair[0])]


def _operation(schema: Schema, path: str, method: str, given: Schema) -> Operation:
    status, answer = next(iter(given["responses"].items()))
    body = list(_values(schema, _content(given.get("requestBody", {}))))
    title, _, text = given.get("description", "").replace("`", "").strip().partition("\n")
    return Operation(
        name=given["operationId"],
        method=method.upper(),
        path=path,
        title=title or _words(given["operationId"]),
        text=text.strip(),
        parameters=[_parameter(schema, parameter) for parameter in given.get("parameters", [])],
        body=body,
        status=status,
        answer=list(_values(schema, _content(answer))),
        curl=_curl(method.upper(), path, body),
    )


def _words(name: str) -> str:
    """«members_partial_update» as «Members: partial update»."""
    resource, _, rest = name.partition("_")
    return f"{resource.capitalize()}: {rest.replace('_', ' ')}"


def _parameter(schema: Schema, given: Schema) -> Value:
    return Value(given["name"], _kind(schema, given["schema"]), given.get("required", False), _text(given))


def _content(given: Schema) -> Schema:
    schema: Schema = given.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _values(schema: Schema, given: Schema, prefix: str = "", depth: int = 0) -> Iterator[Value]:
    given = _resolve(schema, given)
    if given.get("type") == "array":
        yield from _values(schema, given["items"], f"{prefix}[]", depth)
        return
    for name, part in given.get("properties", {}).items():
        full = f"{prefix}.{name}" if prefix else name
        yield Value(full, _kind(schema, part), name in given.get("required", []), _text(part))
        if depth < DEEPEST:
            yield from _values(schema, part, full, depth + 1)


def _resolve(schema: Schema, given: Schema) -> Schema:
    """Follow a reference, and take the first of what may be combined (null, or a choice of values)."""
    if "$ref" in given:
        return _resolve(schema, schema["components"]["schemas"][given["$ref"].rpartition("/")[2]])
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in given:
            return _resolve(schema, given[combined][0])
    return given


def _kind(schema: Schema, given: Schema) -> str:
    found = _resolve(schema, given)
    if found.get("type") == "array":
        return f"list of {_kind(schema, found['items'])}"
    if "enum" in found:
        return " | ".join(str(choice) for choice in found["enum"])
    kind = str(found.get("format") or found.get("type") or "any")
    return f"{kind}, at most {found['maxLength']}" if "maxLength" in found else kind


def _text(given: Schema) -> str:
    """The description without the list of choices, which `_kind` names already."""
    return str(given.get("description", "")).partition("\n\n*")[0].partition("* `")[0].replace("`", "").strip()


def _curl(method: str, path: str, body: list[Value]) -> str:
    lines = [f"curl -X {method} $LABELHUB{path}", '-H "Authorization: Bearer $TOKEN"']
    if body:
        fields = ", ".join(f'"{value.name}": …' for value in body if "." not in value.name)
        lines += ['-H "Content-Type: application/json"', f"-d '{{{fields}}}'"]
    return " \\\n  ".join(lines)
