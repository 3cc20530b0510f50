"""Who sponsors whom, looked at together: free seats, and what would have to give for one more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship.models import LaneKind

from .sponsors import (
    Load,
    Match,
    Sponsor,
    Wish,
    hours_used,
    match,
    objections_to_capacity,
)


@dataclass(frozen=True, slots=True)
class Able:
    """A sponsor of the house, with what they carry."""

    sponsor_id: int
    name: str
    sponsor: Sponsor
    load: Load


@dataclass(frozen=True, slots=True)
class Carrying:
    """An account that a sponsor looks after, which could be released."""

    sponsor_id: int
    lane: LaneKind
    account: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class Way:
    """One way to admit one more: what the sponsor would have to be given, and how well they fit.

    `release` is the account whose end makes room, `hours` how many a month are short, `train` that
    the training record is not valid.
    """

    name: str
    points: Decimal
    release: str = ""
    release_ends: date | None = None
    hours: Decimal = Decimal(0)
    train: bool = False


def with_one(load: Load, lane: LaneKind) -> Load:
    """Give a load with one account more."""
    if lane is LaneKind.RECOVERY:
        return replace(load, recovery=load.recovery + 1)
    return replace(load, strategic=load.strategic + 1)


def without_one(load: Load, lane: LaneKind) -> Load:
    """Give a load with one account less."""
    if lane is LaneKind.RECOVERY:
        return replace(load, recovery=max(0, load.recovery - 1))
    return replace(load, strategic=max(0, load.strategic - 1))


def seats(
    able: Sequence[Able], lane: LaneKind, *, on: date, policy: SponsorshipPolicy
) -> list[Able]:
    """Give every free seat of a lane as the sponsor who has it, as often as they have one."""
    found = []
    for one in able:
        load = one.load
        while not objections_to_capacity(one.sponsor, load, lane, on=on, policy=policy):
            found.append(one)
            load = with_one(load, lane)
    return found


def fits(
    wishes: Sequence[Wish], free: Sequence[Able], *, now: datetime, policy: SponsorshipPolicy
) -> list[list[Decimal | None]]:
    """Give how well each free seat suits each wish, None where something forbids it."""
    table, known = [], Matches(now, policy)
    for wish in wishes:
        found = {one.sponsor_id: one for one in free}
        told = {number: known.of(one, wish) for number, one in found.items()}
        suits = {number: one.points if one.possible else None for number, one in told.items()}
        table.append([suits[one.sponsor_id] for one in free])
    return table


class Matches:
    """Matches at one moment, each worked out once: of a customer counts what they speak, where they
    are and what they do; who they are only where a sponsor has a part in just that account.
    """

    def __init__(self, now: datetime, policy: SponsorshipPolicy) -> None:
        self.now, self.policy = now, policy
        self._known: dict[tuple[int, Load, Wish], Match] = {}

    def of(self, one: Able, wish: Wish) -> Match:
        """Give how well a sponsor with their load fits a wish."""
        has_part = wish.account in one.sponsor.conflicts | one.sponsor.target_accounts
        asked = wish if has_part else replace(wish, account="")
        key = one.sponsor_id, one.load, asked
        if key not in self._known:
            self._known[key] = match(one.sponsor, one.load, asked, now=self.now, policy=self.policy)
        return self._known[key]


def ways(
    wish: Wish,
    able: Sequence[Able],
    carrying: Sequence[Carrying],
    *,
    known: Matches,
    most: int = 3,
) -> tuple[Way, ...]:
    """Give what would let a wish be served that no free seat serves, the best fit first: release
    an account of the lane, free hours, renew a training. Conflicts are no way.
    """
    found = []
    for one in able:
        told = known.of(one, wish)
        codes = {objection.code for objection in told.objections if objection.stops}
        if not codes or codes - {"untrained", "lane_full", "hard_cap", "hours"}:
            continue
        found.append(_way(one, wish, codes, carrying, points=told.points, policy=known.policy))
    usable = [way for way in found if way is not None]
    return tuple(sorted(usable, key=lambda way: (way.train, -way.points, way.name))[:most])


def _way(
    one: Able,
    wish: Wish,
    codes: set[str],
    carrying: Sequence[Carrying],
    *,
    points: Decimal,
    policy: SponsorshipPolicy,
) -> Way | None:
    """Give the least that a sponsor would need; None where even that is not enough."""
    way = Way(one.name, points, train="untrained" in codes)
    load = one.load
    if codes & {"lane_full", "hard_cap"}:
        own = [c for c in carrying if c.sponsor_id == one.sponsor_id and c.lane is wish.lane]
        if not own:
            return None
        first = min(own, key=lambda c: (c.ends_on, c.account))
        way = replace(way, release=first.account, release_ends=first.ends_on)
        load = without_one(load, wish.lane)
    needed = hours_used(with_one(load, wish.lane), policy=policy)
    short = needed - one.sponsor.hours_a_month
    return replace(way, hours=max(Decimal(0), short))
