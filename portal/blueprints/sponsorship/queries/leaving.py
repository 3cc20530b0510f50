"""How sponsorships went so far, which exit criteria are met, and the reviews they led to."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, Lifecycle
from portal.blueprints.auth.models import User
from portal.core.access import Actor
from portal.core.db import db

from .. import rules
from ..models import (
    ExitReason,
    ExitReview,
    ExitSignal,
    Goal,
    Nomination,
    Reading,
    Sponsor,
    Sponsorship,
    SponsorshipState,
)
from . import finding


def course(row: Sponsorship, account: Account, *, now: datetime) -> rules.Course:
    """Give how a sponsorship went so far."""
    on = finding.today(now)
    nomination = db.session.get_one(Nomination, row.nomination_id)
    chosen = nomination.customer_executive_id
    contact = db.session.get(Contact, chosen) if chosen else None
    left = contact.left_at if contact else None
    read = {one.quarter: one for one in readings(row)}
    past = rules.leaving.quarters(read, on=on)
    goals = db.session.scalars(sa.select(Goal).filter_by(sponsorship_id=row.id))
    settled = [(one.reached_on is not None, one.dropped_on is not None) for one in goals]
    return rules.Course(
        lane=row.lane,
        ends_on=row.ends_on,
        outcome_reached=rules.leaving.outcome_reached(settled),
        bands=tuple(read[one].band if one in read else None for one in past),
        scores=tuple(read[one].score if one in read else None for one in past),
        touchpoints=tuple(one.state for one in finding.touchpoints(row)),
        executive_gone_since=finding.today(left) if left else None,
        churned=account.lifecycle is Lifecycle.LOST,
        displaced_on=row.displaced_on,
    )


def readings(row: Sponsorship) -> list[Reading]:
    """Give the readings of a sponsorship by quarter, the oldest first."""
    query = sa.select(Reading).filter_by(sponsorship_id=row.id).order_by(Reading.quarter)
    return list(db.session.scalars(query))


def signals(row: Sponsorship) -> list[ExitSignal]:
    """Give the exit criteria that are met, the oldest first."""
    query = sa.select(ExitSignal).filter_by(sponsorship_id=row.id, cleared_on=None)
    return list(db.session.scalars(query.order_by(ExitSignal.raised_on, ExitSignal.id)))


def review(row: Sponsorship) -> ExitReview | None:
    """Give the review of a sponsorship that nobody has concluded."""
    query = sa.select(ExitReview).filter_by(sponsorship_id=row.id, outcome=None)
    return db.session.scalar(query.order_by(ExitReview.id.desc()).limit(1))


def reviews(row: Sponsorship) -> list[ExitReview]:
    """Give the concluded reviews of a sponsorship, the newest first."""
    query = sa.select(ExitReview).where(
        ExitReview.sponsorship_id == row.id, ExitReview.outcome.is_not(None)
    )
    return list(db.session.scalars(query.order_by(ExitReview.id.desc())))


def running_ids() -> list[int]:
    """Give the ids of the sponsorships that run."""
    query = sa.select(Sponsorship.id).where(Sponsorship.state == SponsorshipState.ACTIVE)
    return list(db.session.scalars(query.order_by(Sponsorship.id)))


def running(number: int) -> Sponsorship:
    """Give a sponsorship by its id, kept from others until this transaction ends."""
    query = sa.select(Sponsorship).where(Sponsorship.id == number).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


@dataclass(frozen=True)
class SignalLine:
    """A criterion that asks for a decision, in a list."""

    reference: str
    account: str
    reason: ExitReason
    raised_on: date


def to_review(viewer: Actor, *, now: datetime, limit: int = 100) -> list[SignalLine]:
    """Give the exit criteria that are met on running sponsorships, the oldest first."""
    query = (
        sa.select(Sponsorship.reference, Account.name, ExitSignal.reason, ExitSignal.raised_on)
        .join(Sponsorship, Sponsorship.id == ExitSignal.sponsorship_id)
        .join(Account, Account.id == Sponsorship.account_id)
        .where(
            ExitSignal.cleared_on.is_(None),
            Sponsorship.state == SponsorshipState.ACTIVE,
            finding.sponsorships_seen(viewer, now=now),
        )
        .order_by(ExitSignal.raised_on, ExitSignal.id)
        .limit(limit)
    )
    return [SignalLine(*row) for row in db.session.execute(query)]


def without_sponsor(viewer: Actor | None, *, now: datetime) -> list[tuple[Sponsorship, str]]:
    """Give the running sponsorships whose sponsor no longer works here, with the sponsor's name:
    those that the viewer may see, all for None.
    """
    seen = [] if viewer is None else [finding.sponsorships_seen(viewer, now=now)]
    query = (
        sa.select(Sponsorship, User.name)
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
        .where(Sponsorship.state == SponsorshipState.ACTIVE, User.active.is_(False), *seen)
        .order_by(Sponsorship.id)
    )
    return [(row, name) for row, name in db.session.execute(query)]


def left_last(account: Account) -> Sponsorship | None:
    """Give the last sponsorship of an account that ended."""
    query = (
        sa.select(Sponsorship)
        .filter_by(account_id=account.id, state=SponsorshipState.ENDED)
        .order_by(Sponsorship.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
