"""What a briefing lacks before it may call itself final."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.reports.facts import (
    AccountBriefing,
    Ask,
    Deadline,
    EscalationBriefing,
    Issue,
    MoneyLine,
    Quote,
)
from portal.reports.facts.review import ReviewBook
from portal.reports.words import Words, clip

Briefing = AccountBriefing | EscalationBriefing
Paper = Briefing | ReviewBook


class Lack(StrEnum):
    """What can be missing or wrong."""

    ASK = "ask"
    OPTIONS = "options"
    RECOMMENDED = "recommended"
    ASK_DATE = "ask_date"
    ASK_DATE_PAST = "ask_date_past"
    OWNER = "owner"
    QUOTE = "quote"
    QUOTE_DATE = "quote_date"
    SOURCE = "source"
    SOURCE_DATE = "source_date"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a briefing a draft; `subject` is the line or person it concerns, in
    their words.
    """

    lack: Lack
    subject: MoneyLine | Quote | str | None = None


def lint(facts: Paper) -> tuple[Problem, ...]:
    """List what keeps the briefing from being final: ask, owner, date, quote, or a source's date
    missing. The book of a review lacks nothing: it says itself what it does not know.
    """
    if isinstance(facts, ReviewBook):
        return ()
    problems = list(_ask(facts.ask, issue=facts.issue))
    if not facts.strip.owner:
        problems.append(Problem(Lack.OWNER))
    if not any(quote.text.strip() for quote in facts.quotes):
        problems.append(Problem(Lack.QUOTE))
    problems.extend(Problem(Lack.QUOTE_DATE, q) for q in facts.quotes if q.when is None)
    for line in facts.money:
        if line.amount is not None and not line.source:
            problems.append(Problem(Lack.SOURCE, line))
        elif line.amount is not None and line.dated is None:
            problems.append(Problem(Lack.SOURCE_DATE, line))
    return tuple(problems)


def is_draft(facts: Briefing) -> bool:
    """Say whether the briefing must look like a draft: nobody asked for the final, or the linter
    refuses it.
    """
    return not facts.issue.final or bool(lint(facts))


def explain(problem: Problem, *, words: Words, name: str = "") -> str:
    """Say a problem in the reader's language; `name` is the printed name of the line or person."""
    _ = words.gettext
    text = {
        Lack.ASK: _("the decision asked of the reader"),
        Lack.OPTIONS: words.pgettext("paper", "options to decide between"),
        Lack.RECOMMENDED: _("a recommendation that is one of the options"),
        Lack.ASK_DATE: _("the date by which to decide"),
        Lack.ASK_DATE_PAST: _("a date to decide by that is not already past"),
        Lack.OWNER: words.pgettext("paper", "the owner"),
        Lack.QUOTE: _("the customer’s own words"),
        Lack.QUOTE_DATE: _("the date of the words of %(name)s"),
        Lack.SOURCE: _("the source of “%(name)s”"),
        Lack.SOURCE_DATE: _("the source date of “%(name)s”"),
    }[problem.lack]
    # Cut before it is filled in: a name may hold percent signs and the box is 25 mm wide.
    return text.replace("%(name)s", clip(name, 48))


def _ask(ask: Ask | None, *, issue: Issue) -> list[Problem]:
    if ask is None or not ask.question.strip():
        return [Problem(Lack.ASK)]
    found = []
    if not ask.options:
        found.append(Problem(Lack.OPTIONS))
    elif ask.recommended is not None and ask.recommended not in {o.label for o in ask.options}:
        found.append(Problem(Lack.RECOMMENDED, ask.recommended))
    if ask.deadline is None:
        found.append(Problem(Lack.ASK_DATE))
    elif _past(ask.deadline, issue=issue):
        found.append(Problem(Lack.ASK_DATE_PAST))
    return found


def _past(deadline: Deadline, *, issue: Issue) -> bool:
    if isinstance(deadline, datetime):
        return deadline < issue.issued_at
    return deadline < issue.issued_at.astimezone(ZoneInfo(issue.zone)).date()
