"""Cases with a story, for the tests of post-mortems."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import (
    EntryKind,
    Lane,
    Promise,
    PromiseKind,
    PromiseState,
    TimelineEntry,
)
from portal.blueprints.escalations.models import (
    ClockEvent,
    Escalation,
    Resolution,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.postmortems import actions
from portal.blueprints.postmortems.models import Postmortem
from portal.core import access, events
from portal.core.access import RelationKind, Restriction
from portal.core.db import db, next_reference

LESSONS = access.job("postmortems")


def case_of(cast: Any, now: datetime, *, owner: str = "carl", **more: Any) -> Escalation:
    """Put a closed E1 of Acme into the database, with its people."""
    reference, number = next_reference("ESC", year=now.year)
    given: dict[str, Any] = {
        "severity": Severity.E1,
        "state": State.CLOSED,
        "closed_at": now,
        "opened_at": now - timedelta(days=9),
        "trigger": Trigger.CANCELLATION_THREAT,
        "resolution": Resolution.FIX,
        "account_id": cast.acme_id,
        **more,
    }
    case = Escalation(
        reference=reference,
        register_year=now.year,
        register_number=number,
        title="Three plants stopped for 31 hours",
        customer_words="Les usines sont à l'arrêt.",
        demand="Une date ferme",
        owner_id=cast.ids[owner],
        declared_by_id=cast.ids["carl"],
        **given,
    )
    db.session.add(case)
    db.session.flush()
    here = {"account_id": case.account_id, "record_ref": reference}
    for name in (owner, "sam"):
        access.relate(db.session, kind=RelationKind.NAMED, person_id=cast.ids[name], **here)
    if case.restricted:
        db.session.add(Restriction(record_ref=reference, account_id=case.account_id, since=now))
    db.session.flush()
    return case


def tell(case: Escalation, now: datetime) -> None:
    """Give a case something of each timeline."""
    for hours, lane, kind, text in (
        (30, Lane.CUSTOMER, EntryKind.EMAIL_IN, "Hélène Vasseur: three plants stand still"),
        (29, Lane.INTERNAL, EntryKind.NOTE, "Sam Okoye saw the lock on the index"),
        (28, Lane.CUSTOMER, EntryKind.CALL, "We said: back at six tomorrow"),
        (27, Lane.INTERNAL, EntryKind.DECISION, "Severity E1; Erik Lund knew at 18:20"),
    ):
        entry(case, lane, kind, text, at=now - timedelta(hours=hours))
    entry(
        case,
        Lane.EXECUTIVE,
        EntryKind.NOTE,
        "MARKER not for drafts",
        at=now,
        klass=int(access.K.RESTRICTED),
    )
    db.session.add(
        Promise(
            account_id=case.account_id,
            case_ref=case.reference,
            kind=PromiseKind.INFORMATION,
            what="A daily update",
            to_whom="Hélène Vasseur",
            made_at=now - timedelta(hours=26),
            due_at=now - timedelta(hours=2),
            state=PromiseState.BROKEN,
        )
    )
    db.session.flush()


def entry(case: Escalation, lane: Lane, kind: EntryKind, text: str, **more: Any) -> None:
    """Add an entry to a case's timeline."""
    at = more.pop("at")
    account_id = db.session.scalars(
        sa.select(Escalation.account_id).where(Escalation.reference == case.reference)
    ).one()
    db.session.add(
        TimelineEntry(
            account_id=account_id,
            case_ref=case.reference,
            lane=lane,
            kind=kind,
            klass=more.pop("klass", 1),
            event_at=at,
            recorded_at=more.pop("late", at),
            text=text,
            event_uid="0" * 32,
        )
    )


def clock(case: Escalation, kind: str, at: datetime, severity: Severity | None = None) -> None:
    """Note something on the clocks of a case."""
    db.session.add(
        ClockEvent(escalation_id=case.id, kind=kind, at=at, recorded_at=at, severity=severity)
    )
    db.session.flush()


def due(cast: Any, now: datetime, **more: Any) -> Postmortem:
    """Open the post-mortem of a closed case, and commit."""
    case = case_of(cast, now, **more)
    tell(case, now)
    row = actions.consider(case.reference, by=LESSONS, now=now)
    assert row is not None
    db.session.commit()
    return row


def begun(cast: Any, now: datetime, **more: Any) -> Postmortem:
    """Open it and begin to write."""
    row = due(cast, now, **more)
    actions.begin(row, by=cast.erik, now=now)
    db.session.commit()
    return row


def closing(case: Escalation, *, by: Any, now: datetime, verb: str = "closed") -> None:
    """Record what the room of cases records, and commit."""
    events.record(
        f"escalations.{verb}",
        by=by,
        now=now,
        record=case.reference,
        account_id=case.account_id,
        data={},
    )
    db.session.commit()
