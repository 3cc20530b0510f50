"""The pages of a review that tell of single customers: promises, their words, their cases."""

from collections.abc import Sequence

from portal.core.money import Money
from portal.reports import masthead
from portal.reports.book import Chapter
from portal.reports.facts.review import BookCase, Learnt, ReviewBook
from portal.reports.review_words import cause_name, ending_name, money, problem_name, step_name
from portal.reports.sections import none
from portal.reports.sheet import Block, Column, Paragraph, Quotation, Row, Section, Table
from portal.reports.words import Words, clean, clip

LONGEST = 4_000


def promises(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give the promises that were not kept in the quarter."""
    pgettext = words.pgettext
    head = pgettext("paper", "Not kept")
    if not facts.broken:
        return (Section(head, (none(words.gettext("No promise of this quarter was broken.")),)),)
    columns = (
        Column(pgettext("paper", "Customer"), 28),
        Column(pgettext("paper", "What we said"), 52),
        Column(pgettext("paper", "By when"), 20, "l"),
    )
    rows = tuple(
        Row((clip(one.customer, 80), clip(one.what, 240), words.day(one.due) if one.due else ""))
        for one in facts.broken
    )
    return (Section(head, (Table(columns, rows),)),)


def said(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    """Give what customers answered after a closing, in the order of the facts."""
    _ = words.gettext
    head = words.pgettext("paper", "In their words")
    if not facts.said:
        return (Section(head, (none(_("No customer has answered with words in this quarter.")),)),)
    found: list[Block] = []
    for one in facts.said:
        quote = Quotation(
            (words.said(clip(one.comment, 800), language=one.language),), one.language
        )
        source = _("%(customer)s, %(case)s: satisfaction %(csat)s of 5, ease %(ces)s of 7") % {
            "customer": clip(one.customer, 80),
            "case": one.case,
            "csat": one.csat,
            "ces": one.ces,
        }
        found += [quote, Paragraph(source, "src")]
    return (Section(head, tuple(found)),)


def annex(facts: ReviewBook, *, words: Words) -> Chapter:
    """Give the annex with every case of the quarter, each with what it taught us."""
    parts = tuple(_case(number, one, words=words) for number, one in enumerate(facts.cases, 1))
    sections: tuple[Section, ...] = ()
    head = words.pgettext("paper", "The cases one by one")
    if not parts:
        sections = (Section(head, (none(words.gettext("There was no case in this quarter.")),)),)
    lead = ""
    if facts.cases_not_shown:
        text = words.ngettext(
            "%(n)s more case of this quarter is in the portal.",
            "%(n)s more cases of this quarter are in the portal.",
            facts.cases_not_shown,
        )
        lead = text % {"n": words.number(facts.cases_not_shown)}
    return Chapter("cases", head, lead, sections, parts, fresh=False)


def _case(number: int, case: BookCase, *, words: Words) -> Chapter:
    """Give one case; its title is in the contents, so it is short."""
    pgettext = words.pgettext
    title = f"{clip(case.customer, 60)}, {case.reference}"
    lead = words.joined(
        (
            masthead.severity(case.severity, words=words),
            problem_name(case.problem, words=words) if case.problem else None,
            ending_name(case.ending, words=words) if case.ending else None,
        )
    )
    facts = Section(pgettext("paper", "Case"), _facts(case, words=words))
    learnt = [_learnt(one, words=words) for one in case.learnt]
    if not learnt:
        text = words.gettext("No post-mortem of this case is published.")
        learnt = [Section(pgettext("paper", "Learnt"), (none(text),))]
    return Chapter(f"case-{number}", title, words.ended(lead), (facts, *learnt))


def _facts(case: BookCase, *, words: Words) -> tuple[Block, ...]:
    pgettext = words.pgettext
    columns = tuple(
        Column(head, width, css)
        for head, width, css in (
            (pgettext("paper", "Opened"), 25, ""),
            (pgettext("paper", "Closed"), 25, ""),
            (pgettext("paper", "At stake"), 30, "n"),
            (pgettext("paper", "Transfers"), 20, "n l"),
        )
    )
    open_ = pgettext("paper", "still open")
    cells = (
        words.since(case.opened) if case.opened else "",
        words.since(case.closed) if case.closed else open_,
        money(case.stake, words=words),
        words.number(case.transfers),
    )
    blocks: list[Block] = [Paragraph(clip(case.title, 200), "q"), Table(columns, (Row(cells),))]
    if clean(case.words):
        quoted = words.said(clip(case.words, 600), language=case.language)
        blocks.append(Quotation((quoted,), case.language))
    for text in (case.impact, case.resolution):
        if clean(text):
            blocks.append(Paragraph(clip(text, 1_200)))
    return tuple(blocks)


def _learnt(one: Learnt, *, words: Words) -> Section:
    blocks: list[Block] = _paragraphs(one.summary)
    for cause in one.causes:
        label = cause_name(cause.cause, words=words)
        text = words.fill(
            words.gettext("%(label)s: %(said)s"), label=label, said=clip(cause.text, 800)
        )
        blocks.append(Paragraph(text))
    for todo in one.todos:
        state = step_name(todo.step, words=words)
        day = words.day(todo.due) if todo.due else None
        said = words.joined((clip(todo.what, 200), todo.owner, day, state))
        blocks.append(Paragraph(f"– {words.ended(said)}"))
    return Section(one.reference, tuple(blocks), _cost(one.cost, words=words))


def _paragraphs(text: str) -> list[Block]:
    lines: Sequence[str] = [line for line in map(clean, text[:LONGEST].splitlines()) if line]
    return [Paragraph(line) for line in lines]


def _cost(cost: Money | None, *, words: Words) -> str:
    if cost is None:
        return ""
    return words.gettext("cost to us %(amount)s") % {"amount": words.money(cost)}
