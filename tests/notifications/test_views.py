"""One's own notifications, and the post as administrators may see it."""

from dataclasses import replace

import pytest

from portal.blueprints.notifications import actions
from portal.blueprints.notifications.models import State
from portal.core.access import K
from tests.notifications.test_actions import letter, tell


def test_one_sees_what_and_why_and_goes_there(browse, cast, db, now):
    row = tell(cast, now)
    db.session.commit()
    carl = browse("carl")
    text = carl.text("/notifications/")
    assert "you own it" in text
    answer = carl.get(f"/notifications/{row.id}")
    assert answer.location == f"/accounts/{cast.acme.reference}"
    db.session.refresh(row)
    assert row.read_at == now
    assert "Nothing to tell you" in carl.text("/notifications/?unread=1")


def test_restricted_words_are_sealed_on_the_page_too(browse, cast, db, now):
    context = {"subject": "MARKER", "text": "MARKER", "from": "x"}
    tell(cast, now, template="notifications/customer", context=context, klass=K.RESTRICTED)
    db.session.commit()
    text = browse("carl").text("/notifications/")
    assert "MARKER" not in text
    assert cast.acme.reference in text


def test_strangers_notifications_do_not_exist(browse, cast, db, now):
    row = tell(cast, now)
    db.session.commit()
    assert browse("clara").get(f"/notifications/{row.id}").status_code == 404


def test_all_are_marked_as_read(browse, cast, db, now):
    row = tell(cast, now)
    db.session.commit()
    assert browse("carl").post("/notifications/read").status_code == 303
    db.session.refresh(row)
    assert row.read_at is not None


def test_administrators_see_the_envelope_and_not_the_letter(browse, cast, db, now):
    row = letter(db, cast, now, text="MARKER")
    db.session.commit()
    adam = browse("adam")
    text = adam.text("/admin/outbox")
    assert row.address in text
    assert "MARKER" not in text
    assert "Votre panne" not in text
    assert adam.get(f"/admin/outbox/{row.id}").status_code == 404


def test_in_the_demonstration_the_letter_can_be_read(app, browse, cast, db, now, monkeypatch):
    row = letter(db, cast, now, text="MARKER")
    db.session.commit()
    monkeypatch.setitem(app.config, "PORTAL", replace(app.config["PORTAL"], demo=True))
    assert "MARKER" in browse("adam").text(f"/admin/outbox/{row.id}")
    assert browse("carl").get(f"/admin/outbox/{row.id}").status_code == 403


def test_a_failed_mail_is_tried_again_by_hand(browse, cast, db, now):
    row = tell(cast, now)
    actions.note_failure(row, error="SMTPDataError 554", code=554, by=cast.adam, now=now)
    db.session.commit()
    adam = browse("adam")
    assert "Try again" in adam.text("/admin/outbox?state=failed")
    assert adam.post(f"/admin/outbox/{row.id}/replay").status_code == 303
    db.session.refresh(row)
    assert row.state is State.WAITING
    assert adam.post(f"/admin/outbox/{row.id}/replay").status_code == 409


@pytest.mark.parametrize("name", ["carl", "lena", "aldo", "prisca"])
def test_only_administrators_watch_the_post(browse, cast, name):
    assert browse(name).get("/admin/outbox").status_code == 403


def test_lists_cost_the_same_at_one_and_many_rows(browse, cast, db, now, queries_at_most):
    for i in range(60):
        tell(cast, now, key=f"many:{i}")
    db.session.commit()
    carl = browse("carl")
    with queries_at_most(6):
        carl.text("/notifications/")
