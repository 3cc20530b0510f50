"""Moves between levels: recorded, told to who receives the case, taken back from cooling off."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.auth.models import Team, TeamMember
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import (
    EscalationKind,
    Level,
    Severity,
    State,
    Transfer,
    Trigger,
)
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.core.errors import Refused
from portal.core.events import Event
from tests.escalations.test_actions import declared, wish
from tests.escalations.test_api_acts import call  # noqa: F401

F, H = EscalationKind.FUNCTIONAL, EscalationKind.HIERARCHICAL


@pytest.fixture
def case(cast, db, now):
    """A case on the second level, which Carl declared and owns."""
    given = {"words": "The report is late.", "trigger": Trigger.SLA_BREACH}
    row = actions.declare(
        cast.acme,
        wish(now, severity=Severity.E3, owner_id=cast.ids["carl"], **given),
        by=cast.carl,
        now=now,
        reason="They do not threaten",
    )
    row.level, row.executive, row.executive_owner_id = Level.L2, False, None
    db.session.commit()
    return row


@pytest.fixture
def experts(cast, db):
    team = Team(name="Experts")
    db.session.add(team)
    db.session.flush()
    db.session.add_all(TeamMember(team_id=team.id, person_id=cast.ids[n]) for n in ("sam", "clara"))
    db.session.commit()
    return team


def move(case, cast, now, to=Level.L3, **more):
    given = {"kind": F, "why": "Needs an expert", "summary": "All we know", "by": cast.carl} | more
    return actions.move_level(case, to, now=now, **given)


def told(db):
    query = sa.select(Notification).where(Notification.template == "escalations/level_moved")
    return {mail.person_id: mail.why for mail in db.session.scalars(query)}


def test_a_move_is_kept_with_from_to_why_and_summary(case, cast, db, now):
    row = move(case, cast, now)
    db.session.commit()
    assert (row.from_level, row.to_level, row.kind) == ("L2", "L3", "functional")
    assert (row.why, row.summary, row.by_id) == ("Needs an expert", "All we know", cast.ids["carl"])
    assert (case.level, case.kind) == (Level.L3, F)
    assert case.transfers == 0
    assert case.owner_id == cast.ids["carl"]
    event = db.session.scalars(sa.select(Event).filter_by(name="escalations.level_moved")).one()
    assert (event.data["from_level"], event.data["to_level"]) == ("L2", "L3")
    story = db.session.scalars(sa.select(TimelineEntry.text).order_by(TimelineEntry.id.desc()))
    assert "From L2 specialist to L3 expert" in story.first()


def test_owner_and_team_can_go_with_it_and_count_as_one_transfer(case, cast, db, now, experts):
    row = move(case, cast, now, to_id=cast.ids["clara"], team_id=experts.id)
    db.session.commit()
    assert (case.owner_id, case.team_id, case.transfers) == (cast.ids["clara"], experts.id, 1)
    assert row.from_id == cast.ids["carl"]
    assert queries.sees_case(case, cast.sam, now=now)
    assert told(db) == {cast.ids["sam"]: "team", cast.ids["clara"]: "assigned"}


def test_its_mail_goes_out_to_who_receives_it(case, cast, db, now, experts, run_jobs):
    move(case, cast, now, to_id=cast.ids["clara"], team_id=experts.id)
    db.session.commit()
    run_jobs()
    sent = sa.select(Notification.state).where(Notification.template == "escalations/level_moved")
    assert set(db.session.scalars(sent)) == {Sent.SENT}


def test_the_executive_level_has_an_executive_owner_who_is_told(case, cast, db, now):
    move(case, cast, now, Level.EXECUTIVE, kind=H)
    assert case.executive
    assert case.executive_owner_id is not None
    assert told(db)[case.executive_owner_id] == "executive"
    assert cast.ids["carl"] not in told(db)


def test_leaving_it_cools_off_and_is_taken_back_by_one_click(case, cast, db, now, browse):
    move(case, cast, now, Level.EXECUTIVE, kind=H)
    move(case, cast, now, Level.L3)
    move(case, cast, now, Level.L2)
    db.session.commit()
    assert case.left_executive_until > now + timedelta(days=5)
    carl, where = browse("carl"), f"/escalations/{case.reference}"
    assert "Left the executive level" in carl.text(where)
    assert carl.post(f"{where}/level/restore").status_code == 303
    db.session.refresh(case)
    assert (case.level, case.left_executive_until) == (Level.EXECUTIVE, None)
    assert case.reopened == 0
    assert "<span>Restored.</span>" in carl.text(where)
    assert "<span>Restored.</span>" not in browse("lena").text(where)  # who reads French
    assert "<span>Rétabli" in browse("lena").text(where)
    with pytest.raises(Refused, match="over"):
        actions.restore_level(case, by=cast.carl, now=now)


def test_once_it_has_cooled_off_it_is_a_move_like_others(case, cast, now):
    move(case, cast, now, Level.EXECUTIVE, kind=H)
    move(case, cast, now, Level.L3)
    with pytest.raises(Refused, match="cooling-off is over"):
        actions.restore_level(case, by=cast.carl, now=now + timedelta(days=30))


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"to": Level.L2}, "at this level already"),
        ({"to": Level.EXECUTIVE}, "More authority"),
        ({"why": " "}, "why the case moves"),
        ({"summary": " "}, "summary"),
    ],
)
def test_what_a_move_needs(case, cast, now, more, complaint):
    with pytest.raises(Refused, match=complaint):
        move(case, cast, now, **more)


def test_who_moves_a_case(case, cast, now, experts):
    with pytest.raises(Refused, match="owner or an escalation manager"):
        move(case, cast, now, by=cast.sam)
    with pytest.raises(Refused, match="cannot own"):
        move(case, cast, now, to_id=cast.ids["lisa"])
    case.state = State.CLOSED
    with pytest.raises(Refused, match="open case"):
        move(case, cast, now)


def test_no_team_is_told_of_a_restricted_case(case, cast, db, now, experts):
    actions.restrict(case, keep=[], reason="A name", by=cast.erik, now=now)
    move(case, cast, now, team_id=experts.id)
    db.session.commit()
    assert cast.ids["sam"] not in told(db)
    assert not queries.sees_case(case, cast.sam, now=now)


def test_the_form_and_the_history_on_the_case(browse, case, cast, db, experts):
    carl, where = browse("carl"), f"/escalations/{case.reference}"
    assert "Move to another level" in carl.text(where)
    given = {"level": "L3", "kind": "functional", "team": str(experts.id), "to": ""}
    answer = carl.post(f"{where}/level", {**given, "why": "Needs an expert", "summary": "It broke"})
    assert answer.status_code == 303
    text = carl.text(where)
    assert "L2 specialist → L3 expert" in text
    assert "It broke" in text
    listed = carl.text(f"/escalations/?level=L3&team={experts.id}")
    assert case.reference in listed
    assert case.reference not in carl.text("/escalations/?level=L2")
    refused = carl.post(f"{where}/level", {**given, "level": "L1", "why": "", "summary": "x"})
    assert refused.status_code in (200, 400, 422)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Transfer)) == 1


def test_a_program_moves_a_case(call, case, cast, experts):  # noqa: F811
    carl = call("carl")
    given = {"level": "L3", "kind": "functional", "why": "Expert", "summary": "All of it"}
    path = f"{case.reference}/level"
    assert carl("POST", path, {**given, "team": "Nobody"}).status_code == 409
    answer = carl("POST", path, {**given, "team": "experts", "to": "clara@halden.example"})
    shown = answer.get_json()
    assert (shown["level"], shown["team"], shown["owner"]) == ("L3", "Experts", "Clara Nunes")
    assert carl("POST", path, {**given, "level": "L9"}).status_code == 422


def test_a_case_nobody_owns_needs_who_takes_it(case, cast, now):
    case.owner_id = None
    with pytest.raises(Refused, match="who takes it"):
        move(case, cast, now, by=cast.erik)
    move(case, cast, now, by=cast.erik, to_id=cast.ids["clara"])
    assert case.owner_id == cast.ids["clara"]


def test_a_hand_over_still_counts(cast, db, now):
    row = declared(cast, now)
    actions.hand_over(
        row, to_id=cast.ids["clara"], why="Speaks French", summary="All", by=cast.erik, now=now
    )
    assert row.transfers == 1
