"""The list of failure cases has thirty-one; each is a test whose name begins with its number."""

import re

from django.conf import settings

CASES = range(1, 32)
NAMED = re.compile(r"^def test_case_((?:\d\d_(?:and_)?)+)", re.MULTILINE)


def test_every_failure_case_has_a_test() -> None:
    found: set[int] = set()
    for path in settings.BASE_DIR.glob("*/tests/test_*.py"):
        for numbers in NAMED.findall(path.read_text(encoding="utf-8")):
            found.update(map(int, re.findall(r"\d\d", numbers)))
    assert sorted(set(CASES) - found) == []
    assert sorted(found - set(CASES)) == []
