"""Conditions of the house's own for coming in and for leaving: a named fact, a comparison, a value.

One for coming in adds to what its lane asks anyway; one for leaving is a reason more to end. Facts
are those that are known of every account, so that one account, all of them and the past are asked
the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, inf
from typing import Literal, Self, get_args

from pydantic import model_validator

from portal.core.i18n import _, lazy_gettext, show_number

from .base import Exact, Part

EntryFact = Literal[
    "arr",
    "arr_rank",
    "arr_percentile",
    "growth_potential",
    "renewal_near",
    "risk",
    "reference_customer",
    "logo",
    "regulator_exposed",
    "executive_engaged",
    "tenure_months",
    "nps",
    "csat",
    "open_cases",
    "cases_90d",
    "silence_breaches",
    "open_promises",
    "broken_promises_90d",
]
Comparing = Literal["at_least", "at_most", "more_than", "less_than", "yes", "no"]
FLAGS: frozenset[EntryFact] = frozenset(
    {"reference_customer", "logo", "regulator_exposed", "executive_engaged"}
)
ANSWERS: frozenset[Comparing] = frozenset({"yes", "no"})
ADMISSION_LABELS = {
    "comparison": lazy_gettext("Comparison"),
    "conditions": lazy_gettext("Conditions of our own"),
    "endings": lazy_gettext("Conditions of our own, for leaving"),
    "lifted": lazy_gettext("No longer from"),
    "fact": lazy_gettext("Fact"),
    "lane": lazy_gettext("Lane"),
    "value": lazy_gettext("Value"),
}
ADMISSION_NAMES = {
    "strategic": lazy_gettext("Strategic lane"),
    "recovery": lazy_gettext("Recovery lane"),
    "yes": lazy_gettext("is true"),
    "no": lazy_gettext("is not true"),
}
MORE: tuple[EntryFact, ...] = (
    "tenure_months",
    "nps",
    "csat",
    "open_cases",
    "cases_90d",
    "silence_breaches",
    "open_promises",
    "broken_promises_90d",
)
"""Facts that other rooms keep, by the name they have in the register of facts."""
COUNTED: frozenset[EntryFact] = frozenset(
    {"open_cases", "cases_90d", "silence_breaches", "open_promises", "broken_promises_90d"}
)
"""Facts that are a count: where nothing is on file it is none, not unknown."""
MOST = 20
"""Conditions of a policy: more of them nobody can explain to a customer."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The values a fact can have: parts of one it is known to, the least and the greatest."""

    parts: int
    low: int
    high: int | None


SCALES: dict[EntryFact, Scale] = {
    "arr": Scale(1_000, 0, None),
    "arr_rank": Scale(1, 1, None),
    "arr_percentile": Scale(100, 0, 100),
    "growth_potential": Scale(1, 0, 100),
    "renewal_near": Scale(100, 0, 1_200),
    "risk": Scale(1, 0, 100),
    "tenure_months": Scale(1, 0, None),
    "nps": Scale(1, 0, 10),
    "csat": Scale(1, 1, 5),
    **{name: Scale(1, 0, None) for name in COUNTED},
}


