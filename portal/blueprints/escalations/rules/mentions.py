"""Whom a text names with an @."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

SIGN = re.compile(r"(?:^|(?<=[\s(,;:]))@(?=\w)")
WORD = re.compile(r"[\w.\-']+")
MOST = 10
MOST_SIGNS = 100
LONGEST_WORD = 80


@dataclass(frozen=True)
class Named:
    """Somebody who can be named: the row's number, the name, the part of the address before @."""

    id: int
    name: str
    handle: str


@dataclass(frozen=True)
class Mentions:
    """Whom a text names, and words that could be several people: word → their names."""

    people: tuple[Named, ...]
    unclear: Mapping[str, tuple[str, ...]]


def names_somebody(text: str) -> bool:
    """Say whether a text names anybody at all."""
    return SIGN.search(text) is not None


def mentions(text: str, people: Iterable[Named]) -> Mentions:
    """Find who is named: @Full Name, @handle, or a first name that only one person has.

    What fits nobody stays what it is, words: customers write "@" as well, and after a hundred of
    them nobody means people.
    """
    known = sorted(people, key=lambda one: -len(one.name))
    reach = max((len(one.name) for one in known), default=0) + LONGEST_WORD
    found: dict[int, Named] = {}
    unclear: dict[str, tuple[str, ...]] = {}
    for sign in islice(SIGN.finditer(text), MOST_SIGNS):
        rest = text[sign.end() : sign.end() + reach]
        matching = _matching(rest, known)
        if len(matching) == 1:
            found[matching[0].id] = matching[0]
        elif matching:
            word = WORD.match(rest)
            unclear[word.group() if word else rest[:20]] = tuple(sorted(m.name for m in matching))
    return Mentions(tuple(found.values()), unclear)


def _matching(rest: str, known: list[Named]) -> list[Named]:
    """Give who the words after an @ mean: the longest full name counts before a single word."""
    folded = rest.casefold()
    for one in known:
        name = one.name.casefold()
        if folded.startswith(name) and not folded[len(name) : len(name) + 1].isalnum():
            return [other for other in known if other.name.casefold() == name]
    word = WORD.match(rest)
    if word is None:
        return []
    asked = word.group().rstrip(".-'").casefold()
    exact = [one for one in known if one.handle.casefold() == asked]
    return exact or [one for one in known if one.name.casefold().split()[:1] == [asked]]
