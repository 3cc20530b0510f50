"""Shapes of post-mortems for programs."""

from datetime import date, datetime
from typing import Annotated

from portal.core.api import Paging, Shape, Words


class ImportedAsked(Paging):
    """Which of those written elsewhere: with all these words, of an account, or all."""

    q: Annotated[str, Words(200, least=0)] = ""
    account: Annotated[str, Words(24, least=0)] = ""


class ImportedLine(Shape):
    """One written elsewhere in a list; null is what its source does not say."""

    reference: str
    title: str
    title_derived: bool
    company: str
    product: str
    categories: list[str]
    started_on: date | None
    account: str | None


class ImportedPage(Shape):
    """A page of those written elsewhere, the newest first."""

    items: list[ImportedLine]
    after: str | None


class ImportedOut(Shape):
    """One written elsewhere, with what its source says; a moment without its zone is a day."""

    reference: str
    key: str
    title: str
    title_derived: bool
    company: str
    product: str
    url: str
    archive_url: str
    started_on: date | None
    started_at: datetime | None
    ended_on: date | None
    ended_at: datetime | None
    published_on: date | None
    published_at: datetime | None
    categories: list[str]
    keywords: list[str]
    summary: str
    body: str
    account: str | None
    case: str | None
