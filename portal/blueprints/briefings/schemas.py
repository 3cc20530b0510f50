"""Shapes of briefings, for programs."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.core.api import Paging, Shape, Words


class BriefingsAsked(Paging):
    """Which issues: about one subject, or any."""

    about: Annotated[str, Words(24, least=0)] = ""


class BriefingIn(Shape):
    """A paper to make: about what a reference names, for whom, in which language and form."""

    about: Annotated[str, Words(24)]
    reader: Annotated[str, Words(200)]
    locale: Literal["en", "fr", "it"] | None = None
    paper: Literal["A4", "Letter"] = "A4"
    audience: Annotated[str, Words(20, least=0)] = ""
    annex: bool = False
    final: bool = False


class BriefingLine(Shape):
    """An issue in the list; `opens` says whether the caller may read it."""

    reference: str
    kind: str
    state: str
    about: str
    issue: int
    reader: str
    locale: str
    classification: str
    taken_at: datetime
    opens: bool


class BriefingPage(Shape):
    """A page of issues, the newest first."""

    items: list[BriefingLine]
    after: str | None


class BriefingOut(Shape):
    """An issue: what it is, what it lacks, and the digests that prove it."""

    reference: str
    kind: str
    state: str
    standing: str
    about: str
    issue: int
    audience: str
    locale: str
    paper: str
    classification: str
    taken_at: datetime
    pages: int | None
    missing: list[str]
    snapshot_sha256: str
    pdf_sha256: str | None = Field(description="Empty while it is being typeset.")


class VerifyIn(Shape):
    """The full digest of a PDF."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VerifyOut(Shape):
    """What a paper in somebody's hand is."""

    state: str
    reference: str | None
