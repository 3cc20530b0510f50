"""How a case ends: closed, declined, void or merged; and what opens it again."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, PromiseKind
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core.access import Actor, K
from portal.core.calendar import from_local
from portal.core.db import db
from portal.core.deadlines import refuse_too_late
from portal.core.errors import Refused
from portal.core.i18n import _, followed

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Hold, Resolution, State
from ..rules import ClockEventKind
from ..rules.words import hold_words, resolution_words
from .asking import take_back_ask
from .chasing import arm
from .recording import count_open, inform, log, seats, settle, step, tell_story, tick
from .reminding import arm_promises


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a case ended, as somebody wrote it down; the fix fields belong to a workaround:
    `fix_told` is whom at the customer we promise news of it.
    """

    resolution: Resolution
    text: str
    agreed_by: str = ""
    not_agreed_because: str = ""
    fix_owner_id: int | None = None
    fix_due: date | None = None
    fix_told: str = ""


def close(case: Escalation, ending: Ending, *, by: Actor, now: datetime) -> None:
    """Close a case: its criteria ticked, its end written down, the customer's agreement or the
    reason why not; refused while another room holds it, and it says which.
    """
    if not ending.text.strip():
        raise Refused(_("Write how it ended, for who reads it later."), field="text")
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, closing=_closing(case, ending))
    step(case, State.CLOSED, facts=facts)
    case.closed_at, case.waiting_for = now, ""
    case.resolution, case.resolution_text = ending.resolution, ending.text.strip()
    case.agreed_by = ending.agreed_by.strip()
    case.not_agreed_because = ending.not_agreed_because.strip()
    refuse_too_late(ending.fix_due, now=now.date(), field="fix_due")
    case.fix_owner_id, case.fix_due_on = ending.fix_owner_id, ending.fix_due
    _promise_fix(case, ending, by=by, now=now)
    _decide_closing(case, by=by, now=now)
    uid = log(
        case,
        "closed",
        by=by,
        now=now,
        data={
            "resolution": ending.resolution.value,
            "agreed": bool(case.agreed_by),
            "severity": case.severity.value,
            "days": (now - case.opened_at).days,
            "reopened": case.reopened,
        },
        changes={
            "resolution_text": (None, case.resolution_text),
            **_without_ask(case, by=by, now=now),
        },
    )
    tick(case, ClockEventKind.CLOSED, at=now, by=by, now=now)
    text = _("Closed: %(resolution)s.", resolution=resolution_words(ending.resolution))
    tell_story(
        case, followed(text, case.resolution_text), kind=EntryKind.STATUS, uid=uid, by=by, now=now
    )
    settle(case, now=now)
    count_open(case.account_id)
    inform(case, concerned(case), "closed", key=f"closed:{now.isoformat()}", by=by, now=now)


def _promise_fix(case: Escalation, ending: Ending, *, by: Actor, now: datetime) -> None:
    """Promise the customer news of the permanent fix, by its owner on the evening of its day."""
    if ending.resolution is not Resolution.WORKAROUND or not ending.fix_told.strip():
        return
    assert ending.fix_due is not None
    day = ending.fix_due
    evening = datetime(day.year, day.month, day.day, 18)  # noqa: DTZ001
    zone = queries.account_of(case).zone
    account_actions.promise(
        case.account_id,
        kind=PromiseKind.INFORMATION,
        what=_("News of the permanent fix"),
        to_whom=ending.fix_told,
        due_at=from_local(evening, zone).astimezone(UTC),
        by_id=ending.fix_owner_id,
        case_ref=case.reference,
        by=by,
        now=now,
    )


def _without_ask(case: Escalation, *, by: Actor, now: datetime) -> dict[str, tuple[str, None]]:
    """Take back what is still asked of leadership; gives what changed by it."""
    question = take_back_ask(case, by=by, now=now)
    return {"ask": (question, None)} if question else {}


