"""Shapes of the duty roster for programs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, When, Whole, Words

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
