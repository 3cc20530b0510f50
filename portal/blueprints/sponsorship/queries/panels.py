"""Panels: who sits on them, what is on the agenda, and how the votes stand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.core import access
from portal.core.access import Actor, K, Permission, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import (
    Draw,
    LaneKind,
    Nomination,
    NominationState,
    Panel,
    PanelSeat,
    PanelState,
    PanelVote,
)
from . import finding


@dataclass(frozen=True)
class PanelLine:
    """A panel in a list."""

    reference: str
    meets_at: datetime
    state: PanelState
    quorum: int
    items: int
    open: int


@dataclass(frozen=True)
class Item:
    """A nomination on the agenda, and how the votes on it stand."""

    id: int
    reference: str
    account: str
    account_ref: str
    lane: LaneKind
    state: NominationState
    score: Any
    outcome: str
    tally: rules.panel.Tally
    mine: PanelVote | None


def panels_seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for the panels a viewer may see: their own, or all who read every
    nomination.
    """
    return access.scope(
        viewer,
        Subject.NOMINATION,
        account_id=sa.null(),
        refs=(Panel.reference,),
        klass=K.CONFIDENTIAL,
        now=now,
    )


def get_panel(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> Panel:
    """Give a panel; `NotFound` where there is none for this viewer."""
    query = sa.select(Panel).where(Panel.reference == reference, panels_seen(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def panel_of(row: Nomination) -> Panel | None:
    """Give the panel on whose agenda a nomination stands, or stood last."""
    return db.session.get(Panel, row.panel_id) if row.panel_id is not None else None


def panels(viewer: Actor, *, now: datetime, limit: int = 20) -> list[PanelLine]:
    """Give the newest panels with the number of nominations before them, and of those undecided."""
    undecided = Nomination.state.in_(finding.UNDECIDED)
    query = (
        sa.select(
            Panel.reference,
            Panel.meets_at,
            Panel.state,
            Panel.quorum,
            sa.func.count(Nomination.id),
            sa.func.count(Nomination.id).filter(undecided),
        )
        .outerjoin(
            Nomination,
            sa.and_(Nomination.panel_id == Panel.id, finding.nominations_seen(viewer, now=now)),
        )
        .where(panels_seen(viewer, now=now))
        .group_by(Panel.id)
        .order_by(Panel.meets_at.desc(), Panel.id.desc())
        .limit(limit)
    )
    return [PanelLine(*row) for row in db.session.execute(query)]


def planned_panels(viewer: Actor, *, now: datetime) -> list[Panel]:
    """Give the panels that have not closed, the next first."""
    query = (
        sa.select(Panel)
        .where(Panel.state == PanelState.PLANNED, panels_seen(viewer, now=now))
        .order_by(Panel.meets_at, Panel.id)
        .limit(50)
    )
    return list(db.session.scalars(query))


def seats(row: Panel) -> list[tuple[int, str]]:
    """Give who sits on a panel: ids and names, by name."""
    query = (
        sa.select(User.id, User.name)
        .join(PanelSeat, PanelSeat.person_id == User.id)
        .where(PanelSeat.panel_id == row.id)
        .order_by(User.name, User.id)
    )
    return [(number, name) for number, name in db.session.execute(query)]


def is_seated(row: Panel, person_id: int | None) -> bool:
    """Say whether somebody votes on a panel."""
    query = sa.select(PanelSeat.id).filter_by(panel_id=row.id, person_id=person_id)
    return db.session.scalar(query) is not None


def votes(row: Panel, nomination_ids: Sequence[int]) -> dict[int, list[PanelVote]]:
    """Give the votes of a panel, by the id of the nomination."""
    query = sa.select(PanelVote).where(
        PanelVote.panel_id == row.id, PanelVote.nomination_id.in_(nomination_ids)
    )
    found: dict[int, list[PanelVote]] = defaultdict(list)
    for vote in db.session.scalars(query.order_by(PanelVote.id)):
        found[vote.nomination_id].append(vote)
    return found


def tally(row: Panel, given: Sequence[PanelVote]) -> rules.panel.Tally:
    """Count the votes on one nomination."""
    ballots = [rules.panel.Ballot(one.person_id, one.verdict, one.reason) for one in given]
    return rules.panel.tally(ballots, quorum=row.quorum)


def tally_of(row: Nomination, panel: Panel) -> rules.panel.Tally:
    """Count the votes of a panel on a nomination."""
    return tally(panel, votes(panel, [row.id]).get(row.id, []))


def agenda(viewer: Actor, row: Panel, *, now: datetime) -> list[Item]:
    """Give the nominations before a panel that the viewer may see, the highest score first."""
    query = (
        sa.select(
            Nomination.id,
            Nomination.reference,
            Account.name,
            Account.reference.label("account_ref"),
            Nomination.lane,
            Nomination.state,
            Nomination.score,
            Nomination.outcome,
        )
        .join(Account, Account.id == Nomination.account_id)
        .where(Nomination.panel_id == row.id, finding.nominations_seen(viewer, now=now))
        .order_by(Nomination.lane, Nomination.score.desc(), Nomination.id)
    )
    rows = db.session.execute(query).all()
    given = votes(row, [one.id for one in rows])
    return [
        Item(
            *one,
            tally=tally(row, given.get(one.id, [])),
            mine=next((v for v in given.get(one.id, []) if v.person_id == viewer.id), None),
        )
        for one in rows
    ]


def draws(row: Panel) -> dict[LaneKind, Draw]:
    """Give what was drawn by lot on a panel, by lane."""
    query = sa.select(Draw).where(Draw.panel_id == row.id)
    return {one.lane: one for one in db.session.scalars(query)}


def scored(row: Panel, lane: LaneKind) -> list[tuple[str, Decimal]]:
    """Give the undecided nominations of a lane on an agenda with their scores, whoever may see
    them: the lot leaves nobody out.
    """
    query = sa.select(Nomination.reference, Nomination.score).where(
        Nomination.panel_id == row.id,
        Nomination.lane == lane,
        Nomination.state.in_(finding.UNDECIDED),
        Nomination.score.is_not(None),
    )
    return [(ref, score) for ref, score in db.session.execute(query) if score is not None]


def to_put_on(viewer: Actor, row: Panel, *, now: datetime) -> list[tuple[str, str, LaneKind]]:
    """Give the undecided nominations that stand on no open agenda: reference, account, lane."""
    taken = sa.select(Panel.id).where(Panel.state == PanelState.PLANNED)
    query = (
        sa.select(Nomination.reference, Account.name, Nomination.lane)
        .join(Account, Account.id == Nomination.account_id)
        .where(
            Nomination.state.in_(finding.UNDECIDED),
            sa.or_(Nomination.panel_id.is_(None), Nomination.panel_id.not_in(taken)),
            finding.nominations_seen(viewer, now=now),
        )
        .order_by(Nomination.sent_at, Nomination.id)
        .limit(200)
    )
    return [(ref, name, lane) for ref, name, lane in db.session.execute(query)]


def may_see_votes(viewer: Actor, row: Panel) -> bool:
    """Say whether somebody may read who voted how: the panel, who runs it, and the auditor."""
    allowed = (Permission.SPONSORSHIP_DECIDE, Permission.AUDIT_VERIFY)
    return any(viewer.may(one) for one in allowed) or is_seated(row, viewer.id)
