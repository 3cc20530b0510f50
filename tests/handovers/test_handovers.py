"""Leaving and moving: all that somebody owns goes to others, record by record, nothing unseen."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Promise, PromiseKind
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth.models import Team, User
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations.models import Task
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.handovers import actions, jobs, queries, rules
from portal.blueprints.handovers.models import Belonging, HandoverState
from portal.blueprints.notifications.models import Duty, Notification
from portal.core import access, clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

B = Belonging
EVENTS = (
    "accounts.handed_over",
    "accounts.promise_handed",
    "auth.person_switched",
    "escalations.handed_over",
    "escalations.task_given",
    "notifications.duty_handed",
)


def declared(cast, now, account=None, owner="erik"):
    wish = Wish(words="We cancel.", demand="An answer", owner_id=cast.ids[owner])
    return cases.declare(account or cast.acme, wish, by=cast.clara, now=now, reason="test")


def furnish(cast, db, now):
    """Let Carl own one of many things."""
    case = declared(cast, now, owner="carl")
    other = declared(cast, now, account=cast.borealis)
    cases.add_task(other, "Call them", owner_id=cast.ids["carl"], by=cast.erik, now=now)
    db.session.add(
        Promise(
            account_id=cast.acme_id, case_ref=case.reference, kind=PromiseKind.ACTION,
            what="A plan", to_whom="COO", by_id=cast.ids["carl"], made_at=now,
            due_at=now + timedelta(days=3),
        )
    )  # fmt: skip
    team = Team(name="Owls", lead_id=cast.ids["carl"])
    db.session.add(team)
    db.session.flush()
    begins, ends = now + timedelta(days=1), now + timedelta(days=2)
    person = cast.ids["carl"]
    db.session.add(Duty(team_id=team.id, person_id=person, starts_at=begins, ends_at=ends))
    cast.user("clara").substitute_id = cast.ids["carl"]
    db.session.flush()
    return case, other


def plan(cast, now, *, heirs=None, **more):
    kinds = [one.kind for one in queries.owned(cast.ids["carl"], now=now)]
    chosen = {kind: cast.ids["clara"] for kind in kinds if kind in rules.HANDED}
    given = {"summary": "All is in the timeline.", "begins_at": now, "ends_access": True}
    return actions.plan(
        cast.ids["carl"], heirs=chosen | (heirs or {}), by=cast.adam, now=now, **(given | more)
    )


def test_all_kinds_have_words_and_hands():
    assert all(rules.word(kind) for kind in B)
    assert set(actions.GIVE) == set(rules.HANDED)
    assert all(rules.settled_by(kind) for kind in rules.LEFT_TO_OTHERS)


def test_all_they_own_goes_over_each_with_its_event(cast, db, now, run_jobs):
    case, _other = furnish(cast, db, now)
    found = {one.kind: one.count for one in queries.owned(cast.ids["carl"], now=now)}
    assert set(found) == {B.ACCOUNT, B.CASE, B.TASK, B.PROMISE, B.DUTY, B.TEAM, B.SUBSTITUTE}
    row = plan(cast, now, heirs={B.SUBSTITUTE: cast.ids["erik"], B.CASE: cast.ids["erik"]})
    run_jobs()
    db.session.expire_all()
    assert queries.owned(cast.ids["carl"], now=now) == []
    assert row.state is HandoverState.DONE
    assert not cast.user("carl").active
    assert case.owner_id == cast.ids["erik"]
    assert db.session.scalar(sa.select(Task.owner_id)) == cast.ids["clara"]
    assert cast.acme.owner_id == cast.ids["clara"]
    assert cast.user("clara").substitute_id == cast.ids["erik"]
    names = list(
        db.session.scalars(
            sa.select(Event.name).order_by(Event.seq).where(Event.behalf_id == cast.adam.id)
        )
    )
    for one in EVENTS:
        assert names.count(one) == 1, one
    assert names.count("auth.successor_set") == 2


def test_from_a_day_on(cast, db, now, run_jobs):
    furnish(cast, db, now)
    row = plan(cast, now, begins_at=now + timedelta(days=3), ends_access=False)
    jobs.begin_due(now.isoformat())
    run_jobs()
    assert cast.acme.owner_id == cast.ids["carl"]
    with pytest.raises(Refused, match="already"):
        plan(cast, now)
    later = now + timedelta(days=3)
    with clock.moved(later):
        jobs.begin_due(later.isoformat())
        jobs.begin_due(later.isoformat())
        run_jobs()
    db.session.refresh(row)
    db.session.expire_all()
    assert (row.state, cast.acme.owner_id) == (HandoverState.DONE, cast.ids["clara"])
    assert cast.user("carl").active
    handed = sa.select(sa.func.count()).where(Event.name == "accounts.handed_over")
    assert db.session.scalar(handed) == 1


def test_a_hand_over_is_called_off(cast, db, now, run_jobs):
    furnish(cast, db, now)
    row = plan(cast, now, begins_at=now + timedelta(days=3))
    actions.cancel(row, by=cast.adam, now=now)
    with clock.moved(now + timedelta(days=4)):
        jobs.begin_due(clock.now().isoformat())
        run_jobs()
    assert cast.acme.owner_id == cast.ids["carl"]
    with pytest.raises(Refused):
        actions.cancel(row, by=cast.adam, now=now)


def test_what_may_not_change_hands_stays_with_its_reason(cast, db, now, run_jobs):
    case, _other = furnish(cast, db, now)
    cases.restrict(case, keep=[], reason="A name.", by=cast.erik, now=now)
    heirs = {B.CASE: cast.ids["sam"], B.SUBSTITUTE: cast.ids["erik"]}
    row = plan(cast, now, heirs=heirs)
    run_jobs()
    db.session.refresh(row)
    assert case.owner_id == cast.ids["carl"]
    kept = row.progress[B.CASE.value]
    assert kept["refused"] == 1
    assert kept["stays"][0].startswith("Restricted: ")
    assert case.reference not in kept["stays"][0]
    assert queries.orphans(now=now) == {cast.ids["carl"]: 1}


def test_who_is_switched_off_by_hand_is_pointed_out(cast, db, now, run_jobs):
    furnish(cast, db, now)
    auth_actions.set_active(cast.user("carl"), active=False, by=cast.adam, now=now)
    run_jobs()
    told = sa.select(Notification).filter_by(template="handovers/left_behind")
    assert [row.person_id for row in db.session.scalars(told)] == [
        cast.ids["adam"],
        cast.ids["alma"],
    ]
    assert queries.orphans(now=now)[cast.ids["carl"]] >= 6


@pytest.mark.parametrize(
    "more",
    [
        {"summary": " "},
        {"heirs": {B.CASE: "carl"}},
        {"heirs": {B.CASE: "sam"}},
    ],
)
def test_plans_that_cannot_be(cast, db, now, more):
    furnish(cast, db, now)
    cast.user("sam").active = False
    if "heirs" in more:
        more = {"heirs": {kind: cast.ids[name] for kind, name in more["heirs"].items()}}
    with pytest.raises(Refused):
        plan(cast, now, **more)


@ON_SQLITE_ALONE
def test_many_accounts_go_in_batches_and_resume(cast, db, now, run_jobs, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 5)
    rows = [
        {"reference": f"ACC-9{i:04d}", "name": f"Many {i}", "name_key": f"many {i}",
         "external_id": f"m{i}", "owner_id": cast.ids["carl"], "currency": "EUR"}
        for i in range(12)
    ]  # fmt: skip
    db.session.add_all(Account(**row) for row in rows)
    db.session.flush()
    row = plan(cast, now, ends_access=False)
    assert actions.carry_on(row, by=access.job("handover"), now=now)
    db.session.commit()  # and the worker is gone
    assert row.progress[B.ACCOUNT.value]["handed"] == 5
    run_jobs()
    db.session.refresh(row)
    assert row.progress[B.ACCOUNT.value]["handed"] == 13
    assert queries.owned(cast.ids["carl"], now=now) == []


def test_the_pages(browse, cast, db, now, run_jobs):
    case, _other = furnish(cast, db, now)
    db.session.commit()
    adam = browse("adam")
    page = f"/admin/people/{cast.ids['carl']}/handover"
    text = adam.text(page)
    assert case.reference in text
    assert case.title not in text, "administrators read no content"
    assert browse("erik").get(page).status_code == 403
    form = {"everything": cast.ids["clara"], "to_substitute": cast.ids["erik"]}
    form |= {"summary": "See the timeline.", "ends_access": "y"}
    assert adam.post(page, {**form, "summary": ""}).status_code == 422
    assert adam.post(page, form).status_code == 303
    run_jobs()
    assert "owns nothing" in adam.text(page)
    assert "Nobody who left" in adam.text("/admin/handovers/")
    assert not db.session.get(User, cast.ids["carl"]).active


@ON_SQLITE_ALONE
def test_programs_hand_over_too(cast, db, now, browse, run_jobs):
    case, _other = furnish(cast, db, now)
    db.session.commit()
    scopes = [Permission.PEOPLE_READ, Permission.PEOPLE_MANAGE]
    send = caller(browse, cast, db, now, at="/api/v1/handovers/", scopes=scopes)("adam")
    who = "carl@halden.example"
    found = send("GET", f"owned?person={who}").json["items"]
    assert {one["kind"]: one["first"] for one in found}["case"] == [case.reference]
    given = {"person": who, "heirs": [{"kind": "case", "to": "erik@halden.example"}]}
    given |= {"summary": "All is in the timeline."}
    wrong = given | {"heirs": [{"kind": "case", "to": "nobody@halden.example"}]}
    assert send("POST", "", wrong).json["errors"][0]["field"] == "heirs"
    planned = send("POST", "", given | {"begins_at": "2026-06-20T08:00:00Z"}).json
    assert send("POST", f"{planned['id']}/cancel").json["state"] == "cancelled"
    made = send("POST", "", given)
    assert made.status_code == 201
    run_jobs()
    done = send("GET", str(made.json["id"])).json
    assert (done["state"], done["heirs"][0]["handed"]) == ("done", 1)
    assert send("GET", "left").json["items"] == []
    assert case.owner_id == cast.ids["erik"]
