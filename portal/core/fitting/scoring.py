"""A points scorecard: factors in bins, each with its log-odds. Plain Python: scoring loads nothing.

A row's log-odds are the base plus one summand of each factor; nothing else enters, so each score
can be told factor by factor.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.tables import NUMBER

KIND, VERSION = "parley scorecard", 1
DOUBLE = 20
"""So many points double the odds."""
PER_LOG_ODDS = DOUBLE / math.log(2)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers in ranges: bin 0 ends before the first edge; the last bin holds blanks
    and what is no number.
    """

    column: str
    edges: tuple[float, ...]

    @property
    def size(self) -> int:
        """Give the number of bins."""
        return len(self.edges) + 2

    def bin_of(self, cell: str) -> int:
        """Give the bin of a cell."""
        value = number(cell)
        return self.size - 1 if value is None else bisect_right(self.edges, value)

    def label(self, place: int) -> str:
        """Give a bin's range in words."""
        if place == self.size - 1:
            return "blank or no number"
        low = f"{self.edges[place - 1]:g}" if place else ""
        high = f"{self.edges[place]:g}" if place < len(self.edges) else ""
        if not high:
            return f"from {low}" if low else "any number"
        return f"{low} to under {high}" if low else f"under {high}"

    def told(self) -> dict[str, Any]:
        """Give the column's bins as JSON values."""
        return {"column": self.column, "edges": list(self.edges)}


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: a bin for each frequent one; the last bin holds the rest, also words
    never seen.
    """

    column: str
    levels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Give the number of bins."""
        return len(self.levels) + 1

    def bin_of(self, cell: str) -> int:
        """Give the bin of a cell."""
        text = cell.strip()
        return self.levels.index(text) if text in self.levels else len(self.levels)

    def label(self, place: int) -> str:
        """Give a bin's word."""
        return (self.levels[place] or "blank") if place < len(self.levels) else "anything else"

    def told(self) -> dict[str, Any]:
        """Give the column's bins as JSON values."""
        return {"column": self.column, "levels": list(self.levels)}


Part = Numbers | Words


@dataclass(frozen=True, slots=True)
class Factor:
    """One column's bins, or the bins of two columns crossed, with the log-odds of each."""

    parts: tuple[Part, ...]
    log_odds: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Give the column's name, or both."""
        return " × ".join(part.column for part in self.parts)

    @property
    def size(self) -> int:
        """Give the number of bins."""
        return math.prod(part.size for part in self.parts)

    def bin_of(self, row: Mapping[str, str]) -> int:
        """Give the bin of a row."""
        place = 0
        for part in self.parts:
            place = place * part.size + part.bin_of(row[part.column])
        return place

    def label(self, place: int) -> str:
        """Give a bin in words."""
        words = []
        for part in reversed(self.parts):
            place, here = divmod(place, part.size)
            words.append(part.label(here))
        return ", ".join(reversed(words))


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard: the log-odds all rows begin with, and the factors."""

    base: float
    factors: tuple[Factor, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns that a row must have."""
        return tuple(dict.fromkeys(p.column for factor in self.factors for p in factor.parts))

    def probability(self, row: Mapping[str, str]) -> float:
        """Give the chance of the outcome for a row, from 0 to 1."""
        odds = self.base + sum(factor.log_odds[factor.bin_of(row)] for factor in self.factors)
        # The way round that cannot overflow.
        grown = math.exp(-abs(odds))
        return (1 if odds >= 0 else grown) / (1 + grown)

    @classmethod
    def of(cls, document: Any) -> Self:
        """Read a card from a model file's JSON; NotFitted where it is none."""
        try:
            if (document["kind"], document["version"]) != (KIND, VERSION):
                raise NotFitted("no_model", detail=f"{document['kind']!s:.40}")
            factors = tuple(_factor(one) for one in document["factors"])
            return cls(float(document["base"]), factors)
        except (KeyError, TypeError, ValueError) as error:
            raise NotFitted("no_model", detail=f"{type(error).__name__} {error}"[:80]) from error


def number(cell: str) -> float | None:
    """Give a cell as a number, or None."""
    text = cell.strip()
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def _factor(told: Mapping[str, Any]) -> Factor:
    parts = tuple(_part(one) for one in told["of"])
    log_odds = tuple(float(one["log_odds"]) for one in told["bins"])
    factor = Factor(parts, log_odds)
    if not parts or len(log_odds) != factor.size or not all(map(math.isfinite, log_odds)):
        raise ValueError(f"bins of {factor.name}")
    return factor


def _part(told: Mapping[str, Any]) -> Part:
    column = told["column"]
    if not isinstance(column, str):
        raise TypeError("column")
    if "levels" in told:
        return Words(column, tuple(str(level) for level in told["levels"]))
    edges = tuple(float(edge) for edge in told["edges"])
    if list(edges) != sorted(edges):
        raise ValueError(f"edges of {column}")
    return Numbers(column, edges)


def points(log_odds: Sequence[float]) -> list[int]:
    """Give a factor's bins as points from 0 (its safest bin) up; 20 points double the odds."""
    least = min(log_odds)
    return [round((one - least) * PER_LOG_ODDS) for one in log_odds]
