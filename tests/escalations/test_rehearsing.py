"""A policy is rehearsed on the cases of the last 12 months, and nothing changes."""

from datetime import timedelta

import pytest

from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.actions.recording import tick
from portal.blueprints.escalations.models import Severity
from portal.blueprints.escalations.rules import ClockEventKind
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies import rules as policy_rules
from portal.blueprints.policies.models import DraftState, PolicyKind
from portal.core import clock
from portal.core.errors import Refused

pytestmark = pytest.mark.usefixtures("watched_nights")  # or no night clock could run

NO_CASE = "Thank you for the talk."
THREAT = "We will cancel our contract next month."


def declared(db, cast, now, words, *, ago=0, account="borealis"):
    wish = queries.Wish(words=words, demand="A date")
    at = now - timedelta(days=ago)
    with clock.moved(at):
        case = actions.declare(getattr(cast, account), wish, by=cast.clara, now=at)
    db.session.commit()
    return case


def figures(load):
    return {row["what"]: (row["before"], row["after"]) for row in load["rows"]}


def small(cast, db):
    """Let no case be grave by its share of the company's ARR."""
    policy = policy_rules.shipped(policy_rules.SeverityPolicy)
    body = policy_rules.dump(policy)
    body["levels"][0]["arr_share_above"] = None
    return body, policy_rules.parse(PolicyKind.SEVERITY, body)


def test_another_trigger_makes_other_severities_and_notices(cast, db, now):
    case = declared(db, cast, now, THREAT, ago=20)
    case.severity = Severity.E2
    declared(db, cast, now, NO_CASE, ago=19)
    declared(db, cast, now, THREAT, ago=400)
    db.session.commit()
    body, before = small(cast, db)
    body["levels"][1]["triggers"].remove("cancellation_threat")
    body["levels"][3]["triggers"].append("cancellation_threat")
    body["executive_triggers"].remove("cancellation_threat")
    after = policy_rules.parse(PolicyKind.SEVERITY, body)
    load = queries.rehearse(before, after, now=now)
    found = figures(load)
    assert load["cases"] == load["looked_at"] == 2
    assert found["severity.E2"] == (1, 0)
    assert found["severity.E4"][1] == found["severity.E4"][0] + 1
    assert found["executive"] == (1, 0)
    assert found["notices"][0] > found["notices"][1] > 0
    assert [one["record"] for one in load["examples"]] == [case.reference]
    assert load["moved"] == 1


def test_each_round_of_silence_counts(cast, db, now):
    case = declared(db, cast, now, THREAT, ago=20)
    _body, policy = small(cast, db)
    once = figures(queries.rehearse(policy, policy, now=now))["told.owner"][0]
    at = now - timedelta(days=10)
    tick(case, ClockEventKind.OUR_CONTACT, at=at, by=cast.clara, now=at)
    db.session.commit()
    twice = figures(queries.rehearse(policy, policy, now=now))["told.owner"][0]
    assert twice == once + 3


def test_a_policy_against_itself_moves_nothing(cast, db, now):
    declared(db, cast, now, THREAT, ago=5)
    for shape in (policy_rules.SeverityPolicy, policy_rules.RoutingPolicy):
        policy = policy_rules.shipped(shape)
        load = queries.rehearse(policy, policy, now=now)
        assert (load["moved"], load["examples"]) == (0, [])
        assert all(before == after for before, after in figures(load).values())


def test_another_playbook_asks_more_of_its_people(cast, db, now):
    case = declared(db, cast, now, THREAT, ago=5)
    case.severity = Severity.E2
    other = declared(db, cast, now, THREAT, ago=4, account="acme")
    other.severity = Severity.E4
    db.session.commit()
    before = policy_rules.shipped(policy_rules.PlaybooksPolicy)
    body = policy_rules.dump(before)
    book = body["playbooks"][0]
    step = {"name": "read_log", "label": "Read the log", "who": "legal", "severity_at_least": "E2"}
    book["steps"].append({**step, "minutes": 90})
    book["joins"].append({"team": "owls", "severity_at_least": "E2", "does": "Watches"})
    after = policy_rules.parse(PolicyKind.PLAYBOOKS, body)
    load = queries.rehearse(before, after, now=now)
    found = figures(load)
    assert [one["record"] for one in load["examples"]] == [case.reference]
    assert found["steps"][1] - found["steps"][0] == 1
    assert found["steps.legal"][1] - found["steps.legal"][0] == 1
    assert found["minutes.legal"][1] - found["minutes.legal"][0] == 90
    assert found["minutes"][0] == 15 * found["steps"][0]
    assert found["joins.owls"] == (0, 1)
    again = queries.rehearse(before, before, now=now)
    assert (again["moved"], again["examples"]) == (0, [])


def test_the_load_of_playbooks_is_shown_before_they_are_submitted(cast, db, now, browse, run_jobs):
    declared(db, cast, now, THREAT, ago=5)
    draft = policy_actions.start(PolicyKind.PLAYBOOKS, by=cast.adam, now=now)
    path = "playbooks.0.steps.0.minutes"
    policy_actions.change(draft, path, 45, by=cast.adam, now=now)
    policy_actions.ask_load(draft, by=cast.adam, now=now)
    db.session.commit()
    run_jobs()
    text = browse("adam").text(f"/policies/drafts/{draft.id}")
    for words in ("Steps to do, in all", "Hours of work, in all", "… hours of the owner"):
        assert words in text


