"""Drawing by lot among scores that lie too near each other to tell: anybody can draw it again."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256


def ties(scored: Iterable[tuple[str, Decimal]], *, points: Decimal) -> list[list[str]]:
    """Give the groups (reference, score) of at least two whose scores lie within `points` of the
    highest of the group, the highest group first.
    """
    groups: list[list[str]] = []
    top: Decimal | None = None
    for reference, score in sorted(scored, key=lambda one: (-one[1], one[0])):
        if top is None or top - score > points:
            groups.append([])
            top = score
        groups[-1].append(reference)
    return [group for group in groups if len(group) > 1]


def drawn(group: Iterable[str], *, seed: str) -> Sequence[str]:
    """Give the order that a seed draws: by the SHA-256 of the seed, a colon and the reference."""
    return sorted(group, key=lambda one: sha256(f"{seed}:{one}".encode()).hexdigest())
