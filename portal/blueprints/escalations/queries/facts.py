"""What this room knows of accounts, at any moment: cases open then, not those open now."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core.access import K, Subject
from portal.core.facts import Fact

from ..models import ClockEvent, ClockKind, Escalation, Notice, Severity, State, Trigger
from ..rules import ClockEventKind

LOOK_BACK = timedelta(days=90)
BEGINS = (ClockEventKind.OPENED, ClockEventKind.REOPENED, ClockEventKind.RESTORED)
ENDS = (ClockEventKind.CLOSED, ClockEventKind.STOPPED)
RAN_OUT = "due"
E = Escalation


def _counted(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the cases that figures count: declared by then, not void, no good news, and not
    for named people alone: many read a figure.
    """
    return (
        E.opened_at <= at,
        E.state.not_in([State.DRAFT, State.REQUESTED, State.VOID, State.DECLINED]),
        E.trigger != Trigger.OPPORTUNITY,
        sa.not_(E.restricted),
    )


def _last(column: Any, at: datetime, *conditions: sa.ColumnElement[bool]) -> Any:
    """Give the last value of a column among a case's clock events up to a moment."""
    return (
        sa.select(column)
        .where(ClockEvent.escalation_id == E.id, ClockEvent.at <= at, *conditions)
        .order_by(ClockEvent.at.desc(), ClockEvent.id.desc())
        .limit(1)
        .correlate(E)
        .scalar_subquery()
    )


def _open_at(at: datetime) -> sa.ColumnElement[bool]:
    turning = ClockEvent.kind.in_([kind.value for kind in (*BEGINS, *ENDS)])
    last = _last(ClockEvent.kind, at, turning)
    return sa.cast(last.in_([kind.value for kind in BEGINS]), sa.Boolean)


def _severity_at(at: datetime) -> Any:
    return _last(ClockEvent.severity, at, ClockEvent.severity.is_not(None))


def _by_account(value: Any, observed: Any, *, also: Any = None) -> Any:
    """Select a figure for each account: the value, one of its cases, when it was last seen."""
    query = sa.select(
        E.account_id,
        value.label("value"),
        sa.func.max(E.reference).label("source_ref"),
        sa.func.max(observed).label("observed_at"),
    ).group_by(E.account_id)
    return query if also is None else query.join(also, also.escalation_id == E.id)


def _open_cases(at: datetime) -> Any:
    return _by_account(sa.func.count(), E.opened_at).where(*_counted(at), _open_at(at))


def _worst_open(at: datetime) -> Any:
    worst = sa.func.min(sa.cast(_severity_at(at), sa.String(40)))
    return _by_account(worst, E.opened_at).where(*_counted(at), _open_at(at))


def _recent(at: datetime) -> Any:
    recent = E.opened_at > at - LOOK_BACK
    return _by_account(sa.func.count(), E.opened_at).where(*_counted(at), recent)


def _last_closed(at: datetime) -> Any:
    """Give when the last E1 or E2 of an account closed: what a recovery rests on."""
    return _by_account(sa.func.max(ClockEvent.at), ClockEvent.at, also=ClockEvent).where(
        *_counted(at),
        ClockEvent.kind == ClockEventKind.CLOSED.value,
        ClockEvent.at <= at,
        E.severity.in_([Severity.E1, Severity.E2]),
    )


def _breaches(at: datetime) -> Any:
    return _by_account(sa.func.count(), Notice.due_at, also=Notice).where(
        *_counted(at),
        Notice.clock == ClockKind.SILENCE,
        Notice.step == RAN_OUT,
        Notice.due_at <= at,
        Notice.due_at > at - LOOK_BACK,
    )


def _fact(name: str, kind: type, unit: str, select: Any) -> Fact:
    return Fact(
        name=name,
        type=kind,
        unit=unit,
        klass=K.INTERNAL,
        select=select,
        subject=Subject.ESCALATION,
    )


FACTS = [
    _fact("open_cases", int, "cases", _open_cases),
    _fact("worst_open_severity", str, "severity", _worst_open),
    _fact("cases_90d", int, "cases", _recent),
    _fact("last_escalation_closed", datetime, "instant", _last_closed),
    _fact("silence_breaches", int, "breaches in 90 days", _breaches),
]
