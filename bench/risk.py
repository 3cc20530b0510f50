"""How long the risk of a whole portfolio takes to reckon, and its page to draw.

python -m bench.risk [--scale ROWS] [--only sqlite|postgresql] [--out FILE]
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from bench import ours, portfolio, report
from bench.databases import databases
from bench.fill import NOW
from portal.blueprints.accounts.models import HealthSignal
from portal.blueprints.risk import actions
from portal.core import access
from portal.core.db import db

HEAD = "## The risk of a whole portfolio"
ABOUT = """Scores of ten factors with all their parts stored, in a company of {accounts:,} accounts
under contract on PostgreSQL and {few:,} on SQLite (`python -m bench.risk`), with twelve signals and
two people each, and cases, promises and notices for some; revenue has no part in it: none is laid.
Processor time is that of the database's process and of ours together, which is what a quiet machine
takes; by the clock is what passed while others worked on it (load {load:.1f})."""
BY = access.job("bench.risk")
LARGE, FEW, CHANGED = 200_000, 20_000, 2_000
ALL_GOAL, SOME_GOAL, PAGE_GOAL = 1.5, 0.15, 0.3
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Pass:
    """What a pass took: seconds of processor time and by the clock, how many scores moved."""

    name: str
    processor: float
    clock: float
    moved: str
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether its goal was reached."""
        if self.goal is None:
            return "–"
        return f"< {self.goal:g} s, " + ("reached" if self.processor < self.goal else "**missed**")


def _spent() -> float:
    """Give the processor time of this process and of the database's beside it, in seconds."""
    ours_is = time.process_time()
    if db.engine.dialect.name != "postgresql":
        return ours_is
    pid = db.session.scalar(sa.text("select pg_backend_pid()"))
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return ours_is + (int(fields[11]) + int(fields[12])) / TICKS


def _pass(name: str, work: Callable[[], int], *, goal: float | None = None) -> Pass:
    before, begun = _spent(), time.perf_counter()
    moved = work()
    took = time.perf_counter() - begun
    spent = _spent() - before
    db.session.commit()
    return Pass(name, spent, took, f"{moved:,}", goal)


def passes(size: int) -> Iterator[Pass]:
    """Reckon an empty portfolio, then the same with nothing changed, a day on, and after some of
    its accounts changed.
    """
    yield _pass("for the first time: all is new", lambda: actions.reckon(by=BY, now=NOW))
    db.session.execute(sa.text("analyze"))
    db.session.commit()
    minute, day = timedelta(minutes=1), timedelta(days=1)
    yield _pass(
        "all, going through every signal; nothing has changed",
        lambda: actions.reckon(by=BY, now=NOW + minute),
    )
    yield _pass(
        "all, as every six hours; nothing has changed",
        lambda: actions.reckon(by=BY, now=NOW + 2 * minute, kept=True),
        goal=ALL_GOAL,
    )
    yield _pass(
        "all, a day on: one in four has another part",
        lambda: actions.reckon(by=BY, now=NOW + day, kept=True),
        goal=ALL_GOAL,
    )
    for turn in range(3):
        _let_fall(turn, size=size)
        found = _pass(
            f"{CHANGED:,} accounts whose use has changed",
            partial(_some, turn, size=size, at=NOW + day + (turn + 1) * minute),
            goal=SOME_GOAL,
        )
    yield found


def _some(turn: int, *, size: int, at: datetime) -> int:
    some = [1 + (turn + n * (size // CHANGED)) % size for n in range(CHANGED)]
    return actions.reckon(by=BY, now=at, only=some)


def _let_fall(turn: int, *, size: int) -> None:
    """Let the last use observed of some accounts be two thirds of what it was."""
    of_them = (HealthSignal.account_id - 1 - turn) % (size // CHANGED) == 0
    last = HealthSignal.external_id == str(len(portfolio.SEEN) - 1)
    value = sa.type_coerce(HealthSignal.value, sa.BigInteger) * 2 / 3
    db.session.execute(
        sa.update(HealthSignal)
        .where(of_them, last, HealthSignal.kind == "usage")
        .values(value=sa.type_coerce(sa.cast(value, sa.BigInteger), HealthSignal.value.type)),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()


def drawn(app: Flask) -> Pass:
    """Ask for the portfolio as leadership, who see every account: the median of nine."""
    with app.app_context():
        cookie = ours.sign_in(portfolio.READER)
        db.session.commit()
    client = app.test_client()
    name, _mark, word = cookie.partition("=")
    client.set_cookie(name, word)
    took, spent = [], []
    for _turn in range(11):
        with app.app_context():
            before = _spent()
        begun = time.perf_counter()
        assert client.get("/risk/").status_code == 200
        took.append(time.perf_counter() - begun)
        with app.app_context():
            spent.append(_spent() - before)
    return Pass(
        "the page of the portfolio, every account",
        statistics.median(spent[2:]),
        statistics.median(took[2:]),
        "–",
        PAGE_GOAL,
    )


def measure(url: str, folder: Path, size: int) -> tuple[str, int, list[Pass]]:
    """Lay a portfolio and measure on it."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        portfolio.lay(size)
        found = list(passes(size))
        kind = db.engine.dialect.name
        portfolio.settle()
    found.append(drawn(app))
    with app.app_context():
        db.engine.dispose()
    for one in found:
        print(one, file=sys.stderr, flush=True)
    return kind, size, found


def section(runs: Sequence[tuple[str, int, list[Pass]]]) -> str:
    """Give the section of the page of figures."""
    about = ABOUT.format(accounts=LARGE, few=FEW, load=os.getloadavg()[0])
    parts = [HEAD, about]
    for kind, size, found in runs:
        heads = "| pass | processor, s | by the clock, s | scores that moved | goal |"
        rows = [
            f"| {one.name} | {one.processor:.2f} | {one.clock:.2f} | {one.moved} | {one.verdict} |"
            for one in found
        ]
        table = [heads, "|---|---|---|---|---|", *rows]
        parts += [f"### {report.NAMES[kind]}, {size:,} accounts", "\n".join(table)]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Measure, and renew the section of the page of figures."""
    reader = argparse.ArgumentParser(prog="python -m bench.risk", description=__doc__)
    reader.add_argument("--scale", default=0, type=int, help="accounts on either database")
    reader.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    reader.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    given = reader.parse_args()
    runs = []
    for url, folder in databases(given.only):
        usual = FEW if url.startswith("sqlite") else LARGE
        runs.append(measure(url, folder, given.scale or usual))
    old = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
    given.out.write_text(report.put(old, HEAD, section(runs)), encoding="utf-8")
    print(section(runs), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
