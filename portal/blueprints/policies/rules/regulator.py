"""Regulator clocks: dated, sourced data that counsel confirms; never advice."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Document, Name, Part, Span, Words, distinct


class RegulatorClock(Part):
    """One term: to whom it applies, from when it runs, how long, and where that stands."""

    name: Name
    jurisdiction: Annotated[str, Field(pattern=r"^(EU|[A-Z]{2})$")]
    authority: Words
    applies_to: Words
    starts: Words
    step: Literal["acknowledgement", "summary", "final_answer", "answer", "notification", "report"]
    span: Span
    extended_to: Span | None = None
    source: Words
    noted_on: date
    confirmed_by_counsel: bool


class RegulatorClocksPolicy(Document):
    """The terms, one a row."""

    warning: Words
    clocks: Annotated[tuple[RegulatorClock, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        distinct([clock.name for clock in self.clocks], _("Clocks"))
        return self
