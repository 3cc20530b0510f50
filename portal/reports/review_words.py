"""What the book of a review calls things: measures with their definitions, causes, states."""

from collections.abc import Sequence
from decimal import Decimal

from portal.core.money import Money
from portal.reports.facts.review import (
    Cause,
    Ending,
    Foresight,
    Measure,
    Span,
    Step,
    Unit,
    Verdict,
)
from portal.reports.facts.words import Problem
from portal.reports.sheet import Paragraph, Row
from portal.reports.words import Words, clip

DASH = "–"


FEW = (Unit.NET, Unit.MATCHED)
"""Units of figures that too few tell nothing of."""


def figure(value: Decimal | None, unit: Unit, *, currency: str, words: Words) -> str:
    """Write a figure; a dash where it is not known, what only enough answers or like cases tell in
    words.
    """
    if value is None:
        return few(words=words) if unit in FEW else DASH
    match unit:
        case Unit.SHARE:
            return words.percent(value)
        case Unit.MONEY | Unit.MATCHED:
            return words.money(Money(value, currency))
        case Unit.SCORE:
            return words.number(value.quantize(Decimal("0.1")))
        case Unit.COUNT:
            return words.number(int(value))
        case Unit.NET:
            return ("+" if value > 0 else "") + words.number(int(value))


def few(*, words: Words) -> str:
    """Say in a cell, a narrow one, that there are too few to tell; a line below says of what."""
    return words.pgettext("cell", "too few")


def few_note(rows: Sequence[Row], *, words: Words) -> tuple[Paragraph, ...]:
    """Say below a table what its “too few” means, where it says so anywhere."""
    said = few(words=words)
    if all(said not in row.cells for row in rows):
        return ()
    text = words.gettext("“%(few)s”: fewer answers or like cases than it takes to tell anything.")
    return (Paragraph(words.fill(text, few=said), "src"),)


def quarter_heading(quarter: str, year: int, *, words: Words) -> str:
    """Name a quarter as a heading does; what the organisation calls otherwise keeps its name."""
    said = {
        "Q1": words.pgettext("heading", "Q1 %(year)s"),
        "Q2": words.pgettext("heading", "Q2 %(year)s"),
        "Q3": words.pgettext("heading", "Q3 %(year)s"),
        "Q4": words.pgettext("heading", "Q4 %(year)s"),
    }.get(quarter)
    return f"{clip(quarter, 12)} {year}" if said is None else said % {"year": year}


def quarter_cell(quarter: str, *, names: Sequence[str] = (), words: Words) -> str:
    """Name a quarter, given as 2026-Q3, as a narrow cell does; with the organisation's four `names`
    where it has its own.
    """
    year, _dash, number = quarter.partition("-Q")
    if number and names:
        return f"{clip(names[int(number) - 1], 12)} {year}"
    said = words.pgettext("cell", "Q%(number)s %(year)s")
    return said % {"number": number, "year": year} if number else quarter


def money(amount: Money | None, *, words: Words) -> str:
    """Write an amount; a dash where it is not known."""
    return DASH if amount is None else words.money(amount)


def weight(amount: Decimal | None, *, words: Words) -> str:
    """Write a weight; a dash where none is known."""
    return DASH if amount is None else words.number(amount)


