"""Who may see and do what: one table of roles, read by page, API, export, mail and PDF alike.

Deny by default. A permission is a role, in relation to an account or record, times an action,
times a class of
field. What may not be seen does not exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, choice, words


class Role(StrEnum):
    """What a person does in the portal; a person can have several."""

    CSM = "csm"
    ACCOUNT_MANAGER = "account_manager"
    SUPPORT = "support"
    ESCALATION_MANAGER = "escalation_manager"
    FINANCE = "finance"
    LEGAL = "legal"
    EXECUTIVE = "executive"
    LEADERSHIP = "leadership"
    PROGRAMME_MANAGER = "programme_manager"
    CONTRIBUTOR = "contributor"
    PRIVACY = "privacy"
    AUDITOR = "auditor"
    ADMIN = "admin"


class K(IntEnum):
    """Classes of fields, from internal to the counsel lane."""

    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3
    COUNSEL = 4


class Subject(StrEnum):
    """What a right is about."""

    ACCOUNT = "account"
    ESCALATION = "escalation"
    CONCESSION = "concession"
    NOMINATION = "nomination"
    SPONSORSHIP = "sponsorship"
    POSTMORTEM = "postmortem"
    POSTMORTEM_DRAFT = "postmortem_draft"
    BRIEFING = "briefing"
    POLICY = "policy"
    AUDIT = "audit"
    PEOPLE = "people"
    NOTIFICATION = "notification"


class Permission(StrEnum):
    """What can be done at a door."""

    HOME = "home:see"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_EDIT = "accounts:edit"
    ACCOUNTS_IMPORT = "accounts:import"
    ESCALATIONS_READ = "escalations:read"
    ESCALATIONS_DECLARE = "escalations:declare"
    ESCALATIONS_WORK = "escalations:work"
    ESCALATIONS_CLOSE = "escalations:close"
    ESCALATIONS_MANAGE = "escalations:manage"
    CONCESSIONS_READ = "concessions:read"
    CONCESSIONS_PROPOSE = "concessions:propose"
    CONCESSIONS_APPROVE = "concessions:approve"
    SPONSORSHIP_READ = "sponsorship:read"
    SPONSORSHIP_NOMINATE = "sponsorship:nominate"
    SPONSORSHIP_DECIDE = "sponsorship:decide"
    SPONSORSHIP_MANAGE = "sponsorship:manage"
    POSTMORTEMS_READ = "postmortems:read"
    POSTMORTEMS_CONTRIBUTE = "postmortems:contribute"
    POSTMORTEMS_WRITE = "postmortems:write"
    POSTMORTEMS_APPROVE = "postmortems:approve"
    BRIEFINGS_READ = "briefings:read"
    BRIEFINGS_MAKE = "briefings:make"
    POLICIES_READ = "policies:read"
    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    PEOPLE_READ = "people:read"
    PEOPLE_MANAGE = "people:manage"
    ADMIN_SEE = "admin:see"
    MAIL_WATCH = "mail:watch"
    JOBS_WATCH = "jobs:watch"
    PRIVACY_READ = "privacy:read"


class Reach(IntEnum):
    """How far a role's right goes: to no row, to rows the person stands in a relation to, or to
    all.
    """

    NONE = 0
    RELATED = 1
    ALL = 2


@dataclass(frozen=True)
class Grant:
    """What a role may do with a subject: how far, up to which class of field, and the actions."""

    reach: Reach
    sees: K
    may: frozenset[Permission]


def _grant(reach: Reach, sees: K, *may: Permission) -> Grant:
    return Grant(reach, sees, frozenset(may))


P = Permission
_ALL, _OWN = Reach.ALL, Reach.RELATED
_K1, _K2, _K3 = K.INTERNAL, K.CONFIDENTIAL, K.RESTRICTED
_DECLARE = (P.ESCALATIONS_READ, P.ESCALATIONS_DECLARE)
_WORK = (*_DECLARE, P.ESCALATIONS_WORK)
_EVERYBODY = _grant(_OWN, _K2, P.HOME)

TABLE: dict[Role, dict[Subject, Grant]] = {
    Role.CSM: {
        Subject.ACCOUNT: _grant(_OWN, _K2, P.ACCOUNTS_READ, P.ACCOUNTS_EDIT),
        Subject.ESCALATION: _grant(_OWN, _K2, *_WORK, P.ESCALATIONS_CLOSE),
        Subject.CONCESSION: _grant(
            _OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE, P.CONCESSIONS_APPROVE
        ),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K2, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K2, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.ACCOUNT_MANAGER: {
        Subject.ACCOUNT: _grant(_OWN, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K2, P.BRIEFINGS_READ),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.SUPPORT: {
        Subject.ACCOUNT: _grant(_ALL, _K1, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K1, *_WORK),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.ESCALATION_MANAGER: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ, P.ACCOUNTS_EDIT),
        Subject.ESCALATION: _grant(_ALL, _K2, *_WORK, P.ESCALATIONS_CLOSE, P.ESCALATIONS_MANAGE),
        Subject.CONCESSION: _grant(
            _ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE, P.CONCESSIONS_APPROVE
        ),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(
            _ALL, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE, P.POSTMORTEMS_WRITE
        ),
        Subject.BRIEFING: _grant(_OWN, _K2, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.FINANCE: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K2, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K3, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.LEGAL: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K3, *_DECLARE),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.POSTMORTEM: _grant(_OWN, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K3, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.EXECUTIVE: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K3, *_DECLARE),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K2, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_OWN, _K3, P.BRIEFINGS_READ),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.LEADERSHIP: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K3, *_DECLARE, P.ESCALATIONS_CLOSE),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_DECIDE),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_APPROVE),
        Subject.BRIEFING: _grant(_OWN, _K3, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.PROGRAMME_MANAGER: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.NOMINATION: _grant(
            _ALL,
            _K2,
            P.SPONSORSHIP_READ,
            P.SPONSORSHIP_NOMINATE,
            P.SPONSORSHIP_DECIDE,
            P.SPONSORSHIP_MANAGE,
        ),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_MANAGE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_OWN, _K2, P.BRIEFINGS_READ, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.CONTRIBUTOR: {
        Subject.ESCALATION: _grant(_OWN, _K1, *_DECLARE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.PRIVACY: {
        Subject.ESCALATION: _grant(_OWN, _K1, *_DECLARE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
        Subject.PEOPLE: _grant(_ALL, _K1, P.PRIVACY_READ, P.ADMIN_SEE),
    },
    Role.AUDITOR: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K2, P.ESCALATIONS_READ),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K1, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_ALL, _K1),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
        Subject.AUDIT: _grant(_ALL, _K3, P.AUDIT_READ, P.AUDIT_VERIFY, P.ADMIN_SEE),
        Subject.PEOPLE: _grant(_ALL, _K1, P.PEOPLE_READ),
    },
    Role.ADMIN: {
        Subject.ACCOUNT: _grant(Reach.NONE, _K1, P.ACCOUNTS_IMPORT),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
        Subject.AUDIT: _grant(_OWN, _K1, P.AUDIT_READ),
        Subject.PEOPLE: _grant(
            _ALL,
            _K1,
            P.PEOPLE_READ,
            P.PEOPLE_MANAGE,
            P.ADMIN_SEE,
            P.MAIL_WATCH,
            P.JOBS_WATCH,
        ),
    },
}
# A post-mortem before it is published: auditors and programme managers wait for that, and the
# people it names (K3) are for those who write, approve or release it.
for _role, _draft in {
    Role.CSM: _grant(_OWN, _K2),
    Role.ACCOUNT_MANAGER: _grant(_OWN, _K1),
    Role.SUPPORT: _grant(_OWN, _K1),
    Role.ESCALATION_MANAGER: _grant(_ALL, _K3),
    Role.FINANCE: _grant(_OWN, _K2),
    Role.LEGAL: _grant(_OWN, _K3),
    Role.EXECUTIVE: _grant(_ALL, _K2),
    Role.LEADERSHIP: _grant(_ALL, _K3),
    Role.CONTRIBUTOR: _grant(_OWN, _K1),
}.items():
    TABLE[_role][Subject.POSTMORTEM_DRAFT] = _draft
for _grants in TABLE.values():
    _grants.setdefault(Subject.NOTIFICATION, _EVERYBODY)
    _grants.setdefault(Subject.AUDIT, _grant(_OWN, _K2, P.AUDIT_READ))

SENSITIVE_ROLES = frozenset(
    {Role.EXECUTIVE, Role.LEGAL, Role.FINANCE, Role.LEADERSHIP, Role.AUDITOR, Role.ADMIN}
)
"""Roles whose grant needs a second person."""


class ActorKind(StrEnum):
    """What acts."""

    PERSON = "person"
    CONTACT = "contact"
    TOKEN = "token"  # noqa: S105
    JOB = "job"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts or reads, and on whose behalf; built at the door, passed to every action and
    query.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    grade: str = "staff"
    teams: frozenset[int] = frozenset()
    language: str = "en"
    zone: str = "Europe/Paris"
    on_behalf_of: int | None = None
    permissions: frozenset[Permission] = field(default=frozenset())

    def may(self, permission: Permission) -> bool:
        """Say whether one of the roles allows the action at all (on which rows is `scope`'s
        business).
        """
        return permission in self.permissions


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Give everything that roles allow, each on the rows that `scope` gives it."""
    return frozenset(p for role in roles for grant in TABLE[role].values() for p in grant.may)


