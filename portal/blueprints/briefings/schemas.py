"""Shapes of briefings, for programs."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.blueprints.accounts.models import PromiseKind
from portal.core.api import Day, Paging, Shape, When, Words


class BriefingsAsked(Paging):
    """Which issues: about one subject, or any."""

    about: Annotated[str, Words(24, least=0)] = ""


class BriefingIn(Shape):
    """A paper to make: about what a reference names, for whom, in which language and form."""

    about: Annotated[str, Words(24)]
    reader: Annotated[str, Words(200)]
    locale: Literal["en", "fr", "it"] | None = None
    paper: Literal["A4", "Letter"] = "A4"
    audience: Annotated[str, Words(20, least=0)] = ""
    annex: bool = False
    final: bool = False
    expires_on: Day | None = Field(None, description="The last day, on the caller's wall.")


class BriefingShareIn(Shape):
    """With whom an issue is shared: the address of a colleague who may see its subject."""

    reader: Annotated[str, Words(200)]


class BriefingShareOut(Shape):
    """The number of what was made for the colleague: an issue, or the book it is bound into."""

    reference: str


class BriefingRevokeIn(Shape):
    """Why an issue is taken back."""

    reason: Annotated[str, Words(400)]


class BriefingLine(Shape):
    """An issue in the list; `opens` says whether the caller may read it."""

    reference: str
    kind: str
    state: str
    about: str
    issue: int
    reader: str
    locale: str
    classification: str
    taken_at: datetime
    opens: bool


class BriefingPage(Shape):
    """A page of issues, the newest first."""

    items: list[BriefingLine]
    after: str | None


class BriefingOut(Shape):
    """An issue: what it is, what it lacks, and the digests that prove it."""

    reference: str
    kind: str
    state: str
    standing: str
    about: str
    issue: int
    audience: str
    locale: str
    paper: str
    classification: str
    taken_at: datetime
    expires_at: datetime | None
    pages: int | None
    missing: list[str]
    snapshot_sha256: str
    pdf_sha256: str | None = Field(description="Empty while it is being typeset.")


class VerifyIn(Shape):
    """The full digest of a PDF."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VerifyOut(Shape):
    """What a paper in somebody's hand is."""

    state: str
    reference: str | None


class BookIn(Shape):
    """A book to bind: on which customers, in their order, for whom (else the caller), for which
    day.
    """

    accounts: Annotated[list[Annotated[str, Words(24)]], Field(min_length=1, max_length=1000)]
    reader: Annotated[str, Words(200)] | None = None
    locale: Literal["en", "fr", "it"] | None = None
    paper: Literal["A4", "Letter"] = "A4"
    day: Day | None = Field(None, description="The day it is wanted for; printed on its cover.")
    annex: bool = True


class BookOut(Shape):
    """A book: which customers, how many of them are collected, and its issue once it is bound."""

    reference: str
    state: str
    accounts: list[str]
    collected: int
    day: date | None
    locale: str
    paper: str
    issue: str | None
    issue_state: str | None


class BookList(Shape):
    """The caller's books that are no finished issue yet, the newest first."""

    items: list[BookOut]


class OnceLinkIn(Shape):
    """A link to make that opens an issue once: for how many days."""

    days: Literal[1, 3, 7] = 3


class OnceLinkOut(Shape):
    """A link just made: its address is given now and never again."""

    id: int
    address: str
    expires_at: datetime


class OnceLinkLine(Shape):
    """What became of a link."""

    id: int
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class OnceLinkList(Shape):
    """The links of an issue, the newest first."""

    items: list[OnceLinkLine]


class KeptCopyLine(Shape):
    """A copy of an issue on a device: whose, until when, and what became of it. One that does not
    stand and was not told yet lies there until the device is online, at the latest until its time
    is over.
    """

    id: int
    reader: str
    made_at: datetime
    until: datetime
    stands: bool
    opened_at: datetime | None
    ended_at: datetime | None
    why: str | None
    told_at: datetime | None


class KeptCopyList(Shape):
    """The copies of an issue on devices, the newest first."""

    items: list[KeptCopyLine]


class CallAbout(Shape):
    """Which case or customer a call is about."""

    about: Annotated[str, Words(24)]


class CallGuest(Shape):
    """Somebody who will be in the room: a contact of the customer's, and what is at stake for
    them.
    """

    contact: Annotated[int, Field(ge=1)]
    stake: Annotated[str, Words(300, least=0)] = ""


class GuestOut(Shape):
    """Somebody in the room, or who may be."""

    contact: int
    name: str
    stake: str


class CallAhead(Shape):
    """What can be proposed for a call."""

    room: list[GuestOut]
    say: list[str]
    avoid: list[str]


Sentences = Annotated[list[Annotated[str, Words(200)]], Field(max_length=3)]


class CallPlanIn(Shape):
    """A call to prepare: about what, when, who calls (else the caller of this), who is in the room,
    up to three sentences to say and three not to say.
    """

    about: Annotated[str, Words(24)]
    at: When
    by: Annotated[str, Words(200)] | None = None
    room: Annotated[list[CallGuest], Field(max_length=12)] = Field(default_factory=list)
    say: Sentences = Field(default_factory=list)
    avoid: Sentences = Field(default_factory=list)


class CallOut(Shape):
    """A call: who makes it, who is in the room, its card, and what became of it."""

    id: int
    at: datetime
    about: str
    by: str
    room: list[GuestOut]
    say: list[str]
    avoid: list[str]
    card: str | None
    opens: bool
    promises: int
    answered_at: datetime | None
    dropped_at: datetime | None


class CallLine(Shape):
    """A call in the list."""

    id: int
    at: datetime
    about: str
    account: str
    by: str
    promises: int
    dropped: bool
    answered: bool


class CallPage(Shape):
    """A page of calls, the latest first."""

    items: list[CallLine]
    after: str | None


class CallPromise(Shape):
    """Something promised on the phone: what, of which kind, to whom, by when."""

    what: Annotated[str, Words(400)]
    kind: PromiseKind
    to_whom: Annotated[str, Words(120)]
    due_at: When


class CallSaidIn(Shape):
    """What was promised on the phone; an empty list says that it was nothing."""

    promised: Annotated[list[CallPromise], Field(max_length=20)]


class SubscriptionIn(Shape):
    """What somebody is sent by the clock: `about` is a reference, MINE, ALL or a region; the hour
    is on the wall of the reader, who is the caller where none is named.
    """

    kind: Literal["delta", "escalation", "account", "sponsor", "portfolio_risk"]
    about: Annotated[str, Words(60)]
    rhythm: Literal["workdays", "weekly", "monthly"]
    hour: Annotated[int, Field(ge=0, le=23, strict=True)]
    weekday: Annotated[int, Field(ge=0, le=4, strict=True)] = 0
    severity: Literal["", "E1", "E2", "E3", "E4"] = ""
    unchanged: bool = False
    reader: Annotated[str, Words(200)] | None = None


class SubscriptionOut(Shape):
    """A subscription, its next turn, and what became of the last issue that it made."""

    id: int
    kind: str
    about: str
    severity: str
    rhythm: str
    weekday: int
    hour: int
    unchanged: bool
    reader: str
    next_at: datetime | None
    ran_at: datetime | None
    made: int
    ending: str | None
    last: str | None
    mail: str | None
    read_at: datetime | None


class SubscriptionPage(Shape):
    """The subscriptions of the caller, and those that they made, the running ones first."""

    items: list[SubscriptionOut]
