"""Messages to the other customers that a case hits: their language, and who may approve them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.core.access import Role
from portal.core.i18n import LANGUAGES

APPROVING = frozenset({Role.ESCALATION_MANAGER, Role.EXECUTIVE, Role.LEADERSHIP})
FIRST = ("executive_counterpart", "economic_buyer", "champion", "user", "legal")
"""Whom a customer's message goes to: the first of these who has a mail address."""


@dataclass(frozen=True, kw_only=True)
class Picked:
    """Which customers are hit, told by facts: those of which every fact that is given is true.

    Amounts are whole units of the account's currency, a year.
    """

    segment: str = ""
    region: str = ""
    country: str = ""
    industry: str = ""
    product: str = ""
    tier: str = ""
    least_arr: Decimal | None = None
    most_arr: Decimal | None = None

    @property
    def by_value(self) -> bool:
        """Say whether a fact is asked for that not everybody may read."""
        return bool(self.tier or self.product) or (self.least_arr, self.most_arr) != (None, None)

    @property
    def anything(self) -> bool:
        """Say whether any fact is asked for at all."""
        names = (self.segment, self.region, self.country, self.industry)
        return self.by_value or any(names)


def language_for(wanted: str, words: Mapping[str, object]) -> str:
    """Give the language that a customer is written to in: theirs, else English, else the first
    that there is; a message is never in two.
    """
    return next(one for one in (wanted, *LANGUAGES, *words) if one in words)


def may_approve(
    roles: Collection[Role], *, person_id: int | None, written_by_id: int | None
) -> bool:
    """Say whether somebody may approve a message: who leads, and never who wrote it."""
    return bool(set(roles) & APPROVING) and person_id is not None and person_id != written_by_id
