"""What the policies propose for a case that somebody is about to declare; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import (
    FactValue,
    RoutingPolicy,
    SeverityPolicy,
    TriggersPolicy,
)
from portal.core.access import Actor
from portal.core.i18n import _

from .. import rules
from ..models import (
    Channel,
    Escalation,
    EscalationKind,
    Level,
    NoticeKind,
    Problem,
    Severity,
    Trigger,
)
from ..rules.language import language_of
from ..rules.triggers import Hit, gravest, propose_trigger
from .clocks import calendar_for, today_of
from .people import Bench, bench
from .stake import Stake, stake_of


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody typed, and what of the proposal they corrected (None: as proposed)."""

    words: str
    demand: str
    deadline_at: datetime | None = None
    trigger: Trigger | None = None
    severity: Severity | None = None
    owner_id: int | None = None
    problem: Problem = Problem.OTHER
    channel: Channel = Channel.PHONE
    kind: EscalationKind = EscalationKind.HIERARCHICAL
    language: str | None = None
    notice: NoticeKind | None = None
    tags: tuple[str, ...] = ()
    follows: bool = False
    """Whether a closed case of the customer comes back in this one."""


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What the policies make of it, with reasons; `chosen_…` is what the person made of that."""

    trigger: Trigger
    hits: tuple[Hit, ...]
    chosen_trigger: Trigger
    severity: Severity
    reasons: tuple[str, ...]
    chosen_severity: Severity
    executive: bool
    language: str
    hit: rules.RuleHit
    level: Level
    kind: EscalationKind
    tags: tuple[str, ...]
    restricted: bool
    owner_id: int | None
    team_id: int | None
    executive_owner_id: int | None
    names: Mapping[int, str]
    team_name: str
    watchers: tuple[str, ...]
    stake: Stake
    facts: Mapping[str, FactValue]
    silence_due: datetime | None
    policy: SeverityPolicy
    numbers: Mapping[str, int]
    bench: Bench = field(repr=False)

    @property
    def told(self) -> tuple[int, ...]:
        """Give the people who will be told, each once."""
        ids = (self.owner_id, self.executive_owner_id, *self.bench.watching)
        return tuple(dict.fromkeys(i for i in ids if i is not None))


def propose(account: Account, wish: Wish, *, by: Actor, open_cases: int, now: datetime) -> Proposed:
    """Propose trigger, severity, route, owner and team for what a customer said and wants."""
    (
        (triggers, triggers_number),
        (severity, severity_number),
        (routing, routing_number),
    ) = policy_queries.in_force_of(TriggersPolicy, SeverityPolicy, RoutingPolicy)
    hits = tuple(propose_trigger(wish.words, triggers))
    trigger = _trigger(hits, wish)
    chosen = wish.trigger or trigger
    stake = stake_of(account, now=now)
    proposal = rules.propose_severity(chosen, severity_facts(account, wish, stake, now), severity)
    facts = _facts(account, wish, chosen, proposal, stake, open_cases=open_cases, now=now)
    hit = rules.route(facts, routing)
    floor = None if chosen in severity.never_above_e4 else hit.actions.severity_at_least
    recommended = _at_least(proposal.severity, floor)
    level = Level(hit.actions.level)
    # The executive level is asked for its authority, whatever else was asked for.
    authority = level is Level.EXECUTIVE
    people = bench(account, hit.actions, executive=proposal.executive, by=by, now=now)
    language = wish.language or language_of(wish.words, otherwise=account.language)
    return Proposed(
        trigger=trigger,
        hits=hits,
        chosen_trigger=chosen,
        severity=recommended,
        reasons=_reasons(proposal, recommended, hit),
        chosen_severity=wish.severity or recommended,
        executive=proposal.executive,
        language=language,
        hit=hit,
        level=level,
        kind=EscalationKind.HIERARCHICAL if authority else wish.kind,
        tags=rules.tags.tags_of((*wish.tags, *hit.actions.tags))[: rules.tags.MOST_TAGS],
        restricted=hit.actions.restricted or wish.problem is Problem.EMPLOYEE_CONDUCT,
        owner_id=wish.owner_id or people.owner_id,
        team_id=people.team_id,
        executive_owner_id=people.executive_id,
        names=people.names,
        team_name=people.team_name,
        watchers=hit.actions.watchers,
        stake=stake,
        facts=facts,
        silence_due=silence_due(account, wish.severity or recommended, severity, now),
        policy=severity,
        numbers={
            "triggers": triggers_number,
            "severity": severity_number,
            "routing": routing_number,
        },
        bench=people,
    )


def _trigger(hits: tuple[Hit, ...], wish: Wish) -> Trigger:
    """Give the gravest trigger the words say; else a date they set; else something unusual."""
    if wish.notice is NoticeKind.TERMINATION:
        return Trigger.CANCELLATION_THREAT
    if wish.notice is not None:
        return Trigger.LEGAL_THREAT
    found = gravest(hits)
    if found is not None:
        return found
    return Trigger.CUSTOMER_DEADLINE if wish.deadline_at else Trigger.OTHER_EXTRAORDINARY


def severity_facts(
    account: Account, wish: Wish, stake: Stake, now: datetime
) -> rules.SeverityFacts:
    """Give what the severity of a case rests on, from what was said and what is at stake."""
    today = today_of(account, now).date()
    due = wish.deadline_at and today_of(account, wish.deadline_at).date()
    return rules.SeverityFacts(
        at_stake=stake.amount,
        total_arr=stake.total,
        formal_notice=wish.notice is not None,
        demand_due=due,
        today=today,
    )


def _at_least(severity: Severity, floor: str | None) -> Severity:
    return severity if floor is None else rules.worst_of(severity, Severity(floor))


def _reasons(
    proposal: rules.Proposal, recommended: Severity, hit: rules.RuleHit
) -> tuple[str, ...]:
    """Give the reasons for a severity; the route's label first where the route raised it."""
    raised = recommended is not proposal.severity
    return (_(hit.rule.label), *proposal.reasons) if raised else proposal.reasons


