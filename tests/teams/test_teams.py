"""Teams: made, changed, filled and removed, by page, program and command; and by whom."""

import json
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.blueprints.auth import actions, queries
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations.jobs import FOLLOWS, point_out_gaps
from portal.blueprints.notifications import actions as notifications
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import PolicyKind
from portal.cli import portal
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.events import Event
from tests.cast import SYSTEM
from tests.concessions.test_races import at_once
from tests.escalations.calls import caller

NIGHT = {"weekdays": range(7), "begin": time(20), "end": time(8)}


@pytest.fixture
def team(cast, db, now):
    made = actions.add_team(
        name="Night desk", lead_id=cast.ids["erik"], members=[cast.ids["carl"]], by=SYSTEM, now=now
    )
    db.session.commit()
    return made


def events(db):
    query = sa.select(Event).where(Event.name.like("auth.team%")).order_by(Event.seq)
    return [(one.name, one.data) for one in db.session.scalars(query)]


def on_duty(cast, team, who, now, *, days=3):
    last = date(2026, 6, 17) + timedelta(days=days - 1)
    notifications.plan_duty(
        team, cast.ids[who], first=date(2026, 6, 17), last=last, by=cast.erik, now=now, **NIGHT
    )


def test_from_no_team_to_a_roster_in_the_browser(browse, cast, db):
    """What a real installation does: the roster leads to the first team, whose lead plans."""
    adam = browse("adam")
    assert 'href="/admin/teams/new"' in adam.text("/notifications/duty/")
    assert "/admin/teams/new" not in browse("carl").text("/notifications/duty/")
    assert 'href="/admin/teams/"' in adam.text("/admin/first-steps")
    assert 'href="/admin/teams/"' in adam.text("/admin/")
    wish = {"name": "  Night   desk ", "region": "EMEA", "lead_id": str(cast.ids["sam"])}
    here = adam.post("/admin/teams/new", wish).headers["Location"]
    adam.post(f"{here}/people", {"person": str(cast.ids["carl"])})
    shown = adam.text(here)
    assert "Night desk" in shown
    assert "carl@halden.example" in shown
    planned = {"person": cast.ids["carl"], "first": "2026-06-20", "last": "2026-06-21"}
    planned |= {"weekdays": ["5", "6"], "begin": "20:00", "end": "08:00"}
    roster = f"/notifications/duty/{here.rpartition('/')[2]}"
    assert browse("sam").post(roster, planned).status_code == 303
    gone = adam.post(f"{here}/people/{cast.ids['carl']}/take", follow_redirects=True)
    assert "2 turns of duty" in gone.text
    assert "Carl Berger, 2 turns" in gone.text
    assert "Nothing was ever done" not in gone.text
    assert adam.post(f"{here}/remove").status_code == 409
    made = db.session.scalars(sa.select(Team)).one()
    carl = [cast.ids["carl"]]
    assert events(db) == [
        ("auth.team_added", {"team": made.id, "lead": cast.ids["sam"], "members": []}),
        ("auth.team_changed", {"team": made.id, "added": carl}),
        ("auth.team_changed", {"team": made.id, "taken": carl}),
    ]


@pytest.mark.parametrize(
    ("name", "region", "field"),
    [
        ("", "", "name"),
        (" \n ", "", "name"),
        ("x" * 500, "", "name"),
        ("NIGHT  desk", "", "name"),
        ("Day desk", "x" * 500, "region"),
    ],
)
def test_names_that_are_none(browse, cast, db, now, team, name, region, field):
    with pytest.raises(Refused) as refused:
        actions.add_team(name=name, region=region, by=SYSTEM, now=now)
    assert refused.value.field == field
    answer = browse("adam").post("/admin/teams/new", {"name": name, "region": region})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Team)) == 1


