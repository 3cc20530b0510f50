"""Who can take an account: training, capacity, conflicts, and how well they fit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship.models import LaneKind
from portal.core.i18n import _, ngettext, show_number
from portal.core.plain import plain

from .course import add_months


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A sponsor's profile; `conflicts` and `target_accounts` are references of accounts.

    `places` and `recovery_places` may lower what the policy allows, never raise it.
    """

    person_id: int
    hours_a_month: Decimal
    trained_on: date | None = None
    chief: bool = False
    places: int | None = None
    recovery_places: int | None = None
    sales_leader: bool = False
    languages: frozenset[str] = frozenset()
    zone: str = "UTC"
    expertise: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()
    target_accounts: frozenset[str] = frozenset()
    absent: bool = False
    substituted: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """How many accounts a sponsor carries in each lane."""

    strategic: int = 0
    recovery: int = 0

    @property
    def accounts(self) -> int:
        """Give both lanes together."""
        return self.strategic + self.recovery


@dataclass(frozen=True, slots=True)
class Wish:
    """What an account needs of a sponsor."""

    account: str
    lane: LaneKind
    language: str
    zone: str
    expertise: frozenset[str] = frozenset()
    industry: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a sponsor fits: a factor's points out of how many, in words."""

    factor: str
    points: Decimal
    of: Decimal
    words: str


@dataclass(frozen=True, slots=True)
class Match:
    """How well a sponsor fits an account, of 100, and what speaks against it."""

    sponsor_id: int
    points: Decimal
    reasons: tuple[Reason, ...]
    objections: tuple[Objection, ...]

    @property
    def possible(self) -> bool:
        """Say whether nothing forbids the match."""
        return not any(objection.stops for objection in self.objections)


def training_ends(trained_on: date, *, policy: SponsorshipPolicy) -> date:
    """Give the first day on which a training record is no longer valid."""
    return add_months(trained_on, policy.training_months)


def trained_since(held: Iterable[tuple[str, date]], *, curriculum: Collection[str]) -> date | None:
    """Give the day from which a record of trainings (module, day) counts: the earliest of the last
    days of every module; None while a module is missing. Without a curriculum the last day counts.
    """
    last: dict[str, date] = {}
    for module, day in held:
        last[module] = max(day, last.get(module, day))
    if not curriculum:
        return max(last.values(), default=None)
    if not set(curriculum) <= set(last):
        return None
    return min(last[module] for module in curriculum)


def is_trained(trained_on: date | None, *, on: date, policy: SponsorshipPolicy) -> bool:
    """Say whether a training record is valid on a day."""
    return trained_on is not None and trained_on <= on < training_ends(trained_on, policy=policy)


def places(sponsor: Sponsor, lane: LaneKind, *, policy: SponsorshipPolicy) -> int:
    """Give how many places a sponsor has in a lane: the policy's, or fewer by their own profile."""
    capacity = policy.capacity
    if lane is LaneKind.RECOVERY:
        most, own = capacity.recovery, sponsor.recovery_places
    else:
        most = capacity.strategic_chief if sponsor.chief else capacity.strategic
        own = sponsor.places
    return most if own is None else min(own, most)


def hours_used(load: Load, *, policy: SponsorshipPolicy) -> Decimal:
    """Give the hours a month that a sponsor's accounts take."""
    return (
        load.strategic * policy.strategic.hours_a_month
        + load.recovery * policy.recovery.hours_a_month
    )


def objections_to_capacity(
    sponsor: Sponsor, load: Load, lane: LaneKind, *, on: date, policy: SponsorshipPolicy
) -> tuple[Objection, ...]:
    """Say what keeps a sponsor from taking one more account of a lane; empty: there is room."""
    found = []
    if not is_trained(sponsor.trained_on, on=on, policy=policy):
        message = _("The training record is missing or has expired.")
        found.append(Objection("untrained", message))
    if sponsor.absent and not _may_be_absent(sponsor, policy):
        found.append(Objection("absent", _("Absent now: takes no new account.")))
    most, carried = _places(sponsor, load, lane, policy)
    if carried >= most:
        message = ngettext(
            "The one place of this lane is taken.",
            "All %(num)d places of this lane are taken.",
            most,
        )
        found.append(Objection("lane_full", message))
    if load.accounts >= policy.capacity.hard_cap:
        message = _(
            "Nobody looks after more than %(most)s accounts.", most=str(policy.capacity.hard_cap)
        )
        found.append(Objection("hard_cap", message))
    short = _hours_short(sponsor, load, lane, policy)
    if short > 0:
        message = _("The month is short of %(hours)s h.", hours=show_number(short))
        found.append(Objection("hours", message))
    return tuple(found)


def _may_be_absent(sponsor: Sponsor, policy: SponsorshipPolicy) -> bool:
    """Say whether the policy lets a sponsor take an account while they are absent."""
    taken = policy.match.absent
    return taken == "everybody" or (taken == "substituted" and sponsor.substituted)


def objections_to_sponsor(
    sponsor: Sponsor, load: Load, wish: Wish, *, on: date, policy: SponsorshipPolicy
) -> tuple[Objection, ...]:
    """Say what keeps a sponsor from this account: capacity, training, conflicts of interest."""
    found = [*objections_to_capacity(sponsor, load, wish.lane, on=on, policy=policy)]
    if wish.account in sponsor.conflicts:
        found.append(Objection("conflict", _("A conflict of interest is declared.")))
    if wish.account in sponsor.target_accounts:
        message = _("The sponsor carries this account's revenue target.")
        found.append(Objection("revenue_target", message))
    if sponsor.sales_leader:
        message = _("A line sales leader is no sponsor.")
        found.append(Objection("sales_leader", message))
    return tuple(found)


