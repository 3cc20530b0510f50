"""Two people at one case: no word is lost, nobody is blamed for another, nobody is locked out."""

import json
import re
from datetime import timedelta
from html import unescape

import sqlalchemy as sa

from portal.blueprints.escalations import jobs
from portal.blueprints.escalations.models import Presence, Trigger
from portal.core import clock
from portal.core.events import Event, EventValue
from portal.core.sessions import SessionRow
from tests.escalations.test_actions import declared


def text_of(answer):
    return answer.get_data(as_text=True)


def opened(browser, where):
    """Give what the form holds when somebody opens it."""
    text = browser.text(where + "/correct")
    was = json.loads(unescape(re.search(r'name="was"[^>]*value="([^"]*)"', text)[1]))
    fields = ("title", "demand", "impact", "trigger", "problem", "channel", "words_language")
    return {name: was[name] for name in fields} | {
        "was": json.dumps(was),
        "deadline": was["deadline_at"][:10],
    }


def blamed(db, field):
    """Give who changed a field, in order, with what they made of it."""
    query = (
        sa.select(Event.actor_id, EventValue.after)
        .join(EventValue, EventValue.event_uid == Event.uid)
        .where(Event.name == "escalations.corrected", EventValue.field == field)
        .order_by(Event.seq)
    )
    return [tuple(row) for row in db.session.execute(query)]


def test_disjoint_edits_both_survive(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, carl, where = browse("erik"), browse("carl"), f"/escalations/{case.reference}"
    mine, yours = opened(erik, where), opened(carl, where)
    assert erik.post(where + "/correct", mine | {"title": "Line 7"}).status_code == 303
    assert carl.post(where + "/correct", yours | {"impact": "Idle plant"}).status_code == 303
    db.session.expire_all()
    assert (case.title, case.impact) == ("Line 7", "Idle plant")
    assert blamed(db, "title") == [(cast.ids["erik"], "Line 7")]
    assert blamed(db, "impact") == [(cast.ids["carl"], "Idle plant")]


def test_the_same_field_shows_both_and_sending_again_decides(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, carl, where = browse("erik"), browse("carl"), f"/escalations/{case.reference}"
    mine, yours = opened(erik, where), opened(carl, where)
    first = {"title": "Theirs <now>", "trigger": Trigger.LEGAL_THREAT.value}
    second = {"title": "Mine instead", "trigger": Trigger.SLA_BREACH.value, "impact": "Kept"}
    assert erik.post(where + "/correct", mine | first).status_code == 303
    answer = carl.post(where + "/correct", yours | second)
    text = text_of(answer)
    assert answer.status_code == 409
    for words in ("Theirs &lt;now&gt;", "Mine instead", "Legal threat", "Kept"):
        assert words in text, words
    db.session.expire_all()
    assert case.title == "Theirs <now>"
    assert case.impact == ""
    was = unescape(re.search(r'name="was"[^>]*value="([^"]*)"', text)[1])
    again = carl.post(where + "/correct", yours | second | {"was": was})
    assert again.status_code == 303
    db.session.expire_all()
    assert (case.title, case.impact) == ("Mine instead", "Kept")
    assert blamed(db, "title") == [
        (cast.ids["erik"], "Theirs <now>"),
        (cast.ids["carl"], "Mine instead"),
    ]


def test_another_deadline_meanwhile_is_shown_as_a_day(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, carl, where = browse("erik"), browse("carl"), f"/escalations/{case.reference}"
    mine, yours = opened(erik, where), opened(carl, where)
    assert erik.post(where + "/correct", mine | {"deadline": "2026-07-14"}).status_code == 303
    answer = carl.post(where + "/correct", yours | {"deadline": "2026-07-21"})
    assert answer.status_code == 409
    assert "14" in text_of(answer)
    assert "T2" not in re.search(r'class="versions".*?</section>', text_of(answer), re.S)[0]


def test_who_edits_is_shown_and_forgotten_within_a_minute(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, carl, where = browse("erik"), browse("carl"), f"/escalations/{case.reference}"
    assert 'hx-post="' in erik.text(where + "/correct")
    assert "is editing" not in text_of(erik.post(where + "/editing?what=form"))
    assert "Erik Lund is editing" in text_of(carl._open("GET", where + "/editing"))
    assert "Erik Lund is editing" in carl.text(where)
    assert "Erik Lund is editing" in text_of(carl.post(where + "/editing?what=form"))
    assert "is editing" not in erik.text("/escalations/")
    assert carl.post(where + "/correct", opened(carl, where) | {"title": "x"}).status_code == 303
    assert "Carl Berger is editing" not in erik.text(where)
    with clock.moved(now + timedelta(seconds=45)):
        assert "is editing" not in browse("carl").text(where)
    assert browse("otto").post(where + "/editing").status_code == 404
    assert browse("otto").get(where + "/editing").status_code == 404


def test_a_form_left_open_keeps_no_session_alive(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    key = cast.user("erik").fs_uniquifier
    seen = sa.select(SessionRow.seen_at).where(SessionRow.user_key == key)
    before = db.session.scalar(seen)
    with clock.moved(now + timedelta(minutes=20)):
        erik.moment = clock.now
        assert erik.post(where + "/editing").status_code == 200
        db.session.expire_all()
        assert db.session.scalar(seen) == before
        assert erik.get(where).status_code == 200
        db.session.expire_all()
        assert db.session.scalar(seen) > before


def test_open_forms_are_forgotten_for_good(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    browse("erik").post(f"/escalations/{case.reference}/editing")
    jobs.forget_presence((now + timedelta(minutes=30)).isoformat())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Presence)) == 1
    jobs.forget_presence((now + timedelta(hours=2)).isoformat())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Presence)) == 0
