"""Shapes of cases in the API."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.blueprints.accounts.models import PromiseKind
from portal.core.api import Shape

from .models import (
    Channel,
    EscalationKind,
    Level,
    NoticeKind,
    Problem,
    Resolution,
    Severity,
    Trigger,
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]

Line = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]

Address = Annotated[str, StringConstraints(min_length=3, max_length=254, strip_whitespace=True)]

TeamName = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]


class Talk(StrEnum):
    """What a note tells of."""

    NOTE = "note"
    CALLED = "called"
    MET = "met"
    HEARD = "heard"
    TRIED = "tried"


class Amount(Shape):
    """Money: an exact decimal as text, and its ISO 4217 currency."""

    amount: str
    currency: str


class NewCase(Shape):
    """A case to declare: what is left out is proposed by the policies."""

    account: Annotated[str, Field(pattern=r"^ACC-\d{5,12}$")]
    words: Text
    demand: Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
    deadline_at: Annotated[datetime | None, Field(strict=False)] = None
    trigger: Annotated[Trigger | None, Field(strict=False)] = None
    severity: Annotated[Severity | None, Field(strict=False)] = None
    problem: Annotated[Problem, Field(strict=False)] = Problem.OTHER
    channel: Annotated[Channel, Field(strict=False)] = Channel.API
    language: Annotated[str | None, Field(pattern=r"^(en|fr|it)$")] = None
    notice: Annotated[NoticeKind | None, Field(strict=False)] = None
    words_by: Annotated[str, Field(max_length=160)] = ""
    reason: Annotated[str, Field(max_length=400)] = ""
    another_because: Annotated[str, Field(max_length=400)] = ""


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
    trend: str
    trigger: str
    problem: str
    channel: str
    executive: bool
    words: str
    language: str
    demand: str
    deadline_at: datetime | None
    owner: str | None
    executive_owner: str | None
    team: str | None
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    at_stake: Amount | None
    restricted: bool
    open_promises: int
    clocks: list[ClockOut]


class NewTask(Shape):
    """Something to do: by whom (the address they sign in with), and by when."""

    what: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    owner: Annotated[str, StringConstraints(min_length=3, max_length=254, strip_whitespace=True)]
    due_at: Annotated[datetime | None, Field(strict=False)] = None


class Dropped(Shape):
    """Why a task is not needed any more."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]


class TaskOut(Shape):
    """A task of a case: `state` is open, done or dropped."""

    id: int
    what: str
    owner: str | None
    state: str
    due_at: datetime | None
    done_at: datetime | None
    dropped_at: datetime | None
    dropped_because: str


class TaskList(Shape):
    """The tasks of a case in the order they were given."""

    items: list[TaskOut]


class StepOut(Shape):
    """A step of a case's playbook: who does it, by when, and who ticked it when."""

    id: int
    name: str
    text: str
    who: str
    due_at: datetime | None
    done_at: datetime | None
    done_by: str | None


class ResponderOut(Shape):
    """Somebody who joined the response to a case."""

    name: str
    part: str
    joined_at: datetime


class PlaybookOut(Shape):
    """The playbook of a case; `version` is null where none was laid out yet."""

    trigger: str
    version: int | None
    aim: str
    steps: list[StepOut]
    say: list[str]
    avoid: list[str]
    counsel: list[str]
    joined: list[ResponderOut]


class Ticked(Shape):
    """Whether a step is done."""

    done: bool


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


class EntryPage(Shape):
    """A page of a timeline, newest first, and the cursor of the next one."""

    items: list[Entry]
    after: str | None


class PromiseOut(Shape):
    """A promise to the customer."""

    id: int
    kind: str
    what: str
    to_whom: str
    by: str | None
    due_at: datetime
    state: str
    without_authority: bool


class NewNote(Shape):
    """What happened; `what` says whether it reached the customer or came from them."""

    text: Text
    what: Annotated[Talk, Field(strict=False)] = Talk.NOTE
    at: Annotated[datetime | None, Field(strict=False)] = None


class NewPromise(Shape):
    """What we promise: to whom, by when."""

    kind: Annotated[PromiseKind, Field(strict=False)]
    what: Line
    to_whom: Annotated[str, StringConstraints(min_length=1, max_length=160, strip_whitespace=True)]
    due_at: Annotated[datetime, Field(strict=False)]


class HandOver(Shape):
    """A new owner (their mail address), the reason and the summary."""

    to: Annotated[str, StringConstraints(min_length=3, max_length=254, strip_whitespace=True)]
    why: Line
    summary: Text


class Move(Shape):
    """Another level, whether it asks for other expertise or more authority, why, and the summary;
    `to` (a mail address) and `team` (its name) where owner or team change with it.
    """

    level: Annotated[Level, Field(strict=False)]
    kind: Annotated[EscalationKind, Field(strict=False)]
    why: Line
    summary: Text
    to: Address | None = None
    team: TeamName | None = None


class Regrade(Shape):
    """Another severity and why; a lower one names a second person (their mail address)."""

    severity: Annotated[Severity, Field(strict=False)]
    reason: Line
    second: Annotated[str | None, Field(max_length=254)] = None


class Close(Shape):
    """How it ended, and the customer's agreement or why there is none."""

    resolution: Annotated[Resolution, Field(strict=False)]
    text: Text
    agreed_by: Annotated[str, Field(max_length=160)] = ""
    not_agreed_because: Annotated[str, Field(max_length=400)] = ""
    fix_owner: Annotated[str | None, Field(max_length=254)] = None
    fix_due: Annotated[date | None, Field(strict=False)] = None
