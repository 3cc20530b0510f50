"""How long it takes to assess a compensation in a company that has decided many.

    python -m bench.concessions [--decisions N] [--only sqlite|postgresql] [--out FILE]

A request about a case is assessed as its page shows it (what is owed and recommended, who signs,
what others got for the same harm, whether it can pay for itself), and as handing it in weighs it.
What counts is the time of the processor, the database's own in it; and how many statements it
takes, which must be as many as with a twentieth of the decisions. Beside it, what `portal
concession assess` takes from its start to its answer.
"""

import argparse
import itertools
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from bench import fill, ours, report
from bench.criteria import timed
from bench.databases import databases
from bench.measure import counted
from bench.words import WORDS
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import (
    Concession,
    ConcessionPart,
    Form,
    Ground,
    State,
)
from portal.blueprints.escalations.models import Escalation, Trigger
from portal.core.access import Actor
from portal.core.db import db

HEAD = "## Assessing a compensation"
DECISIONS, SMALL, CASES, ACCOUNTS, TIMES = 100_000, 5_000, 50_000, 20_000, 40
GOAL = 0.05
FIRST = 1_000_000
"""The number of the first decision of the past: the database numbers drafts from one."""
ABOUT = """A request about a case is assessed with {decisions:,} decisions of the past: as its page
shows it, and as it is weighed when it is handed in, the mean of {times} requests about different
cases. The time is that of the processor, the database's own in it; statements are counted with
{decisions:,} and with {small:,} decisions. The command starts a process, reads a request and
answers it; its time is that of the processor, too. The load of the machine was {load:.1f}."""
GIVEN = (State.DELIVERED, State.ACCEPTED, State.LAPSED, State.DECLINED)
REQUEST = b'{"amount": "1500.00", "currency": "EUR", "arr": "90000", "direct_loss": "1500.00"}'


@dataclass(frozen=True)
class Taken:
    """What one way of assessing took, in seconds, and with how many statements."""

    database: str
    name: str
    counts: float
    statements: int
    before: int


def _decisions(first: int, count: int) -> Iterator[dict[str, Any]]:
    """Give decisions about the cases in turn, spread over three years."""
    draw = random.Random(first)
    query = sa.select(Escalation.id, Escalation.account_id, Escalation.reference)
    cases = {row.id: row for row in db.session.execute(query)}
    for n in range(first, first + count):
        case, at = n % CASES + 1, fill.NOW - timedelta(days=draw.randrange(3, 1_000))
        yield {
            "id": FIRST + n,
            "reference": f"CON-2025-{n + 1:06d}",
            "account_id": cases[case].account_id,
            "escalation_id": case,
            "case_ref": cases[case].reference,
            "state": draw.choice(GIVEN),
            "currency": "EUR",
            "reporting_currency": "EUR",
            "why": WORDS,
            "recommendation": {},
            "requested_at": at,
            "approved_at": at,
            "created_at": at,
            "updated_at": at,
        }


