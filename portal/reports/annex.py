"""What is too long for its place: the place keeps its first sentences and a pointer, the annex
holds the whole.
"""

import re
from dataclasses import dataclass, field, replace

from portal.reports.sheet import Block, Paragraph, Quotation, Rung, Section
from portal.reports.words import ARROW, NBSP, Words, clean, clip

SENTENCE = re.compile(r"[.!?…][»”\"')\]]*(?=\s)")
ENDLESS = re.compile(r"\S{200,}")
"""What nobody wrote as a word: to find where it breaks takes a time that grows with its square, so
it gets places to break that take no room and print as nothing.
"""
PIECE, BREAK = 40, "\u200b"
LEAST = 12
"""The fewest characters that a place keeps before a pointer, whatever its room."""
LINES = 200
"""The most lines of a text that stay lines; what follows is one paragraph, not lost."""
MOST = 40_000
"""The most characters of an annex: some ten pages. What comes after stands in the portal."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole text: its mark (A1), what it is, and its language where it is a quotation."""

    mark: str
    what: str
    text: str
    language: str | None


@dataclass(slots=True)
class Annex:
    """Collects, while a sheet is built, the texts that are too long for their places; one text has
    one mark, however often it is pointed to.
    """

    words: Words
    asked: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    used: int = 0

    def split(
        self, text: str, room: int, *, what: str, language: str | None = None
    ) -> tuple[str, str]:
        """Give what a place of `room` characters keeps of a text, and where the whole of it stands:
        nothing where it fits.
        """
        whole = clean(text)
        if len(whole) <= room + LEAST:
            return whole, ""  # a pointer would take as much
        pointer = self._pointer(text, whole, what=what, language=language)
        return opening(whole, max(LEAST, room - len(pointer) - 1)), pointer

    def sections(self) -> tuple[Section, ...]:
        """Give the texts collected, each under its mark."""
        return tuple(
            Section(one.mark, _blocks(one), one.what, "whole") for one in self.entries.values()
        )

    def _pointer(self, text: str, whole: str, *, what: str, language: str | None) -> str:
        _ = self.words.gettext
        known = self.entries.get(whole)
        if known is None:
            self.used += len(whole)
            if not self.asked or self.used > MOST:
                return (ARROW + _("in the portal")).replace(" ", NBSP)
            known = Entry(f"A{len(self.entries) + 1}", what, text, language)
            self.entries[whole] = known
        return (ARROW + _("annex %(mark)s") % {"mark": known.mark}).replace(" ", NBSP)


def annexed(rungs: tuple[Rung, Rung], *, words: Words, asked: bool) -> tuple[Rung, Rung]:
    """Give rungs that send what is too long for their places to one annex."""
    annex = Annex(words, asked)
    return replace(rungs[0], annex=annex), replace(rungs[1], annex=annex)


def opening(text: str, room: int) -> str:
    """Give the first sentences of a text that fit `room` characters; where they would fill less
    than a third of it, the first words.
    """
    ends = [found.end() for found in SENTENCE.finditer(text[: room + 1]) if found.end() <= room]
    return text[: ends[-1]] if ends and ends[-1] * 3 >= room else clip(text, room)


def _blocks(entry: Entry) -> tuple[Block, ...]:
    written = [_breakable(line) for line in map(clean, entry.text.splitlines()) if line]
    said = [*written[:LINES], *([" ".join(written[LINES:])] if written[LINES:] else [])]
    if entry.language is not None:
        return (Quotation(tuple(said), entry.language),)
    return tuple(Paragraph(line) for line in said)


def _breakable(line: str) -> str:
    return ENDLESS.sub(lambda found: BREAK.join(_pieces(found.group())), line)


def _pieces(word: str) -> list[str]:
    return [word[i : i + PIECE] for i in range(0, len(word), PIECE)]
