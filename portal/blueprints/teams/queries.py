"""Teams as administrators see them: people, lead, and turns of duty that stayed behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team, User
from portal.blueprints.notifications import queries as notifications

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
    """Give the teams by name, without a look at the roster."""
    found, people = auth.teams(), auth.memberships()
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
