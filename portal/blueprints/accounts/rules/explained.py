"""Figures that can answer "why?": a value with its inputs, its source and its date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from portal.core.i18n import lazy_gettext as _
from portal.core.money import Money

T_co = TypeVar("T_co", covariant=True)


class Why(StrEnum):
    """Why a figure is missing, or what must be known to read it rightly."""

    NOT_RECORDED = "not_recorded"
    NO_REVENUE = "no_revenue"
    NO_REVENUE_LAST_12_MONTHS = "no_revenue_last_12_months"
    NO_MARGIN = "no_margin"
    NO_RATE = "no_rate"
    NO_START = "no_start"
    NO_ARR = "no_arr"
    NO_CONTRACT = "no_contract"
    LOST = "lost"
    SHORT_HISTORY = "short_history"
    SOME_MISSING = "some_missing"
    SEGMENT_PRIOR = "segment_prior"
    THIN_SEGMENT = "thin_segment"
    PLAIN_FORMULA = "plain_formula"
    FITTED_CONTRACTS = "fitted_contracts"
    FITTED_PURCHASES = "fitted_purchases"


WORDS = {
    Why.NOT_RECORDED: _("Nobody has recorded this yet."),
    Why.NO_REVENUE: _("No revenue line has been recorded."),
    Why.NO_REVENUE_LAST_12_MONTHS: _("No revenue line falls in the last twelve complete months."),
    Why.NO_MARGIN: _("The gross margin is not recorded."),
    Why.NO_RATE: _("No exchange rate is recorded for that day."),
    Why.NO_START: _("The start of the relationship is not recorded."),
    Why.NO_ARR: _("The yearly amount of the contract is not recorded."),
    Why.NO_CONTRACT: _("No contract is in force."),
    Why.LOST: _("The account is no longer a customer."),
    Why.SHORT_HISTORY: _(
        "Less than twelve months of revenue: the sum is as recorded, not extrapolated."
    ),
    Why.SOME_MISSING: _("Some parts are unknown: the sum is a lower bound."),
    Why.SEGMENT_PRIOR: _("Segment prior: the company's own history is not fitted yet."),
    Why.THIN_SEGMENT: _(
        "Segment prior: our own history of this segment is too thin for a model of its own."
    ),
    Why.FITTED_CONTRACTS: _(
        "Fitted to our own history of contracts (shifted-beta-geometric): they are under contract, "
        "and there were enough customers like them."
    ),
    Why.FITTED_PURCHASES: _(
        "Fitted to our own history of purchases (BG/NBD and Gamma-Gamma): they buy without a "
        "contract."
    ),
    Why.PLAIN_FORMULA: _("Plain formula: there is no prior for this segment."),
}


def words(why: Why) -> str:
    """Give the sentence for a person, in the reader's language."""
    return str(WORDS[why])


@dataclass(frozen=True, slots=True)
class Explained(Generic[T_co]):
    """A figure: key, value (None: see `why`), source record or formula, date, inputs."""

    name: str
    value: T_co | None
    source: str
    on: date | None = None
    inputs: "tuple[Explained[Any], ...]" = ()
    why: Why | None = None

    @property
    def known(self) -> bool:
        """Say whether there is a value."""
        return self.value is not None


def unknown(
    name: str,
    why: Why = Why.NOT_RECORDED,
    *,
    source: str = "",
    on: date | None = None,
    inputs: "Sequence[Explained[Any]]" = (),
) -> Explained[Any]:
    """Give a figure without value, with the reason; a missing value is never zero."""
    return Explained(name, None, source, on, tuple(inputs), why)


def plain(figure: Explained[Any]) -> dict[str, Any]:
    """Give a figure as JSON values for a snapshot; decimals as strings, dates ISO 8601."""
    answer: dict[str, Any] = {
        "name": figure.name,
        "value": _plain_value(figure.value),
        "source": figure.source,
        "on": figure.on.isoformat() if figure.on else None,
    }
    if figure.why is not None:
        answer["why"] = figure.why.value
    if figure.inputs:
        answer["inputs"] = [plain(part) for part in figure.inputs]
    return answer


def _plain_value(value: object) -> Any:
    """Turn one value into what JSON knows."""
    match value:
        case Money():
            return {"amount": format(value.amount, "f"), "currency": value.currency.code}
        case StrEnum():
            return value.value
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case tuple() | list() | frozenset():
            return [_plain_value(part) for part in value]
    raise TypeError(f"{type(value).__name__} cannot stand in a snapshot")
