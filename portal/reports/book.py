"""A book before it is typeset: a cover, chapters that stand in the contents, annexes."""

from dataclasses import dataclass, field
from typing import ClassVar

from portal.reports.sheet import Section, Table


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its anchor (an id, its place in the contents) and its sections; parts of an
    annex stand in the contents too; one that is not `fresh` goes on where the one before ends.
    `under` is a line under its title, `strip` its table that is always in sight, `missing` the box
    of a chapter that is a draft, `remark` a line under its lead and the language of that.
    """

    anchor: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    parts: tuple["Chapter", ...] = ()
    fresh: bool = True
    under: str = ""
    strip: Table | None = None
    missing: tuple[str, ...] = ()
    remark: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Book:
    """A whole book; margins and masthead as on every paper, the body in chapters."""

    template: ClassVar[str] = "reports/book.html"

    language: str
    title: str
    description: str
    author: str
    classification: str
    recipient: str
    footer: str
    page_words: tuple[str, str]
    kind: str
    issue: str
    heading: str
    identity: str
    lead: str
    contents: str
    chapters: tuple[Chapter, ...]
    draft: str = ""
    images: dict[str, bytes] = field(default_factory=dict)
