"""A pack as its page says it: in the words of the book, so that both say the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.blueprints.auth import queries as auth_queries
from portal.core.money import Money
from portal.reports.facts.review import Measure, ReviewBook, Unit
from portal.reports.review_words import (
    DASH,
    cause_name,
    figure,
    measure_meaning,
    measure_name,
    step_name,
    weight,
)
from portal.reports.words import Words


@dataclass(frozen=True)
class FigureLine:
    """A measure with its definition: this quarter, the one before, a year before, the plan."""

    name: str
    meaning: str
    now: str
    before: str
    year: str
    plan: str


@dataclass(frozen=True)
class CauseLine:
    """A contributing factor; `value` is its place in the taxonomy, for the list of its cases."""

    value: str
    name: str
    count: int
    before: int
    cost: Money | None
    hours: int
    losses: int
    weight: str


@dataclass(frozen=True)
class Told:
    """What of a pack needs the words of the book."""

    figures: list[FigureLine]
    causes: list[CauseLine]
    steps: list[str]


def measure_names(
    measures: Iterable[Measure], *, language: str, now: datetime
) -> list[tuple[Measure, str]]:
    """Name measures in a reader's language, as the book does."""
    words = Words.of(language, zone=auth_queries.organisation().zone, issued_at=now)
    return [(one, measure_name(one, words=words)) for one in measures]


def told(pack: ReviewBook, *, language: str, now: datetime) -> Told:
    """Give the figures and causes of a pack in a reader's language, as the book has them."""
    words = Words.of(language, zone=auth_queries.organisation().zone, issued_at=now)

    def shown(value: Decimal | None, unit: Unit) -> str:
        return figure(value, unit, currency=pack.currency, words=words)

    figures = [
        FigureLine(
            measure_name(one.measure, words=words),
            measure_meaning(one.measure, words=words),
            now=shown(one.now, one.unit),
            before=shown(one.before, one.unit),
            year=shown(one.year, one.unit),
            plan=DASH if one.plan is None else shown(one.plan, one.unit),
        )
        for one in pack.figures
    ]
    causes = [
        CauseLine(
            one.cause.value,
            cause_name(one.cause, words=words),
            one.count,
            one.before,
            one.cost,
            one.hours,
            one.losses,
            weight(one.weight, words=words),
        )
        for one in pack.causes
    ]
    return Told(figures, causes, [step_name(todo.step, words=words) for todo in pack.carried])
