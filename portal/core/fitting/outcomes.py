"""A table with an outcome: its columns as they are, and which rows had it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.tables import Sheet, place_of

YES = frozenset({"yes", "true", "1"})
FOLDS = 10
RAREST = 20
"""So many rows of the rarer class at least: four of them in each fold, on average."""
MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A table's rows by column, the outcome of each (1 or 0), and the fold it is held back in."""

    columns: dict[str, list[str]]
    positive: str
    outcome: list[int]
    folds: list[int]


def outcomes(sheet: Sheet, *, target: str, key: str) -> Outcomes:
    """Read a table to learn from: `target` names the outcome's column, `key` the rows' own.

    Rows of one key are held back together, whatever their order. Raises NotFitted: no such column,
    a blank outcome, one class or more than two, too few of the rarer one.
    """
    at_target, at_key = place_of(sheet.header, target), place_of(sheet.header, key)
    names = [name.strip() for name in sheet.header]
    used = [place for place in range(len(names)) if place not in (at_target, at_key)]
    cells: list[list[str]] = [[] for _column in used]
    said: list[str] = []
    folds: list[int] = []
    for line, row in sheet.rows:
        whole(sheet.header, line, row)
        if not row[at_target].strip():
            raise NotFitted("blank_target", line=str(line))
        said.append(row[at_target].strip().casefold())
        folds.append(int.from_bytes(sha256(row[at_key].strip().encode()).digest()[:4]) % FOLDS)
        for column, place in zip(cells, used, strict=True):
            column.append(row[place].strip())
        if len(said) * len(names) > MOST_CELLS:
            raise NotFitted("too_many_rows", most=f"{MOST_CELLS // len(names):,}")
    positive = _positive(said, target)
    outcome = [int(one == positive) for one in said]
    columns = {names[place]: column for place, column in zip(used, cells, strict=True)}
    if len(columns) < len(used):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise NotFitted("column_twice", column=twice)
    return Outcomes(columns, positive, outcome, folds)


def whole(header: Sequence[str], line: int, row: Sequence[str]) -> None:
    """Refuse a row with more or fewer cells than the header."""
    if len(row) != len(header):
        there, wanted = str(len(row)), str(len(header))
        raise NotFitted("short_row", line=str(line), there=there, wanted=wanted)


def _positive(said: list[str], target: str) -> str:
    """Give the value that counts as the outcome: a word for yes, else the rarer one."""
    if not said:
        raise NotFitted("no_rows")
    counts = Counter(said)
    if len(counts) == 1:
        raise NotFitted("one_class", column=target)
    if len(counts) > 2:
        some = ", ".join(sorted(counts)[:5])[:200]
        raise NotFitted("many_classes", column=target, count=str(len(counts)), there=some)
    if min(counts.values()) < RAREST:
        raise NotFitted("too_few", count=str(min(counts.values())), wanted=str(RAREST))
    words = [word for word in counts if word in YES]
    return words[0] if len(words) == 1 else min(counts, key=lambda word: (counts[word], word))
