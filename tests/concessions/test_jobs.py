"""Finance hears of money that was promised without authority."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.concessions import actions
from portal.blueprints.escalations import actions as escalation_actions
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification, State
from portal.core.events import Event
from tests.escalations.test_actions import declared

FINANCE = {"fina", "felix"}


def promised(cast, now, *, kind=PromiseKind.PRICE, case=None):
    return account_actions.promise(
        cast.acme.id,
        kind=kind,
        what="Half the fee of June",
        to_whom="H. Vasseur",
        due_at=now + timedelta(days=2),
        case_ref=case.reference if case else None,
        by=cast.carl,
        now=now,
    )


def told(cast, db):
    query = sa.select(Notification).where(Notification.template == "concessions/promised")
    names = {number: name for name, number in cast.ids.items()}
    return {names[one.person_id]: one for one in db.session.scalars(query)}


def test_finance_is_told_once_and_sees_the_case(cast, db, now, run_jobs):
    case = declared(cast, now)
    assert not escalation_queries.sees_case(case, cast.fina, now=now)
    row = promised(cast, now, case=case)
    run_jobs()
    assert set(told(cast, db)) == FINANCE
    letter = remote.compose(told(cast, db)["fina"])
    assert letter.subject == "Acme Forges: promised without authority"
    assert "Carl Berger promised H. Vasseur: Half the fee of June." in letter.text
    assert "you look after what we spend" in letter.text
    assert {one.state for one in told(cast, db).values()} == {State.SENT}
    assert escalation_queries.sees_case(case, cast.fina, now=now)
    assert actions.tell_finance(row.id, by=cast.erik, now=now) == 2
    assert len(told(cast, db)) == 2
    events = (
        sa.select(Event.data).order_by(Event.seq).where(Event.name == "concessions.finance_told")
    )
    assert db.session.scalars(events).first() == {"promise": row.id, "people": 2}


def test_a_promise_beside_any_case_is_told_too(cast, db, now, run_jobs):
    promised(cast, now)
    run_jobs()
    assert {one.record_ref for one in told(cast, db).values()} == {cast.acme.reference}


@pytest.mark.parametrize("what", ["no money", "kept meanwhile"])
def test_there_is_nothing_to_tell_of(cast, db, now, run_jobs, what):
    row = promised(cast, now, kind=PromiseKind.MEETING if what == "no money" else PromiseKind.PRICE)
    if what == "kept meanwhile":
        account_actions.keep(row, by=cast.carl, now=now)
    run_jobs()
    assert told(cast, db) == {}
    assert actions.tell_finance(0, by=cast.erik, now=now) == 0


def test_of_a_restricted_case_only_named_people_hear(cast, db, now, run_jobs):
    case = declared(cast, now)
    keep = [cast.ids["felix"]]
    escalation_actions.restrict(case, keep=keep, reason="Conduct", by=cast.erik, now=now)
    promised(cast, now, case=case)
    run_jobs()
    assert set(told(cast, db)) == {"felix"}
    assert not escalation_queries.sees_case(case, cast.fina, now=now)
