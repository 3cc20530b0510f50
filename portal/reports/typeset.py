"""Snapshot in, PDF bytes out, in this process: only `render` (a process of its own) and tests may
import this.

The PDF is PDF/UA-1 and PDF/A-3a, carries the snapshot, and is the same bytes for the same snapshot.
"""

import contextlib
import functools
import gc
import hashlib
import io
import json
import logging
import os
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, cast
from xml.etree import ElementTree

from cssselect2 import ElementWrapper
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.formatting_structure.boxes import BlockBox
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from portal.reports import charts, finishing, snapshot
from portal.reports.book import Book
from portal.reports.errors import TooLarge
from portal.reports.facts import Classification
from portal.reports.kinds import Kind, kind
from portal.reports.printed import Printed
from portal.reports.sheet import LADDER, Sheet, lines_of
from portal.reports.words import Words

HERE = files("portal.reports")
VARIANT = "pdf/a-3a"
BASE = "https://parley.invalid/"
ASSETS = {
    ".ttf": "font/ttf",
    ".svg": "image/svg+xml",
    ".css": "text/css",
    ".png": "image/png",
}
PAPERS = {
    "A4": "",
    # Letter is 6 mm wider and 18 mm shorter: the side margins stay, top and bottom give way.
    "Letter": "@page { size: letter; margin: 15mm 32mm 12mm 18mm }",
}
# The most estimated lines that the roomy, then the normal look can hold on page one and on page
# two, and that one roomy page can hold in all: measured, and only used to spare layouts that
# cannot fit.
FRONT, BACK, SINGLE = (45, 53), (56, 66), 30
ATTEMPTS = 8

# The fonts cut out for a document carry the time of cutting: the same facts must give the same
# bytes.
os.environ["SOURCE_DATE_EPOCH"] = "0"
LOG = logging.getLogger("weasyprint")
LOG.addHandler(logging.NullHandler())
# A character that no font here has would print as nothing: this box says that there is one.
BOX = "□"
# What XML has no place for, even escaped: `clean` takes it from people's text, this from the rest.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be typeset, read once."""

    kind: Kind
    facts: Any
    words: Words
    text: str
    digest: str
    paper: str
    built: dict[tuple[tuple[float, float], ...], Sheet] = field(default_factory=dict)

    @property
    def made(self) -> datetime:
        """When the issue was made."""
        return cast("datetime", self.facts.issue.issued_at)

    def sheet(self, first: int, second: int) -> Sheet:
        """Build the sheet for one rung of the ladder on page one and one on page two."""
        rungs = LADDER[first], LADDER[second]
        # Rungs that differ in their look alone hold the same words.
        room = tuple((rung.rows, rung.text) for rung in rungs)
        if room not in self.built:
            self.built[room] = self.kind.build(
                self.facts, words=self.words, rungs=rungs, digest=self.digest
            )
        return replace(self.built[room], front_look=rungs[0].look, back_look=rungs[1].look)


class Unprintable(logging.Handler):
    """Collects the characters for which WeasyPrint found no font."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[int] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Note the character of a warning about a missing glyph."""
        if record.msg.startswith(".notdef glyph") and isinstance(record.args, tuple):
            self.found.update(ord(c) for c in str(record.args[0]) if not c.isspace())


