"""What a policy would have made of the last months: who enters, waits and leaves, step by step.

Every proposal is followed: whoever meets what facts decide is nominated and admitted while there is
a place, the first in the queue first; whoever meets an exit criterion leaves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship.models import ExitReason, LaneKind

from .course import Course, exits, term_end
from .leaving import comes_back_on, quarter_of, quarters

NAMED = 200
"""Accounts that are kept by name for each way in which two versions differ."""
DIFFERENCES = ("enters", "stays_out", "leaves", "stays", "waits", "waits_no_more")


class Stands(Protocol):
    """How an account stands at a step."""

    @property
    def account_id(self) -> int:
        """Whose standing it is."""

    @property
    def met(self) -> bool:
        """Whether it meets what facts decide."""

    @property
    def score(self) -> Decimal:
        """Its score as proved."""

    @property
    def possible(self) -> Decimal:
        """What its score could be."""

    @property
    def place(self) -> int:
        """Its rank by yearly revenue."""

    @property
    def gone(self) -> date | None:
        """Since when no executive of theirs is there; None where one is, or none was ever."""

    @property
    def leaves(self) -> bool:
        """Whether a condition of the house's own leads out."""


@dataclass(slots=True)
class Member:
    """An account that is in the programme: until when, and its score by quarter."""

    ends_on: date
    scores: dict[date, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """The figures at one step."""

    on: date
    meeting: int
    inside: int
    waiting: int


@dataclass(slots=True)
class Replay:
    """The course of one lane under one policy, step by step."""

    lane: LaneKind
    policy: SponsorshipPolicy
    places: int
    members: dict[int, Member]
    entered: set[int] = field(default_factory=set)
    waited: set[int] = field(default_factory=set)
    left: dict[int, ExitReason] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    barred: dict[int, date] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def step(self, found: Iterable[Stands], *, on: date) -> None:
        """Go on to a day on which the accounts under contract stand as found."""
        standing = {one.account_id: one for one in found}
        for account_id in [*self.members]:
            self._look(account_id, standing.get(account_id), on)
        meeting = [one for one in standing.values() if one.met]
        queue = sorted(
            (one for one in meeting if self._may_enter(one.account_id, on)), key=self._turn
        )
        free = max(0, self.places - len(self.members))
        for one in queue[:free]:
            ends = term_end(self.lane, on, policy=self.policy)
            self.members[one.account_id] = Member(ends)
            self.entered.add(one.account_id)
        self.waited |= {one.account_id for one in queue[free:]}
        waiting = len(queue) - min(free, len(queue))
        self.steps.append(Step(on, len(meeting), len(self.members), waiting))

    def _turn(self, one: Stands) -> tuple[Decimal, int, int]:
        """The highest score is the first; in the recovery lane the largest customer."""
        score = one.score if self.lane is LaneKind.STRATEGIC else Decimal(0)
        return -score, one.place, one.account_id

    def _may_enter(self, account_id: int, on: date) -> bool:
        return account_id not in self.members and self.barred.get(account_id, on) <= on

    def _look(self, account_id: int, one: Stands | None, on: date) -> None:
        """Read a member's score, and let it leave where an exit criterion is met."""
        member = self.members[account_id]
        past = quarters(member.scores, on=on)
        course = Course(
            lane=self.lane,
            ends_on=member.ends_on,
            scores=tuple(member.scores.get(quarter) for quarter in past),
            place=one.place if one else None,
            executive_gone_since=one.gone if one else None,
            churned=one is None,
        )
        if one is not None:
            low = self.policy.exit.low_score
            proved = one.score >= low or one.possible < low
            member.scores[quarter_of(on)] = one.score if proved else None
        reasons = [one.reason for one in exits(course, on=on, policy=self.policy)]
        if one is not None and one.leaves:
            reasons.append(ExitReason.CONDITION)
        if reasons:
            self._let_go(account_id, reasons[0], on)

    def _let_go(self, account_id: int, why: ExitReason, on: date) -> None:
        """Let a member leave, and keep it out for as long as the rules ask."""
        del self.members[account_id]
        self.left[account_id] = why
        self.reasons[why.value] += 1
        back = comes_back_on(self.lane, why, on=on)
        if back is not None:
            self.barred[account_id] = back

    @property
    def still_waiting(self) -> set[int]:
        """Give who waited and never came in."""
        return self.waited - self.entered


def figures(one: Replay) -> dict[str, Any]:
    """Give what a replay came to, as it is kept."""
    return {
        "places": one.places,
        "entered": len(one.entered),
        "left": sum(one.reasons.values()),
        "reasons": dict(sorted(one.reasons.items())),
        "waited": len(one.still_waiting),
        "inside": len(one.members),
    }


def compared(before: Replay, after: Replay) -> dict[str, Any]:
    """Give what two replays of a lane came to, month by month, and which accounts differ how."""
    named = _differences(before, after)
    return {
        "before": figures(before),
        "after": figures(after),
        "steps": [
            {
                "on": was.on.isoformat(),
                "meeting": [was.meeting, now.meeting],
                "inside": [was.inside, now.inside],
                "waiting": [was.waiting, now.waiting],
            }
            for was, now in zip(before.steps, after.steps, strict=True)
        ],
        "counts": {name: len(ids) for name, ids in named.items()},
        "named": {name: list(ids[:NAMED]) for name, ids in named.items()},
    }


def _differences(before: Replay, after: Replay) -> Mapping[str, Sequence[int]]:
    """Give the accounts for which two versions end differently, by how; each way on its own."""
    return dict(
        zip(
            DIFFERENCES,
            (
                sorted(after.entered - before.entered),
                sorted(before.entered - after.entered),
                sorted(after.left.keys() - before.left.keys()),
                sorted(before.left.keys() - after.left.keys()),
                sorted(after.still_waiting - before.still_waiting),
                sorted(before.still_waiting - after.still_waiting),
            ),
            strict=True,
        )
    )
