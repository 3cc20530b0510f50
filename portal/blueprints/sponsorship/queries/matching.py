"""The proposal for the whole waiting list: who could sponsor whom, and what is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core.access import Actor
from portal.core.assigning import asking
from portal.core.db import db

from .. import rules
from ..models import LaneKind, Nomination, Sponsorship, SponsorshipState
from . import checking, finding
from .loads import active_in, sponsors


@dataclass(frozen=True)
class Proposed:
    """What is proposed for a nomination: a sponsor with the reasons, or the ways to make room."""

    reference: str
    account: str
    lane: LaneKind
    score: Decimal | None
    sponsor: str | None
    match: rules.Match | None
    ways: tuple[rules.matching.Way, ...]
    lane_full: bool


def proposal(viewer: Actor, *, now: datetime) -> list[Proposed]:
    """Give the best sponsors for all nominations that wait, both lanes: the recovery lane first,
    then by score, and among those served the best fit of all together.

    Raises `asking.NotAssigned` where the process that works it out is ended.
    """
    policy, _number = checking.policy_in_force()
    on = finding.today(now)
    able = [
        rules.matching.Able(one.row.id, one.name, one.sponsor, one.load) for one in sponsors(on=on)
    ]
    running, found = _carrying(viewer, now=now), []
    with asking.Assigner() as assigner:
        for lane in (LaneKind.RECOVERY, LaneKind.STRATEGIC):
            served, able = _lane(
                viewer, lane, able, running, assigner=assigner, policy=policy, on=on, now=now
            )
            found += served
    return found


def _lane(
    viewer: Actor,
    lane: LaneKind,
    able: list[rules.matching.Able],
    running: Sequence[rules.matching.Carrying],
    *,
    assigner: asking.Assigner,
    policy: SponsorshipPolicy,
    on: date,
    now: datetime,
) -> tuple[list[Proposed], list[rules.matching.Able]]:
    """Propose for one lane; give also the sponsors with what they would carry then."""
    waiting = _waiting(viewer, lane, now=now)
    wishes = [checking.wish(account, lane, row) for row, account in waiting]
    free = rules.matching.seats(able, lane, on=on, policy=policy)
    table = rules.matching.fits(wishes, free, now=now, policy=policy)
    left = len(waiting)
    if lane is LaneKind.STRATEGIC:
        left = max(0, policy.strategic.places - active_in(lane))
    wants = [(row.score or Decimal(0)) + 1 for row, _account in waiting]
    chosen = assigner.assign(wants, table, most=left) if waiting else []
    carried = {one.sponsor_id: one for one in able}
    found = []
    for (row, account), wish, seat in zip(waiting, wishes, chosen, strict=True):
        one = free[seat] if seat is not None else None
        told = rules.match(one.sponsor, one.load, wish, now=now, policy=policy) if one else None
        if one is not None:
            before = carried[one.sponsor_id]
            load = rules.matching.with_one(before.load, lane)
            carried[one.sponsor_id] = rules.matching.Able(
                before.sponsor_id, before.name, before.sponsor, load
            )
        found.append((row, account, wish, one, told))
    after = list(carried.values())
    known = rules.matching.Matches(now, policy)
    return [
        Proposed(
            reference=row.reference,
            account=account.name,
            lane=lane,
            score=row.score,
            sponsor=one.name if one else None,
            match=told,
            ways=() if one else rules.matching.ways(wish, after, running, known=known),
            lane_full=one is None and left <= sum(seat is not None for seat in chosen),
        )
        for row, account, wish, one, told in found
    ], after


def _waiting(viewer: Actor, lane: LaneKind, *, now: datetime) -> list[tuple[Nomination, Account]]:
    """Give the undecided nominations of a lane with their accounts, the highest score first."""
    query = (
        sa.select(Nomination, Account)
        .join(Account, Account.id == Nomination.account_id)
        .where(
            Nomination.lane == lane,
            Nomination.state.in_(finding.UNDECIDED),
            finding.nominations_seen(viewer, now=now),
        )
        .order_by(Nomination.score.desc(), Nomination.id)
        .limit(500)
    )
    return [(row, account) for row, account in db.session.execute(query)]


def _carrying(viewer: Actor, *, now: datetime) -> list[rules.matching.Carrying]:
    """Give the running sponsorships that the viewer may see, which could be released."""
    query = (
        sa.select(Sponsorship.sponsor_id, Sponsorship.lane, Account.name, Sponsorship.ends_on)
        .join(Account, Account.id == Sponsorship.account_id)
        .where(
            Sponsorship.state == SponsorshipState.ACTIVE,
            finding.sponsorships_seen(viewer, now=now),
        )
    )
    return [rules.matching.Carrying(*row) for row in db.session.execute(query)]
