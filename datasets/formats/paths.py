"""Names of files from strangers: brought into one spelling, or refused."""

import re
import unicodedata

MAX_PATH = 500
MAX_PART = 255
"""What common file systems allow, in characters."""
_JUNK = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.git/)", re.IGNORECASE)


def refusal(name: str) -> str:
    """Why a path cannot be used, or empty."""
    parts = name.split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return "The name points outside the archive."
    if len(name) > MAX_PATH or any(len(part) > MAX_PART for part in parts):
        return "The name is too long."
    if not name.isprintable() or "�" in name:
        return "The name has characters that cannot be shown."
    if not parts[-1]:
        return "The name is empty."
    return ""


def tidy(name: str) -> str:
    """Forward slashes, composed letters, no empty or `.` parts in between."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    root = "/" if path.startswith("/") else ""
    return root + "/".join(part for part in path.split("/") if part not in ("", "."))


def shown(name: str) -> str:
    """A name for a report: nothing that would not print, or turn the text around it."""
    return "".join(each if each.isprintable() else "�" for each in name)[:MAX_PATH]


def is_junk(name: str) -> bool:
    """Files that operating systems leave behind."""
    return bool(_JUNK.search(name))
