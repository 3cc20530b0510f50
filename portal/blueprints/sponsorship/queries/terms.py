"""What a term holds: goals, touchpoints, hours; and a sponsor's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core import seals
from portal.core.access import Restriction
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking

from .. import rules
from ..models import (
    Goal,
    LaneKind,
    Nomination,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
    TouchpointState,
    Training,
)
from . import checking

KEY = "sponsorship.feed"


def goals(row: Sponsorship) -> list[Goal]:
    """Give the goals of a sponsorship, the oldest first."""
    return list(
        db.session.scalars(sa.select(Goal).filter_by(sponsorship_id=row.id).order_by(Goal.id))
    )


def goal(row: Sponsorship, goal_id: int) -> Goal:
    """Give one goal of a sponsorship."""
    found = db.session.scalar(sa.select(Goal).filter_by(id=goal_id, sponsorship_id=row.id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Hours:
    """Hours spent in touchpoints so far, and what the policy plans for that time."""

    spent: Decimal
    planned: Decimal


def hours(
    row: Sponsorship, points: Sequence[Touchpoint], *, on: date, policy: SponsorshipPolicy
) -> Hours:
    """Give the hours of a sponsorship; months begun count by their days."""
    minutes = sum(point.minutes or 0 for point in points)
    lane = policy.recovery if row.lane is LaneKind.RECOVERY else policy.strategic
    days = max(0, (min(on, row.ended_on or on) - row.starts_on).days)
    planned = lane.hours_a_month * days * 12 / Decimal("365.25")
    return Hours(Decimal(minutes) / 60, planned.quantize(Decimal("0.1")))


def counted(points: Sequence[Touchpoint], *, on: date) -> rules.Kept:
    """Count the touchpoints of a sponsorship by what became of them."""
    return rules.counted(((point.state, point.planned_on) for point in points), on=on)


def feed_token(row: Sponsor) -> str:
    """Give what the address of a sponsor's calendar ends with; "" where there is none."""
    return seals.token(row.id, row.feed_nonce, key=seals.key(KEY)) if row.feed_nonce else ""


def feed(token: str, *, base_url: str, now: datetime) -> str:
    """Give a sponsor's calendar by its address; `NotFound` for one that is altered, taken back, or
    of somebody who no longer works here.
    """
    number = seals.number_in(token)
    query = (
        sa.select(Sponsor, User)
        .join(User, User.id == Sponsor.person_id)
        .where(Sponsor.id == number, User.active.is_(True))
    )
    found = db.session.execute(query).unique().one_or_none() if number is not None else None
    if found is None or not found.Sponsor.feed_nonce:
        raise NotFound
    if not seals.is_genuine(token, feed_token(found.Sponsor)):
        raise NotFound
    with speaking(found.User.language, found.User.zone):
        return rules.feed.calendar(
            _entries(found.Sponsor, base_url=base_url), name=str(_("Sponsored customers"))
        )


def _entries(row: Sponsor, *, base_url: str) -> list[rules.feed.Entry]:
    """Give the touchpoints to come; what came of a restricted case keeps its customer's name."""
    closed = sa.exists().where(Restriction.record_ref == Nomination.case_ref)
    query = (
        sa.select(
            Touchpoint.id,
            Touchpoint.planned_on,
            Touchpoint.updated_at,
            Sponsorship.reference,
            sa.case((closed, ""), else_=Account.name).label("account"),
        )
        .join(Sponsorship, Sponsorship.id == Touchpoint.sponsorship_id)
        .join(Nomination, Nomination.id == Sponsorship.nomination_id)
        .join(Account, Account.id == Sponsorship.account_id)
        .where(
            Sponsorship.sponsor_id == row.id,
            Sponsorship.state == SponsorshipState.ACTIVE,
            Touchpoint.state == TouchpointState.PLANNED,
        )
        .order_by(Touchpoint.planned_on, Touchpoint.id)
    )
    return [
        rules.feed.Entry(
            uid=f"touchpoint-{one.id}@{one.reference}",
            day=one.planned_on,
            title=str(_("Touchpoint: %(name)s", name=one.account or one.reference)),
            address=f"{base_url}/sponsorship/{one.reference}",
            changed_at=one.updated_at,
        )
        for one in db.session.execute(query)
    ]


def missed(*, on: date) -> list[tuple[Touchpoint, Sponsorship]]:
    """Give the touchpoints that are over and of which nobody noted what became."""
    query = (
        sa.select(Touchpoint, Sponsorship)
        .join(Sponsorship, Sponsorship.id == Touchpoint.sponsorship_id)
        .where(
            Touchpoint.state == TouchpointState.PLANNED,
            Touchpoint.planned_on < on,
            Sponsorship.state == SponsorshipState.ACTIVE,
        )
        .order_by(Touchpoint.id)
    )
    return [(point, row) for point, row in db.session.execute(query)]


def others(row: Sponsorship, *, now: datetime) -> list[tuple[int, str, rules.Match]]:
    """Give the sponsors who could take a sponsorship over: id, name and fit, the best first."""
    from_account = db.session.get_one(Account, row.account_id)
    asked = db.session.get(Nomination, row.nomination_id)
    found = checking.matches(from_account, row.lane, now=now, nomination=asked)
    return [
        (one.row.id, one.name, match)
        for one, match in found
        if match.possible and one.row.id != row.sponsor_id
    ]


def attended(
    row: Sponsorship, *, ours: Sequence[int], theirs: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Give who took part, as far as they belong here: people of ours, contacts of the account."""
    staff = {number for number, _name in auth_queries.choices()}
    contacts = set(
        db.session.scalars(sa.select(Contact.id).where(Contact.account_id == row.account_id))
    )
    return sorted(set(ours) & staff), sorted(set(theirs) & contacts)


def trainings(row: Sponsor) -> list[Training]:
    """Give the training record of a sponsor, the newest first."""
    query = sa.select(Training).filter_by(sponsor_id=row.id)
    return list(db.session.scalars(query.order_by(Training.trained_on.desc(), Training.id.desc())))
