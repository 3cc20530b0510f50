"""The words of "why this value?" and the columns of its chart."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.dates import format_skeleton

from portal.core.i18n import (
    _,
    get_locale,
    lazy_gettext,
    show_date,
    show_money,
    show_number,
    show_percent,
)
from portal.core.money import Money, rounded

from .. import rules

LABELS = {
    "margin_12_months": lazy_gettext("Margin of the last 12 months"),
    "last_12_months": lazy_gettext("Revenue of the last 12 months"),
    "margin": lazy_gettext("Gross margin"),
    "discount_rate": lazy_gettext("Discount a year"),
    "segment": lazy_gettext("Survival believed for the segment"),
    "renewals": lazy_gettext("Renewals so far"),
    "model": lazy_gettext("Model of our own history, version"),
    "customers": lazy_gettext("Customers it was fitted to"),
    "lost": lazy_gettext("of whom lost"),
    "bought_again": lazy_gettext("Purchases after the first"),
    "amount_expected": lazy_gettext("Average amount of a purchase to come"),
    "retention": lazy_gettext("Retention a year, without a model"),
}
SHARES = frozenset({"margin", "discount_rate", "retention"})
BESIDE_THE_PAGE = frozenset({"alpha", "beta"})


def reasons(value: rules.CustomerValue) -> list[tuple[str, str]]:
    """Give the inputs of the lifetime value as (label, value), the years last."""
    base = value.decision.base
    rows = []
    for figure in _flat(base.inputs):
        if figure.name.startswith("year_"):
            rows.append((_year(figure), _shown("", figure.value)))
        elif figure.name.startswith("rate_"):
            rows.append(_rate(figure))
        elif figure.name in LABELS:
            rows.append((str(LABELS[figure.name]), _shown(figure.name, figure.value)))
        elif figure.name == "alpha":
            rows.append((_("Curve (alpha, beta)"), _curve(base.inputs)))
    if base.why is not None:
        rows.append((_("Method"), rules.words(base.why)))
    return rows


def _rate(figure: "rules.Explained[Any]") -> tuple[str, str]:
    """Give the words for a rate that was converted with: its pair, its day, its source."""
    _word, base, quote = figure.name.split("_")
    value, day = (figure.value or Decimal(0)).quantize(Decimal("0.000001")), show_date(figure.on)
    label = str(_("Rate of one %(base)s in %(quote)s", base=base, quote=quote))
    shown = show_number(value.normalize())
    told = _("%(rate)s on %(day)s, %(source)s", rate=shown, day=day, source=figure.source)
    return label, str(told)


def _year(figure: "rules.Explained[Any]") -> str:
    """Give the words for a year: how likely they are kept, or how often they buy."""
    expected, year = figure.inputs[0], figure.name[5:]
    if expected.name.startswith("purchases_"):
        many = show_number((expected.value or Decimal(0)).quantize(Decimal("0.1")))
        return str(_("Year %(n)s: %(many)s purchases expected", n=year, many=many))
    share = show_percent(expected.value)
    return str(_("Year %(n)s: kept with %(share)s", n=year, share=share))


def model_of(value: rules.CustomerValue | None) -> int | None:
    """Give the version of the models that a value rests on, None for priors or the formula."""
    inputs = value.decision.base.inputs if value else ()
    return next((figure.value for figure in inputs if figure.name == "model"), None)


def _curve(figures: "tuple[rules.Explained[Any], ...]") -> str:
    found = [show_number(f.value) for f in figures if f.name in BESIDE_THE_PAGE]
    return " / ".join(found)


def _flat(figures: "tuple[rules.Explained[Any], ...]") -> "list[rules.Explained[Any]]":
    """Give figures with those they come from, but not the steps under a year."""
    answer: list[rules.Explained[Any]] = []
    for figure in figures:
        answer.append(figure)
        if figure.name == "margin_12_months":
            answer += figure.inputs
    return answer


def _shown(name: str, value: Any) -> str:
    match value:
        case None:
            return str(_("not known"))
        case Money():
            return show_money(rounded(value), cents=False)
        case Decimal() if name in SHARES:
            return show_percent(value, 1)
        case int() | Decimal():
            return str(show_number(value))
    return str(value)


def why_words(why: rules.Why | None) -> str:
    """Give the sentence for a figure that is missing or to be read with care."""
    return rules.words(why) if why is not None else _("not known")


def whole(money: Money) -> Money:
    """Give an amount in whole units: an expectation has no cents."""
    return Money(money.amount.quantize(Decimal(1), rounding=ROUND_HALF_UP), money.currency)


def bars(months: list[tuple[date, Money]]) -> list[dict[str, Any]]:
    """Give the months as columns of the chart; one below the usual stands out."""
    usual = _middle([amount.amount for _month, amount in months])
    return [
        {
            "label": format_skeleton("MMM", month, locale=get_locale()),
            "name": format_skeleton("yMMMM", month, locale=get_locale()),
            "value": amount.amount,
            "text": show_money(amount, cents=False),
            "tone": "bad" if usual and amount.amount < usual * Decimal("0.9") else None,
        }
        for month, amount in months
    ]


def _middle(values: list[Decimal]) -> Decimal:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else Decimal(0)
