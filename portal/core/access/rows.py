"""Which rows somebody sees: relations, restrictions, and the SQL predicate made of them."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from portal.core.db import Base, UTCDateTime, choice, words

from .actors import Actor, ActorKind, Alike
from .roles import K, Reach, Role, Subject
from .table import TABLE

Instant = datetime | sa.BindParameter[datetime]


class RelationKind(StrEnum):
    """How somebody stands to an account or record."""

    OWNER = "owner"
    TEAM = "team"
    SPONSOR = "sponsor"
    NAMED = "named"
    AUTHOR = "author"


def _index_of(subject: str) -> sa.Index:
    """Index one kind of subject alone: a planner that counts the rows of the others would take it
    for a column without choice. The index holds all that is asked, so that who has thousands of
    relations is not looked up row by row.
    """
    name = subject.removesuffix("_id")
    there = sa.text(f"{subject} IS NOT NULL")
    return sa.Index(
        f"ix_relation_{name}",
        subject,
        "account_id",
        "record_ref",
        "until",
        sqlite_where=there,
        postgresql_where=there,
    )


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
        *(_index_of(subject) for subject in ("person_id", "team_id", "role")),
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
    return sa.select(Relation.account_id).where(sa.or_(*_subjects(viewer)))


@lru_cache(512)
def _subjects(viewer: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the ways in which a relation can be the viewer's: their own, their teams', their
    roles'.
    """
    found = [Relation.person_id == _person(viewer)]
    if isinstance(viewer, Alike):
        found.append(Relation.team_id.in_(viewer.member_of))
    elif viewer.teams:
        found.append(Relation.team_id.in_(sorted(viewer.teams)))
    if viewer.roles:
        found.append(Relation.role.in_(sorted(viewer.roles)))
    return tuple(found)


def _person(viewer: Actor) -> Any:
    return viewer.person if isinstance(viewer, Alike) else viewer.id


# An instant that is given when a statement runs, for statements that are made once.
AT_RUN = sa.bindparam("now", type_=UTCDateTime())


def scope(
    viewer: Actor,
    subject: Subject,
    *,
    account_id: Any,
    refs: tuple[Any, ...] = (),
    restricted: Any = None,
    klass: K = K.INTERNAL,
    now: Instant,
) -> sa.ColumnElement[bool]:
    """Give the SQL predicate for the rows of a subject whose fields of `klass` the viewer may see.

    `account_id` and `refs` are the columns that say to which account and records a row belongs;
    `restricted` a column that says only people named one by one see it: neither a team nor a role
    opens it. Without `refs` it is about accounts: a relation to one record of an account opens its
    K1 fields unless it is that of its author, what is confidential only a relation to the whole
    account, or owning a record of it.
    `now` is an instant, or `AT_RUN` where the statement runs with `{"now": …}`.
    """
    reached = reach(viewer, subject, klass=klass)
    if reached is Reach.NONE:
        return sa.false()
    living = sa.or_(Relation.until.is_(None), Relation.until > now)
    found = _related(viewer, Relation.record_ref, living, Relation.record_ref.is_not(None))
    named = sa.or_(*(ref.in_(found) for ref in refs)) if refs else sa.false()
    if reached is Reach.ALL:
        seen: sa.ColumnElement[bool] = sa.true()
    else:
        whole = (living, *_whole(klass, of_records=bool(refs)))
        seen = sa.or_(account_id.in_(_related(viewer, Relation.account_id, *whole)), named)
    if restricted is None or viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR}:
        return seen
    own = sa.select(Relation.record_ref).where(
        Relation.person_id == _person(viewer), living, Relation.record_ref.is_not(None)
    )
    by_name = sa.or_(*(ref.in_(own) for ref in refs)) if refs else sa.false()
    return sa.and_(seen, _OpenOr(restricted, by_name))


class _OpenOr(FunctionElement[bool]):
    """Not restricted, or something else."""

    name = "open_or"
    type = sa.Boolean()
    inherit_cache = True


