"""Growing a scorecard: columns into bins, a penalised logistic regression over them, and its
quality on rows held back.

Bins and weight of evidence as in L. Thomas, D. Edelman and J. Crook, "Credit Scoring and Its
Applications" (2002), chapter 8; the log-odds of all bins are fitted together. A ridge keeps rare
bins near the average (le Cessie and van Houwelingen 1992), neighbouring ranges of a number are
held near each other (R. Tibshirani et al. 2005, with squares).
"""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from scipy.stats import chi2

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.maximum import Array
from portal.core.fitting.measures import quality
from portal.core.fitting.scoring import KIND, VERSION, Card, Factor, Numbers, Part, Words, number
from portal.core.fitting.scoring import points as points_of

Codes = np.ndarray[Any, np.dtype[np.int64]]
Columns = dict[str, list[str]]
RANGES, COARSE = 20, 5
FEWEST = 20
"""Rows that a word needs for a bin of its own."""
MOST_WORDS, MOST_FACTORS, MOST_CROSSED = 30, 60, 3
RIDGE, SMOOTH, CROSSED = 3.0, 60.0, 10.0
"""Precision of the priors around 0: of a bin, of a step between ranges, of a crossed cell."""
CHUNK = 20_000


def fit(
    *, columns: Columns, outcome: list[int], folds: list[int], crossed: bool = True
) -> dict[str, Any]:
    """Give a model: the card grown on all rows, the columns left out and why, and its quality on
    rows that, fold by fold, had no part in growing the card that scored them. Without `crossed`,
    each factor is of one column.

    Raises NotFitted where no column tells the classes apart.
    """
    y, fold = np.array(outcome, float), np.array(folds)
    card, left_out = grow(columns, y, crossed=crossed)
    held_back = np.empty(len(y))
    for one in np.unique(fold):
        inside = fold != one
        if len(np.unique(y[inside])) < 2:
            raise NotFitted("too_few", count=str(int(min(y.sum(), len(y) - y.sum()))), wanted="20")
        kept = {name: _some(cells, inside) for name, cells in columns.items()}
        other = {name: _some(cells, ~inside) for name, cells in columns.items()}
        try:
            grown, _left_out = grow(kept, y[inside], crossed=crossed)
            held_back[~inside] = _probabilities(grown, other, int((~inside).sum()))
        except NotFitted:
            held_back[~inside] = y[inside].mean()
    return {
        "kind": KIND,
        "version": VERSION,
        "rows": len(y),
        "positives": int(y.sum()),
        "base": card.base,
        "factors": [_told(factor, columns, y) for factor in card.factors],
        "left_out": left_out,
        "quality": quality(held_back, y),
    }


def grow(columns: Columns, y: Array, *, crossed: bool = True) -> tuple[Card, list[dict[str, str]]]:
    """Grow a card on all rows given; also give the columns without use, with the reason."""
    found: list[tuple[float, Factor, Codes]] = []
    left_out = []
    for name, cells in columns.items():
        part = _part(name, cells)
        if isinstance(part, str):
            left_out.append({"column": name, "why": part})
            continue
        codes = np.fromiter((part.bin_of(cell) for cell in cells), np.int64, len(cells))
        gain, freedom = _gain(codes, y)
        if gain <= 0 or chi2.sf(2 * gain, freedom) > 0.05:
            left_out.append({"column": name, "why": "tells nothing"})
        else:
            found.append((gain, Factor((part,)), codes))
    if not found:
        raise NotFitted("no_factors")
    found.sort(key=lambda one: -one[0])
    left_out += [{"column": one[1].name, "why": "others tell more"} for one in found[MOST_FACTORS:]]
    found = found[:MOST_FACTORS]
    factors, codes_of = [one[1] for one in found], [one[2] for one in found]
    base, effects = regress(factors, codes_of, y)
    pairs = _crossed(factors[:6], columns, codes_of, (base, effects), y) if crossed else []
    if pairs:
        factors += [factor for factor, _codes in pairs]
        codes_of += [codes for _factor, codes in pairs]
        base, effects = regress(factors, codes_of, y)
    card = [
        Factor(factor.parts, tuple(float(one) for one in effect))
        for factor, effect in zip(factors, effects, strict=True)
    ]
    return Card(float(base), tuple(card)), left_out


