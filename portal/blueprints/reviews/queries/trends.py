"""Causes and trends of the cases that a viewer sees: six statements, whatever the number of
cases.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract, EntryKind, TimelineEntry
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import ClockEvent, Escalation
from portal.blueprints.escalations.rules import ClockEventKind
from portal.blueprints.postmortems import queries as lesson_queries
from portal.blueprints.postmortems import rules as lesson_rules
from portal.blueprints.postmortems.models import (
    Action,
    ActionState,
    Cause,
    LossState,
    Postmortem,
    PostmortemCase,
)
from portal.blueprints.postmortems.models import State as LessonState
from portal.blueprints.postmortems.queries import losses as loss_queries
from portal.core.access import Actor, K, Permission
from portal.core.db import db

from .. import rules
from ..rules import trends
from .figures import counted
from .finding import quarter_at

MOST_QUARTERS = 12
USUAL = 4


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What the page is narrowed to; everything of it stands in the URL. `first` and `last` name
    quarters, 2026-Q1.
    """

    axis: trends.Axis = trends.Axis.FACTOR
    first: rules.Quarter
    last: rules.Quarter
    segment: str = ""
    product: str = ""


@dataclass(frozen=True)
class Trends:
    """What the page draws: the cases of the cut, and what it may be narrowed to."""

    cut: Cut
    quarters: tuple[str, ...]
    cases: tuple[trends.Told, ...]
    losses: tuple[trends.Told, ...]
    actions: tuple[trends.Promise, ...]
    segments: tuple[str, ...]
    products: tuple[str, ...]

    @property
    def counted(self) -> tuple[trends.Told, ...]:
        """Give what bars count: the cases, by factor also the notes about customers lost."""
        by_factor = self.cut.axis is trends.Axis.FACTOR
        return (*self.cases, *self.losses) if by_factor else self.cases

    @property
    def without_factor(self) -> int:
        """Count the cases of which no post-mortem names a factor."""
        return sum(not case.values(trends.Axis.FACTOR) for case in self.cases)


def cut_of(
    *,
    axis: str = "",
    first: str = "",
    last: str = "",
    segment: str = "",
    product: str = "",
    now: datetime,
) -> Cut:
    """Read what was asked for; what cannot be read is the usual: the four quarters up to now, by
    contributing factor. At most twelve quarters.
    """
    house = auth_queries.organisation()
    given: dict[str, Any] = {"first_month": house.fiscal_month, "zone": house.zone}
    newest = rules.named(last, **given) or quarter_at(now)
    oldest = rules.named(first, **given) or rules.shifted(newest, 1 - USUAL, **given)
    earliest = rules.shifted(newest, 1 - MOST_QUARTERS, **given)
    return Cut(
        axis=trends.Axis(axis) if axis in set(trends.Axis) else trends.Axis.FACTOR,
        first=min(max(oldest, earliest, key=_begins), newest, key=_begins),
        last=newest,
        segment=segment,
        product=product,
    )


def _begins(one: rules.Quarter) -> datetime:
    return one.begins_at


