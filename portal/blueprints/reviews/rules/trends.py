"""Causes and trends: what recurs by number, money and hours; how long things take; how long agreed
actions stay open. Values in, figures out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from statistics import median

HOUR = timedelta(hours=1)
NONE = "-"
"""The group of the cases that stand in none by factor."""


class Axis(StrEnum):
    """What cases are put together by."""

    FACTOR = "factor"
    PROBLEM = "problem"
    SEGMENT = "segment"
    PRODUCT = "product"
    QUARTER = "quarter"


class Size(StrEnum):
    """What a group is measured by."""

    COUNT = "count"
    MONEY = "money"
    HOURS = "hours"
    WEIGHT = "weight"


class Span(StrEnum):
    """How long something takes."""

    DETECT = "detect"
    RESPOND = "respond"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A post-mortem of a case: its factors, and what it says the matter cost us, in minor units of
    the reporting currency; None where it does not say, or says it in another currency.
    """

    reference: str
    factors: frozenset[str]
    cost_minor: int | None
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    """How much of it each factor makes up, together 1."""


@dataclass(frozen=True, slots=True)
class Told:
    """A case with what causes and trends ask of it; instants are UTC. Or the note about a customer
    who was lost: it has no severity, took no hours, and counts by factor alone.
    """

    reference: str
    account: str
    title: str
    severity: str
    problem: str
    segment: str
    quarter: str
    opened_at: datetime
    closed_at: datetime | None
    began_at: datetime | None = None
    heard_at: datetime | None = None
    products: tuple[str, ...] = ()
    lessons: tuple[Lesson, ...] = ()

    @property
    def is_loss(self) -> bool:
        """Say whether this is the note about a loss."""
        return not self.severity

    def values(self, axis: Axis) -> tuple[str, ...]:
        """Give the groups that the case stands in; an empty name where its record says nothing."""
        if axis is Axis.FACTOR:
            return tuple(sorted({factor for one in self.lessons for factor in one.factors}))
        if axis is Axis.PRODUCT:
            return self.products or ("",)
        return (str(getattr(self, axis.value)),)

    def hours(self, *, now: datetime) -> int:
        """Give the whole hours from opening to closing, or to now while it is open."""
        return int(((self.closed_at or now) - self.opened_at) / HOUR)

    def took(self, span: Span) -> timedelta | None:
        """Give how long it took to find out, to reach the customer, to close; None where one end is
        not known.
        """
        first, last = {
            Span.DETECT: (self.began_at, self.opened_at),
            Span.RESPOND: (self.opened_at, self.heard_at),
            Span.RECOVER: (self.opened_at, self.closed_at),
        }[span]
        return None if first is None or last is None or last < first else last - first


@dataclass(frozen=True, slots=True)
class Group:
    """The cases that have something in common: how many, what their post-mortems cost (each once;
    None where none says so), how many hours they were open, and by factor how many whole
    post-mortems and loss notes they make up by weight.
    """

    value: str
    cases: tuple[Told, ...]
    cost_minor: int | None
    hours: int
    weight: Decimal = Decimal(0)

    def size(self, by: Size) -> Decimal:
        """Give one of its measures."""
        if by is Size.WEIGHT:
            return self.weight
        if by is Size.COUNT:
            return Decimal(len(self.cases))
        return Decimal(self.hours if by is Size.HOURS else self.cost_minor or 0)


def groups(cases: Iterable[Told], axis: Axis, *, now: datetime) -> list[Group]:
    """Put cases together; a case stands in each of its groups, once. A case without a post-mortem
    that names a factor stands in none by factor.
    """
    found: dict[str, list[Told]] = defaultdict(list)
    for case in cases:
        for value in case.values(axis):
            found[value].append(case)
    return [_group(value, those, axis, now=now) for value, those in found.items()]


def group(cases: Iterable[Told], axis: Axis, value: str, *, now: datetime) -> Group:
    """Give one group, be it empty, or by factor with `NONE` the cases that stand in none."""
    those = [
        case
        for case in cases
        if value in case.values(axis)
        or (value == NONE and axis is Axis.FACTOR and not case.values(axis))
    ]
    return _group(value, those, axis, now=now)


