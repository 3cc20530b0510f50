"""The cases of a review one by one, with what is published of their post-mortems."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.postmortems import queries as lesson_queries
from portal.blueprints.postmortems.models import Action, Cause, Postmortem, PostmortemCase
from portal.blueprints.postmortems.models import State as LessonState
from portal.core.access import Actor, K, Permission, Subject, sees
from portal.core.db import db
from portal.core.money import from_minor
from portal.reports import facts as paper
from portal.reports.facts import review as book

CLIP = 4_000
PROBLEMS = frozenset(paper.Problem)


def cases(refs: list[str], *, reader: Actor, zone: str, now: datetime) -> tuple[book.BookCase, ...]:
    """Give cases by their references, in that order, as far as the reader may see them."""
    there = ZoneInfo(zone)
    seen = case_queries.seen_by(reader, now=now)
    query = sa.select(Escalation, Account.name).join(Account, Account.id == Escalation.account_id)
    rows = db.session.execute(query.where(Escalation.reference.in_(refs), seen)).all()
    learnt = _learnt(refs, reader=reader, now=now)
    whole = sees(reader, Subject.ESCALATION, klass=K.CONFIDENTIAL, related=True)
    found = {
        case.reference: _case(case, name, tuple(learnt[case.reference]), there, whole=whole)
        for case, name in rows
    }
    return tuple(found[ref] for ref in refs if ref in found)


def _case(
    case: Escalation, name: str, learnt: tuple[book.Learnt, ...], there: ZoneInfo, *, whole: bool
) -> book.BookCase:
    stake = case.stake_minor if whole else None
    return book.BookCase(
        reference=case.reference,
        customer=name,
        title=case.title,
        severity=paper.Severity(case.severity.value),
        problem=paper.Problem(case.problem.value) if case.problem.value in PROBLEMS else None,
        opened=case.opened_at.astimezone(there).date(),
        closed=case.closed_at.astimezone(there).date() if case.closed_at else None,
        ending=book.Ending(case.resolution.value) if case.resolution else None,
        impact=case.impact[:CLIP] if whole else "",
        words=case.customer_words[:CLIP] if whole else "",
        language=case.words_language,
        resolution=case.resolution_text[:CLIP] if whole else "",
        stake=from_minor(stake, case.currency) if stake is not None else None,
        transfers=case.transfers,
        learnt=learnt,
    )


def _learnt(refs: list[str], *, reader: Actor, now: datetime) -> dict[str, list[book.Learnt]]:
    """Give the published post-mortems of cases: they speak of roles and name owners of actions."""
    found: dict[str, list[book.Learnt]] = defaultdict(list)
    if not reader.may(Permission.POSTMORTEMS_READ):
        return found
    query = (
        sa.select(PostmortemCase.case_ref, Postmortem)
        .join(Postmortem, Postmortem.id == PostmortemCase.postmortem_id)
        .where(
            PostmortemCase.case_ref.in_(refs),
            Postmortem.state == LessonState.PUBLISHED,
            lesson_queries.seen_by(reader, now=now),
        )
        .order_by(Postmortem.id)
    )
    rows = db.session.execute(query).all()
    ids = {row.id for _ref, row in rows}
    causes = _grouped(sa.select(Cause).where(Cause.postmortem_id.in_(ids)).order_by(Cause.id))
    todo = _grouped(sa.select(Action).where(Action.postmortem_id.in_(ids)).order_by(Action.id))
    names = auth_queries.names(action.owner_id for those in todo.values() for action in those)
    for case_ref, row in rows:
        found[case_ref].append(
            book.Learnt(
                reference=row.reference,
                summary=row.summary[:CLIP],
                causes=tuple(
                    book.LearntCause(cause=book.Cause(one.factor.value), text=one.text[:CLIP])
                    for one in causes[row.id]
                ),
                todos=tuple(_todo(one, row.reference, names) for one in todo[row.id]),
                cost=from_minor(row.cost_minor, row.currency) if row.cost_minor else None,
            )
        )
    return found


def _todo(row: Action, source: str, names: dict[int, str]) -> book.Todo:
    return book.Todo(
        source=source,
        what=row.what,
        outcome=row.outcome,
        owner=names.get(row.owner_id),
        due=row.due_on,
        step=book.Step(row.state.value),
    )


def _grouped(query: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.scalars(query):
        found[row.postmortem_id].append(row)
    return found