def _closing(case: Escalation, ending: Ending) -> rules.ClosingFacts:
    return rules.ClosingFacts(
        criteria=tuple(
            rules.Criterion(row.text, row.met_at is not None) for row in queries.criteria(case)
        ),
        resolution=ending.resolution,
        agreed=bool(ending.agreed_by.strip()),
        no_agreement_reason=ending.not_agreed_because,
        holds=tuple(
            rules.Hold(hold_words(row.room), _("%(record)s is open", record=row.record_ref))
            for row in queries.holds(case)
        ),
        fix_owner=ending.fix_owner_id is not None,
        fix_due=ending.fix_due,
        fix_promised=bool(ending.fix_told.strip()) or queries.has_open_promise(case),
    )


def _decide_closing(case: Escalation, *, by: Actor, now: datetime) -> None:
    assert case.resolution is not None
    found = {"resolution": case.resolution.value, "agreed": bool(case.agreed_by)}
    policy_actions.decide(
        "escalations.closure",
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.SEVERITY, case.policy_number),
        facts={"criteria": len(queries.criteria(case)), "days": (now - case.opened_at).days},
        recommendation=found,
        chosen=found,
        by=by,
        now=now,
    )


def decline(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Decline a declaration with the reason; it never counts against who made it."""
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, reason=reason)
    _end(case, State.DECLINED, "declined", facts=facts, by=by, now=now)


def void(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Void a case that is wrong, a test or a duplicate: out of every figure, kept in the log."""
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, reason=reason)
    _end(case, State.VOID, "voided", facts=facts, by=by, now=now)


def _end(
    case: Escalation, to: State, verb: str, *, facts: rules.StepFacts, by: Actor, now: datetime
) -> None:
    before = step(case, to, facts=facts, field="reason")
    uid = log(
        case,
        verb,
        by=by,
        now=now,
        data={"before": before.value},
        changes={"reason": (None, facts.reason), **_without_ask(case, by=by, now=now)},
    )
    if before in OPEN_STATES:
        tick(case, ClockEventKind.STOPPED, at=now, by=by, now=now, reason=facts.reason[:400])
    why = facts.reason
    text = _("Declined: %(why)s", why=why) if to is State.DECLINED else _("Void: %(why)s", why=why)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    count_open(case.account_id)
    inform(case, concerned(case), verb, key=verb, by=by, now=now, reason=facts.reason)


def reopen(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Open a closed case again under its number, within the policy's days: a re-escalation."""
    facts = rules.StepFacts(
        by=seats(case, by=by, now=now), now=now, reason=reason, closed_at=case.closed_at
    )
    step(case, State.STABILISING, facts=facts, field="reason")
    case.reopened, case.closed_at = case.reopened + 1, None
    uid = log(
        case,
        "reopened",
        by=by,
        now=now,
        data={"times": case.reopened},
        changes={"reason": (None, reason)},
    )
    tick(case, ClockEventKind.REOPENED, at=now, by=by, now=now, reason=reason[:400])
    text = _("Opened again: %(why)s", why=reason)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    arm(case)
    arm_promises(case, now=now)
    count_open(case.account_id)
    inform(
        case,
        concerned(case),
        "reopened",
        key=f"reopened:{case.reopened}",
        by=by,
        now=now,
        reason=reason,
    )


def hold(case: Escalation, *, room: str, record: str, by: Actor, now: datetime) -> None:
    """Keep a case from closing while a record of another room is open; twice is once."""
    if any(row.record_ref == record and row.room == room for row in queries.holds(case)):
        return
    db.session.add(Hold(escalation_id=case.id, room=room, record_ref=record, since=now))
    log(case, "held", by=by, now=now, data={"room": room, "record": record})


def release(case: Escalation, *, room: str, record: str, by: Actor, now: datetime) -> None:
    """Take a hold away; nothing happens where there is none."""
    ended = sa.update(Hold).where(
        Hold.escalation_id == case.id,
        Hold.room == room,
        Hold.record_ref == record,
        Hold.released_at.is_(None),
    )
    if db.session.scalars(ended.values(released_at=now).returning(Hold.id)).all():
        log(case, "released", by=by, now=now, data={"room": room, "record": record})


def concerned(case: Escalation) -> dict[int, str]:
    """Give whom the end of a case concerns, and why: who declared it, its executive owner, its
    owner.
    """
    told = {
        case.declared_by_id: "author",
        case.executive_owner_id: "executive",
        case.owner_id: "owner",
    }
    return {person: why for person, why in told.items() if person is not None}
