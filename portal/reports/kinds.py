"""The kinds of briefing that can be typeset, each with its facts, its sheet and its most pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.reports import (
    account_briefing,
    accounts_book,
    call_card,
    escalation_briefing,
    escalation_delta,
    memo,
    nomination_dossier,
    portfolio_report,
    postmortem_report,
    review_book,
    sponsor_brief,
)
from portal.reports.errors import BadSnapshot


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of briefing: the shape of its facts, how its sheet is built, and its most pages; a
    `bound` one is a book.
    """

    name: str
    shape: type[Any]
    build: Callable[..., Any]
    pages: int
    bound: bool = False


KINDS = {
    module.KIND: Kind(module.KIND, shape, module.build, module.PAGES)
    for module, shape in (
        (account_briefing, account_briefing.AccountBriefing),
        (escalation_briefing, escalation_briefing.EscalationBriefing),
        (escalation_delta, escalation_delta.EscalationDelta),
        (call_card, call_card.CallCard),
        (memo, memo.CompensationMemo),
        (sponsor_brief, sponsor_brief.SponsorBrief),
        (nomination_dossier, nomination_dossier.NominationDossier),
        (postmortem_report, postmortem_report.PostmortemReport),
        (portfolio_report, portfolio_report.PortfolioReport),
    )
}


for bound, whole in (
    (review_book, review_book.ReviewBook),
    (accounts_book, accounts_book.AccountsBook),
):
    KINDS[bound.KIND] = Kind(bound.KIND, whole, bound.build, bound.PAGES, bound=True)


def kind(name: str) -> Kind:
    """Give the kind of that name; BadSnapshot if there is none."""
    if name not in KINDS:
        raise BadSnapshot(f"no briefing is of kind {name!r:.40}")
    return KINDS[name]
