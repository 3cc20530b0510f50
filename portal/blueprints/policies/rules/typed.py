"""What was typed into the form of a policy, as the document would spell it.

What cannot be read stays as it was typed: the document then says what is wrong with it, beside the
field, and nothing is lost.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .base import NUMBER
from .conditions import FIELDS, Kind
from .sheet import Control, Field, Group, Node, Rows

Typed = Mapping[str, Sequence[str]]
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
# Groups of three with a decimal mark behind them, or more than one group.
GROUPED = r"-?\d{{1,3}}(?:{group}\d{{3}})+{point}\d+|-?\d{{1,3}}(?:{group}\d{{3}}){{2,}}"
UNCLEAR = re.compile(r"-?[1-9]\d{0,2},\d{3}", re.ASCII)
HOUR = re.compile(r"(\d{1,2})(?:[:hH.](\d{2})?)?", re.ASCII)
SEGMENTS = 12
LONGEST = 20_000


def read(node: Node, typed: Typed) -> Any:
    """Give what was typed for a node of a form; a field that was not sent is empty."""
    if isinstance(node, Field):
        return _READERS[node.control](node, typed)
    if isinstance(node, Rows):
        each = _condition if node.conditions else read
        return [each(group, typed) for group in node.groups]
    return {_name(inner): read(inner, typed) for inner in node.nodes}


def _name(node: Node) -> str:
    return node.path.rpartition(".")[2]


def _one(field: Field, typed: Typed) -> str:
    found = typed.get(field.path) or [""]
    return found[0].replace("\r\n", "\n").strip()[:LONGEST]


def _text(field: Field, typed: Typed) -> str | None:
    text = _one(field, typed)
    if field.optional and not text:
        return None
    # White space that a browser trims, or that a shipped text ends with, is no change.
    unchanged = isinstance(field.value, str) and field.value.strip() == text
    return field.value if unchanged else text


def _whole(field: Field, typed: Typed) -> int | str | None:
    text = _text(field, typed)
    return int(text) if text and WHOLE.fullmatch(text) else text


def exact(text: str) -> str:
    """Give a number as documents spell it, whoever wrote it: 25,000.50, 25.000,50, 25 000,5.

    A single comma with three digits behind it may mean either: it stays as it was typed, and is
    asked about. A single point never is: documents and forms are written with it.
    """
    plain = re.sub(r"[\s\u202f\u00a0'’]", "", text)
    for grouping, decimal in ((",", "."), (".", ",")):
        if re.fullmatch(GROUPED.format(group=re.escape(grouping), point=re.escape(decimal)), plain):
            plain = plain.replace(grouping, "").replace(decimal, ".")
    if not UNCLEAR.fullmatch(plain):
        plain = plain.replace(",", ".")
    return plain if NUMBER.fullmatch(plain) else text


def _exact(field: Field, typed: Typed) -> str | None:
    text = _text(field, typed)
    return text if text is None else exact(text)


def _percent(field: Field, typed: Typed) -> str | None:
    text = _exact(field, typed)
    if text is None or not NUMBER.fullmatch(text):
        return text
    return plain_number(Decimal(text) / 100)


def plain_number(value: Decimal) -> str:
    """Spell an exact number without zeros at its end."""
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _flag(field: Field, typed: Typed) -> bool:
    return bool(typed.get(field.path))


def _some(field: Field, typed: Typed) -> list[str]:
    given = typed.get(field.path) or ()
    kept = [one for one in field.value if one in given]
    return kept + [key for key, _label in field.options if key in given and key not in kept]


def _ranked(field: Field, typed: Typed) -> list[str]:
    return [one for one in typed.get(field.path) or () if one]


def _lines(field: Field, typed: Typed) -> list[str]:
    return [line.strip() for line in _one(field, typed).splitlines() if line.strip()]


def _numbers(field: Field, typed: Typed) -> list[int | str]:
    return [int(line) if WHOLE.fullmatch(line) else line for line in _lines(field, typed)]


def _span(field: Field, typed: Typed) -> dict[str, Any] | None:
    count = (typed.get(f"{field.path}.count") or [""])[0].strip()
    unit = (typed.get(f"{field.path}.unit") or [""])[0]
    if field.optional and not count:
        return None
    return {"count": int(count) if WHOLE.fullmatch(count) else count, "unit": unit}


def _hours(field: Field, typed: Typed) -> dict[str, list[list[str]]]:
    week: dict[str, list[list[str]]] = {}
    for day in range(7):
        pairs = []
        for number in range(SEGMENTS):
            here = f"{field.path}.{day}.{number}"
            pair = [clock((typed.get(f"{here}.{end}") or [""])[0]) for end in ("from", "to")]
            if any(pair):
                pairs.append(pair)
        if pairs:
            week[str(day)] = pairs
    return week


def clock(text: str) -> str:
    """Give a time of day as documents spell it: 9, 9h30 and 9:30 are understood."""
    text = text.strip()
    found = HOUR.fullmatch(text)
    return f"{int(found[1]):02d}:{found[2] or '00'}" if found else text[:20]


def _fact(field: Field, typed: Typed) -> str:
    return str(field.value)


_READERS: dict[Control, Callable[[Field, Typed], Any]] = {
    Control.LINE: _text,
    Control.TEXT: _text,
    Control.DAY: _text,
    Control.ONE: _text,
    Control.WHOLE: _whole,
    Control.EXACT: _exact,
    Control.PERCENT: _percent,
    Control.FLAG: _flag,
    Control.SOME: _some,
    Control.RANKED: _ranked,
    Control.LINES: _lines,
    Control.NUMBERS: _numbers,
    Control.SPAN: _span,
    Control.HOURS: _hours,
    Control.FACT: _fact,
}


def _condition(group: Group, typed: Typed) -> dict[str, Any]:
    """Read a condition: what is compared decides what its value is."""
    given: dict[str, Any] = {_name(inner): read(inner, typed) for inner in group.nodes}
    op, value, kind = given["op"], given["value"], FIELDS.get(given["field"])
    if op in ("known", "unknown"):
        return {"field": given["field"], "op": op, "value": None}
    if kind is Kind.YES_NO:
        value = {"yes": True, "no": False}.get(str(value))
    elif kind is Kind.WORD:
        op, value = _of_words(op, value)
    return {"field": given["field"], "op": op, "value": value}


def _of_words(op: str, values: list[str]) -> tuple[str, Any]:
    """Spell "is one of" with one value as "is"."""
    if len(values) == 1 and op in ("in", "not_in"):
        return {"in": "is", "not_in": "is_not"}[op], values[0]
    return op, values
