"""What stands at the top of a briefing: the situation in one sentence, and the strip."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import ClockKind, Escalation
from portal.blueprints.escalations.rules import Clock
from portal.blueprints.escalations.rules.language import language_of
from portal.core.access import Actor, K, Subject, sees
from portal.core.i18n import language
from portal.reports import facts as paper

CLAUSE = 90
"""The longest impact, in characters, that still reads as a clause of the first sentence."""
PROBLEMS = frozenset(paper.Problem)
"""The kinds of problem that paper names: never conduct of a named employee, never "other"."""


def day_in(value: datetime | None, zone: str) -> date | None:
    """Give the local day of an instant."""
    return value.astimezone(ZoneInfo(zone)).date() if value else None


def books(reader: Actor) -> bool:
    """Say whether a reader may see amounts of an account at all."""
    return sees(reader, Subject.ACCOUNT, klass=K.CONFIDENTIAL, related=True)


def foreign(text: str) -> str | None:
    """Give the language of a text that is not the paper's; None where it is, or nothing tells."""
    found = language_of(text, otherwise=language())
    return found if found != language() else None


def situation(
    account: Account, case: Escalation | None, *, reader: Actor, now: datetime
) -> paper.Situation:
    """Give the parts of the first sentence; the owner's words in another language are quoted beside
    it, never woven into it.
    """
    stake = account_queries.at_stake([account.id], at=now).total.value if books(reader) else None
    if case is None:
        return paper.Situation(at_stake=stake)
    short, other = 0 < len(case.impact) <= CLAUSE, foreign(case.impact)
    return paper.Situation(
        trigger=paper.Trigger(case.trigger.value),
        who=case.words_by or None,
        because=case.impact if short and not other else None,
        problem=paper.Problem(case.problem.value) if case.problem.value in PROBLEMS else None,
        impact=case.impact if case.impact and (other or not short) else None,
        impact_language=other if case.impact else None,
        deadline=case.deadline_at,
        at_stake=stake,
    )


def strip(account: Account, case: Escalation | None, *, now: datetime) -> paper.Strip:
    """Give the four things that are always in sight."""
    names = auth_queries.names([account.owner_id, case.owner_id if case else None])
    clocks = escalation_queries.clocks_of(case) if case else []
    owner_id = case.owner_id if case else account.owner_id
    return paper.Strip(
        owner=names.get(owner_id or 0),
        csm=names.get(account.owner_id or 0),
        next_contact=_next_contact(case, clocks, names),
        risk=_risk(account),
        severity=paper.Severity(case.severity.value) if case else None,
        day=escalation_queries.day_of(case, account, now=now) if case else None,
        close_within=_close_within(case, clocks, account.zone),
        renewal=account.renewal_on,
        notice_by=_notice_by(account),
    )


def _notice_by(account: Account) -> date | None:
    if not account.renewal_on or not account.notice_days:
        return None
    return account.renewal_on - timedelta(days=account.notice_days)


def _days(start: datetime, end: datetime, zone: str) -> int:
    there = ZoneInfo(zone)
    return (end.astimezone(there).date() - start.astimezone(there).date()).days


def _close_within(case: Escalation | None, clocks: list[Clock], zone: str) -> int | None:
    due = [c.due_at for c in clocks if c.kind is ClockKind.CLOSE and c.due_at]
    return _days(case.opened_at, due[0], zone) if case and due else None


def _next_contact(
    case: Escalation | None, clocks: list[Clock], names: dict[int, str]
) -> paper.Contact | None:
    """Give by when the customer must hear from us: the clock of silence, or of the answer owed."""
    speaking = {ClockKind.SILENCE, ClockKind.REPLY_OWED}
    due = [c.due_at for c in clocks if c.kind in speaking and c.due_at and not c.met_at]
    if case is None or not due:
        return None
    return paper.Contact(
        when=min(due), ours=names.get(case.owner_id or 0), theirs=case.words_by or None
    )


def _risk(account: Account) -> paper.Risk | None:
    if account.risk_score is None or account.risk_band is None:
        return None
    return paper.Risk(
        score=account.risk_score,
        band=paper.Band(account.risk_band.value),
        dated=day_in(account.updated_at, account.zone),
    )
