"""The register: from a risk that is entered to one that is recovered, for who may change it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.risk import actions, queries
from portal.blueprints.risk.models import RiskEntry, RiskMove, Stage
from portal.core.access import Permission, job
from portal.core.errors import NotFound, Refused, Stale
from portal.core.events import Event
from portal.core.money import from_minor
from tests.accounts.rows import revenue
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

DAY = timedelta(days=1)


def wish(cast, now, **more):
    usual = {
        "title": "They move to a rival",
        "likelihood": 4,
        "impact": 5,
        "review_on": (now + 14 * DAY).date(),
        "owner_id": cast.ids["carl"],
    }
    return actions.Wish(**usual | more)


@pytest.fixture
def entry(cast, db, now):
    revenue(cast.acme, by=cast.erik, now=now)
    found = actions.register(cast.acme, wish(cast, now), by=cast.carl, now=now)
    db.session.commit()
    return found


def events_of(db, row):
    query = sa.select(Event.name).where(Event.record_ref == row.reference).order_by(Event.seq)
    return list(db.session.scalars(query))


def test_a_risk_goes_through_its_stages(entry, cast, db, now):
    assert entry.reference.startswith("RSK-2026-")
    assert entry.currency == "EUR"
    stays, leaves = queries.worth_of(cast.acme, at=now, viewer=cast.carl)
    assert stays.amount > leaves.amount > 0
    loss = from_minor(entry.loss_minor, "EUR").amount
    assert abs(loss - (stays.amount - leaves.amount) * 6 / 10) <= 1
    carl = {"by": cast.carl, "now": now + 3 * DAY}
    with pytest.raises(Refused):
        actions.move(entry, cast.acme, Stage.PLAN_IN_PLACE, why="We plan.", **carl)
    better = wish(cast, now, plan="We visit them.", likelihood=2)
    actions.change(entry, cast.acme, better, version=entry.version, **carl)
    given = {"what": "Call Hélène", "owner_id": cast.ids["carl"]}
    with pytest.raises(Refused):
        actions.add_task(entry, cast.acme, **given, due_on=now.date(), **carl)
    due = (now + 5 * DAY).date()
    task = actions.add_task(entry, cast.acme, **given, due_on=due, **carl)
    spare = actions.add_task(entry, cast.acme, **given, due_on=due, **carl)
    actions.move(entry, cast.acme, Stage.PLAN_IN_PLACE, why="We have a plan.", **carl)
    actions.move(entry, cast.acme, Stage.SAVING, why="We began.", **carl)
    with pytest.raises(Refused):
        actions.move(entry, cast.acme, Stage.RECOVERED, why="It is fine.", **carl)
    actions.finish_task(entry, cast.acme, task.id, **carl)
    actions.drop_task(entry, cast.acme, spare.id, **carl)
    for tried in (actions.finish_task, actions.drop_task):
        with pytest.raises(Refused):
            tried(entry, cast.acme, task.id, **carl)
    actions.move(entry, cast.acme, Stage.RECOVERED, why="They signed.", **carl)
    db.session.commit()
    assert entry.loss_minor < entry.stays_minor * 15 // 100 + 1
    assert [one.why for one in queries.moves(entry)][:1] == ["They signed."]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RiskMove)) == 4
    assert events_of(db, entry) == [
        f"risk.{verb}"
        for verb in ("registered", "changed", "task_added", "task_added", "moved", "moved")
    ] + ["risk.task_done", "risk.task_dropped", "risk.moved"]
    # It is worked on no longer: it is off the map, and on its own stage's list.
    assert queries.register_map(cast.carl, now=now) == {}
    assert queries.entries(cast.carl, now=now).rows == []
    (line,) = queries.entries(cast.carl, now=now + 9 * DAY, stage=Stage.RECOVERED).rows
    assert (line.days, line.account_name) == (6, "Acme Forges")
    with pytest.raises(Refused):
        actions.add_task(entry, cast.acme, **given, due_on=due, **carl)


@pytest.mark.parametrize(
    ("field", "value"), [("title", " "), ("likelihood", 6), ("impact", 0), ("review_on", None)]
)
@ON_SQLITE_ALONE
def test_what_is_said_of_a_risk_makes_sense(field, value, cast, now):
    value = (now - DAY).date() if field == "review_on" else value
    with pytest.raises(Refused) as refused:
        actions.register(cast.acme, wish(cast, now, **{field: value}), by=cast.carl, now=now)
    assert refused.value.field == field


def test_who_sees_the_customer_sees_its_risks(entry, cast, db, now):
    for name in ("carl", "erik", "lena", "aldo", "fina"):
        viewer = getattr(cast, name)
        assert [one.id for one in queries.entries(viewer, now=now).rows] == [entry.id]
        assert queries.register_map(viewer, now=now)[4, 5][0] == 1
        assert queries.entries(viewer, now=now, cell=(4, 4)).rows == []
    for name in ("clara", "otto", "sam", "adam"):
        viewer = getattr(cast, name)
        assert queries.entries(viewer, now=now).rows == []
        with pytest.raises(NotFound):
            queries.entry(viewer, entry.reference, now=now)
    # Reading is not changing.
    for name in ("lena", "aldo", "fina", "clara"):
        with pytest.raises(NotFound):
            actions.move(entry, cast.acme, Stage.LOST, why="No.", by=getattr(cast, name), now=now)
    with pytest.raises(Stale):
        actions.change(
            entry, cast.acme, wish(cast, now), version=entry.version - 1, by=cast.carl, now=now
        )
    # What would be lost follows the value of the customer.
    assert actions.revalue(by=job("tests"), now=now) == 0
    revenue(cast.acme, by=cast.erik, now=now, amount="9000")
    before = entry.loss_minor
    assert actions.revalue(by=job("tests"), now=now) == 1
    assert entry.loss_minor > before


@ON_SQLITE_ALONE
def test_the_pages_of_the_register(entry, cast, db, now, browse):
    desk, there = browse("carl"), f"/risk/{entry.reference}"
    page = desk.text(there)
    assert "They move to a rival" in page
    assert "4, likely" in page
    assert entry.reference in desk.text("/risk/register")
    assert entry.reference not in desk.text("/risk/register?likelihood=1&impact=1")
    assert browse("clara").get(there).status_code == 404
    account = cast.acme.reference
    assert browse("clara").get(f"/risk/register/new?account={account}").status_code == 404
    desk.text(f"/risk/register/new?account={account}")
    given = {
        "title": "Another",
        "likelihood": "1",
        "impact": "2",
        "plan": "",
        "owner_id": str(cast.ids["carl"]),
        "review_on": "2026-07-01",
    }
    made = desk.post(f"/risk/register/new?account={account}", given)
    other = db.session.scalars(sa.select(RiskEntry).filter_by(title="Another")).one()
    assert made.location.endswith(other.reference)
    there = made.location
    task = {"what": "Call", "task_owner": "", "due_on": "2026-06-30"}
    assert desk.post(f"{there}/tasks", task).status_code == 303
    number = queries.tasks(other)[0].id
    assert desk.post(f"{there}/tasks", task | {"due_on": "2020-01-01"}).status_code == 422
    changed = given | {"plan": "We visit.", "version": str(other.version)}
    assert desk.post(f"{there}/change", changed).status_code == 303
    assert desk.post(f"{there}/change", changed).status_code == 409
    stage = {"stage": "plan_in_place", "why": "We have one."}
    assert desk.post(f"{there}/move", stage).status_code == 303
    assert desk.post(f"{there}/move", stage).status_code == 422
    assert desk.post(f"{there}/tasks/{number}/done").status_code == 303
    assert desk.post(f"{there}/tasks/{number}/drop").status_code == 409
    assert browse("lena").get(there).status_code == 200
    assert browse("lena").post(f"{there}/move", stage).status_code == 403


@ON_SQLITE_ALONE
def test_programs_read_scores_and_keep_the_register(entry, cast, db, now, browse):
    actions.reckon(by=job("tests"), now=now)
    make = caller(
        browse,
        cast,
        db,
        now,
        at="/api/v1/risk",
        scopes=(Permission.RISK_READ, Permission.RISK_WORK),
    )
    carl, clara, account = make("carl"), make("clara"), cast.acme.reference
    listed = carl("GET", "/accounts?segment=enterprise").json
    assert [one["account"] for one in listed["items"]] == [account]
    risk = carl("GET", f"/accounts/{account}").json
    assert (risk["score"], len(risk["parts"]), risk["green_by"]) == (0, 10, [])
    assert clara("GET", f"/accounts/{account}").status_code == 404
    body = {
        "account": account,
        "title": "By a program",
        "likelihood": 3,
        "impact": 3,
        "review_on": "2026-08-01",
    }
    assert clara("POST", "/register", body).status_code == 404
    made = carl("POST", "/register", body)
    assert (made.status_code, made.json["stage"]) == (201, "at_risk")
    there = f"/register/{made.json['reference']}"
    assert carl("GET", there).json == made.json
    moved = carl("POST", f"{there}/stage", {"stage": "lost", "why": "They left."})
    assert (moved.status_code, moved.json["stage"]) == (200, "lost")
    again = carl("POST", f"{there}/stage", {"stage": "saving", "why": "No."})
    assert again.status_code == 409
    found = carl("GET", "/register?stage=lost").json["items"]
    assert [one["reference"] for one in found] == [made.json["reference"]]
