"""Points, bands, the way to green, expected loss, stages: pure decisions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal.blueprints.accounts.models import Band
from portal.blueprints.policies.rules import RiskPolicy
from portal.blueprints.risk import rules
from portal.blueprints.risk.models import HardRule, Stage
from portal.core.money import Money
from tests.shipped import shipped

POLICY = shipped(RiskPolicy, "risk")
NOTHING = dict.fromkeys(rules.NAMES)


def parts(**points):
    given = dict.fromkeys(rules.NAMES, 0) | points
    return rules.parts(POLICY, NOTHING, given)


@pytest.mark.parametrize(
    ("name", "measure", "hundredths"),
    [
        ("open_cases", None, 0),
        ("open_cases", "0", 0),
        ("open_cases", "0.5", 1250),
        ("open_cases", "1", 2500),
        ("open_cases", "7", 2500),
        ("promises_broken", "1", 600),
        ("health_trend", "0.1", 333),
        ("sponsor_gone", "45", 350),
        ("recurrence", "-1", 0),
    ],
)
def test_a_factor_gives_its_weight_in_proportion(name, measure, hundredths):
    assert rules.points(POLICY, name, measure and Decimal(measure)) == hundredths


@pytest.mark.parametrize(
    ("score", "rule", "band"),
    [
        (0, None, Band.GREEN),
        (34, None, Band.GREEN),
        (35, None, Band.AMBER),
        (64, None, Band.AMBER),
        (65, None, Band.RED),
        (3, HardRule.OPEN_E2, Band.AMBER),
        (80, HardRule.CHURN_NOTICE, Band.RED),
    ],
)
def test_a_hard_rule_is_never_green(score, rule, band):
    assert rules.band(POLICY, score, rule) is band


def test_what_would_make_it_green():
    assert rules.way_to_green(POLICY, parts(open_cases=500), None) is None
    way = rules.way_to_green(POLICY, parts(open_cases=1250, promises_broken=1200, sentiment=800,
                                           health_trend=600), None)  # fmt: skip
    assert [step.name for step in way.steps] == ["open_cases"]
    assert way.score == 26
    assert way.enough
    # The rule is lifted by closing the case, though it gives little.
    ruled = rules.way_to_green(
        POLICY, parts(open_cases=500, promises_broken=1200), HardRule.OPEN_E2
    )
    assert [step.name for step in ruled.steps] == ["open_cases"]
    assert ruled.score == 12
    # What comes nearer by itself cannot be settled.
    policy = POLICY.model_copy(update={"amber_from": 5})
    stuck = rules.way_to_green(policy, parts(renewal_near=800, recurrence=600), None)
    assert [step.name for step in stuck.steps] == ["recurrence"]
    assert (stuck.score, stuck.enough) == (8, False)


def euros(amount):
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("likelihood", "stays", "leaves", "loss"),
    [
        (5, euros(1000), euros(200), euros(680)),
        (1, euros(1000), None, euros(50)),
        (3, euros("0.01"), euros(0), euros(0)),
        (4, euros(100), euros(300), euros(0)),
        (2, None, None, None),
    ],
)
def test_what_is_expected_to_be_lost(likelihood, stays, leaves, loss):
    assert rules.expected_loss(likelihood, stays=stays, leaves=leaves) == loss


@pytest.mark.parametrize(
    ("stays", "firm", "margin", "worth"),
    [
        (None, euros(5), Decimal("0.7"), None),
        (euros(100), None, Decimal("0.7"), euros(0)),
        (euros(100), euros(50), None, euros(0)),
        (euros(100), euros(50), Decimal("0.7"), euros(35)),
        (euros(10), euros(50), Decimal("0.7"), euros(10)),
        (euros(10), euros(-50), Decimal("0.7"), euros(0)),
    ],
)
def test_who_goes_still_pays_what_is_firm(stays, firm, margin, worth):
    assert rules.still_paid(stays, firm, margin=margin) == worth


@pytest.mark.parametrize(
    ("stage", "to", "given", "refused"),
    [
        (Stage.AT_RISK, Stage.PLAN_IN_PLACE, {}, False),
        (Stage.AT_RISK, Stage.PLAN_IN_PLACE, {"plan": " "}, True),
        (Stage.AT_RISK, Stage.PLAN_IN_PLACE, {"tasks": 0}, True),
        (Stage.AT_RISK, Stage.SAVING, {}, True),
        (Stage.SAVING, Stage.RECOVERED, {"open_tasks": 1}, True),
        (Stage.SAVING, Stage.RECOVERED, {}, False),
        (Stage.SAVING, Stage.LOST, {"why": ""}, True),
        (Stage.LOST, Stage.AT_RISK, {}, True),
        (Stage.RECOVERED, Stage.AT_RISK, {}, False),
    ],
)
def test_stages_follow_each_other(stage, to, given, refused):
    usual = {"plan": "We visit them.", "tasks": 1, "open_tasks": 0, "why": "It is time."}
    assert (rules.objections(stage, to, **usual | given) is not None) is refused


def test_small_things():
    assert [rules.grade(*one) for one in ((1, 4), (1, 5), (3, 4))] == [
        Band.GREEN,
        Band.AMBER,
        Band.RED,
    ]
    now = datetime(2026, 6, 17, tzinfo=UTC)
    assert rules.days_between(now - timedelta(days=2, hours=3), now) == 2
    assert rules.in_points(333) == Decimal("3.3")


def test_every_factor_has_its_words():
    assert {factor.name for factor in POLICY.factors} == set(rules.NAMES)
    for name in rules.NAMES:
        assert rules.factor_word(name)
        assert rules.deed(name)
        for measure in (None, Decimal("0.5"), Decimal(90)):
            assert rules.measured(rules.Part(name, "", "", measure, 0, 0))
