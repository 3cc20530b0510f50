"""What stands beside the list of cases: teams, saved views, the last bulk change; and its counts by
team and level.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import Team
from portal.blueprints.policies.rules.words import team_words
from portal.core.access import Actor, Relation, Restriction
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import OPEN_STATES, BulkChange, Escalation, Level, SavedView, Trigger
from .finding import seen_by

UNDO_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class View:
    """A saved view: whose it is, with which team it is shared, what it asks for."""

    id: int
    name: str
    asks: Mapping[str, str]
    own: bool
    team_id: int | None


@dataclass(frozen=True)
class ListTools:
    """What the page of the list offers beside its rows."""

    teams: tuple[tuple[int, str], ...]
    views: list[View]
    undo: int | None


@dataclass(frozen=True)
class TeamLoad:
    """How many open cases a team has, by level; None is cases without a team."""

    team_id: int | None
    team: str | None
    by_level: Mapping[Level, int]
    late: int
    without_owner: int

    @property
    def total(self) -> int:
        """Give how many it has in all."""
        return sum(self.by_level.values())


@dataclass(frozen=True)
class TeamCount:
    """What was counted at a moment, while who may see what was as `mark` says."""

    at: datetime
    mark: tuple[Any, ...]
    loads: list[TeamLoad]

    @property
    def total(self) -> int:
        """Give how many cases were counted."""
        return sum(load.total for load in self.loads)


def tools(viewer: Actor, *, now: datetime, team: int | None = None) -> ListTools:
    """Give what the page of the list offers, in one statement: the teams that take cases, and the
    one that is asked for (`team`) even where it is retired.
    """
    given = {"since": now - UNDO_FOR, "chosen": team}
    rows = db.session.connection().execute(_tools(viewer), given).all()
    undo = max((row.id for row in rows if row.part == "bulk"), default=None)
    views = [
        View(row.id, row.name, json.loads(row.query), row.person_id == viewer.id, row.team_id)
        for row in rows
        if row.part == "view"
    ]
    teams = [
        (row.id, team_words(row.name, retired=row.team_id is not None))
        for row in rows
        if row.part == "team"
    ]
    return ListTools(
        tuple(sorted(teams, key=lambda one: one[1].casefold())),
        sorted(views, key=lambda one: (not one.own, one.name.casefold(), one.id)),
        undo,
    )


@lru_cache(512)
def _tools(viewer: Actor) -> sa.Select[Any]:
    nothing, text = sa.cast(sa.null(), sa.Integer()), sa.Text()
    teams = sa.select(
        sa.literal("team").label("part"),
        Team.id.label("id"),
        sa.cast(Team.name, text).label("name"),
        sa.cast(sa.null(), text).label("query"),
        nothing.label("person_id"),
        sa.case((Team.retired_at.is_not(None), Team.id)).label("team_id"),
    ).where(
        sa.or_(Team.retired_at.is_(None), Team.id == sa.bindparam("chosen", type_=Team.id.type))
    )
    views = sa.select(
        sa.literal("view"),
        SavedView.id,
        SavedView.name,
        sa.cast(SavedView.query, text),
        SavedView.person_id,
        SavedView.team_id,
    ).where(_mine_or_shared(viewer))
    changes = sa.select(
        sa.literal("bulk"),
        BulkChange.id,
        sa.null(),
        sa.null(),
        BulkChange.person_id,
        sa.null(),
    ).where(
        BulkChange.person_id == viewer.id,
        BulkChange.at > sa.bindparam("since", type_=BulkChange.at.type),
        BulkChange.undone_at.is_(None),
    )
    return sa.select(sa.union_all(teams, views, changes).subquery())


def _mine_or_shared(viewer: Actor) -> sa.ColumnElement[bool]:
    mine = SavedView.person_id == viewer.id
    return sa.or_(mine, SavedView.team_id.in_(sorted(viewer.teams))) if viewer.teams else mine


def own_view(viewer: Actor, view_id: int) -> SavedView:
    """Give a view that the viewer saved; `NotFound` for anybody else's."""
    found = db.session.scalar(sa.select(SavedView).filter_by(id=view_id, person_id=viewer.id))
    if found is None:
        raise NotFound
    return found


def count_views(viewer: Actor) -> int:
    """Count the views that somebody saved."""
    query = sa.select(sa.func.count()).where(SavedView.person_id == viewer.id)
    return db.session.scalar(query) or 0