def person(*, id: int, name: str, roles: Iterable[Role], **more: Any) -> Actor:
    """Make the actor for a signed-in person."""
    roles = frozenset(roles)
    permissions = permissions_of(roles)
    return Actor(
        kind=ActorKind.PERSON, id=id, name=name, roles=roles, permissions=permissions, **more
    )


def job(name: str) -> Actor:
    """Make the actor for work that nobody asked for: it is named in the log as what it is."""
    return Actor(
        kind=ActorKind.JOB, name=name, permissions=frozenset(Permission), roles=frozenset()
    )


def operator(name: str) -> Actor:
    """Make the actor for a command typed on the machine."""
    return Actor(
        kind=ActorKind.OPERATOR, name=name, permissions=frozenset(Permission), roles=frozenset()
    )


class RelationKind(StrEnum):
    """How somebody stands to an account or record."""

    OWNER = "owner"
    TEAM = "team"
    SPONSOR = "sponsor"
    NAMED = "named"
    AUTHOR = "author"


class Relation(Base):
    """A person, team or role in relation to a whole account, or to one record of it."""

    __tablename__ = "relation"
    __table_args__ = (
        sa.CheckConstraint(
            "(case when person_id is null then 0 else 1 end)"
            " + (case when team_id is null then 0 else 1 end)"
            " + (case when role is null then 0 else 1 end) = 1",
            name="one_subject",
        ),
        sa.Index("ix_relation_person", "person_id", "account_id"),
        sa.Index("ix_relation_team", "team_id", "account_id"),
        sa.Index("ix_relation_role", "role", "account_id"),
        sa.Index("ix_relation_record", "record_ref"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="CASCADE"))
    role: Mapped[str | None] = words(40, holds=None)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str | None] = words(24, holds=None)
    kind: Mapped[RelationKind] = choice(RelationKind)
    until: Mapped[datetime | None]


