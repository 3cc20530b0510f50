"""An entry criterion as it is shown, stored and told, and what it is called."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.blueprints.accounts.rules import Explained, Why, words
from portal.blueprints.policies.rules.admission import OWN, fact_name
from portal.core.i18n import _


@dataclass(frozen=True, slots=True)
class Criterion:
    """One entry criterion: met, not met, or None where data is missing, which counts as not met.

    `threshold` says in words what `limit` says to a program.
    """

    key: str
    met: bool | None
    value: Explained[Any]
    limit: Any
    threshold: str
    evidence: str
    needed: str

    @property
    def source(self) -> str:
        """Give the record the evidence rests on."""
        return self.value.source

    @property
    def as_of(self) -> date | None:
        """Give the day of the evidence."""
        return self.value.on

    @property
    def verdict(self) -> str:
        """Give the verdict in the reader's language."""
        if self.met is None:
            return str(_("not met, data missing"))
        return str(_("met") if self.met else _("not met"))


def made(
    key: str,
    met: bool | None,
    fact: Explained[Any],
    *,
    limit: Any,
    threshold: str,
    evidence: str,
    needed: str,
) -> Criterion:
    """Put a criterion together; missing data says so in place of evidence."""
    if met is None:
        evidence = str(words(fact.why or Why.NOT_RECORDED))
    return Criterion(key, met, fact, limit, threshold, evidence, "" if met else needed)


def criterion_name(key: str) -> str:
    """Give the reader's name of a criterion: one of ours, or of a condition of the house's own."""
    if key in OWN:
        return str(_("Condition of ours: %(fact)s", fact=fact_name(OWN[key])))
    names: dict[str, str] = {
        "rank_or_score": _("Among the largest, or a high score"),
        "customer_executive": _("A willing customer executive"),
        "success_plan": _("A fresh success plan"),
        "outcome": _("The outcome in words"),
        "sponsor": _("A trained sponsor with capacity"),
        "recent_case": _("A grave escalation, open or just closed"),
        "arr_floor": _("ARR above the lane's floor"),
        "owner": _("An owner is named"),
    }
    return names[key]
