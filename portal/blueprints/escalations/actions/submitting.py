"""From a draft or a request to a declared case."""

from datetime import datetime

from portal.core.access import Actor
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Escalation, State
from ..queries import Wish
from .apart import refuse_double, set_apart
from .declaring import enter, fill, open_room, people_of, refuse_incomplete, relate
from .recording import seats


def submit(
    case: Escalation,
    wish: Wish,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    because: str = "",
) -> Escalation:
    """Declare a draft: what the policies propose today counts, not what they proposed then.
    `because` sets it apart from those open for the same reason.
    """
    if case.state is not State.DRAFT:
        raise Refused(_("This case is declared already."))
    refuse_incomplete(wish, now=now, draft=False)
    account = queries.account_of(case)
    proposed = queries.proposal(account, wish, by=by, now=now)
    others = refuse_double(account, proposed.chosen_trigger, because=because, by=by, now=now)
    fill(case, account, wish, proposed, now=now)
    relate(case, proposed, by=by)
    enter(case, proposed, by=by, now=now, reason=reason)
    if others:
        set_apart(case, others, because=because, by=by, now=now)
    return case


def approve(case: Escalation, *, by: Actor, now: datetime, because: str = "") -> None:
    """Let a requested case be declared: its clocks begin now. `because` sets it apart from those
    open for the same reason, unless who asked for it said so of them all.
    """
    facts = rules.StepFacts(
        by=seats(case, by=by, now=now),
        now=now,
        has_account=True,
        customer_words=case.customer_words,
        demand=case.demand,
    )
    against = rules.objections(
        case.state, State.DECLARED, facts=facts, policy=queries.policy_of(case)
    )
    if against:
        raise Refused(" ".join(against))
    said = because.strip() or _said_before(case, by=by, now=now)
    others = refuse_double(queries.account_of(case), case.trigger, because=said, by=by, now=now)
    if others and because.strip():
        set_apart(case, others, because=because, by=by, now=now)
    case.state, case.opened_at = State.DECLARED, now
    open_room(case, told=people_of(case), by=by, now=now)


def _said_before(case: Escalation, *, by: Actor, now: datetime) -> str:
    """Give what was said to set a requested case apart from all that are open for its reason."""
    others = queries.open_for(by, case.account_id, case.trigger, now=now)
    apart = queries.set_apart_from(case)
    return ", ".join(others) if set(others) <= apart else ""
