"""The book of a quarterly review: decisions first, then what they rest on, then every case.

Facts in, book out.
"""

from collections.abc import Sequence

from portal.reports import masthead, review_pages
from portal.reports.book import Book, Chapter
from portal.reports.facts.review import (
    Decision,
    ReviewBook,
    Todo,
    Unit,
)
from portal.reports.review_figures import causes, figures, foresight, lengths
from portal.reports.review_words import (
    measure_meaning,
    measure_name,
    quarter_heading,
    step_name,
    verdict_name,
)
from portal.reports.sections import none
from portal.reports.sheet import Block, Column, Figure, Paragraph, Row, Rung, Section, Table
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "ReviewBook", "build"]

KIND = "quarterly_review"
PAGES = 250
FRESH = frozenset({"decisions", "figures"})
"""The chapters that begin a page."""


def build(facts: ReviewBook, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Book:
    """Make the book; `digest` is the snapshot's. It has no ladder: its pages follow its cases."""
    chapters = _chapters(facts, words=words)
    marking = masthead.classification(facts.issue, words=words, draft=False)
    recipient = masthead.recipient(facts.reader, words=words)
    kind = words.pgettext("paper", "Quarterly review")
    heading = quarter_heading(facts.quarter, facts.year, words=words)
    return Book(
        language=words.language,
        title=f"{kind} {facts.reference}",
        description=f"{marking}. {recipient}.",
        author=clip(facts.issue.organisation, 60),
        classification=marking,
        recipient=recipient,
        footer=masthead.footer(
            facts.issue, subject=facts.reference, digest=digest, words=words, draft=False
        ),
        page_words=(words.pgettext("paper", "Page"), words.pgettext("page x of y", "of")),
        kind=kind,
        issue=masthead.issue_line(facts.issue, words=words, draft=False),
        heading=heading,
        identity=_identity(facts, words=words),
        lead=_lead(facts, words=words),
        contents=words.pgettext("paper", "Contents"),
        chapters=chapters,
        images=_images(chapters),
    )


def _images(chapters: Sequence[Chapter]) -> dict[str, bytes]:
    return {
        block.name: block.svg
        for chapter in chapters
        for section in chapter.sections
        for block in section.blocks
        if isinstance(block, Figure)
    }


def _identity(facts: ReviewBook, *, words: Words) -> str:
    _ = words.gettext
    span = words.pgettext("days", "%(first)s to %(last)s") % {
        "first": words.since(facts.starts),
        "last": words.since(facts.ends),
    }
    parts = [facts.reference, span]
    if facts.running:
        parts.append(_("The quarter is not over: figures are those of today"))
    if facts.signed:
        parts.append(_("Signed off on %(day)s") % {"day": words.since(facts.signed)})
    return " ".join(words.ended(part) for part in parts)


def _lead(facts: ReviewBook, *, words: Words) -> str:
    """Say in a sentence or two what the meeting is for."""
    count = len(facts.decisions)
    if not count:
        none_ = words.gettext("No decision is sought in this review.")
        return f"{none_} {clip(facts.none_sought, 300)}".rstrip()
    text = words.ngettext("%(n)s decision is sought.", "%(n)s decisions are sought.", count)
    late = sum(todo.late for todo in facts.carried)
    more = words.ngettext(
        "%(n)s action of earlier lessons is late.",
        "%(n)s actions of earlier lessons are late.",
        late,
    )
    said = [text % {"n": words.number(count)}]
    if late:
        said.append(more % {"n": words.number(late)})
    return " ".join(said)


def _chapters(facts: ReviewBook, *, words: Words) -> tuple[Chapter, ...]:
    pgettext = words.pgettext
    made = (
        ("decisions", pgettext("paper", "Decisions sought"), _sought(facts, words=words)),
        ("carried", pgettext("paper", "Carried over"), _carried(facts, words=words)),
        (
            "figures",
            pgettext("paper", "The quarter in figures"),
            figures(facts, words=words),
        ),
        (
            "causes",
            pgettext("paper", "What recurred, and what it cost"),
            causes(facts, words=words),
        ),
        ("lengths", pgettext("paper", "How long it takes"), lengths(facts, words=words)),
        (
            "promises",
            pgettext("paper", "Promises broken"),
            review_pages.promises(facts, words=words),
        ),
        (
            "said",
            pgettext("paper", "What customers told us"),
            review_pages.said(facts, words=words),
        ),
        (
            "foresight",
            pgettext("paper", "How good our predictions were"),
            foresight(facts, words=words),
        ),
    )
    chapters = [
        Chapter(anchor, title, "", sections, fresh=anchor in FRESH)
        for anchor, title, sections in made
    ]
    if facts.minutes:
        text = tuple(Paragraph(line) for line in facts.minutes.splitlines() if line.strip())
        section = Section(pgettext("paper", "Minutes"), text)
        minutes = Chapter("minutes", pgettext("paper", "Minutes"), "", (section,), fresh=False)
        chapters.insert(1, minutes)
    chapters.append(review_pages.annex(facts, words=words))
    chapters.append(
        Chapter(
            "method", pgettext("paper", "How this was counted"), "", _method(facts, words=words)
        )
    )
    return tuple(chapters)


def _sought(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    if not facts.decisions:
        text = facts.none_sought or words.gettext("Nobody has asked for one.")
        said = none(words.gettext("No decision is sought in this review."))
        head = words.pgettext("paper", "Decisions sought")
        return (Section(head, (said, Paragraph(clip(text, 2_000)))),)
    return tuple(
        _decision(number, one, words=words) for number, one in enumerate(facts.decisions, start=1)
    )


def _decision(number: int, one: Decision, *, words: Words) -> Section:
    pgettext = words.pgettext
    blocks: list[Block] = [Paragraph(clip(one.title, 300), "q")]
    for label, text in (
        (pgettext("paper", "Recommended"), one.recommendation),
        (pgettext("paper", "Because"), one.reason),
        (_capital(verdict_name(one.verdict, words=words)), one.decided),
    ):
        if text:
            filled = words.fill(
                words.gettext("%(label)s: %(said)s"), label=label, said=clip(text, 2_000)
            )
            blocks.append(Paragraph(filled))
    note = verdict_name(one.verdict, words=words)
    if one.minutes:
        time = words.ngettext("%(n)s minute", "%(n)s minutes", one.minutes)
        note = words.joined((note, time % {"n": words.number(one.minutes)}))
    if one.carried:
        note = words.joined((note, pgettext("paper", "carried over")))
    head = pgettext("paper", "Decision %(n)s") % {"n": words.number(number)}
    return Section(head, tuple(blocks), note, "ask")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _carried(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    head = words.pgettext("paper", "Actions not settled")
    if not facts.carried:
        return (
            Section(head, (none(words.gettext("Every action of earlier lessons is settled.")),)),
        )
    note = ""
    if late := sum(todo.late for todo in facts.carried):
        text = words.ngettext("%(n)s late", "%(n)s late", late)
        note = text % {"n": words.number(late)}
    return (Section(head, (todos(facts.carried, words=words),), note),)


def todos(rows: Sequence[Todo], *, words: Words) -> Table:
    """Give actions as a table: what and what comes of it, whose, until when, how it stands."""
    pgettext = words.pgettext
    columns = (
        Column(pgettext("paper", "From"), 19),
        Column(pgettext("paper", "What"), 39),
        Column(pgettext("paper", "Who"), 18),
        Column(pgettext("paper", "By when"), 24, "l"),
    )
    return Table(columns, tuple(_todo(row, words=words) for row in rows))


def _todo(row: Todo, *, words: Words) -> Row:
    what = words.joined((clip(row.what, 200), clip(row.outcome, 160) if row.outcome else None))
    day = words.day(row.due) if row.due else words.pgettext("paper", "no date given")
    state = step_name(row.step, words=words)
    when = masthead.two_lines(day, state, broken=row.late)
    owner: str = clip(row.owner, 60) if row.owner else words.pgettext("paper", "nobody")
    if row.owner_left:
        gone = words.pgettext("paper", "no longer works here")
        owner = masthead.two_lines(owner, gone, broken=True)
    return Row((row.source, what, owner, when))


def _method(facts: ReviewBook, *, words: Words) -> tuple[Section, ...]:
    columns = (
        Column(words.pgettext("paper", "Measure"), 34),
        Column(words.pgettext("paper", "What it counts"), 66, "l"),
    )
    rows = tuple(
        Row((measure_name(one.measure, words=words), measure_meaning(one.measure, words=words)))
        for one in facts.figures
    )
    blocks: list[Block] = [Table(columns, rows)] if rows else []
    left = facts.issue.left_out
    text = words.ngettext(
        "%(n)s case is left out because this reader may not see it.",
        "%(n)s cases are left out because this reader may not see them.",
        left,
    )
    said = text % {"n": words.number(left)} if left else words.gettext("No case was left out.")
    blocks.append(Paragraph(said, "src"))
    if any(one.unit in (Unit.MONEY, Unit.MATCHED) for one in facts.figures):
        rate = words.gettext("Amounts are in %(currency)s at the rates frozen in each case.")
        blocks.append(Paragraph(rate % {"currency": facts.currency}, "src"))
    return (Section(words.pgettext("paper", "Definitions"), tuple(blocks)),)
