"""The conditions of the house's own, held against what is known of an account."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.policies.rules.admission import EntryCondition, fact_name
from portal.blueprints.policies.rules.words import word
from portal.core.i18n import _, show_money, show_number
from portal.core.money import Money

from .criteria import Criterion, made

if TYPE_CHECKING:
    from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy
    from portal.blueprints.sponsorship.models import LaneKind

    from .entry import EntryFacts


def own(lane: LaneKind, facts: EntryFacts, *, policy: SponsorshipPolicy) -> tuple[Criterion, ...]:
    """Give a criterion for each condition that the policy adds to a lane."""
    return tuple(_held(one, facts) for one in policy.conditions if one.lane == lane.value)


def _held(condition: EntryCondition, facts: EntryFacts) -> Criterion:
    """Hold one condition against the fact it names; what is unknown is not met."""
    fact = _fact(condition.fact, facts)
    seen = fact.value.amount if isinstance(fact.value, Money) else fact.value
    name = fact_name(condition.fact)
    compared = word(condition.comparison)
    if condition.value is not None:
        compared += f" {show_number(condition.value)}"
    return made(
        condition.key,
        None if seen is None else condition.holds(seen),
        fact,
        limit={
            "fact": condition.fact,
            "comparison": condition.comparison,
            "value": condition.value,
        },
        threshold=compared,
        evidence=_("%(fact)s: %(value)s.", fact=name, value=_shown(fact.value)),
        needed=_("Record it: %(fact)s.", fact=name)
        if seen is None
        else _("The policy asks: %(fact)s %(compared)s.", fact=name, compared=compared),
    )


def _fact(name: str, facts: EntryFacts) -> Explained[Any]:
    if name == "arr":
        return facts.arr
    if name == "arr_rank":
        return facts.arr_rank
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
