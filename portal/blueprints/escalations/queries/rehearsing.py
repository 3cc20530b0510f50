"""What a proposed policy would have meant for the cases of the last 12 months: a rehearsal.

It reads, and writes nothing. Each case is taken on the facts it was decided on; above some thousand
cases every n-th is looked at, and the figures are scaled up.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies.models import Decision
from portal.blueprints.policies.rules import (
    Document,
    FactValue,
    PlaybooksPolicy,
    RoutingPolicy,
    SeverityPolicy,
)
from portal.core.db import db

from .. import rules
from ..models import ClockEvent, ClockKind, Escalation, Severity, State
from ..rules import ClockEventKind
from .clocks import calendar_for, clock_events, clock_facts
from .trying import ROUTE, facts_of

YEAR = timedelta(days=365)
SAMPLE = 3_000
BATCH = 250
EXAMPLES = 10
LEFT_OUT = (State.DRAFT, State.REQUESTED, State.DECLINED, State.MERGED, State.VOID)


@dataclass
class _Tally:
    """Figures counted under one version."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, *names: str, count: int = 1) -> None:
        for name in names:
            self.counts[name] += count


@dataclass
class _Outcome:
    """What a rehearsal has found so far, under both versions."""

    before: _Tally = field(default_factory=_Tally)
    after: _Tally = field(default_factory=_Tally)
    moved: int = 0
    looked_at: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)

    def differs(self, case: Escalation, before: str, after: str) -> None:
        """Note that a case would have been handled differently; the newest are kept by name."""
        self.moved += 1
        self.examples.append({"record": case.reference, "before": before, "after": after})
        del self.examples[:-EXAMPLES]


@dataclass(frozen=True)
class _Past:
    """A case with what it was decided on and what happened to its clocks."""

    case: Escalation
    account: Account
    facts: Mapping[str, FactValue]
    events: Sequence[ClockEvent]


