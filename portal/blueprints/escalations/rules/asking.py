"""The options of a decision asked of leadership: each a line "what | cost | what follows"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal

from portal.core.errors import Refused
from portal.core.i18n import _, language
from portal.core.money import Money, from_minor, is_currency, minor, rounded

AMOUNT = re.compile(r"^(?P<before>[A-Z]{3})?\s*(?P<number>[\d.,'’\s]+?)\s*(?P<after>[A-Z]{3})?$")
SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
MOST_COST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Option:
    """One way to decide: what, its cost (None: not said), and what follows from it."""

    text: str
    cost: Money | None = None
    consequence: str = ""
    recommended: bool = False

    def kept(self, *, recommended: bool) -> dict[str, Any]:
        """Give the option as the case keeps it."""
        cost = {} if self.cost is None else _minor(self.cost)
        follows = {"consequence": self.consequence} if self.consequence else {}
        return {"text": self.text, "recommended": recommended, **cost, **follows}


def option(line: str, *, currency: str) -> Option:
    """Read an option from its line; `currency` is that of a cost that names none.

    Refused where the cost is not an amount: nothing is guessed about money.
    """
    parts = [" ".join(part.split()) for part in line.split("|")]
    text, cost, consequence = (*parts, "", "")[:3]
    if len(parts) > 3:
        consequence = " | ".join(parts[2:])
    return Option(text, _amount(cost, currency) if cost else None, consequence)


def options_of(kept: Iterable[Any]) -> list[Option]:
    """Give the options that a case keeps."""
    return [
        Option(
            text=str(one.get("text", "")),
            cost=_money(one),
            consequence=str(one.get("consequence") or ""),
            recommended=bool(one.get("recommended")),
        )
        for one in kept
        if isinstance(one, dict)
    ]


def _amount(written: str, currency: str) -> Money:
    for sign, code in SIGNS.items():
        written = written.replace(sign, f" {code} ")
    found = AMOUNT.match(written.strip())
    code = (found["before"] or found["after"] or currency) if found else ""
    if found is None or not is_currency(code):
        raise _unreadable(written)
    try:
        number = parse_decimal("".join(found["number"].split()), locale=language(), strict=True)
    except NumberFormatError as error:
        raise _unreadable(written) from error
    if number > MOST_COST:
        raise _unreadable(written)
    return rounded(Money(number, code))


def _unreadable(written: str) -> Refused:
    return Refused(
        _(
            "“%(written)s” is not a cost: write the amount and its currency between two bars.",
            written=" ".join(written.split())[:60],
        ),
        field="options",
    )


def _minor(cost: Money) -> dict[str, Any]:
    return {"cost_minor": minor(cost), "currency": cost.currency.code}


def _money(one: Mapping[str, Any]) -> Money | None:
    count = one.get("cost_minor")
    return None if count is None else from_minor(int(count), str(one["currency"]))