def own_change(viewer: Actor, change_id: int) -> BulkChange:
    """Give a bulk change that the viewer made, for undoing it; nobody else undoes it meanwhile."""
    query = sa.select(BulkChange).filter_by(id=change_id, person_id=viewer.id)
    found = db.session.scalar(query.with_for_update())
    if found is None:
        raise NotFound
    return found


def undoable(viewer: Actor, *, now: datetime) -> list[BulkChange]:
    """Give the bulk changes that the viewer made and can still undo, the last one first."""
    query = sa.select(BulkChange).where(
        BulkChange.person_id == viewer.id,
        BulkChange.at > now - UNDO_FOR,
        BulkChange.undone_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(BulkChange.id.desc())))


def chosen(viewer: Actor, references: list[str], *, now: datetime) -> list[Escalation]:
    """Give the chosen cases that the viewer may see, held until this transaction ends; `NotFound`
    where one of them is none.
    """
    query = sa.select(Escalation).where(
        Escalation.reference.in_(references), seen_by(viewer, now=now)
    )
    # Always in one order: two people who change many cases at once never wait for each other.
    locked = query.order_by(Escalation.id).with_for_update()
    found = list(db.session.scalars(locked.execution_options(populate_existing=True)))
    if len(found) != len(set(references)):
        raise NotFound
    return found


MANY = 2_000
"""So many open cases are counted at most once a minute for each reader, fewer whenever asked."""
KEPT = timedelta(minutes=1)
MOST_READERS = 200
_COUNTED: dict[tuple[str, Actor], TeamCount] = {}


def by_team(viewer: Actor, *, now: datetime) -> TeamCount:
    """Count the open cases that the viewer may see by team and level, most first; opportunities
    stand in lists of their own. Where they are many the count may be a minute old, but not older
    than the last record that was restricted, or that the viewer was named on.
    """
    reader = (str(db.session.get_bind().engine.url), viewer)
    mark = _mark(viewer)
    kept = _COUNTED.get(reader)
    if kept is None or kept.mark != mark or not kept.at <= now < kept.at + KEPT:
        kept = TeamCount(now, mark, _loads(viewer, now=now))
        _COUNTED.pop(reader, None)
        if kept.total >= MANY:
            while len(_COUNTED) >= MOST_READERS:
                del _COUNTED[next(iter(_COUNTED))]
            _COUNTED[reader] = kept
    return kept


def _mark(viewer: Actor) -> tuple[Any, ...]:
    """Give what changes when somebody may see other cases than before."""
    # Both of a table at once: for the highest id alone PostgreSQL reads the relations of everybody.
    mine = sa.select(sa.func.count(), sa.func.max(Relation.id))
    named = mine.where(Relation.person_id == viewer.id).subquery()
    hidden = sa.select(sa.func.count(), sa.func.max(Restriction.since)).subquery()
    both = sa.select(named, hidden).select_from(named.join(hidden, sa.true()))
    return tuple(db.session.execute(both).one())


def _loads(viewer: Actor, *, now: datetime) -> list[TeamLoad]:
    late = sa.func.sum(sa.case((Escalation.next_due_at < now, 1), else_=0))
    idle = sa.func.sum(sa.case((Escalation.owner_id.is_(None), 1), else_=0))
    query = (
        sa.select(Escalation.team_id, Team.name, Escalation.level, sa.func.count(), late, idle)
        .outerjoin(Team, Team.id == Escalation.team_id)
        .where(
            Escalation.state.in_(OPEN_STATES),
            Escalation.trigger != Trigger.OPPORTUNITY,
            seen_by(viewer, now=now),
        )
        .group_by(Escalation.team_id, Team.name, Escalation.level)
    )
    found: dict[int | None, TeamLoad] = {}
    for team_id, name, level, number, overdue, unowned in db.session.execute(query):
        before = found.get(team_id) or TeamLoad(team_id, name, {}, 0, 0)
        found[team_id] = TeamLoad(
            team_id,
            name,
            {**before.by_level, level: number},
            before.late + int(overdue),
            before.without_owner + int(unowned),
        )
    return sorted(found.values(), key=lambda one: (-one.total, one.team or ""))


def view_named(viewer: Actor, name: str) -> SavedView | None:
    """Give the view that somebody saved under a name, None where there is none."""
    return db.session.scalar(sa.select(SavedView).filter_by(person_id=viewer.id, name=name))
