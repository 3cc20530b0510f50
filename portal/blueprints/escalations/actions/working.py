"""Working on a case: taking it, noting what happened, saying where it goes."""

from datetime import datetime

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.core.access import Actor, K, Role
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    Escalation,
    ExitCriterion,
    State,
    Trend,
)
from ..rules import ClockEventKind
from .mentioning import named_in, reads, tell_named
from .recording import inform, log, seats, settle, step, tell_story, tick

TALKS = (EntryKind.CALL, EntryKind.MEETING, EntryKind.EMAIL_OUT)
"""What we can do that reaches a customer."""


def accept(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Take a case as its owner: the acknowledgement, which stops the ladder but no other clock."""
    step(case, State.ACCEPTED, facts=rules.StepFacts(by=seats(case, by=by, now=now), now=now))
    case.accepted_at = now
    uid = log(case, "accepted", by=by, now=now)
    tick(case, ClockEventKind.ACKNOWLEDGED, at=now, by=by, now=now)
    tell_story(case, _("Accepted the case."), kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    if case.declared_by_id is not None:
        inform(case, {case.declared_by_id: "author"}, "accepted", key="accepted", by=by, now=now)


def note(
    case: Escalation,
    text: str,
    *,
    by: Actor,
    now: datetime,
    kind: EntryKind = EntryKind.NOTE,
    lane: Lane = Lane.INTERNAL,
    at: datetime | None = None,
    reached: bool = False,
    from_customer: bool = False,
    language: str | None = None,
) -> tuple[str, ...]:
    """Add to the timeline what happened `at`, written down `now`; gives the names of those who were
    told because the text names them.

    `reached`: a message, call or meeting of ours reached the customer, which ends their waiting at
    its event time. `from_customer`: they wrote or called, and we owe them an answer.
    """
    at = at or now
    if not text.strip():
        raise Refused(_("Write what happened."), field="text")
    if at > now:
        raise Refused(_("This lies in the future: note it once it has happened."), field="at")
    if case.state in (State.DRAFT, State.REQUESTED):
        raise Refused(_("The case is not declared yet."))
    if lane is Lane.EXECUTIVE:
        _refuse_executive_lane(by)
    talked = reached or from_customer
    if reached and kind not in TALKS:
        raise Refused(
            _("Only a call, a meeting or a message of ours can reach the customer."), field="kind"
        )
    lane = Lane.CUSTOMER if talked else lane
    named = named_in(case, text, lane=lane, by=by, now=now)
    uid = log(
        case,
        "noted",
        by=by,
        now=now,
        klass=K.RESTRICTED if lane is Lane.EXECUTIVE else K.INTERNAL,
        data={"kind": kind.value, "lane": lane.value, "reached": reached},
        changes={"text": (None, text)},
    )
    tell_story(case, text, kind=kind, lane=lane, uid=uid, by=by, now=now, at=at, language=language)
    if talked:
        moved = ClockEventKind.OUR_CONTACT if reached else ClockEventKind.CUSTOMER_MESSAGE
        tick(case, moved, at=max(at, case.opened_at), by=by, now=now)
        settle(case, now=now)
    return tell_named(case, named, text, uid=uid, lane=lane, by=by, now=now)


def comment(case: Escalation, text: str, *, by: Actor, now: datetime) -> None:
    """Say something as an executive, in the executive lane (K3). The executive owner, and whoever
    else is named on the case and may read it, are told that there is something to read.
    """
    _refuse_executive_lane(by)
    named = note(case, text, lane=Lane.EXECUTIVE, by=by, now=now)
    people = queries.named_on(case, now=now)
    readers = {
        person_id: "executive" if person_id == case.executive_owner_id else "named"
        for person_id, name in people.items()
        if name not in named and reads(case, person_id, lane=Lane.EXECUTIVE, now=now)
    }
    inform(case, readers, "commented", key=f"comment:{now.isoformat()}", by=by, now=now)


def _refuse_executive_lane(by: Actor) -> None:
    if not by.roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        raise Refused(_("The executive lane is written by executives."), field="lane")


def add_criterion(case: Escalation, text: str, *, by: Actor, now: datetime) -> ExitCriterion:
    """Write down what must be true before the case may close."""
    if case.state not in OPEN_STATES:
        raise Refused(_("Exit criteria belong to an open case."))
    if not text.strip():
        raise Refused(_("Write what must be true before the case may close."), field="text")
    row = ExitCriterion(escalation_id=case.id, text=" ".join(text.split()))
    db.session.add(row)
    db.session.flush()
    log(
        case,
        "criterion_added",
        by=by,
        now=now,
        data={"criterion": row.id},
        changes={"text": (None, row.text)},
    )
    return row


def tick_criterion(
    case: Escalation,
    criterion: ExitCriterion,
    *,
    met: bool,
    by: Actor,
    now: datetime,
    agreed: bool = False,
) -> None:
    """Say that a criterion is met, or is not any more; `agreed`: the customer said so too."""
    if criterion.escalation_id != case.id:
        raise NotFound
    if case.state not in OPEN_STATES:
        raise Refused(_("Exit criteria belong to an open case."))
    criterion.met_at = now if met else None
    criterion.met_by_id = by.id if met else None
    criterion.customer_agreed_at = now if met and agreed else None
    log(
        case,
        "criterion_met" if met else "criterion_open",
        by=by,
        now=now,
        data={"criterion": criterion.id, "agreed": agreed},
    )


def note_agreed(case: Escalation, *, by: Actor, now: datetime) -> list[int]:
    """Note that the customer agrees, with effect, that every criterion we say is met is met; gives
    their numbers. Refused while one is open.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Exit criteria belong to an open case."))
    rows = queries.criteria(case)
    if not rows or any(row.met_at is None for row in rows):
        raise Refused(_("We have not said yet that all of it is done."))
    for row in rows:
        row.customer_agreed_at = row.customer_agreed_at or now
    numbers = [row.id for row in rows]
    log(case, "criteria_agreed", by=by, now=now, data={"criteria": numbers})
    return numbers


def stabilise(case: Escalation, *, by: Actor, now: datetime, what_came: str = "") -> None:
    """Go on stabilising: the customer was spoken to and knows when we are done; or their answer
    came.
    """
    facts = rules.StepFacts(
        by=seats(case, by=by, now=now),
        now=now,
        what_came=what_came,
        customer_contacts=queries.count_contacts(case),
        criteria=len(queries.criteria(case)),
    )
    before = step(case, State.STABILISING, facts=facts, field="what_came" if what_came else None)
    case.waiting_for = ""
    uid = log(
        case,
        "stabilising",
        by=by,
        now=now,
        data={"before": before.value},
        changes={"what_came": (None, what_came)} if what_came else None,
    )
    tell_story(
        case,
        what_came.strip() or _("Stabilising: the customer knows the exit criteria."),
        kind=EntryKind.STATUS,
        uid=uid,
        by=by,
        now=now,
    )
    settle(case, now=now)


def wait(case: Escalation, *, for_what: str, by: Actor, now: datetime) -> None:
    """Wait for the customer; how long they hear nothing from us still counts."""
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, waiting_for=for_what)
    step(case, State.AWAITING_CUSTOMER, facts=facts, field="for_what")
    case.waiting_for = for_what.strip()
    uid = log(case, "waiting", by=by, now=now, changes={"waiting_for": (None, for_what)})
    text = _("Waiting for the customer: %(what)s", what=case.waiting_for)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)


def set_trend(case: Escalation, trend: Trend, *, by: Actor, now: datetime) -> None:
    """Say which way the case goes."""
    if case.trend is trend:
        return
    before, case.trend = case.trend, trend
    log(case, "trend_set", by=by, now=now, data={"before": before.value, "after": trend.value})
