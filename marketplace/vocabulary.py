"""The class names of the market: learned when offers are listed, used for suggestions and spelling."""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from marketplace.models import MarketLabel
from marketplace.rules.facets import label_key

MOST_COMPARED = 50_000


def learn(names: Iterable[str]) -> None:
    keys = sorted({label_key(name) for name in names} - {""})
    MarketLabel.objects.bulk_create((MarketLabel(name=key) for key in keys), ignore_conflicts=True)


def beginning_with(prefix: str, limit: int = 8) -> list[str]:
    """Names for a search box; those with a later word that begins so come after."""
    key = label_key(prefix)
    if not key:
        return []
    names = MarketLabel.objects.order_by("name").values_list("name", flat=True)
    first = list(names.filter(name__startswith=key)[:limit])
    return first + list(names.filter(name__contains=f" {key}").exclude(name__startswith=key)[: limit - len(first)])


def respelled(text: str) -> str:
    """The text with unknown words put right from the vocabulary, or "" when nothing changes."""
    if MarketLabel.objects.filter(name=label_key(text)).exists():
        return ""
    known = list(MarketLabel.objects.order_by("pk").values_list("name", flat=True)[:MOST_COMPARED])
    whole = _closest(label_key(text), known)
    if whole:
        return whole
    words = {word for name in known for word in name.split()}
    given = label_key(text).split()
    corrected = [word if word in words else _closest(word, words) or word for word in given]
    return " ".join(corrected) if corrected != given else ""


def _closest(word: str, known: Iterable[str]) -> str:
    """The known word fewest slips away: one in a short word, one more for every six letters."""
    if len(word) < 3:
        return ""
    found = process.extractOne(word, list(known), scorer=OSA.distance, score_cutoff=1 + len(word) // 6)
    return str(found[0]) if found else ""