class Assets(URLFetcher):
    """Answers for our fonts and this document's drawings; every other address is refused."""

    def __init__(self, images: dict[str, bytes]) -> None:
        super().__init__(allowed_protocols=())
        self.images = images
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Give one of our assets, or refuse."""
        name = url.removeprefix(BASE) if url.startswith(BASE) else ""
        suffix = name[name.rfind(".") :] if "." in name else ""
        body = self.images.get(name)
        if body is None and name in _fonts():
            body = (HERE / name).read_bytes()
        if body is None or suffix not in ASSETS:
            self.refused.append(url)
            raise ValueError("only our own assets are fetched")
        return URLFetcherResponse(url, body=body, headers={"Content-Type": ASSETS[suffix]})


class Page(HTML):
    """A page of our own making: well-formed, so that C can parse it in a tenth of the time that a
    parser of the web's worst takes.
    """

    def __init__(self, text: str, *, assets: Assets) -> None:
        root = ElementTree.fromstring(ILLEGAL.sub(BOX, text))  # noqa: S314 - made here, no entities
        self.base_url, self.url_fetcher, self.media_type = BASE, assets, "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


def typeset(kind_name: str, text: str, *, locale: str, paper: str = "A4") -> Printed:
    """Make the PDF of a snapshot in `locale` (en, fr, it) on `paper` (A4, Letter).

    BadSnapshot if the text is not one of that kind; TooLarge if even the last rung of the ladder
    does not fit.
    """
    which = kind(kind_name)
    facts = snapshot.loads(text, kind=kind_name, shape=which.shape)
    canonical = snapshot.canonical(text)
    order = Order(
        kind=which,
        facts=facts,
        words=Words.of(locale, zone=facts.issue.zone, issued_at=facts.issue.issued_at),
        text=canonical,
        digest=hashlib.sha256(canonical.encode("ascii")).hexdigest(),
        paper=paper,
    )
    with _no_collecting():
        pdf, unprintable = _made(order, boxed=frozenset())
        if unprintable:
            pdf, _ = _made(order, boxed=unprintable)
    return pdf


LETTER = (
    "@page { size: A4; margin: 30mm 25mm 25mm 25mm;"
    " @top-left { content: none } @top-right { content: none }"
    " @bottom-right { content: counter(page) } }"
    " body { font-size: 10.5pt; line-height: 15pt; string-set: ref attr(data-ref) }"
    " h1 { font-size: 15pt; line-height: 18pt; margin: 0 0 14mm }"
    " h1 img { max-width: 60mm; max-height: 15mm } p { margin: 0 0 4mm }"
)


def typeset_letter(letter: dict[str, str]) -> bytes:
    """Make the PDF/UA of a letter, whose keys are those of `letter.Letter`."""
    images = {"logo.png": b64decode(letter["logo"])} if letter["logo"] else {}
    fonts, assets = FontConfiguration(), Assets(images)
    look = CSS(string=_css_text() + LETTER, base_url=BASE, url_fetcher=assets, font_config=fonts)
    text = (
        _templates().get_template("reports/letter.html").render(letter=letter, made=letter["made"])
    )
    digest = hashlib.sha256(text.encode()).digest()[:16]
    with _no_collecting():
        document = Page(text, assets=assets).render(
            stylesheets=[look], font_config=fonts, pdf_variant="pdf/ua-1"
        )
        return bytes(document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=digest))


def html(sheet: Sheet | Book, *, digest: str, made: datetime, single: bool = False) -> str:
    """Give the page of a sheet; people's text is escaped by the template, always."""
    stamp = made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    template = _templates().get_template(sheet.template)
    return template.render(sheet=sheet, digest=digest, made=stamp, single=single)


def _made(order: Order, *, boxed: frozenset[int]) -> tuple[Printed, frozenset[int]]:
    unprintable = Unprintable()
    LOG.addHandler(unprintable)
    try:
        pdf = _written(_fitted(order, boxed=boxed), order)
    finally:
        LOG.removeHandler(unprintable)
    return pdf, frozenset(unprintable.found)


def _fitted(order: Order, *, boxed: frozenset[int]) -> Document:
    if order.kind.bound:
        return _bound(order, boxed=boxed)
    first, second, single = _start(order)
    while first < len(LADDER) and second < len(LADDER):
        sheet = order.sheet(first, second)
        # The annex begins a page of its own, so what stands before it fits without it or not.
        body = replace(sheet, annex=())
        document = _laid_out(body, order, single=single, boxed=boxed)
        if len(document.pages) <= (1 if single else order.kind.pages):
            if not sheet.annex:
                return document
            return _laid_out(sheet, order, single=single, boxed=boxed)
        if single and order.kind.pages > 1:
            single = False
            continue
        # Page two begins at its anchor, so it shows which of the two has run over.
        back = next((i for i, page in enumerate(document.pages) if "back" in page.anchors), None)
        first += back is None or back > 1
        second += back is not None and len(document.pages) - back > order.kind.pages - 1
    raise TooLarge("the briefing does not fit its pages even with the fewest rows")