def match(
    sponsor: Sponsor, load: Load, wish: Wish, *, now: datetime, policy: SponsorshipPolicy
) -> Match:
    """Say how well a sponsor fits, factor by factor, in points of a hundred; style and relations
    stay notes for people.
    """
    weights = _weights(wish, policy)
    reasons = (
        *_personal_reasons(sponsor, wish, weights),
        *_practical_reasons(sponsor, load, wish, now, policy, weights),
    )
    against = objections_to_sponsor(sponsor, load, wish, on=now.date(), policy=policy)
    points = sum((reason.points for reason in reasons), Decimal(0))
    return Match(sponsor.person_id, points, reasons, against)


def _weights(wish: Wish, policy: SponsorshipPolicy) -> dict[str, Decimal]:
    """Give the points of each factor: those of the policy; where no expertise is asked for, its
    points are spread over the others, so that a hundred stays the most.
    """
    match = policy.match
    found = {
        "language": match.common_language,
        "expertise": match.expertise,
        "industry": match.industry,
        "zone": match.zone,
        "hours": match.hours,
    }
    left = sum(found.values()) - match.expertise
    if wish.expertise or not left:
        return found
    more = 1 + match.expertise / left
    return {name: of * more for name, of in found.items()} | {"expertise": Decimal(0)}


def _personal_reasons(
    sponsor: Sponsor, wish: Wish, weights: dict[str, Decimal]
) -> tuple[Reason, ...]:
    """Weigh what a sponsor knows: language, expertise, industry."""
    asked = {plain(one): one for one in wish.expertise}
    knows_of = asked.keys() & {plain(one) for one in sponsor.expertise}
    shared = ", ".join(sorted(asked[one] for one in knows_of))
    missing = ", ".join(sorted(asked[one] for one in asked.keys() - knows_of))
    speaks = wish.language in sponsor.languages
    knows = plain(wish.industry) in {plain(one) for one in sponsor.industries}
    language = _("Speaks the customer's language.")
    if not speaks:
        language = _("Does not speak the customer's language.")
    industry = _("Knows the industry.") if knows else _("New to the industry.")
    if not asked:
        expertise = _("No expertise is asked for: the rest counts for more.")
    elif not shared:
        expertise = _("Knows nothing of what is asked for: %(missing)s.", missing=missing)
    elif missing:
        expertise = _("Knows %(shared)s; not: %(missing)s.", shared=shared, missing=missing)
    else:
        expertise = _("Knows %(shared)s.", shared=shared)
    share = Decimal(len(knows_of)) / len(asked) if asked else Decimal(0)
    return (
        _reason("language", speaks, weights["language"], language),
        _reason("expertise", share, weights["expertise"], expertise),
        _reason("industry", knows, weights["industry"], industry),
    )


def _practical_reasons(
    sponsor: Sponsor,
    load: Load,
    wish: Wish,
    now: datetime,
    policy: SponsorshipPolicy,
    weights: dict[str, Decimal],
) -> tuple[Reason, ...]:
    """Weigh whether a sponsor can be there: zone and free hours."""
    apart = _hours_apart(sponsor.zone, wish.zone, now=now)
    near = max(Decimal(0), 1 - apart / policy.match.zone_hours)
    free = max(Decimal(0), sponsor.hours_a_month - hours_used(load, policy=policy))
    spare = free / sponsor.hours_a_month if free else Decimal(0)
    left = _("Free: %(hours)s h a month.", hours=show_number(free))
    distance = _("%(hours)s h apart.", hours=show_number(apart))
    return (
        _reason("zone", near, weights["zone"], distance),
        _reason("hours", spare, weights["hours"], left),
    )


def _places(
    sponsor: Sponsor, load: Load, lane: LaneKind, policy: SponsorshipPolicy
) -> tuple[int, int]:
    """Give a sponsor's places in a lane, and how many of them are taken."""
    carried = load.recovery if lane is LaneKind.RECOVERY else load.strategic
    return places(sponsor, lane, policy=policy), carried


def _hours_short(
    sponsor: Sponsor, load: Load, lane: LaneKind, policy: SponsorshipPolicy
) -> Decimal:
    """Give the hours a month that one more account would be short of; none: not above zero."""
    lanes = {LaneKind.STRATEGIC: policy.strategic, LaneKind.RECOVERY: policy.recovery}
    needed = hours_used(load, policy=policy) + lanes[lane].hours_a_month
    return needed - sponsor.hours_a_month


def _hours_apart(one: str, other: str, *, now: datetime) -> Decimal:
    """Give how many hours two zones are apart at a moment, round the globe the shorter way."""
    offsets = [now.astimezone(ZoneInfo(zone)).utcoffset() for zone in (one, other)]
    seconds = [Decimal(int(offset.total_seconds())) for offset in offsets if offset is not None]
    apart = abs(seconds[0] - seconds[1]) / 3600
    return min(apart, 24 - apart)


def _reason(factor: str, share: Decimal | int | bool, of: Decimal, words: str) -> Reason:
    """Weigh one factor of a match."""
    cent = Decimal("0.01")
    return Reason(factor, (of * Decimal(share)).quantize(cent), of.quantize(cent), words)