def test_other_rules_take_other_cases(cast, db, now):
    case = declared(db, cast, now, THREAT, ago=5)
    before = policy_rules.shipped(policy_rules.RoutingPolicy)
    body = policy_rules.dump(before)
    body["rules"] = [rule for rule in body["rules"] if rule["name"] != "executive_escalation"]
    load = queries.rehearse(before, policy_rules.parse(PolicyKind.ROUTING, body), now=now)
    assert figures(load)["rule.Executive by policy"] == (1, 0)
    assert load["examples"] == [
        {
            "record": case.reference,
            "before": "Executive by policy",
            "after": "Critical or high for any other reason",
        }
    ]


def test_restricted_cases_are_left_out(cast, db, now):
    case = declared(db, cast, now, THREAT, ago=5)
    case.restricted = True
    db.session.commit()
    policy = policy_rules.shipped(policy_rules.RoutingPolicy)
    load = queries.rehearse(policy, policy, now=now)
    assert (load["cases"], load["rows"]) == (0, [])


def test_many_cases_are_sampled_and_scaled(cast, db, now, monkeypatch):
    for days in range(1, 9):
        declared(db, cast, now, THREAT, ago=days)
    monkeypatch.setattr("portal.blueprints.escalations.queries.rehearsing.SAMPLE", 4)
    policy = policy_rules.shipped(policy_rules.RoutingPolicy)
    load = queries.rehearse(policy, policy, now=now)
    assert (load["cases"], load["step"]) == (8, 2)
    assert 0 < load["looked_at"] < 8
    assert figures(load)["rule.Executive by policy"] == (8, 8)


def test_a_rehearsal_changes_nothing_but_the_draft(cast, db, now, run_jobs):
    declared(db, cast, now, THREAT, ago=5)
    run_jobs()
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    policy_actions.change(draft, "", {"reopen_days": 10}, by=cast.erik, now=now)
    policy_actions.submit(draft, why="Shorter", by=cast.erik, now=now)
    db.session.commit()
    before = everything(db)
    run_jobs()
    after = everything(db)
    assert {name for name in after if after[name] != before[name]} == {"policy_draft"}
    draft = policy_queries.get_draft(draft.id)
    assert draft.load["cases"] == 1
    assert draft.load_digest == policy_rules.digest(draft.body)


def everything(db):
    apart = {"session", "once", "job_done"}
    return {
        table.name: sorted(map(str, db.session.execute(table.select()).all()))
        for table in db.metadata.sorted_tables
        if table.name not in apart
    }


def test_a_draft_taken_back_meanwhile_is_not_rehearsed(cast, db, now, run_jobs):
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    policy_actions.change(draft, "", {"reopen_days": 10}, by=cast.erik, now=now)
    policy_actions.submit(draft, why="Shorter", by=cast.erik, now=now)
    policy_actions.take_back(draft, by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    assert policy_queries.get_draft(draft.id).load is None


def test_its_author_sees_the_load_before_submitting(cast, db, now, run_jobs, browse):
    declared(db, cast, now, THREAT)
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    policy_actions.change(draft, "", {"reopen_days": 10}, by=cast.erik, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/policies/drafts/{draft.id}"
    assert "Work out the load" in erik.text(where)
    version = draft.version
    assert erik.post(f"{where}/load").status_code == 303
    run_jobs()
    text = erik.text(where)
    assert "Load a week and a year" in text
    assert "Work out the load" not in text
    draft = policy_queries.get_draft(draft.id)
    assert draft.state is DraftState.WRITING
    assert draft.version == version
    policy_actions.change(draft, "", {"reopen_days": 11}, by=cast.erik, now=now)
    db.session.commit()
    assert "belongs to an earlier state" in erik.text(where)


def test_only_its_author_asks_and_only_for_what_is_rehearsed(cast, db, now):
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    with pytest.raises(Refused, match="Only its author"):
        policy_actions.ask_load(draft, by=cast.lisa, now=now)
    policy_actions.change(draft, "reopen_days", 0, by=cast.erik, now=now)
    with pytest.raises(Refused, match="put right first"):
        policy_actions.ask_load(draft, by=cast.erik, now=now)
    other = policy_actions.start(PolicyKind.TRIGGERS, by=cast.erik, now=now)
    with pytest.raises(Refused, match="not rehearsed"):
        policy_actions.ask_load(other, by=cast.erik, now=now)


def test_an_old_case_keeps_its_version(cast, db, now, run_jobs):
    case = declared(db, cast, now, THREAT)
    due = case.next_due_at
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    policy_actions.change(
        draft, "levels.0.acknowledge", {"count": 9, "unit": "hours"}, by=cast.erik, now=now
    )
    policy_actions.submit(draft, why="Slower", by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    draft = policy_queries.get_draft(draft.id)
    policy_actions.sign(draft, reason="Agreed", by=cast.lena, now=now)
    db.session.commit()
    clocks = {c.kind.value: c.due_at for c in queries.clocks_of(case)}
    assert (case.policy_number, clocks["acknowledge"]) == (1, due)
    new = declared(db, cast, now, THREAT)
    assert new.policy_number == 2
    clocks = {c.kind.value: c.due_at for c in queries.clocks_of(new)}
    assert clocks["acknowledge"] == now + timedelta(hours=9)
