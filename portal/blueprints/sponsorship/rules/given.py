"""Facts that somebody gives instead of an account: read, or refused in words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, cast

from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.policies.rules.admission import MORE, SCALES
from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy
from portal.core.money import Money, exponent, is_currency

from .entry import Case, EntryFacts

LARGEST_FACTS = 1 << 20
"""Bytes of a file of facts: one that says all there is to say is a hundredth of it."""
LONGEST = 4_000
MOST_CASES = 1_000
FARTHEST = Decimal(10) ** 15
SEVERITIES = ("E1", "E2", "E3", "E4")
WRAPPED = frozenset({"value", "source", "as_of"})
CASE = frozenset({"reference", "severity", "opened_on", "closed_on"})


@dataclass(frozen=True, slots=True)
class Given:
    """Facts that were given, and the day on which they are held against the criteria."""

    facts: EntryFacts
    on: date


def given(raw: bytes, *, today: date, policy: SponsorshipPolicy, currency: str = "EUR") -> Given:
    """Read a JSON file of facts; ValueError says in words what is wrong with it.

    A fact is a value, or an object of value, source and as_of; null or not given is unknown.
    """
    document = _document(raw)
    on = _day(document.pop("on", today.isoformat()), "on")
    code = document.pop("currency", currency)
    if not isinstance(code, str) or not is_currency(code):
        _refuse("currency", "an ISO 4217 code such as EUR", code)
    unheard = sorted(set(document) - set(KINDS))
    if unheard:
        known = ", ".join(("on", "currency", *KINDS))
        raise ValueError(f"{unheard[0]!r} is no fact; known are {known}.")
    read = {name: _fact(name, value, code, on) for name, value in document.items()}
    if policy.recovery.arr_floor is not None:
        floor = Money(policy.recovery.arr_floor, code)
        read["median_arr"] = Explained("median_arr", floor, "policy", on)
    for case in _known_cases(read):
        if max(case.opened_on, case.closed_on or case.opened_on) > on:
            raise ValueError(f"cases: {case.reference} lies after {on}, the day of the check.")
    own = {name: fact for name, fact in read.items() if name in ENTRY}
    profile = {cast(FactorKey, name): fact for name, fact in read.items() if name in PROFILE}
    more = {name: fact for name, fact in read.items() if name in OTHERS}
    return Given(EntryFacts(**own, profile=profile, more=more), on)


def _known_cases(read: Mapping[str, Explained[Any]]) -> tuple[Case, ...]:
    return (read["cases"].value or ()) if "cases" in read else ()


def _document(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_FACTS:
        raise ValueError("The file is larger than 1 MiB: these cannot be facts of one account.")
    try:
        found = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_float=Decimal,
            parse_constant=_no_number,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"The facts are not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise ValueError('Facts are a JSON object, such as {"arr": "50000.00"}.')  # noqa: TRY004
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: which of the two was meant?"""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} stands twice.")
        found[key] = value
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number.")


def _fact(name: str, value: Any, currency: str, on: date) -> Explained[Any]:
    """Read one fact, bare or with its source and day."""
    source = "given"
    if isinstance(value, dict):
        unheard = sorted(set(value) - WRAPPED)
        if unheard or "value" not in value:
            raise ValueError(f"{name}: an object holds value, source and as_of, nothing else.")
        source = _text(value.get("source", source), f"{name}.source")
        on = _day(value.get("as_of", on.isoformat()), f"{name}.as_of")
        value = value["value"]
    if value is None:
        return unknown(name, source=source, on=on)
    read = KINDS[name](value, name)
    if isinstance(read, Decimal) and name in MONEY:
        if -int(read.normalize().as_tuple().exponent) > exponent(currency):
            _refuse(name, f"an amount no finer than the minor unit of {currency}", value)
        read = Money(read, currency)
    return Explained(name, read, source, on)


def _refuse(name: str, wanted: str, value: Any) -> NoReturn:
    shown = json.dumps(value, default=str, ensure_ascii=False)
    shown = shown if len(shown) <= 60 else shown[:60] + "…"
    raise ValueError(f"{name} must be {wanted}, not {shown}.")


def _number(value: Any, name: str, *, low: int = 0, high: Decimal = FARTHEST) -> Decimal:
    wanted = f"a number between {low} and {high}"
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        _refuse(name, wanted, value)
    try:
        found = Decimal(value)
    except InvalidOperation:
        _refuse(name, wanted, value)
    if not found.is_finite() or not low <= found <= high:
        _refuse(name, wanted, value)
    return found


def _hundred(value: Any, name: str) -> Decimal:
    return _number(value, name, high=Decimal(100))


def _months(value: Any, name: str) -> Decimal:
    return _number(value, name, high=Decimal(1200))


def _rank(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= FARTHEST:
        _refuse(name, "a whole number from 1 on", value)
    return value


def _scaled(value: Any, name: str) -> int:
    """Read a whole number within the scale of a fact that other rooms keep."""
    low, high = next((one.low, one.high) for fact, one in SCALES.items() if fact == name)
    most = FARTHEST if high is None else high
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= most:
        _refuse(name, f"a whole number between {low} and {most}", value)
    return value


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        _refuse(name, "true or false", value)
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        _refuse(name, f"a text of at most {LONGEST} characters", value)
    return value


def _day(value: Any, name: str) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2026-07-14"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    _refuse(name, "a day written YYYY-MM-DD", value)


def _cases(value: Any, name: str) -> tuple[Case, ...]:
    if not isinstance(value, list) or len(value) > MOST_CASES:
        _refuse(name, f"a list of at most {MOST_CASES} cases", value)
    return tuple(_case(one, f"{name}[{place}]") for place, one in enumerate(value))


def _case(value: Any, name: str) -> Case:
    wanted = "an object of reference, severity, opened_on and, if closed, closed_on"
    if not isinstance(value, Mapping) or not CASE - {"closed_on"} <= set(value) <= CASE:
        _refuse(name, wanted, value)
    if value["severity"] not in SEVERITIES:
        _refuse(f"{name}.severity", "one of " + ", ".join(SEVERITIES), value["severity"])
    opened = _day(value["opened_on"], f"{name}.opened_on")
    ended = value.get("closed_on")
    closed = None if ended is None else _day(ended, f"{name}.closed_on")
    if closed is not None and closed < opened:
        _refuse(f"{name}.closed_on", f"no day before {opened}", ended)
    reference = _text(value["reference"], f"{name}.reference")
    return Case(reference, value["severity"], opened, closed)


ENTRY: Mapping[str, Callable[[Any, str], Any]] = {
    "arr": _number,
    "arr_rank": _rank,
    "median_arr": _number,
    "customer_executive": _flag,
    "success_plan": _day,
    "outcome": _text,
    "sponsor": _flag,
    "cases": _cases,
    "owner": _text,
}
PROFILE: Mapping[str, Callable[[Any, str], Any]] = {
    "arr_percentile": _hundred,
    "growth_potential": _hundred,
    "reference_customer": _flag,
    "logo": _flag,
    "regulator_exposed": _flag,
    "renewal_near": _months,
    "risk": _hundred,
    "executive_engaged": _flag,
}
OTHERS: Mapping[str, Callable[[Any, str], Any]] = dict.fromkeys(MORE, _scaled)
KINDS: Mapping[str, Callable[[Any, str], Any]] = {**ENTRY, **PROFILE, **OTHERS}
MONEY = frozenset({"arr", "median_arr"})
