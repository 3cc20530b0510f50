"""How long the entry criteria of the sponsorship programme take.

    python -m bench.criteria [--accounts N] [--year N] [--only sqlite|postgresql] [--out FILE]
    python -m bench.criteria --matching: the waiting list alone

Every account of a large company is held against both lanes at once (goal: 200,000 in 20 s), and a
changed policy is replayed on the last twelve months of a smaller one (goal: 20,000 in 60 s). What
counts is the time of the processor: of this process, which on SQLite is the database too, and on
PostgreSQL of the server's process that answers it; and of the processes that work out the waiting
list (200 nominations, 40 sponsors, goal: 2 s).
"""

import argparse
import itertools
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import fill, ours, report
from bench.databases import sets_of_databases
from portal.blueprints.accounts.models import Band
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.blueprints.risk.models import Snapshot
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import LaneKind, Nomination, NominationState
from portal.core.access import Grade, Role
from portal.core.db import db

HEAD = "## The entry criteria of the sponsorship programme"
ACCOUNTS, YEAR = 200_000, 20_000
WAITING, MATCHED = 200, 40
GOALS = {"criteria": 20.0, "year": 60.0, "matching": 2.0}
CASES, READINGS, SPONSORS = 5_000, 6, 15
ABOUT = """Every account of a company of {accounts:,} is held against the criteria of both lanes at
once; and a policy with other weights is replayed beside the one in force on the last twelve months
of a company of {year:,}, as the job does it before a draft can be published. The time is that of
the processor, the database's own in it, and that of the processes that work out the waiting list
of both lanes. The load of the machine was {load:.1f}."""


@dataclass(frozen=True)
class Taken:
    """What one of them took, in seconds, and what came of it."""

    database: str
    name: str
    goal: float
    counts: float
    clock: float
    found: str


def build(url: str, folder: Path, accounts: int) -> Any:
    """Fill a database with so many accounts, their risk of a year and some sponsors."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        fill.fill(CASES, accounts=accounts, story=3)
        readings = iter(_readings(accounts))
        while batch := list(itertools.islice(readings, fill.BATCH)):
            db.session.execute(sa.insert(Snapshot), batch)
            db.session.commit()
        for n in range(SPONSORS):
            _sponsor(n)
        db.session.commit()
    return app


def _readings(accounts: int) -> Iterator[dict[str, Any]]:
    draw, today = random.Random(5), fill.NOW.date()
    for n, turn in itertools.product(range(accounts), range(READINGS)):
        score = min(99, int(draw.expovariate(1 / 28)))
        day = today - timedelta(days=60 * turn + n % 50)
        yield {"account_id": n + 1, "day": day, "score": score, "band": Band.AMBER}


def _sponsor(number: int) -> None:
    person = auth_actions.add_person(
        email=f"sponsor{number}@bench.example",
        name=f"Sponsor {number}",
        roles=[Role.EXECUTIVE],
        password=fill.PASSWORD,
        grade=Grade.VP,
        by=fill.SYSTEM,
        now=fill.NOW,
    )
    profile = actions.Profile(
        languages=("en",),
        zone="Europe/Paris",
        hours_month=12,
        trained_on=fill.NOW.date() - timedelta(days=30),
    )
    actions.add_sponsor(person.id, profile, by=fill.SYSTEM, now=fill.NOW)


def queue(url: str, folder: Path) -> Any:
    """Fill a database with a waiting list, and with sponsors who have places for most of it."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        fill.fill(WAITING, accounts=2 * WAITING, story=3)
        for n in range(MATCHED):
            _sponsor(n)
        sent = (
            Nomination(
                reference=f"NOM-2026-{n:04}",
                account_id=n,
                lane=LaneKind.RECOVERY if n % 5 == 0 else LaneKind.STRATEGIC,
                state=NominationState.SENT,
                outcome="Renewed for two years",
                sent_at=fill.NOW,
                score=Decimal(40 + n * 37 % 50),
            )
            for n in range(1, WAITING + 1)
        )
        db.session.add_all(sent)
        db.session.commit()
    return app


def _matching() -> str:
    """Propose sponsors for the whole waiting list."""
    found = queries.proposal(fill.SYSTEM, now=fill.NOW)
    served = sum(one.sponsor is not None for one in found)
    return f"{served} of {len(found)} nominations served by {MATCHED} sponsors"


def timed(work: Callable[[], str]) -> tuple[float, float, str]:
    server = _server()
    clock, processor = time.perf_counter(), _own() + _used(server)
    found = work()
    return _own() + _used(server) - processor, time.perf_counter() - clock, found


