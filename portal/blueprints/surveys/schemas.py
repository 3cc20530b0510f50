"""Shapes of answers to surveys, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Paging, Shape, Whole, Words


class AnswersAsked(Paging):
    """Which answers: of a case, of an account, or all."""

    case: Annotated[str, Words(24, least=0)] = ""
    account: Annotated[str, Words(24, least=0)] = ""


class ReplacedOut(Shape):
    """What a customer answered before: satisfaction of 5, ease of 7."""

    csat: int
    ces: int
    comment: str
    answered_at: datetime
    replaced_at: datetime


class AnswerOut(Shape):
    """What a customer answered after a closing: satisfaction of 5, ease of 7; `answers` counts the
    replaced ones too, which `earlier` holds, newest first; `held_by` held the case when it was
    closed.
    """

    case: str
    account: str
    csat: int
    ces: int
    comment: str
    answers: int
    held_by: str | None
    closed_at: datetime
    answered_at: datetime | None
    earlier: list[ReplacedOut]


class AnswerList(Shape):
    """A page of answers, newest first."""

    items: list[AnswerOut]
    after: str | None


class RecommendAsked(Paging):
    """Which answers: of an account, or all."""

    account: Annotated[str, Words(24, least=0)] = ""


class RecommendOut(Shape):
    """Whether a customer would recommend us, of 10; `held_by` looked after them when asked."""

    account: str
    score: int
    comment: str
    held_by: str | None
    answered_at: datetime | None


class RecommendList(Shape):
    """A page of answers, the newest first; how often customers are asked (months, 0 is never), and
    the net promoter score of the newest answers, None without any.
    """

    items: list[RecommendOut]
    after: str | None
    every_months: int
    net: int | None


class ScheduleIn(Shape):
    """How often each customer is asked, in months; 0 is never."""

    every_months: Annotated[int, Field(ge=0, le=12, description="0, 3, 6 or 12."), Whole]


class ScheduleOut(Shape):
    """How often each customer is asked, in months; 0 is never."""

    every_months: int