def measure_name(measure: Measure, *, words: Words) -> str:
    """Give the name of a measure."""
    _ = words.gettext
    return {
        Measure.CASES_OPENED: _("Cases opened"),
        Measure.CASES_CLOSED: _("Cases closed"),
        Measure.CASES_OPEN: _("Open at the end"),
        Measure.CRITICAL: _("Opened as critical or high"),
        Measure.CLOSED_IN_TIME: _("Closed within 30 days"),
        Measure.CAME_BACK: _("Cases that came back"),
        Measure.LOST: _("Customers lost"),
        Measure.TRANSFERS: _("Transfers per closed case"),
        Measure.PROMISES_DUE: _("Promises due"),
        Measure.PROMISES_KEPT: _("Promises kept"),
        Measure.PROMISES_BROKEN: _("Promises not kept"),
        Measure.COMPENSATIONS: _("Compensations approved"),
        Measure.OWED: _("Owed under the contracts"),
        Measure.DIRECT_LOSS: _("Direct loss"),
        Measure.GOODWILL: _("Goodwill and effort"),
        Measure.WITH_THREAT: _("Gesture beside a threat"),
        Measure.WITHOUT_THREAT: _("Gesture for like harm, no threat"),
        Measure.ABOVE_POLICY: _("Above what policy recommends"),
        Measure.ADMITTED: _("Customers admitted to sponsorship"),
        Measure.SPONSORED: _("Customers sponsored at the end"),
        Measure.TOUCHES_HELD: _("Touchpoints held"),
        Measure.TOUCHES_MISSED: _("Touchpoints missed"),
        Measure.LESSONS_DUE: _("Post-mortems that became due"),
        Measure.LESSONS_PUBLISHED: _("Post-mortems published"),
        Measure.LESSON_COST: _("What these cases cost us"),
        Measure.ACTIONS_DUE: _("Actions due"),
        Measure.ACTIONS_IN_TIME: _("Actions done and verified"),
        Measure.ANSWERS: _("Customers who answered"),
        Measure.CSAT: _("Satisfaction, of 5"),
        Measure.CES: _("Ease, of 7"),
        Measure.ASKED_ANSWERED: _("Answered, of those asked after a closing"),
        Measure.NPS_ANSWERS: _("Customers who said whether they recommend us"),
        Measure.NPS_ANSWERED: _("Answered, of those asked whether they recommend us"),
        Measure.NPS: _("Net promoter score"),
    }[measure]


def measure_meaning(measure: Measure, *, words: Words) -> str:
    """Define a measure."""
    _ = words.gettext
    return {
        Measure.CASES_OPENED: _("Opened in the quarter; void, merged and good news left out."),
        Measure.CASES_CLOSED: _("Closed in the quarter, whenever they were opened."),
        Measure.CASES_OPEN: _("Opened before the end of the quarter and not closed by then."),
        Measure.CRITICAL: _("Of those opened, the ones graded E1 or E2 today."),
        Measure.CLOSED_IN_TIME: _("Of those closed, the share open for at most 30 days."),
        Measure.CAME_BACK: _("Of those opened, the ones that were opened again since."),
        Measure.LOST: _("Cases closed with the customer lost."),
        Measure.TRANSFERS: _("Changes of owner or team, on average over the cases closed."),
        Measure.PROMISES_DUE: _("Promises whose day lies in the quarter."),
        Measure.PROMISES_KEPT: _("Of these, the share kept, among those kept or not kept."),
        Measure.PROMISES_BROKEN: _("Of these, the ones not kept."),
        Measure.COMPENSATIONS: _("Approved in the quarter."),
        Measure.OWED: _("Parts of these that contracts owe, at face value."),
        Measure.DIRECT_LOSS: _("Parts of these that make good a direct loss, at face value."),
        Measure.GOODWILL: _("Parts of these given for effort or as a gesture, at face value."),
        Measure.WITH_THREAT: _(
            "Median over the year up to then, neither owed nor lost, of those with their like."
        ),
        Measure.WITHOUT_THREAT: _(
            "Median for the same kind of problem and severity, customers of the same size."
        ),
        Measure.ABOVE_POLICY: _("Approved above the amount that policy recommended for the case."),
        Measure.ADMITTED: _("Nominations admitted by the panel in the quarter."),
        Measure.SPONSORED: _("Begun before the end of the quarter and not ended by then."),
        Measure.TOUCHES_HELD: _("Touchpoints held on a day of the quarter."),
        Measure.TOUCHES_MISSED: _("Touchpoints planned for the quarter and missed."),
        Measure.LESSONS_DUE: _("By policy or because somebody asked, whatever became of them."),
        Measure.LESSONS_PUBLISHED: _("Published in the quarter."),
        Measure.LESSON_COST: _("Sum of what those published say they cost us."),
        Measure.ACTIONS_DUE: _("Actions of post-mortems whose day lies in the quarter."),
        Measure.ACTIONS_IN_TIME: _("Of these, the share verified by somebody else today."),
        Measure.ANSWERS: _("Answers to surveys after a closing, given in the quarter."),
        Measure.CSAT: _("Mean of these answers."),
        Measure.CES: _("Mean of these answers."),
        Measure.ASKED_ANSWERED: _(
            "Of cases closed in the quarter and asked about, the share answered."
        ),
        Measure.NPS_ANSWERS: _("Answers given in the quarter, the newest of each question."),
        Measure.NPS_ANSWERED: _("Share of those asked in the quarter who answered since."),
        Measure.NPS: _(
            "Of these answers the share of 9 and 10 less that of 0 to 6, from -100 to 100; of "
            "fewer than five it is not told."
        ),
    }[measure]


