"""Policy documents: version 1 as the founding documents say, and what is refused."""

import copy
import json
import tomllib
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.blueprints.auth.models import Grade
from portal.blueprints.concessions.models import Form
from portal.blueprints.escalations.models import Level, Problem, Severity, Trigger
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import (
    SHAPES,
    CompensationPolicy,
    Condition,
    Op,
    PostmortemPolicy,
    RegulatorClocksPolicy,
    RiskPolicy,
    RoutingPolicy,
    SeverityPolicy,
    SponsorshipPolicy,
    TriggersPolicy,
    Unit,
    ValuePolicy,
    base,
    compare,
    compensation,
    described,
    dump,
    load_default,
    parse,
    parse_as,
    shipped,
    words,
)
from portal.blueprints.sponsorship.models import LaneKind
from portal.core.money import Money

KINDS = list(PolicyKind)


def eur(amount: int | str) -> Money:
    return Money(amount, "EUR")


@pytest.mark.parametrize("kind", KINDS)
def test_version_one_reads_back_what_it_writes(kind: PolicyKind):
    document = load_default(kind)
    assert isinstance(document, SHAPES[kind])
    stored = json.loads(json.dumps(dump(document)))
    assert parse(kind, stored) == document
    assert document.title
    assert len(document.note) > 40


@pytest.mark.parametrize("kind", KINDS)
def test_documents_are_frozen_and_strict(kind: PolicyKind):
    document = load_default(kind)
    with pytest.raises(ValidationError):
        document.title = "another"
    with pytest.raises(ValidationError):
        parse(kind, dump(document) | {"surprise": 1})
    with pytest.raises(ValidationError):
        parse(kind, {"title": "x", "note": "y"})


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_describes_itself_for_a_page(kind: PolicyKind):
    sections = described(load_default(kind))
    assert sections
    for section in sections:
        assert section.title
        assert section.rows
        assert all(row.label and row.value is not None for row in section.rows)


def test_every_field_of_every_document_has_a_label():
    def fields(shape: type[base.Part], seen: set[type]) -> set[str]:
        names = set()
        for name, info in shape.model_fields.items():
            names.add(name)
            for inner in _parts_of(info.annotation):
                if inner not in seen:
                    seen.add(inner)
                    names |= fields(inner, seen)
        return names

    unlabelled = {"title", "note", "label", "count", "field", "op", "value"}
    for shape in SHAPES.values():
        for name in fields(shape, set()) - unlabelled:
            assert words.label(name)


def _parts_of(annotation: object) -> list[type[base.Part]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, base.Part) else []
    return [part for inner in get_args(annotation) for part in _parts_of(inner)]


@pytest.mark.parametrize(
    ("names", "enum"),
    [
        (base.TriggerName, Trigger),
        (base.SeverityName, Severity),
        (base.LevelName, Level),
        (base.GradeName, Grade),
        (base.LaneName, LaneKind),
        (compensation.FormName, Form),
    ],
)
def test_names_of_other_rooms_are_spelled_as_they_spell_them(names: object, enum: type):
    assert set(get_args(names)) == {member.value for member in enum}


def test_roles_are_those_of_the_access_table():
    access = pytest.importorskip("portal.core.access")
    assert set(get_args(base.RoleName)) == {role.value for role in access.Role}


def test_problems_have_words():
    assert {problem.value for problem in Problem} - {"other"} <= set(words.NAMES)


# --- the numbers of the founding documents --------------------------------------------------------

H, BH, BD, D = Unit.HOURS, Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS, Unit.DAYS
SEVERITIES = {
    "E1": [(1, H), (2, H), (24, H), (30, D)],
    "E2": [(4, H), (8, H), (48, H), (30, D)],
    "E3": [(8, BH), (1, BD), (5, BD), (30, D)],
    "E4": [(1, BD), (2, BD), (10, BD), (30, D)],
}


@pytest.mark.parametrize("severity", SEVERITIES)
def test_clocks_of_a_severity(severity: str):
    level = shipped(SeverityPolicy).level(severity)
    spans = (level.acknowledge, level.owner_named, level.silence, level.close)
    assert [(span.count, span.unit) for span in spans] == SEVERITIES[severity]


