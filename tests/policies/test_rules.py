"""Policy documents: version 1 as the founding documents say, and what is refused."""

import copy
import json
import tomllib
from decimal import Decimal
from typing import get_args

import pytest
from pydantic import ValidationError

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
    described,
    dump,
    load_default,
    parse,
    parse_as,
    shipped,
    words,
)
from portal.blueprints.policies.rules.sheet import LEARNED
from portal.core.i18n import speaking
from portal.core.money import Money
from tests.conftest import ON_SQLITE_ALONE

KINDS = list(PolicyKind)


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
            # What is learned has words of its own.
            learned = f"{shape.__name__}.{name}" in LEARNED
            for inner in () if learned else _parts_of(info.annotation):
                if inner not in seen:
                    seen.add(inner)
                    names |= fields(inner, seen)
        return names

    unlabelled = {"title", "note", "label", "count", "field", "op", "unit", "value"}
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
    ],
)
def test_names_of_other_rooms_are_spelled_as_they_spell_them(names: object, enum: type):
    assert set(get_args(names)) == {member.value for member in enum}


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


def test_money_and_shares_are_described_as_such():
    rows = {
        row.label: row
        for section in described(shipped(CompensationPolicy))
        for row in section.rows
        if "escalation manager" in section.title or section.title == "Compensation"
    }
    assert rows["Up to"].value == Money(5000, "EUR")
    assert (rows["Or this share of ARR"].value, rows["Or this share of ARR"].unit) == (3, "%")
    assert (rows["Offers lapse after"].value, rows["Offers lapse after"].unit) == (14, "days")


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


def test_bands_of_risk():
    bands = [shipped(RiskPolicy).band(score) for score in (0, 34, 35, 64, 65, 100)]
    assert bands == ["green", "green", "amber", "amber", "red", "red"]


def test_numbers_of_value_compensation_sponsorship_and_postmortem():
    value = shipped(ValuePolicy)
    assert value.discount_rate == Decimal("0.10")
    assert (value.decision_horizon_years, value.display_horizon_years) == (3, 5)
    tiers = value.tiers
    assert (tiers.a, tiers.b, tiers.c) == (Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))
    money = shipped(CompensationPolicy)
    assert (money.warn_above, money.leadership_above) == (Decimal(1), Decimal("1.5"))
    assert (money.offer_days, money.window_months, money.goodwill_cap_months) == (14, 12, 1)
    assert [(row.amount, row.share, row.floor) for row in money.authority] == [
        (500, Decimal("0.01"), 250),
        (5000, Decimal("0.03"), 1500),
        (25000, Decimal("0.05"), 7500),
        (100000, Decimal("0.10"), 30000),
        (None, None, None),
    ]
    sponsorship = shipped(SponsorshipPolicy)
    capacity = sponsorship.capacity
    assert (capacity.strategic, capacity.strategic_chief, capacity.hard_cap) == (3, 2, 5)
    assert (sponsorship.strategic.least_score, sponsorship.exit.low_score) == (70, 55)
    assert (sponsorship.touch.introduction_days, sponsorship.touch.every_days) == (30, 90)
    post = shipped(PostmortemPolicy)
    steps = post.deadlines
    assert (steps.draft, steps.meeting, steps.approval) == (5, 10, 15)
    assert (post.action_weeks.priority, post.action_weeks.normal) == (4, 8)
    assert post.due.lost_share == Decimal("0.0025")


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
    "tiers above all": (
        ValuePolicy,
        lambda d: d["tiers"].update(a="0.9"),
        "more than all accounts",
    ),
    "binary fraction": (ValuePolicy, lambda d: d.update(discount_rate=0.1), "in quotes"),
    "not a number": (ValuePolicy, lambda d: d.update(discount_rate="NaN"), "Write a number"),
    "weights": (RiskPolicy, lambda d: d["factors"].pop(), "sum to 100"),
    "bands": (RiskPolicy, lambda d: d.update(amber_from=70), "below red"),
    "last authority limited": (CompensationPolicy, lambda d: d["authority"].pop(), "no other"),
    "half a limit": (
        CompensationPolicy,
        lambda d: d["authority"][0].update(floor=None),
        "belong together",
    ),
    "weights of the score": (SponsorshipPolicy, lambda d: d["weights"].pop(), "100 points"),
    "exit above entry": (
        SponsorshipPolicy,
        lambda d: d["exit"].update(low_score="70"),
        "must lie below",
    ),
    "meeting before draft": (
        PostmortemPolicy,
        lambda d: d["deadlines"].update(meeting=3),
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


@ON_SQLITE_ALONE
def test_what_does_not_hold_together_is_said_in_the_readers_language(app):
    for case in ("tiers above all", "last authority limited", "meeting before draft"):
        shape, change, said = REFUSED[case]
        with app.app_context(), speaking("fr", "UTC"), pytest.raises(ValidationError) as refusal:
            parse_as(shape, changed(shape, change))
        assert said not in str(refusal.value)


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
