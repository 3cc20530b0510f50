"""Italian articles before the days and shares that are put into texts."""

import re
from collections.abc import Mapping
from typing import Any

ARTICLE = re.compile(r"\b(i|I|a|A|da|Da|de|De|ne|Ne)l (%\((\w+)\)s)")
WITH_VOWEL = re.compile(r"(?:<[^>]*>)?(?:(?:0?8|11)(?:\s[a-z]|/)|(?:8\d?|11)(?:,\d+)?\s?%)")


def elided(text: str, values: Mapping[str, Any], language: str) -> str:
    """Give a text of a catalogue, in Italian with its article shortened before a day or share put
    in that begins with a vowel (l’8 giugno, all’11 giugno, dell’80 %); nobody's words are touched.
    """
    if language != "it":
        return text

    def shorten(found: re.Match[str]) -> str:
        if not WITH_VOWEL.match(str(values.get(found[3], ""))):
            return found[0]
        before = {"i": "l", "I": "L"}.get(found[1], f"{found[1]}ll")
        return f"{before}’{found[2]}"

    return ARTICLE.sub(shorten, text)
