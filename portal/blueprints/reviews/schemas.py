"""Shapes of quarterly reviews for programs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Amount, Shape, When, Whole, Words

from .models import LineKind, ReviewState, ReviewVerdict
from .rules.trends import Axis

Quarter = Annotated[str, Words(10, least=0)]
Minutes = Annotated[int, Field(ge=1, le=240), Whole]
Target = Annotated[str, Field(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1), Whole]


class ReviewLine(Shape):
    """A review in the list."""

    reference: str
    quarter: str
    starts_on: date
    ends_on: date
    state: ReviewState
    meets_at: datetime | None


class ReviewList(Shape):
    """Every review, the newest quarter first."""

    items: list[ReviewLine]


class ReviewIn(Shape):
    """The quarter whose room is opened: 2026-Q3."""

    quarter: Annotated[str, Words(10)]


class SoughtIn(Shape):
    """A decision sought, what is recommended and why, and its minutes."""

    title: Annotated[str, Words(200)]
    recommendation: Annotated[str, Words(4000)]
    reason: Annotated[str, Words(4000)]
    minutes: Minutes = 10


class SoughtOut(Shape):
    """A decision sought and what became of it; `policy_draft` is the change that followed."""

    id: int
    title: str
    recommendation: str
    reason: str
    minutes: int
    verdict: ReviewVerdict
    decided: str
    carried_from: str | None
    policy_draft: int | None


class VerdictIn(Shape):
    """What was decided, and in which words."""

    verdict: ReviewVerdict
    decided: Annotated[str, Words(2000)]


class CallIn(Shape):
    """When the meeting begins."""

    meets_at: When


class ItemIn(Shape):
    """An item of the agenda: `carried`, the id of a decision, or `ahead`."""

    item: Annotated[str, Words(24)]


class MinuteIn(Shape):
    """A line of the minutes, perhaps about a decision; an action names whose it is by address."""

    kind: LineKind
    text: Annotated[str, Words(2000)]
    owner: Annotated[str, Words(254, least=0)] = ""
    due_on: Annotated[date | None, Field(strict=False)] = None
    decision: Number | None = None


class MinuteOut(Shape):
    """A line of the minutes; `done_at` is when its action was done."""

    id: int
    kind: LineKind
    text: str
    said_at: datetime
    author: str | None
    owner: str | None
    due_on: date | None
    decision: int | None
    done_at: datetime | None


class BoxOut(Shape):
    """An item of the agenda with its time box."""

    item: str
    minutes: int
    begins_at: datetime | None


class FigureOut(Shape):
    """A measure as exact text: this quarter, the one before, a year before; null is not known. A
    share is a fraction, money in the reporting currency.
    """

    measure: str
    unit: str
    now: str | None
    before: str | None
    year: str | None
    plan: str | None


class CarriedOut(Shape):
    """An action that is not settled."""

    source: str
    what: str
    owner: str | None
    owner_left: bool
    due_on: date | None
    late: bool


class ReadOut(Shape):
    """To whom the pack was sent, and when they read it."""

    name: str
    sent_at: datetime | None
    read_at: datetime | None


class ReviewOut(Shape):
    """A review with its pack, as far as the caller may see it; `left_out` counts the cases that the
    caller may not see.
    """

    reference: str
    state: ReviewState
    starts_on: date
    ends_on: date
    meets_at: datetime | None
    none_sought: str
    at_item: str
    signed_at: datetime | None
    pack_digest: str
    agenda: list[BoxOut]
    decisions: list[SoughtOut]
    minutes: list[MinuteOut]
    readers: list[ReadOut]
    carried: list[CarriedOut]
    figures: list[FigureOut]
    cases: list[str]
    left_out: int


class PlanIn(Shape):
    """The plan of a quarter as a whole: measure → a decimal; what is not named has none."""

    targets: Annotated[dict[str, Target], Field(max_length=40)]


class PlanOut(Shape):
    """The plan of a quarter; without one `targets` is empty and nobody set it."""

    quarter: str
    targets: dict[str, str]
    set_by: str | None
    set_at: datetime | None


class CausesAsked(Shape):
    """Which cases, put together by what: quarters as in 2026-Q3, a segment, a product."""

    axis: Axis = Axis.FACTOR
    first: Quarter = ""
    last: Quarter = ""
    segment: Annotated[str, Words(60, least=0)] = ""
    product: Annotated[str, Words(120, least=0)] = ""


class CauseGroupOut(Shape):
    """A group of cases: how many, what their post-mortems cost, how many hours they were open."""

    value: str
    count: int
    cost: Amount | None
    hours: int
    cases: list[str]


class SpanOut(Shape):
    """The median hours until cases were found, answered and closed; null is not known."""

    quarter: str
    detect: str | None
    respond: str | None
    recover: str | None


class SurvivalOut(Shape):
    """From a day on this share of agreed actions is not verified yet."""

    day: int
    left: str
    followed: int


class CausesOut(Shape):
    """Causes and trends of the cases that the caller may see."""

    axis: Axis
    first: str
    last: str
    cases: int
    without_factor: int
    groups: list[CauseGroupOut]
    times: list[SpanOut]
    survival: list[SurvivalOut]
