"""Reading rounds: those one may see, those of a case, and what is due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team, User
from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.notifications import queries as post
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from .models import Round, RoundCall, RoundCase

R, E = Round, Escalation
MOST = 50


@dataclass(frozen=True)
class Line:
    """A round with who is asked, the cases in it that the reader may see, and its last call."""

    row: Round
    asked: str
    cases: tuple[tuple[str, str], ...]
    last: RoundCall | None


@dataclass(frozen=True)
class Told:
    """A call with the names of who was asked and who answered."""

    row: RoundCall
    asked: str
    answered_by: str


def _visible(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for rounds somebody may see: what is asked about an incident is for
    everybody who works on cases, but one that was begun for a restricted case only for who sees a
    case in it, or is asked.
    """
    shut = sa.exists().where(E.id == R.escalation_id, E.restricted.is_(True))
    seen = sa.exists().where(
        RoundCase.round_id == R.id,
        RoundCase.escalation_id == E.id,
        cases.seen_by(viewer, now=now),
    )
    asked = sa.exists().where(RoundCall.round_id == R.id, RoundCall.asked_id == viewer.id)
    mine = sa.or_(R.person_id == viewer.id, R.team_id.in_(sorted(viewer.teams)), asked)
    return sa.or_(sa.not_(shut), mine, seen)


def running(viewer: Actor, *, now: datetime) -> list[Line]:
    """Give the rounds that run and the viewer may see, the next to ask first."""
    query = sa.select(R).where(R.next_at.is_not(None), _visible(viewer, now=now))
    rows = db.session.scalars(query.order_by(R.next_at, R.id).limit(MOST))
    return _lines(list(rows), viewer, now=now)


def of_case(case: Escalation, viewer: Actor, *, now: datetime) -> list[Line]:
    """Give the rounds a case waits for, or waited for, the newest first."""
    ids = sa.select(RoundCase.round_id).filter_by(escalation_id=case.id)
    rows = db.session.scalars(sa.select(R).where(R.id.in_(ids)).order_by(R.id.desc()).limit(MOST))
    return _lines(list(rows), viewer, now=now)


def _lines(rows: list[Round], viewer: Actor, *, now: datetime) -> list[Line]:
    ids = [row.id for row in rows]
    found: dict[int, list[tuple[str, str]]] = {}
    waiting = (
        sa.select(RoundCase.round_id, E.reference, Account.name)
        .join(E, E.id == RoundCase.escalation_id)
        .join(Account, Account.id == E.account_id)
        .where(
            RoundCase.round_id.in_(ids),
            RoundCase.left_at.is_(None),
            cases.seen_by(viewer, now=now),
        )
        .order_by(E.reference)
    )
    for round_id, reference, name in db.session.execute(waiting):
        found.setdefault(round_id, []).append((reference, name))
    newest = sa.select(sa.func.max(RoundCall.id)).where(RoundCall.round_id.in_(ids))
    calls = sa.select(RoundCall).where(RoundCall.id.in_(newest.group_by(RoundCall.round_id)))
    last = {one.round_id: one for one in db.session.scalars(calls)}
    names = auth.names({row.person_id for row in rows})
    teams = _team_names({row.team_id for row in rows if row.team_id})
    return [
        Line(
            row,
            names.get(row.person_id or 0) or teams.get(row.team_id or 0, ""),
            tuple(found.get(row.id, ())),
            last.get(row.id),
        )
        for row in rows
    ]


def _team_names(ids: Collection[int]) -> dict[int, str]:
    query = sa.select(Team.id, Team.name).where(Team.id.in_(ids))
    return {one.id: one.name for one in db.session.execute(query)} if ids else {}


