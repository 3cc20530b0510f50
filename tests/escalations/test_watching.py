"""Watching a case: its turns are heard of by those who asked for them and may see it, once."""

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import Severity
from portal.blueprints.escalations.queries.listing import Search, page
from portal.blueprints.escalations.rules.turns import TURNS
from portal.blueprints.escalations.rules.words import turn_words
from portal.blueprints.notifications.models import Notification
from portal.core.errors import Refused
from portal.core.events import Event
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared, wish


def heard(db, who):
    """Give the turns that somebody was told of as a watcher, oldest first."""
    query = (
        sa.select(Notification)
        .where(Notification.template == "escalations/turned", Notification.person_id == who)
        .order_by(Notification.id)
    )
    rows = db.session.scalars(query).all()
    assert {row.why for row in rows} <= {"watcher"}
    return [row.context["turn"] for row in rows]


def test_watchers_hear_of_turns_but_not_of_their_own_nor_twice(cast, db, now):
    calm, ids = wish(now, severity=Severity.E3), cast.ids
    case = actions.declare(cast.acme, calm, reason="No threat", by=cast.carl, now=now)
    for who in (cast.lena, cast.dora, cast.erik, cast.lena):
        actions.watch(case, by=who, now=now)
    db.session.commit()
    assert queries.watchers(case) == sorted([ids["lena"], ids["dora"], ids["erik"]])
    actions.accept(case, by=cast.erik, now=now)
    assert case.owner_id == ids["erik"]
    actions.raise_severity(case, Severity.E2, reason="Their CEO calls", by=cast.dora, now=now)
    assert heard(db, ids["lena"]) == ["accepted", "severity_raised"]
    assert heard(db, ids["dora"]) == ["accepted"]
    assert heard(db, ids["erik"]) == []  # its owner hears of it anyway
    actions.unwatch(case, by=cast.lena, now=now)
    actions.unwatch(case, by=cast.lena, now=now)
    actions.void(case, reason="A test", by=cast.erik, now=now)
    assert heard(db, ids["lena"]) == ["accepted", "severity_raised"]
    db.session.commit()
    kinds = db.session.scalars(
        sa.select(Event.name).order_by(Event.seq).where(Event.record_ref == case.reference)
    )
    found = [name for name in kinds if "watched" in name]
    assert sorted(found) == ["escalations.unwatched"] + ["escalations.watched"] * 3


def test_restricting_takes_watchers_off_who_are_not_named(cast, db, now):
    case = declared(cast, now)
    for who in (cast.dora, cast.lena):
        actions.watch(case, by=who, now=now)
    keep = [cast.ids["lena"]]
    actions.restrict(case, keep=keep, reason="Conduct", by=cast.erik, now=now)
    assert queries.watchers(case) == keep
    actions.lift(case, reason="It was another", by=cast.erik, now=now)
    assert queries.watchers(case) == keep


def test_who_lost_the_right_to_see_a_case_hears_nothing(cast, db, now):
    case = declared(cast, now)
    actions.watch(case, by=cast.clara, now=now)
    db.session.commit()
    person = cast.user("clara")
    person.roles = []
    db.session.commit()
    actions.accept(case, by=cast.erik, now=now)
    assert heard(db, cast.ids["clara"]) == []


def test_a_draft_is_not_watched(cast, db, now):
    case = actions.declare(cast.acme, wish(now), by=cast.carl, now=now, draft=True)
    with pytest.raises(Refused):
        actions.watch(case, by=cast.carl, now=now)


def test_watching_from_the_page_the_list_and_by_program(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    dora, where = browse("dora"), f"/escalations/{case.reference}"
    assert f"{where}/watch" in dora.text(where)
    dora.post(f"{where}/watch")
    shown = dora.text(where)
    assert f"{where}/unwatch" in shown
    mine = page(cast.dora, Search(watched=True), now=now).rows
    assert [line.reference for line in mine] == [case.reference]
    assert page(cast.erik, Search(watched=True), now=now).rows == []
    assert case.reference in dora.text("/escalations/?watched=1")
    call = caller(browse, cast, db, now)
    erik = call("erik")
    answer = erik("PUT", f"{case.reference}/watching", {"watching": True}).get_json()
    assert answer == {"watching": True, "people": ["Dora Klein", "Erik Lund"]}
    gone = erik("PUT", f"{case.reference}/watching", {"watching": False}).get_json()
    assert gone == {"watching": False, "people": ["Dora Klein"]}
    assert call("dora")("GET", f"{case.reference}/watching").get_json()["watching"] is True
    assert browse("otto").post(f"{where}/watch").status_code == 404


@pytest.mark.parametrize("verb", sorted(TURNS))
def test_every_turn_has_words(verb):
    assert turn_words(verb).strip()
