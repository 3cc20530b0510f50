"""Words as they are compared."""

import re
import unicodedata

MARKS = "\u0300-\u036f"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def plain(text: str) -> str:
    """Give text without accents and capitals."""
    bare = re.sub(f"[{MARKS}]", "", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).lower()


def legible(text: str) -> str:
    """Give a name on one line without signs that show nothing (zero width, turned direction,
    control characters); empty where nothing to read is left.
    """
    seen = ("" if unicodedata.category(sign) in UNSEEN else sign for sign in " ".join(text.split()))
    return " ".join("".join(seen).split())
