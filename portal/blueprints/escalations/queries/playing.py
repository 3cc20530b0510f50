"""The playbook of a case: what it asks, how far it is, and who joined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import Joiner, Playbook, PlaybooksPolicy
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import CaseResponse, CaseStep, CaseTick, Escalation, Severity
from .parts import CASE_ID, TEXT, part


@dataclass(frozen=True)
class Step:
    """A step of a case's playbook, as pages and programs show it."""

    id: int
    name: str
    label: str
    who: str
    due_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    ticks: tuple[tuple[bool, datetime, str | None], ...] = ()

    def is_late(self, now: datetime) -> bool:
        """Say whether the step should have been done by now."""
        return self.done_at is None and self.due_at is not None and self.due_at < now


@dataclass(frozen=True)
class Responder:
    """Somebody who joined the response to a case."""

    id: int
    name: str
    part: str
    does: str
    joined_at: datetime


@dataclass(frozen=True)
class Played:
    """The playbook of a case with how far it is; `number` is None where none was laid out."""

    book: Playbook
    number: int | None
    steps: list[Step]
    responders: list[Responder]
    joins: list[Joiner]

    @property
    def done(self) -> int:
        """Count the steps that are done."""
        return sum(1 for step in self.steps if step.done_at)


@cache
def steps_part() -> sa.Select[Any]:
    """Select the steps of a case for the one statement of its page."""
    doer = aliased(User, name="step_doer")
    found = part(
        "steps",
        CaseStep.id,
        CaseStep.label,
        CaseStep.who,
        CaseStep.severity,
        CaseStep.trigger,
        CaseStep.name,
        sa.cast(CaseStep.place, TEXT),
        at=CaseStep.due_at,
        until=CaseStep.done_at,
        who=doer.name,
    )
    return found.outerjoin(doer, doer.id == CaseStep.done_by_id).where(
        CaseStep.escalation_id == CASE_ID
    )


def steps_beside(parts: Iterable[Any], case: Escalation) -> list[Step]:
    """Give the steps of a case that count, from the statement of its page."""
    counted = [one for one in parts if one.until or _counts(one.d, one.c, case)]
    ordered = sorted(counted, key=lambda one: (one.d != case.trigger.value, int(one.f), one.id))
    return [
        Step(one.id, one.e, one.a, one.b, due_at=one.at, done_at=one.until, done_by=one.who)
        for one in ordered
    ]


def _counts(trigger: str, severity: str, case: Escalation) -> bool:
    """Say whether an open step is asked of a case as it is now."""
    return trigger == case.trigger.value and rules.playbook.counts(severity, case.severity)


def playbook_of(case: Escalation) -> tuple[Playbook, int] | None:
    """Give the playbook of a case and its version: the one it was laid out from, else the one in
    force; None where none was published yet.
    """
    try:
        if case.playbook_number is not None:
            policy = policy_queries.numbered(PlaybooksPolicy, case.playbook_number)
            return policy.of(case.trigger.value), case.playbook_number
        policy, number = policy_queries.in_force(PlaybooksPolicy)
    except NotFound:
        return None
    return policy.of(case.trigger.value), number


def known_steps(case: Escalation) -> dict[str, CaseStep]:
    """Give the steps laid out for a case, by their names."""
    query = sa.select(CaseStep).where(CaseStep.escalation_id == case.id)
    return {row.name: row for row in db.session.scalars(query)}


def step(case: Escalation, step_id: int) -> CaseStep:
    """Give one step of a case; `NotFound` for one of another."""
    found = db.session.scalar(sa.select(CaseStep).filter_by(id=step_id, escalation_id=case.id))
    if found is None:
        raise NotFound
    return found


def played(case: Escalation) -> Played:
    """Give the playbook of a case with its steps and their history; `NotFound` without one."""
    found = playbook_of(case)
    if found is None:
        raise NotFound
    book, number = found
    return Played(
        book=book,
        number=number if case.playbook_number is not None else None,
        steps=_steps(case),
        responders=responders(case),
        joins=rules.playbook.joining(book, Severity(case.severity)),
    )


def _steps(case: Escalation) -> list[Step]:
    doer = aliased(User)
    query = (
        sa.select(CaseStep, doer.name)
        .outerjoin(doer, doer.id == CaseStep.done_by_id)
        .where(CaseStep.escalation_id == case.id)
        .order_by(CaseStep.trigger != case.trigger.value, CaseStep.place, CaseStep.id)
    )
    rows = [
        (row, name)
        for row, name in db.session.execute(query)
        if row.done_at or _counts(row.trigger, row.severity, case)
    ]
    ticks = _ticks(row.id for row, _name in rows)
    return [
        Step(
            row.id,
            row.name,
            row.label,
            row.who,
            due_at=row.due_at,
            done_at=row.done_at,
            done_by=name,
            ticks=tuple(ticks.get(row.id, ())),
        )
        for row, name in rows
    ]


def _ticks(steps: Iterable[int]) -> Mapping[int, list[tuple[bool, datetime, str | None]]]:
    query = (
        sa.select(CaseTick.step_id, CaseTick.done, CaseTick.at, User.name)
        .outerjoin(User, User.id == CaseTick.by_id)
        .where(CaseTick.step_id.in_(list(steps)))
        .order_by(CaseTick.id)
    )
    found: dict[int, list[tuple[bool, datetime, str | None]]] = {}
    for step_id, done, at, name in db.session.execute(query):
        found.setdefault(step_id, []).append((done, at, name))
    return found


def responders(case: Escalation) -> list[Responder]:
    """Give who joined the response to a case, in the order they joined."""
    query = (
        sa.select(User.id, User.name, CaseResponse.part, CaseResponse.does, CaseResponse.joined_at)
        .join(User, User.id == CaseResponse.person_id)
        .where(CaseResponse.escalation_id == case.id)
        .order_by(CaseResponse.id)
    )
    return [Responder(*row) for row in db.session.execute(query)]
