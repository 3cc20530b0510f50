"""The first start of an empty installation: who becomes its administrator, and what comes next."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.blueprints.auth import actions, queries
from portal.blueprints.auth.models import Organisation, User
from portal.blueprints.home import queries as home
from portal.core.errors import Refused

GIVEN = {
    "name": "Nora New",
    "email": "nora@example.com",
    "language": "fr",
    "password": "a-long-password-9",
    "again": "a-long-password-9",
}


def test_the_word_opens_for_a_day_and_nobody_else_can_make_one(app, db, now):
    key = queries.first_key(now)
    assert queries.opens_first(key, now=now + timedelta(hours=24))
    assert not queries.opens_first(key, now=now + timedelta(hours=25, seconds=1))
    later = f"{int(key.partition('-')[0]) + 100}-{key.partition('-')[2]}"
    for wrong in ("", "x", "1-a", key[:-1], later):
        assert not queries.opens_first(wrong, now=now)


def test_with_somebody_there_nobody_becomes_the_first(browse, cast, db, now):
    key = queries.first_key(now)
    answer = browse().post(f"/first-start?key={key}", GIVEN)
    assert answer.headers["Location"].endswith("/login")
    with pytest.raises(Refused):
        actions.add_first(
            key, email="n@example.com", name="N", password="a" * 12, language="en", zone="UTC",
            now=now,
        )  # fmt: skip
    assert "/first-start" not in browse().text("/login")


def test_the_first_person_begins_at_the_printed_address(browse, cast, db, now, monkeypatch):
    monkeypatch.setattr(queries, "anybody", lambda: False)
    nobody, key = browse(), queries.first_key(now)
    assert "portal user first" in nobody.text("/first-start")
    assert "has lapsed" in nobody.text("/first-start?key=1-aa")
    refused = nobody.post(f"/first-start?key={key}", GIVEN | {"again": "something else"})
    assert (refused.status_code, "Nora New" in refused.text) == (422, True)
    assert nobody.post("/first-start?key=1-aa", GIVEN).status_code == 422
    assert nobody.post(f"/first-start?key={key}", GIVEN).status_code == 303
    asked = sa.select(User).filter_by(email="nora@example.com").options(joinedload(User.roles))
    made = db.session.scalars(asked).unique().one()
    assert [role.name for role in made.roles] == ["admin"]
    assert made.language == "fr"


def test_the_list_of_what_comes_next_ticks_itself_off(browse, cast, db, now):
    before = {step.name: step.done for step in home.first_steps()}
    assert (before["accounts"], before["policies"], before["duty"]) == (True, False, False)
    adam = browse("adam")
    text = adam.text("/admin/first-steps")
    assert "We have read and keep them" in text
    assert adam.post("/admin/first-steps/policies").status_code == 303
    assert adam.post("/admin/outbox/try").status_code == 303
    after = {step.name: step.done for step in home.first_steps()}
    assert after == before | {"policies": True}, "the mail has not left yet"
    assert browse("carl").get("/admin/first-steps").status_code == 403
    db.session.scalars(sa.select(Organisation)).one().confirmed_at = None
    db.session.commit()
    assert not {step.name: step.done for step in home.first_steps()}["organisation"]
