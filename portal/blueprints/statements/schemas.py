"""Shapes of holding statements, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, When, Words


class QuestionAndAnswer(Shape):
    """A question and its answer."""

    q: Annotated[str, Words(400)]
    a: Annotated[str, Words(2000)]


class StatementText(Shape):
    """What is said in one language."""

    text: Annotated[str, Words(4000)]
    questions: Annotated[list[QuestionAndAnswer], Field(max_length=20)]


class Texts(Shape):
    """What is said in each language."""

    en: StatementText
    fr: StatementText
    it: StatementText


class StatementIn(Shape):
    """A statement for the incident of a case, and until when it holds."""

    case: Annotated[str, Words(24)]
    texts: Texts
    holds_until: When


class WithdrawIn(Shape):
    """Why a statement is withdrawn."""

    reason: Annotated[str, Words(400)]


class StatementsAsked(Shape):
    """Which statements: all in force, or those for one account by its number."""

    account: Annotated[str, Words(24, least=0)] = ""


class StatementOut(Shape):
    """A statement, and the customers it is about that the reader may see."""

    id: int
    number: int
    state: str
    texts: Texts
    accounts: list[str]
    case: str | None
    holds_until: datetime
    approved_at: datetime | None
    approved_by: str | None


class StatementList(Shape):
    """Statements in force, the newest first."""

    items: list[StatementOut]
