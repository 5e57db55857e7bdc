"""How often something may be done: counted in the cache, so that every process counts together."""

from django.core.cache import cache
from django.utils.translation import gettext as _

from core.errors import TooMany


def consume(action: str, key: object, *, limit: int, seconds: int) -> None:
    """Count one use of `action` by `key`; more than `limit` in a window of `seconds` is refused."""
    counter = f"limit:{action}:{key}:{seconds}"
    cache.add(counter, 0, timeout=seconds)
    try:
        used = cache.incr(counter)
    except ValueError:  # the window ended between the two calls
        return
    if used > limit:
        raise TooMany(_("That was done too often in a short time. Wait a while, then try again."))
