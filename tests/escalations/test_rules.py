"""States, severity, route, closing and headline of a case."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from portal.blueprints.escalations.models import (
    OPEN_STATES,
    Level,
    Resolution,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.escalations.rules import (
    TRANSITIONS,
    ClosingFacts,
    Criterion,
    Hold,
    MergeTarget,
    SeverityFacts,
    StepFacts,
    Who,
    closing_objections,
    cools_off_until,
    headline,
    is_lower,
    leaves_executive,
    lowering_objections,
    may_lower,
    next_states,
    objections,
    propose_severity,
    reopens_same_case,
    route,
    state_words,
    transfers_are_many,
    transition,
    worst_of,
)
from portal.blueprints.policies.rules import RoutingPolicy, SeverityPolicy, shipped
from portal.core.calendar import Calendar, from_local
from portal.core.money import Money

POLICY = shipped(SeverityPolicy)
ON_REQUEST = POLICY.model_copy(update={"declare": "on_request"})
ROUTING = shipped(RoutingPolicy)
NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
EVERYONE = frozenset(Who)
DONE = ClosingFacts(
    criteria=(Criterion("works again", True),), resolution=Resolution.FIX, agreed=True
)
COMPLETE = StepFacts(
    by=EVERYONE,
    now=NOW,
    has_account=True,
    customer_words="Nous résilions.",
    demand="a fix by Friday",
    reason="a duplicate",
    waiting_for="their logs",
    what_came="the logs",
    customer_contacts=1,
    criteria=1,
    closed_at=NOW - timedelta(days=10),
    merge_target=MergeTarget("ESC-2026-0017", State.ACCEPTED, same_account=True),
    closing=DONE,
)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


# --- states ---------------------------------------------------------------------------------------

ALLOWED = {
    (State.DRAFT, State.DECLARED),
    (State.DRAFT, State.REQUESTED),
    (State.REQUESTED, State.DECLARED),
    (State.REQUESTED, State.DECLINED),
    (State.DECLARED, State.ACCEPTED),
    (State.DECLARED, State.DECLINED),
    (State.ACCEPTED, State.STABILISING),
    (State.STABILISING, State.AWAITING_CUSTOMER),
    (State.AWAITING_CUSTOMER, State.STABILISING),
    (State.ACCEPTED, State.CLOSED),
    (State.STABILISING, State.CLOSED),
    (State.AWAITING_CUSTOMER, State.CLOSED),
    (State.CLOSED, State.STABILISING),
    *((state, State.MERGED) for state in OPEN_STATES),
    *((state, State.VOID) for state in OPEN_STATES),
    *((State.MERGED, state) for state in OPEN_STATES),
}


@pytest.mark.parametrize("source", State)
@pytest.mark.parametrize("to", State)
def test_only_the_ways_of_the_table_exist(source: State, to: State):
    way = transition(source, to)
    assert (way is not None) == ((source, to) in ALLOWED)
    if way is None:
        (words,) = objections(source, to, facts=COMPLETE, policy=POLICY)
        assert ("already" if source is to else "cannot become") in words
        for step in next_states(source, EVERYONE):
            named = state_words(step) in words or step is State.REQUESTED
            assert named or source in {to, State.MERGED}, "it says where the ways from here lead"


@pytest.mark.parametrize("way", TRANSITIONS, ids=lambda way: f"{way.source}-{way.to}")
def test_each_way_is_open_to_its_people_and_closed_to_others(way):
    policy = ON_REQUEST if way.to is State.REQUESTED else POLICY
    facts = StepFacts(**{**vars(COMPLETE), "merged_from": way.to})
    assert objections(way.source, way.to, facts=facts, policy=policy) == []
    outsider = StepFacts(**{**vars(facts), "by": EVERYONE - way.who})
    (words,) = objections(way.source, way.to, facts=outsider, policy=policy)
    assert "This is for" in words


MISSING = [
    (State.DRAFT, State.DECLARED, {"has_account": False}, "account"),
    (State.DRAFT, State.DECLARED, {"customer_words": " "}, "their words"),
    (State.DRAFT, State.DECLARED, {"demand": ""}, "wants"),
    (State.DECLARED, State.DECLINED, {"reason": ""}, "reason"),
    (State.ACCEPTED, State.STABILISING, {"customer_contacts": 0}, "contact"),
    (State.ACCEPTED, State.STABILISING, {"criteria": 0}, "exit criteria"),
    (State.STABILISING, State.AWAITING_CUSTOMER, {"waiting_for": ""}, "wait for"),
    (State.AWAITING_CUSTOMER, State.STABILISING, {"what_came": ""}, "came"),
    (State.DECLARED, State.VOID, {"reason": ""}, "reason"),
    (State.DECLARED, State.MERGED, {"merge_target": None}, "Name the case"),
    (
        State.DECLARED,
        State.MERGED,
        {"merge_target": MergeTarget("ESC-1", State.DECLARED, same_account=False)},
        "another account",
    ),
    (
        State.DECLARED,
        State.MERGED,
        {"merge_target": MergeTarget("ESC-1", State.CLOSED, same_account=True)},
        "not open",
    ),
    (State.MERGED, State.ACCEPTED, {"merged_from": State.DECLARED}, "state that the case had"),
    (State.CLOSED, State.STABILISING, {"reason": ""}, "reason"),
    (State.CLOSED, State.STABILISING, {"closed_at": NOW - timedelta(days=91)}, "new case"),
    (State.ACCEPTED, State.CLOSED, {"closing": ClosingFacts()}, "exit criteria"),
]


@pytest.mark.parametrize(("source", "to", "change", "words"), MISSING)
def test_what_is_missing_is_said(source: State, to: State, change: dict, words: str):
    facts = StepFacts(**{**vars(COMPLETE), **change})
    found = objections(source, to, facts=facts, policy=POLICY)
    assert found
    assert words in found[0]


def test_everything_missing_is_said_at_once():
    nothing = StepFacts(by=frozenset(), now=NOW)
    assert len(objections(State.DRAFT, State.DECLARED, facts=nothing, policy=POLICY)) == 4


def test_the_policy_switch_leaves_one_way_to_declare():
    at_once = objections(State.DRAFT, State.REQUESTED, facts=COMPLETE, policy=POLICY)
    on_request = objections(State.DRAFT, State.DECLARED, facts=COMPLETE, policy=ON_REQUEST)
    assert at_once == ["Nobody has to approve it: declare it."]
    assert on_request == ["Declarations are approved first: request it."]


def test_buttons_are_the_ways_open_to_a_person():
    assert next_states(State.DECLARED, [Who.OWNER]) == [State.ACCEPTED]
    manager = next_states(State.DECLARED, [Who.ESCALATION_MANAGER])
    assert manager == [State.DECLINED, State.MERGED, State.VOID]
    assert next_states(State.VOID, Who) == []


def test_reopening_is_for_ninety_days():
    closed = NOW - timedelta(days=90)
    assert reopens_same_case(closed, now=NOW, policy=POLICY)
    assert not reopens_same_case(closed, now=NOW + timedelta(seconds=1), policy=POLICY)


def test_more_than_two_transfers_are_flagged():
    assert [transfers_are_many(n, policy=POLICY) for n in (1, 2, 3)] == [False, False, True]


# --- closing --------------------------------------------------------------------------------------


def close(**change) -> list[str]:
    return closing_objections(ClosingFacts(**{**vars(DONE), **change}))


def test_closing_wants_criteria_resolution_and_agreement():
    assert close() == []
    open_one = (Criterion("works again", True), Criterion("report sent", False))
    assert close(criteria=open_one) == ["Exit criterion not met: report sent"]
    assert "there are none" in close(criteria=())[0]
    assert close(resolution=None) == ["Say how it was resolved."]
    assert "agreement" in close(agreed=False)[0]
    assert close(agreed=False, no_agreement_reason="they left") == []


def test_a_hold_of_another_room_refuses_closing_and_says_which():
    (words,) = close(holds=(Hold("concessions", "an approval is open"),))
    assert "concessions" in words
    assert "an approval is open" in words


def test_a_workaround_needs_owner_date_and_promise_of_the_fix():
    assert len(close(resolution=Resolution.WORKAROUND)) == 3
    fixed = {"fix_owner": True, "fix_due": date(2026, 3, 1), "fix_promised": True}
    assert close(resolution=Resolution.WORKAROUND, **fixed) == []


# --- severity -------------------------------------------------------------------------------------

TODAY = date(2026, 1, 12)
TOTAL = eur(60_000_000)
PROPOSALS = [
    (Trigger.CANCELLATION_THREAT, SeverityFacts(), Severity.E2),
    (Trigger.LEGAL_THREAT, SeverityFacts(), Severity.E2),
    (Trigger.LEGAL_THREAT, SeverityFacts(formal_notice=True), Severity.E1),
    (Trigger.PUBLIC_EXPOSURE, SeverityFacts(), Severity.E1),
    (Trigger.SECURITY_OR_PRIVACY, SeverityFacts(), Severity.E1),
    (Trigger.SLA_BREACH, SeverityFacts(), Severity.E3),
    (Trigger.INACTIVITY, SeverityFacts(), Severity.E4),
    (Trigger.SLA_BREACH, SeverityFacts(eur(1_200_000), TOTAL), Severity.E3),
    (Trigger.SLA_BREACH, SeverityFacts(eur(1_200_001), TOTAL), Severity.E1),
    (Trigger.SLA_BREACH, SeverityFacts(eur(9_000_000), None), Severity.E3),
    (Trigger.SLA_BREACH, SeverityFacts(eur(9_000_000), eur(0)), Severity.E3),
    (Trigger.OPPORTUNITY, SeverityFacts(eur(9_000_000), TOTAL), Severity.E4),
    (
        Trigger.CUSTOMER_DEADLINE,
        SeverityFacts(demand_due=date(2026, 1, 19), today=TODAY),
        Severity.E2,
    ),
    (
        Trigger.CUSTOMER_DEADLINE,
        SeverityFacts(demand_due=date(2026, 1, 20), today=TODAY),
        Severity.E3,
    ),
    (
        Trigger.CANCELLATION_THREAT,
        SeverityFacts(demand_due=date(2026, 1, 13), today=TODAY),
        Severity.E2,
    ),
]


@pytest.mark.parametrize(("trigger", "facts", "severity"), PROPOSALS)
def test_proposed_severity(trigger: Trigger, facts: SeverityFacts, severity: Severity):
    proposal = propose_severity(trigger, facts, POLICY)
    assert proposal.severity is severity
    assert proposal.reasons
    assert all(proposal.reasons)


def test_a_proposal_names_what_decided_first():
    facts = SeverityFacts(eur(3_000_000), TOTAL)
    proposal = propose_severity(Trigger.CANCELLATION_THREAT, facts, POLICY)
    assert proposal.reasons == (
        "5.0 % of total ARR is at stake.",
        "The trigger alone makes it E2 high.",
    )


@pytest.mark.parametrize("trigger", Trigger)
def test_the_first_six_triggers_are_executive(trigger: Trigger):
    executive = propose_severity(trigger, SeverityFacts(), POLICY).executive
    assert executive == (trigger in list(Trigger)[:6])


def test_a_formal_notice_is_executive_whatever_the_trigger():
    facts = SeverityFacts(formal_notice=True)
    assert propose_severity(Trigger.SLA_BREACH, facts, POLICY).executive


def test_share_is_exact():
    assert SeverityFacts(eur(1), eur(3)).share == Decimal(1) / Decimal(3)


def test_order_of_severities():
    assert worst_of(Severity.E3, Severity.E1, Severity.E2) is Severity.E1
    assert is_lower(Severity.E3, Severity.E2)
    assert not is_lower(Severity.E2, Severity.E2)


def test_lowering_needs_the_owner_another_person_and_a_reason():
    whole = {"by_owner": True, "second_person": True, "second_is_other": True, "reason": "calm"}
    assert may_lower(**whole)
    for gap in ("by_owner", "second_person", "second_is_other"):
        assert len(lowering_objections(**{**whole, gap: False})) == 1
    assert not may_lower(**{**whole, "reason": " "})


def test_leaving_executive_level():
    assert leaves_executive(Level.EXECUTIVE, Level.L3)
    assert not leaves_executive(Level.L3, Level.L2)
    assert not leaves_executive(Level.EXECUTIVE, Level.EXECUTIVE)


def test_cooling_off_lasts_five_business_days():
    week = {day: [["09:00", "17:00"]] for day in "01234"}
    calendar = Calendar.from_json({"tz": "Europe/Paris", "week": week})
    until = cools_off_until(NOW, policy=POLICY, calendar=calendar, zone="Europe/Paris")
    wall = datetime.fromisoformat("2026-01-19 17:00")
    assert until == from_local(wall, "Europe/Paris")


# --- routing --------------------------------------------------------------------------------------

ROUTES = [
    ({"problem": "employee_conduct", "executive": True}, "employee_conduct"),
    ({"trigger": "security_or_privacy", "executive": True}, "security_or_privacy"),
    ({"trigger": "cancellation_threat", "formal_notice": True, "executive": True}, "formal_notice"),
    ({"trigger": "legal_threat", "executive": True}, "law_or_authority"),
    ({"trigger": "opportunity", "severity": "E4"}, "opportunity"),
    ({"trigger": "cancellation_threat", "executive": True}, "executive_escalation"),
    ({"trigger": "sla_breach", "severity": "E1"}, "grave"),
    ({"trigger": "sla_breach", "severity": "E3", "arr_share": Decimal("0.011")}, "large_account"),
    ({"trigger": "sla_breach", "severity": "E3", "arr_share": Decimal("0.01")}, "everything_else"),
    ({}, "everything_else"),
]


@pytest.mark.parametrize(("facts", "rule"), ROUTES)
def test_the_first_rule_that_fits_takes_the_case(facts: dict, rule: str):
    hit = route(facts, ROUTING)
    assert hit.rule.name == rule
    assert hit.position == [r.name for r in ROUTING.rules].index(rule) + 1
    assert [trial.met for trial in hit.trials] == [False] * (hit.position - 1) + [True]


def test_a_missing_fact_is_not_met_and_named():
    hit = route({"trigger": "sla_breach", "severity": "E3"}, ROUTING)
    large = next(trial for trial in hit.trials if trial.rule.name == "large_account")
    assert large.missing == ("arr_share",)
    assert not large.met


# --- headline -------------------------------------------------------------------------------------


def test_headline_says_who_does_what_by_when():
    trigger = Trigger.CANCELLATION_THREAT
    said = headline("Acme", trigger, due=date(2026, 1, 31), day=date.isoformat)
    assert said == "Acme threatens to leave by 2026-01-31"


@pytest.mark.parametrize("trigger", Trigger)
def test_headline_of_a_bare_case(trigger: Trigger):
    assert headline("Acme", trigger, due=None, day=date.isoformat).startswith("Acme ")