def _group(value: str, cases: Sequence[Told], axis: Axis, *, now: datetime) -> Group:
    return Group(
        value=value,
        cases=tuple(cases),
        cost_minor=cost(cases, axis, value),
        hours=sum(case.hours(now=now) for case in cases),
        weight=weight(cases, value) if axis is Axis.FACTOR else Decimal(0),
    )


def weight(cases: Iterable[Told], factor: str) -> Decimal:
    """Add up how much a factor weighs in the post-mortems and loss notes of cases, each of them
    once and 1 in all.
    """
    told = {one.reference: one.shares.get(factor) for case in cases for one in case.lessons}
    return sum((share for share in told.values() if share), start=Decimal(0))


def cost(cases: Iterable[Told], axis: Axis, value: str) -> int | None:
    """Add up what the post-mortems of cases cost, each once; by factor those that name it."""
    told = {
        one.reference: one.cost_minor
        for case in cases
        for one in case.lessons
        if one.cost_minor is not None and (axis is not Axis.FACTOR or value in one.factors)
    }
    return sum(told.values()) if told else None


def ranked(found: Iterable[Group], by: Size) -> list[tuple[Group, Decimal]]:
    """Order groups by a measure, the largest first, without those that have none of it; each with
    the share that it and the larger ones make of the sum over all groups (Pareto).
    """
    rows = sorted(
        (one for one in found if one.size(by) > 0), key=lambda one: (-one.size(by), one.value)
    )
    whole, run = sum(one.size(by) for one in rows), Decimal(0)
    given = []
    for one in rows:
        run += one.size(by)
        given.append((one, run / whole))
    return given


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of how long something took in a quarter, and of how many cases."""

    quarter: str
    hours: Decimal | None
    count: int


def middles(cases: Iterable[Told], quarters: Sequence[str], span: Span) -> list[Middle]:
    """Give the median hours that something took, by the quarter in which cases were opened."""
    found: Mapping[str, list[Decimal]] = {name: [] for name in quarters}
    for case in cases:
        took = case.took(span)
        if took is not None and case.quarter in found:
            found[case.quarter].append(Decimal(int(took.total_seconds())) / 3600)
    return [
        Middle(name, median(those).quantize(Decimal("0.1")) if those else None, len(those))
        for name, those in found.items()
    ]


@dataclass(frozen=True, slots=True)
class Promise:
    """An agreed action: when, until when it was followed, and whether it was verified then; one
    that was dropped, or is still open, was followed no further.
    """

    agreed_at: datetime
    until: datetime
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """From a day on this share of the actions is still open; so many were followed until it."""

    day: int
    left: Decimal
    followed: int


def survival(actions: Sequence[Promise]) -> list[Drop]:
    """Give the share of agreed actions that are not verified yet, by days since they were agreed
    (Kaplan and Meier, JASA 53, 1958): an action that is open or was dropped counts for as long as
    it was followed. A day counts once it is begun.
    """
    days = [(_days(one.until - one.agreed_at), one.is_verified) for one in actions]
    left, found = Decimal(1), []
    for day in sorted({day for day, verified in days if verified}):
        followed = sum(other >= day for other, _verified in days)
        done = sum(other == day and verified for other, verified in days)
        left *= 1 - Decimal(done) / followed
        found.append(Drop(day, left, followed))
    return found


def still_open(drops: Sequence[Drop], day: int) -> Decimal:
    """Read the share still open after so many days off the curve."""
    return next((one.left for one in reversed(drops) if one.day <= day), Decimal(1))


def followed(actions: Sequence[Promise], day: int) -> int:
    """Count the actions that were followed for at least so many days."""
    return sum(_days(one.until - one.agreed_at) >= day for one in actions)


def _days(length: timedelta) -> int:
    return max(ceil(length / timedelta(days=1)), 0)


def narrowed(cases: Iterable[Told], *, segment: str = "", product: str = "") -> list[Told]:
    """Keep the cases of a segment, and of customers with a product; an empty name keeps all."""
    keeps: list[Callable[[Told], bool]] = []
    if segment:
        keeps.append(lambda case: case.segment == segment)
    if product:
        keeps.append(lambda case: product in case.products)
    return [case for case in cases if all(keep(case) for keep in keeps)]
