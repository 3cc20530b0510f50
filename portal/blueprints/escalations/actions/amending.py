"""Correcting the timeline: an entry never changes, a new one names it."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.core.access import Actor, K, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _, beneath

from .. import queries
from ..models import ClockEvent, Escalation
from ..rules import ClockEventKind
from ..rules.standing import RETRACTED
from .recording import log, settle, tick

WRITTEN = (
    EntryKind.NOTE,
    EntryKind.CALL,
    EntryKind.MEETING,
    EntryKind.EMAIL_IN,
    EntryKind.EMAIL_OUT,
)
MOVING = (ClockEventKind.OUR_CONTACT.value, ClockEventKind.CUSTOMER_MESSAGE.value)


def amend(
    case: Escalation,
    entry: TimelineEntry,
    *,
    text: str,
    at: datetime,
    why: str,
    by: Actor,
    now: datetime,
) -> TimelineEntry:
    """Correct what an entry says or when it happened, with the reason; both stay to be read.

    Where the entry moved a clock and its time was wrong, the clock follows the right time. Refused
    for entries that Parley wrote, and for those corrected already.
    """
    words, reason = text.strip(), why.strip()
    if entry.kind not in WRITTEN or entry.redacted_at is not None:
        raise Refused(_("Parley wrote this entry: correct the matter it tells of."))
    if entry.lane is Lane.EXECUTIVE and not by.roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        raise Refused(_("The executive lane is written by executives."))
    if queries.is_corrected(entry):
        raise Refused(_("This entry was corrected already: correct the correction."))
    if words == queries.words_of(entry) and at == entry.event_at:
        raise Refused(_("Nothing differs: change the text or the time."), field="text")
    if at > now:
        raise Refused(_("This lies in the future: note it once it has happened."), field="at")
    if not reason:
        raise Refused(_("Say in a sentence why it is corrected."), field="why")
    uid = log(
        case,
        "entry_corrected",
        by=by,
        now=now,
        klass=K(entry.klass),
        data={"entry": entry.id, "moved": at != entry.event_at},
        changes={"text": (queries.words_of(entry), words), "why": (None, reason)},
    )
    added = account_actions.add_entry(
        case.account_id,
        lane=entry.lane,
        kind=entry.kind,
        text=beneath(words, _("Corrected: %(why)s", why=reason)),
        by=by,
        now=now,
        case_ref=case.reference,
        event_at=at,
        klass=K(entry.klass),
        language=entry.language,
        corrects_id=entry.id,
        event_uid=uid,
        file_id=entry.file_id,
    )
    if at != entry.event_at:
        _move_clock(case, entry, at=at, by=by, now=now)
    return added


def _move_clock(
    case: Escalation, entry: TimelineEntry, *, at: datetime, by: Actor, now: datetime
) -> None:
    """Take back what the entry did to a clock, and let it happen when it did happen."""
    moved = db.session.scalar(
        sa.select(ClockEvent.kind).where(
            ClockEvent.escalation_id == case.id,
            ClockEvent.kind.in_(MOVING),
            ClockEvent.at == max(entry.event_at, case.opened_at),
            ClockEvent.recorded_at == entry.recorded_at,
        )
    )
    if moved is None:
        return
    was = max(entry.event_at, case.opened_at)
    db.session.add(
        ClockEvent(
            escalation_id=case.id,
            kind=f"{RETRACTED}{moved}",
            at=was,
            recorded_at=now,
            person_id=by.id,
        )
    )
    tick(case, ClockEventKind(moved), at=max(at, case.opened_at), by=by, now=now)
    settle(case, now=now)
