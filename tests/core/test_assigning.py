"""Places are given the best way: against every other way of giving them."""

import itertools
import random
import subprocess
import sys
from decimal import Decimal

import pytest

from portal.core import apart
from portal.core.assigning import asking
from portal.core.assigning.process import assigned


def best(wants, fits, most):
    """Give the highest (number served, sorted wants, sum of fits) by trying everything."""
    columns = range(len(fits[0]))
    top = (0, [], 0)
    for size in range(min(most, len(wants)) + 1):
        for rows in itertools.combinations(range(len(wants)), size):
            for chosen in itertools.permutations(columns, size):
                given = [fits[row][column] for row, column in zip(rows, chosen, strict=True)]
                if None not in given:
                    served = sorted((wants[row] for row in rows), reverse=True)
                    top = max(top, (size, served, sum(given)))
    return top


@pytest.mark.parametrize("seed", range(40))
def test_no_other_way_is_better(seed) -> None:
    drawn = random.Random(seed)
    rows, columns, most = drawn.randint(1, 4), drawn.randint(1, 4), drawn.randint(1, 4)
    wants = drawn.sample(range(1, 90), rows)
    fits = [[drawn.choice([None, 0, 7, 30, 55, 80]) for _ in range(columns)] for _ in range(rows)]
    found = assigned(wants, fits, most=most)
    pairs = [(row, column) for row, column in enumerate(found) if column is not None]
    assert len({column for _row, column in pairs}) == len(pairs)
    given = [fits[row][column] for row, column in pairs]
    assert None not in given
    served = sorted((wants[row] for row, _column in pairs), reverse=True)
    assert (len(pairs), served, sum(given)) == best(wants, fits, most)


def test_who_asks_loads_no_scipy_and_hears_when_the_process_ends(monkeypatch) -> None:
    one, half = Decimal(1), Decimal("0.5")
    started = []
    start = apart._start
    monkeypatch.setattr(apart, "_start", lambda name: started.append(start(name)) or started[-1])
    with asking.Assigner() as assigner:
        assert assigner.assign([], [], most=3) == []
        assert assigner.assign([one], [[one]], most=0) == [None]
        assert started == [], "nothing is to be worked out yet"
        found = assigner.assign([one, Decimal(2)], [[one, half], [one, None]], most=2)
        assert found == [1, 0]
        assert assigner.assign([one], [[None, half]], most=1) == [1], "and the next question"
    assert len(started) == 1
    assert started[0].returncode is not None, "it ends with the block"
    code = "import sys, portal.core.assigning.asking; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_asks_hears_when_and_why_the_process_ended(monkeypatch) -> None:
    ask = [Decimal(1)], [[Decimal(1)]]
    monkeypatch.setattr(asking, "SECONDS", 0)
    with asking.Assigner() as assigner, pytest.raises(asking.NotAssigned, match="limit of time"):
        assigner.assign(*ask, most=1)
    monkeypatch.setattr(asking, "SECONDS", 30)
    monkeypatch.setattr(asking, "MEMORY", 1 << 26)  # too little for what it loads
    with asking.Assigner() as assigner:
        for _turn in range(2):
            with pytest.raises(asking.NotAssigned, match="emory"):
                assigner.assign(*ask, most=1)
