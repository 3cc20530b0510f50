"""What a briefing lacks before it may call itself final."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.reports.facts import (
    AccountBriefing,
    AccountsBook,
    Ask,
    CallCard,
    CompensationMemo,
    Deadline,
    EscalationBriefing,
    EscalationDelta,
    Issue,
    LessonState,
    MemoState,
    MoneyLine,
    NominationDossier,
    NominationState,
    PortfolioReport,
    PostmortemReport,
    Quote,
    SponsorBrief,
)
from portal.reports.facts.review import ReviewBook
from portal.reports.words import Words, clip

CustomerBriefing = AccountBriefing | EscalationBriefing
Briefing = (
    CustomerBriefing
    | CallCard
    | CompensationMemo
    | SponsorBrief
    | NominationDossier
    | PostmortemReport
    | PortfolioReport
)
Paper = Briefing | ReviewBook | AccountsBook


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
    OFFER = "offer"
    APOLOGY = "apology"
    FIX = "fix"
    REQUEST = "request"
    OBJECTION = "objection"
    INSURER = "insurer"
    OUTCOME = "outcome"
    WHY = "why"
    EXECUTIVE = "executive"
    TOUCH_DATE = "touch_date"
    HANDED_IN = "handed_in"
    SUMMARY = "summary"
    LESSON = "lesson"
    APPROVAL = "approval"
    PUBLICATION = "publication"
    CUSTOMERS = "customers"
    ROOM = "room"
    SAY = "say"
    AVOID = "avoid"


THREE = 3
"""How many sentences one can keep in mind on the phone, to say and not to say."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a briefing a draft; `subject` is the line or person it concerns, in
    their words.
    """

    lack: Lack
    subject: MoneyLine | Quote | str | None = None


def lint(facts: Paper) -> tuple[Problem, ...]:
    """List what keeps a paper of any kind from being final. The book of a review lacks nothing: it
    says itself what it does not know, and so does a book of accounts, on each that is a draft.
    """
    match facts:
        case ReviewBook() | AccountsBook():
            found: list[Problem] = []
        case CompensationMemo():
            found = _memo(facts)
        case SponsorBrief():
            found = _sponsor(facts)
        case NominationDossier():
            found = _nomination(facts)
        case PostmortemReport():
            found = _lessons(facts)
        case PortfolioReport():
            found = [Problem(Lack.CUSTOMERS)] if not facts.accounts else []
        case CallCard():
            found = _call(facts)
        case EscalationDelta():
            found = _lacking((Lack.OWNER, facts.strip.owner))
        case _:
            found = _customer(facts)
    return tuple(found)


def _lacking(*pairs: tuple[Lack, object]) -> list[Problem]:
    return [Problem(lack) for lack, known in pairs if not known]


def _memo(facts: CompensationMemo) -> list[Problem]:
    found = _lacking(
        (Lack.OFFER, facts.parts),
        (Lack.APOLOGY, facts.apology),
        (Lack.FIX, facts.fix),
        (Lack.REQUEST, facts.state is not MemoState.DRAFT),
        (Lack.INSURER, facts.insurer is not False),
    )
    return found + [Problem(Lack.OBJECTION, one.text) for one in facts.objections if one.stops]


def _call(facts: CallCard) -> list[Problem]:
    return _lacking(
        (Lack.ROOM, facts.guests),
        (Lack.SAY, len(facts.say) == THREE),
        (Lack.AVOID, len(facts.avoid) == THREE),
    )


def _sponsor(facts: SponsorBrief) -> list[Problem]:
    return _lacking(
        (Lack.OUTCOME, facts.outcome.strip()),
        (Lack.EXECUTIVE, facts.executive),
        (Lack.TOUCH_DATE, facts.next_touch),
    )


def _nomination(facts: NominationDossier) -> list[Problem]:
    return _lacking(
        (Lack.OUTCOME, facts.outcome),
        (Lack.WHY, facts.why),
        (Lack.EXECUTIVE, facts.executive),
        (Lack.HANDED_IN, facts.state is not NominationState.DRAFT),
    )


def _lessons(facts: PostmortemReport) -> list[Problem]:
    approved = facts.state in (LessonState.APPROVED, LessonState.PUBLISHED)
    step = (Lack.APPROVAL, approved)
    if facts.for_customer:
        step = (Lack.PUBLICATION, facts.state is LessonState.PUBLISHED)
    found = _lacking((Lack.SUMMARY, facts.summary), step)
    return found + [Problem(Lack.LESSON, text) for text in facts.missing]


def _customer(facts: CustomerBriefing) -> list[Problem]:
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
    return problems


def is_draft(facts: Paper) -> bool:
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
        Lack.OFFER: _("what the customer gets"),
        Lack.APOLOGY: words.pgettext("paper", "the apology"),
        Lack.FIX: words.pgettext("paper", "the fix"),
        Lack.REQUEST: _("the request for signatures"),
        Lack.OBJECTION: _("it cannot be signed: %(name)s"),
        Lack.INSURER: _("whether the insurer was told"),
        Lack.OUTCOME: _("the outcome in words"),
        Lack.WHY: _("why it should be admitted"),
        Lack.EXECUTIVE: _("the customer’s executive"),
        Lack.TOUCH_DATE: _("the day of the next touchpoint"),
        Lack.HANDED_IN: _("it was not handed in yet"),
        Lack.SUMMARY: words.pgettext("paper", "the summary"),
        Lack.LESSON: "%(name)s",
        Lack.APPROVAL: _("the approval by leadership"),
        Lack.PUBLICATION: _("its publication"),
        Lack.CUSTOMERS: _("a customer that this reader may see"),
        Lack.ROOM: _("who is in the room"),
        Lack.SAY: _("three sentences to say"),
        Lack.AVOID: _("three sentences not to say"),
    }[problem.lack]
    # Cut before it is filled in: a name may hold percent signs and the box is 25 mm wide.
    return text.replace("%(name)s", clip(name, 72))


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
