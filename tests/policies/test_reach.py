"""Rules that no case can reach are found exactly; policies are compared and merged part by part."""

import itertools
import random
from decimal import Decimal

import pytest

from portal.blueprints.policies import rules
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules.conditions import ALWAYS_KNOWN, CHOICES, compare
from portal.blueprints.policies.rules.reach import unreachable
from portal.core.access import Role
from tests.shipped import shipped

THEN = {"owner": "account_csm", "level": "L2"}


def policy(*whens):
    """Make a routing policy of rules a, b, c … with conditions (field, op, value), and the last."""
    named = [
        {
            "name": "abcdefgh"[i] if i < 8 else f"r{i}",
            "label": f"Rule {i}",
            "when": [{"field": f, "op": o, "value": v} for f, o, v in when],
            "then": THEN,
        }
        for i, when in enumerate(whens)
    ]
    last = {"name": "last", "label": "Last", "when": [], "then": THEN}
    return shipped(rules.RoutingPolicy, "routing", rules=[*named, last])


def test_the_shipped_rules_can_all_be_reached():
    assert unreachable(rules.shipped(rules.RoutingPolicy)) == {}


@pytest.mark.parametrize(
    ("whens", "expected"),
    [
        (
            [[("severity", "is", "E1")], [("severity", "is", "E1"), ("tier", "is", "A")]],
            {"b": ("a",)},
        ),
        ([[("severity", "is", "E1"), ("tier", "is", "A")], [("severity", "is", "E1")]], {}),
        (
            [
                [("severity", "in", ["E1", "E2"])],
                [("severity", "in", ["E3", "E4"])],
                [("tier", "is", "A")],
            ],
            {"c": ("a", "b"), "last": ("a", "b")},
        ),
        ([[("arr", "at_least", "100")], [("arr", "more_than", "100")]], {"b": ("a",)}),
        ([[("arr", "more_than", "100")], [("arr", "at_least", "100")]], {}),
        ([[("arr", "at_least", "100"), ("arr", "less_than", "50")]], {"a": ()}),
        ([[("arr", "known", None)], [("arr", "unknown", None)]], {"last": ("a", "b")}),
        ([[("severity", "known", None)]], {"last": ("a",)}),
        (
            [[("executive", "is", True)], [("executive", "is", False)], [("country", "is", "FR")]],
            {"c": ("a", "b"), "last": ("a", "b")},
        ),
        ([[("country", "not_in", ["FR", "IT"])], [("country", "is", "DE")]], {"b": ("a",)}),
        ([[("country", "is", "FR")], [("country", "is_not", "FR")]], {}),
        (
            [[("tags", "has", "press")], [("tags", "has", "press"), ("tags", "has", "law")]],
            {"b": ("a",)},
        ),
    ],
)
def test_rules_in_the_way(whens, expected):
    assert unreachable(policy(*whens)) == expected


def test_the_search_agrees_with_trying_everything():
    """Held against every combination of values of three facts, for 150 random policies."""
    values = {
        "severity": CHOICES["severity"],
        "executive": (True, False),
        "arr": (None, Decimal(1), Decimal(5), Decimal(7), Decimal(10), Decimal(11)),
    }
    cases = [dict(zip(values, case, strict=True)) for case in itertools.product(*values.values())]
    dice = random.Random(7)
    conditions = [
        *(
            ("severity", op, [a, b])
            for op in ("in", "not_in")
            for a, b in (("E1", "E2"), ("E3", "E4"), ("E1", "E4"))
        ),
        ("executive", "is", True),
        ("executive", "is", False),
        *(
            ("arr", op, n)
            for op in ("at_least", "at_most", "more_than", "less_than")
            for n in ("5", "10")
        ),
        ("arr", "known", None),
        ("arr", "unknown", None),
    ]
    for _ in range(150):
        made = policy(*(dice.sample(conditions, dice.randint(1, 2)) for _ in range(4)))
        reached = set()
        for case in cases:
            hit = (r.name for r in made.rules if all(compare(c, case).met for c in r.when))
            reached.add(next(hit))
        assert set(unreachable(made)) == {rule.name for rule in made.rules} - reached


def test_two_hundred_tangled_rules_are_answered_at_once():
    dice = random.Random(3)
    words = [f"w{i}" for i in range(9)]
    whens = [
        [(field, "not_in", dice.sample(words, 2)) for field in ("country", "region", "segment")]
        for _ in range(198)
    ]
    assert isinstance(unreachable(policy(*whens)), dict)


def company(**more):
    given = {
        "roles": dict.fromkeys(Role, 1),
        "owners": 1,
        "managed": 1,
        "substituted": 1,
        "teams": frozenset({"compliance", "security", "escalations"}),
    }
    return rules.Company(**given | more)


def test_a_company_that_has_everybody_hears_nothing():
    for shape in (rules.SeverityPolicy, rules.RoutingPolicy):
        assert rules.findings(rules.shipped(shape), company()) == []


