"""The ways to decide what a case asks of leadership."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from portal.core.money import Money, from_minor, minor, rounded


@dataclass(frozen=True)
class Option:
    """One way to decide: what it costs us and what follows from it, where that is known."""

    text: str
    cost: Money | None = None
    consequence: str = ""
    recommended: bool = False

    def as_kept(self) -> dict[str, Any]:
        """Give it as a case keeps it: its cost as minor units and currency."""
        cost = None if self.cost is None else rounded(self.cost)
        return {
            "text": self.text,
            "recommended": self.recommended,
            "consequence": self.consequence,
            "cost_minor": None if cost is None else minor(cost),
            "currency": None if cost is None else cost.currency.code,
        }

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Self:
        """Read one that a case keeps; before costs were asked for, it kept but the words."""
        count = kept.get("cost_minor")
        return cls(
            kept["text"],
            None if count is None else from_minor(count, kept["currency"]),
            kept.get("consequence", ""),
            kept["recommended"],
        )
