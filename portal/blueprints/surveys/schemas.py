"""Shapes of answers to surveys, for programs."""

from datetime import datetime
from typing import Annotated

from portal.core.api import Paging, Shape, Words


class AnswersAsked(Paging):
    """Which answers: of a case, of an account, or all."""

    case: Annotated[str, Words(24, least=0)] = ""
    account: Annotated[str, Words(24, least=0)] = ""


class AnswerOut(Shape):
    """What a customer answered after a closing: satisfaction of 5, ease of 7; `answers` counts the
    replaced ones too, `held_by` held the case when it was closed.
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


class AnswerList(Shape):
    """A page of answers, newest first."""

    items: list[AnswerOut]
    after: str | None
