"""Reading policies and decisions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Decision, ExchangeRate, Policy, PolicyKind, PolicyState

D = TypeVar("D", bound=rules.Document)


def published(kind: PolicyKind, *, at: datetime | None = None) -> Policy:
    """Give the version of a policy in force (at a moment, or now); `NotFound` before `portal
    init`.
    """
    query = sa.select(Policy).where(Policy.kind == kind, Policy.published_at.is_not(None))
    query = (
        query.where(Policy.state == PolicyState.PUBLISHED)
        if at is None
        else query.where(
            Policy.published_at <= at,
            sa.or_(Policy.withdrawn_at.is_(None), Policy.withdrawn_at > at),
        )
    )
    found = db.session.scalar(query.order_by(Policy.number.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


# Asked by most actions: made once. As text, because what was read once is kept by its text.
_BODY = sa.cast(Policy.body, sa.Text)
_PUBLISHED = sa.and_(Policy.published_at.is_not(None), Policy.state == PolicyState.PUBLISHED)
_IN_FORCE = (
    sa.select(Policy.kind, Policy.number, _BODY.label("body"))
    .where(Policy.kind.in_(sa.bindparam("kinds", expanding=True)), _PUBLISHED)
    .order_by(Policy.number)
)
_NUMBERED = sa.select(_BODY).where(
    Policy.kind == sa.bindparam("kind"), Policy.number == sa.bindparam("number")
)
_KINDS = {shape: kind for kind, shape in rules.SHAPES.items()}


def in_force(shape: type[D]) -> tuple[D, int]:
    """Give the document in force of one shape, typed, and its version number."""
    document, number = in_force_of(shape)[0]
    assert isinstance(document, shape)
    return document, number


def in_force_of(*shapes: type[rules.Document]) -> list[tuple[Any, int]]:
    """Give the documents in force of some shapes, in their order, each with its version number:
    one statement for all. `NotFound` where one has none.
    """
    kinds = [_KINDS[shape] for shape in shapes]
    db.session.flush()
    rows = db.session.connection().execute(_IN_FORCE, {"kinds": kinds})
    newest = {row.kind: row for row in rows}
    if len(newest) < len(set(kinds)):
        raise NotFound
    _known().update({(kind, row.number): row.body for kind, row in newest.items()})
    return [
        (rules.read_as(shape, newest[kind].body), newest[kind].number)
        for shape, kind in zip(shapes, kinds, strict=True)
    ]


def numbered(shape: type[D], number: int) -> D:
    """Give one version of a policy, typed; `NotFound` where there is none."""
    kind, known = _KINDS[shape], _known()
    if (kind, number) not in known:
        given = {"kind": kind, "number": number}
        body = db.session.connection().execute(_NUMBERED, given).scalar()
        if body is None:
            raise NotFound
        known[kind, number] = body
    return rules.read_as(shape, known[kind, number])


def _known() -> dict[tuple[PolicyKind, int], str]:
    """Give the versions that this session has read: a version does not change."""
    known: dict[tuple[PolicyKind, int], str] = db.session().info.setdefault("policies", {})
    return known


def get(kind: PolicyKind, number: int) -> Policy:
    """Give one version of a policy."""
    found = db.session.scalar(sa.select(Policy).filter_by(kind=kind, number=number))
    if found is None:
        raise NotFound
    return found


def versions(kind: PolicyKind) -> list[Policy]:
    """Give the versions of a policy, newest first."""
    return list(
        db.session.scalars(
            sa.select(Policy).where(Policy.kind == kind).order_by(Policy.number.desc())
        )
    )


def all_published() -> list[Policy]:
    """Give the policies in force, in the order of their kinds."""
    rows = {
        p.kind: p
        for p in db.session.scalars(
            sa.select(Policy).where(Policy.state == PolicyState.PUBLISHED).order_by(Policy.number)
        )
    }
    return [rows[kind] for kind in PolicyKind if kind in rows]


def decisions(viewer: Actor, record_ref: str, *, subject: Subject) -> list[Decision]:
    """Give the decisions on a record that the viewer may see at all, oldest first, up to the class
    they may read.
    """
    top = max((k for k in K if sees(viewer, subject, klass=k, related=True)), default=0)
    query = sa.select(Decision).where(Decision.record_ref == record_ref, Decision.klass <= top)
    return list(db.session.scalars(query.order_by(Decision.id)))


def rate(currency: str, target: str, *, on: date) -> tuple[Decimal, date] | None:
    """Give what one unit of `currency` was worth in `target` on a day, and the day of that rate;
    None if unknown.
    """
    if currency == target:
        return Decimal(1), on
    found = db.session.execute(
        sa.select(ExchangeRate.rate, ExchangeRate.day)
        .where(
            ExchangeRate.currency == currency, ExchangeRate.target == target, ExchangeRate.day <= on
        )
        .order_by(ExchangeRate.day.desc())
        .limit(1)
    ).one_or_none()
    return (found.rate, found.day) if found else None


def rates(*, on: date) -> dict[tuple[str, str], tuple[Decimal, date]]:
    """Give the newest rate of every pair of currencies on a day: (from, to) → (rate, its day)."""
    newest = (
        sa.select(
            ExchangeRate.currency, ExchangeRate.target, sa.func.max(ExchangeRate.day).label("day")
        )
        .where(ExchangeRate.day <= on)
        .group_by(ExchangeRate.currency, ExchangeRate.target)
        .subquery()
    )
    same = sa.and_(
        ExchangeRate.currency == newest.c.currency,
        ExchangeRate.target == newest.c.target,
        ExchangeRate.day == newest.c.day,
    )
    rows: Any = db.session.execute(
        sa.select(
            ExchangeRate.currency, ExchangeRate.target, ExchangeRate.rate, ExchangeRate.day
        ).join(newest, same)
    )
    return {(a, b): (value, day) for a, b, value, day in rows}
