"""Shapes of rounds, for programs."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.core.api import Shape, Whole, Words


class RoundIn(Shape):
    """Who is asked at which times (10:00, 16:00) how the incident of a case stands: one person or
    one team, by number; `zone` says whether the customer's clock counts or that of who is asked.
    """

    case: Annotated[str, Words(24)]
    question: Annotated[str, Words(300)]
    person: Annotated[int, Field(ge=1), Whole] | None = None
    team: Annotated[int, Field(ge=1), Whole] | None = None
    times: Annotated[list[Annotated[str, Words(5)]], Field(min_length=1, max_length=6)]
    zone: Literal["asked", "customer"] = "asked"
    workdays: bool = True
    within_minutes: Annotated[int, Field(ge=1), Whole] = 60


class RoundCaseIn(Shape):
    """A case that waits for the answers, or waits no more."""

    case: Annotated[str, Words(24)]


class RoundAnswerIn(Shape):
    """How it stands."""

    text: Annotated[str, Words(4000)]


class RoundWhomIn(Shape):
    """Who is asked from now on: one person or one team, by number."""

    person: Annotated[int, Field(ge=1), Whole] | None = None
    team: Annotated[int, Field(ge=1), Whole] | None = None


class RoundStopIn(Shape):
    """Why nobody is asked any more."""

    reason: Annotated[str, Words(400)]


class RoundsAsked(Shape):
    """Which rounds: all that run, or those of one case by its number."""

    case: Annotated[str, Words(24, least=0)] = ""


class RoundCallOut(Shape):
    """One time somebody was asked, or told how it stands."""

    due_at: datetime
    asked: str
    asked_at: datetime | None
    answer_by: datetime | None
    reminded_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    answer: str


class RoundOut(Shape):
    """A round, and the cases in it that the reader may see."""

    id: int
    question: str
    asked: str
    times: list[str]
    zone: str
    workdays: bool
    within_minutes: int
    next_at: datetime | None
    stopped_at: datetime | None
    stopped_because: str
    cases: list[str]
    calls: list[RoundCallOut]


class RoundList(Shape):
    """Rounds; their calls stand with each alone."""

    items: list[RoundOut]
