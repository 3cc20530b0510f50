"""The facts of the book of a quarterly review: figures beside the quarter before and the year
before, what is to be decided, and its cases one by one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portal.core.money import Money

from .parts import Issue, Reader
from .words import Problem, Severity


class Measure(StrEnum):
    """What a figure counts; each is defined once, in the annex on method."""

    CASES_OPENED = "cases_opened"
    CASES_CLOSED = "cases_closed"
    CASES_OPEN = "cases_open"
    CRITICAL = "critical"
    CLOSED_IN_TIME = "closed_in_time"
    CAME_BACK = "came_back"
    LOST = "lost"
    TRANSFERS = "transfers"
    PROMISES_DUE = "promises_due"
    PROMISES_KEPT = "promises_kept"
    PROMISES_BROKEN = "promises_broken"
    COMPENSATIONS = "compensations"
    OWED = "owed"
    DIRECT_LOSS = "direct_loss"
    GOODWILL = "goodwill"
    WITH_THREAT = "with_threat"
    WITHOUT_THREAT = "without_threat"
    ABOVE_POLICY = "above_policy"
    ADMITTED = "admitted"
    SPONSORED = "sponsored"
    TOUCHES_HELD = "touches_held"
    TOUCHES_MISSED = "touches_missed"
    LESSONS_DUE = "lessons_due"
    LESSONS_PUBLISHED = "lessons_published"
    LESSON_COST = "lesson_cost"
    ACTIONS_DUE = "actions_due"
    ACTIONS_IN_TIME = "actions_in_time"
    ANSWERS = "answers"
    CSAT = "csat"
    CES = "ces"
    ASKED_ANSWERED = "asked_answered"
    NPS_ANSWERS = "nps_answers"
    NPS_ANSWERED = "nps_answered"
    NPS = "nps"


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    SHARE = "share"
    SCORE = "score"
    MONEY = "money"
    NET = "net"
    MATCHED = "matched"
    """An amount that only enough like cases tell."""


class Cause(StrEnum):
    """The taxonomy of contributing factors, as the room of post-mortems has it."""

    PRODUCT_DEFECT = "product_defect"
    CHANGE_OR_RELEASE = "change_or_release"
    CAPACITY_OR_LOAD = "capacity_or_load"
    THIRD_PARTY = "third_party"
    MONITORING_GAP = "monitoring_gap"
    PROCESS_GAP = "process_gap"
    HANDOVER = "handover"
    COMMUNICATION = "communication"
    EXPECTATION_OR_CONTRACT = "expectation_or_contract"
    STAFFING_OR_SKILL = "staffing_or_skill"
    DATA_OR_BILLING = "data_or_billing"
    SECURITY = "security"


class Ending(StrEnum):
    """How a case ended."""

    FIX = "fix"
    WORKAROUND = "workaround"
    CONCESSION = "concession"
    NO_FAULT = "no_fault"
    LOST = "lost"


class Verdict(StrEnum):
    """What became of a decision that was sought."""

    OPEN = "open"
    TAKEN = "taken"
    REFUSED = "refused"
    POSTPONED = "postponed"


class Span(StrEnum):
    """How long something takes."""

    DETECT = "detect"
    RESPOND = "respond"
    RECOVER = "recover"


class Foresight(StrEnum):
    """What the score of risk foretold at the beginning of the quarter."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Step(StrEnum):
    """What became of an action."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure: this quarter, the quarter before, the same quarter of the year before; a share
    is a fraction, money in units of the book's currency. `plan` is what was set for this quarter
    before it ended, None where nothing was.
    """

    measure: Measure
    unit: Unit
    now: Decimal | None = None
    before: Decimal | None = None
    year: Decimal | None = None
    plan: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision sought, with what is recommended and why, and what was decided."""

    title: str
    recommendation: str
    reason: str
    minutes: int | None = None
    verdict: Verdict = Verdict.OPEN
    decided: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """An action: whose (a person, the only ones named) and whether they left since, until when, how
    it stands.
    """

    source: str
    what: str
    outcome: str = ""
    owner: str | None = None
    due: date | None = None
    step: Step = Step.OPEN
    late: bool = False
    owner_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A contributing factor: in how many post-mortems and loss notes, what the former cost, how
    many hours their cases were open, and in how many of both of the quarter before; `losses` says
    how many of this quarter are loss notes; `weight` how many whole ones it makes up, where each
    is shared among its factors by weight.
    """

    cause: Cause
    count: int
    cost: Money | None
    hours: int
    before: int
    losses: int = 0
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLine:
    """The median hours that something took, by the quarter in which cases were opened, and of how
    many cases of this quarter it is known.
    """

    span: Span
    now: Decimal | None
    before: Decimal | None
    year: Decimal | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """From a day on this share of the agreed actions is not verified yet; so many were followed
    until then.
    """

    day: int
    left: Decimal
    followed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """Customers in a band of risk as the quarter began, and how many of them came to a critical or
    high case in it.
    """

    band: Foresight
    customers: int
    came: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """How good the predictions of loss were whose day came in a quarter: what they turned out to
    be, and the Brier score of those that gave a chance, beside always saying the average; None
    where there are too few to tell.
    """

    quarter: str
    predictions: int
    hits: int
    misses: int
    false_alarms: int
    brier: Decimal | None = None
    average: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPromise:
    """A promise that was not kept."""

    customer: str
    what: str
    due: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a customer answered after a closing, in their words."""

    customer: str
    case: str
    csat: int
    ces: int
    comment: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """How many cases were opened in a month, and how many of them critical."""

    month: date
    opened: int
    critical: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntCause:
    """A cause of one post-mortem: its factor, and in words."""

    cause: Cause
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The post-mortem of a case, as far as it is published."""

    reference: str
    summary: str
    causes: tuple[LearntCause, ...] = ()
    todos: tuple[Todo, ...] = ()
    cost: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCase:
    """A case of the quarter on a page of the annex."""

    reference: str
    customer: str
    title: str
    severity: Severity
    problem: Problem | None = None
    opened: date | None = None
    closed: date | None = None
    ending: Ending | None = None
    impact: str = ""
    words: str = ""
    language: str = "en"
    resolution: str = ""
    stake: Money | None = None
    transfers: int = 0
    learnt: tuple[Learnt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBook:
    """Everything that the book of a quarterly review says; `none_sought` says why no decision is.

    Post-mortems that are not published yet are counted, not told. `action_days` are the days that
    policy gave a priority action and any other; books from before it was kept had 28 and 56.
    """

    issue: Issue
    reader: Reader
    reference: str
    year: int
    quarter: str
    starts: date
    ends: date
    currency: str
    running: bool = False
    none_sought: str = ""
    quarter_names: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    carried: tuple[Todo, ...] = ()
    figures: tuple[Comparison, ...] = ()
    months: tuple[MonthCount, ...] = ()
    causes: tuple[CauseLine, ...] = ()
    spans: tuple[SpanLine, ...] = ()
    survival: tuple[StillOpen, ...] = ()
    agreed: int = 0
    action_days: tuple[int, ...] = (28, 56)
    scored: tuple[Scored, ...] = ()
    foretold: tuple[Foretold, ...] = ()
    broken: tuple[BrokenPromise, ...] = ()
    said: tuple[Said, ...] = ()
    minutes: str = ""
    signed: date | None = None
    cases: tuple[BookCase, ...] = ()
    cases_not_shown: int = 0
