"""Trigger phrases: what customers write when they threaten, by language, and what only looks so."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from portal.core.i18n import _

from .base import Document, LanguageName, Part, TriggerName

WORD = r"[\w']+\*?(?:\|[\w']+\*?)*"
PHRASE = re.compile(rf"(?:{WORD}|\.\.\.)(?: (?:{WORD}|\.\.\.))*")


def _phrase(text: str) -> str:
    """Check the little language: words, `a|b` either, `*` any ending, `...` up to four words."""
    good = PHRASE.fullmatch(text) and not text.startswith("...") and not text.endswith("...")
    if not good or "... ..." in text:
        raise ValueError(_("Not a phrase: %(text)s.", text=repr(text)))
    return text


Phrase = Annotated[str, Field(max_length=400), AfterValidator(_phrase)]


class PhraseList(Part):
    """What says one trigger in one language."""

    trigger: TriggerName
    language: LanguageName
    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=500)]


class Exclusions(Part):
    """What takes a phrase its meaning, in one language.

    `negations` stand just before the phrase in its clause; `hypotheticals`, and `others` (somebody
    else does it), may stand a little further off; `namesakes` are phrases that only look alike, and
    cover the phrase they overlap.
    """

    language: LanguageName
    negations: tuple[Phrase, ...]
    hypotheticals: tuple[Phrase, ...]
    others: tuple[Phrase, ...]
    namesakes: tuple[Phrase, ...]


class TriggersPolicy(Document):
    """The phrase lists and exclusions of all languages."""

    words_before: Annotated[int, Field(ge=1, le=12)]
    negation_words: Annotated[int, Field(ge=1, le=12)]
    lists: Annotated[tuple[PhraseList, ...], Field(min_length=1)]
    exclusions: tuple[Exclusions, ...]

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        keys = [(row.trigger, row.language) for row in self.lists]
        languages = [row.language for row in self.exclusions]
        if len(keys) != len(set(keys)) or len(languages) != len(set(languages)):
            raise ValueError(_("One list for each trigger and language."))
        return self
