"""Drafts of policies, and what the company is like that a policy speaks to."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.auth.models import Team, TeamMember, User
from portal.core import access
from portal.core.access import Actor, Role
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import DraftState, PolicyDraft, PolicyKind
from .reading import published

OPEN = (DraftState.WRITING, DraftState.SUBMITTED)


def get_draft(draft_id: int, *, lock: bool = False) -> PolicyDraft:
    """Give a draft; locked, nobody else changes it meanwhile."""
    query = sa.select(PolicyDraft).where(PolicyDraft.id == draft_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def open_drafts(kind: PolicyKind | None = None) -> list[PolicyDraft]:
    """Give the drafts that are being written or wait for a signature, newest first."""
    query = sa.select(PolicyDraft).where(PolicyDraft.state.in_(OPEN))
    if kind is not None:
        query = query.where(PolicyDraft.kind == kind)
    return list(db.session.scalars(query.order_by(PolicyDraft.id.desc())))


def submitted(kind: PolicyKind) -> list[PolicyDraft]:
    """Give the drafts of a policy that wait for a signature."""
    query = sa.select(PolicyDraft).where(
        PolicyDraft.state == DraftState.SUBMITTED, PolicyDraft.kind == kind
    )
    return list(db.session.scalars(query.order_by(PolicyDraft.id)))


def waiting_for(viewer: Actor) -> list[PolicyDraft]:
    """Give the submitted drafts that the viewer can sign, the longest waiting first."""
    query = sa.select(PolicyDraft).where(PolicyDraft.state == DraftState.SUBMITTED)
    found = db.session.scalars(query.order_by(PolicyDraft.submitted_at, PolicyDraft.id))
    return [draft for draft in found if may_sign(draft, viewer)]


def may_sign(draft: PolicyDraft, viewer: Actor) -> bool:
    """Say whether somebody's signature is asked for on a draft."""
    if draft.state is not DraftState.SUBMITTED or viewer.id in (draft.author_id, draft.signer_id):
        return False
    signed = Role(draft.signer_role) if draft.signer_role else None
    if rules.signs_as(viewer.roles, draft.kind, signed=signed) is None:
        return False
    author = None if draft.author_id is None else auth.get(draft.author_id)
    return author is None or author.substitute_id != viewer.id


def signed_in_history(kind: PolicyKind) -> dict[int, PolicyDraft]:
    """Give the drafts that became a version, by its number: why it was proposed and published."""
    query = sa.select(PolicyDraft).where(
        PolicyDraft.kind == kind, PolicyDraft.state == DraftState.PUBLISHED
    )
    return {draft.number: draft for draft in db.session.scalars(query) if draft.number}


def company() -> rules.Company:
    """Give the people and teams there are today, as policies name them."""
    there = User.active.is_(True)
    roles = db.session.execute(
        sa.select(RoleRow.name, sa.func.count(User.id))
        .join(User.roles)
        .where(there)
        .group_by(RoleRow.name)
    )
    owners, managed, substituted = db.session.execute(_owners()).one()
    lead, member = aliased(User), aliased(User)
    teams = db.session.execute(
        sa.select(sa.func.lower(Team.name), sa.func.max(lead.id), sa.func.count(member.id))
        .where(Team.retired_at.is_(None))
        .outerjoin(lead, sa.and_(lead.id == Team.lead_id, lead.active.is_(True)))
        .outerjoin(TeamMember, TeamMember.team_id == Team.id)
        .outerjoin(member, sa.and_(member.id == TeamMember.person_id, member.active.is_(True)))
        .group_by(Team.id, Team.name)
    ).all()
    return rules.Company(
        roles={Role(name): count for name, count in roles},
        teams=frozenset(name for name, _lead, _there in teams),
        led=frozenset(name for name, lead_id, _there in teams if lead_id is not None),
        empty=frozenset(name for name, lead_id, there in teams if not there and lead_id is None),
        followed=_followed(),
        owners=owners,
        managed=managed,
        substituted=substituted,
    )


def _followed() -> dict[str, str]:
    """Give the teams that were retired, by the name that rules use, with the name of who came after
    them.
    """
    successor = aliased(Team)
    query = sa.select(sa.func.lower(Team.name), successor.name)
    rows = db.session.execute(query.join(successor, successor.id == Team.successor_id))
    return {row[0]: row[1] for row in rows}


def _owners() -> sa.Select[int, int, int]:
    """Count who may own a case, and whom of them a manager and a substitute stand by who are still
    here.
    """
    working = [
        role.value
        for role, grants in access.TABLE.items()
        if (grant := grants.get(access.Subject.ESCALATION))
        and access.Permission.ESCALATIONS_WORK in grant.may
    ]
    manager, substitute = aliased(User), aliased(User)
    return (
        sa.select(sa.func.count(User.id), sa.func.count(manager.id), sa.func.count(substitute.id))
        .outerjoin(manager, sa.and_(manager.id == User.manager_id, manager.active.is_(True)))
        .outerjoin(
            substitute,
            sa.and_(substitute.id == User.substitute_id, substitute.active.is_(True)),
        )
        .where(User.active.is_(True), User.roles.any(RoleRow.name.in_(working)))
    )


def gaps(kind: PolicyKind) -> list[rules.Finding]:
    """Point out what in the version in force can never happen, or reaches nobody today."""
    return rules.findings(rules.parse(kind, published(kind).body), company())


def lists() -> dict[str, rules.Options]:
    """Give the choices of a policy's form that its shape does not close: the company's teams, and
    the customer messages there are.
    """
    names = [one.name for one in auth.teams()]
    return {
        "team": tuple((name.lower(), name) for name in names),
        "template": tuple((name, rules.word(name)) for name in rules.TEMPLATES),
    }
