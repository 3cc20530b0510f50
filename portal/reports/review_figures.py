"""The chapters of a review's book that count: figures side by side, and what recurred."""

from collections.abc import Sequence
from decimal import Decimal

from portal.reports import charts, drawings
from portal.reports.facts.review import CauseLine, Comparison, Measure, MonthCount, ReviewBook
from portal.reports.review_words import (
    DASH,
    band_name,
    cause_name,
    figure,
    hours,
    measure_name,
    money,
    span_name,
)
from portal.reports.sections import none
from portal.reports.sheet import Column, Figure, Paragraph, Row, Section, Table
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


ANSWERED = frozenset(
    (
        Measure.ASKED_ANSWERED,
        Measure.ANSWERS,
        Measure.CSAT,
        Measure.CES,
        Measure.NPS_ANSWERED,
        Measure.NPS_ANSWERS,
        Measure.NPS,
    )
)


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
                    m.ABOVE_POLICY,
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
        (pgettext("paper", "Customers’ answers"), ANSWERED),
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
    drawn = [one for one in _paretos(facts.causes, words=words) if one]
    note = _("A post-mortem counts under each of its factors")
    return (Section(head, (*drawn, _cause_table(facts.causes, words=words)), note),)


def _paretos(causes: Sequence[CauseLine], *, words: Words) -> list[Figure | None]:
    """Draw the factors by number, money and hours, the largest first."""
    _ = words.gettext
    return [
        _pareto(
            [(one, Decimal(one.count), words.number(one.count)) for one in causes],
            _("%(cause)s contributed most often: %(n)s."),
            name="causes.svg",
            words=words,
        ),
        _pareto(
            [(one, one.cost.amount, words.money(one.cost)) for one in causes if one.cost],
            _("%(cause)s cost us the most: %(n)s."),
            name="costs.svg",
            words=words,
        ),
        _pareto(
            [(one, Decimal(one.hours), hours(Decimal(one.hours), words=words)) for one in causes],
            _("%(cause)s took the most time: %(n)s."),
            name="hours.svg",
            words=words,
        ),
    ]


def _pareto(
    sizes: Sequence[tuple[CauseLine, Decimal, str]], finding: str, *, name: str, words: Words
) -> Figure | None:
    told = sorted((one for one in sizes if one[1] > 0), key=lambda one: -one[1])
    if not told:
        return None
    first, _size, shown = told[0]
    caption = finding % {"cause": cause_name(first.cause, words=words), "n": shown}
    bars = [
        drawings.Ranked(cause_name(one.cause, words=words), size, text, marked=not i)
        for i, (one, size, text) in enumerate(told)
    ]
    alt = words.gettext(
        "Bar chart of contributing factors. %(finding)s The figures are in the table below."
    )
    return Figure(caption, alt % {"finding": caption}, name, drawings.pareto(bars))


def lengths(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give how long cases took, and how long agreed actions stay open, with a drawing."""
    pgettext = words.pgettext
    columns = (
        Column(pgettext("paper", "Median"), 46),
        Column(pgettext("paper", "This quarter"), 18, "n"),
        Column(pgettext("paper", "The one before"), 18, "n"),
        Column(pgettext("paper", "A year before"), 18, "n l"),
    )
    rows = tuple(
        Row(
            (
                span_name(one.span, words=words),
                *(hours(value, words=words) for value in (one.now, one.before, one.year)),
            )
        )
        for one in facts.spans
    )
    found = [Section(pgettext("paper", "Cases"), (Table(columns, rows),))] if rows else []
    return (*found, _survival(facts, words=words))


DUE = (28, 56)
MARKS = (14, *DUE, 84, 112, 168)


def _survival(facts: ReviewBook, *, words: Words) -> Section:
    """Give the share of agreed actions that is not verified yet, by days since it was agreed."""
    _, pgettext = words.gettext, words.pgettext
    head = pgettext("paper", "Agreed actions")
    if not facts.agreed:
        return Section(head, (none(_("No action was agreed in a year.")),))
    caption = _("%(share)s of the actions are not verified after %(n)s days.") % {
        "share": words.percent(_left(facts, DUE[1])),
        "n": DUE[1],
    }
    drawing = drawings.survival(
        [drawings.Step(one.day, one.left) for one in facts.survival],
        days=MARKS[-1],
        limits=[(day, _("%(n)s d") % {"n": day}) for day in DUE],
        ends=(words.percent(Decimal(1)), words.percent(Decimal(0))),
    )
    alt = _("Curve of the share not verified. %(finding)s The figures are in the table below.")
    figure_ = Figure(caption, alt % {"finding": caption}, "survival.svg", drawing)
    columns = (
        Column(pgettext("paper", "Days since it was agreed"), 60),
        Column(pgettext("paper", "Not verified yet"), 40, "n l"),
    )
    rows = tuple(Row((words.number(day), words.percent(_left(facts, day)))) for day in MARKS)
    text = words.ngettext("%(n)s action", "%(n)s actions", facts.agreed)
    return Section(head, (figure_, Table(columns, rows)), text % {"n": words.number(facts.agreed)})


def _left(facts: ReviewBook, day: int) -> Decimal:
    return next((one.left for one in reversed(facts.survival) if one.day <= day), Decimal(1))


def foresight(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Hold the bands of risk as the quarter began against what happened in it."""
    _, pgettext = words.gettext, words.pgettext
    if not facts.foretold:
        text = _("No score of risk was kept as the quarter began: nothing was foretold.")
        return (Section(pgettext("paper", "Not told yet"), (none(text),)),)
    columns = (
        Column(pgettext("paper", "Risk as the quarter began"), 40),
        Column(pgettext("paper", "Customers"), 20, "n"),
        Column(pgettext("paper", "Critical or high case"), 22, "n"),
        Column(pgettext("paper", "Share"), 18, "n l"),
    )
    rows = tuple(
        Row(
            (
                band_name(one.band, words=words),
                words.number(one.customers),
                words.number(one.came),
                words.percent(Decimal(one.came) / one.customers) if one.customers else DASH,
            )
        )
        for one in facts.foretold
    )
    note = _("It describes, and proves nothing: who was warned of, was also worked on.")
    table = Table(columns, rows)
    return (Section(pgettext("paper", "The score of risk"), (table, Paragraph(note, "src"))),)


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