def test_who_cannot_be_put_into_a_team(browse, cast, db, now, team):
    away = cast.user("sam")
    away.active = False
    db.session.commit()
    for someone in (away.id, 999_999, cast.ids["adam"]):
        with pytest.raises(Refused):
            actions.add_to_team(team, [cast.ids["fina"], someone], by=cast.adam, now=now)
        with pytest.raises(Refused):
            actions.add_team(name="Day desk", lead_id=someone, by=cast.adam, now=now)
        sent = {"person": str(someone)}
        assert browse("adam").post(f"/admin/teams/{team.id}/people", sent).status_code == 422
    assert queries.team_members(team.id) == [cast.ids["carl"]]
    with pytest.raises(Refused, match="not in the team"):
        actions.take_from_team(team, cast.ids["fina"], by=cast.adam, now=now)
    assert actions.add_to_team(team, [cast.ids["carl"]], by=cast.adam, now=now) == []
    cast.user("carl").active = cast.user("erik").active = False
    db.session.commit()
    shown = browse("aldo").text(f"/admin/teams/{team.id}")
    assert "carl@halden.example" in shown, "who left stays to be seen"
    form = {"name": "Night desk", "region": "APAC", "lead_id": str(cast.ids["erik"])}
    form["version"] = str(team.version)
    assert browse("adam").post(f"/admin/teams/{team.id}", form).status_code == 303, "may stay"


def test_a_rename_that_policies_do_not_follow_is_pointed_out(cast, db, now):
    """The shipped routing names the team “escalations”, in whatever case."""
    made = actions.add_team(name="Escalations", members=[cast.ids["erik"]], by=SYSTEM, now=now)

    def told():
        return any("“escalations”" in one.text for one in policies.gaps(PolicyKind.ROUTING))

    assert not told()
    actions.change_team(made, name="Board", region="", lead_id=None, by=SYSTEM, now=now)
    assert told()
    assert FOLLOWS["auth.team_changed"] is FOLLOWS["auth.team_removed"] is point_out_gaps


def test_two_at_once_make_one_team_and_put_somebody_in_once(app, cast, db, now, team):
    def make():
        actions.add_team(name="Day desk", by=SYSTEM, now=now)

    here = team.id

    def put():
        actions.add_to_team(queries.get_team(here), [cast.ids["fina"]], by=SYSTEM, now=now)

    assert at_once(app, now, [make, make]) == ["Refused", "done"]
    assert at_once(app, now, [put, put]) == ["done", "done"]
    assert sorted(queries.team_members(here)) == sorted([cast.ids["carl"], cast.ids["fina"]])


def test_who_renames_a_team_second_sees_both_names(browse, cast, db, team):
    here, version = f"/admin/teams/{team.id}", str(team.version)
    form = {"region": "", "lead_id": str(cast.ids["erik"]), "version": version}
    assert browse("adam").post(here, form | {"name": "Owls"}).status_code == 303
    late = browse("alma").post(here, form | {"name": "Bats"})
    assert late.status_code == 409
    assert "Owls" in late.text
    assert "Bats" in late.text
    db.session.refresh(team)
    assert team.name == "Owls"
    again = form | {"name": "Bats", "version": str(team.version)}
    assert browse("alma").post(here, again).status_code == 303
    del form["version"]
    assert browse("alma").post(here, form | {"name": "Rats"}).status_code == 409


def test_nothing_happens_where_nothing_changes(cast, db, now, team):
    before = events(db)
    actions.change_team(
        team, name="Night desk", region="", lead_id=cast.ids["erik"], by=cast.adam, now=now
    )
    assert events(db) == before
    actions.change_team(team, name="NIGHT DESK", region="", lead_id=None, by=cast.adam, now=now)
    assert (team.name, team.lead_id) == ("NIGHT DESK", None)
    actions.remove_team(team, by=cast.adam, now=now)
    db.session.commit()
    assert [name for name, _data in events(db)[-2:]] == ["auth.team_changed", "auth.team_removed"]
    assert queries.teams() == []


