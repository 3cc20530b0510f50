"""Which threats a text holds: phrase lists against what the customer newly wrote.

The text is folded (case, accents and typographic marks gone) into words; quoted older mail,
signatures and the small print of mail programs are left out. A phrase counts unless a negation, a
hypothetical or somebody else as the one who acts stands shortly before it in the same clause, or a
namesake covers it.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from portal.blueprints.policies.rules import TriggersPolicy

from ..models import Trigger

LONGEST = 50_000
QUOTED = re.compile(
    r"^[ \t]*(?:>|\|).*$"
    r"|^[ \t]*(?:on\b.{0,200}\bwrote|le\b.{0,200}\ba écrit|il\b.{0,200}\bha scritto)\s?:[\s\S]*"
    r"|^[ \t]*-{2,}[ \t]*(?:original message|forwarded message|message d'origine|message transféré"
    r"|messaggio originale|messaggio inoltrato)[ \t]*-{2,}[\s\S]*"
    r"|^[ \t]*_{10,}[ \t]*$[\s\S]*"
    r"|^(?:from|de|da)[ \t]?:.*\n(?:sent|envoyé|inviato|date|data)[ \t]?:[\s\S]*",
    re.IGNORECASE | re.MULTILINE,
)
SIGNATURE = re.compile(r"^--[ \t\r]*\n(?:[^\n]*\n){0,14}[^\n]*\Z", re.MULTILINE)
"""The line before a signature (RFC 3676, 4.3) and what follows, if that is as short as one."""
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
SMALL_PRINT = (
    re.compile(
        r"\b(?:this|the above) (?:e-?mail|message|communication|transmission)\b"
        r"|\bce (?:message|courriel|mail|mél)\b|\bcet e-?mail\b|\bcette communication\b"
        r"|\b(?:questo|presente) (?:messaggio|e-?mail)\b|\bquesta (?:e-?mail|comunicazione)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bintended (?:recipient|addressee)|\bin error\b|\bdestinataires?\b|\bpar erreur\b"
        r"|\bdestinatari[oi]?\b|\bper errore\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"confidential|privileged|confidentiel|réservé|riservat|confidenzial", re.IGNORECASE
    ),
)
"""A paragraph that says all three is small print below a mail, in en, fr and it."""
WORD = re.compile(r"[a-z0-9]+")
SENTENCE = re.compile(r"[.!?;:…]|\n[ \t]*\n")
CLAUSE = re.compile(r"[,()\"«»“”–—]")
GAP = r"(?: [a-z0-9]+){0,4}?"
STOP = " ."
GRAVEST_FIRST = tuple(
    dict.fromkeys(
        (
            Trigger.SECURITY_OR_PRIVACY,
            Trigger.LEGAL_THREAT,
            Trigger.PUBLIC_EXPOSURE,
            Trigger.REGULATOR_COMPLAINT,
            *Trigger,
        )
    )
)


@dataclass(frozen=True)
class Hit:
    """A phrase found: which trigger it says, the words as written, and where they stand."""

    trigger: Trigger
    phrase: str
    language: str
    span: tuple[int, int]


K = TypeVar("K")


class _Index(Generic[K]):
    """Phrases by their first word, so that a long text is read once and not once a phrase."""

    def __init__(self, phrases: Iterable[tuple[str, K]]) -> None:
        self.words: dict[str, list[tuple[re.Pattern[str], K]]] = {}
        self.prefixes: dict[str, list[tuple[re.Pattern[str], K]]] = {}
        for phrase, key in phrases:
            pattern = _pattern(phrase)
            for choice in phrase.split()[0].split("|"):
                first = WORD.findall(_fold(choice)[0])[0]
                place = self.prefixes if choice.endswith("*") else self.words
                place.setdefault(first, []).append((pattern, key))
        self.any_prefix = tuple(self.prefixes)

    def found(self, words: "_Words") -> Iterator[tuple[int, int, K]]:
        """Give first word, last word and key of each phrase in a text, in the order they stand."""
        for number, word in enumerate(words.words):
            for pattern, key in self._beginning(word):
                match = pattern.match(words.joined, words.starts[number] - 1)
                if match:
                    yield number, words.word_at(match.end() - 1), key

    def _beginning(self, word: str) -> Iterator[tuple[re.Pattern[str], K]]:
        yield from self.words.get(word, ())
        if word.startswith(self.any_prefix):
            for prefix, phrases in self.prefixes.items():
                if word.startswith(prefix):
                    yield from phrases


@dataclass(frozen=True)
class _Excluded:
    negations: tuple[re.Pattern[str], ...]
    before: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class _Compiled:
    phrases: _Index[tuple[Trigger, str]]
    namesakes: _Index[str]
    exclusions: dict[str, _Excluded]


class _Words:
    """A text as folded words, joined by blanks, with a full stop between sentences."""

    def __init__(self, text: str) -> None:
        folded, places = _fold(text)
        parts: list[str] = []
        self.words: list[str] = []
        self.starts: list[int] = []
        self.spans: list[tuple[int, int]] = []
        self.clauses: list[bool] = []
        length, reached = 0, 0
        for found in WORD.finditer(folded):
            between = folded[reached : found.start()]
            stop = bool(SENTENCE.search(between))
            reached = found.end()
            length += len(STOP) * stop + 1
            parts.append(f"{STOP if stop else ''} {found.group()}")
            self.words.append(found.group())
            self.starts.append(length)
            self.clauses.append(stop or bool(CLAUSE.search(between)))
            self.spans.append((places[found.start()], places[found.end() - 1] + 1))
            length += len(found.group())
        self.joined = "".join(parts) + " "

    def word_at(self, offset: int) -> int:
        """Give the number of the word that stands at an offset of `joined`."""
        return bisect_right(self.starts, offset) - 1

    def before(self, word: int, count: int) -> str:
        """Give up to `count` words before one, within its clause."""
        first = word
        while first > max(0, word - count) and not self.clauses[first]:
            first -= 1
        return self.joined[self.starts[first] - 1 : self.starts[word]]


def propose_trigger(text: str, policy: TriggersPolicy) -> list[Hit]:
    """Give the phrases of a customer's text that say a trigger, in the order they stand.

    Only the first 50,000 characters are read. A person confirms or refuses what is found.
    """
    words = _Words(without_quotes(text[:LONGEST]))
    compiled = _compiled(policy)
    covered = list(compiled.namesakes.found(words))
    hits: dict[tuple[int, Trigger], Hit] = {}
    for first, last, (trigger, language) in compiled.phrases.found(words):
        namesake = any(
            start <= last and first <= end and language == other for start, end, other in covered
        )
        excluded = compiled.exclusions.get(language)
        if namesake or (excluded and _means_nothing(words, first, excluded, policy)):
            continue
        span = (words.spans[first][0], words.spans[last][1])
        hit = Hit(trigger, text[span[0] : span[1]], language, span)
        hits.setdefault((span[0], trigger), hit)
    return [hits[key] for key in sorted(hits)]


def gravest(hits: Sequence[Hit]) -> Trigger | None:
    """Give the trigger to propose from several: the order of `Trigger` after law and authority."""
    return min((hit.trigger for hit in hits), key=GRAVEST_FIRST.index, default=None)


def is_graver(trigger: Trigger, than: Trigger) -> bool:
    """Say whether a trigger weighs more than another."""
    return GRAVEST_FIRST.index(trigger) < GRAVEST_FIRST.index(than)


def without_quotes(text: str) -> str:
    """Blank quoted older mail, the signature and small print, so that what is left keeps its
    place. What stands at the very top is never small print.
    """
    text = SIGNATURE.sub(_blanked, QUOTED.sub(_blanked, text))
    parts, place, first = [], 0, True
    for end in [*(found.end() for found in BLANK_LINE.finditer(text)), len(text)]:
        part = text[place:end]
        small = not first and all(pattern.search(part) for pattern in SMALL_PRINT)
        parts.append(_blank(part) if small else part)
        first, place = first and not part.strip(), end
    return "".join(parts)


def sentences(text: str) -> set[str]:
    """Give the sentences of a text as folded words, to tell whether the same was said before."""
    return {said for part in SENTENCE.split(text) if (said := _said(part))}


def sentences_with(text: str, hits: Iterable[Hit]) -> list[str]:
    """Give for each phrase the sentence in which it stands, as written."""
    breaks = list(SENTENCE.finditer(text))
    starts = [0, *(found.end() for found in breaks)]
    ends = [*(found.start() for found in breaks), len(text)]
    places = [bisect_right(starts, hit.span[0]) - 1 for hit in hits]
    return [text[starts[place] : ends[place]].strip() for place in places]


def _said(sentence: str) -> str:
    return " ".join(WORD.findall(_fold(sentence)[0]))


def _blanked(found: re.Match[str]) -> str:
    return _blank(found.group())


def _blank(text: str) -> str:
    return re.sub(r"\S", " ", text)


def _means_nothing(words: _Words, first: int, rules: _Excluded, policy: TriggersPolicy) -> bool:
    """Say whether what stands before a phrase takes its meaning."""
    near = words.before(first, policy.negation_words)
    before = words.before(first, policy.words_before)
    return any(pattern.search(near) for pattern in rules.negations) or any(
        pattern.search(before) for pattern in rules.before
    )


def _fold(text: str) -> tuple[str, list[int]]:
    """Give a text without case and accents, and the place in the original of each character."""
    out: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(folded):
                out.append(folded)
                places.append(place)
    return "".join(out), places


@lru_cache(maxsize=8)
def _compiled(policy: TriggersPolicy) -> _Compiled:
    return _Compiled(
        phrases=_Index(
            (phrase, (Trigger(row.trigger), row.language))
            for row in policy.lists
            for phrase in row.phrases
        ),
        namesakes=_Index(
            (phrase, row.language) for row in policy.exclusions for phrase in row.namesakes
        ),
        exclusions={
            row.language: _Excluded(
                negations=tuple(_pattern(phrase) for phrase in row.negations),
                before=tuple(_pattern(p) for p in (*row.hypotheticals, *row.others)),
            )
            for row in policy.exclusions
        },
    )


def _pattern(phrase: str) -> re.Pattern[str]:
    """Make a pattern over folded words of a phrase: `|` either, `*` any ending, `...` a gap."""
    parts: list[str] = []
    for slot in phrase.split():
        if slot == "...":
            parts.append(GAP)
            continue
        choices = (" ".join(WORD.findall(_fold(c)[0])) + _ending(c) for c in slot.split("|"))
        parts.append(f" (?:{'|'.join(choices)})")
    return re.compile("".join(parts) + r"(?= )")


def _ending(choice: str) -> str:
    return "[a-z0-9]*" if choice.endswith("*") else ""
