"""The conditions of the house's own, held against what is known of an account."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.policies.rules.admission import (
    MORE,
    EntryCondition,
    ExitCondition,
    fact_name,
    lifted_words,
)
from portal.blueprints.policies.rules.words import word
from portal.core.i18n import _, show_money, show_number
from portal.core.money import Money

from .criteria import Criterion, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy
    from portal.blueprints.sponsorship.models import LaneKind

    from .entry import EntryFacts


def own(lane: LaneKind, facts: EntryFacts, *, policy: SponsorshipPolicy) -> tuple[Criterion, ...]:
    """Give a criterion for each condition that the policy adds to a lane."""
    return tuple(_held(one, facts) for one in policy.conditions if one.lane == lane.value)


def leading_out(
    lane: LaneKind, facts: EntryFacts, *, policy: SponsorshipPolicy
) -> tuple[Criterion, ...]:
    """Give a criterion for each condition of a lane that leads out of it: met where it does."""
    return tuple(_held(one, facts) for one in endings(lane, policy))


def endings(lane: LaneKind, policy: SponsorshipPolicy) -> Iterator[ExitCondition]:
    """Give the conditions that lead out of a lane."""
    return (one for one in policy.endings if one.lane == lane.value)


def is_lifted(key: str, lane: LaneKind, facts: EntryFacts, *, policy: SponsorshipPolicy) -> bool:
    """Say whether a condition for leaving that was met is so no longer: its fact went past the
    second mark, or the policy asks it no more. What is unknown lifts nothing.
    """
    found = next((one for one in endings(lane, policy) if one.key == key), None)
    if found is None:
        return True
    seen = _seen(_fact(found.fact, facts))
    return seen is not None and found.is_lifted(seen)


def named(lane: LaneKind, policy: SponsorshipPolicy) -> frozenset[str]:
    """Give the facts of other rooms that the conditions of a lane read."""
    asked = (*policy.conditions, *policy.endings)
    return frozenset(one.fact for one in asked if one.lane == lane.value and one.fact in MORE)


def _held(condition: EntryCondition, facts: EntryFacts) -> Criterion:
    """Hold one condition against the fact it names; what is unknown is not met."""
    fact = _fact(condition.fact, facts)
    seen = _seen(fact)
    name = fact_name(condition.fact)
    compared = word(condition.comparison)
    limit: dict[str, Any] = {
        "fact": condition.fact,
        "comparison": condition.comparison,
        "value": condition.value,
    }
    if condition.value is not None:
        compared += f" {show_number(condition.value)}"
    if isinstance(condition, ExitCondition) and condition.lifted is not None:
        compared += f", {lifted_words(condition)}"
        limit["lifted"] = condition.lifted
    return made(
        condition.key,
        None if seen is None else condition.holds(seen),
        fact,
        limit=limit,
        threshold=compared,
        evidence=_("%(fact)s: %(value)s.", fact=name, value=_shown(fact.value)),
        needed=_("Record it: %(fact)s.", fact=name)
        if seen is None
        else _("The policy asks: %(fact)s %(compared)s.", fact=name, compared=compared),
    )


def _seen(fact: Explained[Any]) -> Any:
    return fact.value.amount if isinstance(fact.value, Money) else fact.value


def _fact(name: str, facts: EntryFacts) -> Explained[Any]:
    if name == "arr":
        return facts.arr
    if name == "arr_rank":
        return facts.arr_rank
    if name in MORE:
        return facts.more.get(name, unknown(name))
    return facts.profile.get(cast("FactorKey", name), unknown(name))


def _shown(value: Any) -> str:
    match value:
        case Money():
            return show_money(value)
        case bool():
            return str(_("yes") if value else _("no"))
        case int() | Decimal():
            return show_number(Decimal(value))
    return "?"
