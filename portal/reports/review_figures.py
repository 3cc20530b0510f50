"""The chapters of a review's book that count: figures side by side, and what recurred."""

from collections.abc import Sequence
from decimal import Decimal

from portal.reports import charts
from portal.reports.facts.review import CauseLine, Comparison, Measure, MonthCount, ReviewBook
from portal.reports.review_words import cause_name, figure, measure_name, money
from portal.reports.sections import none
from portal.reports.sheet import Column, Figure, Row, Section, Table
from portal.reports.words import Words


def figures(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give every figure in its group, after a drawing of the cases by month."""
    pgettext = words.pgettext
    found = [_months(facts.months, words=words)] if facts.months else []
    columns = (
        Column(pgettext("paper", "Measure"), 46),
        Column(pgettext("paper", "This quarter"), 18, "n"),
        Column(pgettext("paper", "The one before"), 18, "n"),
        Column(pgettext("paper", "A year before"), 18, "n l"),
    )
    note = words.gettext("No plan is recorded for these figures")
    for title, measures in _groups(words):
        rows = tuple(
            _figure(one, currency=facts.currency, words=words)
            for one in facts.figures
            if one.measure in measures
        )
        if rows:
            found.append(Section(title, (Table(columns, rows),), note))
            note = ""
    return tuple(found)


def _figure(one: Comparison, *, currency: str, words: Words) -> Row:
    told = (
        figure(v, one.unit, currency=currency, words=words) for v in (one.now, one.before, one.year)
    )
    return Row((measure_name(one.measure, words=words), *told))


def _groups(words: Words) -> tuple[tuple[str, frozenset[Measure]], ...]:
    """Give the figures in the order in which a meeting asks for them."""
    pgettext, m = words.pgettext, Measure
    return (
        (
            pgettext("paper", "Cases"),
            frozenset(
                (
                    m.CASES_OPENED,
                    m.CASES_CLOSED,
                    m.CASES_OPEN,
                    m.CRITICAL,
                    m.CLOSED_IN_TIME,
                    m.CAME_BACK,
                    m.LOST,
                    m.TRANSFERS,
                )
            ),
        ),
        (
            pgettext("paper", "Promises"),
            frozenset((m.PROMISES_DUE, m.PROMISES_KEPT, m.PROMISES_BROKEN)),
        ),
        (
            pgettext("paper", "Compensation"),
            frozenset(
                (
                    m.COMPENSATIONS,
                    m.OWED,
                    m.DIRECT_LOSS,
                    m.GOODWILL,
                    m.WITH_THREAT,
                    m.WITHOUT_THREAT,
                )
            ),
        ),
        (
            pgettext("paper", "Sponsorship"),
            frozenset((m.ADMITTED, m.SPONSORED, m.TOUCHES_HELD, m.TOUCHES_MISSED)),
        ),
        (
            pgettext("paper", "Lessons"),
            frozenset(
                (
                    m.LESSONS_DUE,
                    m.LESSONS_PUBLISHED,
                    m.LESSON_COST,
                    m.ACTIONS_DUE,
                    m.ACTIONS_IN_TIME,
                )
            ),
        ),
        (
            pgettext("paper", "Customers’ answers"),
            frozenset(
                (
                    m.ASKED_ANSWERED,
                    m.ANSWERS,
                    m.CSAT,
                    m.CES,
                    m.NPS_ANSWERED,
                    m.NPS_ANSWERS,
                    m.NPS,
                )
            ),
        ),
    )


def _months(months: Sequence[MonthCount], *, words: Words) -> Section:
    _ = words.gettext
    head = words.pgettext("paper", "Cases by month")
    total = sum(one.opened for one in months[-3:])
    before = sum(one.opened for one in months[-6:-3])
    caption = _("%(n)s cases were opened in the last three months, %(m)s in the three before.") % {
        "n": words.number(total),
        "m": words.number(before),
    }
    row = [
        charts.Bar(
            Decimal(one.opened),
            words.month(one.month),
            words.number(one.opened),
            i >= len(months) - 3,
        )
        for i, one in enumerate(months)
    ]
    alt = _("Bar chart of cases opened by month. %(finding)s The figures are in the table below.")
    drawing = Figure(caption, alt % {"finding": caption}, "months.svg", charts.bars(row))
    columns = (
        Column(words.pgettext("paper", "Month"), 40),
        Column(words.pgettext("paper", "Opened"), 30, "n"),
        Column(words.pgettext("paper", "Critical or high"), 30, "n l"),
    )
    rows = tuple(
        Row((words.long_month(one.month), words.number(one.opened), words.number(one.critical)))
        for one in months
    )
    return Section(head, (drawing, Table(columns, rows)))


def causes(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give the contributing factors: how often, at what cost, with a drawing."""
    _ = words.gettext
    head = words.pgettext("paper", "Contributing factors")
    if not facts.causes:
        return (Section(head, (none(_("No post-mortem of this quarter is published yet.")),)),)
    most = facts.causes[0]
    caption = _("%(cause)s contributed most often: %(n)s times.") % {
        "cause": cause_name(most.cause, words=words),
        "n": words.number(most.count),
    }
    row = [
        charts.Bar(Decimal(one.count), str(i), words.number(one.count), i == 1)
        for i, one in enumerate(facts.causes, start=1)
    ]
    alt = _("Bar chart of contributing factors. %(finding)s The figures are in the table below.")
    drawing = Figure(caption, alt % {"finding": caption}, "causes.svg", charts.bars(row))
    note = _("A post-mortem counts under each of its factors")
    return (Section(head, (drawing, _cause_table(facts.causes, words=words)), note),)


def _cause_table(causes: Sequence[CauseLine], *, words: Words) -> Table:
    pgettext = words.pgettext
    columns = (
        Column(pgettext("paper", "Factor"), 36),
        Column(pgettext("paper", "Times"), 12, "n"),
        Column(pgettext("paper", "Before"), 12, "n"),
        Column(pgettext("paper", "Cost to us"), 22, "n"),
        Column(pgettext("paper", "Hours open"), 18, "n l"),
    )
    rows = tuple(
        Row(
            (
                f"{i}. {cause_name(one.cause, words=words)}",
                words.number(one.count),
                words.number(one.before),
                money(one.cost, words=words),
                words.number(one.hours),
            )
        )
        for i, one in enumerate(causes, start=1)
    )
    return Table(columns, rows)
