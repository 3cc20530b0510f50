"""Causes and trends as a page shows them: each drawing with the finding as its title, and the
table behind it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import Problem
from portal.blueprints.escalations.rules.words import problem_words
from portal.blueprints.postmortems.rules.words import factor_words
from portal.core.i18n import _, ngettext, show_money, show_number, show_percent
from portal.core.money import from_minor
from portal.reports import charts, drawings

from ..rules import trends
from .foresight import action_days
from .trends import Trends

MOST_BARS = 12


@dataclass(frozen=True)
class Cells:
    """A line of the table behind a drawing; `href` leads to the cases that it counts."""

    name: str
    figures: tuple[str, ...]
    href: str = ""


@dataclass(frozen=True)
class Drawing:
    """A drawing: its finding, its picture (none where there is nothing to draw), its table."""

    key: str
    title: str
    svg: str
    heads: tuple[str, ...]
    rows: tuple[Cells, ...]
    note: str = ""


Link = Callable[[str], str]


def value_words(axis: trends.Axis, value: str) -> str:
    """Name a group of cases."""
    if axis is trends.Axis.FACTOR and value == trends.NONE:
        return _("No factor named yet")
    if axis is trends.Axis.FACTOR:
        return factor_words(value)
    if axis is trends.Axis.PROBLEM and value in set(Problem):
        return problem_words(Problem(value))
    return value or _("not recorded")


def axis_words(axis: trends.Axis) -> str:
    """Name what cases are put together by."""
    return {
        trends.Axis.FACTOR: _("Contributing factor"),
        trends.Axis.PROBLEM: _("Kind of problem"),
        trends.Axis.SEGMENT: _("Segment"),
        trends.Axis.PRODUCT: _("Product"),
        trends.Axis.QUARTER: _("Quarter"),
    }[axis]


def size_words(size: trends.Size) -> str:
    """Name a measure of a group."""
    return {
        trends.Size.COUNT: _("Cases"),
        trends.Size.MONEY: _("Cost to us"),
        trends.Size.HOURS: _("Hours open"),
        trends.Size.WEIGHT: _("By weight"),
    }[size]


def paretos(found: Trends, *, link: Link, now: datetime) -> tuple[Drawing, ...]:
    """Draw the groups by number, money and hours, factors by weight too; `link` gives the address
    of a group's cases.
    """
    groups = trends.groups(found.counted, found.cut.axis, now=now)
    axis = found.cut.axis
    return tuple(_pareto(groups, axis, by, link=link) for by in sizes(axis))


def sizes(axis: trends.Axis) -> tuple[trends.Size, ...]:
    """Give what groups are measured by: factors alone have a weight."""
    weighed = axis is trends.Axis.FACTOR
    return tuple(one for one in trends.Size if weighed or one is not trends.Size.WEIGHT)


def _pareto(
    groups: Sequence[trends.Group], axis: trends.Axis, by: trends.Size, *, link: Link
) -> Drawing:
    rows = trends.ranked(groups, by)
    shown = [(one, measured(one, by), value_words(axis, one.value)) for one, _share in rows]
    bars = [
        drawings.Ranked(name, one.size(by), text, link(one.value), marked=not i)
        for i, (one, text, name) in enumerate(shown[:MOST_BARS])
    ]
    cells = [
        Cells(name, (text, show_percent(share, 0)), link(one.value))
        for (one, text, name), (_one, share) in zip(shown, rows, strict=True)
    ]
    return Drawing(
        key=by.value,
        title=_finding(shown[0], by)
        if shown
        else _("%(measure)s: nothing yet", measure=size_words(by)),
        svg=drawings.on_page(drawings.pareto(bars, ink=charts.PAGE)) if bars else "",
        heads=(axis_words(axis), size_words(by), _("Running share")),
        rows=tuple(cells),
    )


def _finding(first: tuple[trends.Group, str, str], by: trends.Size) -> str:
    _group, text, name = first
    said = {
        trends.Size.COUNT: _("%(name)s in more cases than anything else: %(n)s"),
        trends.Size.MONEY: _("%(name)s cost us the most: %(n)s"),
        trends.Size.HOURS: _("%(name)s took the most time: %(n)s"),
        trends.Size.WEIGHT: _("%(name)s weighs the most: %(n)s of the post-mortems"),
    }[by]
    return said % {"name": name, "n": text}


def measured(group: trends.Group, by: trends.Size) -> str:
    """Write a measure of a group in the reader's language."""
    if by == trends.Size.COUNT:
        return show_number(len(group.cases))
    if by == trends.Size.WEIGHT:
        return show_number(group.weight.quantize(Decimal("0.1")))
    if by == trends.Size.HOURS:
        return _("%(n)s h", n=show_number(group.hours))
    if group.cost_minor is None:
        return "–"
    return show_money(
        from_minor(group.cost_minor, auth_queries.organisation().currency), cents=False
    )


