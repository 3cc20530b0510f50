"""A term in its course: goals, touchpoints, promises, another sponsor, training, the calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Promise, PromiseKind
from portal.blueprints.sponsorship import actions, queries, rules
from portal.blueprints.sponsorship.models import PanelVerdict, Sponsor, Sponsorship, TouchpointState
from portal.core.access import Relation
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

HELD, US, THEM, PLANNED = (
    TouchpointState.HELD,
    TouchpointState.MISSED_BY_US,
    TouchpointState.MISSED_BY_THEM,
    TouchpointState.PLANNED,
)
DAY = date(2026, 6, 17)


@pytest.mark.parametrize(
    ("points", "kept", "share"),
    [
        ((), (0, 0, 0, 0), None),
        (((HELD, 0), (US, 0), (THEM, 0), (PLANNED, -1), (PLANNED, 1)), (1, 1, 1, 1), "0.33"),
        (((THEM, 0), (PLANNED, 0)), (0, 0, 1, 0), None),  # theirs are not held against us
    ],
)
def test_touchpoints_are_counted_by_whose_fault(points, kept, share) -> None:
    found = rules.counted([(state, DAY + timedelta(days=n)) for state, n in points], on=DAY)
    assert (found.held, found.by_us, found.by_them, found.late) == kept
    assert (found.compliance and format(found.compliance, ".2f")) == share


@pytest.mark.parametrize(
    ("held", "curriculum", "since"),
    [
        ([("A", 3), ("B", 5)], ("A", "B"), 3),
        ([("A", 3), ("A", 9), ("B", 5)], ("A", "B"), 5),
        ([("A", 3)], ("A", "B"), None),
        ([("C", 4)], (), 4),
        ([], (), None),
    ],
)
def test_a_training_record_counts_once_every_module_was_held(held, curriculum, since) -> None:
    days = [(module, date(2026, 1, day)) for module, day in held]
    found = rules.trained_since(days, curriculum=curriculum)
    assert found == (date(2026, 1, since) if since else None)


def test_a_calendar_is_folded_and_escaped() -> None:
    entry = rules.feed.Entry(
        uid="touchpoint-1@SPO-2026-0001",
        day=date(2026, 12, 31),
        title="Rendez-vous : Éditions Müller, Söhne; & Cie\nBEGIN:VEVENT " + "é" * 40,
        address="https://parley.example/sponsorship/SPO-2026-0001",
        changed_at=datetime(2026, 6, 1, 10, tzinfo=UTC),
    )
    text = rules.feed.calendar([entry], name="Customers")
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert lines.count("BEGIN:VEVENT") == 1
    whole = text.replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101" in whole
    assert "Müller\\, Söhne\\; & Cie BEGIN:VEVENT ééé" in whole


def begun(cast: Cast, now: datetime) -> Sponsorship:
    """Give a sponsorship of Acme by Ava."""
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    given = {"sponsor_id": sponsor.id, "reason": "Yes.", "by": cast.petra, "now": now}
    found = actions.decide(row, PanelVerdict.ADMIT, **given)
    assert found is not None
    return found


def test_goals_a_plan_and_touchpoints_with_promises(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    ava: dict[str, Any] = {"by": cast.ava, "now": now}
    with pytest.raises(Refused, match="sponsor or the programme"):
        actions.plan(row, words="Mine", by=cast.carl, now=now)
    actions.plan(row, words=" Three visits \r\nOne plan ", **ava)
    assert row.plan == "Three visits \nOne plan"
    late = row.ends_on + timedelta(days=1)
    for wrong in ({"what": " "}, {"measure": ""}, {"due_on": late}):
        given = {"what": "Live", "measure": "Sites", "due_on": None} | wrong
        with pytest.raises(Refused) as refusal:
            actions.set_goal(row, **given, **ava)
        assert refusal.value.field in wrong
    goal = actions.set_goal(row, what="Live", measure="Three sites", due_on=None, **ava)
    actions.settle_goal(row, goal, reached=True, note="All three.", **ava)
    assert goal.reached_on == now.date()
    with pytest.raises(Refused, match="already"):
        actions.settle_goal(row, goal, reached=False, note="No.", **ava)
    point = queries.touchpoints(row)[0]
    with pytest.raises(Refused) as refusal:
        actions.prepare(row, point, agenda="", planned_on=late, **ava)
    assert refusal.value.field == "planned_on"
    soon = now.date() + timedelta(days=5)
    actions.prepare(row, point, agenda="Who decides?", planned_on=soon, **ava)
    assert (point.agenda, point.planned_on) == ("Who decides?", soon)
    stranger = 10**6
    settled = {"note": "Good.", "on": None, "ours": [cast.ids["ava"], stranger], "minutes": 90}
    with pytest.raises(Refused) as refusal:
        actions.settle_touchpoint(row, point, HELD, **(settled | {"minutes": 0}), **ava)
    assert refusal.value.field == "minutes"
    actions.settle_touchpoint(row, point, HELD, **settled, **ava)
    assert (point.ours, point.theirs, point.minutes) == ([cast.ids["ava"]], [], 90)
    policy = queries.policy_in_force()[0]
    hours = queries.hours(row, queries.touchpoints(row), on=row.ends_on, policy=policy)
    assert (hours.spent, hours.planned) == (Decimal("1.5"), Decimal("18.0"))
    due = now.date() + timedelta(days=9)
    promised = {"what": "A date for the plan", "kind": PromiseKind.INFORMATION}
    with pytest.raises(Refused) as refusal:
        actions.promise(row, **promised, due_on=None, **ava)
    assert refusal.value.field == "promise_due"
    actions.promise(row, **promised, due_on=due, **ava)
    kept = database.session.scalars(sa.select(Promise).filter_by(account_id=cast.acme_id)).all()
    assert [(one.what, one.by_id) for one in kept] == [("A date for the plan", cast.ids["ava"])]


def test_a_sponsorship_is_handed_over_to_who_can_take_it(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    dora = making.sponsor(cast.dora, by=cast.petra, now=now, trained_on=None)
    petra: dict[str, Any] = {"reason": "Ava leaves.", "by": cast.petra, "now": now}
    with pytest.raises(Refused, match="another sponsor"):
        actions.hand_over(row, row.sponsor_id, **petra)
    with pytest.raises(Refused, match="training"):
        actions.hand_over(row, dora.id, **petra)
    proof = {"on": now.date(), "proof": "List of 17 June", "now": now}
    with pytest.raises(Refused, match="their own"):
        actions.record_training(dora, "All", by=cast.dora, **proof)
    actions.record_training(dora, "All", by=cast.petra, **proof)
    assert dora.trained_on == now.date()
    assert [one for one, _name, _match in queries.others(row, now=now)] == [dora.id]
    later = now + timedelta(days=20)
    actions.hand_over(row, dora.id, **(petra | {"now": later}))
    assert row.sponsor_id == dora.id
    assert row.next_touch_on == now.date() + timedelta(days=30)  # the earlier day stays
    assert queries.get_sponsorship(cast.ava, row.reference, now=later) is row
    sight = sa.select(Relation.person_id).where(
        Relation.account_id == cast.acme_id, Relation.kind == "sponsor", Relation.role.is_(None)
    )
    assert list(database.session.scalars(sight)) == [cast.ids["dora"]]


def test_the_charter_says_which_modules_a_record_needs(cast: Cast, now: datetime) -> None:
    making.charter(by=cast.petra, now=now)
    row = making.sponsor(cast.ava, by=cast.petra, now=now, trained_on=None)
    given = {"proof": "Certificate 4", "by": cast.petra, "now": now}
    day = now.date() - timedelta(days=3)
    for module, on, field in (("Yoga", day, "module"), ("The first meeting", None, "trained_on")):
        with pytest.raises(Refused) as refusal:
            actions.record_training(row, module, on=on, **given)
        assert refusal.value.field == field
    actions.record_training(row, "The first meeting", on=day, **given)
    assert row.trained_on is None
    actions.record_training(row, "What not to promise", on=now.date(), **given)
    assert row.trained_on == day


@ON_SQLITE_ALONE
def test_the_page_of_a_term_and_the_address_of_a_calendar(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    cast.read_english("petra", "ava", "carl")
    row = begun(cast, now)
    making.sponsor(cast.dora, by=cast.petra, now=now)
    database.session.commit()
    own = f"/sponsorship/{row.reference}"
    ava, petra, carl = browse("ava"), browse("petra"), browse("carl")
    goal = {"what": "Three sites live", "measure": "Their list", "due_on": ""}
    assert carl.post(f"{own}/goals", goal).status_code == 422
    assert ava.post(f"{own}/goals", goal).status_code == 303
    assert "Three sites live" in carl.text(own)
    assert ava.post(f"{own}/goals/1", {"became": "reached", "note": ""}).status_code == 422
    assert ava.post(f"{own}/goals/1", {"became": "reached", "note": "Seen."}).status_code == 303
    assert ava.post(f"{own}/plan", {"plan": "Visit them"}).status_code == 303
    point = queries.touchpoints(row)[0].id
    agenda = {"agenda": "Who decides?", "planned_on": ""}
    assert ava.post(f"{own}/touchpoints/{point}/prepare", agenda).status_code == 303
    met = {
        "state": "held",
        "on": "",
        "note": "Good.",
        "ours": [str(cast.ids["ava"])],
        "minutes": "90",
        "promised": "A date",
        "promise_kind": "information",
        "promise_due": "2026-06-30",
    }
    assert ava.post(f"{own}/touchpoints/{point}", met | {"promise_due": ""}).status_code == 422
    assert ava.post(f"{own}/touchpoints/{point}", met).status_code == 303
    text = ava.text(own)
    assert all(word in text for word in ("Visit them", "Took part: Ava Solheim", "1.5; planned"))
    assert ">A date<" in text, "what is promised stands on the page"
    sponsor = database.session.scalars(sa.select(Sponsor).order_by(Sponsor.id)).first()
    page = f"/sponsorship/{sponsor.reference}"
    assert petra.post(f"{page}/feed/open", {}).status_code == 422
    assert ava.post(f"{page}/feed/open", {}).status_code == 303
    address = f"/sponsorship/calendar/{queries.feed_token(sponsor)}.ics"
    assert address in ava.text(page)
    assert address not in petra.text(page)
    feed = browse(None)._open("GET", address)
    assert feed.mimetype == "text/calendar"
    assert f"SUMMARY:Touchpoint: {cast.acme.name}".encode() in feed.get_data().replace(
        b"\r\n ", b""
    )
    assert browse(None)._open("GET", address.replace("-", "-a", 1)).status_code == 404
    assert petra.post(f"{page}/feed/shut", {}).status_code == 303
    assert browse(None)._open("GET", address).status_code == 404
    with pytest.raises(NotFound):
        queries.feed("x", base_url="", now=now)
    training = {"module": "All", "trained_on": "2026-06-01", "proof": "List"}
    assert petra.post(f"{page}/training", training | {"proof": ""}).status_code == 422
    assert petra.post(f"{page}/training", training).status_code == 303
    dora = database.session.scalars(sa.select(Sponsor.id).order_by(Sponsor.id.desc())).first()
    over = {"sponsor_id": str(dora), "because": ""}
    assert petra.post(f"{own}/hand-over", over).status_code == 422
    assert petra.post(f"{own}/hand-over", over | {"because": "Ava leaves."}).status_code == 303
    assert "Dora Klein sponsors" in petra.text(own)
