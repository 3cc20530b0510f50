"""Technical status: one is asked at set times, all cases that wait hear, no customer does."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Lane, TimelineEntry
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations import actions as cases
from portal.blueprints.notifications.models import Notification, State
from portal.blueprints.rounds import actions, jobs, queries, rules
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared, wish

MARKER = "Kessel undicht, Ventil 7"


def at(*clock, day=17):
    return datetime(2026, 6, day, *clock, tzinfo=UTC)


def another(cast, now):
    return cases.declare(cast.borealis, wish(now), by=cast.clara, now=now)


def opened(case, cast, now, **more):
    given = {
        "person_id": cast.ids["kim"], "times": [600, 960], "zone": "Europe/Paris",
        "workdays": True, "within": 60, "by": cast.carl, "now": now,
    }  # fmt: skip
    return actions.open_round(case, "How do the exports stand?", **given | more)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10:00, 16:00", [600, 960]),
        ("16h30;9.05 16:30", [545, 990]),
        ("24:00", None), ("", None), ("noon", None), ("1:00 2:00 3:00 4:00 5:00 6:00 7:00", None),
    ],
)  # fmt: skip
def test_times_are_read_as_they_are_written(text, found):
    assert rules.times(text) == found
    if found:
        assert rules.times(rules.written(found)) == found


@pytest.mark.parametrize(
    ("zone", "workdays", "after", "found"),
    [
        ("Europe/Paris", True, at(7, 59), at(8)),  # 10:00 in Paris
        ("Europe/Paris", True, at(8), at(14)),
        ("Europe/Paris", True, at(14, day=19), at(8, day=22)),  # from Friday to Monday
        ("Europe/Paris", False, at(14, day=19), at(8, day=20)),
        ("America/New_York", True, at(8), at(14)),  # 10:00 there
        # The hour of the night that is missing on 28 March 2027 moves by the gap.
        ("Europe/Paris", False, datetime(2027, 3, 27, 23, tzinfo=UTC),
         datetime(2027, 3, 28, 8, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_next_time_is_one_of_the_wall(zone, workdays, after, found):
    assert rules.next_time([600, 960], zone=zone, workdays=workdays, after=after) == found


def mails(db, template):
    query = sa.select(Notification).filter_by(template=template).order_by(Notification.id)
    return list(db.session.scalars(query))


def test_one_is_asked_for_all_and_the_answer_reaches_all(cast, db, now, queries_at_most):
    case, other = declared(cast, now), another(cast, now)
    row = opened(case, cast, now)
    actions.join(row, other, by=cast.clara, now=now)
    with pytest.raises(Refused, match="one question is enough"):
        opened(other, cast, now)
    jobs.go(at(13, 59).isoformat())
    assert mails(db, "rounds/asked") == []
    for moment in (at(14), at(14, 1)):
        jobs.go(moment.isoformat())
    [asked] = mails(db, "rounds/asked")
    assert (asked.person_id, asked.record_ref, row.next_at) == (
        cast.ids["kim"],
        None,
        at(8, day=18),
    )
    # Nothing comes: shown, and said again once.
    for moment in (at(14, 59), at(15, 1), at(16)):
        jobs.go(moment.isoformat())
    assert [one.person_id for one in mails(db, "rounds/reminded")] == [cast.ids["kim"]]
    assert [one.person_id for one in mails(db, "rounds/silent")] == [cast.ids["carl"]]
    with pytest.raises(Refused, match="who is asked"):
        actions.tell(row, MARKER, by=cast.sam, now=at(16))
    assert actions.tell(row, MARKER, by=cast.kim, now=at(16)) == 2
    told = sa.select(TimelineEntry).where(TimelineEntry.text.contains(MARKER))
    lines = list(db.session.scalars(told))
    assert {one.case_ref for one in lines} == {case.reference, other.reference}
    assert {one.lane for one in lines} == {Lane.INTERNAL}
    assert {one.person_id for one in mails(db, "rounds/told")} == {case.owner_id, other.owner_id}
    outside = sa.select(Notification).where(Notification.contact_id.is_not(None))
    assert not [one for one in db.session.scalars(outside) if MARKER in str(one.context)]
    [call] = queries.calls(row)
    assert (call.row.answered_at, call.answered_by, call.row.due_at) == (at(16), "Kim Park", at(14))
    # News of one's own is told at any time; after days away one is asked once.
    actions.tell(row, "Dicht.", by=cast.carl, now=at(16, 5))
    jobs.go(at(9, day=22).isoformat())
    assert (len(queries.calls(row)), row.next_at) == (3, at(14, day=22))
    actions.stop(row, reason="Repaired.", by=cast.clara, now=at(9, day=22))
    assert [one.person_id for one in mails(db, "rounds/stopped")] == [cast.ids["kim"]]
    for again in (actions.stop, actions.tell):
        words = {"reason": "x"} if again is actions.stop else {"text": "x"}
        with pytest.raises(Refused, match="stopped"):
            again(row, **words, by=cast.carl, now=at(9, day=22))
    db.session.flush()
    with queries_at_most(6):
        assert queries.running(cast.erik, now=now) == []


def test_of_a_team_who_is_there_is_asked_and_nobody_once_no_case_waits(cast, db, now):
    team = Team(name="Engine room", lead_id=cast.ids["kim"])
    db.session.add(team)
    db.session.flush()
    case = declared(cast, now)
    with pytest.raises(Refused, match="Choose who"):
        opened(case, cast, now, person_id=None)
    row = opened(case, cast, now, person_id=None, team_id=team.id)
    lead = cast.user("kim")
    lead.substitute_id, lead.absent_from = cast.ids["sam"], now
    db.session.flush()
    actions.ask(row, by=cast.carl, now=at(14))
    assert [one.person_id for one in mails(db, "rounds/asked")] == [cast.ids["sam"]]
    assert actions.may_tell(row, by=cast.sam, now=at(14))
    cast.user("sam").active = False
    db.session.flush()
    actions.ask(row, by=cast.carl, now=at(9, day=18))
    assert [one.person_id for one in mails(db, "rounds/nobody")] == [cast.ids["carl"]]
    actions.change_whom(row, person_id=cast.ids["erik"], team_id=None, by=cast.carl, now=now)
    actions.leave(row, case, by=cast.carl, now=at(10, day=18))
    with pytest.raises(Refused, match="does not wait"):
        actions.leave(row, case, by=cast.carl, now=at(10, day=18))
    actions.ask(row, by=cast.carl, now=at(14, day=18))
    assert (row.next_at, row.stopped_because, len(queries.calls(row))) == (None, "", 2)


def test_a_round_of_a_restricted_case_is_known_to_few(cast, db, now):
    case = declared(cast, now)
    cases.restrict(case, keep=[], reason="A name.", by=cast.erik, now=now)
    row = opened(case, cast, now, by=cast.erik)
    db.session.flush()
    for name in ("otto", "clara", "sam"):
        assert queries.running(getattr(cast, name), now=now) == []
        with pytest.raises(NotFound):
            queries.get(getattr(cast, name), row.id, now=now)
    [line] = queries.running(cast.kim, now=now)  # is asked, and sees no case for that
    assert (line.row.id, line.cases) == (row.id, ())
    actions.ask(row, by=cast.erik, now=at(14))
    [asked] = mails(db, "rounds/asked")
    assert (asked.klass, asked.state) == (3, State.WAITING)  # leaves as a neutral hint


@ON_SQLITE_ALONE
def test_the_pages(cast, db, now, browse):
    case, other = declared(cast, now), another(cast, now)
    db.session.commit()
    carl, of_case = browse("carl"), f"/rounds/of/{case.reference}"
    assert of_case in carl.text(f"/escalations/{case.reference}")
    form = {"question": "How do the exports stand?",
            "asked": f"person:{cast.ids['kim']}",
            "times": "10:00, 16:00", "zone": "customer", "within": "60",
            "workdays": "y"}  # fmt: skip
    assert carl.post(f"{of_case}/new", form | {"times": "late"}).status_code == 422
    where = carl.post(f"{of_case}/new", form).headers["Location"]
    assert "10:00, 16:00 (Europe/Paris)" in carl.text(where)
    assert "exports" in carl.text(of_case)
    joined = browse("clara")
    assert "exports" in joined.text(f"/rounds/of/{other.reference}")
    assert joined.post(f"{where}/join/{other.reference}").status_code == 303
    kim = browse("kim")
    seen = kim.text(where)
    assert case.reference not in seen
    assert other.reference not in seen
    assert kim.post(f"{where}/answer", {"text": ""}).status_code == 422
    assert kim.post(f"{where}/answer", {"text": MARKER}).status_code == 303
    assert kim.post(f"{where}/stop", {"reason": "x"}).status_code in {403, 404}
    assert MARKER in carl.text(f"/escalations/{case.reference}")
    assert MARKER in browse("sam").text("/rounds/")
    assert browse("otto").post(f"{where}/leave/{other.reference}").status_code == 404
    assert joined.post(f"{where}/leave/{other.reference}").status_code == 303
    assert carl.post(f"{where}/whom", {"asked": f"person:{cast.ids['kim']}"}).status_code == 422
    assert carl.post(f"{where}/whom", {"asked": f"person:{cast.ids['sam']}"}).status_code == 303
    assert carl.post(f"{where}/stop", {"reason": ""}).status_code == 422
    assert carl.post(f"{where}/stop", {"reason": "Repaired."}).status_code == 303
    assert "Repaired." in carl.text(where)


@ON_SQLITE_ALONE
def test_programs_do_the_same(cast, db, now, browse):
    case, other = declared(cast, now), another(cast, now)
    scopes = [one for one in Permission if one.room in {"rounds", "escalations"}]
    make = caller(browse, cast, db, now, at="/api/v1/rounds/", scopes=scopes)
    erik, kim = make("erik"), make("kim")
    given = {"case": case.reference, "question": "How is it?", "person": cast.ids["kim"],
             "times": ["10:00", "16:00"]}  # fmt: skip
    assert erik("POST", "", given | {"case": "ESC-2026-9999"}).status_code == 409
    assert kim("POST", "", given).status_code == 403
    made = erik("POST", "", given)
    assert (made.status_code, made.json["times"]) == (201, ["10:00", "16:00"])
    one = str(made.json["id"])
    joined = erik("POST", f"{one}/cases", {"case": other.reference})
    assert set(joined.json["cases"]) == {case.reference, other.reference}
    assert kim("POST", f"{one}/answer", {"text": MARKER}).json["calls"][0]["answer"] == MARKER
    [found] = erik("GET", f"?case={case.reference}").json["items"]
    assert found["id"] == made.json["id"]
    assert erik("POST", f"{one}/leave", {"case": other.reference}).json["cases"] == [case.reference]
    assert erik("POST", f"{one}/whom", {"person": cast.ids["sam"]}).json["asked"] == "Sam Okoye"
    assert erik("POST", f"{one}/stop", {"reason": "Done."}).json["stopped_because"] == "Done."
    assert kim("GET", "").json["items"] == []
    assert kim("GET", one).json["next_at"] is None