def _part(name: str, cells: list[str], *, ranges: int = RANGES) -> Part | str:
    """Give a column's bins, or why it has none."""
    counts = Counter(cells)
    there = [value for cell in cells if cell and (value := number(cell)) is not None]
    filled = len(cells) - counts[""]
    if len(counts) > 10 and len(there) >= 0.9 * filled and min(there) < max(there):
        cuts = np.quantile(np.array(there), np.linspace(0, 1, ranges + 1)[1:-1])
        least = min(there)
        edges = tuple(float(cut) for cut in np.unique(cuts) if cut > least)
        # Nearly all have the least value: then the others are told apart from them.
        return Numbers(name, edges or (min(value for value in there if value > least),))
    if len(counts) == 1:
        return "constant"
    frequent = [word for word, count in counts.most_common(MOST_WORDS) if count >= FEWEST]
    if sum(counts[word] for word in frequent) < len(cells) / 2:
        return "too many different values"
    return Words(name, tuple(sorted(frequent)))


def _gain(codes: Codes, y: Array) -> tuple[float, int]:
    """Give how much more likely the outcomes are with each bin's own rate, and the freedom."""
    rows = np.bincount(codes)
    yes = np.bincount(codes, y)[rows > 0]
    rows = rows[rows > 0]
    return _likelihood(yes, rows) - _likelihood(y.sum(), len(y)), len(rows) - 1


def _likelihood(yes: Any, rows: Any) -> float:
    rate = np.clip(yes / rows, 1e-12, 1 - 1e-12)
    return float(np.sum(yes * np.log(rate) + (rows - yes) * np.log(1 - rate)))


def _crossed(
    factors: list[Factor],
    columns: Columns,
    codes_of: list[Codes],
    fitted: tuple[float, list[Array]],
    y: Array,
) -> list[tuple[Factor, Codes]]:
    """Give the pairs of strong factors that tell more together than the sum of both: by the score
    test of their cells against what the sum leaves over.
    """
    coarse = [_coarse(factor.parts[0], columns) for factor in factors]
    chance = _chance(fitted, codes_of)
    weight, rest = chance * (1 - chance), y - chance
    found = []
    for (one, ones), (other, others) in combinations(coarse, 2):
        factor = Factor((one, other))
        codes = ones * other.size + others
        held = np.bincount(codes, weight, factor.size)
        over = np.bincount(codes, rest, factor.size)
        freedom = int((held > 0).sum()) - 1
        score = float(np.sum(over**2 / (held + CROSSED)))
        # Fifteen pairs are tried: a thousandth of chance each.
        if freedom and chi2.sf(score, freedom) < 0.001:
            found.append((score - freedom, factor, codes))
    found.sort(key=lambda one: -one[0])
    return [(factor, codes) for _score, factor, codes in found[:MOST_CROSSED]]


def _coarse(part: Part, columns: Columns) -> tuple[Part, Codes]:
    cells = columns[part.column]
    if isinstance(part, Numbers):
        wide = _part(part.column, cells, ranges=COARSE)
        part = wide if isinstance(wide, Numbers) else part
    return part, np.fromiter((part.bin_of(cell) for cell in cells), np.int64, len(cells))