def spans(found: Trends) -> tuple[Drawing, ...]:
    """Draw how long cases took to be found, answered and closed, by the quarter of opening."""
    return tuple(_span(found, span) for span in trends.Span)


def _span(found: Trends, span: trends.Span) -> Drawing:
    rows = trends.middles(found.cases, found.quarters, span)
    told = [row for row in rows if row.hours is not None]
    bars = [
        charts.Bar(
            row.hours or Decimal(0),
            auth_queries.quarter_words(row.quarter)[:-5] if i % max(len(rows) // 6, 1) == 0 else "",
            long_words(row.hours) if row.hours is not None else "–",
            marked=i == len(rows) - 1,
        )
        for i, row in enumerate(rows)
    ]
    name, meaning = _span_words(span)
    title = _("%(measure)s: nothing yet", measure=name)
    if told:
        title = _(
            "%(what)s: %(time)s in %(quarter)s",
            what=name,
            time=long_words(told[-1].hours or Decimal(0)),
            quarter=auth_queries.quarter_words(told[-1].quarter),
        )
    return Drawing(
        key=span.value,
        title=title,
        svg=drawings.on_page(charts.bars(bars, ink=charts.PAGE)) if told else "",
        heads=(_("Quarter"), _("Median"), _("Cases")),
        rows=tuple(
            Cells(
                auth_queries.quarter_words(row.quarter),
                ("–" if row.hours is None else long_words(row.hours), show_number(row.count)),
            )
            for row in rows
        ),
        note=meaning,
    )


def _span_words(span: trends.Span) -> tuple[str, str]:
    return {
        trends.Span.DETECT: (
            _("Time to detect"),
            _("From the first thing that a timeline tells to the opening of its case."),
        ),
        trends.Span.RESPOND: (
            _("Time to respond"),
            _("From the opening of the case to the first word of ours that reached the customer."),
        ),
        trends.Span.RECOVER: (
            _("Time to recover"),
            _("From opening to closing, of the cases that are closed."),
        ),
    }[span]


def long_words(hours: Decimal) -> str:
    """Write a length of time short enough for a bar: hours, from two days on days."""
    if hours < 48:
        shown = hours.quantize(Decimal("0.1")) if hours < 10 else hours.quantize(Decimal(1))
        return _("%(n)s h", n=show_number(shown))
    return _("%(n)s d", n=show_number((hours / 24).quantize(Decimal(1))))


def survival(found: Trends) -> Drawing:
    """Draw how long agreed actions stay open, with the days that policy gives them."""
    priority, due = action_days()
    drops = trends.survival(found.actions)
    left = trends.still_open(drops, due)
    steps = [drawings.Step(one.day, one.left) for one in drops]
    middle = (priority // 2, priority, (priority + due) // 2, due, due * 3 // 2, due * 2)
    far = 3 * max(priority, due)
    days = sorted({0, *middle, far})
    drawn = drawings.survival(
        steps,
        days=far,
        limits=[(day, _("%(n)s d", n=day)) for day in sorted({priority, due})],
        ends=(show_percent(Decimal(1), 0), show_percent(Decimal(0), 0)),
        ink=charts.PAGE,
    )
    count = len(found.actions)
    return Drawing(
        key="survival",
        title=_(
            "%(share)s of the actions are not verified after %(days)s days",
            share=show_percent(left, 0),
            days=due,
        )
        if count
        else _("No action was agreed in these quarters"),
        svg=drawings.on_page(drawn) if count else "",
        heads=(_("Days since it was agreed"), _("Not verified yet"), _("Actions followed so long")),
        rows=tuple(
            Cells(
                show_number(day),
                (
                    show_percent(trends.still_open(drops, day), 0),
                    show_number(trends.followed(found.actions, day)),
                ),
            )
            for day in days
        ),
        note=ngettext(
            "%(num)d action. What is open or was dropped counts for as long as it was followed.",
            "%(num)d actions. What is open or was dropped counts for as long as it was followed.",
            count,
        ),
    )
