"""Who gets in: each criterion met, not met, or not known, with its evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median
from typing import Any

from portal.blueprints.accounts.rules import Explained, Objection, Why, unknown
from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy
from portal.blueprints.policies.rules.words import word
from portal.blueprints.sponsorship.models import LaneKind
from portal.core.i18n import _, show_money, show_number
from portal.core.money import Money, rounded

from .criteria import Criterion, made
from .own import leading_out, own
from .score import Score, score

NOT_EMPTY = "not empty"
"""The limit of a criterion that asks for words."""


@dataclass(frozen=True, slots=True)
class Case:
    """An escalation as admission sees it; without `closed_on` it is open."""

    reference: str
    severity: str
    opened_on: date
    closed_on: date | None = None


def _missing(name: str) -> Callable[[], Explained[Any]]:
    """Give a factory of a fact that nobody has recorded."""
    return lambda: unknown(name)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is known of an account for admission; what is not given is unknown, never false.

    Money is in the reporting currency. `cases` is known and empty where there were none. `profile`
    holds the score's facts: percentiles, potential and risk 0-100, flags true or false, the
    `renewal_near` in months to the renewal; `more` what other rooms keep.
    """

    arr: Explained[Money] = field(default_factory=_missing("arr"))
    arr_rank: Explained[int] = field(default_factory=_missing("arr_rank"))
    median_arr: Explained[Money] = field(default_factory=_missing("median_arr"))
    customer_executive: Explained[bool] = field(default_factory=_missing("customer_executive"))
    success_plan: Explained[date] = field(default_factory=_missing("success_plan"))
    outcome: Explained[str] = field(default_factory=_missing("outcome"))
    sponsor: Explained[bool] = field(default_factory=_missing("sponsor"))
    cases: Explained[tuple[Case, ...]] = field(default_factory=_missing("cases"))
    owner: Explained[str] = field(default_factory=_missing("owner"))
    profile: Mapping[FactorKey, Explained[Any]] = field(default_factory=dict)
    more: Mapping[str, Explained[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """The answer for one lane: eligible if every criterion is met. `leaving` are the conditions of
    the house's own that would lead out again, met or not; they decide nothing about coming in.
    """

    lane: LaneKind
    criteria: tuple[Criterion, ...]
    score: Score
    leaving: tuple[Criterion, ...] = ()

    @property
    def eligible(self) -> bool:
        """Say whether every criterion is met; missing data is not met."""
        return all(criterion.met is True for criterion in self.criteria)

    @property
    def gaps(self) -> tuple[Criterion, ...]:
        """Give the criteria that are not met, with what would close them."""
        return tuple(criterion for criterion in self.criteria if criterion.met is not True)


def check(lane: LaneKind, facts: EntryFacts, *, on: date, policy: SponsorshipPolicy) -> Check:
    """Hold an account against the entry criteria of a lane on a day."""
    points = score(facts.profile, policy=policy)
    if lane is LaneKind.STRATEGIC:
        criteria = _strategic(facts, points, on=on, policy=policy)
    else:
        criteria = _recovery(facts, on=on, policy=policy)
    added = own(lane, facts, policy=policy)
    return Check(lane, (*criteria, *added), points, leading_out(lane, facts, policy=policy))


def recovery_floor(
    arrs: Iterable[Money], *, policy: SponsorshipPolicy, on: date, currency: str
) -> Explained[Money]:
    """Give the recovery lane's ARR floor: the policy's own, else the median under contract.

    All in one currency, the reporting one.
    """
    if policy.recovery.arr_floor is not None:
        return Explained("median_arr", Money(policy.recovery.arr_floor, currency), "policy", on)
    amounts = [arr.amount for arr in arrs]
    if not amounts:
        return unknown("median_arr", Why.NO_CONTRACT, source="median ARR", on=on)
    middle = rounded(Money(median(amounts), currency))
    count = Explained("accounts", len(amounts), "median ARR", on)
    return Explained("median_arr", middle, "median ARR", on, (count,))


def objections_to_nomination(
    *, lost: bool, merged: bool, sponsored_in: LaneKind | None, pending_in: LaneKind | None
) -> tuple[Objection, ...]:
    """Say why an account cannot be nominated at all."""
    found = []
    if lost:
        found.append(Objection("lost", _("The account is no longer a customer.")))
    if merged:
        found.append(Objection("merged", _("The account was merged into another: nominate that.")))
    if sponsored_in is not None:
        found.append(Objection("sponsored", _("The account has a sponsor already.")))
    if pending_in is not None:
        found.append(Objection("pending", _("A nomination of this account is still open.")))
    return tuple(found)


def nominable(found: Check, objections: tuple[Objection, ...], *, source: str, on: date) -> Check:
    """Give a check with one criterion more: nothing keeps the account from being nominated."""
    keys = tuple(one.code for one in objections)
    criterion = made(
        "nominable",
        not keys,
        Explained("nominable", keys, source, on),
        limit=(),
        threshold="",
        evidence=" ".join(one.message for one in objections)
        or _("Nothing keeps the account from being nominated."),
        needed=_("The account cannot be nominated as long as this holds."),
    )
    return replace(found, criteria=(*found.criteria, criterion))


def objections_to_decision(
    *,
    decider_id: int,
    nominator_id: int,
    sponsor_id: int | None,
    admits: bool,
    eligible: bool,
    natural_person: bool,
    reason: str,
) -> tuple[Objection, ...]:
    """Say what keeps a person from deciding a nomination this way."""
    found = []
    if decider_id == nominator_id:
        found.append(Objection("own_nomination", _("Nobody decides their own nomination.")))
    if sponsor_id is not None and decider_id == sponsor_id:
        message = _("A sponsor does not decide on their own account.")
        found.append(Objection("own_sponsorship", message))
    if not reason.strip():
        if admits and natural_person:
            message = _("The customer is a person: no score admits them without a written reason.")
            found.append(Objection("natural_person", message, "reason"))
        elif admits and not eligible:
            message = _(
                "Not every criterion is met: admit with a reason, or put on the waiting list."
            )
            found.append(Objection("not_eligible", message, "reason"))
        elif not admits:
            found.append(Objection("no_reason", _("Say why, and when to come back."), "reason"))
    return tuple(found)


def _strategic(
    facts: EntryFacts, points: Score, *, on: date, policy: SponsorshipPolicy
) -> tuple[Criterion, ...]:
    """Give the criteria of the strategic lane."""
    willing, outcome, sponsor = facts.customer_executive, facts.outcome, facts.sponsor
    return (
        _rank_or_score(facts.arr_rank, points, on=on, policy=policy),
        made(
            "customer_executive",
            willing.value,
            willing,
            limit=True,
            threshold="",
            evidence=_("A customer executive is willing.")
            if willing.value
            else _("The customer executive is not willing."),
            needed=_("Name a customer executive who agreed to meet a sponsor."),
        ),
        _success_plan(facts.success_plan, on=on, policy=policy),
        made(
            "outcome",
            None if outcome.value is None else bool(outcome.value.strip()),
            outcome,
            limit=NOT_EMPTY,
            threshold="",
            evidence=outcome.value or _("The outcome is empty."),
            needed=_("Write down in words what shall be reached."),
        ),
        made(
            "sponsor",
            sponsor.value,
            sponsor,
            limit=True,
            threshold="",
            evidence=_("A trained sponsor has capacity.")
            if sponsor.value
            else _("No trained sponsor has capacity."),
            needed=_("Train a sponsor, or free a place."),
        ),
    )


def _rank_or_score(
    rank: Explained[int], points: Score, *, on: date, policy: SponsorshipPolicy
) -> Criterion:
    """Ask for one of two: among the top by ARR, or a score that reaches the mark."""
    lane = policy.strategic
    places = lane.top
    ranked = None if rank.value is None else rank.value <= places
    scored = points.reaches(lane.least_score)
    either = True if ranked or scored else None if None in (ranked, scored) else False
    fact = Explained("score", points.value, "score", on, (rank, *(p.fact for p in points.parts)))
    shown = str(rank.value) if rank.value is not None else "?"
    return Criterion(
        key="rank_or_score",
        met=either,
        value=fact,
        limit={"rank": places, "score": lane.least_score},
        threshold=_(
            "top %(places)s by ARR, or score %(least)s",
            places=str(places),
            least=show_number(lane.least_score),
        ),
        evidence=_(
            "Rank %(rank)s by ARR; score %(score)s, of facts that could give up to %(possible)s.",
            rank=shown,
            score=show_number(points.value),
            possible=show_number(points.possible),
        ),
        needed=""
        if either
        else _("Record what is missing: %(facts)s.", facts=", ".join(map(word, points.missing)))
        if either is None and points.missing
        else _("The account must rank higher by ARR or reach the score."),
    )


def _success_plan(plan: Explained[date], *, on: date, policy: SponsorshipPolicy) -> Criterion:
    """Ask for a success plan newer than the policy's days; one dated ahead is no plan yet."""
    days = policy.strategic.plan_max_age_days
    age = None if plan.value is None else (on - plan.value).days
    met = None if age is None else 0 <= age < days
    return made(
        "success_plan",
        met,
        plan,
        limit={"newer_than_days": days},
        threshold=_("newer than %(days)s days", days=str(days)),
        evidence=_("The success plan is %(age)s days old.", age=str(age)),
        needed=_("Write or renew the success plan."),
    )


def _recovery(facts: EntryFacts, *, on: date, policy: SponsorshipPolicy) -> tuple[Criterion, ...]:
    """Give the criteria of the recovery lane."""
    owner = facts.owner
    return (
        _recent_case(facts.cases, on=on, policy=policy),
        _arr_floor(facts.arr, facts.median_arr),
        made(
            "owner",
            None if owner.value is None else bool(owner.value.strip()),
            owner,
            limit=NOT_EMPTY,
            threshold="",
            evidence=owner.value or _("No owner is named."),
            needed=_("Name the person who owns the recovery."),
        ),
    )


def _recent_case(
    cases: Explained[tuple[Case, ...]], *, on: date, policy: SponsorshipPolicy
) -> Criterion:
    """Ask for a grave case that is open, or was closed within the policy's days."""
    lane = policy.recovery
    found = [
        case
        for case in cases.value or ()
        if case.severity in lane.severities
        and (case.closed_on is None or (on - case.closed_on).days <= lane.closed_within_days)
    ]
    listed = ", ".join(f"{case.reference} ({case.severity})" for case in found)
    return made(
        "recent_case",
        None if cases.value is None else bool(found),
        cases,
        limit={
            "severities": lane.severities,
            "closed_within_days": lane.closed_within_days,
        },
        threshold=_(
            "%(severities)s open, or closed in the last %(days)s days",
            severities=" / ".join(lane.severities),
            days=str(lane.closed_within_days),
        ),
        evidence=listed or _("No such case."),
        needed=_("This lane follows a grave escalation only."),
    )


def _arr_floor(arr: Explained[Money], floor: Explained[Money]) -> Criterion:
    """Ask for ARR on or above the lane's floor."""
    missing = arr if arr.value is None else floor
    met = None
    if arr.value is not None and floor.value is not None:
        met = bool(arr.value >= floor.value)
    return made(
        "arr_floor",
        met,
        missing if met is None else Explained(arr.name, arr.value, arr.source, arr.on, (floor,)),
        limit=floor.value,
        threshold=show_money(floor.value),
        evidence=_(
            "ARR %(arr)s, floor %(floor)s.",
            arr=show_money(arr.value),
            floor=show_money(floor.value),
        ),
        needed=_("The account's ARR must reach the lane's floor."),
    )
