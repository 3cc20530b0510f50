"""Tasks of a case, and who was told what."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Lane, TimelineEntry
from portal.blueprints.escalations import actions, jobs, queries
from portal.blueprints.escalations.models import Stakeholder, Stance, State, Task, Telling
from portal.blueprints.notifications.models import Notification
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import declared


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now)
    db.session.commit()
    return row


def task(case, cast, now, name="kim", **more):
    given = {"owner_id": cast.ids[name], "due_at": now + timedelta(hours=3)} | more
    return actions.add_task(case, "Ask the plant", by=cast.erik, now=now, **given)


def test_a_task_lets_its_owner_see_the_case_and_stands_on_their_day(browse, cast, db, now, case):
    assert not queries.sees_case(case, cast.kim, now=now)
    task(case, cast, now)
    db.session.commit()
    kim = browse("kim")
    assert "Ask the plant" in kim.text("/")
    assert "Ask the plant" in kim.text(f"/escalations/{case.reference}")
    assert "Ask the plant" not in browse("erik").text("/")


def test_its_owner_finishes_it_without_working_on_the_case(browse, cast, db, now, case):
    row = task(case, cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}/tasks/{row.id}"
    kim = browse("kim")
    assert kim.post(f"{where}/done").status_code == 303
    db.session.refresh(row)
    assert row.done_at == now
    assert "Ask the plant" not in kim.text("/")
    assert browse("erik").post(f"{where}/done").status_code == 409


def test_a_late_task_is_late_on_the_day(browse, cast, db, now, case):
    row = task(case, cast, now)
    row.due_at = now - timedelta(hours=1)
    db.session.commit()
    assert "One thing is late" in browse("kim").text("/")


def test_a_task_is_dropped_with_a_reason(browse, cast, db, now, case):
    row = task(case, cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}/tasks/{row.id}/drop"
    assert erik.post(where, {"reason": " "}).status_code == 422
    assert erik.post(where, {"reason": "They answered."}).status_code == 303
    db.session.refresh(row)
    assert (row.dropped_at, row.dropped_because) == (now, "They answered.")
    assert "They answered." in erik.text(f"/escalations/{case.reference}")


def test_a_task_changes_hands_and_its_next_owner_is_told(browse, cast, db, now, case, run_jobs):
    row = task(case, cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}/tasks/{row.id}/give"
    assert browse("erik").post(where, {"owner": cast.ids["sam"]}).status_code == 303
    run_jobs()
    db.session.refresh(row)
    assert row.owner_id == cast.ids["sam"]
    assert "something to do for you" in browse("sam").text("/notifications/")


def test_tasks_go_with_the_case_that_is_handed_over(cast, db, now, case):
    mine, other = task(case, cast, now, "erik"), task(case, cast, now, "kim")
    done = task(case, cast, now, "erik")
    actions.finish_task(case, done, by=cast.erik, now=now)
    actions.hand_over(
        case, to_id=cast.ids["carl"], why="Away", summary="All here", by=cast.erik, now=now
    )
    db.session.flush()
    owners = dict(db.session.execute(sa.select(Task.id, Task.owner_id)).all())
    assert owners[mine.id] == cast.ids["carl"]
    assert (owners[other.id], owners[done.id]) == (cast.ids["kim"], cast.ids["erik"])


@pytest.mark.parametrize(
    ("more", "says"),
    [({"name": "adam"}, "cannot read cases"), ({"due_at": "past"}, "passed already")],
)
def test_a_task_that_cannot_be_is_refused(cast, db, now, case, more, says):
    if more.get("due_at"):
        more = {"due_at": now - timedelta(hours=1)}
    with pytest.raises(Refused, match=says):
        task(case, cast, now, **more)


def test_tasks_belong_to_an_open_case_and_to_their_own(cast, db, now, case):
    row = task(case, cast, now)
    other = declared(cast, now)
    with pytest.raises(NotFound):
        actions.finish_task(other, row, by=cast.erik, now=now)
    case.state = State.CLOSED
    with pytest.raises(Refused, match="open case"):
        task(case, cast, now)
    actions.finish_task(case, row, by=cast.erik, now=now)
    with pytest.raises(Refused, match="settled already"):
        actions.drop_task(case, row, reason="x", by=cast.erik, now=now)


def test_somebody_elses_task_is_not_mine_to_settle(browse, cast, db, now, case):
    row = task(case, cast, now, "erik")
    db.session.commit()
    text = browse("lena").text(f"/escalations/{case.reference}")
    assert f"/tasks/{row.id}/done" not in text
    answer = browse("lena").post(f"/escalations/{case.reference}/tasks/{row.id}/done")
    assert answer.status_code == 409


def test_stakeholders_of_both_sides_and_what_each_was_told(browse, cast, db, now, case):
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    coo = queries.contacts(case)[0].id
    given = {"who": f"c{coo}", "part": "Decides", "stance": "critical", "needs": "A date"}
    assert erik.post(f"{where}/stakeholders", given).status_code == 303
    ours = {"who": f"p{cast.ids['fina']}", "part": "Pays", "stance": "unknown", "needs": ""}
    assert erik.post(f"{where}/stakeholders", ours).status_code == 303
    assert erik.post(f"{where}/stakeholders", ours).status_code == 422
    row = db.session.scalars(sa.select(Stakeholder).filter_by(contact_id=coo)).one()
    told = f"{where}/stakeholders/{row.id}/told"
    assert erik.post(told, {"text": "Patch on Friday"}).status_code == 303
    assert erik.post(told, {"text": "Friday", "at": "2026-06-18T09:00"}).status_code == 422
    text = erik.text(where)
    for word in (
        "Hélène Vasseur",
        "Decides",
        "A date",
        "Patch on Friday",
        "Fina Weiss",
        "Critical",
    ):
        assert word in text
    db.session.refresh(row)
    assert row.heard_at == now
    entry = db.session.scalars(sa.select(TimelineEntry).order_by(TimelineEntry.id.desc())).first()
    assert (entry.lane, "Patch on Friday" in entry.text) == (Lane.CUSTOMER, True)


def test_what_changed_about_a_stakeholder_is_written_down(browse, cast, db, now, case):
    row = actions.add_stakeholder(case, person_id=cast.ids["fina"], by=cast.erik, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}/stakeholders/{row.id}"
    assert erik.get(where).status_code == 200
    changed = {"part": "Pays", "stance": "supportive", "needs": "The sum"}
    assert erik.post(where, changed).status_code == 303
    db.session.refresh(row)
    assert (row.part, row.stance) == ("Pays", Stance.SUPPORTIVE)
    judged = db.session.scalars(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.stakeholder_judged")
    )
    assert judged.one().data["stance"] == "supportive"
    assert erik.post(where + "/remove").status_code == 303
    assert erik.get(where).status_code == 404


def test_telling_moves_no_clock_and_lets_nobody_in(cast, db, now, case):
    before = case.last_contact_at
    row = actions.add_stakeholder(case, person_id=cast.ids["fina"], by=cast.erik, now=now)
    actions.tell(case, row, "Keep 400 free", by=cast.erik, now=now)
    assert case.last_contact_at == before
    assert not queries.sees_case(case, cast.fina, now=now)
    assert db.session.scalar(sa.select(Telling.text)) == "Keep 400 free"
    with pytest.raises(Refused, match="one person"):
        actions.add_stakeholder(case, by=cast.erik, now=now)


def test_tasks_and_stakeholders_cost_the_page_no_statement(
    browse, cast, db, now, case, queries_at_most
):
    for _ in range(20):
        task(case, cast, now)
    row = actions.add_stakeholder(case, person_id=cast.ids["fina"], by=cast.erik, now=now)
    for _ in range(20):
        actions.tell(case, row, "News", by=cast.erik, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    erik.get("/escalations/")
    with queries_at_most(8):
        erik.get(where)


def asked(case, cast, now, **more):
    given = {"reply_by": now + timedelta(hours=2), "substitute_id": cast.ids["sam"], **more}
    return task(case, cast, now, **given)


def told(db, template):
    query = sa.select(Notification.person_id).filter_by(template=f"escalations/{template}")
    return list(db.session.scalars(query.order_by(Notification.id)))


def test_a_request_that_gets_no_reply_goes_to_the_substitute_once(cast, db, now, case):
    row = asked(case, cast, now)
    jobs.chase_replies((now + timedelta(hours=1)).isoformat())
    assert row.chased_at is None
    assert not queries.sees_case(case, cast.sam, now=now)
    with pytest.raises(Refused, match="for who has the task"):
        actions.reply_task(case, row, text="Yes", by=cast.mario, now=now)
    for _twice in range(2):
        jobs.chase_replies((now + timedelta(hours=2)).isoformat())
    assert told(db, "task") == [cast.ids["kim"], cast.ids["sam"]]
    assert told(db, "task_silent") == [cast.ids["erik"]]
    assert queries.sees_case(case, cast.sam, now=now)
    assert queries.has_ground(case, cast.ids["sam"])
    lines = queries.tasks_of(cast.sam, [cast.ids["sam"]], now=now, within=timedelta(days=2))
    assert [one.id for one in lines] == [row.id]
    later = now + timedelta(hours=3)
    actions.reply_task(case, row, text="The pump is on its way.", by=cast.sam, now=later)
    assert (row.replied_at, row.reply) == (later, "The pump is on its way.")
    assert told(db, "task_replied") == [cast.ids["erik"]]


def test_who_stands_in_for_the_owner_hears_of_a_request(cast, db, now, case):
    cast.user("erik").absent_from = now
    cast.user("erik").substitute_id = cast.ids["lena"]
    row = asked(case, cast, now)
    jobs.chase_replies((now + timedelta(hours=2)).isoformat())
    cast.user("erik").substitute_id = cast.ids["adam"]
    actions.reply_task(case, row, text="Yes.", by=cast.kim, now=now)
    assert told(db, "task_silent") == [cast.ids["lena"]]
    assert told(db, "task_replied") == [cast.ids["erik"]], "who may not see the case is not told"


def test_who_is_away_is_not_waited_for(cast, db, now, case):
    cast.user("kim").absent_from = now - timedelta(days=1)
    cast.user("kim").substitute_id = cast.ids["clara"]
    db.session.flush()
    row = asked(case, cast, now)
    assert row.chased_at == now
    assert told(db, "task")[-1] == cast.ids["sam"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reply_by": None}, "reply_by"),
        ({"reply_by": timedelta(0)}, "reply_by"),
        ({"reply_by": timedelta(hours=4)}, "reply_by"),
        ({"substitute_id": "kim"}, "substitute"),
    ],
)
@ON_SQLITE_ALONE
def test_a_request_that_cannot_be_kept_is_refused(cast, db, now, case, more, field):
    if isinstance(more.get("reply_by"), timedelta):
        more = {"reply_by": now + more["reply_by"]}
    if "substitute_id" in more:
        more = {"substitute_id": cast.ids["kim"]}
    with pytest.raises(Refused) as refused:
        asked(case, cast, now, **more)
    assert refused.value.field == field


def test_a_restricted_case_opens_to_no_substitute(cast, db, now, case):
    row = asked(case, cast, now, owner_id=cast.ids["erik"])
    actions.restrict(case, keep=[], reason="A name.", by=cast.erik, now=now)
    jobs.chase_replies((now + timedelta(hours=2)).isoformat())
    assert row.chased_at is not None
    assert cast.ids["sam"] not in told(db, "task")
    assert not queries.sees_case(case, cast.sam, now=now)


@ON_SQLITE_ALONE
def test_a_request_on_the_page_of_its_case(browse, cast, db, now, case):
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    form = {"what": "Which pump?", "owner": cast.ids["kim"], "substitute": cast.ids["sam"]}
    assert erik.post(f"{where}/tasks", form).status_code == 422
    form["reply_by"] = "2026-06-17T14:00"
    assert erik.post(f"{where}/tasks", form).status_code == 303
    assert "otherwise Sam Okoye" in erik.text(where)
    row = db.session.scalars(sa.select(Task)).one()
    kim, reply = browse("kim"), f"{where}/tasks/{row.id}/reply"
    assert reply in kim.text(where)
    assert kim.post(reply, {"text": ""}).status_code == 422
    assert kim.post(reply, {"text": "The second one."}).status_code == 303
    assert "The second one." in erik.text(where)
