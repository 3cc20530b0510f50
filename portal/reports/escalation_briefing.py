"""The escalation briefing: one page for the executive owner. Facts in, sheet out."""

from markupsafe import Markup

from portal.reports import masthead, paper, sections
from portal.reports.annex import annexed
from portal.reports.changes import changed
from portal.reports.facts import EscalationBriefing, EscalationCase
from portal.reports.linter import lint
from portal.reports.sheet import Column, Row, Rung, Section, Sheet, Table
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "EscalationBriefing", "build", "lint"]

KIND = "escalation"
PAGES = 1


def build(
    facts: EscalationBriefing, *, words: Words, rungs: tuple[Rung, Rung], digest: str
) -> Sheet:
    """Make the sheet; only the first of `rungs` counts, `digest` is the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    top = paper.top(facts, words=words, rung=rungs[0])
    rung = rungs[0]
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Escalation briefing"),
        reference=facts.case.reference,
        name=facts.account.name,
        identity=identity(facts.case, words=words),
        strip=strip(facts, words=words, room=rung.room(60)),
        front=_front(facts, words=words, rung=rung),
    )


def identity(case: EscalationCase, *, words: Words) -> str:
    """Give the line under the customer's name: reference, severity, day, trend, legal mode."""
    _ = words.gettext
    day = masthead.day_of(case.day, case.close_within, words=words)
    graded = words.pgettext("paper", "severity not set")
    if case.severity:
        graded = masthead.severity(case.severity, words=words)
    parts = [case.reference, words.joined((graded, day))]
    if case.trend:
        parts.append(masthead.trend(case.trend, words=words))
    if case.legal_mode_since:
        parts.append(_("Legal mode since %(day)s") % {"day": words.day(case.legal_mode_since)})
    return " ".join(words.ended(part) for part in parts)


def strip(facts: EscalationBriefing, *, words: Words, room: int = 60) -> Table:
    """Give the four cells in sight: owner, next contact, silence limit, last day of notice."""
    pgettext = words.pgettext
    heads = (
        Column(pgettext("paper", "Owner"), 23),
        Column(pgettext("paper", "Next contact"), 27),
        Column(pgettext("paper", "Silence limit"), 24),
        Column(pgettext("paper", "They can give notice until"), 26, "l"),
    )
    cells = (
        masthead.owner(facts.strip, words=words, room=room),
        masthead.contact(facts.strip.next_contact, words=words, room=room),
        _silence(facts.case, words=words),
        _notice(facts, words=words),
    )
    return Table(heads, (Row(cells),), "strip")


def _silence(case: EscalationCase, *, words: Words) -> Markup:
    _ = words.gettext
    heard = _("they have not heard from us yet")
    if case.last_heard_from_us:
        heard = _("last heard from us %(when)s") % {"when": words.near(case.last_heard_from_us)}
    if case.silence_limit is None:
        return masthead.two_lines(words.pgettext("paper", "No clock runs"), heard)
    late = case.silence_limit < words.issued_at
    return masthead.two_lines(words.near(case.silence_limit), heard, broken=late)


def _notice(facts: EscalationBriefing, *, words: Words) -> Markup:
    _ = words.gettext
    renews = ""
    if facts.strip.renewal:
        renews = _("contract renews %(day)s") % {"day": words.day(facts.strip.renewal)}
    if facts.strip.notice_by is None:
        return masthead.two_lines(words.pgettext("paper", "Date not known"), renews)
    day = words.day(facts.strip.notice_by, weekday=True)
    return masthead.two_lines(clip(day, 40), renews)


def _front(facts: EscalationBriefing, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    return (
        sections.ask(facts.ask, words=words, rung=rung),
        changed(facts.changes, words=words, rung=rung, about_case=True),
        sections.money(facts.money, words=words, rung=rung),
        sections.quotes(facts.quotes, words=words, rung=rung),
        sections.promises(facts.promises, words=words, rung=rung),
        *sections.will_not_offer(facts.will_not_offer, words=words, rung=rung),
        *paper.left_out(facts.issue, words=words),
    )
