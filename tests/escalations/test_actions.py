"""What people do with a case, on both databases."""

from datetime import timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import (
    ClockKind,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.policies.models import Decision
from portal.core.events import Event

FRENCH = "Si ce n'est pas réglé avant la fin du mois, nous ne renouvellerons pas le contrat."


def wish(now, **more):
    given = {
        "words": FRENCH,
        "demand": "Une correction démontrée et un technicien sur place.",
        "deadline_at": now + timedelta(days=13),
    }
    return Wish(**{**given, **more})


def declared(cast, now, **more):
    return actions.declare(cast.acme, wish(now, **more), by=cast.carl, now=now)


def test_french_threat_with_a_date_becomes_a_case(cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    assert case.reference.startswith("ESC-2026-")
    assert (case.trigger, case.severity) == (Trigger.CANCELLATION_THREAT, Severity.E1)
    assert case.state is State.DECLARED
    assert case.owner_id == cast.ids["erik"]
    assert case.executive
    assert case.words_language == "fr"
    assert case.stake_minor == 61_200_000
    assert case.next_due_kind is ClockKind.ACKNOWLEDGE
    assert case.next_due_at == now + timedelta(hours=1)
    assert case.next_step_at == now + timedelta(minutes=30)
    assert cast.acme.open_cases == 1
    assert cast.acme.worst_severity == "E1"
    kinds = set(db.session.scalars(sa.select(Decision.kind).filter_by(record_ref=case.reference)))
    assert kinds == {"escalations.severity", "escalations.route"}
    entry = db.session.scalar(sa.select(TimelineEntry).filter_by(case_ref=case.reference))
    assert entry.text == FRENCH
    event = db.session.scalar(sa.select(Event).filter_by(name="escalations.declared"))
    assert event.record_ref == case.reference
