"""What a post-mortem written elsewhere says: only what stands in it, and a title said to be derived
where it has none.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from portal.core.i18n import _

from .files import Problem, Raw

TITLE, WORDS, ADDRESS, LISTED, BODY = 400, 200, 2_000, 200, 4 << 20
MOST_MARKS = 200
NAMES = {
    "uuid": ("uuid", "id", "guid"),
    "title": ("title", "name"),
    "company": ("company", "organisation", "organization"),
    "product": ("product", "service"),
    "url": ("url", "link"),
    "archive_url": ("archive_url",),
    "started": ("start_time", "started_at", "start", "started"),
    "ended": ("end_time", "ended_at", "end", "ended"),
    "published": ("source_published_at", "published_at", "published", "date"),
    "categories": ("categories", "category"),
    "keywords": ("keywords", "tags"),
    "summary": ("summary", "description"),
    "body": ("body", "text", "content"),
    "account": ("account", "account_ref"),
    "case": ("case", "escalation", "case_ref"),
}
"""The fields that have a place here, and what files call them; others are kept as they are."""
KNOWN = {name: place for place, names in NAMES.items() for name in names}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
SENTENCE = re.compile(r"(.+?[.!?…])(?=\s|$)", re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as a source gives it: the day it names, and the instant where it says the zone."""

    on: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A post-mortem written elsewhere; empty and None mean that the source does not say."""

    line: int
    key: str
    title: str = ""
    title_derived: bool = False
    company: str = ""
    product: str = ""
    url: str = ""
    archive_url: str = ""
    started: Moment | None = None
    ended: Moment | None = None
    published: Moment | None = None
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    summary: str = ""
    body: str = ""
    account: str = ""
    case: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


def imported(raw: Raw) -> tuple[Imported | None, list[Problem]]:
    """Read a record; what does not fit is said, and then there is none."""
    reader = _Reader(raw)
    found = Imported(
        line=raw.line,
        key="",
        title=reader.words("title", TITLE),
        company=reader.words("company", WORDS),
        product=reader.words("product", WORDS),
        url=reader.words("url", ADDRESS),
        archive_url=reader.words("archive_url", ADDRESS),
        started=reader.moment("started"),
        ended=reader.moment("ended"),
        published=reader.moment("published"),
        categories=reader.listed("categories"),
        keywords=reader.listed("keywords"),
        summary=reader.text("summary"),
        body=reader.text("body"),
        account=reader.words("account", WORDS),
        case=reader.words("case", 24).upper(),
        more={str(k): _plain(v) for k, v in raw.fields.items() if str(k).lower() not in KNOWN},
    )
    uuid = reader.words("uuid", 100)
    if not reader.problems and not (uuid or found.url or found.title or found.summary + found.body):
        reader.problems.append(
            Problem(raw.line, "", "", str(_("There is nothing in this record.")))
        )
    if reader.problems:
        return None, reader.problems
    digest = _digest(found, uuid=uuid)
    found = replace(found, key=_key(uuid, found.url, digest), digest=digest)
    return (found if found.title else _titled(found)), []


def _key(uuid: str, url: str, digest: str) -> str:
    """Give what makes a record the same one: its uuid, else its address, else what it says."""
    if uuid:
        return f"uuid:{uuid.lower()}"
    if url:
        return f"url:{hashlib.sha256(url.encode()).hexdigest()}"
    return f"text:{digest}"


def _digest(found: Imported, *, uuid: str) -> str:
    """Give the digest of what a record says, wherever it stands in its file."""
    said = {name: getattr(found, name) for name in Imported.__slots__ if name != "line"}
    text = json.dumps({**said, "uuid": uuid}, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _titled(found: Imported) -> Imported:
    """Give a record a title from its own words, and say that it is derived."""
    heading = HEADING.search(found.body)
    words = heading.group(1) if heading else found.summary or found.body
    sentence = SENTENCE.match(words.strip())
    plain = " ".join(LINK.sub(r"\1", sentence.group(1) if sentence else words).split())
    title = _short(plain.strip("#*_` ")) or found.company or found.url or found.key
    return replace(found, title=title[:TITLE], title_derived=True)


def _short(text: str, most: int = 120) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rsplit(' ', 1)[0].rstrip(' ,.;:')}…"


def _plain(value: Any) -> Any:
    """Give a value that a database can keep: without what it cannot, and no deeper than a list."""
    match value:
        case None | bool() | int():
            return value if not isinstance(value, int) or abs(value) < 1 << 53 else str(value)
        case str():
            return UNPRINTABLE.sub("\ufffd", value)[:ADDRESS]
        case list():
            return [str(_plain(str(one))) for one in value[:MOST_MARKS]]
        case _:
            return UNPRINTABLE.sub("\ufffd", str(value))[:ADDRESS]


class _Reader:
    """Reads the fields of one record, and notes what does not fit."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.problems: list[Problem] = []
        self.given: dict[str, tuple[str, Any]] = {}
        for name, value in raw.fields.items():
            place = KNOWN.get(str(name).lower())
            if place and value not in (None, "", [], {}):
                self.given.setdefault(place, (str(name), value))

    def refuse(self, place: str, reason: object) -> None:
        """Note what is wrong with a field."""
        name, value = self.given[place]
        self.problems.append(Problem(self.raw.line, name, str(value), str(reason)))

    def text(self, place: str, most: int = BODY) -> str:
        """Give a text with its lines; characters that no database keeps are marked as lost."""
        _name, value = self.given.get(place, ("", ""))
        if not isinstance(value, str | int | float):
            self.refuse(place, _("A text is expected."))
            return ""
        plain = UNPRINTABLE.sub("\ufffd", str(value).replace("\r\n", "\n").replace("\r", "\n"))
        if len(plain) > most:
            self.refuse(place, _("At most %(count)s characters.", count=most))
        return plain.strip()

    def words(self, place: str, most: int) -> str:
        """Give a text on one line."""
        return " ".join(self.text(place, most).split())

    def moment(self, place: str) -> Moment | None:
        """Give the moment that a field names."""
        _name, value = self.given.get(place, ("", None))
        if value is None:
            return None
        if isinstance(value, datetime):
            return Moment(value.date(), value if value.tzinfo else None)
        if isinstance(value, date):
            return Moment(value)
        try:
            return _moment(self.words(place, 60))
        except (ValueError, OverflowError):
            self.refuse(place, _("A date is written 2026-07-14, a time 2026-07-14T09:30:00+02:00."))
            return None

    def listed(self, place: str) -> tuple[str, ...]:
        """Give a list of words: a list, or words with commas between them."""
        _name, value = self.given.get(place, ("", []))
        parts = value if isinstance(value, list) else re.split(r"[,;|]", self.text(place))
        found = [" ".join(UNPRINTABLE.sub("", str(one)).split()) for one in parts]
        kept = tuple(dict.fromkeys(one for one in found if one))
        if len(kept) > MOST_MARKS or any(len(one) > LISTED for one in kept):
            self.refuse(
                place, _("At most %(n)s words of %(m)s characters.", n=MOST_MARKS, m=LISTED)
            )
        return kept


