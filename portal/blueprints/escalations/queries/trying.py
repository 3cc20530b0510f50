"""Which routing rule would take a text or a case, without anything being written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Decision, PolicyDraft
from portal.blueprints.policies.rules import (
    CONFIDENTIAL,
    FIELDS,
    FactValue,
    Kind,
    RoutingPolicy,
    SeverityPolicy,
    TriggersPolicy,
    read_draft,
)
from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db

from .. import rules
from ..models import Escalation, Trigger
from ..rules.language import language_of
from ..rules.triggers import gravest, propose_trigger
from .finding import account_of
from .proposing import Wish, propose, wish_of

ROUTE = "escalations.route"


@dataclass(frozen=True)
class Ruling:
    """Routing rules to try: those of a version, or of a draft that can be read."""

    policy: RoutingPolicy
    number: int
    draft_id: int | None = None


@dataclass(frozen=True)
class Trial:
    """Which rule takes it and what was looked at; `hidden` are facts this reader may not see."""

    hit: rules.RuleHit
    facts: Mapping[str, FactValue]
    phrases: tuple[str, ...]
    hidden: frozenset[str]
    case: Escalation | None = None


def ruling_in_force() -> Ruling:
    """Give the routing rules in force."""
    return Ruling(*policy_queries.in_force(RoutingPolicy))


def ruling_of(draft: PolicyDraft) -> Ruling | None:
    """Give the rules of a draft; None where it is no draft of rules, or cannot be read yet."""
    if draft.kind.value != "routing":
        return None
    document, _problems = read_draft(RoutingPolicy, draft.body)
    if not isinstance(document, RoutingPolicy):
        return None
    return Ruling(document, draft.base_number, draft.id)


def facts_of(given: Mapping[str, Any]) -> dict[str, FactValue]:
    """Give the facts that a decision kept, as rules compare them."""
    return {name: _fact(FIELDS[name], value) for name, value in given.items() if name in FIELDS}


def _fact(kind: Kind, value: Any) -> FactValue:
    if value is None or kind is Kind.YES_NO:
        return value if value is None else bool(value)
    if kind is Kind.NUMBER:
        return Decimal(str(value))
    return frozenset(map(str, value)) if kind is Kind.WORDS else str(value)


def decided_facts(case: Escalation) -> dict[str, FactValue]:
    """Give the facts that a case was routed on; nothing where no decision is kept."""
    found = db.session.scalar(
        sa.select(Decision.facts)
        .where(Decision.record_ref == case.reference, Decision.kind == ROUTE)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return facts_of(found or {})


def try_case(case: Escalation, ruling: Ruling, *, viewer: Actor, now: datetime) -> Trial:
    """Hold a case against rules, on the facts it was routed on."""
    facts = decided_facts(case) or _facts_today(case, viewer, now=now)
    hit = rules.route(facts, ruling.policy)
    return Trial(hit, facts, (), _hidden(viewer), case)


def _facts_today(case: Escalation, viewer: Actor, *, now: datetime) -> Mapping[str, FactValue]:
    """Give the facts of a case that came in without a decision about its route."""
    account, wish = account_of(case), replace(wish_of(case), trigger=case.trigger)
    return propose(account, wish, by=viewer, open_cases=account.open_cases, now=now).facts


def try_text(
    words: str, account: Account | None, ruling: Ruling, *, viewer: Actor, now: datetime
) -> Trial:
    """Hold what a customer wrote against rules; without an account, its facts are unknown."""
    triggers, severity = (
        found for found, _number in policy_queries.in_force_of(TriggersPolicy, SeverityPolicy)
    )
    hits = tuple(propose_trigger(words, triggers))
    phrases = tuple(hit.phrase for hit in hits)
    if account is not None:
        wish = Wish(words=words, demand="")
        count = account.open_cases
        facts: Mapping[str, FactValue] = propose(
            account, wish, by=viewer, open_cases=count, now=now
        ).facts
    else:
        trigger = gravest(hits) or Trigger.OTHER_EXTRAORDINARY
        facts = _bare_facts(trigger, words, severity)
    return Trial(rules.route(facts, ruling.policy), facts, phrases, _hidden(viewer))


def _bare_facts(trigger: Trigger, words: str, policy: SeverityPolicy) -> dict[str, FactValue]:
    """Give the facts that words alone say."""
    proposal = rules.propose_severity(trigger, rules.SeverityFacts(), policy)
    return {
        "trigger": trigger.value,
        "severity": proposal.severity.value,
        "problem": "other",
        "channel": "email",
        "kind": "hierarchical",
        "language": language_of(words, otherwise="en"),
        "tags": frozenset(),
        "executive": proposal.executive,
        "formal_notice": False,
        "re_escalation": False,
    }


def _hidden(viewer: Actor) -> frozenset[str]:
    """Give the facts that a reader does not get to see, whichever rule they decide."""
    shown = sees(viewer, Subject.ACCOUNT, klass=K.CONFIDENTIAL, related=True)
    return frozenset() if shown else CONFIDENTIAL
