"""What a page is made of before it is typeset: sections of paragraphs, tables, quotations and
figures.

Texts are plain (escaped by the template) or `Markup` made by `Words.fill` from escaped parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

if TYPE_CHECKING:
    from portal.reports.annex import Annex

from portal.reports.words import clip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder by which a paper is made to fit: look, share of rows kept, share of
    text kept in its place; `annex` takes the whole of what is too long for one.
    """

    look: Literal["roomy", "", "tight"] = ""
    rows: float = 1
    text: float = 1
    annex: "Annex | None" = None

    def some(self, items: Sequence[T], most: int) -> tuple[Sequence[T], int]:
        """Give the first items that this rung has room for, and how many were left out."""
        room = max(1, round(most * self.rows))
        return items[:room], max(0, len(items) - room)

    def room(self, characters: int) -> int:
        """Give the room for a text that has `characters` in the normal look."""
        return max(16, int(characters * self.text))

    def fit(self, text: str, characters: int, *, what: str) -> str:
        """Give a text for a place of `characters` in the normal look: whole, or its beginning and
        where the whole stands, there called `what`.
        """
        return " ".join(part for part in self.split(text, characters, what=what) if part)

    def split(
        self, text: str, characters: int, *, what: str, language: str | None = None
    ) -> tuple[str, str]:
        """Give the same in two parts, for a place that puts something between them; `language` is
        that of a quotation.
        """
        room = self.room(characters)
        if self.annex is None:
            return clip(text, room), ""
        return self.annex.split(text, room, what=what, language=language)


LADDER = (
    Rung("roomy"),
    Rung(),
    Rung("tight"),
    Rung("tight", rows=0.7, text=0.75),
    Rung("tight", rows=0.45, text=0.5),
    Rung("tight", rows=0.25, text=0.3),
    Rung("tight", rows=0.1, text=0.12),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, share of the width in percent, classes (n number, l last, s small)."""

    head: str
    width: int
    css: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; the first cell is its heading."""

    cells: tuple[str, ...]
    css: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `css` is q (the question), src (small print), none (nothing known) or empty."""

    text: str
    css: str = ""
    tag: Literal["p", "h3"] = "p"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short points."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with fixed columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    css: str = ""


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody's own words, line by line, in their language."""

    lines: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: the finding as caption, and a text for those who cannot see it."""

    caption: str
    alt: str
    name: str
    svg: bytes


Block = Paragraph | Bullets | Table | Quotation | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A side head, a grey note under it, and what it holds."""

    head: str
    blocks: tuple[Block, ...]
    note: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole paper before typesetting; `front` is page one, `back` and `annex` each begin a new
    page; `remark` is a line under the lead and its language.
    """

    template: ClassVar[str] = "reports/briefing.html"

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
    remark: tuple[str, str]
    strip: Table
    front: tuple[Section, ...]
    back: tuple[Section, ...] = ()
    annex: tuple[Section, ...] = ()
    annex_head: str = ""
    missing: tuple[str, ...] = ()
    draft: str = ""
    front_look: str = ""
    back_look: str = ""
    images: dict[str, bytes] = field(default_factory=dict)


def figures(sections: Sequence[Section]) -> dict[str, bytes]:
    """Collect the drawings of some sections by their names."""
    return {b.name: b.svg for s in sections for b in s.blocks if isinstance(b, Figure)}


def lines_of(sections: Sequence[Section]) -> float:
    """Estimate the lines that sections need in the normal look; it only chooses where on the
    ladder to begin.
    """
    return sum(1 + sum(_lines(block) for block in section.blocks) for section in sections)


def _lines(block: Block) -> float:
    match block:
        case Paragraph():
            return 1 + len(block.text) / 90
        case Bullets():
            return sum(1 + len(item) // 95 for item in block.items)
        case Table():
            return 1 + sum(_row(row, block.columns) for row in block.rows)
        case Quotation():
            return sum(1 + len(line) // 85 for line in block.lines)
        case Figure():
            return 8


def _row(row: Row, columns: Sequence[Column]) -> float:
    return 1.1 * max(
        1 + len(cell) // max(4, int(column.width * 1.05))
        for cell, column in zip(row.cells, columns, strict=True)
    )
