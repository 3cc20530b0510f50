"""Who is meant by the parts of a response team: people by their role, or the members of a team."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.auth.models import Team, TeamMember, User
from portal.blueprints.auth.rules import is_away
from portal.blueprints.policies.rules import Joiner
from portal.core.access import Role
from portal.core.db import db

from .. import rules
from ..models import Escalation


@dataclass(frozen=True)
class Able:
    """Somebody who could join, and when they are away."""

    id: int
    absent_from: datetime | None
    absent_until: datetime | None


def people_joining(
    case: Escalation, joins: Collection[Joiner], *, now: datetime
) -> list[tuple[Joiner, list[int]]]:
    """Give who is meant by each part of a response team: the account's own people, the executive
    owner, one escalation manager, everybody of the other roles, the members of a team.
    """
    account = db.session.get_one(Account, case.account_id)
    able = _able({role for one in joins for role in rules.playbook.PLAYERS.get(one.who or "", ())})
    members = _members({one.team for one in joins if one.team})
    return [(one, _meant(one, case, account, able, members, now=now)) for one in joins]


def _meant(
    one: Joiner,
    case: Escalation,
    account: Account,
    able: Mapping[Role, list[Able]],
    members: Mapping[str, list[int]],
    *,
    now: datetime,
) -> list[int]:
    match one.who:
        case None:
            return members.get(one.team or "", [])
        case "account_csm":
            found = [account.owner_id]
        case "account_manager":
            found = [account.account_executive_id]
        case "executive_owner":
            leaders = [*able.get(Role.EXECUTIVE, ()), *able.get(Role.LEADERSHIP, ())]
            found = [case.executive_owner_id or _one_of(leaders, account, now=now)]
        case "escalation_manager":
            managers = able.get(Role.ESCALATION_MANAGER, [])
            owns = [person.id for person in managers if person.id == case.owner_id]
            found = [owns[0] if owns else _one_of(managers, account, now=now)]
        case _:
            roles = rules.playbook.PLAYERS[one.who]
            found = [person.id for role in roles for person in able.get(role, ())]
    return [person_id for person_id in found if person_id is not None]


def executive_for(case: Escalation, *, now: datetime) -> int | None:
    """Give an executive for a case that has none: always the same one for an account."""
    able = _able({Role.EXECUTIVE, Role.LEADERSHIP})
    account = db.session.get_one(Account, case.account_id)
    leaders = able.get(Role.EXECUTIVE) or able.get(Role.LEADERSHIP) or []
    return _one_of(leaders, account, now=now)


def _one_of(people: list[Able], account: Account, *, now: datetime) -> int | None:
    """Give always the same one for an account, of those who are there; who is away only if all
    are: nobody's load or figures decide.
    """
    away = {one.id for one in people if is_away(one.absent_from, one.absent_until, now=now)}
    there = [person for person in people if person.id not in away] or people
    return there[account.id % len(there)].id if there else None


def _able(roles: Collection[Role]) -> dict[Role, list[Able]]:
    """Read the active people of some roles."""
    if not roles:
        return {}
    query = (
        sa.select(User.id, User.absent_from, User.absent_until, RoleRow.name)
        .join(User.roles)
        .where(User.active.is_(True), RoleRow.name.in_([role.value for role in roles]))
        .order_by(User.id)
    )
    found: dict[Role, list[Able]] = {}
    for person_id, gone, back, name in db.session.execute(query):
        found.setdefault(Role(name), []).append(Able(person_id, gone, back))
    return found


def _members(teams: Collection[str]) -> dict[str, list[int]]:
    """Read the active members of some teams, by the name that policies use."""
    if not teams:
        return {}
    key = sa.func.lower(Team.name)
    query = (
        sa.select(key, User.id)
        .join(TeamMember, TeamMember.team_id == auth.STANDING)
        .join(User, User.id == TeamMember.person_id)
        .where(key.in_(sorted(teams)), User.active.is_(True))
        .order_by(User.id)
    )
    found: dict[str, list[int]] = {}
    for name, person_id in db.session.execute(query):
        found.setdefault(name, []).append(person_id)
    return found


def team_ids(names: Collection[str]) -> dict[str, int]:
    """Give the numbers of teams by their name in small letters, also of those that are retired."""
    if not names:
        return {}
    key = sa.func.lower(Team.name)
    query = sa.select(key, Team.id).where(key.in_(sorted(names))).order_by(Team.id.desc())
    found: dict[str, int] = {}
    for name, team_id in db.session.execute(query):
        found[name] = team_id
    return found
