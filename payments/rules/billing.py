"""What may be printed as the addressee of an invoice."""

import re
import unicodedata
from collections.abc import Sequence

MOST_ADDRESS_LINES = 5
LONGEST_ADDRESS_LINE = 100
_VAT_ID = re.compile(r"[0-9A-Z][0-9A-Z .+*/-]{2,29}")


def one_line(text: str) -> str:
    """Without what cannot be printed, and with single spaces."""
    kept = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} else sign for sign in text)
    return " ".join("".join(kept).split())


def address_lines(text: str) -> list[str]:
    return [line for line in map(one_line, text.splitlines()) if line]


def address_fits(lines: Sequence[str]) -> bool:
    return len(lines) <= MOST_ADDRESS_LINES and all(len(line) <= LONGEST_ADDRESS_LINE for line in lines)


def is_vat_id(text: str) -> bool:
    """Whether it looks like a VAT or tax number of some country; whether it exists is not asked."""
    return bool(_VAT_ID.fullmatch(text)) and any(sign.isdigit() for sign in text)
