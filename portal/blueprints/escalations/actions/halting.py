"""Stopping what Parley does by itself in a case, and letting it go on; what people do goes on."""

from datetime import datetime

from portal.blueprints.accounts.models import EntryKind
from portal.core.access import Actor
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import rules
from ..models import OPEN_STATES, Escalation
from .chasing import arm
from .recording import log, seats, settle, tell_story
from .reminding import arm_promises
from .saying import hold_back_automatic


def stop_automatic(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Stop the ladder, the chasing of playbook steps and what answers by itself in a case; what of
    it still waits to be sent never leaves. Clocks run on, and are shown.
    """
    if case.automatic_stopped:
        raise Refused(_("What is automatic is stopped in this case already."))
    _switch(case, True, "automatic_stopped", reason=reason, by=by, now=now)
    hold_back_automatic(case, now=now)


def resume_automatic(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Let what is automatic go on: what is due by now is told once."""
    if not case.automatic_stopped:
        raise Refused(_("What is automatic goes on in this case."))
    _switch(case, False, "automatic_resumed", reason=reason, by=by, now=now)
    arm(case)
    arm_promises(case, now=now)


def _switch(
    case: Escalation, stopped: bool, name: str, *, reason: str, by: Actor, now: datetime
) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open: nothing goes on by itself in it."))
    against = rules.stopping_objections(seats(case, by=by, now=now), by.roles, reason=reason)
    if against:
        raise Refused(" ".join(against), field="reason")
    case.automatic_stopped = stopped
    uid = log(case, name, by=by, now=now, changes={"reason": (None, reason)})
    why = reason.strip()
    text = (
        _("What is automatic was stopped: %(why)s", why=why)
        if stopped
        else _("What is automatic goes on: %(why)s", why=why)
    )
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
