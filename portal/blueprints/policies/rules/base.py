"""What every policy document is made of: exact numbers, spans of time, names of other rooms.

A policy lies below the rooms it governs, so it spells their names instead of importing their enums;
a test holds the two against each other.
"""

import re
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portal.core.i18n import _

SeverityName = Literal["E1", "E2", "E3", "E4"]
TriggerName = Literal[
    "cancellation_threat",
    "legal_threat",
    "regulator_complaint",
    "public_exposure",
    "executive_complaint",
    "security_or_privacy",
    "sla_breach",
    "customer_deadline",
    "inactivity",
    "recurrence",
    "opportunity",
    "other_extraordinary",
]
LevelName = Literal["L0", "L1", "L2", "L3", "X"]
LanguageName = Literal["en", "fr", "it"]
NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,8})?")


def _exact(value: object) -> Decimal:
    """Read an exact number from a string; a binary fraction would already be wrong."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, str):
        raise ValueError(_("Write a number like 25000 or 0.5, with at most eight decimals."))  # noqa: TRY004
    raise ValueError(_('Write the number exactly, in quotes: "0.02".'))


Exact = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=18, decimal_places=8)]
Share = Annotated[Exact, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]


class Part(BaseModel):
    """A frozen part of a document; nothing is converted and nothing unknown is let in."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


class Document(Part):
    """A policy: its title, the reasons for the numbers chosen here, and the numbers."""

    title: Words
    note: Words


class Unit(StrEnum):
    """How a span of time is counted."""

    HOURS = "hours"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class Span(Part):
    """A span: elapsed hours, open hours, n-th closing time, or days at the same local time."""

    count: Count
    unit: Unit


class ClockSpan(Span):
    """A span that a clock can run on."""

    unit: Literal[Unit.HOURS, Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS, Unit.DAYS]

    @cached_property
    def least(self) -> timedelta:
        """Give a time that surely passes on the wall before this span ends, without its calendar:
        a local day may be shorter than 24 hours, a business day is over when it closes.
        """
        if self.unit in (Unit.HOURS, Unit.BUSINESS_HOURS):
            return timedelta(hours=self.count)
        return timedelta(days=self.count - 1) if self.unit is Unit.DAYS else timedelta(0)


def distinct(names: list[str], what: str) -> None:
    """Refuse (ValueError) a name that stands twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(_("%(what)s: %(names)s stands twice.", what=what, names=", ".join(twice)))
