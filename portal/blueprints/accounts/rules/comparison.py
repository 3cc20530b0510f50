"""A version of the value models beside the one in force, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.words import said
from portal.core.i18n import _

from .fitted import EVERYONE, Staying
from .histories import FEWEST_AGAIN, FEWEST_CUSTOMERS, FEWEST_LOST
from .lifetime import survival

SHOWN_YEARS = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a version: how many customers and events it rests on, its parameters, the share
    kept after 1, 3 and 5 years here and in the version in force; or why it was not fitted.
    """

    label: str
    customers: int
    events: int
    parameters: tuple[tuple[str, Decimal], ...]
    log_likelihood: Decimal | None
    kept: tuple[Decimal, ...]
    kept_before: tuple[Decimal, ...]
    why: str


def lines(document: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> list[Line]:
    """Give the parts of a version, the whole company first, beside those of the version before."""
    if document is None:
        return []
    old = before["contracts"] if before else {}
    contracts = document["contracts"]
    found = [
        _line(_label(key), one, one["lost"], ("alpha", "beta"), old.get(key))
        for key, one in sorted(contracts.items(), key=lambda item: (item[0] != EVERYONE, item[0]))
    ]
    bought = document["purchases"]
    names = ("r", "alpha", "a", "b", "p", "q", "v")
    label = _("Purchases without contract")
    return [*found, _line(label, bought, bought["again"], names, None)]


def _label(key: str) -> str:
    return str(_("All segments")) if key == EVERYONE else key


def _line(
    label: str,
    one: Mapping[str, Any],
    events: int,
    names: tuple[str, ...],
    before: Mapping[str, Any] | None,
) -> Line:
    is_fitted = "why" not in one
    return Line(
        label=label,
        customers=one["customers"],
        events=events,
        parameters=tuple((name, _short(one[name])) for name in names) if is_fitted else (),
        log_likelihood=_short(one["log_likelihood"]) if is_fitted else None,
        kept=_kept(one) if len(names) == 2 else (),
        kept_before=_kept(before),
        why="" if is_fitted else why_not(one["why"], one["details"]),
    )


def _kept(one: Mapping[str, Any] | None) -> tuple[Decimal, ...]:
    if one is None or "why" in one:
        return ()
    curve = Staying(_short(one["alpha"]), _short(one["beta"]))
    alive = survival(curve, renewals=0, years=max(SHOWN_YEARS))
    return tuple(alive[year - 1] for year in SHOWN_YEARS)


def _short(value: float) -> Decimal:
    return Decimal(f"{value:.6g}")


def why_not(why: str, details: Mapping[str, str]) -> str:
    """Give the sentence for a part that was not fitted."""
    if why == "thin":
        return str(
            _(
                "Too thin: a fit takes %(customers)s customers, of whom %(lost)s lost; of "
                "purchases, %(again)s who bought again.",
                customers=FEWEST_CUSTOMERS,
                lost=FEWEST_LOST,
                again=FEWEST_AGAIN,
            )
        )
    if why == "no_mean":
        return str(_("The amounts vary so much that the fit gives them no average (q ≤ 1)."))
    return said(NotFitted(why, **details))
