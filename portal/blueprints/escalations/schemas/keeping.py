"""Shapes of what stands beside the cases: views, bulk changes, open forms, calendars, policies."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, Words

from ..models import BulkKind
from .parts import Line, Note

Team = Annotated[str, Words(120), Field(description="The name of a team.")]
Asked = Annotated[
    dict[str, Annotated[str, Words(120, least=0)]],
    Field(max_length=20, description="Words of the list's address and their values."),
]
Span = Annotated[list[Annotated[str, Words(5)]], Field(min_length=2, max_length=2)]
Spans = Annotated[list[Span], Field(max_length=24)]
Day = Annotated[str, Words(10)]


class NewView(Shape):
    """A view to keep: what the list asks for, for oneself or shared with a team of one's own."""

    name: Annotated[str, Words(60)]
    query: Asked
    team: Team | None = None


class ViewOut(Shape):
    """A saved view; `own` is whether it is the caller's."""

    id: int
    name: str
    query: dict[str, str]
    team: str | None
    own: bool


class ViewList(Shape):
    """The views that the caller saved, then those shared with their teams."""

    items: list[ViewOut]


class NewBulk(Shape):
    """One thing to do to many cases: `to` is an address, the name of a team, a tag or a trend."""

    references: Annotated[list[Annotated[str, Words(40)]], Field(min_length=1, max_length=100)]
    kind: BulkKind = Field(strict=False)
    to: Annotated[str, Words(254)]
    why: Note = ""


class BulkOut(Shape):
    """A change of many cases; it can be undone until `undo_until`."""

    id: int
    kind: str
    references: list[str]
    at: datetime
    undo_until: datetime


class BulkList(Shape):
    """The changes that the caller made and can still undo, the last one first."""

    items: list[BulkOut]


class UndoneOut(Shape):
    """How many cases are as before, and how many were changed since and stay."""

    undone: int
    left: int


class EditingOut(Shape):
    """The others who have a form of the case open."""

    others: list[str]


class CalendarIn(Shape):
    """A calendar: opening hours by day (0 = Monday), holidays of a country, closures, accounts."""

    name: Annotated[str, Words(120)]
    week: Annotated[dict[str, Spans], Field(max_length=7)]
    country: Annotated[str, Words(2, least=0)] = ""
    subdivision: Annotated[str, Words(10, least=0)] = ""
    closures: Annotated[tuple[Day, ...], Field(max_length=1_000)] = ()
    accounts: Annotated[tuple[Annotated[str, Words(20)], ...], Field(max_length=2_000)] = ()


class CalendarOut(Shape):
    """A calendar and the accounts that keep to it."""

    id: int
    version: int
    name: str
    week: dict[str, list[list[str]]]
    country: str
    subdivision: str
    closures: list[str]
    accounts: list[str]


class CalendarLine(Shape):
    """A calendar in a list."""

    id: int
    name: str
    accounts: int


class CalendarList(Shape):
    """The calendars by name."""

    items: list[CalendarLine]


class PolicyWithdrawal(Shape):
    """Why a version is withdrawn."""

    reason: Line


class WithdrawnOut(Shape):
    """A version of the severity policy that was withdrawn, and how many open cases it left."""

    number: int
    cases: int
