"""Who can take a case: the people that a route names, without looking at anybody's load."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.auth.models import Team, User
from portal.blueprints.auth.rules import is_away
from portal.blueprints.notifications.models import Duty
from portal.blueprints.policies.rules import Actions
from portal.core.access import Actor, Relation, RelationKind, Role
from portal.core.db import db

CHAIN = 6


@dataclass(frozen=True)
class Candidate:
    """Somebody who could take a case."""

    id: int
    name: str
    manager_id: int | None
    away: bool
    roles: frozenset[str]


@dataclass(frozen=True)
class Bench:
    """Who gets a case: its owner, its team, the executive owner, and who else is told."""

    owner_id: int | None
    team_id: int | None
    team_name: str
    executive_id: int | None
    watching: tuple[int, ...]
    names: Mapping[int, str]


ASKED = (Role.ESCALATION_MANAGER, Role.EXECUTIVE, Role.LEADERSHIP, Role.PRIVACY, Role.LEGAL)
# Asked for each case that is declared: made once.
_NAMEABLE = (
    sa.select(
        User.id,
        User.name,
        User.manager_id,
        User.absent_from,
        User.absent_until,
        RoleRow.name.label("role"),
    )
    .join(User.roles)
    .where(
        User.active.is_(True),
        sa.or_(
            RoleRow.name.in_([role.value for role in ASKED]),
            User.id.in_(sa.bindparam("own", expanding=True)),
        ),
    )
    .order_by(User.id)
)


def bench(
    account: Account, actions: Actions, *, executive: bool, by: Actor, now: datetime
) -> Bench:
    """Find the people that a route's actions name for an account.

    Among several with the same role the one on duty for the team comes first, else it is always
    the same one for an account: nobody's load or figures decide.
    """
    people = _people(account, by, now=now)
    team = _team(actions.team)
    on_duty = _on_duty(team, now=now)
    owner = _owner(account, actions.owner, team, people, on_duty, by)
    chief = None
    if executive:
        chief = _sponsor(account, now=now) or _executive(owner, account, people)
    watching = _watching(account, actions.watchers, people)
    return Bench(
        owner_id=owner,
        team_id=team.id if team else None,
        team_name=team.name if team else "",
        executive_id=chief,
        watching=watching,
        names={person.id: person.name for person in people.values()},
    )


def _people(account: Account, by: Actor, *, now: datetime) -> dict[int, Candidate]:
    """Read everybody who may be named: people of the roles concerned, and the account's own."""
    own = [i for i in (account.owner_id, account.account_executive_id, by.id) if i]
    db.session.flush()
    found: dict[int, Candidate] = {}
    for row in db.session.connection().execute(_NAMEABLE, {"own": own}):
        away = is_away(row.absent_from, row.absent_until, now=now)
        before = found[row.id].roles if row.id in found else frozenset()
        found[row.id] = Candidate(row.id, row.name, row.manager_id, away, before | {row.role})
    return found


def _team(name: str | None) -> Team | None:
    if name is None:
        return None
    return auth.team_meant(name)


def _on_duty(team: Team | None, *, now: datetime) -> list[int]:
    if team is None:
        return []
    return list(
        db.session.scalars(
            sa.select(Duty.person_id)
            .where(Duty.team_id == team.id, Duty.starts_at <= now, Duty.ends_at > now)
            .order_by(Duty.starts_at, Duty.id)
        )
    )


def _pick(
    role: Role, account: Account, people: Mapping[int, Candidate], first: list[int]
) -> int | None:
    """Give one person of a role: on duty, else the account's own; who is away only if all are."""
    able = [p.id for p in people.values() if role.value in p.roles]
    duty = [i for i in first if i in able]
    present = [i for i in able if not people[i].away]
    for choice in (duty, present, able):
        if choice:
            return choice[account.id % len(choice)] if choice is not duty else choice[0]
    return None


def _owner(
    account: Account,
    source: str,
    team: Team | None,
    people: Mapping[int, Candidate],
    on_duty: list[int],
    by: Actor,
) -> int | None:
    """Give the one person who owns the case, from the place a route names; an escalation manager,
    then leadership, where that place is empty.
    """
    named = {
        "account_csm": account.owner_id,
        "account_manager": account.account_executive_id,
        "team_lead": team.lead_id if team else None,
        "author": by.id,
        "privacy": _pick(Role.PRIVACY, account, people, on_duty),
    }.get(source)
    return (
        named
        or _pick(Role.ESCALATION_MANAGER, account, people, on_duty)
        or _pick(Role.LEADERSHIP, account, people, [])
        or account.owner_id
        or by.id
    )


def _sponsor(account: Account, *, now: datetime) -> int | None:
    """Give the executive who sponsors the account, if one does."""
    return db.session.scalar(
        sa.select(Relation.person_id)
        .where(
            Relation.kind == RelationKind.SPONSOR,
            Relation.account_id == account.id,
            Relation.record_ref.is_(None),
            sa.or_(Relation.until.is_(None), Relation.until > now),
        )
        .order_by(Relation.id)
        .limit(1)
    )


def _executive(owner: int | None, account: Account, people: Mapping[int, Candidate]) -> int | None:
    """Give the executive owner where nobody sponsors the account: the first above the owner, else
    one.
    """
    current = owner
    for _step in range(CHAIN):
        person = people.get(current or 0)
        current = person.manager_id if person else None
        above = people.get(current or 0)
        if above and above.roles & {Role.EXECUTIVE.value, Role.LEADERSHIP.value}:
            return above.id
    return _pick(Role.EXECUTIVE, account, people, []) or _pick(Role.LEADERSHIP, account, people, [])


def _watching(
    account: Account, watchers: tuple[str, ...], people: Mapping[int, Candidate]
) -> tuple[int, ...]:
    """Give who else is told: the account's own people, and those of watching roles but executives,
    of whom only the executive owner is told.
    """
    asked = set(watchers) - {Role.EXECUTIVE.value, Role.LEADERSHIP.value}
    own = [i for i in (account.owner_id, account.account_executive_id) if i is not None]
    return (*own, *(p.id for p in people.values() if p.roles & asked))
