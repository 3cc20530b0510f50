"""Who is on duty, was, and will be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team, User
from portal.core.access import Actor, Permission
from portal.core.calendar import Segment
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Duty


@dataclass(frozen=True)
class Shift:
    """A turn of duty with its person's name."""

    id: int
    team_id: int
    person_id: int
    person: str
    starts_at: datetime
    ends_at: datetime

    @property
    def stretch(self) -> Segment:
        """Give when it lasts."""
        return Segment(self.starts_at, self.ends_at)


@dataclass(frozen=True)
class TeamDuty:
    """A team at a moment: its shifts then, who answers for it, and what comes.

    `answers` is who is to be called: who has the shift, or stands in for them while they are away;
    the lead where nobody has one. `by_shift` tells the two apart.
    """

    team_id: int
    team: str
    lead: str | None
    shifts: tuple[Shift, ...]
    answers: tuple[str, ...]
    by_shift: bool
    following: Shift | None
    gaps: tuple[Segment, ...]


def teams_at(moment: datetime, *, now: datetime) -> list[TeamDuty]:
    """Give every team as it was, is or will be at a moment, those that were retired before it left
    out; its gaps are those of the coming two weeks, seen from `now`.
    """
    found = _shifts(
        Duty.ends_at > min(moment, now), Duty.starts_at < max(moment, now) + rules.AHEAD
    )
    by_team: dict[int, list[Shift]] = {}
    for shift in found:
        by_team.setdefault(shift.team_id, []).append(shift)
    leads = sa.select(Team.id, Team.name, Team.lead_id, User.name.label("lead"))
    there = sa.or_(Team.retired_at.is_(None), Team.retired_at > moment)
    rows = db.session.execute(
        leads.outerjoin(User, User.id == Team.lead_id).where(there).order_by(Team.name)
    ).all()
    return [_team(row, by_team.get(row.id, ()), moment, now=now) for row in rows]


def _team(row: Any, shifts: Sequence[Shift], moment: datetime, *, now: datetime) -> TeamDuty:
    at_work = tuple(one for one in shifts if one.starts_at <= moment < one.ends_at)
    called = [one.person_id for one in at_work]
    if not called:
        lead = row.lead_id if moment >= now else auth.lead_at(row.id, moment=moment)
        called += [] if lead is None else [lead]
    answering = {
        auth.responsible(one, now=moment)
        if moment >= now
        else auth.responsible_at(one, moment=moment)
        for one in called
    }
    names = auth.names(answering)
    covered = [one.stretch for one in shifts]
    return TeamDuty(
        team_id=row.id,
        team=row.name,
        lead=row.lead,
        shifts=at_work,
        answers=tuple(sorted(names.values(), key=str.casefold)),
        by_shift=bool(at_work),
        following=next((one for one in shifts if one.starts_at > moment), None),
        gaps=tuple(rules.uncovered(covered, start=now, end=now + rules.AHEAD)),
    )


def roster(team_id: int, *, start: datetime, end: datetime) -> list[Shift]:
    """Give the shifts of a team that touch a stretch of time, in order."""
    return _shifts(Duty.team_id == team_id, Duty.ends_at > start, Duty.starts_at < end)


def own_shifts(person_id: int, *, now: datetime, within: timedelta) -> list[Shift]:
    """Give the shifts that a person has now or begins within a time, in order."""
    return _shifts(Duty.person_id == person_id, Duty.ends_at > now, Duty.starts_at < now + within)


def on_duty(*, now: datetime) -> Mapping[int, tuple[int, ...]]:
    """Give the people who have a shift now, by team, in one statement."""
    found: dict[int, tuple[int, ...]] = {}
    for shift in _shifts(Duty.starts_at <= now, Duty.ends_at > now):
        found[shift.team_id] = (*found.get(shift.team_id, ()), shift.person_id)
    return found


def uncovered_by(
    team_ids: Iterable[int], *, open_hours: Sequence[Segment], start: datetime, end: datetime
) -> dict[int, list[Segment]]:
    """Give, for each team, when between two instants neither the office is open nor anybody has a
    shift; teams without such a gap are left out.
    """
    wanted = sorted(set(team_ids))
    shifts = _shifts(Duty.team_id.in_(wanted), Duty.ends_at > start, Duty.starts_at < end)
    found = {}
    for team_id in wanted:
        own = [one.stretch for one in shifts if one.team_id == team_id]
        gaps = rules.uncovered([*own, *open_hours], start=start, end=end)
        if gaps:
            found[team_id] = gaps
    return found


def rostered_teams() -> set[int]:
    """Give the teams that ever had a shift."""
    return set(db.session.scalars(sa.select(Duty.team_id).distinct()))


def get_shift(shift_id: int, *, lock: bool = False) -> Duty:
    """Give a shift, held against others until the end of the transaction if asked; `NotFound`
    where there is none.
    """
    found: Duty | None = db.session.get(Duty, shift_id, with_for_update=lock)
    if found is None:
        raise NotFound
    return found


def coming_shifts(team_id: int, *, now: datetime) -> list[Duty]:
    """Give the shifts of a team that run or come, held against others."""
    query = sa.select(Duty).where(Duty.team_id == team_id, Duty.ends_at > now)
    return list(db.session.scalars(query.order_by(Duty.id).with_for_update()))


def duty_team(team_id: int) -> Team:
    """Give a team; `NotFound` where there is none."""
    found: Team | None = db.session.get(Team, team_id)
    if found is None:
        raise NotFound
    return found


def may_plan(team: Team, viewer: Actor) -> bool:
    """Say whether somebody plans the duty of a team: its lead does, and whose role it is; nobody
    that of a team that is retired.
    """
    if team.retired_at is not None:
        return False
    leads = viewer.id is not None and viewer.id == team.lead_id
    return leads or viewer.may(Permission.DUTY_PLAN)


def _shifts(*conditions: sa.ColumnElement[bool]) -> list[Shift]:
    query = (
        sa.select(Duty.id, Duty.team_id, Duty.person_id, User.name, Duty.starts_at, Duty.ends_at)
        .join(User, User.id == Duty.person_id)
        .where(*conditions)
        .order_by(Duty.starts_at, Duty.id)
    )
    return [Shift(*row) for row in db.session.execute(query)]
