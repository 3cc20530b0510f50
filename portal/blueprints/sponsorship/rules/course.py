"""How a sponsorship goes on and ends: term, touchpoints, extension, exit."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from portal.blueprints.accounts.models import Band
from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship.models import ExitReason, LaneKind, TouchpointState
from portal.core.i18n import _, show_date, show_number

from .entry import EntryFacts
from .own import leading_out


def add_months(day: date, months: int) -> date:
    """Give the same day some months on, or the last of a shorter month: 29 February to the 28th."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def term_end(lane: LaneKind, start: date, *, policy: SponsorshipPolicy) -> date:
    """Give the day on which a term is over."""
    if lane is LaneKind.STRATEGIC:
        return add_months(start, policy.strategic.term_months)
    return start + timedelta(days=policy.recovery.term_days)


def extended(
    lane: LaneKind, end: date, *, extensions: int, policy: SponsorshipPolicy
) -> date | None:
    """Give the end after one more term; None where the lane allows no further extension."""
    if lane is LaneKind.RECOVERY and extensions >= policy.recovery.extensions:
        return None
    return term_end(lane, end, policy=policy)


def next_touchpoint(start: date, last_held: date | None, *, policy: SponsorshipPolicy) -> date:
    """Give the day by which sponsor and customer must meet: an introduction, then regularly."""
    if last_held is None:
        return start + timedelta(days=policy.touch.introduction_days)
    return last_held + timedelta(days=policy.touch.every_days)


@dataclass(frozen=True, slots=True)
class Kept:
    """How touchpoints went: held, missed through whose fault, and planned ones that are late."""

    held: int
    by_us: int
    by_them: int
    late: int

    @property
    def compliance(self) -> Decimal | None:
        """Give the share held of those that were due and not missed by the customer; None while
        none was due.
        """
        due = self.held + self.by_us + self.late
        return Decimal(self.held) / due if due else None


def counted(points: Iterable[tuple[TouchpointState, date]], *, on: date) -> Kept:
    """Count touchpoints (state, planned day) by what became of them."""
    given = list(points)
    states = Counter(state for state, _day in given)
    late = sum(1 for state, day in given if state is TouchpointState.PLANNED and day < on)
    return Kept(
        states[TouchpointState.HELD],
        states[TouchpointState.MISSED_BY_US],
        states[TouchpointState.MISSED_BY_THEM],
        late,
    )


class Proposal(StrEnum):
    """What is proposed; a person decides."""

    END = "end"
    CHANGE_SPONSOR = "change_sponsor"


@dataclass(frozen=True, slots=True)
class ExitProposal:
    """Why a sponsorship should end or change hands, with the evidence."""

    reason: ExitReason
    proposal: Proposal
    evidence: str
    condition: str = ""

    @property
    def mark(self) -> str:
        """Give what tells it from the others: the condition of the house's own, or the reason."""
        return self.condition or self.reason


@dataclass(frozen=True, slots=True)
class Course:
    """How a sponsorship went so far; lists run from the oldest, quarters are complete ones.

    Planned touchpoints are left out; None in a list is a quarter that nobody recorded. `place` is
    the account's rank by ARR today, 1 the largest; None: it has none.
    """

    lane: LaneKind
    ends_on: date
    outcome_reached: bool = False
    bands: tuple[Band | None, ...] = ()
    scores: tuple[Decimal | None, ...] = ()
    place: int | None = None
    touchpoints: tuple[TouchpointState, ...] = ()
    executive_gone_since: date | None = None
    churned: bool = False
    displaced_on: date | None = None
    facts: EntryFacts = field(default_factory=EntryFacts)


def exits(course: Course, *, on: date, policy: SponsorshipPolicy) -> tuple[ExitProposal, ...]:
    """Propose exits on a day, with evidence; nothing exits by itself."""
    found = (
        _churned(course),
        _outcome(course, policy),
        _term(course, on),
        _missed(course, policy),
        _low(course, policy),
        _gone(course, on, policy),
        _displaced(course, on, policy),
    )
    asked = [proposal for proposal in found if proposal is not None]
    return (*asked, *_ours(course, policy))


