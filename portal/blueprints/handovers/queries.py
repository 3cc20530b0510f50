"""What somebody owns, in every room: references and counts alone, for administrators read no
content.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.auth.models import Team, User
from portal.blueprints.concessions.models import Concession
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations.models import OPEN_STATES, Escalation, Task
from portal.blueprints.notifications.models import Duty
from portal.blueprints.postmortems.models import Action, ActionState, Postmortem
from portal.blueprints.postmortems.models import State as PostmortemState
from portal.blueprints.postmortems.queries.finding import is_restricted
from portal.blueprints.rounds.models import Round
from portal.blueprints.sponsorship.models import (
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
)
from portal.core import access
from portal.core.db import db
from portal.core.errors import NotFound

from .models import Belonging, Handover, HandoverState

WRITTEN = (PostmortemState.PUBLISHED, PostmortemState.WAIVED)
ASKED = (ConcessionState.DRAFT, ConcessionState.REQUESTED, ConcessionState.APPROVED)


def _made(owner: Any, row_id: Any, label: Any, case_ref: Any = None) -> sa.Select[Any]:
    if case_ref is not None:
        shut = sa.exists().where(access.Restriction.record_ref == case_ref)
        label = sa.case((shut, sa.null()), else_=label)
    columns = (owner.label("owner"), row_id.label("id"), label.label("label"))
    return sa.select(*columns).where(owner.is_not(None))


def _selects(now: datetime) -> dict[Belonging, sa.Select[Any]]:
    """Give one select for each kind: whose (owner), which row (id) and its reference (label); None
    for what belongs to a restricted case (`case_ref`), which is named to nobody here.
    """

    def of_case(owner: Any, row_id: Any = Escalation.id) -> sa.Select[Any]:
        found = _made(owner, row_id, Escalation.reference, Escalation.reference)
        return found.where(Escalation.state.in_(OPEN_STATES))

    still = (Task.done_at.is_(None), Task.dropped_at.is_(None))
    there = Account.merged_into_id.is_(None)
    reference = sa.func.coalesce(Promise.case_ref, Account.reference)
    team = sa.cast(Team.name, sa.String)
    written = sa.case((is_restricted(), sa.null()), else_=Postmortem.reference)
    return {
        Belonging.ACCOUNT: _made(Account.owner_id, Account.id, Account.reference).where(there),
        Belonging.SELLING: _made(Account.account_executive_id, Account.id, Account.reference).where(
            there
        ),
        Belonging.CASE: of_case(Escalation.owner_id),
        Belonging.EXECUTIVE: of_case(Escalation.executive_owner_id),
        Belonging.TASK: of_case(Task.owner_id, Task.id)
        .join(Task, Task.escalation_id == Escalation.id)
        .where(*still),
        Belonging.STATUS: _made(
            Round.person_id, Round.id, Escalation.reference, Escalation.reference
        )
        .join(Escalation, Escalation.id == Round.escalation_id)
        .where(Round.next_at.is_not(None)),
        Belonging.PROMISE: _made(Promise.by_id, Promise.id, reference, Promise.case_ref)
        .join(Account, Account.id == Promise.account_id)
        .where(Promise.state == PromiseState.OPEN),
        Belonging.POSTMORTEM: _made(Postmortem.facilitator_id, Postmortem.id, written).where(
            Postmortem.state.not_in(WRITTEN)
        ),
        Belonging.ACTION: _made(Action.owner_id, Action.id, written)
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .where(Action.state == ActionState.OPEN),
        Belonging.DUTY: _made(Duty.person_id, Duty.id, team)
        .join(Team, Team.id == Duty.team_id)
        .where(Duty.ends_at > now),
        Belonging.TEAM: _made(Team.lead_id, Team.id, team).where(Team.retired_at.is_(None)),
        Belonging.REPORT: _made(User.manager_id, User.id, User.name).where(User.active.is_(True)),
        Belonging.SUBSTITUTE: _made(User.substitute_id, User.id, User.name).where(
            User.active.is_(True)
        ),
        Belonging.SPONSORSHIP: _made(
            Sponsor.person_id, Sponsorship.id, Sponsorship.reference, Nomination.case_ref
        )
        .join(Sponsorship, Sponsorship.sponsor_id == Sponsor.id)
        .join(Nomination, Nomination.id == Sponsorship.nomination_id)
        .where(Sponsorship.state == SponsorshipState.ACTIVE),
        Belonging.NOMINATION: _made(
            Nomination.author_id, Nomination.id, Nomination.reference, Nomination.case_ref
        ).where(Nomination.state.in_((NominationState.DRAFT, NominationState.SENT))),
        Belonging.COMPENSATION: _made(
            Concession.requested_by_id, Concession.id, Concession.reference, Concession.case_ref
        ).where(Concession.state.in_(ASKED)),
    }


@dataclass(frozen=True)
class Owned:
    """What somebody owns of one kind: how many, how many of them are restricted, and the references
    of the first others.
    """

    kind: Belonging
    count: int
    restricted: int
    first: tuple[str, ...]


SHOWN = 12


def owned(person_id: int, *, now: datetime) -> list[Owned]:
    """Give what a person owns, kind by kind; kinds without anything are left out."""
    found = []
    for kind, select in _selects(now).items():
        rows = select.subquery()
        mine = sa.select(rows.c.label).where(rows.c.owner == person_id).order_by(rows.c.id)
        labels = list(db.session.scalars(mine))
        if labels:
            named = [str(label) for label in labels if label is not None]
            first = tuple(dict.fromkeys(named))[:SHOWN]
            found.append(Owned(kind, len(labels), len(labels) - len(named), first))
    return found


def following(
    kind: Belonging, person_id: int, *, after: int, limit: int, now: datetime
) -> list[tuple[int, str | None]]:
    """Give the next of what a person owns of a kind: (id, reference), after an id; what is
    restricted has no reference here.
    """
    rows = _selects(now)[kind].subquery()
    query = sa.select(rows.c.id, rows.c.label).where(rows.c.owner == person_id, rows.c.id > after)
    found = db.session.execute(query.order_by(rows.c.id).limit(limit))
    return [(row.id, row.label and str(row.label)) for row in found]


def orphans(*, now: datetime, of: Collection[int] | None = None) -> Mapping[int, int]:
    """Give how much is owned by people who do not work here any more, by person: all of them, or
    some.
    """
    found: dict[int, int] = {}
    for select in _selects(now).values():
        rows = select.subquery()
        counted = (
            sa.select(rows.c.owner, sa.func.count().label("n"))
            .join(User, User.id == rows.c.owner)
            .where(User.active.is_(False))
            .group_by(rows.c.owner)
        )
        if of is not None:
            counted = counted.where(rows.c.owner.in_(of))
        for row in db.session.execute(counted):
            found[row.owner] = found.get(row.owner, 0) + row.n
    return found


def get(handover_id: int, *, lock: bool = False) -> Handover:
    """Give a hand-over; `NotFound` where there is none."""
    found: Handover | None = db.session.get(Handover, handover_id, with_for_update=lock)
    if found is None:
        raise NotFound
    return found


def of_person(person_id: int) -> list[Handover]:
    """Give the hand-overs of a person, the newest first."""
    query = sa.select(Handover).filter_by(person_id=person_id).order_by(Handover.id.desc())
    return list(db.session.scalars(query.limit(SHOWN)))


def due(*, now: datetime) -> list[int]:
    """Give the hand-overs whose time has come."""
    planned = sa.select(Handover.id).where(
        Handover.state == HandoverState.PLANNED, Handover.begins_at <= now
    )
    return list(db.session.scalars(planned.order_by(Handover.begins_at)))


def row_of(model: type[Any], row_id: int) -> Any:
    """Give a row of another room to hand over, held against others meanwhile."""
    return db.session.get_one(model, row_id, with_for_update=True)
