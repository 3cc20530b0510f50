"""What a proposed version of the criteria would have made of the last twelve months, beside the one
in force: who would have entered, left and waited. It reads, and writes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core.access import Actor, K
from portal.core.db import db

from .. import rules
from ..models import LaneKind, Sponsorship
from ..rules.replay import Member, Replay, compared
from . import finding
from .loads import sponsors
from .standing import Moment, standings

MONTHS = 12


def moments(now: datetime) -> list[Moment]:
    """Give noon of this day in each of the last twelve months, the first the oldest, and now."""
    zone, on = ZoneInfo(auth_queries.organisation().zone), finding.today(now)
    days = [rules.add_months(on, -back) for back in range(MONTHS - 1, 0, -1)]
    noons = [datetime.combine(day, time(12), zone) for day in days]
    return [*(Moment(noon, past=True) for noon in noons), Moment(now, past=False)]


def backtest(
    before: SponsorshipPolicy,
    after: SponsorshipPolicy,
    *,
    now: datetime,
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Replay twelve months under both versions: give after each step how many are done, of how
    many, and what was found so far; the last one is the answer.

    It begins with the sponsorships that really ran then, and with the places that the sponsors of
    today have.
    """
    steps, lanes = moments(now), list(LaneKind)
    start, whole = steps[0].at, len(steps) * len(lanes)
    found: dict[str, Any] = {
        "from": start.isoformat(),
        "until": now.isoformat(),
        "accounts": 0,
        "lanes": {},
    }
    for place, lane in enumerate(lanes):
        pair = [_begun(lane, policy, on=steps[0].on, now=now) for policy in (before, after)]
        for n, moment in enumerate(steps):
            rows = list(standings(lane, (before, after), moment=moment))
            for side, replay in enumerate(pair):
                replay.step((row[side] for row in rows), on=moment.on)
            found["accounts"] = max(found["accounts"], len(rows))
            if moment is steps[-1]:
                found["lanes"][lane.value] = compared(*pair)
            yield place * len(steps) + n + 1, whole, found


def _begun(lane: LaneKind, policy: SponsorshipPolicy, *, on: Any, now: datetime) -> Replay:
    """Give a lane as it really stood on a day, with the places there are."""
    query = sa.select(Sponsorship.account_id, Sponsorship.ends_on).where(
        Sponsorship.lane == lane,
        Sponsorship.starts_on <= on - timedelta(days=1),
        sa.or_(Sponsorship.ended_on.is_(None), Sponsorship.ended_on >= on),
    )
    running = {account_id: Member(max(ends, on)) for account_id, ends in db.session.execute(query)}
    return Replay(lane, policy, _places(lane, policy, now=now), running)


def _places(lane: LaneKind, policy: SponsorshipPolicy, *, now: datetime) -> int:
    """Give the places of a lane that the sponsors of today can fill."""
    able = sum(
        rules.places(one.sponsor, lane, policy=policy) for one in sponsors(on=finding.today(now))
    )
    return min(able, policy.strategic.places) if lane is LaneKind.STRATEGIC else able


def concerned(
    viewer: Actor, found: dict[str, Any], *, now: datetime
) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Give the accounts for which two versions differ, by lane and how: reference and name of those
    that the viewer may see.
    """
    named = {lane: given["named"] for lane, given in found["lanes"].items()}
    ids = {one for ways in named.values() for some in ways.values() for one in some}
    seen = account_queries.mine(viewer, now=now, klass=K.CONFIDENTIAL)
    query = sa.select(Account.id, Account.reference, Account.name).where(Account.id.in_(ids), seen)
    known = {row.id: (row.reference, row.name) for row in db.session.execute(query)} if ids else {}
    return {
        lane: {way: [known[one] for one in some if one in known] for way, some in ways.items()}
        for lane, ways in named.items()
    }
