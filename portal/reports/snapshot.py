"""Facts to JSON and back, exactly: the same facts give the same text, and the text gives the facts.

Amounts and decimals are strings, days and instants ISO 8601, enums their values, tuples lists. The
text is ASCII with sorted keys, so that it is the same bytes in every database and on every
machine.
"""

import dataclasses
import functools
import hashlib
import json
import types
import typing
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar, cast

from portal.core.money import Money, exponent, is_currency
from portal.reports.errors import BadSnapshot

VERSION = 1
TEMPLATE = 6
"""The version of the sheets: raised with every change that prints the same facts otherwise. Since
version 2 a restricted paper carries the digest of its facts, not the facts; since version 3 what
changed in figures stands in a table; since version 4 the cases of a book share pages; since
version 5 a memo begins with what the contract says; since version 6 Italian articles are shortened
before a vowel and hours of an agreement are written h.
"""
T = TypeVar("T")


def dumps(facts: Any, *, kind: str) -> str:
    """Write the facts of a briefing as canonical JSON: ASCII, sorted keys, no floats."""
    return _canonical({"facts": _plain(facts), "kind": kind, "version": VERSION})


def loads(text: str, *, kind: str, shape: type[T]) -> T:
    """Read the facts back into `shape`; BadSnapshot names the field that does not fit."""
    raw = _parsed(text)
    if raw.get("kind") != kind or raw.get("version") != VERSION:
        raise BadSnapshot(f"not a snapshot of kind {kind!r}, version {VERSION}")
    return cast("T", _value(raw.get("facts"), hint=shape, path="facts"))


def kind_of(text: str) -> str:
    """Give the kind of briefing that a snapshot says it is."""
    kind = _parsed(text).get("kind")
    if not isinstance(kind, str):
        raise BadSnapshot("the snapshot does not say its kind")
    return kind


def look(text: str) -> tuple[str, str]:
    """Give the language and the paper that a snapshot was made for; English on A4 where it is from
    before it said so.
    """
    locale, paper = _issue(text).get("locale"), _issue(text).get("paper")
    return (
        locale if isinstance(locale, str) else "en",
        paper if isinstance(paper, str) else "A4",
    )


def template_of(text: str) -> int:
    """Give the version of the sheets that a snapshot was made with."""
    version = _issue(text).get("template")
    return version if isinstance(version, int) else 1


def _issue(text: str) -> dict[str, Any]:
    facts = _parsed(text).get("facts")
    issue = facts.get("issue") if isinstance(facts, dict) else None
    return issue if isinstance(issue, dict) else {}


def canonical(text: str) -> str:
    """Give the canonical text of a snapshot that somebody has indented or reordered."""
    return _canonical(_parsed(text))


def digest(text: str) -> str:
    """Give the SHA-256 of a snapshot's canonical text, in 64 hexadecimal digits."""
    return hashlib.sha256(canonical(text).encode("ascii")).hexdigest()


def _canonical(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _parsed(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadSnapshot("the snapshot is not JSON") from error
    if not isinstance(raw, dict):
        raise BadSnapshot("the snapshot is not a JSON object")
    return raw


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return str(value)
        case Money():
            return {"amount": _digits(value), "currency": value.currency.code}
        case Decimal():
            return format(value.normalize(), "f")
        case datetime() if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be kept")
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return {
                field.name: _plain(getattr(value, field.name))
                for field in _fields(cast("Hashable", type(value)))
            }


def _digits(money: Money) -> str:
    # 612000 and 612000.00 are the same facts, so they must be the same text.
    places = exponent(money.currency.code)
    whole = money.amount.quantize(Decimal(1).scaleb(-places))
    return format(whole if whole == money.amount else money.amount.normalize(), "f")


def _value(raw: Any, *, hint: Any, path: str) -> Any:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if raw is None and types.NoneType in options:
        return None
    if date in options and datetime in options:
        # A deadline is a day or an instant: only the instant has a T.
        return _one(raw, hint=datetime if isinstance(raw, str) and "T" in raw else date, path=path)
    return _one(raw, hint=next(o for o in options if o is not types.NoneType), path=path)


def _one(raw: Any, *, hint: Any, path: str) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise BadSnapshot(f"{path}: a list is expected")
        item = typing.get_args(hint)[0]
        return tuple(_value(r, hint=item, path=f"{path}[{i}]") for i, r in enumerate(raw))
    if dataclasses.is_dataclass(hint):
        return _record(raw, shape=cast("type[Any]", hint), path=path)
    try:
        return _SCALARS.get(hint, _enum)(raw, hint)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise BadSnapshot(f"{path}: {raw!r:.60} does not fit") from error


def _record(raw: Any, *, shape: type[Any], path: str) -> Any:
    if not isinstance(raw, dict):
        raise BadSnapshot(f"{path}: an object is expected")
    known = {field.name: field for field in _fields(cast("Hashable", shape))}
    if unknown := sorted(set(raw) - set(known)):
        raise BadSnapshot(f"{path}: {unknown[0]!r:.60} is not known")
    hints = _hints(cast("Hashable", shape))
    values = {k: _value(v, hint=hints[k], path=f"{path}.{k}") for k, v in raw.items()}
    try:
        return shape(**values)
    except (TypeError, ValueError) as error:
        raise BadSnapshot(f"{path}: {error}") from error


def _money(raw: Any, _: Any) -> Money:
    if set(raw) != {"amount", "currency"} or not is_currency(raw["currency"]):
        raise ValueError("not an amount with its currency")
    return Money(_decimal(raw["amount"], Decimal), raw["currency"])


def _decimal(raw: Any, _: Any) -> Decimal:
    number = Decimal(_text(raw, str))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError("not a number that can be printed")
    return number


def _text(raw: Any, _: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("a text is expected")
    return raw


def _integer(raw: Any, hint: Any) -> int:
    if not isinstance(raw, int) or (hint is int and isinstance(raw, bool)):
        raise TypeError("a whole number is expected")
    return raw


def _truth(raw: Any, _: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError("true or false is expected")
    return raw


def _instant(raw: Any, _: Any) -> datetime:
    when = datetime.fromisoformat(_text(raw, str))
    if when.tzinfo is None:
        raise ValueError("a time without its zone")
    return when


def _enum(raw: Any, hint: type[StrEnum]) -> StrEnum:
    return hint(raw)


_SCALARS: dict[Any, Any] = {
    str: _text,
    int: _integer,
    bool: _truth,
    Decimal: _decimal,
    Money: _money,
    datetime: _instant,
    date: lambda raw, _: date.fromisoformat(_text(raw, str)),
}


@functools.cache
def _fields(shape: Hashable) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cast("Any", shape))


@functools.cache
def _hints(shape: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(shape)