def _ours(course: Course, policy: SponsorshipPolicy) -> Iterator[ExitProposal]:
    """Propose the end for each condition of the house's own that leads out."""
    for one in leading_out(course.lane, course.facts, policy=policy):
        if one.met:
            evidence = _(
                "%(evidence)s The policy ends it: %(mark)s.",
                evidence=one.evidence,
                mark=one.threshold,
            )
            yield ExitProposal(ExitReason.CONDITION, Proposal.END, evidence, one.key)


def _churned(course: Course) -> ExitProposal | None:
    """Propose the end once the customer is gone for good."""
    if not course.churned:
        return None
    return ExitProposal(ExitReason.CHURNED, Proposal.END, _("The customer has left for good."))


def _outcome(course: Course, policy: SponsorshipPolicy) -> ExitProposal | None:
    """Propose the end when the outcome is reached and the last quarters were green."""
    count = policy.exit.green_quarters
    green = len(course.bands) >= count and set(course.bands[-count:]) == {Band.GREEN}
    if not (course.outcome_reached and green):
        return None
    evidence = _(
        "The outcome is reached, the last %(count)s quarters were green.", count=str(count)
    )
    return ExitProposal(ExitReason.OUTCOME_REACHED, Proposal.END, evidence)


def _term(course: Course, on: date) -> ExitProposal | None:
    """Propose the end when the term is over."""
    if on < course.ends_on:
        return None
    evidence = _("The term ended on %(day)s.", day=show_date(course.ends_on))
    return ExitProposal(ExitReason.TERM_OVER, Proposal.END, evidence)


def _missed(course: Course, policy: SponsorshipPolicy) -> ExitProposal | None:
    """Propose what follows from touchpoints missed in a row.

    Only where all were missed by the customer does the sponsorship end; any fault of ours changes
    the sponsor instead.
    """
    count = policy.exit.missed_in_a_row
    last = [state for state in course.touchpoints if state is not TouchpointState.PLANNED][-count:]
    if len(last) < count or TouchpointState.HELD in last:
        return None
    theirs = set(last) == {TouchpointState.MISSED_BY_THEM}
    evidence = _("Touchpoints missed in a row: %(count)s.", count=str(count))
    return ExitProposal(
        ExitReason.TOUCHPOINTS_MISSED,
        Proposal.END if theirs else Proposal.CHANGE_SPONSOR,
        evidence,
    )


def _low(course: Course, policy: SponsorshipPolicy) -> ExitProposal | None:
    """Propose the end when the score stayed low; a quarter without a score breaks the row. Whoever
    would come in today by its rank alone is not sent away for its score.
    """
    rules = policy.exit
    last = course.scores[-rules.low_quarters :]
    low = [score for score in last if score is not None and score < rules.low_score]
    top = policy.strategic.top
    if course.lane is not LaneKind.STRATEGIC or len(low) < rules.low_quarters:
        return None
    if course.place is not None and course.place <= top:
        return None
    evidence = _(
        "The score was under %(mark)s for %(count)s quarters: %(scores)s.",
        mark=show_number(rules.low_score),
        count=str(rules.low_quarters),
        scores=", ".join(show_number(score) for score in low),
    )
    if course.place is not None:
        evidence += " " + _(
            "By ARR it is number %(place)s, no longer among the first %(top)s.",
            place=str(course.place),
            top=str(top),
        )
    return ExitProposal(ExitReason.SCORE_LOW, Proposal.END, evidence)


def _gone(course: Course, on: date, policy: SponsorshipPolicy) -> ExitProposal | None:
    """Propose the end when the customer's executive has been gone too long."""
    if course.executive_gone_since is None:
        return None
    days = (on - course.executive_gone_since).days
    if days <= policy.exit.executive_gone_days:
        return None
    evidence = _("The customer's executive has been gone for %(days)s days.", days=str(days))
    return ExitProposal(ExitReason.EXECUTIVE_GONE, Proposal.END, evidence)


def _displaced(course: Course, on: date, policy: SponsorshipPolicy) -> ExitProposal | None:
    """Propose the end when the notice of displacement is over."""
    if course.displaced_on is None:
        return None
    over = course.displaced_on + timedelta(days=policy.exit.displacement_notice_days)
    if on < over:
        return None
    evidence = _("Displaced with notice on %(day)s.", day=show_date(course.displaced_on))
    return ExitProposal(ExitReason.DISPLACED, Proposal.END, evidence)
