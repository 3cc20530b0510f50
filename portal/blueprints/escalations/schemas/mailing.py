"""Shapes of messages to the other customers that a case hits, for programs."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from portal.core.api import REFUSED, Shape, Words

Fact = Annotated[str, Words(120, least=0)]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]


class Picking(Shape):
    """The facts by which the customers that are hit are told: all that are given are true.

    Amounts are whole units of the account's currency, a year.
    """

    segment: Fact = ""
    region: Fact = ""
    country: Fact = ""
    industry: Fact = ""
    product: Fact = ""
    tier: Fact = ""
    least_arr: Number | None = None
    most_arr: Number | None = None


class PickedOut(Shape):
    """How many customers are new on the list."""

    new: int


class MailingText(Shape):
    """A message in one language."""

    subject: Annotated[str, Words(200)]
    text: Annotated[str, Words(8000)]


class NewMailing(Shape):
    """A message in one to three languages."""

    en: MailingText | None = None
    fr: MailingText | None = None
    it: MailingText | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.en or self.fr or self.it):
            raise PydanticCustomError(REFUSED, "write the message in one language at least")
        return self


class MailingOut(Shape):
    """A message and how far it got: `nobody` counts the customers where there is nobody to write
    to.
    """

    id: int
    state: str
    languages: list[str]
    total: int
    written: int
    left: int
    answered: int
    nobody: int
    approved_at: datetime | None
    sent_at: datetime | None


class MailingList(Shape):
    """The messages of a case, the newest first."""

    items: list[MailingOut]


class LinesAsked(Shape):
    """Which part of the list: after which line (`after` of the page before)."""

    after: Annotated[int, Field(ge=0, le=2_000_000_000)] = 0


class LineOut(Shape):
    """What became of a message at one customer."""

    account: str
    language: str
    sent_at: datetime | None
    answered_at: datetime | None
    answer: str


class LineList(Shape):
    """Customer by customer, as far as the reader may see them."""

    items: list[LineOut]
    after: int | None


class AnswerIn(Shape):
    """What a customer said to a message."""

    account: Annotated[str, Words(24)]
    answer: Annotated[str, Words(400)]
