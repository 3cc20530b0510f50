"""The chapters of a review's book that count: figures side by side, and what recurred."""

from collections.abc import Sequence
from decimal import Decimal

from portal.reports import charts, drawings
from portal.reports.facts.review import CauseLine, Comparison, Measure, MonthCount, ReviewBook
from portal.reports.review_words import (
    DASH,
    band_name,
    cause_name,
    few,
    few_note,
    figure,
    hours,
    measure_name,
    money,
    quarter_cell,
    span_name,
    weight,
)
from portal.reports.sections import none
from portal.reports.sheet import Column, Figure, Paragraph, Row, Section, Table
from portal.reports.words import Words


def figures(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give every figure in its group, after a drawing of the cases by month."""
    pgettext = words.pgettext
    found = [_months(facts.months, words=words)] if facts.months else []
    planned = any(one.plan is not None for one in facts.figures)
    columns = (
        Column(pgettext("paper", "Measure"), 40 if planned else 46),
        Column(pgettext("paper", "This quarter"), 16 if planned else 18, "n"),
        *([Column(pgettext("paper", "Plan"), 14, "n")] if planned else []),
        Column(pgettext("paper", "The one before"), 15 if planned else 18, "n"),
        Column(pgettext("paper", "A year before"), 15 if planned else 18, "n l"),
    )
    note = "" if planned else words.gettext("No plan is recorded for these figures")
    for title, measures in _groups(words):
        rows = tuple(
            _figure(one, planned=planned, currency=facts.currency, words=words)
            for one in facts.figures
            if one.measure in measures
        )
        if rows:
            found.append(Section(title, (Table(columns, rows), *few_note(rows, words=words)), note))
            note = ""
    return tuple(found)


def _figure(one: Comparison, *, planned: bool, currency: str, words: Words) -> Row:
    def told(value: Decimal | None) -> str:
        return figure(value, one.unit, currency=currency, words=words)

    plan = DASH if one.plan is None else told(one.plan)
    cells = (told(one.now), *([plan] if planned else []), told(one.before), told(one.year))
    return Row((measure_name(one.measure, words=words), *cells))


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
    caption = _("Cases opened in the last three months: %(n)s; in the three before: %(m)s.") % {
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
    losses = sum(one.losses for one in facts.causes)
    note = _("A post-mortem counts under each of its factors")
    if losses:
        said = words.ngettext(
            "%(n)s loss note is among them", "%(n)s loss notes are among them", losses
        )
        note = f"{words.ended(note)} {said % {'n': words.number(losses)}}"
    return (Section(head, (*drawn, _cause_table(facts.causes, words=words)), note, "long"),)


def _paretos(causes: Sequence[CauseLine], *, words: Words) -> list[Figure | None]:
    """Draw the factors by number, weight, money and hours, the largest first."""
    _ = words.gettext
    return [
        _pareto(
            [(one, Decimal(one.count), words.number(one.count)) for one in causes],
            _("%(cause)s contributed most often: %(n)s."),
            name="causes.svg",
            words=words,
        ),
        _pareto(
            [(one, one.weight, words.number(one.weight)) for one in causes if one.weight],
            _("%(cause)s weighs the most: %(n)s of the post-mortems."),
            name="weights.svg",
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


def marks(given: Sequence[int]) -> list[int]:
    """Give the days at which the curve is told: around those that policy gave, to three times the
    longest.
    """
    first, last = min(given), max(given)
    return sorted({first // 2, first, last, last * 3 // 2, last * 2, last * 3})


def _survival(facts: ReviewBook, *, words: Words) -> Section:
    """Give the share of agreed actions that is not verified yet, by days since it was agreed."""
    _, pgettext = words.gettext, words.pgettext
    head = pgettext("paper", "Agreed actions")
    if not facts.agreed:
        return Section(head, (none(_("No action was agreed in a year.")),))
    given = sorted(set(facts.action_days))
    days = marks(given)
    caption = _("%(share)s of the actions are not verified after %(n)s days.") % {
        "share": words.percent(_left(facts, given[-1])),
        "n": given[-1],
    }
    drawing = drawings.survival(
        [drawings.Step(one.day, one.left) for one in facts.survival],
        days=days[-1],
        limits=[(day, _("%(n)s d") % {"n": day}) for day in given],
        ends=(words.percent(Decimal(1)), words.percent(Decimal(0))),
    )
    alt = _("Curve of the share not verified. %(finding)s The figures are in the table below.")
    figure_ = Figure(caption, alt % {"finding": caption}, "survival.svg", drawing)
    columns = (
        Column(pgettext("paper", "Days since it was agreed"), 60),
        Column(pgettext("paper", "Not verified yet"), 40, "n l"),
    )
    rows = tuple(Row((words.number(day), words.percent(_left(facts, day)))) for day in days)
    text = words.ngettext("%(n)s action", "%(n)s actions", facts.agreed)
    return Section(head, (figure_, Table(columns, rows)), text % {"n": words.number(facts.agreed)})


def _left(facts: ReviewBook, day: int) -> Decimal:
    return next((one.left for one in reversed(facts.survival) if one.day <= day), Decimal(1))


def foresight(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Hold the bands of risk as the quarter began against what happened in it, and score the
    predictions of loss whose day has come.
    """
    scored = (_scored(facts, words=words),) if facts.scored else ()
    return (*_bands(facts, words=words), *scored)


def _scored(facts: ReviewBook, *, words: Words) -> Section:
    _, pgettext = words.gettext, words.pgettext
    head = pgettext("paper", "Predictions of loss whose day came")
    if not any(one.predictions for one in facts.scored):
        return Section(head, (none(_("The day of no prediction came in these quarters.")),))
    columns = (
        Column(pgettext("paper", "Quarter"), 16),
        Column(pgettext("paper", "Predictions"), 16, "n"),
        Column(pgettext("paper", "Hits"), 10, "n"),
        Column(pgettext("paper", "Misses"), 12, "n"),
        Column(pgettext("paper", "False alarms"), 14, "n"),
        Column(pgettext("paper", "Brier score"), 16, "n"),
        Column(pgettext("paper", "Of the average"), 16, "n l"),
    )
    rows = tuple(
        Row(
            (
                quarter_cell(one.quarter, names=facts.quarter_names, words=words),
                *(
                    words.number(count)
                    for count in (one.predictions, one.hits, one.misses, one.false_alarms)
                ),
                _brier(one.brier, words=words),
                _brier(one.average, words=words),
            )
        )
        for one in facts.scored
    )
    note = _(
        "Brier score: the mean squared error of the chances given, 0 is perfect; a useful model is "
        "below what always saying the average would have had."
    )
    return Section(
        head, (Table(columns, rows), *few_note(rows, words=words), Paragraph(note, "src"))
    )


def _brier(value: Decimal | None, *, words: Words) -> str:
    if value is None:
        return few(words=words)
    return words.number(value.quantize(Decimal("0.001")))


def _bands(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
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
    lost = any(one.losses for one in causes)
    weighed = any(one.weight is not None for one in causes)
    columns = (
        Column(pgettext("paper", "Factor"), (34 if lost else 36) - 10 * weighed),
        Column(pgettext("paper", "Times"), 10 if lost else 12, "n"),
        *([Column(pgettext("paper", "By weight"), 10, "n")] if weighed else []),
        *([Column(pgettext("paper", "Loss notes"), 12, "n")] if lost else []),
        Column(pgettext("paper", "Before"), 10 if lost else 12, "n"),
        Column(pgettext("paper", "Cost to us"), 18 if lost else 22, "n"),
        Column(pgettext("paper", "Hours open"), 16 if lost else 18, "n l"),
    )
    rows = tuple(
        Row(
            (
                f"{i}. {cause_name(one.cause, words=words)}",
                words.number(one.count),
                *([weight(one.weight, words=words)] if weighed else []),
                *([words.number(one.losses)] if lost else []),
                words.number(one.before),
                money(one.cost, words=words),
                words.number(one.hours),
            )
        )
        for i, one in enumerate(causes, start=1)
    )
    return Table(columns, rows)