def test_severity_limits():
    policy = shipped(SeverityPolicy)
    assert policy.level("E1").arr_share_above == Decimal("0.02")
    assert (policy.cooling_off.count, policy.cooling_off.unit) == (5, BD)
    assert policy.reopen_days == 90
    assert policy.executive_triggers == tuple(t.value for t in list(Trigger)[:6])
    assert [step.order for step in policy.ladder] == [
        (50, 0),
        (75, 0),
        (100, 0),
        (100, 30),
        (100, 60),
    ]
    e1, e2 = policy.level("E1").executive_brief, policy.level("E2").executive_brief
    assert (e1.first.count, e1.then.count, e1.then.unit) == (4, 1, D)
    assert (e2.first.count, e2.then.count, e2.then.unit) == (24, 7, D)


LIMITS = [
    (None, "csm", 250),
    (0, "csm", 250),
    (10_000, "csm", 250),
    (40_000, "csm", 400),
    (1_000_000, "csm", 500),
    (None, "escalation_manager", 1_500),
    (100_000, "escalation_manager", 3_000),
    (1_000_000, "escalation_manager", 5_000),
    (None, "director", 7_500),
    (200_000, "director", 10_000),
    (10_000_000, "director", 25_000),
    (None, "vp", 30_000),
    (500_000, "vp", 50_000),
    (10_000_000, "vp", 100_000),
    (10_000_000, "cxo", None),
]


@pytest.mark.parametrize(("arr", "who", "limit"), LIMITS)
def test_authority(arr: int | None, who: str, limit: int | None):
    policy = shipped(CompensationPolicy)
    row = next(r for r in policy.authority if who in (r.grade, r.role))
    found = row.limit(None if arr is None else eur(arr))
    assert found == (None if limit is None else eur(limit))


@pytest.mark.parametrize(
    ("amount", "arr", "role"),
    [
        ("250.00", None, "csm"),
        ("250.01", None, "escalation_manager"),
        ("500.01", 1_000_000, "escalation_manager"),
        ("5000.01", 1_000_000, "executive"),
        ("100000.01", 10_000_000, "leadership"),
    ],
)
def test_lowest_authority_that_reaches(amount: str, arr: int | None, role: str):
    needed = shipped(CompensationPolicy).needed(eur(amount), arr=arr and eur(arr))
    assert needed.role == role


@given(amount=st.integers(0, 200_000), arr=st.one_of(st.none(), st.integers(0, 10_000_000)))
def test_authority_never_shrinks_with_the_amount(amount: int, arr: int | None):
    policy = shipped(CompensationPolicy)
    order = list(policy.authority)
    value = None if arr is None else eur(arr)
    lower = order.index(policy.needed(eur(amount), arr=value))
    assert order.index(policy.needed(eur(amount + 1), arr=value)) >= lower


def test_compensation_limits():
    policy = shipped(CompensationPolicy)
    assert (policy.warn_above, policy.leadership_above) == (Decimal(1), Decimal("1.5"))
    assert (policy.offer_days, policy.rolling_months) == (14, 12)
    assert (policy.precedent_tolerance, policy.precedents_at_least) == (Decimal("0.15"), 5)
    assert policy.authority[3].also == ("finance",)
    assert policy.budget("Iberia") == eur(150_000)


@pytest.mark.parametrize(
    ("availability", "owed"),
    [("1", "0"), ("0.999", "0"), ("0.9989", "0.10"), ("0.98", "0.25"), ("0.5", "0.50")],
)
def test_owed_share_of_the_fee(availability: str, owed: str):
    assert shipped(CompensationPolicy).owed_share(Decimal(availability)) == Decimal(owed)


def test_value_risk_sponsorship_and_postmortem_numbers():
    value = shipped(ValuePolicy)
    assert value.discount_rate == Decimal("0.10")
    assert (value.decision_years, value.display_years) == (3, 5)
    tiers = value.tiers
    assert (tiers.a, tiers.b, tiers.c) == (Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))
    assert value.prior("nobody knows").segment == "*"
    assert value.prior("enterprise").yearly == Decimal("0.90")
    risk = shipped(RiskPolicy)
    assert [risk.band(score) for score in (0, 34, 35, 64, 65, 100)] == [
        "green", "green", "amber", "amber", "red", "red",
    ]  # fmt: skip
    sponsorship = shipped(SponsorshipPolicy)
    assert (sponsorship.capacity, sponsorship.capacity_ceo, sponsorship.capacity_hard_cap) == (
        3,
        2,
        5,
    )
    assert sponsorship.lane("recovery").places_per_sponsor == 1
    assert sponsorship.lane("recovery").extensions == 1
    assert sponsorship.lane("strategic").extensions is None
    assert (sponsorship.score_at_least, sponsorship.exit.score_below) == (70, 55)
    assert sponsorship.top_by_arr_times_places == Decimal("1.5")
    post = shipped(PostmortemPolicy)
    steps = (post.draft_business_days, post.meeting_business_days, post.approval_business_days)
    assert steps == (5, 10, 15)
    assert (post.priority_action_weeks, post.normal_action_weeks) == (4, 8)
    assert post.due.lost_arr_share_from == Decimal("0.0025")


