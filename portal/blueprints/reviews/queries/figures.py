"""The figures of a quarter beside the quarter before and the year before: a constant number of
statements, whatever the number of cases.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Concession, ConcessionPart, Ground
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation, Resolution, Severity, State, Trigger
from portal.blueprints.postmortems import queries as lesson_queries
from portal.blueprints.postmortems.models import Action, ActionState, Postmortem
from portal.blueprints.postmortems.models import State as LessonState
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import (
    Nomination,
    NominationState,
    Sponsorship,
    Touchpoint,
    TouchpointState,
)
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.money import from_minor
from portal.reports.facts.review import Comparison, Measure, Unit

from ..rules import Quarter

NOT_COUNTED = (State.DRAFT, State.REQUESTED, State.DECLINED, State.MERGED, State.VOID)
IN_TIME = timedelta(days=30)
GRAVE = (Severity.E1, Severity.E2)
Quarters = tuple[Quarter, Quarter, Quarter]


@dataclass(frozen=True)
class CaseRow:
    """A case as the figures count it."""

    reference: str
    account: str
    title: str
    severity: Severity
    opened_at: datetime
    closed_at: datetime | None
    resolution: Resolution | None
    reopened: int
    transfers: int


def counted() -> sa.ColumnElement[bool]:
    """Say in SQL which cases count: those that were opened and are no good news."""
    return sa.and_(Escalation.state.not_in(NOT_COUNTED), Escalation.trigger != Trigger.OPPORTUNITY)


def within(column: Any, one: Quarter) -> sa.ColumnElement[bool]:
    """Say in SQL whether an instant lies in a quarter."""
    return sa.and_(column >= one.begins_at, column < one.ends_at)


def cases(viewer: Actor, quarters: Quarters, *, now: datetime) -> list[CaseRow]:
    """Give the cases that the viewer sees, were open at some time since the earliest quarter, and
    were opened before the end of the latest.
    """
    first, last = quarters[2], quarters[0]
    query = (
        sa.select(
            Escalation.reference,
            Account.name,
            Escalation.title,
            Escalation.severity,
            Escalation.opened_at,
            Escalation.closed_at,
            Escalation.resolution,
            Escalation.reopened,
            Escalation.transfers,
        )
        .join(Account, Account.id == Escalation.account_id)
        .where(
            counted(),
            case_queries.seen_by(viewer, now=now),
            Escalation.opened_at < last.ends_at,
            sa.or_(Escalation.closed_at.is_(None), Escalation.closed_at >= first.begins_at),
        )
        .order_by(Escalation.opened_at, Escalation.id)
    )
    return [CaseRow(*row) for row in db.session.execute(query)]


def left_out(viewer: Actor, one: Quarter, *, now: datetime) -> int:
    """Count the cases of a quarter that the viewer may not see: how many, and nothing else."""
    seen = case_queries.seen_by(viewer, now=now)
    touched = sa.or_(within(Escalation.opened_at, one), within(Escalation.closed_at, one))
    query = sa.select(sa.func.count()).where(counted(), touched, sa.not_(seen))
    return db.session.scalar(query) or 0


def compared(
    measure: Measure, quarters: Quarters, of: Callable[[Quarter], Any], unit: Unit = Unit.COUNT
) -> Comparison:
    """Give a measure over the three quarters, with None where a quarter has none."""
    values = [None if (v := of(one)) is None else Decimal(v) for one in quarters]
    return Comparison(measure=measure, unit=unit, now=values[0], before=values[1], year=values[2])


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.001")) if whole else None


def mean(values: Sequence[int]) -> Decimal | None:
    """Give the mean to a tenth, None where there is nothing to average."""
    return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.1")) if values else None


def is_in(at: datetime | None, one: Quarter) -> bool:
    """Say whether an instant lies in a quarter."""
    return at is not None and one.begins_at <= at < one.ends_at


def of_cases(rows: Sequence[CaseRow], quarters: Quarters) -> list[Comparison]:
    """Count cases: opened, closed, open at the end, grave, in time, back again, lost."""

    def opened(one: Quarter) -> list[CaseRow]:
        return [row for row in rows if is_in(row.opened_at, one)]

    def closed(one: Quarter) -> list[CaseRow]:
        return [row for row in rows if is_in(row.closed_at, one)]

    def open_(one: Quarter) -> int:
        return sum(
            row.opened_at < one.ends_at and (row.closed_at is None or row.closed_at >= one.ends_at)
            for row in rows
        )

    def quick(one: Quarter) -> Decimal | None:
        ended = [row.closed_at - row.opened_at for row in closed(one) if row.closed_at]
        return _share(sum(took <= IN_TIME for took in ended), len(ended))

    m = Measure
    return [
        compared(m.CASES_OPENED, quarters, lambda one: len(opened(one))),
        compared(m.CASES_CLOSED, quarters, lambda one: len(closed(one))),
        compared(m.CASES_OPEN, quarters, open_),
        compared(m.CRITICAL, quarters, lambda one: sum(r.severity in GRAVE for r in opened(one))),
        compared(m.CLOSED_IN_TIME, quarters, quick, Unit.SHARE),
        compared(m.CAME_BACK, quarters, lambda one: sum(r.reopened > 0 for r in opened(one))),
        compared(
            m.LOST,
            quarters,
            lambda one: sum(r.resolution is Resolution.LOST for r in closed(one)),
        ),
        compared(
            m.TRANSFERS, quarters, lambda one: mean([r.transfers for r in closed(one)]), Unit.SCORE
        ),
    ]


def of_promises(viewer: Actor, quarters: Quarters, *, now: datetime) -> list[Comparison]:
    """Count the promises whose day lies in each quarter, and what became of them."""
    rows = db.session.execute(
        sa.select(Promise.due_at, Promise.state)
        .join(Account, Account.id == Promise.account_id)
        .where(
            account_queries.promise_scope(viewer, now=now),
            sa.or_(*(within(Promise.due_at, one) for one in quarters)),
        )
    ).all()

    def states(one: Quarter) -> list[PromiseState]:
        return [state for due, state in rows if is_in(due, one)]

    def kept(one: Quarter) -> Decimal | None:
        found = states(one)
        good, bad = found.count(PromiseState.KEPT), found.count(PromiseState.BROKEN)
        return _share(good, good + bad)

    m = Measure
    return [
        compared(m.PROMISES_DUE, quarters, lambda one: len(states(one))),
        compared(m.PROMISES_KEPT, quarters, kept, Unit.SHARE),
        compared(m.PROMISES_BROKEN, quarters, lambda one: states(one).count(PromiseState.BROKEN)),
    ]


def of_compensation(
    viewer: Actor, quarters: Quarters, *, currency: str, now: datetime
) -> list[Comparison]:
    """Add up what was approved, by ground, in the reporting currency."""
    if not viewer.may(Permission.CONCESSIONS_READ):
        return []
    rows = db.session.execute(
        sa.select(
            Concession.reference,
            Concession.approved_at,
            ConcessionPart.ground,
            sa.case(
                (ConcessionPart.reporting_minor.is_not(None), ConcessionPart.reporting_minor),
                (Concession.currency == currency, ConcessionPart.face_minor),
            ),
        )
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .where(
            concession_queries.seen_by(viewer, now=now),
            sa.or_(*(within(Concession.approved_at, one) for one in quarters)),
        )
    ).all()

    def amount(one: Quarter, grounds: Iterable[Ground]) -> Decimal:
        wanted = set(grounds)
        parts = (
            minor or 0 for _r, at, ground, minor in rows if ground in wanted and is_in(at, one)
        )
        return Decimal(from_minor(sum(parts), currency).amount)

    m = Measure
    return [
        compared(
            m.COMPENSATIONS,
            quarters,
            lambda one: len({reference for reference, at, *_more in rows if is_in(at, one)}),
        ),
        compared(m.OWED, quarters, lambda one: amount(one, [Ground.OWED]), Unit.MONEY),
        compared(
            m.DIRECT_LOSS, quarters, lambda one: amount(one, [Ground.DIRECT_LOSS]), Unit.MONEY
        ),
        compared(
            m.GOODWILL,
            quarters,
            lambda one: amount(one, [Ground.GOODWILL, Ground.EFFORT]),
            Unit.MONEY,
        ),
        _above_policy(viewer, quarters, now=now),
    ]


def _above_policy(viewer: Actor, quarters: Quarters, *, now: datetime) -> Comparison:
    """Count the compensations approved above what policy recommended for them."""
    face = sa.func.sum(ConcessionPart.face_minor)
    above = db.session.scalars(
        sa.select(Concession.approved_at)
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .where(
            concession_queries.seen_by(viewer, now=now),
            sa.or_(*(within(Concession.approved_at, one) for one in quarters)),
        )
        .group_by(Concession.id, Concession.approved_at, Concession.recommended_minor)
        .having(face > Concession.recommended_minor)
    ).all()
    return compared(Measure.ABOVE_POLICY, quarters, lambda one: sum(is_in(at, one) for at in above))


def of_sponsorship(viewer: Actor, quarters: Quarters, *, now: datetime) -> list[Comparison]:
    """Count who was admitted and sponsored, and the touchpoints held and missed."""
    if not viewer.may(Permission.SPONSORSHIP_READ):
        return []
    admitted = db.session.scalars(
        sa.select(Nomination.decided_at).where(
            sponsorship_queries.nominations_seen(viewer, now=now),
            Nomination.state == NominationState.ADMITTED,
            sa.or_(*(within(Nomination.decided_at, one) for one in quarters)),
        )
    ).all()
    seen = sponsorship_queries.sponsorships_seen(viewer, now=now)
    terms = db.session.execute(sa.select(Sponsorship.starts_on, Sponsorship.ended_on).where(seen))
    running = [(starts, ended) for starts, ended in terms]
    touches = db.session.execute(
        sa.select(Touchpoint.state, Touchpoint.planned_on, Touchpoint.held_on)
        .join(Sponsorship, Sponsorship.id == Touchpoint.sponsorship_id)
        .where(seen, Touchpoint.state != TouchpointState.PLANNED)
    ).all()

    def touched(one: Quarter, *, held: bool) -> int:
        return sum(
            (state is TouchpointState.HELD) is held
            and one.starts <= (held_on if held and held_on else planned) <= one.ends
            for state, planned, held_on in touches
        )

    m = Measure
    return [
        compared(m.ADMITTED, quarters, lambda one: sum(is_in(at, one) for at in admitted)),
        compared(
            m.SPONSORED,
            quarters,
            lambda one: sum(
                starts <= one.ends and (ended is None or ended > one.ends)
                for starts, ended in running
            ),
        ),
        compared(m.TOUCHES_HELD, quarters, lambda one: touched(one, held=True)),
        compared(m.TOUCHES_MISSED, quarters, lambda one: touched(one, held=False)),
    ]


def of_lessons(
    viewer: Actor, quarters: Quarters, *, currency: str, now: datetime
) -> list[Comparison]:
    """Count post-mortems and their actions, and add up what the published ones cost."""
    seen = lesson_queries.seen_by(viewer, now=now)
    rows = db.session.execute(
        sa.select(
            Postmortem.became_due_at,
            Postmortem.published_at,
            sa.case((Postmortem.currency == currency, Postmortem.cost_minor)),
            Postmortem.state,
        ).where(seen)
    ).all()
    todo = db.session.execute(
        sa.select(Action.due_on, Action.state)
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .where(seen, Action.state != ActionState.DROPPED)
    ).all()

    def cost(one: Quarter) -> Decimal:
        told = (minor or 0 for _due, at, minor, _s in rows if is_in(at, one))
        return Decimal(from_minor(sum(told), currency).amount)

    def due(one: Quarter) -> list[ActionState]:
        return [state for day, state in todo if one.starts <= day <= one.ends]

    m = Measure
    return [
        compared(m.LESSONS_DUE, quarters, lambda one: sum(is_in(at, one) for at, *_m in rows)),
        compared(
            m.LESSONS_PUBLISHED,
            quarters,
            lambda one: sum(
                is_in(at, one) and state is LessonState.PUBLISHED for _d, at, _c, state in rows
            ),
        ),
        compared(m.LESSON_COST, quarters, cost, Unit.MONEY),
        compared(m.ACTIONS_DUE, quarters, lambda one: len(due(one))),
        compared(
            m.ACTIONS_IN_TIME,
            quarters,
            lambda one: _share(due(one).count(ActionState.VERIFIED), len(due(one))),
            Unit.SHARE,
        ),
    ]


def month_of(at: datetime, *, zone: Any) -> date:
    """Give the first day of the local month of an instant."""
    return at.astimezone(zone).date().replace(day=1)
