"""What a holding statement must be, and who may approve one."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.core.i18n import LANGUAGES

LONGEST = timedelta(days=14)
"""How long a statement can hold before it must be looked at again."""
USUAL = timedelta(days=2)
MOST_QUESTIONS = 20


def pairs(text: str) -> list[dict[str, str]] | None:
    """Read questions and answers: blocks between empty lines, each a question on its first line and
    the answer below it. None where a block has no answer.
    """
    blocks = [one.strip() for one in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))]
    found = []
    for block in blocks:
        question, _line, answer = block.partition("\n")
        if block and not answer.strip():
            return None
        if block:
            found.append({"q": question.strip(), "a": " ".join(answer.split())})
    return found


def unpaired(found: list[Mapping[str, str]]) -> str:
    """Give questions and answers as they are typed."""
    return "\n\n".join(f"{one['q']}\n{one['a']}" for one in found)


def wrong_with(texts: Mapping[str, Mapping[str, Any]]) -> str:
    """Give the field that is wrong with the texts of a statement: each language says something, and
    all of them answer as many questions; empty where all is well.
    """
    for language in LANGUAGES:
        if not texts.get(language, {}).get("text", "").strip():
            return f"text_{language}"
    asked = {language: texts[language]["questions"] for language in LANGUAGES}
    first = next(iter(LANGUAGES))
    for language, found in asked.items():
        unlike = found is None or asked[first] is None or len(found) != len(asked[first])
        if unlike or len(found) > MOST_QUESTIONS:
            return f"questions_{language}"
    return ""


def fits(holds_until: datetime, *, now: datetime) -> bool:
    """Say whether a statement may hold until an instant."""
    return now < holds_until <= now + LONGEST