def _parts(first: int, count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(first)
    for n in range(first, first + count):
        face = draw.randrange(10_000, 900_000)
        yield {
            "concession_id": FIRST + n,
            "ground": draw.choice((Ground.GOODWILL, Ground.EFFORT, Ground.DIRECT_LOSS)),
            "form": draw.choice((Form.SERVICE_CREDIT, Form.TRAINING, Form.SERVICE_HOURS)),
            "what": "Service credit",
            "face_minor": face,
            "cost_minor": face // draw.choice((1, 2, 3)),
            "reporting_minor": face,
            "created_at": fill.NOW,
            "updated_at": fill.NOW,
        }


def _decide(first: int, count: int) -> None:
    """Put so many decisions of the past into the database."""
    for model, rows in ((Concession, _decisions), (ConcessionPart, _parts)):
        supply = rows(first, count)
        while batch := list(itertools.islice(supply, fill.BATCH)):
            db.session.execute(sa.insert(model), batch)
            db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.execute(sa.text("ANALYZE"))
    else:
        db.session.execute(sa.text("ANALYZE"))
        db.session.commit()


def _drafts(by: Actor) -> list[str]:
    """Propose something about some cases; each is assessed once."""
    query = sa.select(Escalation).where(
        Escalation.trigger == Trigger.SLA_BREACH, Escalation.restricted.is_(False)
    )
    found = []
    for case in db.session.scalars(query.order_by(Escalation.id.desc()).limit(TIMES)).all():
        account = db.session.get_one(Account, case.account_id)
        wish = actions.Wish(why="Two outages in a week.", currency="EUR", fee=Decimal(4000))
        row = actions.propose(account, wish, by=by, now=fill.NOW, case=case)
        part = actions.PartWish(
            ground=Ground.GOODWILL,
            form=Form.SERVICE_CREDIT,
            what="Service credit",
            amount=Decimal(1500),
        )
        actions.add_part(row, part, by=by, now=fill.NOW)
        found.append(row.reference)
    db.session.commit()
    return found


def _page(reference: str, by: Actor) -> str:
    """Assess as the page of a request shows it."""
    row = queries.get(by, reference, now=fill.NOW)
    shown = queries.bench(by, row, now=fill.NOW)
    return f"{len(shown.precedents)} comparable"


def _weigh(reference: str, by: Actor) -> str:
    """Assess as handing in does: weigh, compare, find who signs."""
    row = queries.get(by, reference, now=fill.NOW)
    account = db.session.get_one(Account, row.account_id)
    weighed = queries.weigh(row, account, parts=queries.parts(row), now=fill.NOW)
    assert weighed is not None
    case = db.session.get_one(Escalation, row.escalation_id)
    others = queries.comparable(row, account, case, now=fill.NOW)
    found = queries.compared(weighed, others)
    return f"{found.count} comparable"


WAYS: dict[str, Callable[[str, Actor], str]] = {"page of a request": _page, "handing in": _weigh}


def _statements(work: Callable[[str, Actor], str], reference: str, by: Actor) -> int:
    db.session.expire_all()
    with counted() as seen:
        work(reference, by)
    db.session.rollback()
    return len(seen)


def _all(work: Callable[[str, Actor], str], references: Sequence[str], by: Actor) -> str:
    """Assess each once, from a session that knows nothing of it yet."""
    found = ""
    for reference in references:
        db.session.expire_all()
        found = work(reference, by)
        db.session.rollback()
    return found


def measured(url: str, folder: Path, decisions: int) -> list[Taken]:
    """Measure on one database."""
    app = ours.make(url, folder)
    ours.prepare(app)
    found = []
    with app.app_context():
        fill.fill(CASES, accounts=ACCOUNTS, story=3)
        person = auth_queries.by_email("manager@bench.example")
        assert person is not None
        by = auth_queries.actor_of(auth_queries.get(person.id))
        drafts = _drafts(by)
        _decide(0, SMALL)
        before = {name: _statements(work, drafts[0], by) for name, work in WAYS.items()}
        _decide(SMALL, decisions - SMALL)
        kind = db.engine.dialect.name
        for name, work in WAYS.items():
            _all(work, drafts[:3], by)  # what is loaded once is not what is measured
            spent, _clock, _found = timed(partial(_all, work, drafts, by))
            now = _statements(work, drafts[0], by)
            found.append(Taken(kind, name, spent / len(drafts), now, before[name]))
            print(found[-1], file=sys.stderr, flush=True)
        db.session.rollback()
        db.engine.dispose()
    return found


def command() -> float:
    """Give the seconds of the processor that the command takes, the median of five."""
    found = []
    for _turn in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        asked = [
            str(Path(sys.executable).with_name("portal")),
            "concession",
            "assess",
            "-",
            "--json",
        ]
        subprocess.run(asked, input=REQUEST, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(found)


def page(found: Sequence[Taken], started: float, decisions: int) -> str:
    """Give the section of the page of figures."""
    rows = [
        f"| {report.NAMES[one.database]} | {one.name} | {one.counts * 1000:.1f} | {GOAL * 1000:g} "
        f"| {'reached' if one.counts <= GOAL else '**missed**'} | {one.statements} "
        f"| {one.before} |"
        for one in found
    ]
    rows.append(f"| none | `portal concession assess` | {started * 1000:.0f} | | | | |")
    about = ABOUT.format(decisions=decisions, small=SMALL, times=TIMES, load=os.getloadavg()[0])
    head = (
        "| database | what | ms | goal | | statements | with few |\n|---|---|---|---|---|---|---|"
    )
    return "\n\n".join([HEAD, about, "\n".join([head, *rows])]) + "\n"


def main() -> None:
    """Measure, and renew the section of the page of figures where one is named."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--decisions", type=int, default=DECISIONS)
    reader.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    reader.add_argument("--out", type=Path, default=None)
    given = reader.parse_args()
    found = [
        one
        for url, folder in databases(given.only)
        for one in measured(url, folder, given.decisions)
    ]
    text = page(found, command(), given.decisions)
    print(text)
    if given.out:
        old = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
        given.out.write_text(report.put(old, HEAD, text), encoding="utf-8")
    if any(one.counts > GOAL for one in found):
        sys.exit("A goal was missed.")
    if any(one.statements != one.before for one in found):
        sys.exit("More decisions take more statements.")


if __name__ == "__main__":
    main()