@compiles(_OpenOr)
def _either(element: _OpenOr, compiler: Any, **how: Any) -> str:
    restricted, other = (compiler.process(one, **how) for one in element.clauses)
    return f"(NOT ({restricted}) OR {other})"


@compiles(_OpenOr, "sqlite")
def _in_one_case(element: _OpenOr, compiler: Any, **how: Any) -> str:
    """Said as a case: of an alternative SQLite looks up, by an index, all that are open."""
    restricted, other = (compiler.process(one, **how) for one in element.clauses)
    return f"(CASE WHEN {restricted} THEN {other} ELSE 1 END)"


def _whole(klass: K, *, of_records: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """Give what a relation must be to open the fields of `klass` of all that is an account's."""
    account = Relation.record_ref.is_(None)
    if of_records:
        return (account,)
    # Who answers for a case answers to its customer; whoever helps with it needs no more than who
    # that is, and whoever declared one for somebody else's customer has no need of the account.
    if klass <= K.INTERNAL:
        return (sa.or_(account, Relation.kind != RelationKind.AUTHOR),)
    return (sa.or_(account, Relation.kind == RelationKind.OWNER),)


def _related(viewer: Actor, column: Any, *only: sa.ColumnElement[bool]) -> Any:
    """Select a column of the viewer's relations: one part for each kind of subject, so that each
    uses its own index.
    """
    parts = [sa.select(column).where(mine, *only) for mine in _subjects(viewer)]
    return sa.union_all(*parts) if len(parts) > 1 else parts[0]


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


def relate_all(
    session: Any,
    subjects: Iterable[tuple[RelationKind, dict[str, Any]]],
    *,
    account_id: int | None,
    record_ref: str | None,
    is_new: bool = False,
) -> None:
    """Let several people, teams or roles stand to one record; who does already is left as is.

    A subject is a kind with one of `person_id`, `team_id` and `role`. To a record that `is_new`
    nobody stands yet.
    """
    place = {"account_id": account_id, "record_ref": record_ref}
    known = set() if is_new else _standing(session, **place)
    keys = dict.fromkeys(
        (kind, subject.get("person_id"), subject.get("team_id"), subject.get("role"))
        for kind, subject in subjects
    )
    names = ("kind", "person_id", "team_id", "role")
    new = [dict(zip(names, key, strict=True)) | place for key in keys if key not in known]
    if new:
        table: Any = Relation.__table__
        session.connection().execute(sa.insert(table), new)


def _standing(session: Any, **place: Any) -> set[tuple[Any, ...]]:
    """Read who stands to a record now."""
    columns = (Relation.kind, Relation.person_id, Relation.team_id, Relation.role)
    living = sa.select(*columns).filter_by(**place, until=None)
    return {tuple(row) for row in session.execute(living)}


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


def restrict_like(session: Any, *, record_ref: str, account_id: int | None, other: str) -> None:
    """Let only named people see a record while that holds of another (a case), and all again once
    it does not.
    """
    since = session.scalar(sa.select(Restriction.since).where(Restriction.record_ref == other))
    here = Restriction.record_ref == record_ref
    if since is None:
        session.execute(sa.delete(Restriction).where(here))
    elif session.scalar(sa.select(Restriction.since).where(here)) is None:
        session.add(Restriction(record_ref=record_ref, account_id=account_id, since=since))


def names(viewer: Actor, record_ref: Any, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for records that name the viewer, by the column of their reference."""
    living = sa.or_(Relation.until.is_(None), Relation.until > now)
    return sa.exists().where(
        Relation.record_ref == record_ref, Relation.person_id == viewer.id, living
    )


def unseen(session: Any, viewer: Actor, refs: Iterable[str], *, now: datetime) -> frozenset[str]:
    """Give those of some records that are restricted and do not name the viewer."""
    named = names(viewer, Restriction.record_ref, now=now)
    asked = Restriction.record_ref.in_(sorted(set(refs)))
    return frozenset(session.scalars(sa.select(Restriction.record_ref).where(asked, ~named)))
