"""One pass of the scheduler over many due cases, under a ladder of ten steps, on both databases.

Each case has exactly one step due; the pass writes the notice, the message in the outbox and when
the case is next due, and commits batch by batch. Sending is the workers' business and not measured.
"""

import os
import random
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import fill, ours, report, words
from bench.measure import counted
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations import jobs as ladder_jobs
from portal.blueprints.escalations.models import ClockEvent, Escalation, NextNotice, Notice, State
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from portal.cli.running import settle
from portal.core.db import db

HEAD = "## One pass of the ladder of notice"
SECONDS, STATEMENTS = 2.0, 50
ABOUT = """The scheduler passes once over due cases of four severities under a ladder of ten steps, each case
half-way through one of its clocks: it works out every clock, writes the notice, the message and the next
step of each case, and commits in batches. Memory is the most that working them out held, for a tenth of
the cases and for all of them. PostgreSQL waits for the disk. The machine is the one named above; its load while measuring was {load:.1f}.
"""  # noqa: E501 - lines of the page
HOUR = timedelta(hours=1)
STEPS = (
    (50, 0, "owner"), (75, 0, "owner"), (90, 0, "owner"), (95, 0, "owner"), (100, 0, "owner"),
    (100, 30, "manager"), (100, 60, "executive_owner"), (100, 120, "executive_owner"),
    (100, 240, "executive_owner"), (100, 480, "executive_owner"),
)  # fmt: skip


@dataclass(frozen=True)
class Pass:
    """What one pass took, and what it left behind."""

    database: str
    cases: int
    seconds: float
    processor: float
    statements: int
    notices: int
    messages: int
    small: float
    peak: float

    @property
    def reached(self) -> bool:
        """Say whether the goals were met."""
        return self.seconds < SECONDS and self.statements <= STATEMENTS


def policy() -> None:
    """Publish a second version of the severity policy, with a ladder of ten steps."""
    first = db.session.scalars(sa.select(Policy).filter_by(kind=PolicyKind.SEVERITY)).one()
    ladder = [
        {"share_percent": share, "minutes_after": after, "tell": [who],
         "only_unacknowledged": after > 0}
        for share, after, who in STEPS
    ]  # fmt: skip
    db.session.add(
        Policy(
            kind=PolicyKind.SEVERITY,
            number=2,
            state=PolicyState.PUBLISHED,
            body={**first.body, "ladder": ladder},
            note=first.note,
            published_at=fill.NOW,
        )
    )
    db.session.commit()


def cases(count: int, accounts: int, owners: list[int]) -> Iterator[dict[str, Any]]:
    """Give open cases of every severity, each of them half-way through one of its clocks."""
    draw, plain = random.Random(11), fill.new_case()
    for n in range(count):
        severity, opened, _story = shape(n)
        yield {
            **plain,
            "id": 1_000_000 + n,
            "reference": f"ESC-2027-{n + 1:05d}",
            "register_year": 2027,
            "register_number": n + 1,
            "account_id": n % accounts + 1,
            "owner_id": draw.choice(owners),
            "customer_words": words.WORDS,
            "demand": words.DEMANDS[0],
            "state": State.STABILISING if severity == "E2" else State.DECLARED,
            "severity": severity,
            "opened_at": opened,
            "policy_number": 2,
            "restricted": False,
        }


def shape(number: int) -> tuple[str, datetime, tuple[tuple[str, datetime], ...]]:
    """Give a case's severity, opening, and the clock events after it."""
    minute = timedelta(minutes=number % 10)
    yesterday = fill.NOW.replace(hour=0, minute=0) - timedelta(days=1)
    match number % 4:
        case 0:
            return "E1", fill.NOW - timedelta(minutes=31) - minute, ()
        case 1:  # accepted; the customer last heard from us a day ago
            opened = fill.NOW - timedelta(days=5)
            story = (("acknowledged", opened + HOUR), ("brief_issued", fill.NOW - 72 * HOUR))
            return "E2", opened, (*story, ("our_contact", fill.NOW - 24 * HOUR - minute))
        case 2:
            return "E3", yesterday + timedelta(hours=14, minutes=10) + minute, ()
    return "E4", yesterday + timedelta(hours=10, minutes=30) + minute, ()


def ticks(count: int) -> Iterator[dict[str, Any]]:
    """Give the clock events of those cases."""
    for n in range(count):
        _severity, opened, story = shape(n)
        for kind, at in (("opened", opened), ("owner_named", opened), *story):
            row = {"escalation_id": 1_000_000 + n, "kind": kind, "at": at, "recorded_at": at}
            yield {**row, "reason": ""}


def due(count: int) -> Iterator[dict[str, Any]]:
    """Give when the ladder goes on with each of those cases: by now."""
    for n in range(count):
        yield {"id": 1_000_000 + n, "at": fill.NOW - timedelta(seconds=n % 600)}


def run(url: str, folder: Path, count: int, background: int) -> Pass:
    """Fill a database, and let the scheduler pass over it once."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        fill.fill(background)
        db.session.execute(sa.delete(NextNotice))
        policy()
        owners = list(db.session.scalars(sa.select(User.id)))
        accounts = db.session.scalar(sa.select(sa.func.count()).select_from(Account)) or 1
        fill._put(Escalation, cases(count, accounts, owners))
        fill._put(NextNotice, due(count))
        fill._put(ClockEvent, ticks(count))
        db.session.execute(sa.text("analyze"))
        db.session.commit()
        small, peak = _memory(count)
        settle()  # as the processes that run jobs do
        begun, used = time.perf_counter(), time.process_time()
        with counted() as seen:
            ladder_jobs.take_steps(fill.NOW.isoformat())
        seconds, processor = time.perf_counter() - begun, time.process_time() - used
        found = Pass(
            database=db.engine.dialect.name,
            cases=count,
            seconds=seconds,
            processor=processor,
            statements=len(seen),
            notices=_count(Notice),
            messages=_count(Notification),
            small=small,
            peak=peak,
        )
        db.session.remove()
        db.engine.dispose()
    return found


def _memory(count: int) -> tuple[float, float]:
    """Plan a tenth of the cases, then all of them, batch by batch as the pass does; gives the most
    memory that was held, in megabytes. Nothing is written.
    """
    known = queries.Pass(now=fill.NOW)
    ids = queries.with_due_step(now=fill.NOW, limit=count, lock=False)
    held = []
    for part in (ids[: count // 10], ids):
        tracemalloc.start()
        for start in range(0, len(part), ladder_jobs.BATCH):
            actions.plan(part[start : start + ladder_jobs.BATCH], known)
        held.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    db.session.rollback()
    return held[0], held[1]


def _count(model: Any) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def page(passes: Sequence[Pass]) -> str:
    """Give the section of the page of figures."""
    rows = [
        f"| {report.NAMES[one.database]} | {one.cases:,} | {one.seconds:.2f} s "
        f"| {one.processor:.2f} s "
        f"| {one.statements} | {one.notices:,} | {one.messages:,} "
        f"| {one.small:.1f} to {one.peak:.1f} MB "
        f"| {'reached' if one.reached else '**missed**'} |"
        for one in passes
    ]
    heads = (
        "| database | due cases | time | processor | statements | notices | messages "
        f"| memory | goal: < {SECONDS:g} s, ≤ {STATEMENTS} statements |"
    )
    return "\n".join(
        [
            HEAD,
            "",
            ABOUT.format(load=os.getloadavg()[0]),
            "",
            heads,
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