class Restriction(Base):
    """A record that only named people see."""

    __tablename__ = "restriction"

    record_ref: Mapped[str] = words(24, holds=None, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    since: Mapped[datetime]


def reach(viewer: Actor, subject: Subject, *, klass: K = K.INTERNAL) -> Reach:
    """Give how far the viewer's roles let them see fields of `klass` of a subject."""
    if viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR}:
        return Reach.ALL if klass < K.COUNSEL else Reach.NONE
    grants = (TABLE[role].get(subject) for role in viewer.roles)
    return max((g.reach for g in grants if g and g.sees >= klass), default=Reach.NONE)


def sees(viewer: Actor, subject: Subject, *, klass: K, related: bool = False) -> bool:
    """Say whether the viewer may read fields of `klass` of a row that they may see."""
    needed = Reach.RELATED if related else Reach.ALL
    return reach(viewer, subject, klass=klass) >= needed


def related_accounts(viewer: Actor) -> sa.Select[Any]:
    """Select the accounts the viewer stands in any relation to, be it through one record."""
    return sa.select(Relation.account_id).where(_mine(viewer))


def _mine(viewer: Actor) -> sa.ColumnElement[bool]:
    subjects = [Relation.person_id == viewer.id]
    if viewer.teams:
        subjects.append(Relation.team_id.in_(sorted(viewer.teams)))
    if viewer.roles:
        subjects.append(Relation.role.in_(sorted(viewer.roles)))
    return sa.or_(*subjects)


def scope(
    viewer: Actor,
    subject: Subject,
    *,
    account_id: Any,
    refs: tuple[Any, ...] = (),
    restricted: Any = None,
    klass: K = K.INTERNAL,
    now: datetime,
) -> sa.ColumnElement[bool]:
    """Give the SQL predicate for the rows of a subject whose fields of `klass` the viewer may see.

    `account_id` and `refs` are the columns that say to which account and records a row belongs;
    `restricted` a column that says only named people see it. Without `refs` any relation to the
    account counts.
    """
    reached = reach(viewer, subject, klass=klass)
    if reached is Reach.NONE:
        return sa.false()
    living = sa.or_(Relation.until.is_(None), Relation.until > now)
    named = (
        sa.or_(
            *(
                ref.in_(
                    sa.select(Relation.record_ref).where(
                        _mine(viewer), living, Relation.record_ref.is_not(None)
                    )
                )
                for ref in refs
            )
        )
        if refs
        else sa.false()
    )
    if reached is Reach.ALL:
        seen: sa.ColumnElement[bool] = sa.true()
    else:
        whole = sa.select(Relation.account_id).where(_mine(viewer), living)
        if refs:
            whole = whole.where(Relation.record_ref.is_(None))
        seen = sa.or_(account_id.in_(whole), named)
    if restricted is None or viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR}:
        return seen
    return sa.and_(seen, sa.or_(sa.not_(restricted), named))


def relate(
    session: Any,
    *,
    kind: RelationKind,
    account_id: int | None,
    record_ref: str | None = None,
    person_id: int | None = None,
    team_id: int | None = None,
    role: Role | None = None,
) -> None:
    """Let a person, team or role stand in a relation to an account or record; twice is once."""
    key = {
        "kind": kind,
        "account_id": account_id,
        "record_ref": record_ref,
        "person_id": person_id,
        "team_id": team_id,
        "role": role,
    }
    if session.scalar(sa.select(Relation.id).filter_by(**key, until=None)) is None:
        session.add(Relation(**key))


def unrelate(
    session: Any, *, kind: RelationKind, record_ref: str | None, account_id: int | None
) -> None:
    """End the relations of one kind to a record, or to an account as a whole."""
    session.execute(
        sa.delete(Relation).where(
            Relation.kind == kind,
            Relation.account_id == account_id,
            Relation.record_ref == record_ref,
        )
    )
