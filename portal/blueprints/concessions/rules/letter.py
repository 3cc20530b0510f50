"""What a letter to the customer may not say by itself."""

import re
from collections.abc import Iterable


def admissions(texts: Iterable[str], *, words: Iterable[str]) -> tuple[str, ...]:
    """Give the words that admit liability and stand in a text, whole and however they are spelt;
    they are counsel's to write.
    """
    said = [" ".join(text.casefold().replace("’", "'").split()) for text in texts]
    found = []
    for word in words:
        plain = " ".join(word.casefold().replace("’", "'").split())
        if any(re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text) for text in said):
            found.append(word)
    return tuple(found)
