"""What a customer's answer newly says about an open case: a trigger graver than the case's own."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.blueprints.policies.rules import TriggersPolicy

from ..models import Trigger
from .triggers import (
    LONGEST,
    gravest,
    is_graver,
    propose_trigger,
    sentences,
    sentences_with,
    without_quotes,
)

MOST_QUOTES, LONGEST_QUOTE = 3, 300


@dataclass(frozen=True)
class Threat:
    """A trigger that an answer says, the phrases that say it, and the sentences they stand in;
    `language` is that of the first, and `marks` tell these sentences when they come again.
    """

    trigger: Trigger
    phrases: tuple[str, ...]
    quotes: tuple[str, ...]
    marks: tuple[str, ...]
    language: str


def threat_in(
    text: str,
    policy: TriggersPolicy,
    *,
    standing: Trigger,
    known: Iterable[str] = (),
    weighed: Collection[str] = (),
) -> Threat | None:
    """Give the gravest trigger that an answer newly says, if it weighs more than the one that
    stands. A sentence that one of the `known` texts holds is nothing new (our own come back), nor
    is one whose mark was `weighed` before.
    """
    text = without_quotes(text[:LONGEST])
    hits = [one for one in propose_trigger(text, policy) if is_graver(one.trigger, standing)]
    if not hits:
        return None
    said = {mark(one) for known_text in known for one in sentences(known_text)} | {*weighed}
    written = sentences_with(text, hits)
    marks = {where: set(map(mark, sentences(where))) for where in dict.fromkeys(written)}
    places = zip(hits, written, strict=True)
    new = [(one, where) for one, where in places if not marks[where] <= said]
    trigger = gravest([one for one, _where in new])
    if trigger is None:
        return None
    mine = [(one, where) for one, where in new if one.trigger is trigger]
    first = {where: one.phrase for one, where in reversed(mine)}
    quotes = [_around(where, first[where]) for where in dict.fromkeys(w for _one, w in mine)]
    return Threat(
        trigger=trigger,
        phrases=tuple(dict.fromkeys(one.phrase for one, _where in mine)),
        quotes=tuple(quotes[:MOST_QUOTES]),
        marks=tuple(sorted(set().union(*(marks[where] for where in first)))),
        language=mine[0][0].language,
    )


def mark(sentence: str) -> str:
    """Give the mark of a sentence in folded words."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def _around(sentence: str, phrase: str) -> str:
    """Cut a long sentence to the words around a phrase."""
    words = " ".join(sentence.split())
    if len(words) <= LONGEST_QUOTE:
        return words
    start = max(0, words.find(" ".join(phrase.split())) - LONGEST_QUOTE // 3)
    part = words[start : start + LONGEST_QUOTE]
    return ("…" if start else "") + part + ("…" if start + LONGEST_QUOTE < len(words) else "")
