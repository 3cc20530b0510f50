"""Shapes of the sponsorship programme in the API."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Amount, Paging, Shape, Whole, Words

from .models import (
    ExitReason,
    GiftKind,
    LaneKind,
    NominationState,
    PanelVerdict,
    SponsorshipState,
    TouchpointState,
)

Text = Annotated[str, Words(4000)]


class MetricOut(Shape):
    """By what the programme is measured, and how much is enough."""

    name: str
    target: str


class CharterLine(Shape):
    """A version of the charter in the list of them."""

    number: int
    published_at: datetime
    publisher: str | None
    reason: str


class CharterList(Shape):
    """The versions of the charter, the newest first: it is in force."""

    items: list[CharterLine]


class CharterOut(Shape):
    """A version of the charter; texts hold a line for each thing."""

    number: int
    published_at: datetime
    reason: str
    purpose: str
    metrics: list[MetricOut]
    duties: str
    donts: str
    customer: str
    training: str


class NewCharter(Shape):
    """A version of the charter to publish; `base` is the version it was written on, 0 for none. A
    line of `metrics` is a name, a colon and a target.
    """

    base: Annotated[int, Field(ge=0, le=1_000_000), Whole]
    purpose: Text
    metrics: Text
    duties: Text
    donts: Text
    customer: Text
    training: Text
    reason: Annotated[str, Words(400)]


class NominationsAsked(Paging):
    """Which nominations are asked for."""

    state: NominationState | None = None


class NominationLine(Shape):
    """A nomination in a list; `score` is of a hundred, as it was when it was sent."""

    reference: str
    account: str
    lane: LaneKind
    state: NominationState
    score: float | None
    sent_at: datetime | None


class NominationPage(Shape):
    """Nominations, the newest first; `after` is for the next page, null on the last."""

    items: list[NominationLine]
    after: str | None


class EvidenceOut(Shape):
    """A criterion as it was when the nomination was sent; what nobody knew was not met."""

    name: str
    met: bool
    source: str
    as_of: date | None


class NominationOut(Shape):
    """A nomination; `panel` is null for who is not on it."""

    reference: str
    version: int
    account: str
    lane: LaneKind
    state: NominationState
    outcome: str
    why: str
    expertise: list[str]
    sent_at: datetime | None
    score: float | None
    policy_version: int
    criteria: list[EvidenceOut]
    decided_at: datetime | None
    reason: str
    come_back_on: date | None
    earlier: str | None
    panel: str | None
    sponsorship: str | None


class NewNomination(Shape):
    """A nomination to draft."""

    account: Annotated[str, Words(24)]
    lane: LaneKind
    outcome: Annotated[str, Words(400, least=0)] = ""
    why: Annotated[str, Words(4000, least=0)] = ""
    expertise: Annotated[list[Annotated[str, Words(80)]], Field(max_length=20)] = Field(
        default_factory=list,
        description="What a sponsor should know, as sponsors' profiles say it.",
    )


class NewWithdrawal(Shape):
    """Why a nomination is taken back."""

    reason: Text


class NewDecision(Shape):
    """The answer to a nomination: `sponsor` (SPR-…) where it admits, the day to come back where it
    declines.
    """

    verdict: PanelVerdict
    sponsor: Annotated[str, Words(24)] | None = None
    reason: Annotated[str, Words(4000, least=0)] = ""
    come_back_on: date | None = None


class SponsorshipLine(Shape):
    """A sponsorship in a list."""

    reference: str
    account: str
    lane: LaneKind
    state: SponsorshipState
    sponsor: str
    ends_on: date
    next_touch_on: date | None


class SponsorshipList(Shape):
    """The running sponsorships, by their next touchpoint."""

    items: list[SponsorshipLine]


class GoalOut(Shape):
    """A goal; without a day it is due at the end of the term."""

    what: str
    measure: str
    due_on: date | None
    reached_on: date | None
    dropped_on: date | None


class TouchpointOut(Shape):
    """A touchpoint; `minutes` is what it took us."""

    id: int
    planned_on: date
    state: TouchpointState
    held_on: date | None
    minutes: int | None
    agenda: str
    note: str


class SponsorshipOut(Shape):
    """A sponsorship; `late` counts planned touchpoints whose day is over."""

    reference: str
    version: int
    account: str
    lane: LaneKind
    state: SponsorshipState
    sponsor: str
    outcome: str
    plan: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    exit_reason: ExitReason | None
    reentry_on: date | None
    missed_by_us: int
    missed_by_them: int
    late: int
    exit_criteria_met: list[ExitReason]
    goals: list[GoalOut]
    touchpoints: list[TouchpointOut]


class NewTouch(Shape):
    """What became of a touchpoint; without a day it was today."""

    state: TouchpointState
    note: Annotated[str, Words(4000, least=0)] = ""
    on: date | None = None
    minutes: Annotated[int, Field(ge=1, le=1440), Whole] | None = None


class SponsorLine(Shape):
    """A sponsor: accounts carried and places in each lane, hours a month."""

    reference: str
    name: str
    strategic: int
    strategic_places: int
    recovery: int
    recovery_places: int
    hours_month: int
    hours_used: float
    trained: bool


class SponsorList(Shape):
    """The sponsors, by name."""

    items: list[SponsorLine]


class TryAsked(Shape):
    """An account and a lane to hold against the criteria, and a draft to try beside those in
    force.
    """

    account: Annotated[str, Words(24)]
    lane: LaneKind
    draft: Annotated[int, Field(ge=1, le=(1 << 31) - 1)] | None = None


class TriedUnder(Shape):
    """What one version of the criteria says."""

    eligible: bool
    score: float
    possible: float
    criteria: list[EvidenceOut]


class TriedOut(Shape):
    """What the version in force says of an account and, if one was named, a draft."""

    account: str
    lane: LaneKind
    policy_version: int
    now: TriedUnder
    draft: TriedUnder | None


class SponsorWordOut(Shape):
    """What a customer wrote to their sponsor, and the answer."""

    id: int
    text: str
    at: datetime
    due_at: datetime
    passed_on_at: datetime | None
    answer: str
    answered_at: datetime | None


class SponsorWordList(Shape):
    """What a customer wrote to their sponsor, the newest first."""

    items: list[SponsorWordOut]


class NewSponsorAnswer(Shape):
    """An answer to what a customer wrote."""

    answer: Annotated[str, Words(5000)]


class GiftOut(Shape):
    """A gift or an invitation that passed."""

    id: int
    kind: GiftKind
    given: bool
    on: date
    what: str
    value: Amount
    reason: str


class GiftList(Shape):
    """What passed in a sponsorship, and of each way whether twelve months are above the limit."""

    items: list[GiftOut]
    given_above: bool
    received_above: bool


class NewGift(Shape):
    """A gift or an invitation to note, in the reporting currency; without a day it was today."""

    kind: GiftKind
    given: bool
    what: Annotated[str, Words(200)]
    value: Amount
    on: date | None = None
    reason: Annotated[str, Words(400, least=0)] = ""