def regress(factors: list[Factor], codes_of: list[Codes], y: Array) -> tuple[float, list[Array]]:
    """Fit base and log-odds of all bins by Newton's method on the penalised likelihood."""
    starts = np.cumsum([1, *(factor.size for factor in factors)])
    places = np.stack(
        [codes + start for codes, start in zip(codes_of, starts[:-1], strict=True)], 1
    )
    penalty = _penalty(factors, starts)
    at = np.zeros(int(starts[-1]))
    at[0] = np.log(y.mean() / (1 - y.mean()))
    for _round in range(30):
        slope, bend = -penalty @ at, penalty.copy()
        for begin in range(0, len(y), CHUNK):
            some, seen = places[begin : begin + CHUNK], y[begin : begin + CHUNK]
            chance = 1 / (1 + np.exp(-(at[0] + at[some].sum(axis=1))))
            marks = np.zeros((len(some), len(at)))
            marks[:, 0] = 1
            marks[np.arange(len(some))[:, None], some] = 1
            slope += marks.T @ (seen - chance)
            bend += (marks * (chance * (1 - chance))[:, None]).T @ marks
        step = np.linalg.solve(bend, slope)
        at = at + step
        if np.max(np.abs(step)) < 1e-6:
            break
    return float(at[0]), [at[begin:end] for begin, end in pairwise(starts)]


def _penalty(factors: list[Factor], starts: Any) -> Array:
    penalty: Array = np.zeros((int(starts[-1]), int(starts[-1])))
    for factor, start in zip(factors, starts[:-1], strict=True):
        own = slice(int(start), int(start) + factor.size)
        if len(factor.parts) > 1:
            penalty[own, own] = CROSSED * np.eye(factor.size)
        elif isinstance(factor.parts[0], Numbers):
            steps = np.diff(np.eye(factor.size - 1), axis=0)
            penalty[own, own] = RIDGE / 10 * np.eye(factor.size)
            ranges = slice(own.start, own.stop - 1)
            penalty[ranges, ranges] += SMOOTH * steps.T @ steps
            penalty[own.stop - 1, own.stop - 1] = RIDGE
        else:
            penalty[own, own] = RIDGE * np.eye(factor.size)
    return penalty


def _chance(fitted: tuple[float, list[Array]], codes_of: Iterable[Codes]) -> Array:
    base, effects = fitted
    odds = base + sum(effect[codes] for effect, codes in zip(effects, codes_of, strict=False))
    answer: Array = 1 / (1 + np.exp(-odds))
    return answer


def _probabilities(card: Card, columns: Columns, rows: int) -> Array:
    codes_of, effects = [], [np.array(factor.log_odds) for factor in card.factors]
    for factor in card.factors:
        codes = np.zeros(rows, np.int64)
        for part in factor.parts:
            here = (part.bin_of(cell) for cell in columns[part.column])
            codes = codes * part.size + np.fromiter(here, np.int64, rows)
        codes_of.append(codes)
    return _chance((card.base, effects), codes_of)


def _some(cells: list[str], which: Any) -> list[str]:
    return [cell for cell, taken in zip(cells, which, strict=True) if taken]


def _told(factor: Factor, columns: Columns, y: Array) -> dict[str, Any]:
    """Give a factor as JSON values: each bin with its rows, its rate and what it counts."""
    codes = np.zeros(len(y), np.int64)
    for part in factor.parts:
        here = (part.bin_of(cell) for cell in columns[part.column])
        codes = codes * part.size + np.fromiter(here, np.int64, len(y))
    rows, yes = np.bincount(codes, minlength=factor.size), np.bincount(codes, y, factor.size)
    points = points_of(factor.log_odds)
    # Half a row on each side keeps a bin without the one or the other finite.
    evidence = np.log((yes + 0.5) / y.sum()) - np.log((rows - yes + 0.5) / (len(y) - y.sum()))
    bins = [
        {
            "label": factor.label(place),
            "rows": int(rows[place]),
            "positives": int(yes[place]),
            "weight_of_evidence": float(evidence[place]) if rows[place] else 0.0,
            "log_odds": factor.log_odds[place],
            "points": points[place],
        }
        for place in range(factor.size)
    ]
    return {"name": factor.name, "of": [part.told() for part in factor.parts], "bins": bins}
