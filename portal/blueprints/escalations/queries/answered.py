"""What a customer's answer is held against before a graver trigger is proposed."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind, TimelineEntry
from portal.blueprints.policies.models import Decision
from portal.core.db import db

from .. import rules
from ..models import Escalation, Trigger
from .clocks import policy_of
from .finding import TRIGGER_PROPOSED, account_of
from .proposing import severity_facts, wish_of
from .stake import stake_of


def weighed_before(case: Escalation) -> set[str]:
    """Give the marks of the sentences for which a trigger was proposed in a case already."""
    facts = sa.select(Decision.facts).where(
        Decision.record_ref == case.reference, Decision.kind == TRIGGER_PROPOSED
    )
    return {one for found in db.session.scalars(facts) for one in found["marks"]}


def told_before(case: Escalation) -> list[str]:
    """Give what was weighed or written in a case before any answer: what it was declared with, and
    our own words to the customer.
    """
    ours = sa.select(TimelineEntry.text).where(
        TimelineEntry.case_ref == case.reference,
        TimelineEntry.kind.in_([EntryKind.EMAIL_OUT, EntryKind.SYSTEM]),
    )
    return [case.customer_words, *db.session.scalars(ours)]


def proposal_with(case: Escalation, trigger: Trigger, *, now: datetime) -> rules.Proposal:
    """Give what the case's policy makes of it with another trigger, as things stand."""
    account, policy = account_of(case), policy_of(case)
    facts = severity_facts(account, wish_of(case), stake_of(account, now=now), now)
    return rules.propose_severity(trigger, facts, policy)
