"""Shapes of what programs do with a case."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from portal.blueprints.accounts.models import PromiseKind
from portal.core.api import Shape, When, Words

from ..models import (
    Channel,
    ClockKind,
    EscalationKind,
    Level,
    NoticeChannel,
    NoticeKind,
    Problem,
    Resolution,
    Severity,
    Trend,
    Trigger,
)
from ..rules.tags import MOST_TAGS
from .parts import CaseReference, Id, Line, Name, Note, Person, Tag, TeamName, Text


class Talk(StrEnum):
    """What a note tells of."""

    NOTE = "note"
    CALLED = "called"
    MET = "met"
    HEARD = "heard"
    TRIED = "tried"


class NewTask(Shape):
    """Something to do: by whom (the address they sign in with), and by when."""

    what: Annotated[str, Words(300)]
    owner: Person
    due_at: When | None = None
    reply_by: When | None = None
    substitute: Person | None = None


class Reply(Shape):
    """The first reply to a request of another department."""

    text: Annotated[str, Words(2000)]


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
    reply_by: datetime | None
    replied_at: datetime | None
    reply: str
    substitute: str | None
    substitute_asked_at: datetime | None


class TaskList(Shape):
    """The tasks of a case in the order they were given."""

    items: list[TaskOut]


class PromiseOut(Shape):
    """A promise to the customer."""

    id: int
    kind: str
    what: str
    to_whom: str
    by: str | None
    made_at: datetime
    due_at: datetime
    state: str
    settled_at: datetime | None
    reason: str
    without_authority: bool
    concession: str | None


class NewNote(Shape):
    """What happened; `what` says whether it reached the customer or came from them."""

    text: Text
    what: Talk = Talk.NOTE
    at: When | None = None


class NewPromise(Shape):
    """What we promise: to whom, by when."""

    kind: PromiseKind
    what: Line
    to_whom: Name
    due_at: When
    by: Person | None = None


class Correction(Shape):
    """What was declared, corrected: what is left out stays; without a date none is set any more."""

    title: Annotated[str, Words(200)] | None = None
    trigger: Trigger | None = None
    problem: Problem | None = None
    channel: Channel | None = None
    demand: Line | None = None
    impact: Annotated[str, Words(20_000, least=0)] | None = None
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] | None = None
    words_language: Annotated[str, Field(pattern=r"^(en|fr|it)$")] | None = None
    deadline_at: When | None = None


class HandOver(Shape):
    """A new owner (their mail address), a new team (its name) or both, the reason and the
    summary.
    """

    to: Person | None = None
    team: TeamName | None = None
    why: Line
    summary: Text


class Move(Shape):
    """Another level, whether it asks for other expertise or more authority, why, and the summary;
    `to` and `team` (its name) where owner or team change with it.
    """

    level: Level
    kind: EscalationKind
    why: Line
    summary: Text
    to: Person | None = None
    team: TeamName | None = None


class Regrade(Shape):
    """Another severity and why; a lower one names a second person (their mail address)."""

    severity: Severity
    reason: Line
    second: Person | None = None


class Close(Shape):
    """How it ended, and the customer's agreement or why there is none."""

    resolution: Resolution
    text: Text
    agreed_by: Annotated[str, Words(160, least=0)] = ""
    not_agreed_because: Note = ""
    fix_owner: Person | None = None
    fix_due: date | None = None
    fix_told: Annotated[str, Words(160, least=0)] = ""


class Reason(Shape):
    """Why it is done."""

    reason: Line


class Apart(Shape):
    """Why a case is another one than those of the account that are open for its reason."""

    another_because: Note = ""


class Automatic(Shape):
    """Whether what is automatic in a case is stopped, and why."""

    stopped: bool
    reason: Line


class Agrees(Shape):
    """The answer of the second person."""

    agrees: bool


class Answered(Shape):
    """Whether a broken promise makes the case graver; a no needs its reason."""

    raises: bool
    reason: Note = ""


class TriggerAnswer(Shape):
    """Whether a proposed trigger (by its number) is taken; a no needs its reason."""

    proposal: Id
    takes: bool
    reason: Note = ""


class Waiting(Shape):
    """What we wait for."""

    for_what: Line


class Came(Shape):
    """What came, after we waited for the customer."""

    what_came: Note = ""


class Trending(Shape):
    """Which way the case goes."""

    trend: Trend


class NewCriterion(Shape):
    """What must be true before the case may close."""

    text: Annotated[str, Words(300)]


class Met(Shape):
    """Whether an exit criterion is met, and whether the customer agreed to it."""

    met: bool
    agreed: bool = False


class Paused(Shape):
    """Which clock is held (all of them where none is named), and why."""

    clock: ClockKind | None = None
    reason: Line


class Resumed(Shape):
    """Which clock runs again; all of them where none is named."""

    clock: ClockKind | None = None


class Dated(Shape):
    """When something is due, set by hand; without `due_at` its own date counts again."""

    clock: ClockKind
    due_at: When | None = None
    reason: Note = ""


class Asked(Shape):
    """A decision asked of a leader; `naming` names them on a restricted case with it."""

    question: Line
    of: Person
    options: Annotated[list[Line], Field(min_length=2, max_length=6)]
    recommended: Note = ""
    answer_by: When
    if_nothing: Line
    naming: bool = False


class Chosen(Shape):
    """What was decided."""

    choice: Line
    reason: Note = ""


class Named(Shape):
    """A person; `naming` names them on a restricted case with it."""

    person: Person
    naming: bool = False


class NewNotice(Shape):
    """A letter with legal effect."""

    kind: NoticeKind
    channel: NoticeChannel
    received_at: When
    sender: Annotated[str, Words(160, least=0)] = ""


class LegalDay(Shape):
    """The legal deadline of a formal notice."""

    day: date


class LongTrack(Shape):
    """Why a case takes long, when it is looked at again, and who else must agree."""

    review: date
    second: Person
    reason: Line


class Amended(Shape):
    """What an entry of the timeline should say, when it happened, and why it is corrected."""

    text: Text
    at: When
    why: Line


class Comment(Shape):
    """What an executive says in the executive lane."""

    text: Text


class Message(Shape):
    """A message to one of the customer's people; it leaves in 60 seconds."""

    contact: Id
    subject: Annotated[str, Words(160)]
    text: Text


class Into(Shape):
    """The case that another one is merged into."""

    into: CaseReference


class Affected(Shape):
    """Another customer hit by the same cause."""

    account: Annotated[str, Field(pattern=r"^ACC-[0-9]{5,12}$")]


class Given(Shape):
    """Who does a task now."""

    to: Person


class PromiseList(Shape):
    """The promises of a case, the next due first; what is settled comes after."""

    items: list[PromiseOut]


class Outcome(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"


class Settled(Shape):
    """What became of a promise; one that was renegotiated says what is owed now, and when."""

    how: Outcome
    reason: Note = ""
    what: Note = ""
    due_at: When | None = None