class EntryCondition(Part):
    """One condition: the comparison and the value fit the fact, and some account can meet it."""

    lane: Literal["strategic", "recovery"]
    fact: EntryFact
    comparison: Comparing
    value: Exact | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse a comparison that the fact does not have, and what nobody can ever meet."""
        if (self.fact in FLAGS) != (self.comparison in ANSWERS):
            raise ValueError(
                _("This fact is true or false: choose “is true” or “is not true”.")
                if self.fact in FLAGS
                else _("This fact is a number: choose how it is compared.")
            )
        if self.fact in FLAGS and self.value is not None:
            raise ValueError(_("Leave the value empty: the comparison says it all."))
        if self.fact not in FLAGS and self.value is None:
            raise ValueError(_("Write the number the fact is compared with."))
        if not meetable([self]):
            raise ValueError(_("No account can ever meet this condition."))
        return self

    @property
    def key(self) -> str:
        """Give the name of the criterion this makes."""
        return f"own_{self.fact}_{self.comparison}"

    def holds(self, seen: Decimal | int | bool) -> bool:
        """Say whether a known value meets the condition."""
        if self.value is None:
            return bool(seen) is (self.comparison == "yes")
        match self.comparison:
            case "at_least":
                return seen >= self.value
            case "more_than":
                return seen > self.value
            case "at_most":
                return seen <= self.value
            case _:
                return seen < self.value

    def bounds(self, parts: int) -> tuple[float, float]:
        """Give the least and the greatest whole number of parts of one that meet the condition."""
        if self.value is None:
            flag = int(self.comparison == "yes")
            return flag, flag
        scaled = self.value * parts
        match self.comparison:
            case "at_least":
                return ceil(scaled), inf
            case "more_than":
                return floor(scaled) + 1, inf
            case "at_most":
                return -inf, floor(scaled)
            case _:
                return -inf, ceil(scaled) - 1


class ExitCondition(EntryCondition):
    """One condition for leaving: it is met by one mark and lifted by another, so that a fact that
    moves between the two changes nothing.
    """

    lifted: Exact | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Refuse a second mark that a fact cannot reach, or that lies on the first one's side."""
        if self.fact in FLAGS:
            if self.lifted is not None:
                raise ValueError(_("Leave the value empty: the comparison says it all."))
            return self
        if self.lifted is None or self.value is None:
            raise ValueError(_("Write from which number on the condition is no longer met."))
        if self.lifted == self.value or self.holds(self.lifted):
            raise ValueError(
                _("Where the condition is no longer met must lie apart from where it is met.")
            )
        scale = SCALES[self.fact]
        if self.lifted < scale.low or (scale.high is not None and self.lifted > scale.high):
            raise ValueError(_("No account ever gets there: the condition would stand for good."))
        return self

    def is_lifted(self, seen: Decimal | int | bool) -> bool:
        """Say whether a known value lifts the condition once it was met."""
        if self.lifted is None:
            return not self.holds(seen)
        above = self.comparison in ("at_least", "more_than")
        return seen <= self.lifted if above else seen >= self.lifted


def meetable(conditions: Iterable[EntryCondition]) -> bool:
    """Say whether some value of one fact meets all conditions that are about it."""
    asked = list(conditions)
    scale = SCALES.get(asked[0].fact, Scale(1, 0, 1))
    high = inf if scale.high is None else scale.high * scale.parts
    bounds = [(scale.low * scale.parts, high), *(one.bounds(scale.parts) for one in asked)]
    return max(low for low, _most in bounds) <= min(most for _least, most in bounds)


def together(conditions: tuple[EntryCondition, ...]) -> tuple[EntryCondition, ...]:
    """Give conditions that can be met together; ValueError says which cannot."""
    if len(conditions) > MOST:
        raise ValueError(_("Name at most %(number)s.", number=str(MOST)))
    by_fact: dict[tuple[str, str], list[EntryCondition]] = {}
    for number, one in enumerate(conditions, 1):
        same = by_fact.setdefault((one.lane, one.fact), [])
        if any(one.comparison == other.comparison for other in same):
            raise ValueError(_("Condition %(number)s stands twice.", number=str(number)))
        same.append(one)
        if not meetable(same):
            text = _(
                "Condition %(number)s contradicts one before it: no account meets both.",
                number=str(number),
            )
            raise ValueError(text)
    return conditions


def apart(endings: tuple[ExitCondition, ...]) -> tuple[ExitCondition, ...]:
    """Give conditions for leaving, none of them twice; each of them is enough to leave."""
    if len(endings) > MOST:
        raise ValueError(_("Name at most %(number)s.", number=str(MOST)))
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(endings, 1):
        if (one.lane, one.key) in seen:
            raise ValueError(_("Condition %(number)s stands twice.", number=str(number)))
        seen.add((one.lane, one.key))
    return endings


