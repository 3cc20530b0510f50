"""Playbooks as a policy: what they may say, what is pointed out, how they are drafted."""

from typing import Any, get_args

import pytest

from portal.blueprints.policies import actions, queries, rules
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules.base import SeverityName, TriggerName
from portal.core.access import Role
from portal.core.errors import Refused

KIND = PolicyKind.PLAYBOOKS
EVERYBODY = rules.Company(roles=dict.fromkeys(Role, 1), teams=frozenset({"security"}))


def body(path: str = "", value: Any = None) -> dict[str, Any]:
    found = rules.dump(rules.load_default(KIND))
    return rules.with_value(found, path, value) if path else found


def shipped() -> rules.PlaybooksPolicy:
    return rules.shipped(rules.PlaybooksPolicy)


@pytest.mark.parametrize("trigger", get_args(TriggerName))
def test_each_trigger_has_a_playbook_worth_the_name(trigger):
    book = shipped().of(trigger)
    assert len(book.steps) >= 6
    assert book.joins
    assert len(book.say) >= 3
    assert len(book.avoid) >= 2
    assert book.counsel
    assert any(step.severity_at_least == "E4" for step in book.steps)
    assert all(step.within for step in book.steps)


def test_the_same_name_is_the_same_step_everywhere():
    said: dict[str, str] = {}
    for book in shipped().playbooks:
        for step in book.steps:
            assert said.setdefault(step.name, step.label) == step.label


def test_what_is_graver_asks_for_more():
    order = get_args(SeverityName)
    for book in shipped().playbooks:
        asked = [
            sum(order.index(severity) <= order.index(step.severity_at_least) for step in book.steps)
            for severity in order
        ]
        assert asked == sorted(asked, reverse=True)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("playbooks", [], "one playbook for each trigger"),
        ("playbooks.0.steps.1.name", "call_back", "stands twice"),
        ("playbooks.0.steps", [], "at least 1"),
        ("playbooks.0.joins.0.team", "security", "either who joins or a team"),
        ("playbooks.0.joins.0.who", None, "either who joins or a team"),
        ("playbooks.0.steps.0.severity_at_least", "E5", "Choose one"),
        ("playbooks.0.steps.0.within", {"count": 1, "unit": "months"}, "Choose one"),
    ],
)
def test_what_a_playbook_cannot_say(path, value, complaint):
    document, problems = rules.read_draft(rules.PlaybooksPolicy, body(path, value))
    assert document is None
    assert any(complaint.lower() in problem.text.lower() for problem in problems), problems


def test_who_is_nobody_is_pointed_out_where_it_stands():
    assert rules.findings(shipped(), EVERYBODY) == []
    empty = rules.Company(roles=dict.fromkeys(Role, 1) | {Role.LEGAL: 0})
    found = rules.findings(shipped(), empty)
    paths = {one.path for one in found}
    places = {
        f"playbooks.{number}.joins.{index}"
        for number, book in enumerate(shipped().playbooks)
        for index, one in enumerate(book.joins)
        if one.who == "legal" or one.team
    }
    assert places <= paths
    assert any("takes this step" in one.text for one in found)
    assert any("no team" in one.text for one in found)


def test_one_changed_step_is_one_difference():
    (change,) = rules.changes(
        shipped(),
        rules.parse(KIND, body("playbooks.0.steps.0.within", {"count": 2, "unit": "hours"})),
    )
    assert change.section == "Playbooks: threat to cancel"
    assert (change.before.value, change.after.value) == (
        "the owner, within 1 hour, 15 minutes of work, always",
        "the owner, within 2 hours, 15 minutes of work, always",
    )


def test_a_new_step_has_a_name_of_its_own(cast, db, now):
    draft = actions.start(KIND, by=cast.erik, now=now)
    for _turn in range(2):
        actions.add(draft, "playbooks.0.steps", by=cast.erik, now=now)
    one, two = draft.body["playbooks"][0]["steps"][-2:]
    assert one["name"] != two["name"]
    assert one["name"].startswith("step_")


def test_a_playbook_is_proposed_and_published_by_another(cast, db, now, run_jobs):
    draft = actions.start(KIND, by=cast.adam, now=now)
    actions.change(draft, "playbooks.11.aim", "Somebody answers.", by=cast.adam, now=now)
    actions.submit(draft, why="Shorter", by=cast.adam, now=now)
    db.session.commit()
    with pytest.raises(Refused, match="still being worked out"):
        actions.sign(draft, reason="Right", by=cast.lena, now=now)
    run_jobs()
    draft = queries.get_draft(draft.id)
    actions.sign(draft, reason="Right", by=cast.lena, now=now)
    policy, number = queries.in_force(rules.PlaybooksPolicy)
    assert number == 2
    assert policy.of("other_extraordinary").aim == "Somebody answers."


def test_the_page_and_the_form_of_a_playbook(browse, cast):
    erik = browse("erik")
    assert "Words to avoid" in erik.text("/policies/playbooks")
    begun = erik.post("/policies/playbooks/drafts").headers["Location"]
    form = erik.text(f"{begun}/edit?at=playbooks.0")
    assert "Add one more" in form
    assert "Severity at least" in form
