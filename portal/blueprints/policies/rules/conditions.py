"""Simple typed conditions over named facts: a field, an operator, a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self, get_args

from pydantic import model_validator

from portal.core.i18n import _

from .base import LanguageName, Part, SeverityName, TriggerName, _exact

FactValue = str | bool | int | Decimal | frozenset[str] | None


class Kind(StrEnum):
    """What a fact is."""

    WORD = "word"
    WORDS = "words"
    NUMBER = "number"
    YES_NO = "yes_no"


FIELDS: dict[str, Kind] = {
    "trigger": Kind.WORD,
    "severity": Kind.WORD,
    "problem": Kind.WORD,
    "channel": Kind.WORD,
    "kind": Kind.WORD,
    "language": Kind.WORD,
    "country": Kind.WORD,
    "region": Kind.WORD,
    "segment": Kind.WORD,
    "industry": Kind.WORD,
    "lifecycle": Kind.WORD,
    "tier": Kind.WORD,
    "band": Kind.WORD,
    "tags": Kind.WORDS,
    "arr": Kind.NUMBER,
    "arr_share": Kind.NUMBER,
    "days_to_renewal": Kind.NUMBER,
    "days_to_demand": Kind.NUMBER,
    "open_cases": Kind.NUMBER,
    "executive": Kind.YES_NO,
    "formal_notice": Kind.YES_NO,
    "re_escalation": Kind.YES_NO,
    "natural_person": Kind.YES_NO,
    "reference_customer": Kind.YES_NO,
    "regulator_exposed": Kind.YES_NO,
}

CHOICES: dict[str, tuple[str, ...]] = {
    "trigger": get_args(TriggerName),
    "severity": get_args(SeverityName),
    "problem": (
        "billing",
        "outage",
        "data_loss",
        "undelivered_or_defective",
        "feature_gap",
        "service_conduct",
        "employee_conduct",
        "price",
        "other",
    ),
    "channel": ("phone", "email", "meeting", "letter", "ticket", "social", "form", "api"),
    "kind": ("functional", "hierarchical"),
    "language": get_args(LanguageName),
    "lifecycle": ("prospect", "onboarding", "active", "renewal", "notice_given", "lost"),
    "tier": ("A", "B", "C", "D"),
    "band": ("green", "amber", "red"),
}
"""Facts that are one of a closed list; the rooms that own them are held against this in a test."""
ALWAYS_KNOWN = frozenset(
    {"trigger", "severity", "problem", "channel", "kind", "language", "lifecycle", "tags",
     "open_cases", "executive", "formal_notice", "re_escalation", "natural_person",
     "reference_customer", "regulator_exposed"}
)  # fmt: skip
CONFIDENTIAL = frozenset({"arr", "arr_share", "tier", "band"})
"""Facts of class K2."""


class Op(StrEnum):
    """How a fact is compared."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    HAS = "has"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    KNOWN = "known"
    UNKNOWN = "unknown"


ALLOWED: dict[Kind, frozenset[Op]] = {
    Kind.WORD: frozenset({Op.IS, Op.IS_NOT, Op.IN, Op.NOT_IN, Op.KNOWN, Op.UNKNOWN}),
    Kind.WORDS: frozenset({Op.HAS, Op.KNOWN, Op.UNKNOWN}),
    Kind.NUMBER: frozenset(
        {Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.KNOWN, Op.UNKNOWN}
    ),
    Kind.YES_NO: frozenset({Op.IS, Op.KNOWN, Op.UNKNOWN}),
}


class Condition(Part):
    """One comparison; the operator and the value fit the fact, or the policy is refused."""

    field: str
    op: Op
    value: str | bool | int | tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kind = FIELDS.get(self.field)
        if kind is None:
            raise ValueError(_("Unknown fact: %(field)s.", field=self.field))
        if self.op not in ALLOWED[kind]:
            raise ValueError(
                _("%(op)s does not fit %(field)s.", op=self.op.value, field=self.field)
            )
        if not self._value_fits(kind):
            raise ValueError(
                _("The value does not fit %(field)s %(op)s.", op=self.op.value, field=self.field)
            )
        return self

    def _value_fits(self, kind: Kind) -> bool:
        if self.op in (Op.KNOWN, Op.UNKNOWN):
            return self.value is None
        if self.op in (Op.IN, Op.NOT_IN):
            return isinstance(self.value, tuple) and bool(self.value)
        if kind is Kind.YES_NO:
            return isinstance(self.value, bool)
        if kind is Kind.NUMBER:
            try:
                _exact(self.value)
            except ValueError:
                return False
            return True
        return isinstance(self.value, str) and bool(self.value)


@dataclass(frozen=True)
class Comparison:
    """A condition held against the facts: met or not, the fact seen, and whether it was missing."""

    condition: Condition
    met: bool
    seen: FactValue
    missing: bool


def compare(condition: Condition, facts: Mapping[str, FactValue]) -> Comparison:
    """Hold one condition against the facts; a missing fact meets nothing but `unknown`."""
    seen = facts.get(condition.field)
    if condition.op in (Op.KNOWN, Op.UNKNOWN):
        return Comparison(condition, (seen is not None) == (condition.op is Op.KNOWN), seen, False)
    if seen is None:
        return Comparison(condition, False, None, True)
    return Comparison(condition, _holds(condition, seen), seen, False)


def _holds(condition: Condition, seen: FactValue) -> bool:
    """Compare a known fact with the condition's value."""
    value = condition.value
    if FIELDS[condition.field] is Kind.NUMBER:
        left, right = Decimal(seen), _exact(value)  # type: ignore[arg-type]
        return {
            Op.AT_LEAST: left >= right,
            Op.AT_MOST: left <= right,
            Op.MORE_THAN: left > right,
            Op.LESS_THAN: left < right,
        }[condition.op]
    match condition.op, value:
        case Op.IS, _:
            return seen == value
        case Op.IS_NOT, _:
            return seen != value
        case Op.IN, tuple():
            return seen in value
        case Op.NOT_IN, tuple():
            return seen not in value
        case _:
            return isinstance(seen, frozenset) and value in seen
