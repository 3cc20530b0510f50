"""Words as they are compared."""

import re
import unicodedata

MARKS = "\u0300-\u036f"


def plain(text: str) -> str:
    """Give text without accents and capitals."""
    bare = re.sub(f"[{MARKS}]", "", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).lower()
