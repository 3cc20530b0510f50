"""Several people, programs or workers at once: one outcome, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import actions, jobs, queries
from portal.blueprints.escalations.models import Escalation, State
from portal.blueprints.notifications.models import Notification
from portal.core import clock, events
from portal.core.db import db as database
from portal.core.errors import Refused
from tests.escalations.test_actions import declared
from tests.escalations.test_views import FORM


def at_once(app, now, works):
    """Do several things at the same time, each in a transaction of its own; gives what came."""
    outcomes, barrier = [], threading.Barrier(len(works))

    def run(work):
        with app.app_context(), clock.moved(now):
            barrier.wait()
            try:
                work()
                database.session.commit()
                outcomes.append("done")
            except Refused:
                outcomes.append("refused")
            finally:
                database.session.rollback()
                database.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def by_person(person_id, reference, now, act):
    def work():
        by = auth_queries.actor(person_id)
        act(queries.get(by, reference, now=now, lock=True), by)

    return work


def test_a_form_sent_by_eight_at_once_is_one_case(app, browse, cast, db, now):
    carl, given = browse("carl"), FORM | {"once": "a-random-word-1"}
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = carl.client.get_cookie(name).value
    db.session.commit()

    def send(_number):
        with clock.moved(now):
            client = app.test_client()
            client.set_cookie(name, cookie)
            return client.post("/escalations/new", data=given).location

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(send, range(8)))
    assert len(places) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 1


def test_two_accept_at_once_and_one_is_told(app, cast, db, now):
    reference = declared(cast, now).reference
    db.session.commit()
    accept = by_person(
        cast.ids["erik"], reference, now, lambda case, by: actions.accept(case, by=by, now=now)
    )
    assert at_once(app, now, [accept, accept]) == ["done", "refused"]


def test_two_merges_that_cross_leave_one_case_open(app, cast, db, now):
    refs = [declared(cast, now, demand=words).reference for words in ("One", "Two")]
    db.session.commit()

    def merging(case, into):
        def work():
            queries.hold_in_order(case, into)
            by = auth_queries.actor(cast.ids["erik"])
            rows = [queries.get(by, ref, now=now, lock=True) for ref in (case, into)]
            actions.merge(*rows, by=by, now=now)

        return work

    assert at_once(app, now, [merging(*refs), merging(*reversed(refs))]) == ["done", "refused"]
    states = db.session.scalars(sa.select(Escalation.state)).all()
    assert sorted(states) == [State.DECLARED, State.MERGED]


@pytest.mark.parametrize("turn", range(5))
def test_voiding_and_accepting_race_to_one_end(app, cast, db, now, turn):
    case = declared(cast, now)
    reference, erik = case.reference, cast.ids["erik"]
    db.session.commit()
    works = [
        by_person(erik, reference, now, lambda case, by: actions.accept(case, by=by, now=now)),
        by_person(
            erik, reference, now, lambda case, by: actions.void(case, reason="x", by=by, now=now)
        ),
    ]
    outcomes = at_once(app, now, works if turn % 2 else works[::-1])
    db.session.expire_all()
    assert queries.by_reference(reference).state is State.VOID
    assert outcomes in (["done", "done"], ["done", "refused"])


def test_notes_of_eight_people_all_survive(app, cast, db, now):
    reference = declared(cast, now).reference
    db.session.commit()

    def say(number):
        def act(case, by):
            actions.note(case, f"note {number}", by=by, now=now)

        return by_person(cast.ids["erik"], reference, now, act)

    assert at_once(app, now, [say(n) for n in range(8)]) == ["done"] * 8
    case = queries.case_page(cast.erik, reference, now=now)
    assert {f"note {n}" for n in range(8)} <= {entry.text for entry in case.entries.rows}
    assert events.verify().whole


def test_two_schedulers_tell_once(app, cast, db, now):
    for _number in range(10):
        declared(cast, now)
    db.session.commit()
    late = now + timedelta(minutes=31)

    def run():
        jobs.take_steps(late.isoformat())

    assert at_once(app, late, [run, run]) == ["done", "done"]
    told = sa.select(sa.func.count()).where(Notification.template == "escalations/clock")
    assert db.session.scalar(told) == 10
