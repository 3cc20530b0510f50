"""Words that people or files bring: tidied, and the form that lists sort and search by."""

import unicodedata

from portal.core.plain import plain


def tidy(text: str | None, *, lines: bool = False) -> str:
    """Give text without control characters and stray spaces; `lines` keeps line ends and tabs.

    What no database can store (NUL, halves of characters) is dropped, nothing else.
    """
    kept = "\n\t" if lines else ""
    clean = "".join(
        sign if sign in kept or unicodedata.category(sign) not in {"Cc", "Cs"} else " "
        for sign in (text or "").replace("\r\n", "\n").replace("\x00", "")
    )
    return clean.strip() if lines else " ".join(clean.split())


def name_key(name: str) -> str:
    """Give the form of a name that lists sort and search by: capitals, accents and spaces do not
    matter.
    """
    return plain(" ".join(unicodedata.normalize("NFKC", name).split()).casefold())[:200]