def test_teams_for_programs(browse, cast, db, now, team):
    scopes = (Permission.PEOPLE_READ, Permission.PEOPLE_MANAGE)
    make = caller(browse, cast, db, now, at="/api/v1/teams/", scopes=scopes)
    send = make("adam")
    wish = {"name": "Day desk", "lead": "sam@halden.example", "members": ["carl@halden.example"]}
    made = send("POST", "", wish, **{"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    assert send("POST", "", wish, **{"Idempotency-Key": "one"}).json == made.json
    here = str(made.json["id"])
    on_duty(cast, queries.get_team(made.json["id"]), "carl", now)
    db.session.commit()
    moved = send("PATCH", here, {"lead": None, "add": ["fina@halden.example"],
                                 "take": ["carl@halden.example"]})  # fmt: skip
    assert moved.status_code == 200, moved.text
    assert moved.json["lead"] is None
    assert moved.json["members"] == ["fina@halden.example"]
    assert [one["turns"] for one in moved.json["outside"]] == [3]
    assert [one["name"] for one in send("GET", "").json["items"]] == ["Day desk", "Night desk"]
    read = send("GET", here).headers["ETag"]
    assert send("PATCH", here, {"region": "EMEA"}, **{"If-Match": read}).status_code == 200
    for method in ("PATCH", "DELETE"):
        stale = send(method, here, {"region": "APAC"}, **{"If-Match": read})
        assert stale.status_code == 412, "somebody changed it meanwhile"
    assert send("GET", here).json["region"] == "EMEA"
    for body, status in (
        ({"name": ""}, 422),
        ({"name": "x" * 500}, 422),
        ({"name": "night DESK"}, 409),
        ({"add": ["nobody@halden.example"]}, 409),
        ({"add": ["fina@halden.example"], "take": ["nobody@halden.example"]}, 409),
        ({"add": ["adam@halden.example"]}, 409),
    ):
        assert send("PATCH", here, body).status_code == status, body
    assert send("DELETE", here).status_code == 409
    assert send("DELETE", str(team.id)).json["name"] == "Night desk"
    assert make("aldo")("GET", here).json["members"] == ["fina@halden.example"]
    assert make("aldo")("POST", "", wish).status_code in {403, 404}
    assert make("carl")("GET", here).status_code in {403, 404}


def test_teams_by_command(app, cast, db, now, team, tmp_path):
    env = {
        "DATABASE_URL": app.config["PORTAL"].database_url,
        "PORTAL_SECRET_KEY": app.config["PORTAL"].secret_key,
        "PORTAL_INSTANCE": str(tmp_path / "instance"),
    }

    def run(*words):
        with clock.moved(now):
            said = CliRunner().invoke(portal, ["team", *words], obj=lambda *_a, **_k: app, env=env)
        db.session.rollback()
        return said.exit_code, said.output

    on_duty(cast, team, "carl", now)
    db.session.commit()
    code, text = run("add", "Day desk", "--lead", "erik@halden.example", "--member",
                     "sam@halden.example", "--member", "carl@halden.example")  # fmt: skip
    assert (code, "“Day desk”" in text) == (0, True), text
    code, text = run("member", "night  DESK", "--add", "sam@halden.example", "--take",
                     "carl@halden.example")  # fmt: skip
    assert code == 0, text
    assert "1 put in, 1 taken out" in text
    assert "Carl Berger is not in it and has turns of duty for it: 3." in text
    listed = json.loads(run("list", "--json")[1])["teams"]
    assert [one["members"] for one in listed] == [
        ["carl@halden.example", "sam@halden.example"],
        ["sam@halden.example"],
    ]
    assert "Day desk: led by erik@halden.example" in run("list")[1]
    for words in (
        ("add", "Day desk"),
        ("add", " "),
        ("add", "x" * 500),
        ("add", "Other", "--lead", "nobody@halden.example"),
        ("member", "No such team", "--add", "sam@halden.example"),
        ("member", "Day desk", "--add", "fina@halden.example", "--take", "nobody@halden.example"),
    ):
        assert run(*words)[0] == 1, words
    assert json.loads(run("list", "--json")[1])["teams"] == listed
