"""How alike two matters of a customer are, by their words."""

import re
import unicodedata

LETTERS = re.compile(r"[^\W\d_]{4,}")
STEM = 6
ALIKE = 0.12
"""Share of common words above which two short texts speak of the same thing more often than not."""


def word_stems(text: str) -> frozenset[str]:
    """Give the beginnings of the words of a text, without accents: "facturation" and "factures"
    meet.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(word[:STEM] for word in LETTERS.findall(plain))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the share of stems that two texts have in common: 0 none, 1 all."""
    if not one or not other:
        return 0.0
    return len(one & other) / len(one | other)