def get(viewer: Actor, round_id: int, *, now: datetime, lock: bool = False) -> Round:
    """Give a round the viewer may see, held against others until the end of the transaction if
    asked; `NotFound` otherwise.
    """
    query = sa.select(R).where(R.id == round_id, _visible(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Round | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def line(row: Round, viewer: Actor, *, now: datetime) -> Line:
    """Give a round as the viewer may see it."""
    return _lines([row], viewer, now=now)[0]


def calls(row: Round) -> list[Told]:
    """Give the times somebody was asked or told how it stands, the newest first."""
    query = sa.select(RoundCall).filter_by(round_id=row.id).order_by(RoundCall.id.desc())
    found = list(db.session.scalars(query.limit(MOST)))
    names = auth.names({one.asked_id for one in found} | {one.answered_by_id for one in found})
    return [
        Told(one, names.get(one.asked_id or 0, ""), names.get(one.answered_by_id or 0, ""))
        for one in found
    ]


def begun_for(row: Round) -> Escalation:
    """Give the case a round was begun for."""
    return db.session.get_one(Escalation, row.escalation_id)


def is_shut(row: Round) -> bool:
    """Say whether a round was begun for a restricted case."""
    return begun_for(row).restricted


def waits(case: Escalation) -> Round | None:
    """Give the round that runs and a case waits for."""
    return db.session.scalar(
        sa.select(R)
        .join(RoundCase, RoundCase.round_id == R.id)
        .where(
            RoundCase.escalation_id == case.id,
            RoundCase.left_at.is_(None),
            R.next_at.is_not(None),
        )
        .limit(1)
    )


def place(row: Round, case: Escalation) -> RoundCase | None:
    """Give the place of a case in a round, also one it has left."""
    return db.session.get(RoundCase, (row.id, case.id))


def waiting(row: Round) -> list[Escalation]:
    """Give the open cases that wait for a round; what was merged waits as what it went into."""
    ids = set(
        db.session.scalars(
            sa.select(RoundCase.escalation_id).where(
                RoundCase.round_id == row.id, RoundCase.left_at.is_(None)
            )
        )
    )
    looked: set[int] = set()
    found: dict[int, Escalation] = {}
    while ids:
        looked |= ids
        merged: set[int] = set()
        for case in db.session.scalars(sa.select(E).where(E.id.in_(ids))):
            if case.state in OPEN_STATES:
                found[case.id] = case
            elif case.state is CaseState.MERGED and case.merged_into_id:
                merged.add(case.merged_into_id)
        ids = merged - looked
    return [found[one] for one in sorted(found)]


def open_call(row: Round) -> RoundCall | None:
    """Give the last call of a round, if it was asked and not answered yet."""
    query = sa.select(RoundCall).filter_by(round_id=row.id).order_by(RoundCall.id.desc())
    last = db.session.scalar(query.limit(1))
    return last if last is not None and last.asked_at and last.answered_at is None else None


def to_ask(*, now: datetime, limit: int = 200) -> list[int]:
    """Give the rounds whose time has come, held against others until the end of the transaction."""
    due = sa.select(R.id).where(R.next_at <= now).order_by(R.next_at, R.id).limit(limit)
    return list(db.session.scalars(due.with_for_update(skip_locked=True)))


def to_remind(*, now: datetime, limit: int = 200) -> list[int]:
    """Give the rounds that run whose last call was not answered in time, and nobody was reminded
    of.
    """
    newest = sa.select(sa.func.max(RoundCall.id)).group_by(RoundCall.round_id)
    query = (
        sa.select(R.id)
        .join(RoundCall, RoundCall.round_id == R.id)
        .where(
            R.next_at.is_not(None),
            RoundCall.id.in_(newest),
            RoundCall.answer_by <= now,
            RoundCall.answered_at.is_(None),
            RoundCall.reminded_at.is_(None),
        )
    )
    return list(db.session.scalars(query.order_by(RoundCall.answer_by, R.id).limit(limit)))


def by_id(round_id: int) -> Round:
    """Give a round, whoever asks: for jobs."""
    return db.session.get_one(Round, round_id)


def answering(row: Round, *, now: datetime) -> int | None:
    """Give who is asked now: the person or who stands in for them; of a team who is on duty, else
    its lead. None where nobody is there.
    """
    if row.person_id is not None:
        called = [row.person_id]
    else:
        lead = db.session.scalar(sa.select(Team.lead_id).where(Team.id == row.team_id))
        called = [*post.on_duty(now=now).get(row.team_id or 0, ()), *([lead] if lead else [])]
    for one in called:
        found = auth.responsible(one, now=now)
        if db.session.scalar(sa.select(User.active).where(User.id == found)):
            return found
    return None


def zone_of(case: Escalation, whose: str, *, person_id: int | None) -> str:
    """Give the zone whose clock counts: the customer's, or that of the person who is asked, for a
    team that of the house.
    """
    if whose == "customer":
        return cases.account_of(case).zone
    return auth.get(person_id).zone if person_id else auth.organisation().zone


def whom() -> list[tuple[str, str]]:
    """Give (value, name) of who can be asked: teams, and people who read cases."""
    teams = [(f"team:{one.id}", one.name) for one in auth.teams()]
    return [*teams, *((f"person:{i}", name) for i, name in cases.readers_of())]
