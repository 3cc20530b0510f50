"""The account briefing: page one decides, page two proves. Facts in, sheet out."""

from portal.reports import linter, masthead, proof, sections, situation
from portal.reports.changes import changed
from portal.reports.facts import AccountBriefing
from portal.reports.linter import lint
from portal.reports.revenue import revenue
from portal.reports.sheet import Rung, Section, Sheet, figures
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "AccountBriefing", "build", "lint"]

KIND = "account"
PAGES = 2


def build(
    facts: AccountBriefing, *, words: Words, rungs: tuple[Rung, Rung], digest: str
) -> Sheet:
    """Make the sheet of an account briefing; `rungs` are those of page one and two, `digest` the snapshot's."""
    _ = words.gettext
    draft = linter.is_draft(facts)
    problems = lint(facts)
    rung, second = rungs
    front = _front(facts, words=words, rung=rung)
    back = _back(facts, words=words, rung=second, digest=digest, draft=draft)
    name = clip(facts.account.name, 200)
    title = _("Account briefing %(reference)s, %(name)s, issue %(n)s") % {
        "reference": facts.account.reference,
        "name": name,
        "n": words.number(facts.issue.number),
    }
    recipient = masthead.recipient(facts.reader, words=words)
    return Sheet(
        language=words.language,
        title=title,
        description=f"{masthead.classification(facts.issue, words=words, draft=draft)}. {recipient}.",
        author=clip(facts.issue.organisation, 80),
        classification=masthead.classification(facts.issue, words=words, draft=draft),
        recipient=recipient,
        footer=masthead.footer(
            facts.issue, subject=facts.account.reference, digest=digest, words=words, draft=draft
        ),
        page_words=(words.pgettext("paper", "Page"), words.pgettext("page x of y", "of")),
        kind=_("Account briefing"),
        issue=masthead.issue_line(facts.issue, words=words, draft=draft),
        heading=clip(facts.account.name, rung.room(200)),
        identity=masthead.identity(facts.account, words=words, room=rung.room(70)),
        lead=situation.sentence(facts.situation, words=words, room=rung.room(160)),
        strip=masthead.strip(facts.strip, words=words, room=rung.room(60)),
        front=front,
        back=back,
        missing=masthead.missing(
            problems,
            names=[sections.problem_name(p, words=words) for p in problems],
            words=words,
            draft=draft,
        ),
        draft=words.pgettext("paper", "DRAFT") if draft else "",
        front_look=rung.look,
        back_look=second.look,
        images=figures(back),
    )


def _front(facts: AccountBriefing, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    return (
        sections.ask(facts.ask, words=words, rung=rung),
        changed(facts.changes, words=words, rung=rung),
        sections.money(facts.money, words=words, rung=rung),
        sections.quotes(facts.quotes, words=words, rung=rung),
        sections.promises(facts.promises, words=words, rung=rung),
        *sections.will_not_offer(facts.will_not_offer, words=words, rung=rung),
    )


def _back(
    facts: AccountBriefing, *, words: Words, rung: Rung, digest: str, draft: bool
) -> tuple[Section, ...]:
    return (
        *proof.risk(facts.strip.risk, words=words, rung=rung),
        revenue(facts.revenue, basis=facts.value.basis if facts.value else None, words=words),
        proof.value(facts.value, words=words, rung=rung),
        proof.compensation(facts.compensation, words=words),
        proof.sponsorship(facts.sponsorship, words=words, rung=rung),
        proof.people(facts.people, words=words, rung=rung),
        proof.cases(facts.cases, words=words, rung=rung),
        *proof.answers(facts.answers, words=words, rung=rung),
        proof.sources(facts, words=words, rung=rung, digest="" if draft else digest),
    )
