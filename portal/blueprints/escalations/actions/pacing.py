"""Pausing the clocks of a case, and setting dates by hand."""

from datetime import datetime

from portal.core.access import Actor
from portal.core.deadlines import refuse_untimely
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    ClockKind,
    Escalation,
)
from ..rules import ClockEventKind
from .recording import log, seats, settle, tick


def pause(
    case: Escalation, *, reason: str, by: Actor, now: datetime, clock: ClockKind | None = None
) -> None:
    """Hold one clock, or all of them, for a reason that everybody sees."""
    _refuse_clock_work(case, by=by, now=now, clock=clock)
    if not reason.strip():
        raise Refused(_("Say why the clock stands still."), field="reason")
    if any(c.paused_since for c in queries.clocks_of(case) if clock in (None, c.kind)):
        raise Refused(_("This clock stands still already."), field="clock")
    tick(case, ClockEventKind.PAUSED, at=now, by=by, now=now, clock=clock, reason=reason.strip())
    log(
        case,
        "clock_paused",
        by=by,
        now=now,
        data={"clock": clock and clock.value},
        changes={"reason": (None, reason)},
    )
    settle(case, now=now)


def resume(case: Escalation, *, by: Actor, now: datetime, clock: ClockKind | None = None) -> None:
    """Let one clock, or all of them, run again."""
    _refuse_clock_work(case, by=by, now=now)
    if not any(c.paused_since for c in queries.clocks_of(case) if clock in (None, c.kind)):
        raise Refused(_("No clock stands still."), field="clock")
    tick(case, ClockEventKind.RESUMED, at=now, by=by, now=now, clock=clock)
    log(case, "clock_resumed", by=by, now=now, data={"clock": clock and clock.value})
    settle(case, now=now)


def set_date(
    case: Escalation,
    clock: ClockKind,
    *,
    due_at: datetime,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Set by hand when something is due: it moves for nothing and is marked as set by hand."""
    _refuse_clock_work(case, by=by, now=now, clock=clock)
    refuse_untimely(due_at, now=now, field="due")
    if not reason.strip():
        raise Refused(_("Say who agreed to this date."), field="reason")
    tick(
        case,
        ClockEventKind.DATE_SET,
        at=now,
        by=by,
        now=now,
        clock=clock,
        due_at=due_at,
        reason=reason.strip(),
    )
    log(
        case,
        "date_set",
        by=by,
        now=now,
        data={"clock": clock.value, "due": due_at.isoformat()},
        changes={"reason": (None, reason)},
    )
    settle(case, now=now)


def clear_date(case: Escalation, clock: ClockKind, *, by: Actor, now: datetime) -> None:
    """Take back a date set by hand: the policy speaks again, from the beginning of the clock."""
    _refuse_clock_work(case, by=by, now=now, clock=clock)
    if not any(one.hand_set for one in queries.clocks_of(case) if one.kind is clock):
        raise Refused(_("No date was set by hand for this clock."), field="clock")
    tick(case, ClockEventKind.DATE_SET, at=now, by=by, now=now, clock=clock)
    log(case, "date_cleared", by=by, now=now, data={"clock": clock.value})
    settle(case, now=now)


def take_up(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Say that one is at it: it meets the holder's own clock and stops the ladders of notice that
    have begun, but no clock of the customer.
    """
    _refuse_clock_work(case, by=by, now=now)
    tick(case, ClockEventKind.TAKEN_UP, at=now, by=by, now=now)
    log(case, "taken_up", by=by, now=now)
    settle(case, now=now)


def note_briefed(case: Escalation, *, by: Actor, now: datetime, reference: str = "") -> None:
    """Note that the executive owner was briefed, by an issue (`reference`) or by word: the clock of
    the executive briefing begins anew. Nothing to do for a case that is not open.
    """
    if case.state not in OPEN_STATES:
        return
    tick(case, ClockEventKind.BRIEF_ISSUED, at=now, by=by, now=now)
    log(case, "briefed", by=by, now=now, data={"briefing": reference or None})
    settle(case, now=now)


def _refuse_clock_work(
    case: Escalation, *, by: Actor, now: datetime, clock: ClockKind | None = None
) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The clocks of this case have ended."))
    if not seats(case, by=by, now=now) & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER}:
        raise Refused(_("The owner or an escalation manager moves clocks."))
    if clock is ClockKind.PROMISE:
        raise Refused(
            _("What was promised moves only with the customer: renegotiate the promise."),
            field="clock",
        )