def turned_away(
    conditions: tuple[EntryCondition, ...], endings: tuple[ExitCondition, ...]
) -> int | None:
    """Give the number of the first condition for leaving that everybody meets who may come in."""
    for number, one in enumerate(endings, 1):
        asked = [c for c in conditions if (c.lane, c.fact) == (one.lane, one.fact)]
        if asked and _within(asked, one):
            return number
    return None


def _within(asked: list[EntryCondition], end: ExitCondition) -> bool:
    """Say whether every value that lets in also leads out."""
    parts = SCALES.get(end.fact, Scale(1, 0, 1)).parts
    bounds = [one.bounds(parts) for one in asked]
    low, high = max(a for a, _b in bounds), min(b for _a, b in bounds)
    least, most = end.bounds(parts)
    return least <= low and high <= most


def fact_says(name: str) -> str:
    """Give the reader's name of a fact with its unit and an example."""
    says: dict[str, str] = {
        "arr": _("yearly revenue, in the reporting currency, such as 250000"),
        "arr_rank": _("rank by ARR, 1 the largest, such as 60"),
        "arr_percentile": _("size by ARR, share of accounts no larger in %, such as 90"),
        "growth_potential": _("revenue that could still be won in two years, in %, such as 30"),
        "renewal_near": _("months to the renewal, such as 6"),
        "risk": _("risk, points of 100, such as 40"),
        "reference_customer": _("reference customer, true or not"),
        "logo": _("well-known name, true or not"),
        "regulator_exposed": _("exposed to a regulator, true or not"),
        "executive_engaged": _("an executive of theirs is known and there, true or not"),
        "tenure_months": _("months as a customer, such as 24"),
        "nps": _("last answer whether they would recommend us, 0 to 10, such as 6"),
        "csat": _("last satisfaction with a case, 1 to 5, such as 3"),
        "open_cases": _("open escalations, such as 2"),
        "cases_90d": _("escalations opened in 90 days, such as 3"),
        "silence_breaches": _("times we were silent too long in 90 days, such as 1"),
        "open_promises": _("promises still open, such as 5"),
        "broken_promises_90d": _("promises broken in 90 days, such as 1"),
    }
    return says[name]


def fact_name(name: str) -> str:
    """Give the reader's name of a fact, without its unit."""
    names: dict[str, str] = {
        "arr": _("ARR"),
        "arr_rank": _("rank by ARR"),
        "arr_percentile": _("size by ARR, in %"),
        "growth_potential": _("growth that could still be won, in %"),
        "renewal_near": _("months to the renewal"),
        "risk": _("risk, points of 100"),
        "reference_customer": _("reference customer"),
        "logo": _("well-known name"),
        "regulator_exposed": _("exposed to a regulator"),
        "executive_engaged": _("an executive of theirs is known"),
        "tenure_months": _("months as a customer"),
        "nps": _("would they recommend us, 0 to 10"),
        "csat": _("satisfaction with the last case, 1 to 5"),
        "open_cases": _("open escalations"),
        "cases_90d": _("escalations opened in 90 days"),
        "silence_breaches": _("silent too long, times in 90 days"),
        "open_promises": _("promises still open"),
        "broken_promises_90d": _("promises broken in 90 days"),
    }
    return names[name]


OWN = {
    f"own_{fact}_{comparison}": fact
    for fact in get_args(EntryFact)
    for comparison in get_args(Comparing)
}
"""The fact of each criterion that a condition can make."""


def lifted_words(one: ExitCondition) -> str:
    """Say in words where a condition for leaving is no longer met."""
    shown = show_number(one.lifted) if one.lifted is not None else "?"
    if one.comparison in ("at_least", "more_than"):
        return str(_("no longer at %(value)s or less", value=shown))
    return str(_("no longer at %(value)s or more", value=shown))