def cause_name(cause: Cause, *, words: Words) -> str:
    """Name a contributing factor, as the room of post-mortems does."""
    _ = words.gettext
    return {
        Cause.PRODUCT_DEFECT: _("Product defect"),
        Cause.CHANGE_OR_RELEASE: _("Change or release"),
        Cause.CAPACITY_OR_LOAD: _("Capacity or load"),
        Cause.THIRD_PARTY: _("Third party"),
        Cause.MONITORING_GAP: _("Gap in monitoring"),
        Cause.PROCESS_GAP: _("Gap in the process"),
        Cause.HANDOVER: _("Hand-over"),
        Cause.COMMUNICATION: _("Communication"),
        Cause.EXPECTATION_OR_CONTRACT: _("Expectation or contract"),
        Cause.STAFFING_OR_SKILL: _("Staffing or skill"),
        Cause.DATA_OR_BILLING: _("Data or billing"),
        Cause.SECURITY: _("Security"),
    }[cause]


def problem_name(problem: Problem, *, words: Words) -> str:
    """Name a kind of problem."""
    pgettext = words.pgettext
    return {
        Problem.BILLING: pgettext("book", "billing"),
        Problem.OUTAGE: pgettext("book", "outage"),
        Problem.DATA_LOSS: pgettext("book", "loss of data"),
        Problem.UNDELIVERED_OR_DEFECTIVE: pgettext("book", "undelivered or defective"),
        Problem.FEATURE_GAP: pgettext("book", "missing function"),
        Problem.SERVICE_CONDUCT: pgettext("book", "how we served them"),
        Problem.PRICE: pgettext("book", "price"),
    }[problem]


def ending_name(ending: Ending, *, words: Words) -> str:
    """Name how a case ended."""
    pgettext = words.pgettext
    return {
        Ending.FIX: pgettext("book", "fixed"),
        Ending.WORKAROUND: pgettext("book", "ended with a workaround"),
        Ending.CONCESSION: pgettext("book", "ended with a compensation"),
        Ending.NO_FAULT: pgettext("book", "no fault found"),
        Ending.LOST: pgettext("book", "customer lost"),
    }[ending]


def verdict_name(verdict: Verdict, *, words: Words) -> str:
    """Name what became of a decision."""
    pgettext = words.pgettext
    return {
        Verdict.OPEN: pgettext("book", "to be decided"),
        Verdict.TAKEN: pgettext("book", "decided"),
        Verdict.REFUSED: pgettext("book", "refused"),
        Verdict.POSTPONED: pgettext("book", "postponed"),
    }[verdict]


def span_name(span: Span, *, words: Words) -> str:
    """Name how long something takes, with what is measured."""
    _ = words.gettext
    return {
        Span.DETECT: _("Time to detect: from the first thing told to the opening"),
        Span.RESPOND: _("Time to respond: from the opening to our first word"),
        Span.RECOVER: _("Time to recover: from the opening to the closing"),
    }[span]


def band_name(band: Foresight, *, words: Words) -> str:
    """Name a band of risk."""
    pgettext = words.pgettext
    return {
        Foresight.RED: pgettext("book", "red"),
        Foresight.AMBER: pgettext("book", "amber"),
        Foresight.GREEN: pgettext("book", "green"),
    }[band]


def hours(value: Decimal | None, *, words: Words) -> str:
    """Write a length of time: hours, from two days on days; a dash where it is not known."""
    if value is None:
        return DASH
    if value < 48:
        shown = value.quantize(Decimal("0.1")) if value < 10 else value.quantize(Decimal(1))
        return words.gettext("%(n)s h") % {"n": words.number(shown)}
    days = (value / 24).quantize(Decimal(1))
    return words.gettext("%(n)s d") % {"n": words.number(days)}


def step_name(step: Step, *, words: Words) -> str:
    """Name how an action stands."""
    pgettext = words.pgettext
    return {
        Step.OPEN: pgettext("book", "open"),
        Step.DONE: pgettext("book", "done, not verified"),
        Step.VERIFIED: pgettext("book", "verified"),
        Step.DROPPED: pgettext("book", "dropped"),
    }[step]
