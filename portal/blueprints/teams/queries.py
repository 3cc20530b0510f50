"""Teams as administrators see them: people, lead, and turns of duty that stayed behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team, User
from portal.blueprints.escalations.models import OPEN_STATES, Escalation, SavedView, Transfer
from portal.blueprints.notifications import queries as notifications
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import PlaybooksPolicy, RoutingPolicy
from portal.blueprints.policies.rules.words import word
from portal.blueprints.rounds.models import Round
from portal.core.db import db
from portal.core.i18n import _

PLANNED = timedelta(days=400)
"""How far turns of duty are looked for: a plan reaches a year at most."""


@dataclass(frozen=True)
class Outside:
    """Somebody who has turns of duty for a team and is not in it: how many are to come or run, and
    when the first begins.
    """

    person_id: int
    name: str
    turns: int
    first: datetime


@dataclass(frozen=True)
class TeamLine:
    """A team with its people by name; `here` are those who still work here."""

    team: Team
    lead: User | None
    members: Sequence[User]
    outside: Sequence[Outside]

    @property
    def here(self) -> list[User]:
        """Give those of its people who still work here."""
        return [one for one in self.members if one.active]

    @property
    def lead_address(self) -> str | None:
        """Give the address with which its lead signs in; None where nobody leads it."""
        return self.lead.email if self.lead else None


def lines() -> list[TeamLine]:
    """Give the teams by name, those that are retired last, without a look at the roster."""
    found, people = auth.teams(retired=True), auth.memberships()
    found.sort(key=lambda one: one.retired_at is not None)
    leads = auth.by_ids(one.lead_id for one in found if one.lead_id is not None)
    return [TeamLine(one, leads.get(one.lead_id or 0), people.get(one.id, ()), ()) for one in found]


def line(team_id: int, *, now: datetime) -> TeamLine:
    """Give one team; `NotFound` where there is none."""
    team = auth.get_team(team_id)
    members = auth.memberships(team_id).get(team_id, [])
    leads = auth.by_ids([team.lead_id] if team.lead_id is not None else [])
    outside = _outside(team_id, {one.id for one in members}, now=now)
    return TeamLine(team, leads.get(team.lead_id or 0), members, outside)


def turns_of(team_id: int, person_id: int, *, now: datetime) -> Outside | None:
    """Give the turns of duty that somebody has for a team from now on; None for none."""
    found = _outside(team_id, set(), now=now)
    return next((one for one in found if one.person_id == person_id), None)


def _outside(team_id: int, members: set[int], *, now: datetime) -> list[Outside]:
    found: dict[int, Outside] = {}
    for shift in notifications.roster(team_id, start=now, end=now + PLANNED):
        if shift.person_id in members:
            continue
        known = found.get(shift.person_id)
        found[shift.person_id] = Outside(
            person_id=shift.person_id,
            name=shift.person,
            turns=1 + (known.turns if known else 0),
            first=known.first if known else shift.starts_at,
        )
    return list(found.values())


@dataclass(frozen=True)
class Hanging:
    """What hangs on a team: open cases and questions that stand, cases that are over, rules and
    playbooks in force that give to it (or to a retired team it stands for), turns of duty to come
    and the people who have them, views shared with it, and the retired teams it stands for.
    """

    cases: int
    past: int
    rules: tuple[str, ...]
    playbooks: tuple[str, ...]
    questions: int
    turns: int
    people: int
    views: int
    stands_for: tuple[str, ...]

    @property
    def needs_successor(self) -> bool:
        """Say whether something would come to nobody without a team that comes after it."""
        return bool(self.cases or self.questions or self.rules or self.playbooks)


def hanging(team: Team, *, now: datetime) -> Hanging:
    """Give what hangs on a team: counts alone of cases, for administrators read no content."""
    before = db.session.scalars(sa.select(Team.name).filter_by(successor_id=team.id))
    stands_for = tuple(sorted(before))
    names = {name.lower() for name in (team.name, *stands_for)}
    is_open = Escalation.state.in_(OPEN_STATES)
    past, cases = db.session.execute(
        sa.select(sa.func.count().filter(sa.not_(is_open)), sa.func.count().filter(is_open)).where(
            Escalation.team_id == team.id
        )
    ).one()
    turns = notifications.roster(team.id, start=now, end=now + PLANNED)
    routing = policies.in_force(RoutingPolicy)[0]
    books = policies.in_force(PlaybooksPolicy)[0]
    return Hanging(
        cases=cases,
        past=past,
        rules=tuple(str(_(one.label)) for one in routing.rules if one.then.team in names),
        playbooks=tuple(
            word(one.trigger)
            for one in books.playbooks
            if any(joins.team in names for joins in one.joins)
        ),
        questions=len(asked(team.id)),
        turns=len(turns),
        people=len({one.person_id for one in turns}),
        views=db.session.scalar(sa.select(sa.func.count()).where(SavedView.team_id == team.id))
        or 0,
        stands_for=stands_for,
    )


def held(team_id: int) -> Team:
    """Give a team that nobody retires or brings back until this transaction ends; its cases can be
    worked on meanwhile.
    """
    team = auth.get_team(team_id)
    db.session.refresh(team, with_for_update={"key_share": True})
    return team


def still_held(team_id: int, *, limit: int) -> list[Escalation]:
    """Give the next open cases of a team, held against others."""
    query = (
        sa.select(Escalation)
        .where(Escalation.team_id == team_id, Escalation.state.in_(OPEN_STATES))
        .order_by(Escalation.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def left_open(team: Team) -> int:
    """Give how many open cases rest on a retired team; nothing is counted for any other."""
    if team.retired_at is None:
        return 0
    held = Escalation.team_id == team.id, Escalation.state.in_(OPEN_STATES)
    return db.session.scalar(sa.select(sa.func.count()).where(*held)) or 0


def asked(team_id: int) -> list[Round]:
    """Give the questions that a team is asked at set times, as long as they are."""
    query = sa.select(Round).where(Round.team_id == team_id, Round.next_at.is_not(None))
    return list(db.session.scalars(query.order_by(Round.id)))


def passed_on(team: Team) -> dict[int, int]:
    """Give how many cases of each owner went from a team to its successor since it was retired."""
    query = (
        sa.select(Transfer.to_id, sa.func.count())
        .where(
            Transfer.from_team_id == team.id,
            Transfer.to_team_id == team.successor_id,
            Transfer.at >= team.retired_at,
            Transfer.by_id.is_(None),
        )
        .group_by(Transfer.to_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def unsettled() -> list[int]:
    """Give the retired teams that open cases or questions still rest on though there is one that
    came after them.
    """
    held = sa.select(Escalation.team_id).where(Escalation.state.in_(OPEN_STATES))
    waiting = sa.select(Round.team_id).where(Round.next_at.is_not(None))
    query = sa.select(Team.id).where(
        Team.successor_id.is_not(None), sa.or_(Team.id.in_(held), Team.id.in_(waiting))
    )
    return list(db.session.scalars(query.order_by(Team.id)))


def retired_team_of(reference: str) -> Team | None:
    """Give the team of a case where that is retired; None for any other."""
    query = (
        sa.select(Team)
        .join(Escalation, Escalation.team_id == Team.id)
        .where(Escalation.reference == reference, Team.retired_at.is_not(None))
    )
    return db.session.scalar(query)
