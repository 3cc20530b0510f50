"""Version 1 of value, compensation, sponsorship and post-mortems says what the company decided."""

from decimal import Decimal

import pytest

from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import described, dump, load_default, parse
from portal.blueprints.policies.rules.value import Curve, ValuePolicy
from tests.shipped import shipped

EXPECTED = {
    PolicyKind.VALUE: {
        "discount_rate": "0.10",
        "decision_horizon_years": 3,
        "display_horizon_years": 5,
        "tiers": {"a": "0.10", "b": "0.20", "c": "0.30"},
    },
    PolicyKind.COMPENSATION: {
        "window_months": 12,
        "warn_above": "1.00",
        "leadership_above": "1.50",
        "goodwill_cap_months": "1",
        "offer_days": 14,
        "rate_tolerance": "0.02",
        "precedents": {"fewest": 5, "tolerance": "0.15"},
        "finance_signs": [
            "roadmap_commitment",
            "free_months",
            "renewal_discount",
            "termination_right",
        ],
        "outcome_days": [90, 180, 365],
    },
    PolicyKind.SPONSORSHIP: {
        "training_months": 12,
        "strategic": {
            "rank_factor": "1.5",
            "least_score": "70",
            "plan_max_age_days": 30,
            "term_months": 12,
        },
        "recovery": {
            "severities": ["E1", "E2"],
            "closed_within_days": 90,
            "arr_floor": None,
            "term_days": 90,
            "extensions": 1,
        },
        "capacity": {"strategic": 3, "strategic_chief": 2, "recovery": 1, "hard_cap": 5},
        "touch": {"introduction_days": 30, "every_days": 90},
        "exit": {
            "green_quarters": 2,
            "missed_in_a_row": 2,
            "low_score": "55",
            "low_quarters": 2,
            "executive_gone_days": 90,
        },
    },
    PolicyKind.POSTMORTEM: {
        "due": {
            "severities": ["E1"],
            "long_severities": ["E2"],
            "long_days": 14,
            "lost_share": "0.0025",
            "lost_within_days": 180,
            "compensation_above_director": True,
            "re_escalation_days": 90,
        },
        "deadlines": {"draft": 5, "meeting": 10, "approval": 15},
        "action_weeks": {"priority": 4, "normal": 8},
    },
}


def inside(expected: object, found: object) -> bool:
    """Say whether everything expected stands in a document."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            inside(value, found.get(key)) for key, value in expected.items()
        )
    return expected == found


@pytest.mark.parametrize("kind", EXPECTED)
def test_shipped_numbers(kind):
    document = dump(load_default(kind))
    for key, value in EXPECTED[kind].items():
        assert inside(value, document[key]), key


@pytest.mark.parametrize("kind", EXPECTED)
def test_documents_survive_being_stored_and_are_described(kind):
    policy = load_default(kind)
    assert parse(kind, dump(policy)) == policy
    sections = described(policy)
    assert sections
    assert all(row.label and row.value not in ("", None) for part in sections for row in part.rows)


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize("change", [{"surprise": 1}, {"title": ""}, {"note": None}])
def test_unknown_and_empty_parts_are_refused(kind, change):
    with pytest.raises(ValueError, match=r"title|note|surprise"):
        parse(kind, dump(load_default(kind)) | change)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"discount_rate": 0.1}, "exactly"),
        ({"decision_horizon_years": 6}, "horizon"),
        ({"tiers": {"a": "0.5", "b": "0.4", "c": "0.2"}}, "more than all"),
        ({"plain_retention": {"low": "0.9", "base": "0.8", "high": "0.95"}}, "rise"),
        ({"basis_order": ["booked", "booked"]}, "twice"),
    ],
)
def test_value_policies_that_contradict_themselves_are_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        shipped(ValuePolicy, "value", **change)


def test_priors_run_from_low_to_high_and_are_named_once():
    priors = dump(shipped(ValuePolicy, "value"))["priors"]
    first = priors[0]
    turned = first | {"low": first["high"], "high": first["low"]}
    with pytest.raises(ValueError, match="from low"):
        shipped(ValuePolicy, "value", priors=[turned])
    with pytest.raises(ValueError, match="stands twice"):
        shipped(ValuePolicy, "value", priors=[first, first | {"segment": "ENTERPRISE"}])


def test_first_year_loss_of_a_curve():
    assert Curve(alpha=Decimal(1), beta=Decimal(4)).first_year_loss == Decimal("0.2")
