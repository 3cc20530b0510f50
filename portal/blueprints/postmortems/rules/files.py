"""Files of post-mortems written elsewhere, read into raw records: JSON Lines, CSV, Markdown with
front matter. Nothing in them is run, fetched or followed.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.core.i18n import _

LONGEST_CELL = 8 << 20
"""The most characters of one cell or value."""
JSON_NAMES = (".jsonl", ".ndjson", ".json")
CSV_NAMES = (".csv",)
MARKDOWN_NAMES = (".md", ".markdown")
KEY_LINE = re.compile(r"([A-Za-z_][\w.-]*)\s*:(?:\s+(.*))?$")
FENCES = {"---": "---", "+++": "+++"}
BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file: its line (from 1), the field, what stands there, and why."""

    line: int
    field: str
    value: str
    reason: str

    def plain(self) -> dict[str, str | int]:
        """Give it as programs read it."""
        return {
            "line": self.line,
            "field": self.field,
            "value": self.value[:200],
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it stands in a file: the line where it begins, and its fields."""

    line: int
    fields: dict[str, Any]


def raw_records(content: bytes, *, name: str) -> Iterator[Raw | Problem]:
    """Give the records of a file in their order, and what cannot be read as one."""
    try:
        text = content.decode(_encoding(content))
    except UnicodeError as error:
        line = content[: getattr(error, "start", 0)].count(b"\n") + 1
        yield Problem(line, "", "", str(_("This is not text in UTF-8 or with a byte order mark.")))
        return
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    start = text.lstrip()[:3]
    if suffix in JSON_NAMES or (suffix not in (*CSV_NAMES, *MARKDOWN_NAMES) and start[:1] == "{"):
        yield from _json_lines(text)
    elif suffix in CSV_NAMES:
        yield from _table(text)
    elif suffix in MARKDOWN_NAMES or start in FENCES:
        yield from _markdown(text)
    else:
        reason = _("A file of post-mortems is JSON Lines, CSV or Markdown.")
        yield Problem(1, "", text[:80], str(reason))


def _encoding(content: bytes) -> str:
    return next((found for mark, found in BOMS if content.startswith(mark)), "utf-8-sig")


def _json_lines(text: str) -> Iterator[Raw | Problem]:
    # Not splitlines: a record may hold U+2028, which JSON allows inside a text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):
            reason = _("This line is not a JSON object; perhaps the file was cut off.")
            yield Problem(number, "", line.strip(), str(reason))
            continue
        if isinstance(found, dict):
            yield Raw(number, found)
        else:
            yield Problem(number, "", line.strip(), str(_("A record is a JSON object.")))


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _table(text: str) -> Iterator[Raw | Problem]:
    heads: list[str] = []
    begins = 1
    rows, wrong = _rows(text)
    for ends, row in rows:
        line, begins = begins, ends + 1
        if not any(cell.strip() for cell in row):
            continue
        if not heads:
            heads = [cell.strip().lower() for cell in row]
        elif len(row) != len(heads):
            reason = _(
                "%(count)s cells where the heading has %(wanted)s.",
                count=len(row),
                wanted=len(heads),
            )
            yield Problem(line, "", ",".join(row), str(reason))
        else:
            yield Raw(line, {k: v for k, v in zip(heads, row, strict=True) if k and v.strip()})
    if wrong:
        reason = _("This row cannot be read; perhaps the file was cut off. (%(why)s)", why=wrong)
        yield Problem(begins, "", "", str(reason))


def _rows(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Give the rows of a table, each with the line it ends on, and what ended the reading, if
    anything did. How long a cell may be holds for the whole process: it is set back at once.
    """
    before = csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for row in rows:
            found.append((rows.line_num, row))
    except csv.Error as error:
        return found, str(error)
    finally:
        csv.field_size_limit(before)
    return found, ""


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _markdown(text: str) -> Iterator[Raw | Problem]:
    lines = text.replace("\r\n", "\n").split("\n")
    fence = lines[0].strip()
    if fence not in FENCES:
        yield Raw(1, {"body": text} if text.strip() else {})
        return
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.strip() == fence), None)
    if end is None:
        reason = _("The front matter does not end; perhaps the file was cut off.")
        yield Problem(len(lines), "front matter", lines[-1].strip(), str(reason))
        return
    try:
        fields = _toml(lines[1:end]) if fence == "+++" else _front(lines[1:end])
    except _Unread as error:
        yield Problem(error.line + 1, "front matter", error.value, str(_("This cannot be read.")))
        return
    yield Raw(1, {**fields, "body": "\n".join(lines[end + 1 :]).strip("\n")})


class _Unread(Exception):  # noqa: N818 - says where a file cannot be read
    """A line of front matter, counted from 1, that is none."""

    def __init__(self, line: int, value: str) -> None:
        super().__init__(value)
        self.line, self.value = line, value


def _toml(lines: list[str]) -> dict[str, Any]:
    try:
        return {key.lower(): value for key, value in tomllib.loads("\n".join(lines)).items()}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else len(lines)
        raise _Unread(line, lines[min(line, len(lines)) - 1] if lines else "") from error


def _front(lines: list[str]) -> dict[str, Any]:
    """Read the part of YAML that front matter uses: words, quoted words, lists of them. Anchors,
    tags and documents within are read as words, never carried out.
    """
    found: dict[str, Any] = {}
    key = ""
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        item = stripped[2:] if stripped.startswith("- ") else None
        match = KEY_LINE.match(line)
        if match:
            key = match.group(1).lower()
            found[key] = _scalar(match.group(2) or "")
        elif key and item is not None and (found[key] == "" or isinstance(found[key], list)):
            found[key] = [*(found[key] or []), _scalar(item)]
        elif key and line[:1] in " \t" and isinstance(found[key], str):
            found[key] = f"{'' if found[key] in '>|' else found[key]} {stripped}".strip()
        else:
            raise _Unread(number, stripped)
    return found


def _scalar(text: str) -> Any:
    plain = text.strip()
    if plain[:1] == "[" and plain[-1:] == "]":
        return [_unquoted(part) for part in plain[1:-1].split(",") if part.strip()]
    return _unquoted(plain)


def _unquoted(text: str) -> str:
    plain = text.strip()
    quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'"
    return plain[1:-1] if quoted else plain
