"""Who gets a sponsor, who can be one, how it goes on and ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.blueprints.accounts.models import Band
from portal.blueprints.accounts.rules import Explained
from portal.blueprints.policies.rules import read_draft
from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship import rules
from portal.blueprints.sponsorship.models import ExitReason, LaneKind, TouchpointState
from portal.blueprints.sponsorship.rules import (
    Case,
    Course,
    EntryFacts,
    Load,
    Proposal,
    Sponsor,
    Wish,
)
from portal.core.money import Money
from tests.shipped import shipped

POLICY = shipped(SponsorshipPolicy, "sponsorship")
ON = date(2026, 7, 14)
STRATEGIC, RECOVERY = LaneKind.STRATEGIC, LaneKind.RECOVERY


def fact(value, name="fact"):
    return Explained(name, value, "ACC-00001", ON)


def eur(amount):
    return Money(Decimal(amount), "EUR")


FULL = {
    "arr_percentile": 100,
    "growth_potential": 100,
    "reference_customer": True,
    "logo": True,
    "regulator_exposed": True,
    "renewal_near": 0,
    "risk": 100,
    "executive_engaged": True,
}


def profile(**changes):
    """Give a profile; None leaves a fact unknown."""
    return {key: fact(value) for key, value in (FULL | changes).items() if value is not None}


READY = EntryFacts(
    arr=fact(eur(50000)),
    arr_rank=fact(60),
    median_arr=fact(eur(50000)),
    customer_executive=fact(True),
    success_plan=fact(date(2026, 6, 15)),
    outcome=fact("Renew in three countries"),
    sponsor=fact(True),
    cases=fact((Case("ESC-2026-0001", "E2", date(2026, 1, 1), date(2026, 4, 15)),)),
    owner=fact("Ava"),
)


def met(lane, **changes):
    found = rules.check(lane, replace(READY, **changes), on=ON, policy=POLICY)
    return {criterion.key: criterion.met for criterion in found.criteria}, found.eligible


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({}, "rank_or_score", True),
        ({"arr_rank": fact(61)}, "rank_or_score", None),
        ({"arr_rank": fact(61), "profile": profile()}, "rank_or_score", True),
        ({"arr_rank": fact(61), "profile": profile(risk=0, logo=False)}, "rank_or_score", True),
        # 100 - 20 - 10 = 70 is enough; a point less is not.
        (
            {"arr_rank": fact(61), "profile": profile(risk=0, growth_potential=0)},
            "rank_or_score",
            True,
        ),
        (
            {
                "arr_rank": fact(61),
                "profile": profile(risk=0, growth_potential=0, arr_percentile=99),
            },
            "rank_or_score",
            False,
        ),
        (
            {"arr_rank": fact(61), "profile": profile(risk=None, growth_potential=0, logo=False)},
            "rank_or_score",
            None,
        ),
        (
            {
                "arr_rank": fact(61),
                "profile": profile(risk=0, growth_potential=0, logo=None, arr_percentile=40),
            },
            "rank_or_score",
            False,
        ),
        ({"arr_rank": fact(None)}, "rank_or_score", None),
        ({"customer_executive": fact(False)}, "customer_executive", False),
        ({"customer_executive": fact(None)}, "customer_executive", None),
        ({"success_plan": fact(date(2026, 6, 15))}, "success_plan", True),
        ({"success_plan": fact(date(2026, 6, 14))}, "success_plan", False),
        ({"success_plan": fact(ON)}, "success_plan", True),
        ({"success_plan": fact(date(2026, 7, 15))}, "success_plan", False),
        ({"success_plan": fact(None)}, "success_plan", None),
        ({"outcome": fact("  ")}, "outcome", False),
        ({"outcome": fact(None)}, "outcome", None),
        ({"sponsor": fact(False)}, "sponsor", False),
        ({"sponsor": fact(None)}, "sponsor", None),
    ],
)
def test_strategic_criteria(changes, key, expected):
    found, eligible = met(STRATEGIC, **changes)
    assert found[key] is expected
    assert eligible is (expected is True)


def closed(days: int, severity: str = "E1") -> Explained:
    return fact((Case("ESC-2026-0002", severity, date(2025, 1, 1), ON - timedelta(days)),))


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({}, "recent_case", True),
        ({"cases": closed(90)}, "recent_case", True),
        ({"cases": closed(91)}, "recent_case", False),
        ({"cases": closed(1, "E3")}, "recent_case", False),
        ({"cases": fact((Case("ESC-2026-0002", "E2", date(2024, 1, 1)),))}, "recent_case", True),
        ({"cases": fact((Case("ESC-2026-0002", "E4", date(2024, 1, 1)),))}, "recent_case", False),
        ({"cases": fact(())}, "recent_case", False),
        ({"cases": fact(None)}, "recent_case", None),
        ({"arr": fact(eur(50000))}, "arr_floor", True),
        ({"arr": fact(eur("49999.99"))}, "arr_floor", False),
        ({"arr": fact(None)}, "arr_floor", None),
        ({"median_arr": fact(None)}, "arr_floor", None),
        ({"owner": fact("")}, "owner", False),
        ({"owner": fact(None)}, "owner", None),
    ],
)
def test_recovery_criteria(changes, key, expected):
    found, eligible = met(RECOVERY, **changes)
    assert found[key] is expected
    assert eligible is (expected is True)


def test_nothing_known_is_not_met_data_missing():
    for lane in LaneKind:
        found = rules.check(lane, EntryFacts(), on=ON, policy=POLICY)
        assert not found.eligible
        assert len(found.gaps) == len(found.criteria)
        for criterion in found.criteria:
            assert criterion.met is None
            assert criterion.verdict == "not met, data missing"
            assert criterion.needed
            assert criterion.evidence
        if lane is STRATEGIC:
            assert "well-known name" in found.criteria[0].needed
            assert "_" not in found.criteria[0].needed


def test_evidence_names_source_day_and_figures():
    found = rules.check(RECOVERY, READY, on=ON, policy=POLICY).criteria
    assert "ESC-2026-0001 (E2)" in found[0].evidence
    assert found[0].threshold == "E1 / E2 open, or closed in the last 90 days"
    assert (found[1].source, found[1].as_of) == ("ACC-00001", ON)
    assert "50,000" in found[1].evidence
    assert all(criterion.needed == "" and criterion.verdict == "met" for criterion in found)


VALUES = st.fixed_dictionaries(
    {
        "arr_percentile": st.none() | st.integers(0, 100),
        "growth_potential": st.none() | st.integers(0, 100),
        "reference_customer": st.none() | st.booleans(),
        "logo": st.none() | st.booleans(),
        "regulator_exposed": st.none() | st.booleans(),
        "renewal_near": st.none() | st.integers(-6, 60),
        "risk": st.none() | st.integers(0, 100),
        "executive_engaged": st.none() | st.booleans(),
    }
)


@given(values=VALUES, hidden=st.sets(st.sampled_from(list(FULL))))
def test_evidence_never_turns_met_into_unmet(values, hidden):
    more = rules.score(profile(**values), policy=POLICY)
    less = rules.score(profile(**values | dict.fromkeys(hidden)), policy=POLICY)
    assert 0 <= less.value <= more.value <= more.possible <= less.possible <= 100
    for mark in (Decimal(55), Decimal(70)):
        if less.reaches(mark) is not None:
            assert more.reaches(mark) is less.reaches(mark)


def test_score_shows_what_each_factor_adds():
    found = rules.score(profile(renewal_near=3, risk=50, logo=None), policy=POLICY)
    points = {part.factor: part.points for part in found.parts}
    assert points["renewal_near"] == Decimal("11.25")
    assert points["risk"] == Decimal("10.00")
    assert found.missing == ("logo",)
    assert found.value == Decimal("81.25")
    assert found.possible == Decimal("86.25")


@pytest.mark.parametrize(
    ("arrs", "expected"),
    [([1, 2, 9], "2"), ([1, 2, 3, 9], "2.5"), ([7], "7"), ([], None)],
)
def test_recovery_floor_is_the_median(arrs, expected):
    found = rules.recovery_floor(map(eur, arrs), policy=POLICY, on=ON, currency="EUR")
    assert found.value == (None if expected is None else eur(expected))


def test_the_policy_can_set_a_floor():
    recovery = POLICY.recovery.model_dump(mode="json") | {"arr_floor": "1000"}
    policy = shipped(SponsorshipPolicy, "sponsorship", recovery=recovery)
    found = rules.recovery_floor([eur(5)], policy=policy, on=ON, currency="EUR")
    assert found.value == eur(1000)


# Nomination and decision


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"lost": True}, ["lost"]),
        ({"merged": True}, ["merged"]),
        ({"sponsored_in": STRATEGIC}, ["sponsored"]),
        ({"pending_in": RECOVERY}, ["pending"]),
    ],
)
def test_who_cannot_be_nominated(facts, codes):
    none = {"lost": False, "merged": False, "sponsored_in": None, "pending_in": None}
    assert [one.code for one in rules.objections_to_nomination(**none | facts)] == codes


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"decider_id": 2}, ["own_nomination"]),
        ({"decider_id": 3}, ["own_sponsorship"]),
        ({"sponsor_id": None, "decider_id": 3}, []),
        ({"eligible": False}, ["not_eligible"]),
        ({"eligible": False, "reason": "The board asks for it."}, []),
        ({"natural_person": True}, ["natural_person"]),
        ({"natural_person": True, "reason": "Long ill."}, []),
        ({"admits": False}, ["no_reason"]),
        ({"admits": False, "reason": "Come back in May."}, []),
    ],
)
def test_who_decides_a_nomination(facts, codes):
    usual = {
        "decider_id": 1,
        "nominator_id": 2,
        "sponsor_id": 3,
        "admits": True,
        "eligible": True,
        "natural_person": False,
        "reason": "",
    }
    assert [one.code for one in rules.objections_to_decision(**usual | facts)] == codes


# Sponsors


AVA = Sponsor(
    7,
    Decimal(20),
    trained_on=date(2026, 1, 1),
    languages=frozenset({"fr", "en"}),
    zone="Europe/Paris",
    expertise=frozenset({"billing", "cloud"}),
    industries=frozenset({"bank"}),
)
WISH = Wish("ACC-00001", STRATEGIC, "fr", "Europe/Paris", frozenset({"billing"}), "bank")


@pytest.mark.parametrize(
    ("trained_on", "on", "valid"),
    [
        (None, "2026-01-01", False),
        ("2026-01-01", "2025-12-31", False),
        ("2026-01-01", "2026-01-01", True),
        ("2026-01-01", "2026-12-31", True),
        ("2026-01-01", "2027-01-01", False),
        ("2024-02-29", "2025-02-27", True),
        ("2024-02-29", "2025-02-28", False),
    ],
)
def test_training_is_valid_for_twelve_months(trained_on, on, valid):
    day = date.fromisoformat(trained_on) if trained_on else None
    assert rules.is_trained(day, on=date.fromisoformat(on), policy=POLICY) is valid


@pytest.mark.parametrize(
    ("changes", "load", "lane", "codes"),
    [
        ({}, Load(2, 1), STRATEGIC, []),
        ({}, Load(3, 0), STRATEGIC, ["lane_full"]),
        ({}, Load(3, 0), RECOVERY, []),
        ({}, Load(0, 1), RECOVERY, ["lane_full"]),
        ({"chief": True}, Load(1, 0), STRATEGIC, []),
        ({"chief": True}, Load(2, 0), STRATEGIC, ["lane_full"]),
        ({"hours_a_month": Decimal(100)}, Load(4, 1), RECOVERY, ["lane_full", "hard_cap"]),
        ({"hours_a_month": Decimal(3)}, Load(1, 0), STRATEGIC, []),
        ({"hours_a_month": Decimal("2.9")}, Load(1, 0), STRATEGIC, ["hours"]),
        ({"hours_a_month": Decimal("6.5")}, Load(2, 0), RECOVERY, []),
        ({"hours_a_month": Decimal("6.4")}, Load(2, 0), RECOVERY, ["hours"]),
        ({"places": 1}, Load(1, 0), STRATEGIC, ["lane_full"]),
        ({"places": 9}, Load(3, 0), STRATEGIC, ["lane_full"]),
        ({"recovery_places": 0}, Load(), RECOVERY, ["lane_full"]),
        ({"recovery_places": 0}, Load(), STRATEGIC, []),
        ({"trained_on": None}, Load(), STRATEGIC, ["untrained"]),
        ({"trained_on": date(2025, 7, 14)}, Load(), STRATEGIC, ["untrained"]),
    ],
)
def test_capacity(changes, load, lane, codes):
    found = rules.objections_to_capacity(replace(AVA, **changes), load, lane, on=ON, policy=POLICY)
    assert [one.code for one in found] == codes


@given(
    hours=st.integers(0, 60),
    strategic=st.integers(0, 6),
    recovery=st.integers(0, 3),
    lane=st.sampled_from(list(LaneKind)),
    chief=st.booleans(),
)
def test_who_has_room_never_goes_over_a_cap(hours, strategic, recovery, lane, chief):
    sponsor = replace(AVA, hours_a_month=Decimal(hours), chief=chief)
    load = Load(strategic, recovery)
    if rules.objections_to_capacity(sponsor, load, lane, on=ON, policy=POLICY):
        return
    after = Load(strategic + (lane is STRATEGIC), recovery + (lane is RECOVERY))
    assert after.accounts <= POLICY.capacity.hard_cap
    assert rules.hours_used(after, policy=POLICY) <= hours
    assert after.strategic <= (2 if chief else 3) or lane is RECOVERY


NOW = datetime(2026, 7, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, "100.00"),
        ({"languages": frozenset({"it"})}, "65.00"),
        ({"zone": "Europe/London"}, "97.50"),  # one of six hours
        ({"zone": "Asia/Tokyo"}, "85.00"),
        ({"zone": "America/New_York"}, "85.00"),
        ({"expertise": frozenset()}, "75.00"),
        ({"industries": frozenset()}, "85.00"),
        ({"hours_a_month": Decimal(0)}, "90.00"),
    ],
)
def test_a_match_is_explained_factor_by_factor(changes, points):
    found = rules.match(replace(AVA, **changes), Load(), WISH, now=NOW, policy=POLICY)
    assert found.points == Decimal(points)
    assert sum(reason.of for reason in found.reasons) == 100
    assert all(reason.words for reason in found.reasons)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"conflicts": frozenset({"ACC-00001"})}, "conflict"),
        ({"target_accounts": frozenset({"ACC-00001"})}, "revenue_target"),
        ({"sales_leader": True}, "sales_leader"),
        ({"trained_on": None}, "untrained"),
    ],
)
def test_what_forbids_a_match(changes, code):
    found = rules.match(replace(AVA, **changes), Load(), WISH, now=NOW, policy=POLICY)
    assert not found.possible
    assert [one.code for one in found.objections] == [code]


def test_hours_in_use_lower_the_match_and_nothing_asked_for_costs_nothing():
    used = rules.match(AVA, Load(2, 0), WISH, now=NOW, policy=POLICY)
    assert used.points == Decimal("98.50")
    modest = replace(WISH, expertise=frozenset())
    free = rules.match(AVA, Load(), modest, now=NOW, policy=POLICY)
    assert (free.points, sum(one.of for one in free.reasons)) == (100, 100)
    assert [one.of for one in free.reasons if one.factor == "expertise"] == [0]
    mute = rules.match(replace(AVA, languages=frozenset()), Load(), modest, now=NOW, policy=POLICY)
    assert 100 - mute.points > POLICY.match.common_language


@pytest.mark.parametrize(
    ("asked", "points", "words"),
    [
        ({"billing", "cloud"}, "25", "Knows billing, cloud."),
        ({"BILLING", "networks"}, "12.5", "Knows BILLING; not: networks."),
        ({"Cloüd"}, "25", "Knows Cloüd."),
        ({"pricing", "networks"}, "0", "Knows nothing of what is asked for: networks, pricing."),
        ((), "0", "No expertise is asked for: the rest counts for more."),
    ],
)
def test_expertise_counts_by_how_much_of_it_there_is(asked, points, words):
    wish = replace(WISH, expertise=frozenset(asked))
    found = rules.match(AVA, Load(), wish, now=NOW, policy=POLICY).reasons
    (told,) = (one for one in found if one.factor == "expertise")
    assert (told.points, told.words) == (Decimal(points), words)


# Course and exit


@pytest.mark.parametrize(
    ("lane", "start", "end"),
    [
        (STRATEGIC, "2026-01-31", "2027-01-31"),
        (STRATEGIC, "2024-02-29", "2025-02-28"),
        (STRATEGIC, "2023-03-01", "2024-03-01"),
        (RECOVERY, "2026-01-31", "2026-05-01"),
    ],
)
def test_terms(lane, start, end):
    assert rules.term_end(lane, date.fromisoformat(start), policy=POLICY).isoformat() == end


def test_extensions():
    end = date(2026, 5, 1)
    assert rules.extended(RECOVERY, end, extensions=0, policy=POLICY) == date(2026, 7, 30)
    assert rules.extended(RECOVERY, end, extensions=1, policy=POLICY) is None
    assert rules.extended(STRATEGIC, end, extensions=5, policy=POLICY) == date(2027, 5, 1)


def test_next_touchpoint():
    start = date(2026, 1, 1)
    assert rules.next_touchpoint(start, None, policy=POLICY) == date(2026, 1, 31)
    assert rules.next_touchpoint(start, date(2026, 1, 20), policy=POLICY) == date(2026, 4, 20)


HELD, OURS = TouchpointState.HELD, TouchpointState.MISSED_BY_US
THEIRS, PLANNED = TouchpointState.MISSED_BY_THEM, TouchpointState.PLANNED
GREEN, AMBER = Band.GREEN, Band.AMBER
RUNNING = Course(STRATEGIC, date(2027, 1, 1))
END, CHANGE = Proposal.END, Proposal.CHANGE_SPONSOR


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"outcome_reached": True}, []),
        ({"outcome_reached": True, "bands": (GREEN,)}, []),
        (
            {"outcome_reached": True, "bands": (AMBER, GREEN, GREEN)},
            [(ExitReason.OUTCOME_REACHED, END)],
        ),
        ({"outcome_reached": True, "bands": (GREEN, GREEN, AMBER)}, []),
        ({"outcome_reached": True, "bands": (GREEN, None)}, []),
        ({"bands": (GREEN, GREEN)}, []),
        ({"ends_on": date(2026, 7, 15)}, []),
        ({"ends_on": ON}, [(ExitReason.TERM_OVER, END)]),
        ({"touchpoints": (THEIRS,)}, []),
        ({"touchpoints": (THEIRS, HELD, THEIRS)}, []),
        ({"touchpoints": (THEIRS, THEIRS, HELD)}, []),
        ({"touchpoints": (HELD, THEIRS, THEIRS)}, [(ExitReason.TOUCHPOINTS_MISSED, END)]),
        ({"touchpoints": (HELD, OURS, OURS)}, [(ExitReason.TOUCHPOINTS_MISSED, CHANGE)]),
        ({"touchpoints": (OURS, THEIRS)}, [(ExitReason.TOUCHPOINTS_MISSED, CHANGE)]),
        ({"touchpoints": (THEIRS, THEIRS, PLANNED)}, [(ExitReason.TOUCHPOINTS_MISSED, END)]),
        ({"scores": (Decimal(54), Decimal("54.99"))}, [(ExitReason.SCORE_LOW, END)]),
        ({"scores": (Decimal(54), Decimal(55))}, []),
        ({"scores": (Decimal(54), Decimal(60), Decimal(54))}, []),
        ({"scores": (Decimal(54), None)}, []),
        ({"scores": (Decimal(1),)}, []),
        ({"lane": RECOVERY, "scores": (Decimal(1), Decimal(1))}, []),
        ({"executive_gone_since": ON - timedelta(90)}, []),
        ({"executive_gone_since": ON - timedelta(91)}, [(ExitReason.EXECUTIVE_GONE, END)]),
        ({"churned": True}, [(ExitReason.CHURNED, END)]),
        ({"displaced_on": ON - timedelta(29)}, []),
        ({"displaced_on": ON - timedelta(30)}, [(ExitReason.DISPLACED, END)]),
        (
            {"churned": True, "ends_on": ON},
            [(ExitReason.CHURNED, END), (ExitReason.TERM_OVER, END)],
        ),
    ],
)
def test_exits(changes, expected):
    found = rules.exits(replace(RUNNING, **changes), on=ON, policy=POLICY)
    assert [(one.reason, one.proposal) for one in found] == expected
    assert all(one.evidence for one in found)


@given(st.lists(st.decimals("0", "100", places=1), max_size=12))
def test_hysteresis_never_flaps(scores):
    """Whoever the score alone lets in is not put out by the score of the same quarter."""
    course = replace(RUNNING, scores=tuple(scores))
    low = ExitReason.SCORE_LOW in [one.reason for one in rules.exits(course, on=ON, policy=POLICY)]
    if scores and scores[-1] >= POLICY.exit.low_score:
        assert not low
    if low:
        assert all(score < POLICY.strategic.least_score for score in scores[-2:])


@pytest.mark.parametrize(
    ("section", "changes", "complaint"),
    [
        ("exit", {"low_score": "70"}, "below the score to enter"),
        ("match", {"common_language": "36"}, "add up to 100"),
    ],
)
def test_a_policy_that_would_flap_is_refused(section, changes, complaint):
    part = getattr(POLICY, section).model_dump(mode="json") | changes
    with pytest.raises(ValueError, match=complaint):
        shipped(SponsorshipPolicy, "sponsorship", **{section: part})


def test_weights_are_a_hundred_points():
    weights = [weight.model_dump(mode="json") for weight in POLICY.weights]
    with pytest.raises(ValueError, match="100 points"):
        shipped(SponsorshipPolicy, "sponsorship", weights=weights[:-1])
    with pytest.raises(ValueError, match="twice"):
        shipped(SponsorshipPolicy, "sponsorship", weights=[*weights[:-1], weights[0]])


RISKY = {"lane": "strategic", "fact": "risk", "comparison": "at_least", "value": "40"}


@pytest.mark.parametrize(
    ("conditions", "path"),
    [
        ([RISKY], None),
        ([RISKY | {"value": "101"}], "conditions.0"),
        ([RISKY | {"value": None}], "conditions.0"),
        ([RISKY | {"value": "1/0"}], "conditions.0.value"),
        ([RISKY | {"value": "9" * 100_000}], "conditions.0.value"),
        ([RISKY | {"fact": "shoe_size"}], "conditions.0.fact"),
        ([RISKY | {"fact": "__class__"}], "conditions.0.fact"),
        ([RISKY | {"fact": "logo"}], "conditions.0"),
        ([RISKY | {"comparison": "yes"}], "conditions.0"),
        ([RISKY | {"fact": "logo", "comparison": "yes"}], "conditions.0"),
        ([RISKY, RISKY | {"value": "50"}], "conditions"),
        ([RISKY, RISKY | {"comparison": "less_than"}], "conditions"),
        ([RISKY, RISKY | {"comparison": "at_most"}], None),
        ([RISKY, RISKY | {"lane": "recovery", "comparison": "less_than"}], None),
        ([RISKY | {"comparison": "more_than", "value": "99.5"}], None),
        ([RISKY | {"comparison": "more_than", "value": "100"}], "conditions.0"),
    ],
)
def test_own_conditions_are_refused_where_nobody_can_meet_them(conditions, path):
    document, problems = read_draft(
        SponsorshipPolicy, POLICY.model_dump(mode="json") | {"conditions": conditions}
    )
    assert [one.path for one in problems] == ([] if path is None else [path])
    assert (document is None) is (path is not None)


@pytest.mark.parametrize(("seen", "expected"), [(39, False), (40, True), (100, True), (None, None)])
def test_own_conditions_are_criteria_of_their_lane(seen, expected):
    body = POLICY.model_dump(mode="json") | {"conditions": [RISKY]}
    policy, _problems = read_draft(SponsorshipPolicy, body)
    facts = replace(READY, profile=profile(risk=seen))
    found = rules.check(STRATEGIC, facts, on=ON, policy=policy)
    assert rules.told(found, number=2)["criteria"][-1] == {
        "name": "own_risk_at_least",
        "met": expected is True,
        "value": seen,
        "threshold": {"fact": "risk", "comparison": "at_least", "value": 40.0},
        "source": "ACC-00001" if seen is not None else "",
        "as_of": "2026-07-14" if seen is not None else None,
    }
    assert found.criteria[-1].met is expected
    assert len(rules.check(RECOVERY, facts, on=ON, policy=policy).criteria) == 3


CALM = RISKY | {"comparison": "at_most", "value": "20", "lifted": "30"}


@pytest.mark.parametrize(
    ("endings", "path"),
    [
        ([CALM], None),
        ([CALM, CALM | {"fact": "csat", "value": "1", "lifted": "3"}], None),
        ([CALM | {"lifted": None}], "endings.0"),  # nothing says when it is over
        ([CALM | {"lifted": "20"}], "endings.0"),  # it would flap
        ([CALM | {"lifted": "10"}], "endings.0"),  # met and lifted at once
        ([CALM | {"lifted": "101"}], "endings.0"),  # it would stand for good
        ([CALM | {"lifted": "1/0"}], "endings.0.lifted"),
        ([CALM | {"fact": "().__class__"}], "endings.0.fact"),
        ([CALM, CALM | {"value": "10"}], "endings"),
        ([CALM | {"fact": "logo", "comparison": "no", "value": None, "lifted": None}], None),
        ([CALM | {"fact": "logo", "comparison": "no", "value": None}], "endings.0"),
        ([RISKY | {"comparison": "more_than", "value": "39", "lifted": "5"}], ""),  # all who enter
        ([RISKY | {"comparison": "more_than", "value": "60", "lifted": "5"}], None),
    ],
)
def test_conditions_for_leaving_have_two_marks_apart(endings, path):
    body = POLICY.model_dump(mode="json") | {"conditions": [RISKY], "endings": endings}
    document, problems = read_draft(SponsorshipPolicy, body)
    assert [one.path for one in problems] == ([] if path is None else [path])
    assert (document is None) is (path is not None)


def test_conditions_for_leaving_decide_nothing_about_coming_in():
    body = POLICY.model_dump(mode="json") | {"endings": [CALM]}
    policy, _problems = read_draft(SponsorshipPolicy, body)
    facts = replace(READY, profile=profile(risk=12))
    found = rules.check(STRATEGIC, facts, on=ON, policy=policy)
    assert found.eligible
    (out,) = rules.told(found, number=2)["leaving"]
    assert (out["name"], out["met"], out["value"]) == ("own_risk_at_most", True, 12)
    assert (out["threshold"]["value"], out["threshold"]["lifted"]) == (20.0, 30.0)
    (proposal,) = rules.exits(
        Course(lane=STRATEGIC, ends_on=date(2027, 7, 1), facts=facts), on=ON, policy=policy
    )
    assert (proposal.reason, proposal.mark) == (ExitReason.CONDITION, "own_risk_at_most")
    assert not rules.check(RECOVERY, facts, on=ON, policy=policy).leaving
