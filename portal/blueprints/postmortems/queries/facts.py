"""What this room tells of an account; what only named people see is in no figure."""

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from portal.core.access import K, Subject
from portal.core.facts import Fact

from ..models import Action, ActionState, Postmortem, State
from .finding import is_restricted

P = Postmortem
DRAFT = Subject.POSTMORTEM_DRAFT


def _postmortems_open(at: datetime) -> sa.Select[Any]:
    """Select how many post-mortems of each account were neither published nor waived."""
    ended = sa.case((P.state == State.WAIVED, P.updated_at), else_=P.published_at)
    here = sa.and_(P.became_due_at <= at, sa.or_(ended.is_(None), ended > at))
    found: Any = (
        sa.select(
            P.account_id.label("account_id"),
            sa.func.count().label("value"),
            sa.func.min(P.reference).label("source_ref"),
            sa.func.max(P.became_due_at).label("observed_at"),
        )
        .where(here, sa.not_(is_restricted()))
        .group_by(P.account_id)
    )
    return cast("sa.Select[Any]", found)


def _actions_open(at: datetime) -> sa.Select[Any]:
    """Select how many actions of each account were neither verified nor dropped."""
    final = Action.state.in_([ActionState.VERIFIED, ActionState.DROPPED])
    open_then = sa.or_(sa.not_(final), Action.settled_at > at)
    found: Any = (
        sa.select(
            Postmortem.account_id.label("account_id"),
            sa.func.count().label("value"),
            sa.func.min(Postmortem.reference).label("source_ref"),
            sa.func.max(Action.created_at).label("observed_at"),
        )
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .where(Action.created_at <= at, open_then, sa.not_(is_restricted()))
        .group_by(Postmortem.account_id)
    )
    return cast("sa.Select[Any]", found)


FACTS = (
    Fact("postmortems_open", int, "count", K.CONFIDENTIAL, _postmortems_open, DRAFT),
    Fact("actions_open", int, "count", K.CONFIDENTIAL, _actions_open, DRAFT),
)
