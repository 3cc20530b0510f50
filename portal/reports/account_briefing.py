"""The account briefing: page one decides, page two proves. Facts in, sheet out."""

from portal.reports import linter, masthead, paper, proof, sections
from portal.reports.annex import annexed
from portal.reports.changes import changed
from portal.reports.facts import AccountBriefing
from portal.reports.linter import lint
from portal.reports.revenue import revenue
from portal.reports.sheet import Rung, Section, Sheet
from portal.reports.words import Words

__all__ = ["KIND", "PAGES", "AccountBriefing", "build", "lint"]

KIND = "account"
PAGES = 2


def build(facts: AccountBriefing, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; `rungs` are those of page one and two, `digest` is the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    top = paper.top(facts, words=words, rung=rungs[0])
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Account briefing"),
        reference=facts.account.reference,
        name=facts.account.name,
        identity=masthead.identity(facts.account, words=words, room=rungs[0].room(70)),
        strip=masthead.strip(facts.strip, words=words, room=rungs[0].room(60)),
        front=front(facts, words=words, rung=rungs[0]),
        back=back(facts, words=words, rung=rungs[1], digest=digest),
    )


def front(facts: AccountBriefing, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    """Give what page one decides on."""
    return (
        sections.ask(facts.ask, words=words, rung=rung),
        changed(facts.changes, words=words, rung=rung),
        sections.money(
            facts.money,
            words=words,
            rung=rung,
            conversion=facts.value.conversion if facts.value else None,
        ),
        sections.quotes(facts.quotes, words=words, rung=rung),
        sections.promises(facts.promises, words=words, rung=rung),
        *sections.will_not_offer(facts.will_not_offer, words=words, rung=rung),
    )


def back(facts: AccountBriefing, *, words: Words, rung: Rung, digest: str) -> tuple[Section, ...]:
    """Give what page two proves; without a `digest` it says none."""
    basis = facts.value.basis if facts.value else None
    return (
        *proof.risk(facts.strip.risk, words=words, rung=rung),
        revenue(facts.revenue, basis=basis, words=words),
        proof.value(facts.value, words=words, rung=rung),
        proof.compensation(facts.compensation, words=words),
        proof.sponsorship(facts.sponsorship, words=words, rung=rung),
        proof.people(facts.people, words=words, rung=rung),
        proof.cases(facts.cases, words=words, rung=rung),
        *proof.answers(facts.answers, words=words, rung=rung),
        # A draft has no digest to be verified by: its facts may still change.
        proof.sources(
            facts, words=words, rung=rung, digest="" if linter.is_draft(facts) else digest
        ),
    )