def trends_of(viewer: Actor, cut: Cut, *, now: datetime) -> Trends:
    """Read the cases opened in the quarters of a cut, with their post-mortems, and the actions
    agreed in them, as far as the viewer may see each.
    """
    quarters = _quarters(cut)
    mine = sa.and_(
        counted(),
        case_queries.seen_by(viewer, now=now),
        Escalation.opened_at >= cut.first.begins_at,
        Escalation.opened_at < cut.last.ends_at,
    )
    lessons = _lessons(viewer, mine, now=now)
    products, began, heard = _products(mine), _began(mine), _heard(mine)
    every = [
        trends.Told(
            quarter=_quarter(row.opened_at, quarters),
            began_at=began.get(row.reference),
            heard_at=heard.get(row.id),
            products=products.get(row.id, ()),
            lessons=tuple(lessons[row.reference]),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in db.session.execute(_cases(mine))
    ]
    return Trends(
        cut=cut,
        quarters=tuple(one.reference.removeprefix("QR-") for one in quarters),
        cases=tuple(trends.narrowed(every, segment=cut.segment, product=cut.product)),
        losses=_losses(viewer, cut, quarters, now=now),
        actions=_actions(viewer, cut, now=now),
        segments=tuple(sorted({case.segment for case in every if case.segment})),
        products=tuple(sorted({name for case in every for name in case.products})),
    )


_PLAIN = (
    "reference",
    "account",
    "title",
    "severity",
    "problem",
    "segment",
    "opened_at",
    "closed_at",
)


def _cases(mine: sa.ColumnElement[bool]) -> sa.Select[Any]:
    found: Any = (
        sa.select(
            Escalation.id,
            Escalation.reference,
            Account.name.label("account"),
            Escalation.title,
            Escalation.severity,
            Escalation.problem,
            Account.segment,
            Escalation.opened_at,
            Escalation.closed_at,
        )
        .join(Account, Account.id == Escalation.account_id)
        .where(mine)
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
    )
    return cast("sa.Select[Any]", found)


def _quarters(cut: Cut) -> list[rules.Quarter]:
    house = auth_queries.organisation()
    found = [cut.first]
    while found[-1].begins_at < cut.last.begins_at:
        found.append(rules.shifted(found[-1], 1, first_month=house.fiscal_month, zone=house.zone))
    return found


def _quarter(at: datetime, quarters: list[rules.Quarter]) -> str:
    held = next(one for one in quarters if one.begins_at <= at < one.ends_at)
    return held.reference.removeprefix("QR-")


def _lessons(
    viewer: Actor, mine: sa.ColumnElement[bool], *, now: datetime
) -> dict[str, list[trends.Lesson]]:
    """Give the post-mortems of cases that name a factor, whatever their state; not those left
    out.
    """
    found: dict[str, list[trends.Lesson]] = defaultdict(list)
    if not viewer.may(Permission.POSTMORTEMS_READ):
        return found
    query = (
        sa.select(
            PostmortemCase.case_ref,
            Postmortem.reference,
            Postmortem.cost_minor,
            Postmortem.currency,
            Cause.factor,
            Cause.weight,
            Cause.id,
        )
        .join(Postmortem, Postmortem.id == PostmortemCase.postmortem_id)
        .join(Cause, Cause.postmortem_id == Postmortem.id)
        .join(Escalation, Escalation.reference == PostmortemCase.case_ref)
        .where(mine, lesson_queries.seen_by(viewer, now=now), _is_told())
    )
    currency = auth_queries.organisation().currency
    causes: dict[tuple[str, str], list[tuple[str, int | None]]] = defaultdict(list)
    costs: dict[str, int | None] = {}
    for case_ref, reference, minor, said_in, factor, weight, _id in db.session.execute(query):
        causes[case_ref, reference].append((factor.value, weight))
        costs[reference] = minor if said_in == currency else None
    for (case_ref, reference), named in sorted(causes.items()):
        shares = lesson_rules.shares(named)
        found[case_ref].append(
            trends.Lesson(reference, frozenset(shares), costs[reference], shares)
        )
    return found


def _is_told() -> sa.ColumnElement[bool]:
    return Postmortem.state.not_in([LessonState.WAIVED, LessonState.WITH_COUNSEL])


def _products(mine: sa.ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """Give the products under contract with a customer on the day on which a case was opened."""
    query = (
        sa.select(
            Escalation.id,
            Escalation.opened_at,
            Contract.product,
            Contract.starts_on,
            Contract.ends_on,
        )
        .join(Contract, Contract.account_id == Escalation.account_id)
        .where(mine, Contract.product != "")
    )
    there = ZoneInfo(auth_queries.organisation().zone)
    found: dict[int, set[str]] = defaultdict(set)
    for case, opened_at, product, starts, ends in db.session.execute(query):
        day = opened_at.astimezone(there).date()
        if starts <= day and (ends is None or day <= ends):
            found[case].add(product)
    return {case: tuple(sorted(names)) for case, names in found.items()}


def _began(mine: sa.ColumnElement[bool]) -> dict[str, datetime]:
    """Give when the first thing happened that a case's timeline tells of before its opening."""
    query = (
        sa.select(TimelineEntry.case_ref, sa.func.min(TimelineEntry.event_at))
        .join(Escalation, Escalation.reference == TimelineEntry.case_ref)
        .where(
            mine,
            TimelineEntry.klass <= int(K.INTERNAL),
            TimelineEntry.kind.not_in([EntryKind.SYSTEM, EntryKind.STATUS]),
            TimelineEntry.event_at < Escalation.opened_at,
        )
        .group_by(TimelineEntry.case_ref)
    )
    return {case: at for case, at in db.session.execute(query) if case is not None}


def _heard(mine: sa.ColumnElement[bool]) -> dict[int, datetime]:
    """Give when the customer of each case first heard from us."""
    query = (
        sa.select(ClockEvent.escalation_id, sa.func.min(ClockEvent.at))
        .join(Escalation, Escalation.id == ClockEvent.escalation_id)
        .where(mine, ClockEvent.kind == ClockEventKind.OUR_CONTACT.value)
        .group_by(ClockEvent.escalation_id)
    )
    return {row.escalation_id: row[1] for row in db.session.execute(query)}


def _losses(
    viewer: Actor, cut: Cut, quarters: list[rules.Quarter], *, now: datetime
) -> tuple[trends.Told, ...]:
    """Give the notes about customers lost in the quarters of a cut, each under its factor; none
    where a product is asked for: a note names none.
    """
    if cut.product or not viewer.may(Permission.POSTMORTEMS_READ):
        return ()
    query = loss_queries.losses(
        viewer,
        now=now,
        state=LossState.WRITTEN,
        begins=cut.first.starts,
        ends=cut.last.ends + timedelta(days=1),
    ).add_columns(Account.segment)
    there = ZoneInfo(auth_queries.organisation().zone)
    return tuple(
        _loss(row, datetime.combine(row.lost_on, time(12), tzinfo=there), quarters)
        for row in db.session.execute(query)
        if row.factor is not None and cut.segment in ("", row.segment)
    )


def _loss(row: Any, at: datetime, quarters: list[rules.Quarter]) -> trends.Told:
    factor = row.factor.value
    return trends.Told(
        reference=row.reference,
        account=row.account_name,
        title=row.what,
        severity="",
        problem="",
        segment=row.segment,
        quarter=_quarter(at, quarters),
        opened_at=at,
        closed_at=at,
        lessons=(trends.Lesson(row.reference, frozenset({factor}), None, {factor: Decimal(1)}),),
    )


def _with_product(viewer: Actor, product: str, *, now: datetime) -> list[int]:
    """Give the post-mortems of cases of customers with a product on the day of their opening."""
    mine = sa.and_(
        counted(),
        case_queries.seen_by(viewer, now=now),
        Escalation.reference.in_(sa.select(PostmortemCase.case_ref)),
    )
    cases = [case for case, names in _products(mine).items() if product in names]
    query = (
        sa.select(PostmortemCase.postmortem_id)
        .join(Escalation, Escalation.reference == PostmortemCase.case_ref)
        .where(Escalation.id.in_(cases))
        .distinct()
    )
    return list(db.session.scalars(query))


def _actions(viewer: Actor, cut: Cut, *, now: datetime) -> tuple[trends.Promise, ...]:
    if not viewer.may(Permission.POSTMORTEMS_READ):
        return ()
    query = (
        sa.select(Action.created_at, Action.settled_at, Action.state)
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .join(Account, Account.id == Postmortem.account_id)
        .where(
            lesson_queries.seen_by(viewer, now=now),
            _is_told(),
            Action.created_at >= cut.first.begins_at,
            Action.created_at < cut.last.ends_at,
        )
    )
    if cut.segment:
        query = query.where(Account.segment == cut.segment)
    if cut.product:
        query = query.where(Postmortem.id.in_(_with_product(viewer, cut.product, now=now)))
    ended = (ActionState.VERIFIED, ActionState.DROPPED)
    return tuple(
        trends.Promise(
            agreed_at=agreed,
            until=(settled if state in ended else None) or max(now, agreed),
            is_verified=state is ActionState.VERIFIED,
        )
        for agreed, settled, state in db.session.execute(query)
    )
