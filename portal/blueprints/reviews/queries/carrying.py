"""What a review opens with: what earlier ones and post-mortems agreed and is not settled."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies.models import DraftState, PolicyDraft
from portal.blueprints.postmortems import queries as lesson_queries
from portal.blueprints.postmortems.models import Action, ActionState, Postmortem
from portal.blueprints.postmortems.models import State as LessonState
from portal.core.access import Actor
from portal.core.db import db
from portal.core.i18n import _
from portal.reports.facts import review as book

from .. import rules
from ..models import Line, LineKind, Review, ReviewState, Sought
from .finding import quarter_of

MOST_CARRIED = 60


def carried_over(row: Review, *, reader: Actor, now: datetime) -> tuple[book.Todo, ...]:
    """Give what a review opens with: what earlier ones agreed and what post-mortems agreed, as far
    as it is not settled and the reader may see it.
    """
    today = now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()
    return (
        *_promised(row, today=today),
        *_drafted(row),
        *_carried(reader, quarter_of(row), now=now, today=today),
    )


def _promised(row: Review, *, today: date) -> list[book.Todo]:
    """Give the actions that earlier reviews agreed and that are not done."""
    query = (
        sa.select(Review.reference, Line.text, User.name, Line.due_on, User.active.is_(False))
        .join(Review, Review.id == Line.review_id)
        .outerjoin(User, User.id == Line.owner_id)
        .where(
            Line.kind == LineKind.ACTION,
            Line.done_at.is_(None),
            Review.state == ReviewState.SIGNED,
            Review.starts_on < row.starts_on,
        )
        .order_by(Line.due_on.is_(None), Line.due_on, Line.id)
    )
    return [
        book.Todo(
            source=source,
            what=what,
            owner=owner,
            due=due,
            late=due is not None and due < today,
            owner_left=bool(left),
        )
        for source, what, owner, due, left in db.session.execute(query)
    ]


def _drafted(row: Review) -> list[book.Todo]:
    """Give the policy drafts that followed from decisions of earlier reviews and that nobody has
    decided on yet.
    """
    query = (
        sa.select(Review.reference, Sought.title, User.name, User.active.is_(False))
        .join(Sought, Sought.review_id == Review.id)
        .join(PolicyDraft, PolicyDraft.id == Sought.draft_id)
        .outerjoin(User, User.id == PolicyDraft.author_id)
        .where(
            Review.state == ReviewState.SIGNED,
            Review.starts_on < row.starts_on,
            PolicyDraft.state.in_([DraftState.WRITING, DraftState.SUBMITTED]),
        )
        .order_by(Sought.id)
    )
    return [
        book.Todo(
            source=source,
            what=_("Change of a policy: %(what)s", what=title),
            owner=owner,
            owner_left=bool(left),
        )
        for source, title, owner, left in db.session.execute(query)
    ]


def _carried(reader: Actor, one: rules.Quarter, *, now: datetime, today: date) -> list[book.Todo]:
    """Give the actions of published post-mortems agreed before the quarter's end and not settled,
    the ones due first at the top.
    """
    query = (
        sa.select(
            Postmortem.reference,
            Action.what,
            Action.outcome,
            User.name,
            Action.due_on,
            Action.state,
            User.active.is_(False),
        )
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .join(User, User.id == Action.owner_id)
        .where(
            lesson_queries.seen_by(reader, now=now),
            Postmortem.state == LessonState.PUBLISHED,
            Action.state.in_([ActionState.OPEN, ActionState.DONE]),
            Action.created_at < one.ends_at,
        )
        .order_by(Action.due_on, Action.id)
        .limit(MOST_CARRIED)
    )
    return [
        book.Todo(
            source=source,
            what=what,
            outcome=outcome,
            owner=owner,
            due=due,
            step=book.Step(state.value),
            late=state is ActionState.OPEN and due < today,
            owner_left=bool(left),
        )
        for source, what, outcome, owner, due, state, left in db.session.execute(query)
    ]
