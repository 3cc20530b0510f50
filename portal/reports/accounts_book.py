"""A book of account briefings for one reader: all at a glance, then each customer on pages of its
own.

Facts in, book out.
"""

from collections.abc import Sequence
from dataclasses import replace

from portal.reports import account_briefing, linter, masthead, paper
from portal.reports.annex import annexed
from portal.reports.book import Book, Chapter
from portal.reports.facts import AccountBriefing, AccountsBook
from portal.reports.sections import problem_name
from portal.reports.sheet import (
    LADDER,
    Column,
    Figure,
    Row,
    Rung,
    Section,
    Table,
    figures,
)
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "AccountsBook", "build"]

KIND = "book"
PAGES = 250
NORMAL = LADDER[1]


def build(facts: AccountsBook, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Book:
    """Make the book; `digest` is the snapshot's. It has no ladder: its pages are as many as its
    customers ask for.
    """
    _ = words.gettext
    marking = masthead.classification(facts.issue, words=words, draft=False)
    recipient = masthead.recipient(facts.reader, words=words)
    kind = words.pgettext("paper", "Book of accounts")
    count = len(facts.accounts)
    heading = words.ngettext("%(n)s customer", "%(n)s customers", count)
    customers = [_customer(n, one, words=words) for n, one in enumerate(facts.accounts, start=1)]
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
        heading=heading % {"n": words.number(count)},
        identity=_identity(facts, words=words),
        lead=_lead(facts, words=words),
        contents=words.pgettext("paper", "Contents"),
        chapters=(
            Chapter("glance", _("At a glance"), "", (_glance(facts, words=words),)),
            *customers,
            Chapter(
                "proof",
                words.pgettext("paper", "Proof"),
                "",
                (paper.proven(facts, words=words, digest=digest),),
                fresh=False,
            ),
        ),
        images=figures([section for one in customers for section in one.sections]),
    )


def _identity(facts: AccountsBook, *, words: Words) -> str:
    parts = [facts.reference]
    if facts.day:
        parts.append(words.gettext("For %(day)s") % {"day": words.full_day(facts.day)})
    return " ".join(words.ended(part) for part in parts)


def _lead(facts: AccountsBook, *, words: Words) -> str:
    """Say how many decisions are asked of the reader, and how many customers are drafts."""
    asked = sum(_asks(one) for one in facts.accounts)
    none = words.gettext("No decision is asked of you.")
    text = words.ngettext(
        "%(n)s decision is asked of you.", "%(n)s decisions are asked of you.", asked
    )
    said = [text % {"n": words.number(asked)} if asked else none]
    if drafts := sum(linter.is_draft(one) for one in facts.accounts):
        text = words.ngettext(
            "%(n)s customer is a draft: what is missing stands on its first page.",
            "%(n)s customers are drafts: what is missing stands on their first pages.",
            drafts,
        )
        said.append(text % {"n": words.number(drafts)})
    return " ".join(said)


def _asks(facts: AccountBriefing) -> bool:
    """Say whether something is asked of the reader themselves."""
    return facts.ask is not None and bool(facts.ask.question.strip()) and not facts.ask.of


def _glance(facts: AccountsBook, *, words: Words) -> Section:
    """Give every customer in a row: what is asked, the next contact, the renewal."""
    pgettext = words.pgettext
    columns = (
        Column(pgettext("paper", "Customer"), 26),
        Column(pgettext("paper", "Decision asked"), 29),
        Column(pgettext("paper", "Next contact"), 21),
        Column(pgettext("paper", "Renewal"), 24, "l"),
    )
    rows = tuple(_row(one, words=words) for one in facts.accounts)
    return Section(words.gettext("Customers"), (Table(columns, rows),), css="long")


def _row(facts: AccountBriefing, *, words: Words) -> Row:
    pgettext, strip = words.pgettext, facts.strip
    under = facts.account.reference
    if linter.is_draft(facts):
        under = words.joined((under, pgettext("paper", "draft")))
    asked = pgettext("paper", "none")
    if facts.ask is not None and facts.ask.question.strip():
        asked = clip(facts.ask.question, 90)
        whose = clip(facts.ask.of, 44) if facts.ask.of else pgettext("paper", "you")
        when = None
        if facts.ask.deadline is not None:
            when = words.gettext("by %(when)s") % {"when": words.moment(facts.ask.deadline)}
        asked = masthead.two_lines(asked, words.joined((whose, when)))
    next_ = pgettext("paper", "None agreed")
    if strip.next_contact is not None:
        next_ = words.near(strip.next_contact.when)
    renewal = words.since(strip.renewal) if strip.renewal else pgettext("paper", "Date not known")
    name = masthead.two_lines(clip(facts.account.name, 60), under)
    return Row((name, asked, next_, renewal))


def _customer(number: int, facts: AccountBriefing, *, words: Words) -> Chapter:
    """Give a customer's briefing as a chapter, with an annex of its own where a text is long."""
    rungs = annexed((NORMAL, NORMAL), words=words, asked=facts.issue.annex)
    top = paper.top(facts, words=words, rung=rungs[0])
    strip = masthead.strip(facts.strip, words=words, room=rungs[0].room(60))
    front = account_briefing.front(facts, words=words, rung=rungs[0])
    back = account_briefing.back(facts, words=words, rung=rungs[1], digest="")
    title = clip(facts.account.name, 80)
    missing: tuple[str, ...] = ()
    if linter.is_draft(facts):
        problems = linter.lint(facts)
        names = [problem_name(one, words=words) for one in problems]
        missing = masthead.missing(problems, names=names, words=words)
        title = words.gettext("%(name)s (draft)") % {"name": title}
    return Chapter(
        f"customer-{number}",
        title,
        top.lead,
        _named((*front, *back), number),
        parts=_annex(number, rungs[0], words=words),
        under=masthead.identity(facts.account, words=words, room=rungs[0].room(70)),
        strip=strip,
        missing=missing,
        remark=(top.remark, top.language or words.language),
    )


def _annex(number: int, rung: Rung, *, words: Words) -> tuple[Chapter, ...]:
    sections = rung.annex.sections() if rung.annex else ()
    if not sections:
        return ()
    return (Chapter(f"annex-{number}", words.pgettext("paper", "Annex"), "", sections),)


def _named(sections: Sequence[Section], number: int) -> tuple[Section, ...]:
    """Give the drawings of a customer names of their own: each briefing has the same."""
    return tuple(
        replace(
            section,
            blocks=tuple(
                replace(one, name=f"{number}-{one.name}") if isinstance(one, Figure) else one
                for one in section.blocks
            ),
        )
        for section in sections
    )
