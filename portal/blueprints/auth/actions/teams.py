"""Making teams, saying who is in them, and ending those that have a past."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.core import events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused, Stale
from portal.core.i18n import _

from .. import queries
from ..models import Team, TeamMember

LONGEST_NAME, LONGEST_REGION = 80, 40


def add_team(
    *,
    name: str,
    region: str = "",
    lead_id: int | None = None,
    members: Iterable[int] = (),
    by: Actor,
    now: datetime,
) -> Team:
    """Make a team of people who share cases; refused for a name that is there or cannot be one, and
    for people who do not work here.
    """
    name, region = _named(name, region)
    wanted = sorted(set(members))
    _refuse_people({*wanted, *([lead_id] if lead_id is not None else [])}, by=by)
    team = Team(name=name, region=region, lead_id=lead_id)
    db.session.add(team)
    db.session.flush()
    db.session.add_all(TeamMember(team_id=team.id, person_id=one) for one in wanted)
    db.session.flush()
    events.record(
        "auth.team_added",
        by=by,
        now=now,
        data={"team": team.id, "lead": lead_id, "members": wanted},
        changes={"name": (None, name)},
    )
    return team


def change_team(
    team: Team,
    *,
    name: str,
    region: str,
    lead_id: int | None,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Change what a team is called, its region and its lead; refused as for a new one, `Stale`
    where it is not the `version` any more that was read. Nothing happens where all of it stays.
    """
    queries.hold_team(team.id)
    if version not in (None, team.version):
        raise Stale(_("Somebody else changed this team meanwhile."))
    refuse_retired(team.id, field="name")
    name, region = _named(name, region, but=team)
    if lead_id is not None and lead_id != team.lead_id:
        _refuse_people({lead_id}, by=by)
    wished = {"name": name, "region": region, "lead_id": lead_id}
    changes = {
        field: (getattr(team, field), value)
        for field, value in wished.items()
        if getattr(team, field) != value
    }
    if not changes:
        return
    for field, (_before, value) in changes.items():
        setattr(team, field, value)
    db.session.flush()
    _record(team, by=by, now=now, changes=changes)


def add_to_team(team: Team, people: Collection[int], *, by: Actor, now: datetime) -> list[int]:
    """Put people into a team, and give those who were not in it yet."""
    wanted = sorted(set(people) - set(_held(team)))
    if wanted:
        refuse_retired(team.id, field="people")
    _refuse_people(wanted, by=by, field="people")
    if wanted:
        db.session.add_all(TeamMember(team_id=team.id, person_id=one) for one in wanted)
        db.session.flush()
        _record(team, by=by, now=now, added=wanted)
    return wanted


def take_from_team(team: Team, person_id: int, *, by: Actor, now: datetime) -> None:
    """Take somebody out of a team; refused for who is not in it. Their turns of duty stay, and they
    stay its lead where they are.
    """
    if person_id not in _held(team):
        raise Refused(_("This person is not in the team."), field="person")
    gone = sa.delete(TeamMember).filter_by(team_id=team.id, person_id=person_id)
    db.session.execute(gone)
    _record(team, by=by, now=now, taken=[person_id])


def remove_team(team: Team, *, by: Actor, now: datetime) -> None:
    """Remove a team that nothing was ever done with; any other stays: what was done names it."""
    _held(team)
    if queries.is_team_used(team.id):
        raise Refused(
            _("Cases, turns of duty or views rest on this team: it stays. Retire it, or rename it.")
        )
    db.session.execute(sa.delete(TeamMember).filter_by(team_id=team.id))
    db.session.delete(team)
    db.session.flush()
    changes = {"name": (team.name, None)}
    events.record("auth.team_removed", by=by, now=now, data={"team": team.id}, changes=changes)


