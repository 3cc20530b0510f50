"""The same form sent again does nothing and gives the same answer."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from portal.blueprints.briefings.models import Briefing
from portal.core import clock


def form(cast, **changes):
    given = {"about": cast.acme.reference, "reader_id": str(cast.ava.id), "locale": "it"}
    return {**given, "paper": "A4", "once": "a-random-word", **changes}


def count(db):
    return db.session.scalar(sa.select(sa.func.count()).select_from(Briefing))


def test_sent_twice_is_done_once(cast, db, browse):
    erik = browse("erik")
    first, second = (erik.post("/briefings/new", form(cast)) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(db) == 1


def test_sent_by_eight_at_once_is_done_once(app, cast, db, browse, now):
    erik, given = browse("erik"), form(cast)
    cookie = erik.client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value
    db.session.commit()

    def send(_):
        with clock.moved(now):
            client = app.test_client()
            client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
            return client.post("/briefings/new", data=given).location

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(send, range(8)))
    assert len(places) == 1
    assert count(db) == 1


def test_other_content_under_the_same_key_is_refused(cast, db, browse):
    erik = browse("erik")
    assert erik.post("/briefings/new", form(cast)).status_code == 303
    assert erik.post("/briefings/new", form(cast, paper="Letter")).status_code == 422
    assert count(db) == 1


def test_a_refused_form_frees_its_key(cast, db, browse):
    erik = browse("erik")
    assert erik.post("/briefings/new", form(cast, locale="de")).status_code == 422
    assert erik.post("/briefings/new", form(cast)).status_code == 303
    assert count(db) == 1
