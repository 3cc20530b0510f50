"""Collecting the facts of an escalation briefing, by what its reader may see."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import ClockKind, Escalation
from portal.core.access import Actor, K
from portal.core.i18n import speaking
from portal.reports import facts as paper

from ..models import Kind
from ..rules import Edition
from . import collecting, deals, leading


def escalation_facts(
    case: Escalation, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.EscalationBriefing]:
    """Freeze what the reader may know of a case at this moment: of this one alone, not of others
    of its customer.

    Number and reference of the issue are set when it is made.
    """
    with speaking(edition.locale, reader.zone):
        found = _found(
            case,
            escalation_queries.account_of(case),
            reader=reader,
            header=collecting.header(reader, edition=edition, now=now),
            now=now,
        )
        restricted = found.will_not_offer or any(
            line.kind in (paper.MoneyKind.OWED, paper.MoneyKind.PROVEN_LOSS) for line in found.money
        )
        klass = K.RESTRICTED if restricted else K.CONFIDENTIAL
        whole = collecting.since_read(
            collecting.marked(found, klass), Kind.ESCALATION, case.reference, reader=reader
        )
        return collecting.Collected(whole, klass, frozenset({case.reference}))


def _found(
    case: Escalation, account: Account, *, reader: Actor, header: paper.Issue, now: datetime
) -> paper.EscalationBriefing:
    value = collecting.value_of(account, reader=reader, now=now)
    strip = leading.strip(account, case, now=now)
    return paper.EscalationBriefing(
        issue=header,
        reader=collecting.addressee(reader),
        account=collecting.identity(account),
        case=_case(case, strip),
        situation=leading.situation(account, case, reader=reader, now=now),
        ask=deals.ask(account, case, reader=reader, now=now),
        strip=strip,
        money=(
            *collecting.money(account, value, now=now),
            *deals.claims(case, reader=reader, now=now),
        ),
        quotes=collecting.quotes([case]),
        promises=collecting.promises(account, case=case, reader=reader, now=now),
        will_not_offer=deals.not_offered(account, case, reader=reader),
    )


def _case(case: Escalation, strip: paper.Strip) -> paper.EscalationCase:
    silence = [
        clock.due_at
        for clock in escalation_queries.clocks_of(case)
        if clock.kind is ClockKind.SILENCE and not clock.met_at
    ]
    return paper.EscalationCase(
        reference=case.reference,
        severity=strip.severity,
        trigger=paper.Trigger(case.trigger.value),
        day=strip.day,
        close_within=strip.close_within,
        trend=paper.Trend(case.trend.value),
        silence_limit=silence[0] if silence else None,
        last_heard_from_us=case.last_contact_at,
    )
