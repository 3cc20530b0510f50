"""A team that has a past ends: what hangs on it goes to another one, and its past stays."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.blueprints.auth import actions, queries
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations.models import Escalation, State, Transfer
from portal.blueprints.escalations.queries import Wish, people_joining, team_choices
from portal.blueprints.escalations.queries.nights import _watched
from portal.blueprints.escalations.queries.people import _team as meant
from portal.blueprints.notifications.models import Duty, Notification
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import Joiner
from portal.blueprints.rounds import actions as rounds
from portal.blueprints.rounds.models import Round
from portal.blueprints.teams import actions as teams
from portal.blueprints.teams import jobs
from portal.blueprints.teams import queries as team_queries
from portal.cli import portal
from portal.core import access, clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.events import Event
from tests.cast import SYSTEM
from tests.concessions.test_races import at_once
from tests.escalations.calls import caller


@pytest.fixture
def pair(cast, db, now):
    """Two teams: one that has two open cases, a question, a shift, and that rules name; another."""
    given = {"by": SYSTEM, "now": now}
    old = actions.add_team(
        name="Escalations", lead_id=cast.ids["erik"], members=[cast.ids["carl"]], **given
    )
    new = actions.add_team(name="Day desk", members=[cast.ids["clara"]], **given)
    for account in (cast.acme, cast.borealis):
        wish = Wish(words="We cancel.", demand="An answer", owner_id=cast.ids["erik"])
        case = cases.declare(account, wish, by=cast.clara, now=now, reason="test")
        assert case.team_id == old.id, "the shipped rules name it"
    rounds.open_round(case, "When?", team_id=old.id, times=(600,), zone="UTC", workdays=False,
                      within=60, by=cast.erik, now=now)  # fmt: skip
    at = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    db.session.add(Duty(team_id=old.id, person_id=cast.ids["sam"], **at))
    db.session.commit()
    return old, new


def held(db, team_id):
    query = sa.select(Escalation.reference).filter_by(team_id=team_id)
    return sorted(db.session.scalars(query))


def test_all_that_hangs_on_a_team_goes_on(browse, cast, db, now, pair, run_jobs):
    old, new = pair
    here, adam = f"/admin/teams/{old.id}", browse("adam")
    shown = adam.text(f"{here}/retire")
    for said in ("Rules of routing", "1 turn of 1 people", "choose who comes after it"):
        assert said in shown
    assert adam.post(f"{here}/retire", {"successor": ""}).status_code == 422
    assert adam.post(f"{here}/retire", {"successor": str(old.id)}).status_code == 422
    both = held(db, old.id)
    assert len(both) == 2
    assert adam.post(f"{here}/retire", {"successor": str(new.id)}).status_code == 303
    run_jobs()
    assert (held(db, old.id), held(db, new.id)) == ([], both)
    moved = (
        sa.select(Event.record_ref)
        .order_by(Event.seq)
        .where(Event.name == "escalations.handed_over", Event.actor_name == "retired team")
    )
    assert sorted(db.session.scalars(moved)) == both
    assert db.session.scalars(sa.select(Round.team_id)).all() == [new.id]
    assert db.session.scalars(sa.select(Duty.ends_at)).all() == [now], "what was stays"
    opened = {
        one.record_ref
        for one in db.session.scalars(sa.select(access.Relation).filter_by(team_id=new.id))
    }
    assert set(both) <= opened
    told = sa.select(Notification.person_id, Notification.why).filter_by(template="teams/retired")
    assert {tuple(one) for one in db.session.execute(told)} == {
        (cast.ids["erik"], "owner"), (cast.ids["carl"], "team"), (cast.ids["clara"], "team"),
        (cast.ids["sam"], "duty_over"),
    }  # fmt: skip
    jobs.settle(old.id)
    other = sa.select(Notification.id).filter_by(template="escalations/handed_over")
    assert (len(db.session.execute(told).all()), db.session.scalars(other).all()) == (4, [])
    assert "retired" in adam.text("/admin/teams/")
    page = adam.text(here)
    assert "(retired)" in page
    assert "Put somebody in" not in page
    assert [name for _id, name in team_choices()] == ["Day desk"]
    case = db.session.scalar(sa.select(Escalation).filter_by(reference=both[0]))
    case.executive_owner_id = cast.ids["ava"]
    db.session.commit()
    page = browse("erik").text(f"/escalations/{both[0]}")
    assert "The team “Escalations” is retired" in page
    assert f"Executive owner {cast.ava.name}; Day desk" in page
    filters = browse("erik").get("/escalations/?state=all").text
    assert f'<option value="{old.id}"' not in filters
    assert "(retired)" in browse("erik").get(f"/escalations/?team={old.id}").text
    assert browse("erik").text("/notifications/duty/").count("Day desk") == 1


def test_policies_mean_who_came_after_it(cast, db, now, pair):
    old, new = pair
    join = Joiner(team="escalations", severity_at_least="E4", does="Helps")
    case = db.session.scalars(sa.select(Escalation)).first()
    assert people_joining(case, [join], now=now)[0][1] == [cast.ids["carl"]]
    teams.retire(old, successor_id=new.id, by=cast.adam, now=now)
    assert meant("escalations") is new
    assert people_joining(case, [join], now=now)[0][1] == [cast.ids["clara"]]
    said = [one.text for one in policies.gaps(PolicyKind.ROUTING)]
    assert set(_watched()) == {new.id}, "whose nights are looked after"
    assert any("“Escalations” is retired, “Day desk” stands for it" in one for one in said)
    third = actions.add_team(name="Third", by=SYSTEM, now=now)
    assert team_queries.hanging(new, now=now).stands_for == ("Escalations",)
    with pytest.raises(Refused, match="choose who comes after"):
        teams.retire(new, successor_id=None, by=cast.adam, now=now)
    teams.retire(new, successor_id=third.id, by=cast.adam, now=now)
    assert meant("escalations") is third, "never a chain"
    actions.bring_team_back(old, by=cast.adam, now=now)
    assert meant("escalations") is old


def test_nothing_new_is_given_to_a_retired_team(cast, db, now, pair, run_jobs):
    old, new = pair
    teams.retire(old, successor_id=new.id, by=cast.adam, now=now)
    run_jobs()
    case = db.session.scalars(sa.select(Escalation)).first()
    every = {"by": cast.erik, "now": now}
    admin = {"by": cast.adam, "now": now}
    for tried in (
        lambda: cases.hand_over(case, team_id=old.id, why="w", summary="s", **every),
        lambda: rounds.change_whom(
            db.session.scalars(sa.select(Round)).one(), person_id=None, team_id=old.id, **every
        ),
        lambda: actions.add_to_team(old, [cast.ids["fina"]], **admin),
        lambda: actions.change_team(old, name="X", region="", lead_id=None, **admin),
        lambda: actions.add_team(name="ESCALATIONS", **admin),
        lambda: actions.retire_team(old, successor_id=new.id, **admin),
        lambda: actions.retire_team(new, successor_id=old.id, **admin),
        lambda: actions.bring_team_back(new, **admin),
    ):
        with pytest.raises(Refused):
            tried()
    actions.take_from_team(old, cast.ids["carl"], **admin)
    assert queries.team_members(old.id) == []
    mine = actions.add_team(name="Mine", members=[cast.ids["adam"]], by=SYSTEM, now=now)
    with pytest.raises(Refused, match="gives cases to themselves"):
        teams.retire(new, successor_id=mine.id, by=cast.adam, now=now)


def test_what_comes_late_goes_on_too(cast, db, now, pair, run_jobs, monkeypatch):
    """The job is cut after each case and begins again; a case that is opened again follows."""
    old, new = pair
    monkeypatch.setattr(teams, "LOT", 1)
    late = db.session.scalars(sa.select(Escalation)).first()
    late.state, late.closed_at = State.CLOSED, now
    teams.retire(old, successor_id=new.id, by=cast.adam, now=now)
    assert teams.pass_on(old.id, asked_by=None, now=now), "cut here"
    db.session.commit()
    run_jobs()
    assert held(db, old.id) == [late.reference], "what is over stays"
    assert db.session.scalar(sa.select(sa.func.count(Transfer.id)).filter_by(by_id=None)) == 1
    assert team_queries.unsettled() == []
    late.state, late.closed_at, late.owner_id = State.STABILISING, None, None
    db.session.commit()
    assert team_queries.unsettled() == [old.id]
    jobs.follow({"record_ref": late.reference, "uid": "x"})
    run_jobs()
    assert held(db, old.id) == []
    assert db.session.scalar(sa.select(sa.func.count(Transfer.id)).filter_by(by_id=None)) == 1
    told = (
        sa.select(Event.data)
        .order_by(Event.seq)
        .filter_by(name="escalations.handed_over", actor_name="retired team")
    )
    assert {"from": None, "to": None, "from_team": old.id, "team": new.id} in list(
        db.session.scalars(told)
    ), "a case without an owner goes on, too"
    actions.bring_team_back(old, by=cast.adam, now=now)
    assert not teams.pass_on(old.id, asked_by=None, now=now), "a job that is late does nothing"


def test_two_at_once_retire_it_once(app, cast, db, now, pair):
    old, new = (one.id for one in pair)

    def end():
        row = queries.get_team(old)
        teams.retire(row, successor_id=new, by=SYSTEM, now=now)

    assert at_once(app, now, [end, end]) == ["Refused", "done"]


def test_ending_a_team_for_programs(app, browse, cast, db, now, pair, tmp_path):
    old, new = pair
    scopes = (Permission.PEOPLE_READ, Permission.PEOPLE_MANAGE)
    make = caller(browse, cast, db, now, at="/api/v1/teams/", scopes=scopes)
    send, here = make("adam"), f"{old.id}/retire"
    hangs = make("aldo")("GET", f"{old.id}/hanging").json
    assert (hangs["cases"], hangs["turns"], hangs["needs_successor"]) == (2, 1, True)
    read = send("GET", str(old.id)).headers["ETag"]
    assert send("POST", here, {}).status_code == 409
    assert send("POST", here, {"successor": 999}).status_code == 409
    assert send("PATCH", str(old.id), {"region": "EMEA"}).status_code == 200
    stale = send("POST", here, {"successor": new.id}, **{"If-Match": read})
    assert stale.status_code == 412
    for who in ("aldo", "carl", "erik"):
        assert make(who)("POST", here, {"successor": new.id}).status_code in {403, 404}
        assert browse(who).post(f"/admin/teams/{here}", {}).status_code in {403, 404}
    done = send("POST", here, {"successor": new.id})
    assert (done.status_code, done.json["successor"]) == (200, new.id)
    assert send("POST", f"{old.id}/back").json["retired_at"] is None
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

    code, text = run("retire", "escalations", "--dry-run", "--json")
    assert (code, json.loads(text)["retired"], json.loads(text)["cases"]) == (0, False, 2)
    assert run("retire", "escalations")[0] == 1
    assert run("retire", "escalations", "--successor", "Day desk")[0] == 0
    assert "Escalations (retired)" in run("list")[1]
    assert run("back", "escalations")[0] == 0
    assert db.session.scalar(sa.select(Team.retired_at).filter_by(id=old.id)) is None
