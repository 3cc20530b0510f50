"""What a broken promise means for a case: a graver severity is proposed, and a person decides."""

from datetime import datetime

from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core.access import Actor, K
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Severity
from .grading import decide_severity, set_severity
from .recording import answering, inform, log


def propose_raising(case: Escalation, promise_id: int, *, by: Actor, now: datetime) -> bool:
    """Propose that an open case is graver because a promise was broken; says whether it was.

    Once for a promise; nothing changes until somebody answers.
    """
    policy = queries.policy_of(case)
    to = rules.graver_after_broken(case.severity, case.trigger, policy)
    if case.state not in OPEN_STATES or to is None:
        return False
    if queries.raising_proposed_for(case, promise_id):
        return False
    policy_actions.decide(
        queries.RAISING_PROPOSED,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.SEVERITY, case.policy_number),
        facts={"promise": promise_id},
        recommendation={"severity": to.value},
        chosen={"severity": case.severity.value},
        reason=_("A promise to the customer was broken."),
        by=by,
        now=now,
    )
    data = {"promise": promise_id, "from": case.severity.value, "to": to.value}
    log(case, "raising_proposed", by=by, now=now, data=data)
    told, key = answering(case, now=now), f"raising:{promise_id}"
    inform(case, told, "raising", key=key, by=by, now=now, to=to.value)
    return True


def answer_raising(
    case: Escalation, *, raises: bool, reason: str, by: Actor, now: datetime
) -> None:
    """Decide whether a broken promise makes the case graver; a no needs its reason."""
    if case.state not in OPEN_STATES:
        raise Refused(_("The severity of a case that is not open stays as it is."))
    asked = queries.raising_proposed(case)
    if asked is None:
        raise Refused(_("Nobody proposes to raise this case any more."))
    to = Severity(asked.recommendation["severity"])
    if raises:
        set_severity(case, to, reason=reason.strip() or asked.reason, by=by, now=now)
        case.cooling_from = case.cooling_until = None
        return
    if not reason.strip():
        raise Refused(_("Say why the severity stays as it is."), field="reason")
    decide_severity(case, case.severity, recommended=to, reason=reason.strip(), by=by, now=now)
    data = {"to": to.value, "promise": asked.facts["promise"]}
    log(case, "raising_refused", by=by, now=now, data=data, changes={"reason": (None, reason)})
