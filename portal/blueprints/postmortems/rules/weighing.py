"""How much each factor weighed, and what shows it."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from portal.blueprints.accounts.rules import Objection
from portal.core.i18n import _

from .imported import is_address

WEIGHTS = (3, 2, 1)
"""Decisive, contributing, minor."""
UNWEIGHED = 2
"""What a cause counts as that nobody weighed: where no cause is weighed, all count alike."""


def shares(causes: Iterable[tuple[str, int | None]]) -> dict[str, Decimal]:
    """Give how much of one post-mortem each factor makes up, together 1: its causes (factor,
    weight) by weight.
    """
    found: dict[str, int] = defaultdict(int)
    for factor, weight in causes:
        found[factor] += weight or UNWEIGHED
    whole = sum(found.values())
    return {factor: Decimal(part) / whole for factor, part in found.items()}


def objections_to_evidence(weight: int | None, url: str) -> tuple[Objection, ...]:
    """Say what is wrong with a cause's weight, or with the address of what shows it."""
    found = []
    if weight is not None and weight not in WEIGHTS:
        found.append(Objection("no_weight", _("Choose one of the weights."), "weight"))
    if url and not is_address(url):
        message = _("This is no address of a page: it begins with https:// or http://.")
        found.append(Objection("no_address", message, "evidence_url"))
    return tuple(found)
