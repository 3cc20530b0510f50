"""Shapes of the duty roster, and of how one hears, for programs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Paging, Shape, When, Whole, Words

from .models import Way

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Annotated[int, Field(ge=0, le=6), Whole]
Person = Annotated[str, Words(254), Field(description="The address they sign in with.")]


class DutyAt(Shape):
    """Which moment is asked for; now, where none is."""

    at: When | None = None


class Uncovered(Shape):
    """A stretch of time (UTC), its end not included."""

    starts_at: datetime
    ends_at: datetime


class ShiftOut(Shape):
    """A turn of duty."""

    id: int
    person: str
    starts_at: datetime
    ends_at: datetime


class TeamOut(Shape):
    """A team at a moment: its shifts then, and who is to be called."""

    id: int
    team: str
    lead: str | None
    shifts: list[ShiftOut]
    answers: list[str]
    by_shift: bool


class TeamList(Shape):
    """Who answers for each team."""

    items: list[TeamOut]


class RosterOut(Shape):
    """The shifts of a team in the coming four weeks, and the hours nobody covers in two."""

    id: int
    team: str
    shifts: list[ShiftOut]
    gaps: list[Uncovered]


class NewShifts(Shape):
    """Shifts by a weekly pattern, on the wall of the organisation's zone; 0 is Monday. An end at or
    before the beginning is that of the next morning.
    """

    person: Person
    first: date
    last: date
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begin: Clock
    end: Clock


class NewHolder(Shape):
    """Who takes a shift over."""

    person: Person


class Ways(Shape):
    """How each kind that may be chosen is heard of."""

    words: Annotated[Way, Field(strict=False)]
    news: Annotated[Way, Field(strict=False)]
    money: Annotated[Way, Field(strict=False)]
    sponsorship: Annotated[Way, Field(strict=False)]
    postmortems: Annotated[Way, Field(strict=False)]
    house: Annotated[Way, Field(strict=False)]


class NewChoice(Shape):
    """How one wants to hear; times are on one's own wall, quiet hours have both ends or none."""

    ways: Ways
    digest_at: Clock
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    number: Annotated[str, Words(24, least=0)] = ""


class ChoiceOut(Shape):
    """How one hears: by kind, when, and which records are muted."""

    ways: Ways
    always: list[str]
    digest_at: str
    quiet_from: str | None
    quiet_until: str | None
    number: str
    muted: list[str]


class NewsAsked(Paging):
    """Which notices: a part of one's own, those not read yet, or those about one record."""

    unread: bool = False
    record: Annotated[str, Words(24, least=0)] = ""


class NewsOut(Shape):
    """One notice: what it says, and the relation and the rule by which one got it."""

    id: int
    text: str
    record: str | None
    kind: str
    channel: str
    reason: str
    rule: str
    at: datetime
    read_at: datetime | None


class NewsList(Shape):
    """One's own notices, the newest first."""

    items: list[NewsOut]
    after: str | None
