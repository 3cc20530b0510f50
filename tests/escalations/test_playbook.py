"""The playbook of a case: laid out, ticked, added to; who joins, and who does not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import CaseTick, Problem, Severity, State, Trigger
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies import rules as policy_rules
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.escalations.test_actions import declared, wish
from tests.escalations.test_api_acts import call  # noqa: F401

SERVICE = "The monthly report was two days late again."


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now)
    db.session.commit()
    return row


def quiet(cast, now, **more):
    """Declare a case that nobody but its own people joins yet."""
    given = {"words": SERVICE, "trigger": Trigger.SLA_BREACH, "severity": Severity.E3} | more
    by = {"by": cast.carl, "now": now, "reason": "They did not threaten"}
    return actions.declare(cast.acme, wish(now, **given), **by)


def names(case):
    return [one.name for one in queries.played(case).steps]


def step(case, name):
    return queries.known_steps(case)[name]


def mails(db, name="joined"):
    query = sa.select(Notification).where(Notification.template == f"escalations/{name}")
    return list(db.session.scalars(query))


def test_a_declared_case_has_the_steps_of_its_trigger_and_severity(case, now):
    book = policy_queries.in_force(policy_rules.PlaybooksPolicy)[0].of("cancellation_threat")
    assert case.severity is Severity.E1
    assert names(case) == [one.name for one in book.steps]
    assert case.playbook_number == 1
    assert step(case, "call_back").due_at == now + timedelta(hours=1)


def test_a_draft_has_no_playbook_until_it_is_declared(cast, db, now):
    row = actions.declare(cast.acme, wish(now), by=cast.carl, now=now, draft=True)
    assert row.playbook_number is None
    actions.submit(row, queries.wish_of(row), by=cast.carl, now=now)
    assert "call_back" in names(row)


def test_a_business_span_is_counted_in_the_customers_hours(cast, db, now):
    row = quiet(cast, now.replace(hour=15, minute=30))  # 17:30 in Paris, open until 18:00
    due = step(row, "call_back").due_at
    assert due == (now + timedelta(days=1)).replace(hour=10, minute=30)


def test_a_tick_says_who_and_when_and_can_be_taken_away_on_record(case, cast, db, now):
    row, later = step(case, "call_back"), now + timedelta(minutes=20)
    actions.tick_step(case, row, done=True, by=cast.carl, now=later)
    actions.tick_step(case, row, done=True, by=cast.erik, now=later)
    assert (row.done_at, row.done_by_id) == (later, cast.ids["carl"])
    actions.tick_step(case, row, done=False, by=cast.erik, now=later)
    shown = next(one for one in queries.played(case).steps if one.name == "call_back")
    assert shown.done_at is None
    assert [(done, who) for done, _at, who in shown.ticks] == [
        (True, cast.carl.name),
        (False, cast.erik.name),
    ]
    db.session.commit()
    found = db.session.scalars(
        sa.select(Event.name).where(Event.name.startswith("escalations.step_")).order_by(Event.seq)
    )
    assert list(found) == ["escalations.step_done", "escalations.step_undone"]


def test_only_who_works_on_the_case_or_whose_part_it_is_ticks(case, cast, now):
    with pytest.raises(Refused, match="whose part"):
        actions.tick_step(case, step(case, "call_back"), done=True, by=cast.lisa, now=now)
    actions.tick_step(case, step(case, "executive_call"), done=True, by=cast.lena, now=now)
    assert step(case, "executive_call").done_by_id == cast.ids["lena"]


def test_what_has_ended_is_ticked_no_more(case, cast, now):
    actions.void(case, reason="A test", by=cast.erik, now=now)
    with pytest.raises(Refused, match="not open"):
        actions.tick_step(case, step(case, "call_back"), done=True, by=cast.erik, now=now)


def test_a_graver_case_gets_more_steps_and_keeps_its_ticks(cast, db, now):
    row = quiet(cast, now)
    before, later = set(names(row)), now + timedelta(days=2)
    assert "executive_call" not in before
    actions.tick_step(row, step(row, "call_back"), done=True, by=cast.carl, now=now)
    actions.raise_severity(row, Severity.E2, reason="It got worse", by=cast.carl, now=later)
    assert before < set(names(row))
    assert step(row, "call_back").done_at == now
    assert step(row, "executive_call").due_at == later + timedelta(hours=24)


def test_a_lowered_case_is_asked_no_more_what_was_not_done(cast, db, now):
    row = quiet(cast, now, severity=Severity.E2)
    assert {"executive_call", "other_customers"} <= set(names(row))
    actions.tick_step(row, step(row, "other_customers"), done=True, by=cast.erik, now=now)
    actions.ask_lowering(
        row, Severity.E3, second_id=cast.ids["lena"], reason="Calmer", by=owner(row, cast), now=now
    )
    actions.agree_lowering(row, agrees=True, by=cast.lena, now=now)
    assert "executive_call" not in names(row)
    assert "other_customers" in names(row)


def owner(case, cast):
    return next(getattr(cast, name) for name, i in cast.ids.items() if i == case.owner_id)


def test_another_trigger_adds_its_steps_and_keeps_what_was_done(cast, db, now):
    row = quiet(cast, now)
    actions.tick_step(row, step(row, "measure"), done=True, by=cast.carl, now=now)
    was = {"trigger": row.trigger.value}
    actions.correct(row, {"trigger": Trigger.RECURRENCE}, was=was, by=cast.erik, now=now)
    found = names(row)
    assert {"former_cases", "call_back", "measure"} & set(found) == {"former_cases", "measure"}
    assert found[-1] == "measure"
    assert "status_rhythm" not in found


def test_a_later_version_rewrites_no_case(case, cast, db, now):
    before = queries.played(case)
    body = policy_queries.published(PolicyKind.PLAYBOOKS).body
    body = policy_rules.with_value(body, "playbooks.0.steps.0.label", "Do something else")
    row = Policy(kind=PolicyKind.PLAYBOOKS, number=2, state=PolicyState.PUBLISHED)
    row.body, row.note, row.published_at = body, "n", now
    db.session.add(row)
    db.session.commit()
    actions.lay_out(case, now=now)
    after = queries.played(case)
    assert after.number == 1
    assert [one.label for one in before.steps] == [
        one.label for one in after.steps if one.name in {step.name for step in before.steps}
    ]
    fresh = declared(cast, now)
    assert queries.played(fresh).number == 2
    assert queries.played(fresh).steps[0].label == "Do something else"


def test_the_response_team_joins_as_it_gets_graver_and_is_told_once(cast, db, now, run_jobs):
    row = quiet(cast, now, trigger=Trigger.PUBLIC_EXPOSURE)
    assert not queries.sees_case(row, cast.lisa, now=now)
    actions.raise_severity(row, Severity.E1, reason="In the news", by=cast.carl, now=now)
    db.session.commit()
    assert queries.sees_case(row, cast.lisa, now=now)
    assert not queries.sees_case(row, cast.fina, now=now)
    told = [mail.person_id for mail in mails(db)]
    assert cast.ids["lisa"] in told
    assert len(told) == len(set(told))
    run_jobs()
    assert {mail.state for mail in mails(db)} == {Sent.SENT}
    joined = {one.id for one in queries.responders(row)}
    by = owner(row, cast)
    actions.ask_lowering(
        row, Severity.E3, second_id=cast.ids["lena"], reason="Calmer", by=by, now=now
    )
    actions.agree_lowering(row, agrees=True, by=cast.lena, now=now)
    actions.raise_severity(row, Severity.E1, reason="Again", by=cast.carl, now=now)
    assert [mail.person_id for mail in mails(db)] == told
    assert {one.id for one in queries.responders(row)} == joined


def test_who_joins_at_the_declaration_hears_of_it_with_the_others(cast, db, now, run_jobs):
    row = quiet(cast, now, severity=Severity.E1)
    run_jobs()
    told = [mail.person_id for mail in mails(db, "declared")]
    joined = {one.id for one in queries.responders(row)}
    assert joined - {cast.ids["carl"]} <= set(told)
    db.session.commit()
    event = db.session.scalars(sa.select(Event).filter_by(name="escalations.response_joined")).one()
    assert event.data["people"] == sorted(joined)
    assert len(told) == len(set(told))
    assert not mails(db)


def test_nobody_is_called_into_a_case_that_ended_meanwhile(cast, db, now, run_jobs):
    row = quiet(cast, now, severity=Severity.E1)
    actions.void(row, reason="Typed twice", by=cast.erik, now=now)
    run_jobs()
    assert not queries.responders(row)
    assert row.owner_id in {mail.person_id for mail in mails(db, "declared")}


def test_nobody_joins_a_restricted_case_by_a_role(cast, db, now):
    conduct = {"problem": Problem.EMPLOYEE_CONDUCT, "trigger": Trigger.PUBLIC_EXPOSURE}
    row = quiet(cast, now, severity=Severity.E1, **conduct)
    assert row.restricted
    assert "save_what_stands" in names(row)
    assert not queries.responders(row)
    assert not queries.sees_case(row, cast.lena, now=now)


def test_a_case_from_before_takes_its_playbook_when_asked(case, cast, db, now):
    case.playbook_number = None
    for row in queries.known_steps(case).values():
        db.session.delete(row)
    db.session.flush()
    assert queries.played(case).number is None
    actions.take_playbook(case, by=cast.erik, now=now)
    assert "call_back" in names(case)
    with pytest.raises(Refused, match="laid out already"):
        actions.take_playbook(case, by=cast.erik, now=now)


def test_a_case_is_declared_before_any_playbook_was_published(cast, db, now):
    db.session.execute(sa.delete(Policy).where(Policy.kind == PolicyKind.PLAYBOOKS))
    row = declared(cast, now)
    assert row.state is State.DECLARED
    assert row.playbook_number is None
    with pytest.raises(NotFound):
        queries.played(row)
    policy_actions.publish_defaults(by=cast.adam, now=now)
    actions.take_playbook(row, by=cast.erik, now=now)
    assert "call_back" in names(row)


# ---- pages


def test_ticking_from_the_case_page_and_from_the_playbook(browse, case, cast, db):
    carl, where = browse("carl"), f"/escalations/{case.reference}"
    row = step(case, "call_back")
    assert "Playbook: 0 of" in carl.text(where)
    answer = carl.post(f"{where}/playbook/{row.id}", {"done": "1", "on": ""})
    assert answer.headers["Location"] == f"{where}#playbook"
    assert "Playbook: 1 of" in carl.text(where)
    answer = carl.post(f"{where}/playbook/{row.id}", {"done": "0", "on": "playbook"})
    assert answer.headers["Location"] == f"{where}/playbook#playbook"
    text = carl.text(f"{where}/playbook")
    assert "tick taken away" in text
    assert "Words to avoid" in text
    assert "When to call counsel" in text
    ticks = sa.select(sa.func.count()).select_from(CaseTick)
    assert db.session.scalar(ticks) == 2


def test_a_step_of_another_case_is_unknown_here(browse, case, cast, db, now):
    other = quiet(cast, now)
    db.session.commit()
    there = step(other, "call_back").id
    answer = browse("carl").post(f"/escalations/{case.reference}/playbook/{there}", {"done": "1"})
    assert answer.status_code == 404


def test_who_does_not_see_the_case_sees_no_playbook(browse, case):
    sam = browse("sam")
    assert sam.get(f"/escalations/{case.reference}/playbook").status_code == 404
    path = f"/escalations/{case.reference}/playbook/{step(case, 'call_back').id}"
    assert sam.post(path, {"done": "1"}).status_code == 404


def test_the_playbook_costs_no_statement_for_each_step(browse, case, queries_at_most):
    carl, where = browse("carl"), f"/escalations/{case.reference}"
    carl.get("/")
    with queries_at_most(8):
        carl.get(where)
    with queries_at_most(8):
        carl.get(f"{where}/playbook")


def test_a_program_reads_and_ticks(call, case, cast):  # noqa: F811
    erik = call("erik")
    found = erik("GET", f"{case.reference}/playbook").get_json()
    assert (found["trigger"], found["version"]) == ("cancellation_threat", 1)
    first = found["steps"][0]
    assert (first["name"], first["done_by"]) == ("call_back", None)
    path = f"{case.reference}/playbook/{first['id']}"
    answer = erik("POST", path, {"done": True})
    assert answer.get_json()["steps"][0]["done_by"] == cast.erik.name
    assert erik("POST", f"{case.reference}/playbook").status_code == 409
    assert erik("POST", f"{case.reference}/playbook/999999", {"done": True}).status_code == 404
    assert erik("POST", path, {"done": "yes"}).status_code == 422
