"""Shapes of the sponsorship programme in the API."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, Whole, Words

Text = Annotated[str, Words(4000)]


class MetricOut(Shape):
    """By what the programme is measured, and how much is enough."""

    name: str
    target: str


class CharterLine(Shape):
    """A version of the charter in the list of them."""

    number: int
    published_at: datetime
    publisher: str | None
    reason: str


class CharterList(Shape):
    """The versions of the charter, the newest first: it is in force."""

    items: list[CharterLine]


class CharterOut(Shape):
    """A version of the charter; texts hold a line for each thing."""

    number: int
    published_at: datetime
    reason: str
    purpose: str
    metrics: list[MetricOut]
    duties: str
    donts: str
    customer: str
    training: str


class NewCharter(Shape):
    """A version of the charter to publish; `base` is the version it was written on, 0 for none. A
    line of `metrics` is a name, a colon and a target.
    """

    base: Annotated[int, Field(ge=0, le=1_000_000), Whole]
    purpose: Text
    metrics: Text
    duties: Text
    donts: Text
    customer: Text
    training: Text
    reason: Annotated[str, Words(400)]