def retire_team(team: Team, *, successor_id: int | None, by: Actor, now: datetime) -> None:
    """End a team that has a past: it takes nothing new, and what policies give to it, or to a team
    that it followed, goes to its successor. Its name stays taken, for what was done says it.
    """
    queries.hold_team(team.id)
    if team.retired_at is not None:
        raise Refused(_("This team is retired already."))
    if successor_id is not None:
        _refuse_successor(team, queries.get_team(successor_id), by=by)
    team.retired_at, team.successor_id = now, successor_id
    followed = list(db.session.scalars(sa.select(Team).filter_by(successor_id=team.id)))
    for one in followed:
        one.successor_id = successor_id
    db.session.flush()
    data = {"team": team.id, "successor": successor_id, "followed": [one.id for one in followed]}
    events.record("auth.team_retired", by=by, now=now, data=data)


def bring_team_back(team: Team, *, by: Actor, now: datetime) -> None:
    """Let a retired team take cases again; what went to its successor stays there."""
    queries.hold_team(team.id)
    if team.retired_at is None:
        raise Refused(_("This team is not retired."))
    data = {"team": team.id, "successor": team.successor_id}
    team.retired_at = team.successor_id = None
    db.session.flush()
    events.record("auth.team_brought_back", by=by, now=now, data=data)


def refuse_retired(team_id: int | None, *, field: str) -> None:
    """Refuse a team that was retired: nothing new is given to it."""
    if team_id is not None and (team := queries.get_team(team_id)).retired_at is not None:
        raise Refused(
            _("The team “%(name)s” is retired: choose another one.", name=team.name), field=field
        )


def _refuse_successor(team: Team, successor: Team, *, by: Actor) -> None:
    """Refuse a team that cannot follow: being in it opens the cases that go to it."""
    if successor.id == team.id:
        raise Refused(_("A team does not follow itself."), field="successor")
    refuse_retired(successor.id, field="successor")
    if by.id is not None and by.id in queries.team_members(successor.id):
        raise Refused(
            _("You are in this team: nobody gives cases to themselves. Ask another administrator."),
            field="successor",
        )


def _named(name: str, region: str, *, but: Team | None = None) -> tuple[str, str]:
    """Give a name and a region as they are kept; whoever names a team waits for the other who
    does. Policies name teams without regard to case, so two names must differ in more.
    """
    name, region = " ".join(name.split()), " ".join(region.split())
    if not name:
        raise Refused(_("A team needs its name."), field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(_("A name has at most %(n)s characters.", n=LONGEST_NAME), field="name")
    if len(region) > LONGEST_REGION:
        raise Refused(_("A region has at most %(n)s characters.", n=LONGEST_REGION), field="region")
    queries.hold_names()
    for other in queries.teams(retired=True):
        if other is but or other.name.casefold() != name.casefold():
            continue
        if other.retired_at is not None:
            raise Refused(
                _("“%(name)s” is retired: bring it back, or choose another name.", name=other.name),
                field="name",
            )
        raise Refused(_("There is a team “%(name)s” already.", name=other.name), field="name")
    return name, region


def _refuse_people(ids: Collection[int], *, by: Actor, field: str | None = None) -> None:
    """Refuse who does not work here, and whoever acts themselves: being in a team opens its cases,
    and nobody grants themselves anything.
    """
    if by.id is not None and by.id in ids:
        raise Refused(
            _("Nobody puts themselves into a team. Ask another administrator."), field=field
        )
    if len(queries.actors(ids)) < len(set(ids)):
        raise Refused(_("There is no such person, or they no longer work here."), field=field)


def _held(team: Team) -> list[int]:
    """Give the people of a team that nobody else changes meanwhile."""
    db.session.refresh(team, with_for_update=True)
    return queries.team_members(team.id)


def _record(
    team: Team,
    *,
    by: Actor,
    now: datetime,
    changes: dict[str, tuple[Any, Any]] | None = None,
    **data: list[int],
) -> None:
    events.record(
        "auth.team_changed", by=by, now=now, data={"team": team.id, **data}, changes=changes or {}
    )
