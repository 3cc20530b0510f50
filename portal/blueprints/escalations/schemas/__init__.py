"""Shapes of cases in the API: reading and declaring them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.core.api import Amount, Paging, Shape, When, Words

from ..models import (
    Channel,
    EscalationKind,
    Level,
    NoticeChannel,
    NoticeKind,
    Problem,
    Severity,
    Trigger,
)
from ..queries.listing import STATES
from ..rules.tags import LONGEST_TAG, MOST_TAGS
from .parts import CaseReference, Line, Note, Person, Tag, Text


class CasesAsked(Paging):
    """Which cases are asked for, in which order."""

    state: Annotated[str, Field(pattern=f"^({'|'.join(STATES)})$")] = "open"
    severity: Severity | None = None
    mine: bool = False
    watched: bool = False
    team: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    level: Level | None = None
    tag: Annotated[str, Words(LONGEST_TAG, least=0)] = ""
    account: Annotated[str, Field(pattern=r"^(ACC-[0-9]{5,12})?$")] = ""
    q: Annotated[str, Words(120, least=0)] = ""
    good: Annotated[bool, Field(description="Opportunities instead of escalations.")] = False
    sort: Annotated[str, Field(pattern="^-?(opened|due)$")] = "-opened"


class EntriesAsked(Paging):
    """Which entries of a timeline are asked for."""

    lane: Lane | None = None
    kind: EntryKind | None = None
    by: Annotated[str, Words(120, least=0), Field(description="The author's name in full.")] = ""
    q: Annotated[str, Words(120, least=0)] = ""


class NewCase(Shape):
    """A case to declare: what is left out is proposed by the policies."""

    account: Annotated[str, Field(pattern=r"^ACC-[0-9]{5,12}$")]
    words: Text
    demand: Line
    deadline_at: When | None = None
    trigger: Trigger | None = None
    severity: Severity | None = None
    problem: Problem = Problem.OTHER
    channel: Channel = Channel.API
    kind: EscalationKind = EscalationKind.HIERARCHICAL
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS, default_factory=list)]
    owner: Person | None = None
    previous: CaseReference | None = None
    language: Annotated[str | None, Field(pattern=r"^(en|fr|it)$")] = None
    notice: NoticeKind | None = None
    notice_channel: NoticeChannel = NoticeChannel.MAIL
    words_by: Annotated[str, Words(160, least=0)] = ""
    reason: Note = ""
    another_because: Note = ""


class CaseLine(Shape):
    """A case in a list; what the caller may not read is null."""

    reference: str
    title: str
    state: str
    severity: str
    trend: str
    trigger: str
    level: str
    account: str
    account_name: str
    owner: str | None
    team: str | None
    opened_at: datetime
    closed_at: datetime | None
    next_due_at: datetime | None
    next_due_kind: str | None
    at_stake: Amount | None


class CasePage(Shape):
    """A page of cases, and the cursor of the next one."""

    items: list[CaseLine]
    after: str | None


class ClockOut(Shape):
    """A clock of a case."""

    kind: str
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    set_by_hand: bool


class Stretch(Shape):
    """A stretch of time, its end excluded."""

    start: datetime
    end: datetime


class ClockExplained(ClockOut):
    """A clock with what makes up its due time; `share` of it has run (1 when due), a decimal."""

    target: str
    share: str
    zone: str | None
    policy: int
    segments: list[Stretch]
    pauses: list[Stretch]
    held_since: datetime | None


class ClockList(Shape):
    """The clocks of a case."""

    items: list[ClockExplained]


class CriterionOut(Shape):
    """What must be true before a case may close."""

    id: int
    text: str
    met_at: datetime | None
    met_by: str | None
    customer_agreed_at: datetime | None


class NoticeOut(Shape):
    """A letter with legal effect; only legal sets its legal deadline."""

    id: int
    kind: str
    channel: str
    sender: str
    received_at: datetime | None
    legal_deadline: date | None


class AskOut(Shape):
    """The decision asked of leadership."""

    question: str
    of: str | None
    options: list[str]
    answer_by: datetime | None
    if_nothing: str


class ProposedTrigger(Shape):
    """The graver trigger that an answer of the customer says, while nobody decided on it."""

    proposal: int
    trigger: str
    severity: str
    quotes: list[str]
    at: datetime


class CaseOut(Shape):
    """A case; what the caller may not read is null."""

    reference: str
    version: int
    account: str
    account_name: str
    title: str
    state: str
    severity: str
    level: str
    kind: str
    tags: list[str]
    trend: str
    trigger: str
    proposed_trigger: ProposedTrigger | None
    problem: str
    channel: str
    executive: bool
    words: str
    language: str
    demand: str
    deadline_at: datetime | None
    impact: str
    owner: str | None
    executive_owner: str | None
    team: str | None
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    at_stake: Amount | None
    restricted: bool
    automatic_stopped: bool
    waiting_for: str
    long_track_until: datetime | None
    merged_into: str | None
    ask: AskOut | None
    criteria: list[CriterionOut]
    notices: list[NoticeOut]
    affected: list[str]
    open_promises: int
    clocks: list[ClockOut]


class Entry(Shape):
    """An entry of a case's timeline: when it happened, when it was written down."""

    id: int
    at: datetime
    recorded_at: datetime
    lane: str
    kind: str
    text: str
    language: str
    by: str
    case: str | None
    corrects: int | None
    corrected_by: int | None
    file: str | None
    klass: int


class EntryPage(Shape):
    """A page of a timeline, newest first, and the cursor of the next one."""

    items: list[Entry]
    after: str | None
