import re
from pathlib import Path

import pytest
from django.conf import settings

from core import audit

VERB = re.compile(r'verb="([a-z_]+\.[a-z_]+)"|_record\([^"\n]*"([a-z_]+\.[a-z_]+)"')
APPS = ("accounts", "jobs", "datasets", "payments", "licensing", "marketplace", "projects")


def verbs() -> set[str]:
    sources = [path for app in APPS for path in Path(settings.BASE_DIR, app).rglob("*.py") if "tests" not in path.parts]
    return {one or other for path in sources for one, other in VERB.findall(path.read_text())}


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_every_verb_of_the_trail_reads_as_a_sentence(verb: str) -> None:
    assert verb in audit.known_verbs()


def test_a_filter_shows_phrases_without_the_names_of_their_values() -> None:
    assert audit.known_verbs()["team.invited"] == "invited … as …"