@pytest.mark.parametrize(
    ("shape", "lacks", "paths"),
    [
        (rules.SeverityPolicy, {"managed": 0}, ["ladder.3"]),
        (
            rules.SeverityPolicy,
            {"owners": 0, "managed": 0, "substituted": 0},
            [f"ladder.{n}" for n in range(5)],
        ),
        (rules.SeverityPolicy, {"owners": 3}, ["ladder.3"]),
        (rules.SeverityPolicy, {"roles": {}}, ["ladder.4"]),
        (rules.RoutingPolicy, {"empty": frozenset({"security"})}, ["rules.1"]),
        (rules.RoutingPolicy, {"teams": frozenset({"compliance", "escalations"})}, ["rules.1"]),
    ],
)
def test_what_reaches_nobody_is_pointed_out(shape, lacks, paths):
    found = rules.findings(rules.shipped(shape), company(**lacks))
    assert [one.path for one in found] == paths


def test_a_step_says_for_how_many_owners_nobody_is_there():
    (found,) = rules.findings(rules.shipped(rules.SeverityPolicy), company(owners=3))
    assert "nobody for 2 of 3 people who may own a case" in found.text


def test_a_lead_who_has_left_is_pointed_out():
    def lead(found):
        found[-1]["then"] |= {"owner": "team_lead", "team": "security"}

    (found,) = rules.findings(with_rules(lead), company())
    assert "none who is still here" in found.text


def test_a_ladder_that_ends_early_is_pointed_out():
    steps = [{"share_percent": 50, "tell": ["owner"], "only_unacknowledged": False}]
    short = shipped(rules.SeverityPolicy, "severity", ladder=steps)
    assert [one.path for one in rules.findings(short, company())] == ["ladder"]


def with_rules(change):
    body = rules.dump(rules.shipped(rules.RoutingPolicy))
    change(body["rules"])
    return rules.parse(PolicyKind.ROUTING, body)


def test_a_difference_is_said_field_by_field():
    before = rules.shipped(rules.SeverityPolicy)
    body = rules.dump(before)
    body["levels"][2]["acknowledge"] = {"count": 4, "unit": "hours"}
    (change,) = rules.changes(before, rules.parse(PolicyKind.SEVERITY, body))
    assert (change.section, change.label) == ("Severities: E3 medium", "Acknowledge within")
    assert (change.before.value, change.before.unit) == (8, "open hours")
    assert (change.after.value, change.after.unit) == (4, "hours")


def test_another_order_is_a_change_and_nothing_else():
    before = rules.shipped(rules.RoutingPolicy)
    moved = with_rules(lambda found: found.insert(0, found.pop(2)))
    (change,) = rules.changes(before, moved)
    assert change.label == "Order"
    assert change.after.value[0] == "A formal notice: counsel watches"


def test_new_and_dropped_rules_are_changes():
    before = rules.shipped(rules.RoutingPolicy)
    fewer = with_rules(lambda found: found.pop(0))
    assert {(c.after is None) for c in rules.changes(before, fewer)} == {True}
    assert {(c.before is None) for c in rules.changes(fewer, before)} == {True}
    assert rules.changes(before, before) == []


def test_two_drafts_meet_in_different_rules():
    base = rules.dump(rules.shipped(rules.RoutingPolicy))
    mine, theirs = rules.with_value(base, "title", "Mine"), rules.with_value(base, "note", "Theirs")
    mine = rules.moved(mine, "rules", 3, steps=-1)
    theirs = rules.removed(theirs, "rules", 0)
    theirs = rules.with_value(theirs, "rules.0.label", "Other words")
    merged = rules.rebase(base, mine, theirs)
    assert merged.both == ()
    assert (merged.body["title"], merged.body["note"]) == ("Mine", "Theirs")
    names = [rule["name"] for rule in merged.body["rules"]]
    assert names[:3] == ["security_or_privacy", "law_or_authority", "formal_notice"]
    assert merged.body["rules"][0]["label"] == "Other words"


def test_the_closed_lists_are_those_of_the_rooms():
    from portal.blueprints.accounts.models import Band, Lifecycle, Tier
    from portal.blueprints.escalations.models import (
        Channel,
        EscalationKind,
        Problem,
        Severity,
        Trigger,
    )
    from portal.core.i18n import LANGUAGES

    owners = {
        "trigger": Trigger,
        "severity": Severity,
        "problem": Problem,
        "channel": Channel,
        "kind": EscalationKind,
        "lifecycle": Lifecycle,
        "tier": Tier,
        "band": Band,
    }
    for name, owner in owners.items():
        assert set(CHOICES[name]) == {member.value for member in owner}, name
    assert set(CHOICES["language"]) == set(LANGUAGES)
    assert set(rules.FIELDS) >= ALWAYS_KNOWN