def _moment(text: str) -> Moment:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return Moment(date.fromisoformat(text))
    found = datetime.fromisoformat(text)
    return Moment(found.date(), found if found.tzinfo else None)


def is_address(text: str) -> bool:
    """Say whether words are one address of a page on the web, and nothing else."""
    return bool(re.fullmatch(r"https?://[^\s<>\"()\[\]]+", text))


def is_upside_down(started: Moment | None, ended: Moment | None) -> bool:
    """Say whether a source has the end before the beginning; a day without its zone may be two."""
    if started is None or ended is None:
        return False
    if started.at is not None and ended.at is not None:
        return ended.at < started.at
    return (started.on - ended.on).days > 1


Block = tuple[str, str]
MARKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("code", lambda line: line.startswith(("```", "~~~"))),
    ("head", lambda line: bool(HEADING.match(line))),
    ("item", lambda line: bool(re.match(r"\s*(?:[-*+]|\d{1,3}[.)])\s+", line))),
)


def blocks(text: str, *, most: int) -> list[Block]:
    """Part a text in Markdown into heads, paragraphs, items and code, at most so many: words alone,
    what they hold of markup or HTML is shown as it was written.
    """
    found: list[Block] = []
    fenced, joined = False, False
    for line in text.split("\n"):
        kind = next((name for name, fits in MARKS if fits(line)), "text")
        if kind == "code":
            fenced, joined = not fenced, False
            if fenced:
                found.append(("code", ""))
        elif fenced:
            found[-1] = ("code", f"{found[-1][1]}\n{line}" if found[-1][1] else line)
        elif not line.strip():
            joined = False
        elif joined and kind == "text":
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        else:
            found.append((kind, re.sub(r"^\s*(?:#{1,6}|[-*+]|\d{1,3}[.)])\s+", "", line).strip()))
            joined = kind != "head"
        if len(found) > most:
            return found[:most]
    return found
