"""Collecting the facts of an escalation briefing, by what its reader may see."""

from datetime import datetime
from typing import Any, TypeVar

from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import ClockKind, Escalation
from portal.core.access import Actor, K
from portal.core.i18n import speaking
from portal.reports import facts as paper

from ..models import Kind
from ..rules import Edition
from . import collecting, comparing, deals, leading

Told = TypeVar("Told", paper.EscalationBriefing, paper.EscalationDelta)


def escalation_facts(
    case: Escalation, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.EscalationBriefing]:
    """Freeze what the reader may know of a case at this moment: of this one alone, not of others
    of its customer.

    Number and reference of the issue are set when it is made.
    """
    with speaking(edition.locale, reader.zone):
        given = _given(case, reader=reader, edition=edition, now=now)
        found = paper.EscalationBriefing(
            **given,
            will_not_offer=deals.not_offered(
                escalation_queries.account_of(case), case, reader=reader
            ),
        )
        return _frozen(found, Kind.ESCALATION, reader=reader, now=now)


def delta_facts(
    case: Escalation, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.EscalationDelta]:
    """Freeze the same for half a page of what changed; what we will not offer stays out of it."""
    with speaking(edition.locale, reader.zone):
        given = _given(case, reader=reader, edition=edition, now=now)
        return _frozen(paper.EscalationDelta(**given), Kind.DELTA, reader=reader, now=now)


def _frozen(found: Told, kind: Kind, *, reader: Actor, now: datetime) -> collecting.Collected[Told]:
    claims = (paper.MoneyKind.OWED, paper.MoneyKind.PROVEN_LOSS)
    restricted = found.will_not_offer or any(line.kind in claims for line in found.money)
    klass = K.RESTRICTED if restricted else K.CONFIDENTIAL
    reference = found.case.reference
    whole = comparing.since_read(
        collecting.marked(found, klass), kind, reference, reader=reader, now=now
    )
    return collecting.Collected(whole, klass, frozenset({reference}))


def _given(case: Escalation, *, reader: Actor, edition: Edition, now: datetime) -> dict[str, Any]:
    account = escalation_queries.account_of(case)
    value = collecting.value_of(account, reader=reader, now=now)
    strip = leading.strip(account, case, now=now)
    return {
        "issue": collecting.header(reader, edition=edition, now=now),
        "reader": collecting.addressee(reader),
        "account": collecting.identity(account),
        "case": _case(case, strip),
        "situation": leading.situation(account, case, reader=reader, now=now),
        "ask": deals.ask(account, case, reader=reader, now=now),
        "strip": strip,
        "money": (
            *collecting.money(account, value, now=now),
            *deals.claims(case, reader=reader, now=now),
        ),
        "quotes": collecting.quotes([case]),
        "promises": collecting.promises(account, case=case, reader=reader, now=now),
    }


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
