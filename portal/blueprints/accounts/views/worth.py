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
    show_month,
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


def reasons(expected: rules.Lifetime) -> list[tuple[str, str]]:
    """Give the inputs of a lifetime value as (label, value), the years last."""
    base = expected.base
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
    label = str(_("Rate of one %(base)s in %(quote)s", base=base, quote=quote))
    return label, _rate_told(figure.value or Decimal(0), figure.on, figure.source)


def _rate_told(value: Decimal, day: date | None, source: str) -> str:
    shown = show_number(value.quantize(Decimal("0.000001")).normalize())
    told = _("%(rate)s on %(day)s, %(source)s", rate=shown, day=show_date(day), source=source)
    return str(told)


def rate_words(rate: rules.Rate) -> str:
    """Give the words for a rate: what one unit was worth, on which day, by which source."""
    told = _rate_told(rate.value, rate.on, rate.source)
    words = _("one %(base)s in %(quote)s: %(told)s", base=rate.base, quote=rate.quote, told=told)
    return str(words)


MOST_RATES = 3


def behind(figure: "rules.Explained[Any]") -> list[tuple[str, str]]:
    """Give what a figure is made of as (label, value): lines and months, or contract by contract;
    then the rates used, the newest few of many.
    """
    rows, rates = _parts(figure), _rates(figure)
    rows += [_rate(rate) for rate in rates[:MOST_RATES]]
    if len(rates) > MOST_RATES:
        more = _("%(n)s, one for each month", n=show_number(len(rates) - MOST_RATES))
        rows.append((str(_("Further rates")), str(more)))
    return rows


def _parts(figure: "rules.Explained[Any]") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for part in figure.inputs:
        if part.name == "lines":
            rows.append((str(_("Lines of revenue")), show_number(part.value)))
        elif part.name in {"first_month", "last_month"}:
            label = _("First month") if part.name == "first_month" else _("Last month")
            rows.append((str(label), show_month(part.value or date.min)))
        elif part.name == "line":
            rows.append((str(_("No rate for")), f"{show_money(part.value)}, {show_date(part.on)}"))
        elif part.name == "since":
            rows.append((str(_("Customer since")), show_date(part.value)))
        elif part.name == "lines_of_other_bases":
            rows.append((str(_("Lines on other bases, left out")), show_number(part.value)))
        elif part.name in {"arr", "firm", "may_leave"}:
            rows.append((part.source, _signed_part(part)))
    return rows


def _signed_part(part: "rules.Explained[Any]") -> str:
    """Give the words for what one contract adds: its yearly amount, for how many years."""
    if part.value is None:
        return why_words(part.why)
    shown = show_money(whole(part.value)) if isinstance(part.value, Money) else ""
    if part.name == "arr":
        own = [one.value for one in part.inputs if one.name == "arr"]
        return f"{show_money(own[0])} = {shown}" if own else shown
    yearly, length = part.inputs
    years = show_number((length.value or Decimal(0)).quantize(Decimal("0.01")))
    each = show_money(yearly.value and whole(yearly.value))
    told = _("%(amount)s: %(yearly)s a year for %(n)s years", amount=shown, yearly=each, n=years)
    return str(told)


def behind_one(part: "rules.Explained[Any]") -> list[tuple[str, str]]:
    """Give what the yearly amount of one contract is in the reporting currency, and by which rate;
    nothing where it is in that currency.
    """
    rates = _rates(part)
    if part.value is None and part.why is rules.Why.NO_RATE:
        return [(str(_("Rate")), why_words(part.why))]
    if not rates or part.value is None:
        return []
    return [(str(_("In our books")), show_money(whole(rounded(part.value)))), *map(_rate, rates)]


def _rates(figure: "rules.Explained[Any]") -> "list[rules.Explained[Any]]":
    """Give the rates under a figure, each once, the newest first."""
    found: dict[tuple[Any, ...], rules.Explained[Any]] = {}
    waiting = list(figure.inputs)
    while waiting:
        part = waiting.pop()
        if part.name.startswith("rate_"):
            found[part.name, part.on, part.source] = part
        waiting += part.inputs
    return sorted(found.values(), key=lambda one: (one.on or date.min, one.name), reverse=True)


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
            "name": show_month(month),
            "value": amount.amount,
            "text": show_money(amount, cents=False),
            "tone": "bad" if usual and amount.amount < usual * Decimal("0.9") else None,
        }
        for month, amount in months
    ]


def _middle(values: list[Decimal]) -> Decimal:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else Decimal(0)