def _bound(order: Order, *, boxed: frozenset[int]) -> Document:
    """Lay a book out: whole and once, for its pages are as many as its cases ask for."""
    book = order.kind.build(order.facts, words=order.words, rungs=LADDER[:2], digest=order.digest)
    document = _laid_out(book, order, single=False, boxed=boxed)
    if len(document.pages) > order.kind.pages:
        raise TooLarge(f"{len(document.pages)} pages, {order.kind.pages} are allowed")
    return document


def _start(order: Order) -> tuple[int, int, bool]:
    # A layout costs a fifth of a second: the estimate spares those that cannot fit.
    sheet = order.sheet(0, 0)
    front, back = lines_of(sheet.front), lines_of(sheet.back)
    single = order.kind.pages == 1 or front + back <= SINGLE
    first, second = (
        sum(lines > most * pages for most in limits)
        for lines, limits, pages in ((front, FRONT, 1), (back, BACK, max(1, order.kind.pages - 1)))
    )
    return first, second, single


def _laid_out(
    sheet: Sheet | Book, order: Order, *, single: bool, boxed: frozenset[int]
) -> Document:
    css, fonts = _style(order.paper)
    images = dict(sheet.images)
    if sheet.draft:
        images["draft.svg"] = charts.draft_mark(sheet.draft)
    head, body, rest = html(sheet, digest=order.digest, made=order.made, single=single).partition(
        "<body"
    )
    text = head + body + rest.translate(dict.fromkeys(boxed, BOX))
    return Page(text, assets=Assets(images)).render(
        stylesheets=[css],
        font_config=fonts,
        pdf_variant=VARIANT,
        color_profiles={"srgb": _colours()},
    )


def _written(document: Document, order: Order) -> Printed:
    # One tag for each piece: a quotation that goes over a page has several.
    languages = [
        box.element.get("lang", "")
        for page in document.pages
        for box in page._page_box.descendants()
        if isinstance(box, BlockBox) and box.element_tag == "blockquote"
    ]
    for attempt in range(ATTEMPTS):
        pdf = bytes(
            document.write_pdf(
                pdf_variant=VARIANT,
                # The profile is ours: WeasyPrint would open its file again and never close it.
                output_intent="as rendered",
                pdf_identifier=order.digest[:32].encode(),
                attachments=[_attachment(_carried(order), made=order.made)],
                finisher=functools.partial(finishing.finish, languages=languages, salt=attempt),
            )
        )
        if not finishing.is_ambiguous(pdf):
            break
    return Printed.of(pdf, pages=len(document.pages))


def _carried(order: Order) -> str:
    """Give what a paper carries: its facts as they were frozen, or their digest alone where they
    are restricted; a file goes further than its reader.
    """
    issue = order.facts.issue
    if issue.classification is not Classification.RESTRICTED or issue.template < 2:
        return order.text
    return json.dumps({"kind": order.kind.name, "sha256": order.digest}, sort_keys=True)


def _attachment(text: str, *, made: datetime) -> Attachment:
    return Attachment(
        string=text,
        name="briefing.json",
        description="Facts of this briefing",
        relationship="Data",
        created=made.astimezone(UTC),
        modified=made.astimezone(UTC),
    )


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    # Collecting while a layout's boxes grow costs a tenth of the time and frees nothing. Between
    # two documents the collector may do as it likes; a process that makes one ends before it
    # would.
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@functools.cache
def _style(paper: str) -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    # Widths as classes: cells with a `style` of their own would each be computed anew.
    widths = "".join(f".w{n} {{ width: {n}% }}" for n in range(5, 101))
    sheet = _css_text() + widths + PAPERS[paper]
    return CSS(string=sheet, base_url=BASE, url_fetcher=Assets({}), font_config=fonts), fonts


def _css_text() -> str:
    return (HERE / "print.css").read_text("utf-8")


def _colours() -> ColorProfile:
    # A new one for each document: one that has been read once is written differently.
    components = (["r"], ["g"], ["b"])
    return ColorProfile(io.BytesIO(_srgb()), "sRGB2014.icc", "relative-colorimetric", components)


@functools.cache
def _srgb() -> bytes:
    return (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()


@functools.cache
def _fonts() -> frozenset[str]:
    folder = HERE / "fonts"
    if not folder.is_dir():
        return frozenset()
    return frozenset(
        f"fonts/{font.name}" for font in folder.iterdir() if font.name.endswith(".ttf")
    )


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(str(files("portal") / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
