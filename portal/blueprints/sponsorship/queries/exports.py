"""The tables of the programme as files: what the reader may see, all of it, the newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.core.access import Actor
from portal.core.db import db

from ..models import LaneKind, Nomination, Sponsor, Sponsorship, Touchpoint
from . import finding
from .checking import policy_in_force
from .loads import sponsors

Cells = tuple[Any, ...]
BATCH = 1_000


def _rows(query: Any) -> Iterator[Cells]:
    """Read batch by batch."""
    for row in db.session.execute(query.execution_options(yield_per=BATCH)):
        yield tuple(row)


def nominations_table(viewer: Actor, *, now: datetime) -> Iterator[Cells]:
    """Give reference, account, lane, state, score, who, sent, decided, come back, outcome."""
    query = (
        sa.select(
            Nomination.reference,
            Account.reference,
            Account.name,
            Nomination.lane,
            Nomination.state,
            Nomination.score,
            User.name,
            Nomination.sent_at,
            Nomination.decided_at,
            Nomination.come_back_on,
            Nomination.outcome,
        )
        .join(Account, Account.id == Nomination.account_id)
        .outerjoin(User, User.id == Nomination.author_id)
        .where(finding.nominations_seen(viewer, now=now))
        .order_by(Nomination.id.desc())
    )
    return _rows(query)


def _sponsored(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(Sponsorship.reference, Account.reference, Account.name, User.name, *columns)
        .join(Account, Account.id == Sponsorship.account_id)
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
    )


def sponsorships_table(viewer: Actor, *, now: datetime) -> Iterator[Cells]:
    """Give reference, account, sponsor, lane, state, term, next touchpoint, end and its reason."""
    query = _sponsored(
        Sponsorship.lane,
        Sponsorship.state,
        Sponsorship.starts_on,
        Sponsorship.ends_on,
        Sponsorship.next_touch_on,
        Sponsorship.ended_on,
        Sponsorship.exit_reason,
        Sponsorship.outcome,
    )
    seen = finding.sponsorships_seen(viewer, now=now)
    return _rows(query.where(seen).order_by(Sponsorship.id.desc()))


def touchpoints_table(viewer: Actor, *, now: datetime) -> Iterator[Cells]:
    """Give sponsorship, account, sponsor, planned, what became of it, held, minutes."""
    query = _sponsored(
        Touchpoint.planned_on, Touchpoint.state, Touchpoint.held_on, Touchpoint.minutes
    ).join(Touchpoint, Touchpoint.sponsorship_id == Sponsorship.id)
    seen = finding.sponsorships_seen(viewer, now=now)
    return _rows(query.where(seen).order_by(Touchpoint.planned_on.desc(), Touchpoint.id.desc()))


def sponsors_table(*, now: datetime) -> Iterator[Cells]:
    """Give reference, name, what a sponsor carries in each lane of how many places, hours, and
    until when their training counts and whether they are absent.
    """
    policy, on = policy_in_force()[0], finding.today(now)
    for one in sponsors(on=on):
        yield (
            one.row.reference,
            one.name,
            one.load.strategic,
            one.places(LaneKind.STRATEGIC, policy),
            one.load.recovery,
            one.places(LaneKind.RECOVERY, policy),
            one.hours_used(policy),
            one.row.hours_month,
            one.row.trained_on,
            one.is_trained(on, policy),
            one.sponsor.absent,
        )