def test_regulator_clocks_are_to_be_confirmed():
    policy = shipped(RegulatorClocksPolicy)
    spans = {clock.name: (clock.span.count, clock.span.unit.value) for clock in policy.clocks}
    assert spans["uk_complaint_summary"] == (3, "business_days")
    assert spans["uk_complaint_final"] == (8, "weeks")
    assert spans["fr_complaint_acknowledgement"] == (10, "business_days")
    assert spans["fr_complaint_final"] == (2, "months")
    assert spans["it_banking_complaint"] == (60, "days")
    assert spans["it_insurance_complaint"] == (45, "days")
    assert spans["it_payment_complaint"] == (15, "business_days")
    assert spans["eu_access_request"] == (1, "months")
    assert spans["eu_breach_to_authority"] == (72, "hours")
    assert not any(clock.confirmed_by_counsel for clock in policy.clocks)
    assert "counsel" in policy.warning


# --- what is refused ------------------------------------------------------------------------------


def changed(shape: type[base.Document], change) -> dict:
    document = copy.deepcopy(dump(shipped(shape)))
    change(document)
    return document


REFUSED = {
    "severity missing": (SeverityPolicy, lambda d: d["levels"].pop(), "E1, E2, E3 and E4"),
    "trigger nowhere": (
        SeverityPolicy,
        lambda d: d["levels"][0]["triggers"].pop(),
        "belongs to one",
    ),
    "trigger twice": (
        SeverityPolicy,
        lambda d: d["levels"][0]["triggers"].append("legal_threat"),
        "belongs to one",
    ),
    "weeks on a clock": (
        SeverityPolicy,
        lambda d: d["levels"][0]["acknowledge"].update(unit="weeks"),
        "unit",
    ),
    "no time at all": (
        SeverityPolicy,
        lambda d: d["levels"][0]["acknowledge"].update(count=0),
        "greater than",
    ),
    "ladder backwards": (SeverityPolicy, lambda d: d["ladder"].reverse(), "follow each other"),
    "never open": (SeverityPolicy, lambda d: d.update(opening_hours={}), "no open hours"),
    "brief without rhythm": (
        SeverityPolicy,
        lambda d: d["levels"][0]["executive_brief"].update(then=None),
        "rhythm",
    ),
    "no catch-all": (RoutingPolicy, lambda d: d["rules"].pop(), "take everything"),
    "rule never reached": (
        RoutingPolicy,
        lambda d: d["rules"][0].update(when=[]),
        "Nothing gets past",
    ),
    "rule twice": (RoutingPolicy, lambda d: d["rules"].insert(0, d["rules"][0]), "stands twice"),
    "unknown fact": (
        RoutingPolicy,
        lambda d: d["rules"][0]["when"][0].update(field="mood"),
        "Unknown fact",
    ),
    "operator for numbers on a word": (
        RoutingPolicy,
        lambda d: d["rules"][0]["when"][0].update(op="at_least"),
        "does not fit",
    ),
    "word where a number belongs": (
        RoutingPolicy,
        lambda d: d["rules"][7]["when"][0].update(value="much"),
        "value does not fit",
    ),
    "phrase with signs": (
        TriggersPolicy,
        lambda d: d["lists"][0]["phrases"].append("(a+)+$"),
        "Not a phrase",
    ),
    "list twice": (TriggersPolicy, lambda d: d["lists"].append(d["lists"][0]), "One list"),
    "tiers above all": (ValuePolicy, lambda d: d["tiers"].update(a="0.9"), "more than all"),
    "binary fraction": (ValuePolicy, lambda d: d.update(discount_rate=0.1), "in quotes"),
    "not a number": (ValuePolicy, lambda d: d.update(discount_rate="NaN"), "in quotes"),
    "no prior for the rest": (ValuePolicy, lambda d: d["priors"].pop(), "name it"),
    "weights": (RiskPolicy, lambda d: d["factors"].pop(), "sum to 100"),
    "bands": (RiskPolicy, lambda d: d.update(amber_from=70), "below red"),
    "two currencies": (
        CompensationPolicy,
        lambda d: d["authority"][0]["amount"].update(currency="USD"),
        "are in EUR",
    ),
    "no such currency": (
        CompensationPolicy,
        lambda d: d["authority"][0]["amount"].update(currency="XQQ"),
        "Unknown currency",
    ),
    "authority falls": (
        CompensationPolicy,
        lambda d: d["authority"][1]["amount"].update(amount="400"),
        "further than the one before",
    ),
    "last authority limited": (CompensationPolicy, lambda d: d["authority"].pop(), "last has none"),
    "half a limit": (
        CompensationPolicy,
        lambda d: d["authority"][0].update(floor=None),
        "a share of ARR and a floor",
    ),
    "negative money": (
        CompensationPolicy,
        lambda d: d["authority"][0]["floor"].update(amount="-1"),
        "greater than or equal",
    ),
    "score weights": (SponsorshipPolicy, lambda d: d["score"].pop(), "sum to 100"),
    "hysteresis": (SponsorshipPolicy, lambda d: d["exit"].update(score_below=70), "lie below"),
    "capacity": (SponsorshipPolicy, lambda d: d.update(capacity_hard_cap=2), "hard cap"),
    "meeting before draft": (
        PostmortemPolicy,
        lambda d: d.update(meeting_business_days=3),
        "follow each other",
    ),
    "clock twice": (
        RegulatorClocksPolicy,
        lambda d: d["clocks"].append(d["clocks"][0]),
        "stands twice",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_that_does_not_hold_together_is_refused(case: str):
    shape, change, said = REFUSED[case]
    with pytest.raises(ValidationError, match=said):
        parse_as(shape, changed(shape, change))


def test_a_date_in_toml_is_read_and_other_things_are_not():
    text = 'title = "x"\nnoted_on = 2026-01-01\nat = 10:00:00\n'
    with pytest.raises(TypeError, match="no place"):
        parse(PolicyKind.VALUE, tomllib.loads(text))


# --- conditions -----------------------------------------------------------------------------------

CONDITIONS = [
    (("trigger", Op.IS, "legal_threat"), {"trigger": "legal_threat"}, True),
    (("trigger", Op.IS_NOT, "legal_threat"), {"trigger": "legal_threat"}, False),
    (("trigger", Op.IS_NOT, "legal_threat"), {}, False),
    (("trigger", Op.IN, ("a", "legal_threat")), {"trigger": "legal_threat"}, True),
    (("trigger", Op.NOT_IN, ("a", "b")), {"trigger": "legal_threat"}, True),
    (("tags", Op.HAS, "vip"), {"tags": frozenset({"vip"})}, True),
    (("tags", Op.HAS, "vip"), {"tags": frozenset()}, False),
    (("arr", Op.AT_LEAST, "100.50"), {"arr": Decimal("100.50")}, True),
    (("arr", Op.MORE_THAN, "100.50"), {"arr": Decimal("100.50")}, False),
    (("arr", Op.AT_MOST, 100), {"arr": 100}, True),
    (("arr", Op.LESS_THAN, 100), {"arr": 100}, False),
    (("executive", Op.IS, False), {"executive": False}, True),
    (("executive", Op.IS, False), {}, False),
    (("arr", Op.KNOWN, None), {"arr": Decimal(0)}, True),
    (("arr", Op.UNKNOWN, None), {}, True),
    (("arr", Op.UNKNOWN, None), {"arr": Decimal(0)}, False),
]


@pytest.mark.parametrize(("parts", "facts", "met"), CONDITIONS)
def test_conditions(parts: tuple, facts: dict, met: bool):
    field, op, value = parts
    trial = compare(Condition(field=field, op=op, value=value), facts)
    assert trial.met is met
    assert trial.missing == (field not in facts and op not in (Op.KNOWN, Op.UNKNOWN))
