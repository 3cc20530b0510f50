"""Shapes of what customers are told, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, Whole, Words

from .parts import Id


class StatusIn(Shape):
    """Where a case stands, in words for the customer; `contact` gets it as a note by itself after
    `every_days` days without other news, once.
    """

    text: Annotated[str, Words(2_000)]
    contact: Id | None = None
    every_days: Annotated[int, Field(ge=1, le=30), Whole] | None = None


class StatusOut(Shape):
    """A text for the customer; the newest approved one is what they read."""

    id: int
    text: str
    language: str
    written_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    noted_at: datetime | None
    next_at: datetime | None


class StatusList(Shape):
    """The texts of a case, newest first."""

    items: list[StatusOut]
