"""A graver trigger in what a customer writes about an open case: proposed, and a person decides."""

from datetime import datetime

from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Decision, PolicyKind
from portal.blueprints.policies.rules import TriggersPolicy
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Severity, Trigger, TriggerProposal
from ..rules.answers import threat_in
from .correcting import as_text, correct
from .grading import set_severity
from .recording import log


def propose_trigger(case: Escalation, words: str, *, by: Actor, now: datetime) -> Decision | None:
    """Propose the graver trigger that the new words of an answer say about an open case; gives the
    proposal, if there is one. Once for a sentence; nothing changes until somebody answers.
    """
    if case.state not in OPEN_STATES:
        return None
    waiting = queries.trigger_proposed(case)
    standing = Trigger(waiting.recommendation["trigger"]) if waiting else case.trigger
    policy, number = policy_queries.in_force(TriggersPolicy)
    # Most answers say nothing: what was said before is read for the others alone.
    if threat_in(words, policy, standing=standing) is None:
        return None
    known, weighed = queries.told_before(case), queries.weighed_before(case)
    threat = threat_in(words, policy, standing=standing, known=known, weighed=weighed)
    if threat is None:
        return None
    speaks_for = queries.proposal_with(case, threat.trigger, now=now).severity
    to = rules.worst_of(case.severity, speaks_for)
    proposed = policy_actions.decide(
        queries.TRIGGER_PROPOSED,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.TRIGGERS, number),
        facts={
            "phrases": list(threat.phrases),
            "quotes": list(threat.quotes),
            "language": threat.language,
            "marks": list(threat.marks),
        },
        recommendation={"trigger": threat.trigger.value, "severity": to.value},
        chosen={"trigger": case.trigger.value, "severity": case.severity.value},
        reason=_("An answer of the customer says so."),
        by=by,
        now=now,
    )
    db.session.flush()
    data = {"from": case.trigger.value, "to": threat.trigger.value, "decision": proposed.id}
    log(case, "trigger_proposed", by=by, now=now, data=data)
    return proposed


def answer_trigger(
    case: Escalation, proposal: int, *, takes: bool, reason: str, by: Actor, now: datetime
) -> None:
    """Decide on a proposed trigger (by its number): taken, it is corrected as by hand, and the case
    is as grave as the policy then says; a no needs its reason.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("What set a case off stays as it is once the case is not open."))
    asked = queries.trigger_proposed(case)
    if asked is None:
        raise Refused(_("Nobody proposes another trigger for this case any more."))
    if asked.id != proposal:
        raise Refused(_("Meanwhile another trigger was proposed: look at it first."))
    why = reason.strip()
    if not takes and not why:
        raise Refused(_("Say why the trigger stays as it is."), field="reason")
    before, to = case.trigger, Trigger(asked.recommendation["trigger"])
    chosen = to if takes else before
    _decide(case, asked, chosen, reason=why or asked.reason, by=by, now=now)
    data = {"from": before.value, "to": to.value, "decision": asked.id}
    if not takes:
        log(case, "trigger_left", by=by, now=now, data=data, changes={"reason": (None, why)})
        return
    log(case, "trigger_taken", by=by, now=now, data=data)
    _take(case, to, Severity(asked.recommendation["severity"]), reason=why, by=by, now=now)


def _take(
    case: Escalation, to: Trigger, severity: Severity, *, reason: str, by: Actor, now: datetime
) -> None:
    """Correct the trigger; a graver severity comes with it, and what the policy says of leaders."""
    if to in queries.policy_of(case).executive_triggers:
        case.executive = True
    correct(case, {"trigger": to}, was={"trigger": as_text(case.trigger)}, by=by, now=now)
    if rules.is_lower(case.severity, severity):
        why = reason or _("An answer of the customer says so.")
        set_severity(case, severity, reason=why, by=by, now=now)
        case.cooling_from = case.cooling_until = None


def _decide(
    case: Escalation, asked: Decision, chosen: Trigger, *, reason: str, by: Actor, now: datetime
) -> None:
    """Write down what somebody made of a proposal: precision rests on it."""
    to = Trigger(asked.recommendation["trigger"])
    policy_actions.decide(
        queries.TRIGGER_DECIDED,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.TRIGGERS, asked.policy_number),
        facts={"phrases": asked.facts["phrases"]},
        recommendation={"trigger": to.value},
        chosen={"trigger": chosen.value},
        reason=reason,
        by=by,
        now=now,
    )
    db.session.add(
        TriggerProposal(
            escalation_id=case.id,
            proposed=to,
            confirmed=chosen,
            phrases=list(asked.facts["phrases"]),
            at=now,
            person_id=by.id,
        )
    )