def _own() -> float:
    """Give the seconds of the processor of this process and of those it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _server() -> int | None:
    """Give the process of the server that answers this connection, which works alone; None where
    the database is part of this process.
    """
    if db.engine.dialect.name != "postgresql":
        return None
    db.session.execute(sa.text("SET max_parallel_workers_per_gather = 0"))
    return int(db.session.scalar(sa.text("SELECT pg_backend_pid()")) or 0)


def _used(process: int | None) -> float:
    """Give the seconds of the processor that a process has had."""
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _criteria() -> str:
    """Hold every account against both lanes."""
    policy, _number = queries.policy_in_force()
    moment = queries.Moment(fill.NOW, past=False)
    told = []
    for lane in LaneKind:
        met = [one.met for (one,) in queries.standings(lane, (policy,), moment=moment)]
        told.append(f"{sum(met):,} of {len(met):,} {lane.value}")
    return ", ".join(told)


def _year() -> str:
    """Replay twelve months under the policy in force and one with other weights."""
    policy, _number = queries.policy_in_force()
    lane = policy.strategic.model_copy(update={"least_score": policy.strategic.least_score - 10})
    weights = tuple(
        one.model_copy(update={"points": other.points})
        for one, other in zip(policy.weights, reversed(policy.weights), strict=True)
    )
    other: SponsorshipPolicy = policy.model_copy(update={"strategic": lane, "weights": weights})
    found: dict[str, Any] = {}
    for _done, _total, found in queries.backtest(policy, other, now=fill.NOW):  # noqa: B007
        db.session.rollback()
    sides = [found["lanes"]["strategic"][side]["entered"] for side in ("before", "after")]
    return f"{found['accounts']:,} accounts; {sides[0]} and {sides[1]} would have come in"


def matched(at: tuple[str, Path]) -> Taken:
    """Measure the waiting list on one kind of database."""
    with queue(*at).app_context():
        kind = db.engine.dialect.name
        found = Taken(kind, "matching", GOALS["matching"], *timed(_matching))
        db.session.rollback()
        db.engine.dispose()
    print(found, file=sys.stderr, flush=True)
    return found


def measured(
    large: tuple[str, Path], small: tuple[str, Path], sizes: tuple[int, int]
) -> list[Taken]:
    """Measure criteria and year on one kind of database."""
    found = []
    plan = (("criteria", large, sizes[0], _criteria), ("year", small, sizes[1], _year))
    for name, (url, folder), accounts, work in plan:
        with build(url, folder, accounts).app_context():
            kind = db.engine.dialect.name
            found.append(Taken(kind, name, GOALS[name], *timed(work)))
            db.session.rollback()
            db.engine.dispose()
        print(found[-1], file=sys.stderr, flush=True)
    return found


def page(found: Sequence[Taken], sizes: tuple[int, int]) -> str:
    """Give the section of the page of figures."""
    names = {
        "criteria": f"{sizes[0]:,} accounts, both lanes",
        "year": f"twelve months × {sizes[1]:,} accounts, two versions",
        "matching": f"{WAITING} nominations × {MATCHED} sponsors",
    }
    rows = [
        f"| {report.NAMES[one.database]} | {names[one.name]} | {one.counts:.1f} | {one.goal:g} "
        f"| {'reached' if one.counts <= one.goal else '**missed**'} | {one.found} |"
        for one in found
    ]
    about = ABOUT.format(accounts=sizes[0], year=sizes[1], load=os.getloadavg()[0])
    head = "| database | what | seconds | goal | | what came of it |\n|---|---|---|---|---|---|"
    return "\n\n".join([HEAD, about, "\n".join([head, *rows])]) + "\n"


def main() -> None:
    """Measure, and renew the section of the page of figures where one is named."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--accounts", type=int, default=ACCOUNTS)
    reader.add_argument("--year", type=int, default=YEAR)
    reader.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    reader.add_argument("--out", type=Path, default=None)
    reader.add_argument("--matching", action="store_true", help="the waiting list alone")
    given = reader.parse_args()
    sizes, found = (given.accounts, given.year), []
    for large, small, line in sets_of_databases(given.only, 3):
        if not given.matching:
            found += measured(large, small, sizes)
        found.append(matched(line))
    text = page(found, sizes)
    print(text)
    if given.out:
        old = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
        given.out.write_text(report.put(old, HEAD, text), encoding="utf-8")
    if any(one.counts > one.goal for one in found):
        sys.exit("A goal was missed.")


if __name__ == "__main__":
    main()
