"""The books of compensation: what each movement does to which balance, and a month of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.blueprints.concessions.models import Move


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands open, in minor units of one currency: offered and unanswered, accepted and not
    delivered (the accrual), and delivered since the beginning.
    """

    offered: int = 0
    accrued: int = 0
    delivered: int = 0

    def __add__(self, other: "Balance") -> "Balance":
        """Add up two balances of the same currency."""
        return Balance(
            self.offered + other.offered,
            self.accrued + other.accrued,
            self.delivered + other.delivered,
        )


EFFECT: dict[Move, tuple[int, int, int]] = {
    Move.OFFERED: (1, 0, 0),
    Move.ACCEPTED: (-1, 1, 0),
    Move.DECLINED: (-1, 0, 0),
    Move.COUNTERED: (-1, 0, 0),
    Move.LAPSED: (-1, 0, 0),
    Move.TAKEN_BACK: (-1, 0, 0),
    Move.DELIVERED: (0, -1, 1),
    Move.CANCELLED: (0, -1, 0),
    Move.REVERSED: (0, 0, -1),
}
"""By which sign a movement changes the three balances, as `Balance` names them."""

Key = tuple[int | None, str]
"""Legal entity (None: not recorded) and currency: amounts of two are never added up."""


def effect(move: Move, amount: int) -> Balance:
    """Give what a movement of an amount (minor units, no sign) adds to the balances."""
    return Balance(*(sign * amount for sign in EFFECT[move]))


@dataclass(frozen=True, slots=True)
class Line:
    """One legal entity and currency in one period: opening + movements = closing."""

    entity_id: int | None
    currency: str
    opening: Balance
    moves: Mapping[Move, int]

    @property
    def closing(self) -> Balance:
        """Give what stands open at the end of the period."""
        total = self.opening
        for move, amount in self.moves.items():
            total += effect(move, amount)
        return total


def totals(moved: Iterable[tuple[Key, Move, int]]) -> dict[Key, Balance]:
    """Add up movements from scratch, by legal entity and currency."""
    found: dict[Key, Balance] = {}
    for key, move, amount in moved:
        found[key] = found.get(key, Balance()) + effect(move, amount)
    return found


def sheet(
    opening: Mapping[Key, Balance], moved: Iterable[tuple[Key, Move, int]]
) -> tuple[Line, ...]:
    """Give a period's lines from what it opens with and what moved in it; nothing open and nothing
    moved: no line.
    """
    moves: dict[Key, dict[Move, int]] = {key: {} for key in opening if opening[key] != Balance()}
    for key, move, amount in moved:
        here = moves.setdefault(key, {})
        here[move] = here.get(move, 0) + amount
    ordered = sorted(moves, key=lambda key: (key[0] is None, key[0] or 0, key[1]))
    return tuple(Line(*key, opening.get(key, Balance()), moves[key]) for key in ordered)


def as_stored(balances: Mapping[Key, Balance]) -> list[dict[str, int | str | None]]:
    """Give balances as a closed period keeps them, in a fixed order."""
    return [
        {
            "entity": key[0],
            "currency": key[1],
            "offered": one.offered,
            "accrued": one.accrued,
            "delivered": one.delivered,
        }
        for key, one in sorted(balances.items(), key=lambda pair: (pair[0][0] or 0, pair[0][1]))
    ]


def from_stored(rows: Iterable[Mapping[str, int | str | None]]) -> dict[Key, Balance]:
    """Read the balances of a closed period."""
    return {
        (_number(row["entity"]), str(row["currency"])): Balance(
            *(_number(row[name]) or 0 for name in ("offered", "accrued", "delivered"))
        )
        for row in rows
    }


def _number(value: int | str | None) -> int | None:
    return None if value is None else int(value)


def period_of(day: date) -> str:
    """Give the period of a day, such as 2026-11."""
    return f"{day:%Y-%m}"


def is_period(text: str) -> bool:
    """Say whether a text names a month that books can have, such as 2026-11."""
    year, dash, month = text.partition("-")
    right = len(year) == 4 and len(month) == 2 and (year + month).isascii()
    named = bool(dash) and right and (year + month).isdigit() and 1 <= int(month) <= 12
    return named and "1900" <= year <= "2200"  # the calendar has no month after 9999-12


def next_period(period: str) -> str:
    """Give the period after one."""
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]), 12)
    return f"{year:04d}-{month + 1:02d}"


def bounds(period: str) -> tuple[date, date]:
    """Give the first day of a period, and the first after it."""
    return _first_day(period), _first_day(next_period(period))


def _first_day(period: str) -> date:
    return date(int(period[:4]), int(period[5:]), 1)


def bookable(period: str, *, closed: Collection[str]) -> str:
    """Give the period to book in: this one, or the first after it that is still open."""
    while period in closed:
        period = next_period(period)
    return period
