"""Whether something happened before, and what makes us think so: offered, never decided."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.plain import plain

LONG_ENOUGH = 5
MOST_ASKED = 8
MOST_SHOWN = 6
LEAST = 4
"""So many points make one worth showing: a kind of problem alone, or a word, does not."""
POINTS = {
    "factor": 4,
    "account": 4,
    "problem": 2,
    "trigger": 1,
    "product": 2,
    "segment": 1,
    "industry": 1,
}
WORD = 2
MOST_FOR_WORDS = 8
FEW = 10


@dataclass(frozen=True)
class Face:
    """What is compared of a case: its customer, kind and words; `factors` are those of its causes,
    empty where nobody has named any.
    """

    account_id: int
    problem: str = ""
    trigger: str = ""
    segment: str = ""
    industry: str = ""
    products: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    factors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Likeness:
    """How alike two are, and in what: a fact (problem, account …) with its value, or `words`."""

    points: int
    why: tuple[tuple[str, str], ...]


def telling_words(*texts: str) -> list[str]:
    """Give the words of texts that may tell one case from another, the longest first."""
    found = {word for text in texts for word in re.findall(r"[^\W\d_]+", plain(text))}
    return sorted((word for word in found if len(word) >= LONG_ENOUGH), key=lambda w: (-len(w), w))


def likeness(one: Face, other: Face, *, common: frozenset[str] = frozenset()) -> Likeness:
    """Say how alike two cases are, and why; words that many share (`common`) tell nothing."""
    why: list[tuple[str, str]] = [("factor", name) for name in sorted(one.factors & other.factors)]
    if one.account_id == other.account_id:
        why.append(("account", ""))
    for name in ("problem", "trigger", "segment", "industry"):
        mine = getattr(one, name)
        if mine and mine != "other" and mine == getattr(other, name):
            why.append((name, mine))
    why += [("product", name) for name in sorted(one.products & other.products)]
    points = sum(POINTS[name] for name in {name for name, _value in why})
    shared = sorted((one.words & other.words) - common, key=lambda word: (-len(word), word))
    if shared:
        why.append(("words", ", ".join(shared[:MOST_ASKED])))
        points += min(WORD * len(shared), MOST_FOR_WORDS)
    return Likeness(points, tuple(why))


def common_words(faces: Sequence[Face]) -> frozenset[str]:
    """Give the words that too many of some cases share to tell anything."""
    counted = Counter(word for one in faces for word in one.words)
    most = max(FEW, len(faces) // 8)
    return frozenset(word for word, count in counted.items() if count > most)


def best(found: Mapping[int, Likeness]) -> Sequence[tuple[int, Likeness]]:
    """Give what is worth showing, the most alike first, by its key."""
    worth = [(key, one) for key, one in found.items() if one.points >= LEAST]
    return sorted(worth, key=lambda pair: (-pair[1].points, -pair[0]))[:MOST_SHOWN]