def rehearse(before: Document, after: Document, *, now: datetime) -> dict[str, Any]:
    """Give what a version would have meant against the one in force: cases, notices and what else
    it decides, in a year, with the last cases it would have handled differently.
    """
    year = _year(now)
    cases = db.session.scalar(sa.select(sa.func.count()).select_from(Escalation).where(*year)) or 0
    step = max(1, -(-cases // SAMPLE))
    out = _Outcome()
    for past in _past(year, step):
        out.looked_at += 1
        if isinstance(before, RoutingPolicy) and isinstance(after, RoutingPolicy):
            _route(past, before, after, out)
        if isinstance(before, SeverityPolicy) and isinstance(after, SeverityPolicy):
            _grade(past, before, after, out, now=now)
        if isinstance(before, PlaybooksPolicy) and isinstance(after, PlaybooksPolicy):
            _play(past, before, after, out)
    return _figures(out, cases=cases, step=step)


def _year(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Restricted cases are left out: not even their number is for everybody who proposes."""
    return (
        Escalation.opened_at > now - YEAR,
        Escalation.opened_at <= now,
        Escalation.state.not_in(LEFT_OUT),
        Escalation.restricted.is_(False),
    )


def _past(year: tuple[sa.ColumnElement[bool], ...], step: int) -> Iterator[_Past]:
    """Give the cases of a year, every `step`-th, batch by batch."""
    last = 0
    while True:
        query = (
            sa.select(Escalation, Account)
            .join(Account, Account.id == Escalation.account_id)
            .where(*year, Escalation.id > last, Escalation.id % step == 0)
            .order_by(Escalation.id)
            .limit(BATCH)
        )
        found = [(case, account) for case, account in db.session.execute(query)]
        if not found:
            return
        last = found[-1][0].id
        ids = [case.id for case, _account in found]
        events = clock_events(ids)
        facts = _facts([case.reference for case, _account in found])
        for case, account in found:
            yield _Past(case, account, facts.get(case.reference, {}), events[case.id])
        db.session.expunge_all()


def _facts(references: list[str]) -> dict[str, dict[str, FactValue]]:
    query = (
        sa.select(Decision.record_ref, Decision.facts)
        .where(Decision.record_ref.in_(references), Decision.kind == ROUTE)
        .order_by(Decision.id)
    )
    return {reference: facts_of(given) for reference, given in db.session.execute(query)}


def _figures(out: _Outcome, *, cases: int, step: int) -> dict[str, Any]:
    """Scale what was counted to all cases, and put it in rows."""
    scale = Decimal(cases) / out.looked_at if out.looked_at else Decimal(0)

    def scaled(count: int) -> int:
        return int((count * scale).to_integral_value())

    names = sorted({*out.before.counts, *out.after.counts}, key=_place)
    return {
        "cases": cases,
        "looked_at": out.looked_at,
        "step": step,
        "moved": scaled(out.moved),
        "rows": [
            {
                "what": name,
                "before": scaled(out.before.counts[name]),
                "after": scaled(out.after.counts[name]),
            }
            for name in names
        ],
        "examples": out.examples[::-1],
    }


ORDER = (
    "severity", "executive", "rule", "team", "no_team", "level", "watchers", "notices", "told",
    "steps", "minutes", "joins",
)  # fmt: skip
LADDER = ("owner", "substitute", "manager", "executive_owner")


def _place(name: str) -> tuple[int, int, str]:
    group, _dot, rest = name.partition(".")
    return ORDER.index(group), LADDER.index(rest) if rest in LADDER else 0, name


# ---- routing


def _route(past: _Past, before: RoutingPolicy, after: RoutingPolicy, out: _Outcome) -> None:
    hits = [rules.route(past.facts, policy) for policy in (before, after)]
    for hit, tally in zip(hits, (out.before, out.after), strict=True):
        actions = hit.actions
        tally.add(f"rule.{hit.rule.label}", f"level.{actions.level}")
        tally.add(f"team.{actions.team}" if actions.team else "no_team")
        tally.add("watchers", count=len(actions.watchers))
    old, new = hits
    if old.rule.name != new.rule.name or old.actions != new.actions:
        out.differs(past.case, old.rule.label, new.rule.label)


# ---- playbooks


def _play(past: _Past, before: PlaybooksPolicy, after: PlaybooksPolicy, out: _Outcome) -> None:
    """Count what both versions ask of whom in a case as grave as it is, and who joins."""
    asked = []
    for policy, tally in ((before, out.before), (after, out.after)):
        book, severity = policy.of(past.case.trigger.value), Severity(past.case.severity)
        steps = rules.playbook.asked(book, severity)
        joins = rules.playbook.joining(book, severity)
        for step in steps:
            tally.add("steps", f"steps.{step.who}")
            tally.add("minutes", f"minutes.{step.who}", count=step.minutes)
        tally.add(*(f"joins.{one.who or one.team}" for one in joins))
        asked.append((steps, joins))
    old, new = asked
    if old != new:
        out.differs(past.case, str(len(old[0])), str(len(new[0])))


# ---- severity and clocks


def _grade(
    past: _Past, before: SeverityPolicy, after: SeverityPolicy, out: _Outcome, *, now: datetime
) -> None:
    """Hold a case against both versions: how grave it is, and what its ladder says."""
    old, new = (_proposed(past, policy) for policy in (before, after))
    was = past.case.severity
    becomes = was if old.severity is new.severity else new.severity
    sides = ((before, was, old, out.before), (after, becomes, new, out.after))
    told = []
    for policy, severity, proposal, tally in sides:
        tally.add(f"severity.{severity.value}")
        tally.add("executive", count=int(proposal.executive))
        told.append(_notices(past, policy, None if severity is was else severity, now=now))
        tally.add("notices", count=sum(told[-1].values()))
        for who, count in told[-1].items():
            tally.add(f"told.{who}", count=count)
    if becomes is not was or told[0] != told[1] or old.executive != new.executive:
        out.differs(past.case, was.value, becomes.value)


def _proposed(past: _Past, policy: SeverityPolicy) -> rules.Proposal:
    share, days = past.facts.get("arr_share"), past.facts.get("days_to_demand")
    today = past.case.opened_at.date()
    facts = rules.SeverityFacts(
        formal_notice=past.facts.get("formal_notice") is True,
        today=today,
        demand_due=None if not isinstance(days, Decimal) else today + timedelta(days=int(days)),
        known_share=share if isinstance(share, Decimal) else None,
    )
    return rules.propose_severity(past.case.trigger, facts, policy)


def _notices(
    past: _Past, policy: SeverityPolicy, severity: Severity | None, *, now: datetime
) -> Counter[str]:
    """Count whom the ladder would have told of a case, up to now or its end.

    The silence clock starts anew with each contact: each of its rounds is looked at by itself.
    """
    story = clock_facts(past.case, past.events).events
    if severity is not None:
        opened = ClockEventKind.OPENED
        story = tuple(
            event._replace(severity=severity) if event.kind is opened else event for event in story
        )
    contacts = [event.at for event in story if event.kind is ClockEventKind.OUR_CONTACT]
    told: Counter[str] = Counter()
    for until in [*contacts, now]:
        events = tuple(event for event in story if event.at < until)
        if not any(event.kind is ClockEventKind.OPENED for event in events):
            continue
        last = until is now
        told += _round(past, events, policy, severity, until=until, only_silence=not last)
    return told


def _round(
    past: _Past,
    events: tuple[rules.ClockEvent, ...],
    policy: SeverityPolicy,
    severity: Severity | None,
    *,
    until: datetime,
    only_silence: bool,
) -> Counter[str]:
    facts = rules.ClockFacts(severity=severity or past.case.severity, events=events)
    calendar = calendar_for(past.account, policy)
    told: Counter[str] = Counter()
    found = rules.clocks(facts, policy=policy, calendar=calendar, zone=past.account.zone)
    for clock in found:
        if only_silence and clock.kind is not ClockKind.SILENCE:
            continue
        steps = rules.notices(clock, policy=policy)
        for step in steps:
            if step.at <= until:
                told.update(step.step.tell)
    return told
