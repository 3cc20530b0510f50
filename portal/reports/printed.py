"""What typesetting gives."""

from __future__ import annotations


class Printed(bytes):
    """A finished PDF that knows how many pages it has."""

    pages: int

    @classmethod
    def of(cls, content: bytes, *, pages: int) -> Printed:
        """Give a PDF with the number of its pages."""
        made = cls(content)
        made.pages = pages
        return made
