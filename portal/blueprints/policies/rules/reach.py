"""Which routing rules can take a case at all: an exact search over the values that matter.

For each fact only the values that rules name, and one beside them, can make a difference. A rule is
reachable where some choice of values meets it and none before it.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from .base import _exact
from .conditions import (
    ALWAYS_KNOWN,
    CHOICES,
    FIELDS,
    Condition,
    FactValue,
    Kind,
    Op,
    compare,
)
from .routing import RoutingPolicy, RoutingRule

STEPS = 4_000
"""A search that takes longer says no more: better no hint than a slow page or a wrong one."""
OTHER = "\x00other"
Values = dict[str, tuple[FactValue, ...]]


class _TooLongError(Exception):
    """The search was given up."""


def unreachable(policy: RoutingPolicy) -> dict[str, tuple[str, ...]]:
    """Give the rules that can never take a case: by name, with the rules before them that take all
    they would, none where their own conditions exclude each other.
    """
    values = _values([c for rule in policy.rules for c in rule.when])
    found: dict[str, tuple[str, ...]] = {}
    steps = [STEPS]
    for position, rule in enumerate(policy.rules):
        own = _narrowed(rule, values)
        if own is None:
            found[rule.name] = ()
            continue
        before = [
            [_split(condition) for condition in earlier.when] for earlier in policy.rules[:position]
        ]
        try:
            free = _free(own, before, steps)
        except _TooLongError:
            break
        if not free:
            there = [one for one in policy.rules[:position] if one.name not in found]
            found[rule.name] = _who(own, there)
    return found


def _who(own: Values, before: Sequence[RoutingRule]) -> tuple[str, ...]:
    """Name the rules that stand in the way: one that takes all of it, else all that take some."""
    some = []
    for rule in before:
        conditions = [_split(condition) for condition in rule.when]
        met = [all(_met(c, key, v) for v in own[key]) for key, c in conditions]
        if all(met):
            return (rule.name,)
        if all(any(_met(c, key, v) for v in own[key]) for key, c in conditions):
            some.append(rule.name)
    return tuple(some)


def _split(condition: Condition) -> tuple[str, Condition]:
    """Give what a condition looks at: each tag is a question of its own."""
    if condition.op is Op.HAS:
        return f"{condition.field}:{condition.value}", condition
    return condition.field, condition


def _met(condition: Condition, key: str, value: FactValue) -> bool:
    if condition.op is Op.HAS:
        return value is True
    return compare(condition, {condition.field: value}).met


def _values(conditions: Sequence[Condition]) -> Values:
    """Give the values of each fact that can make a difference."""
    named: dict[str, list[Condition]] = {}
    for condition in conditions:
        named.setdefault(_split(condition)[0], []).append(condition)
    return {key: _candidates(key, found) for key, found in named.items()}


def _candidates(key: str, conditions: Sequence[Condition]) -> tuple[FactValue, ...]:
    field = key.partition(":")[0]
    kind = FIELDS[field]
    unknown: tuple[FactValue, ...] = () if field in ALWAYS_KNOWN else (None,)
    if ":" in key or kind is Kind.YES_NO:
        return (True, False, *unknown)
    if kind is Kind.WORDS:
        return (frozenset(), *unknown)
    if kind is Kind.NUMBER:
        return (*_numbers(conditions), *unknown)
    if field in CHOICES:
        return (*CHOICES[field], *unknown)
    words = {word for condition in conditions for word in _words(condition)}
    return (*sorted(words), OTHER, *unknown)


def _words(condition: Condition) -> tuple[str, ...]:
    if isinstance(condition.value, tuple):
        return condition.value
    return (condition.value,) if isinstance(condition.value, str) else ()


def _numbers(conditions: Sequence[Condition]) -> tuple[Decimal, ...]:
    """Give each number named, and one below and above each of them."""
    named = sorted({_exact(c.value) for c in conditions if c.value is not None})
    if not named:
        return (Decimal(0),)
    between = [(a + b) / 2 for a, b in pairwise(named)]
    return (named[0] - 1, *named, *between, named[-1] + 1)


def _narrowed(rule: RoutingRule, values: Values) -> Values | None:
    """Give the values that meet a rule's own conditions; None where they exclude each other."""
    left = dict(values)
    for key, condition in map(_split, rule.when):
        left[key] = tuple(v for v in left[key] if _met(condition, key, v))
        if not left[key]:
            return None
    return left


def _free(
    left: Values, before: Sequence[Sequence[tuple[str, Condition]]], steps: list[int]
) -> bool:
    """Say whether some values meet none of the rules before."""
    steps[0] -= 1
    if steps[0] < 0:
        raise _TooLongError
    for number, rule in enumerate(before):
        if any(not any(_met(c, key, v) for v in left[key]) for key, c in rule):
            continue
        for key, condition in rule:
            kept = tuple(v for v in left[key] if not _met(condition, key, v))
            if kept and _free({**left, key: kept}, before[number + 1 :], steps):
                return True
        return False
    return True
