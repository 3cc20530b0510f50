"""The daily delta of a case: half a page of what changed since its reader read of it last."""

from portal.reports import escalation_briefing, paper, sections
from portal.reports.annex import annexed
from portal.reports.changes import changed
from portal.reports.facts import EscalationDelta
from portal.reports.sheet import Rung, Sheet
from portal.reports.words import Words

__all__ = ["KIND", "PAGES", "EscalationDelta", "build"]

KIND = "delta"
PAGES = 1
MOST = 12
"""How many changes it tells in the normal look: it has nothing else to tell."""


def build(facts: EscalationDelta, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
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
        kind=words.pgettext("paper", "Daily delta"),
        reference=facts.case.reference,
        name=facts.account.name,
        identity=escalation_briefing.identity(facts.case, words=words),
        strip=escalation_briefing.strip(facts, words=words, room=rung.room(60)),
        front=(
            changed(facts.changes, words=words, rung=rung, about_case=True, most=MOST),
            *((sections.ask(facts.ask, words=words, rung=rung),) if facts.ask else ()),
            sections.promises(facts.promises, words=words, rung=rung),
            *paper.left_out(facts.issue, words=words),
        ),
    )
