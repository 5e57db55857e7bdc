"""Rules of the house that no linter knows. Each failure names the file and the line."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("core", "accounts", "jobs", "payments", "datasets", "licensing", "marketplace", "projects", "labelhub")
DJANGOS_OWN = {"all", "filter", "exclude", "get", "first", "last", "create", "bulk_create", "get_or_create", "update",
               "update_or_create", "values", "values_list", "order_by", "select_related", "count", "exists", "raw",
               "annotate", "aggregate", "in_bulk", "earliest", "latest", "none", "iterator"}  # fmt: skip
LONGEST_FILE = 400
LONGEST_TEMPLATE = 150


def _sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(), str(path)))


def _at(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def _is_skin(path: Path) -> bool:
    """Views and API handlers, whether in one file, several, or a folder."""
    names = {path.stem, path.parent.name}
    in_tests = "tests" in path.parts
    return not in_tests and (bool(names & {"views", "api"}) or path.stem.endswith(("_views", "_api")))


def test_views_ask_for_rows_by_the_apps_own_nouns() -> None:
    """`Offer.objects.for_organization(…)` says whose rows these are; `.objects.all()` and `.filter()` do not."""
    found = [
        f"{_at(path, node)} .objects.{node.attr}"
        for path in filter(_is_skin, _sources())
        for node in _nodes(path)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr in {"objects", "_default_manager"}
        and node.attr in DJANGOS_OWN
    ]
    assert found == []


def test_there_are_no_signals() -> None:
    found = [
        _at(path, node)
        for path in _sources()
        for node in _nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[-1] in {"signals", "dispatch"}
    ]
    assert found == [], "call the service that owns the change"


def test_models_do_no_work_of_their_own() -> None:
    found = [
        f"{_at(path, node)} {node.name}"
        for path in _sources()
        if path.stem == "models" or path.parent.name == "models"
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "__init__", "clean", "full_clean"}
    ]
    assert found == [], "what changes state is a service"


def test_first_party_imports_stand_at_the_top() -> None:
    found = [
        _at(path, inner)
        for path in _sources()
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.ImportFrom) and inner.module and inner.module.split(".")[0] in APPS
    ]
    assert found == []


def test_files_have_names_and_fit_in_the_head() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if path.stem in {"utils", "helpers", "misc", "common"} or len(path.read_text().splitlines()) > LONGEST_FILE
    ]
    assert found == [], f"name it after what it does, and split it beyond {LONGEST_FILE} lines"


@pytest.mark.parametrize("kind", ["html", "txt"])
def test_templates_fit_on_a_page(kind: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob(f"*.{kind}")
        if len(path.read_text().splitlines()) > LONGEST_TEMPLATE
    ]
    assert found == []