def _facts(
    account: Account,
    wish: Wish,
    trigger: Trigger,
    proposal: rules.Proposal,
    stake: Stake,
    *,
    open_cases: int,
    now: datetime,
) -> dict[str, FactValue]:
    """Give the facts that routing rules may ask for; what is not known is None."""
    today = today_of(account, now).date()
    due = wish.deadline_at and today_of(account, wish.deadline_at).date()
    arr = stake.amount
    return {
        "trigger": trigger.value,
        "severity": proposal.severity.value,
        "problem": wish.problem.value,
        "channel": wish.channel.value,
        "kind": wish.kind.value,
        "language": wish.language or account.language,
        "country": account.country or None,
        "region": account.region or None,
        "segment": account.segment or None,
        "industry": account.industry or None,
        "lifecycle": account.lifecycle.value,
        "tier": account.value_tier and account.value_tier.value,
        "band": account.risk_band and account.risk_band.value,
        "tags": frozenset(wish.tags),
        "arr": None if arr is None else Decimal(arr.amount),
        "arr_share": stake.share,
        "days_to_renewal": _days(today, account.renewal_on),
        "days_to_demand": _days(today, due),
        "open_cases": open_cases,
        "executive": proposal.executive,
        "formal_notice": wish.notice is not None,
        "re_escalation": wish.follows,
        "natural_person": account.natural_person,
        "reference_customer": account.reference_customer,
        "regulator_exposed": account.regulator_exposed,
    }


def _days(today: date, day: date | None) -> int | None:
    return None if day is None else (day - today).days


def silence_due(
    account: Account, severity: Severity, policy: SeverityPolicy, now: datetime
) -> datetime:
    """Give when the customer must hear from us at the latest."""
    calendar = calendar_for(account, policy)
    span = policy.level(severity).silence
    return rules.ends_at(span, now, calendar=calendar, zone=account.zone)


def wish_of(case: Escalation) -> Wish:
    """Give what a draft says as somebody's wish: what the policies proposed is proposed anew."""
    return Wish(
        words=case.customer_words,
        demand=case.demand,
        deadline_at=case.deadline_at,
        problem=case.problem,
        channel=case.channel,
        kind=case.kind,
        language=case.words_language,
        tags=tuple(case.tags),
        follows=case.previous_id is not None,
    )
