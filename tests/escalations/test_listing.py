"""The list: saved views, teams and levels, files, many cases at once."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import Team, TeamMember
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import (
    BulkChange,
    BulkKind,
    Escalation,
    Level,
    SavedView,
    Transfer,
    Trend,
)
from portal.blueprints.escalations.queries import views
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.core import clock, sheets
from portal.core.access import Relation, RelationKind
from portal.core.errors import NotFound
from portal.core.events import Event
from tests.escalations.test_actions import declared, wish

NS = {"m": sheets.MAIN}


def team(db, cast, name="Plant", *people):
    row = Team(name=name, lead_id=cast.ids["erik"])
    db.session.add(row)
    db.session.flush()
    db.session.add_all(TeamMember(team_id=row.id, person_id=cast.ids[one]) for one in people)
    db.session.commit()
    return row


def text_of(answer):
    return answer.get_data(as_text=True)


def sheet(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [
        ["".join(cell.itertext()) for cell in row.findall("m:c", NS)]
        for row in root.findall(".//m:row", NS)
    ]


# ---- files


def test_a_workbook_holds_text_as_text_and_numbers_as_numbers():
    content = sheets.xlsx_bytes(
        "a/b:c", ["H"], [["=1+1"], [Decimal("-3.50")], [7], [None], ["<&\x00\ufffe>"], ["@x"]]
    )
    assert sheet(content) == [["H"], ["'=1+1"], ["-3.50"], ["7"], [""], ["<&>"], ["'@x"]]
    assert content == sheets.xlsx_bytes(
        "a/b:c", ["H"], [["=1+1"], [Decimal("-3.50")], [7], [None], ["<&\x00\ufffe>"], ["@x"]]
    )


def test_the_workbook_is_the_list_in_the_readers_language(browse, cast, db, now):
    case = declared(cast, now, demand="=cmd|' /C calc'!A0")
    other = declared(cast, now + timedelta(hours=1), demand="Later")
    db.session.commit()
    erik = browse("erik")
    rows = sheet(erik._open("GET", "/escalations/export.xlsx").data)
    assert rows[0][:3] == ["Reference", "Title", "Account"]
    assert [row[0] for row in rows[1:]] == [other.reference, case.reference]
    assert rows[2][1] == "'=cmd|' /C calc'!A0"
    assert rows[2][12] == "612000.00"
    assert rows[2][9].endswith("+00:00")
    assert len(sheet(erik._open("GET", "/escalations/export.xlsx?q=nothing").data)) == 1
    french = sheet(browse("lena")._open("GET", "/escalations/export.xlsx").data)
    assert french[0] != rows[0]
    csv = browse("lena")._open("GET", "/escalations/export.csv").get_data(as_text=True)
    assert csv.startswith("\ufeff" + ",".join(french[0]))
    found = sa.select(Event).filter_by(name="escalations.exported").order_by(Event.seq)
    taken = db.session.scalars(found).all()
    assert [one.data for one in taken][:2] == [
        {"lines": 2, "kind": "xlsx"},
        {"lines": 0, "kind": "xlsx"},
    ]


@pytest.mark.parametrize("where", ["/escalations/export.{}", "/accounts/export.{}"])
def test_a_file_says_where_it_was_cut(browse, cast, db, now, monkeypatch, where):
    for words in ("One", "Two"):
        declared(cast, now, demand=words)
    db.session.commit()
    erik = browse("erik")
    whole = erik._open("GET", where.format("csv"))
    assert sheets.CUT_AT not in whole.headers
    monkeypatch.setattr(sheets, "MOST", 1)
    cut = erik._open("GET", where.format("csv"))
    last = cut.get_data(as_text=True).strip().splitlines()[-1]
    assert cut.headers[sheets.CUT_AT] == "1"
    assert last == "Only the first 1 lines are here: narrow the list to have the others."
    if "escalations" in where:
        rows = sheet(erik._open("GET", where.format("xlsx")).data)
        assert (len(rows), rows[-1][0]) == (3, last)


def test_what_a_reader_may_not_see_is_empty(browse, cast, db, now):
    case = actions.declare(
        cast.acme,
        wish(now),
        by=cast.sam,
        now=now,
    )
    db.session.commit()
    rows = sheet(browse("sam")._open("GET", "/escalations/export.xlsx").data)
    assert rows[1][0] == case.reference
    assert rows[1][12:] == ["", ""]


# ---- saved views


def test_a_view_is_kept_shared_replaced_and_deleted(browse, cast, db, now, queries_at_most):
    plant = team(db, cast, "Plant", "erik", "carl")
    given = {"name": "  Plant E1 ", "severity": "E1", "of_team": str(plant.id), "sort": "due"}
    erik = browse("erik")
    answer = erik.post("/escalations/views", given | {"team": str(plant.id)})
    assert answer.status_code == 303
    view = db.session.scalars(sa.select(SavedView)).one()
    assert view.name == "Plant E1"
    assert view.query == {"severity": "E1", "team": str(plant.id), "sort": "due"}
    assert "Plant E1" in erik.text("/escalations/")
    assert "Plant E1 (shared)" in browse("carl").text("/escalations/")
    assert "Plant E1" not in browse("otto").text("/escalations/")
    assert browse("carl").post(f"/escalations/views/{view.id}/delete").status_code == 404
    erik.post("/escalations/views", {"name": "Plant E1", "state": "all", "team": ""})
    db.session.expire_all()
    assert db.session.scalars(sa.select(SavedView)).one().query == {"state": "all"}
    assert "Plant E1" not in browse("carl").text("/escalations/")
    with queries_at_most(6):
        erik.text("/escalations/")
    assert erik.post(f"/escalations/views/{view.id}/delete").status_code == 303
    assert db.session.scalars(sa.select(SavedView)).all() == []
    told = sa.select(Event.name).where(Event.name.contains("view_")).order_by(Event.seq)
    names = db.session.scalars(told).all()
    assert names == ["escalations.view_saved"] * 2 + ["escalations.view_dropped"]


def test_a_view_needs_a_name_and_ones_own_team(browse, cast, db, now):
    plant = team(db, cast, "Plant", "carl")
    answer = browse("erik").post("/escalations/views", {"name": " ", "severity": "E1", "team": ""})
    assert answer.status_code == 422
    assert "Give the view a name" in text_of(answer)
    assert 'value="E1"' in text_of(answer)
    shared = browse("erik").post("/escalations/views", {"name": "x", "team": str(plant.id)})
    assert shared.status_code == 422


# ---- teams and levels


def test_cases_by_team_and_level(browse, cast, db, now):
    plant = team(db, cast)
    one, two = declared(cast, now), declared(cast, now, demand="Other")
    one.team_id, one.level = plant.id, Level.L3
    two.owner_id = None
    db.session.commit()
    text = browse("erik").text("/escalations/teams")
    assert "Plant" in text
    assert f"team={plant.id}&amp;level=L3" in text
    listed = browse("erik").text(f"/escalations/?team={plant.id}&level=L3")
    assert one.reference in listed
    assert two.reference not in listed
    assert "Plant" not in browse("otto").text("/escalations/teams")


def test_many_open_cases_are_counted_once_a_minute(cast, db, now, monkeypatch):
    """… and anew as soon as one of them is restricted."""
    monkeypatch.setattr(views, "MANY", 1)
    monkeypatch.setattr(views, "_COUNTED", {})
    hidden, _open = declared(cast, now), declared(cast, now, demand="Other")
    db.session.commit()
    first = queries.by_team(cast.lena, now=now)
    declared(cast, now, demand="A third")
    soon = now + timedelta(seconds=59)
    assert first.total == 2
    assert queries.by_team(cast.lena, now=soon) is first
    assert queries.by_team(cast.lena, now=now + timedelta(seconds=60)).total == 3
    actions.restrict(hidden, keep=[], reason="A person is concerned", by=cast.erik, now=now)
    assert queries.by_team(cast.lena, now=now + timedelta(seconds=61)).total == 2


# ---- many at once


def bulk(browser, cases, **more):
    return browser.post("/escalations/bulk", {"ref": [one.reference for one in cases], **more})


def test_many_cases_are_given_to_one_person_and_back(browse, cast, db, now, run_jobs):
    cases = [declared(cast, now), declared(cast, now, demand="Other")]
    db.session.commit()
    erik = browse("erik")
    asked = bulk(erik, cases)
    assert "Change 2 cases" in text_of(asked)
    given = {"kind": "assign", "owner": str(cast.ids["clara"]), "why": "Erik is on leave"}
    assert bulk(erik, cases, **given).status_code == 303
    db.session.expire_all()
    assert {one.owner_id for one in cases} == {cast.ids["clara"]}
    assert all(one.transfers == 1 for one in cases)
    hers = browse("clara").text(f"/escalations/{cases[0].reference}")
    assert "Handed over as one of 2 cases" not in hers  # she reads French
    run_jobs()
    mails = sa.select(Notification.state).filter_by(template="escalations/handed_over")
    assert set(db.session.scalars(mails)) == {MailState.WAITING}
    change = db.session.scalars(sa.select(BulkChange)).one()
    assert f"/bulk/{change.id}/undo" in erik.text("/escalations/")
    assert browse("carl").post(f"/escalations/bulk/{change.id}/undo").status_code == 404
    assert erik.post(f"/escalations/bulk/{change.id}/undo").status_code == 303
    db.session.expire_all()
    assert {one.owner_id for one in cases} == {cast.ids["erik"]}
    assert all(one.transfers == 0 for one in cases)
    assert db.session.scalars(sa.select(Transfer)).all() == []
    assert set(db.session.scalars(mails)) == {MailState.WITHDRAWN}
    assert browse("clara").get(f"/escalations/{cases[0].reference}").status_code == 404
    owners = sa.select(Relation.person_id).filter_by(
        record_ref=cases[0].reference, kind=RelationKind.OWNER
    )
    assert db.session.scalars(owners).all() == [cast.ids["erik"]]
    assert "undo" not in erik.text("/escalations/")
    assert erik.post(f"/escalations/bulk/{change.id}/undo").status_code == 409


def test_undo_gives_the_tasks_back_that_went_along(cast, db, now):
    case = declared(cast, now)
    erik, clara = cast.ids["erik"], cast.ids["clara"]
    given = {"by": cast.erik, "now": now}
    mine, done, others = (
        actions.add_task(case, "Call", owner_id=one, **given) for one in (erik, erik, clara)
    )
    change = actions.change_many([case], BulkKind.ASSIGN, clara, why="Leave", **given)
    db.session.refresh(mine)
    assert mine.owner_id == clara
    actions.finish_task(case, done, by=cast.clara, now=now)
    assert actions.undo(change, [case], **given) == 1
    for task, owner in ((mine, erik), (done, clara), (others, clara)):
        db.session.refresh(task)
        assert task.owner_id == owner


def test_undo_leaves_what_somebody_changed_since(browse, cast, db, now):
    cases = [declared(cast, now), declared(cast, now, demand="Other")]
    db.session.commit()
    erik = browse("erik")
    assert bulk(erik, cases, kind="tag", tag=" Line 7 ").status_code == 303
    actions.set_trend(cases[0], Trend.DECLINING, by=cast.carl, now=now)
    db.session.commit()
    change = db.session.scalars(sa.select(BulkChange)).one()
    assert erik.post(f"/escalations/bulk/{change.id}/undo").status_code == 303
    db.session.expire_all()
    assert [one.tags for one in cases] == [["line 7"], []]


def test_after_a_minute_nothing_is_undone(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    assert bulk(browse("erik"), [case], kind="trend", trend="improving").status_code == 303
    change = db.session.scalars(sa.select(BulkChange)).one()
    with clock.moved(now + timedelta(seconds=90)):
        answer = browse("erik").post(f"/escalations/bulk/{change.id}/undo")
    assert answer.status_code == 409
    assert "A minute has passed" in text_of(answer)
    db.session.expire_all()
    assert case.trend is Trend.IMPROVING


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "assign", "owner": "", "why": "x"}, "assign it first"),
        ({"kind": "tag", "tag": " "}, "between 1 and 40"),
        ({"kind": "team", "team": "", "why": "x"}, "Nothing changes"),
    ],
)
def test_one_refusal_refuses_all(browse, cast, db, now, given, says):
    cases = [declared(cast, now), declared(cast, now, demand="Other")]
    db.session.commit()
    answer = bulk(browse("erik"), cases, **given)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert cases[0].reference in text_of(answer)
    assert db.session.scalars(sa.select(BulkChange)).all() == []


def test_an_ended_case_refuses_and_none_is_changed(browse, cast, db, now):
    cases = [declared(cast, now), declared(cast, now, demand="Other")]
    actions.void(cases[1], reason="a test", by=cast.erik, now=now)
    db.session.commit()
    answer = bulk(browse("erik"), cases, kind="tag", tag="x")
    assert f"{cases[1].reference}: The case is not open" in text_of(answer)
    assert [one.tags for one in db.session.scalars(sa.select(Escalation))] == [[], []]


def test_nobody_changes_what_they_do_not_see(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    assert bulk(browse("otto"), [case], kind="tag", tag="x").status_code == 404
    assert bulk(browse("ava"), [case], kind="tag", tag="x").status_code == 403
    assert "No case is chosen" in text_of(bulk(browse("erik"), []))
    with pytest.raises(NotFound):
        queries.chosen(cast.otto, [case.reference], now=now)
