"""Shapes of post-mortems for programs."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.core.api import Amount, Paging, Shape, Words

from .models import (
    ActionKind,
    ActionPriority,
    ActionState,
    DueReason,
    Factor,
    FindingKind,
    RemarkState,
)

State = Literal["due", "draft", "in_review", "approved", "published", "with_counsel", "waived"]
Flag = Annotated[str, Field(pattern="^(true)?$")]
Which = Annotated[str, Words(24, least=0)]


class ImportedAsked(Paging):
    """Which of those written elsewhere: with all these words, of an account, or all."""

    q: Annotated[str, Words(200, least=0)] = ""
    account: Annotated[str, Words(24, least=0)] = ""


class ImportedLine(Shape):
    """One written elsewhere in a list; null is what its source does not say."""

    reference: str
    title: str
    title_derived: bool
    company: str
    product: str
    categories: list[str]
    started_on: date | None
    account: str | None


class ImportedPage(Shape):
    """A page of those written elsewhere, the newest first."""

    items: list[ImportedLine]
    after: str | None


class ImportedOut(Shape):
    """One written elsewhere, with what its source says; a moment without its zone is a day."""

    reference: str
    key: str
    title: str
    title_derived: bool
    company: str
    product: str
    url: str
    archive_url: str
    started_on: date | None
    started_at: datetime | None
    ended_on: date | None
    ended_at: datetime | None
    published_on: date | None
    published_at: datetime | None
    categories: list[str]
    keywords: list[str]
    summary: str
    body: str
    account: str | None
    case: str | None


class PostmortemsAsked(Paging):
    """Which post-mortems: a group of states, of an account or a case, or those the caller leads."""

    group: Literal["open", "late", "with_counsel", "published", "waived", "all"] = "open"
    account: Which = ""
    case: Which = ""
    mine: Flag = ""


class PostmortemLine(Shape):
    """A post-mortem in a list; null is a title or name that the caller may not read yet."""

    reference: str
    account: str
    account_name: str
    title: str | None
    state: State
    reasons: list[DueReason]
    facilitator: str | None
    became_due_at: datetime
    draft_due_on: date
    meeting_due_on: date
    approval_due_on: date
    approved_at: datetime | None
    published_at: datetime | None
    open_actions: int


class PostmortemPage(Shape):
    """A page of post-mortems, what became due last first."""

    items: list[PostmortemLine]
    after: str | None


class WhyOut(Shape):
    """An answer to "why?", numbered like a paragraph: 1.1 explains 1, and 1 the factor."""

    number: str
    text: str


class LessonFactorOut(Shape):
    """A contributing factor with its chain of whys, how much it weighed (3 decisive, 2
    contributing, 1 minor, null not weighed), what shows it, and the cases linked to it since.
    """

    factor: Factor
    text: str
    whys: list[WhyOut]
    weight: int | None
    evidence: str
    evidence_url: str
    again: list[str]


class LessonFindingOut(Shape):
    """What went well, badly, or by luck."""

    kind: FindingKind
    text: str


class LessonActionOut(Shape):
    """An action of a post-mortem; `owner` is a role where the caller may not read the name."""

    id: int
    postmortem: str
    account: str
    what: str
    outcome: str
    verification: str
    owner: str
    kind: ActionKind | None
    priority: ActionPriority
    due_on: date
    state: ActionState
    late: bool
    settled_at: datetime | None
    reason: str
    ticket: str
    ticket_url: str


class LessonActionPage(Shape):
    """A page of actions, what falls due first at the top."""

    items: list[LessonActionOut]
    after: str | None


class LessonActionsAsked(Paging):
    """Which actions: in a state, of an account or a post-mortem, the caller's own, late ones."""

    state: ActionState | None = None
    account: Which = ""
    postmortem: Which = ""
    mine: Flag = ""
    late: Flag = ""


Part = Literal[
    "title",
    "summary",
    "surprise",
    "what_happened",
    "what_customer_heard",
    "what_promised",
    "what_decided",
    "causes",
    "findings",
    "actions",
]


class RemarkOut(Shape):
    """A remark on a draft; `suggestion` is the whole text as somebody would have it, `moved` says
    that the text was changed since. `who` is a role where the caller may not read the name.
    """

    id: int
    postmortem: str
    part: Part
    who: str
    text: str
    suggestion: str | None
    moved: bool
    at: datetime
    state: RemarkState
    answer: str
    settled_by: str | None
    settled_at: datetime | None
    for_counsel: bool


class RemarkPage(Shape):
    """A page of the remarks on a draft, the newest first."""

    items: list[RemarkOut]
    after: str | None


class RemarksAsked(Paging):
    """Which remarks: in a state, or all."""

    state: RemarkState | None = None


class NewRemark(Shape):
    """A remark, with words or a suggestion for a text, made on the text as it stands."""

    part: Part
    text: Annotated[str, Words(4000, least=0)] = ""
    suggestion: Annotated[str, Words(20_000)] | None = None
    for_counsel: bool = False


class RemarkMove(Shape):
    """What becomes of a remark: its words are taken as suggested, or it is settled."""

    state: Literal["taken", "settled"]
    answer: Annotated[str, Words(400, least=0)] = ""


class PostmortemOut(Shape):
    """One post-mortem as its page tells the caller: while it is with counsel, `hidden` is true and
    what was written is counsel's alone; in a draft people may stand by their roles.
    """

    reference: str
    account: str
    account_name: str
    title: str
    state: State
    reasons: list[DueReason]
    cases: list[str]
    hidden: bool
    facilitator: str | None
    approver: str | None
    people: list[str]
    cost: Amount | None
    met_on: date | None
    draft_due_on: date
    meeting_due_on: date
    approval_due_on: date
    approved_at: datetime | None
    published_at: datetime | None
    late: list[str]
    texts: dict[str, str]
    factors: list[LessonFactorOut]
    findings: list[LessonFindingOut]
    actions: list[LessonActionOut]


class NewPostmortem(Shape):
    """A post-mortem that somebody asks for."""

    case: Annotated[str, Words(24)]
    why: Annotated[str, Words(2000)]


class NewLessonAction(Shape):
    """An action to agree: without a day, policy sets one; the owner by e-mail address."""

    what: Annotated[str, Words(300)]
    outcome: Annotated[str, Words(300)]
    verification: Annotated[str, Words(300)]
    owner: Annotated[str, Words(254)]
    kind: ActionKind
    priority: ActionPriority = ActionPriority.NORMAL
    due_on: date | None = None
    ticket: Annotated[str, Words(60, least=0)] = ""
    ticket_url: Annotated[str, Words(500, least=0)] = ""


class LessonActionMove(Shape):
    """What became of an action: done, verified (say what was seen), dropped (say why), or open
    again (say what is missing).
    """

    state: ActionState
    note: Annotated[str, Words(400, least=0)] = ""


class LossNotesAsked(Paging):
    """Which loss notes: of an account, or all."""

    account: Which = ""


class LossNoteLine(Shape):
    """A loss note in a list; `arr` is the yearly revenue at the day, null where not known."""

    reference: str
    account: str
    account_name: str
    state: Literal["due", "written", "void"]
    owner: str | None
    lost_on: date
    due_on: date
    factor: Factor | None
    what: str
    sentence: str
    arr: Amount | None


class LossNotePage(Shape):
    """A page of loss notes, the newest loss first."""

    items: list[LossNoteLine]
    after: str | None


class LossNoteIn(Shape):
    """What a loss note says."""

    what: Annotated[str, Words(300)]
    factor: Factor
    sentence: Annotated[str, Words(400)]
