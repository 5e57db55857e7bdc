"""An icon that is not in the sprite draws nothing and says nothing, so its name is checked here."""

import re
from pathlib import Path

from django.conf import settings

from core.kit.elements import NOTICE_ICONS, STATES
from core.kit.shell import ACCOUNT_PAGES, MAKE, RUN, TRADE

BASE: Path = settings.BASE_DIR
IN_TEMPLATES = re.compile(r"""(?:\bicon=|{% (?:icon|empty_state) )"([a-z0-9-]+)\"""")


def test_every_icon_is_in_the_sprite() -> None:
    known = set((BASE / "frontend/icons.txt").read_text().split())
    used = {name for page in (BASE / "templates").rglob("*.html") for name in IN_TEMPLATES.findall(page.read_text())}
    assert used
    assert used <= known, used - known


def test_every_icon_of_the_kit_is_in_the_sprite() -> None:
    known = set((BASE / "frontend/icons.txt").read_text().split())
    rooms = {room.icon for room in (*MAKE, *TRADE, *RUN, *ACCOUNT_PAGES)}
    assert {icon for _tone, icon in STATES.values()} | set(NOTICE_ICONS.values()) | rooms <= known
