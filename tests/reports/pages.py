"""Reading PDFs in tests."""

import io
import re
from functools import cache

import pypdf

from portal.reports import snapshot, typeset
from portal.reports.kinds import KINDS


def kind(facts: object) -> str:
    return next(name for name, one in KINDS.items() if one.shape is type(facts))


def text_of(facts: object) -> str:
    return snapshot.dumps(facts, kind=kind(facts))


@cache
def made(facts: object, *, locale: str = "en", paper: str = "A4") -> bytes:
    return typeset.typeset(kind(facts), text_of(facts), locale=locale, paper=paper)


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def words(pdf: bytes, *, page: int | None = None) -> str:
    """The text of a PDF, each run of white space as one space."""
    pages = reader(pdf).pages if page is None else [reader(pdf).pages[page]]
    return re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pages))


def attached(pdf: bytes) -> dict[str, list[bytes]]:
    return dict(reader(pdf).attachments)
