"""When a post-mortem is due, by when, and what keeps it from being published."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.blueprints.escalations.models import Severity, Trigger
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.blueprints.postmortems import rules
from portal.blueprints.postmortems.models import (
    ActionPriority,
    ActionState,
    DueReason,
    Factor,
    State,
)
from portal.blueprints.postmortems.rules import (
    Action,
    Cause,
    CounselChoice,
    Draft,
    Facts,
    Loss,
)
from portal.core.money import Money
from tests.shipped import shipped

POLICY = shipped(PostmortemPolicy, "postmortem")
PARIS = "Europe/Paris"
NOW = datetime(2026, 7, 14, 9, tzinfo=UTC)


def eur(amount) -> Money:
    return Money(Decimal(amount), "EUR")


def days(count: float) -> timedelta:
    return timedelta(days=count)


def case(severity=None, open_days=1.0, **more) -> Facts:
    if open_days is None:
        return Facts(PARIS, severity, NOW - days(99), None, **more)
    return Facts(PARIS, severity, NOW - days(open_days), NOW, **more)


def ago(count: float) -> datetime:
    """Give the moment some calendar days earlier, at the same time in Paris."""
    return NOW.astimezone(ZoneInfo(PARIS)) - days(count)


def loss(arr="1", total="1000000", **more) -> Facts:
    money = [None if amount is None else eur(amount) for amount in (arr, total)]
    return Facts(PARIS, loss=Loss(NOW, *money, **more))


def again(after: float) -> dict[str, datetime]:
    return {"closed_before_at": NOW - days(after), "reopened_at": NOW}


E1, E2, E3 = Severity.E1, Severity.E2, Severity.E3


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (case(E1), [DueReason.E1]),
        (case(E1, open_days=None), []),
        (case(E1, counts=False), []),
        (case(E2, 14), []),
        (case(E2, 14.001), [DueReason.E2_LONG]),
        (case(E2, None), []),
        (case(E2, 15, counts=False), []),
        (case(E3, 200), []),
        (case(None, 200), []),
        (case(E3, compensated_above_director_at=NOW), [DueReason.COMPENSATION_ABOVE_DIRECTOR]),
        (
            case(E3, None, compensated_above_director_at=NOW),
            [DueReason.COMPENSATION_ABOVE_DIRECTOR],
        ),
        (case(E3, None, **again(90)), [DueReason.RE_ESCALATION]),
        (case(E3, None, **again(90.001)), []),
        (case(E3, None, **again(3), counts=False), []),
        (case(E1, **again(3)), [DueReason.E1, DueReason.RE_ESCALATION]),
        (case(E3, asked_for_at=NOW), [DueReason.ASKED_FOR]),
        (loss("2500"), [DueReason.LOST_ACCOUNT]),
        (loss("2499.99"), []),
        (loss("2499.99", last_escalation_at=ago(180)), [DueReason.LOST_ACCOUNT]),
        (loss("2499.99", last_escalation_at=ago(181)), []),
        (loss("1", last_sponsorship_at=ago(180)), [DueReason.LOST_ACCOUNT]),
        (loss("1", last_escalation_at=ago(300), last_sponsorship_at=ago(300)), []),
        (loss(None), []),
        (loss(None, last_escalation_at=ago(1)), [DueReason.LOST_ACCOUNT]),
        (loss("5", "0"), []),
        (loss("5", None), []),
    ],
)
def test_what_makes_it_due(facts, expected):
    assert rules.is_due(facts, policy=POLICY) == expected
    assert (rules.became_due_at(facts, policy=POLICY) == NOW) is bool(expected)
    note = facts.loss is not None and not expected
    assert rules.needs_loss_note(facts, policy=POLICY) is note


def test_it_became_due_with_the_first_reason():
    facts = case(E1, compensated_above_director_at=NOW - days(3))
    assert rules.became_due_at(facts, policy=POLICY) == NOW - days(3)


def test_fourteen_days_are_calendar_days_across_summer_time():
    opened = datetime(2026, 3, 20, 9, tzinfo=UTC)  # 10:00 in Paris; 14 days on, 10:00 is 08:00 UTC
    at_ten = datetime(2026, 4, 3, 8, tzinfo=UTC)
    assert rules.is_due(Facts(PARIS, E2, opened, at_ten), policy=POLICY) == []
    later = Facts(PARIS, E2, opened, at_ten + timedelta(seconds=1))
    assert rules.is_due(later, policy=POLICY) == [DueReason.E2_LONG]


@given(
    severity=st.sampled_from(list(Severity)),
    open_days=st.floats(0, 400),
    more=st.floats(0, 400),
)
def test_a_longer_case_is_never_less_due(severity, open_days, more):
    short = rules.is_due(case(severity, open_days), policy=POLICY)
    longer = rules.is_due(case(severity, open_days + more), policy=POLICY)
    assert set(short) <= set(longer)


def weekdays(moment: datetime, count: int) -> datetime:
    """Give 18:00 of the n-th weekday after the day of a moment."""
    day = moment
    while count:
        day += days(1)
        count -= day.weekday() < 5
    return day.replace(hour=18, minute=0)


def test_deadlines_are_business_days():
    due = rules.deadlines(NOW, business_day=weekdays, zone=PARIS, policy=POLICY)
    assert due.draft == date(2026, 7, 21)
    assert due.meeting == date(2026, 7, 28)
    assert due.approval == date(2026, 8, 4)


LATE = rules.deadlines(NOW, business_day=weekdays, zone=PARIS, policy=POLICY)


@pytest.mark.parametrize(
    ("today", "done", "late"),
    [
        (LATE.draft, {}, ()),
        (LATE.draft + days(1), {}, ("draft",)),
        (LATE.draft + days(1), {"drafted": True}, ()),
        (LATE.meeting + days(1), {}, ("draft", "meeting")),
        (LATE.approval + days(1), {"drafted": True, "met": True}, ("approval",)),
        (LATE.approval + days(1), {"approved": True}, ()),
        (LATE.approval + days(99), {"with_counsel": True}, ()),
    ],
)
def test_what_is_late(today, done, late):
    usual = {"drafted": False, "met": False, "approved": False, "with_counsel": False}
    assert rules.late_steps(LATE, today=today, **usual | done) == late


@pytest.mark.parametrize(
    ("priority", "due"),
    [(ActionPriority.PRIORITY, "2026-02-12"), (ActionPriority.NORMAL, "2026-03-12")],
)
def test_actions_take_four_weeks_or_eight(priority, due):
    found = rules.action_due(date(2026, 1, 15), priority=priority, policy=POLICY)
    assert found.isoformat() == due


@pytest.mark.parametrize(
    ("triggers", "legal_mode", "chooses"),
    [
        ([], False, False),
        ([], True, True),
        ([Trigger.CANCELLATION_THREAT], False, False),
        ([Trigger.SLA_BREACH, Trigger.LEGAL_THREAT], False, True),
        ([Trigger.REGULATOR_COMPLAINT], False, True),
        ([Trigger.SECURITY_OR_PRIVACY], False, True),
    ],
)
def test_when_counsel_chooses(triggers, legal_mode, chooses):
    found = rules.counsel_chooses(triggers, legal_mode=legal_mode, policy=POLICY)
    assert found is chooses
    assert rules.waits_for_counsel(chooses=found, choice=None) is chooses
    assert not rules.waits_for_counsel(chooses=found, choice=CounselChoice.FACTS_ONLY)


ACTION = Action(5, "Add", "an alarm on stuck invoices", date(2026, 8, 1), "A test alarm rings.")
READY = Draft(
    State.APPROVED,
    "Invoices were sent twice.",
    (Cause(Factor.DATA_OR_BILLING, "The retry had no key."),),
    (ACTION,),
    facilitator_id=2,
    case_owner_ids=frozenset({1}),
    approver_id=3,
)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"summary": " "}, ["no_summary"]),
        ({"causes": ()}, ["no_cause"]),
        ({"causes": (Cause(Factor.SECURITY, " "),)}, ["cause_without_words"]),
        ({"actions": ()}, ["no_action"]),
        ({"actions": (replace(ACTION, owner_id=None),)}, ["no_owner"]),
        ({"actions": (replace(ACTION, due_on=None),)}, ["no_date"]),
        ({"actions": (replace(ACTION, what=" "),)}, ["no_outcome"]),
        ({"actions": (replace(ACTION, outcome=""),)}, ["no_outcome"]),
        ({"actions": (ACTION, replace(ACTION, verification=""))}, ["no_verification"]),
        ({"facilitator_id": None}, ["no_facilitator"]),
        ({"facilitator_id": 1}, ["own_case"]),
        ({"approver_id": 2}, ["own_approval"]),
        ({"approver_id": None}, ["not_approved"]),
        ({"state": State.IN_REVIEW}, ["not_approved"]),
        ({"state": State.PUBLISHED}, ["not_approved"]),
        ({"counsel_chooses": True}, ["with_counsel"]),
        ({"counsel_chooses": True, "counsel_choice": CounselChoice.ORDINARY}, []),
        ({"counsel_chooses": True, "counsel_choice": CounselChoice.FACTS_ONLY}, []),
        ({"counsel_chooses": True, "counsel_choice": CounselChoice.COMMISSIONED}, ["commissioned"]),
    ],
)
def test_what_keeps_it_from_being_published(changes, codes):
    found = rules.objections_to_publish(replace(READY, **changes))
    assert [one.code for one in found] == codes
    assert all(one.stops and one.message for one in found)


def test_fields_point_at_the_action():
    broken = replace(READY, actions=(ACTION, replace(ACTION, owner_id=None, due_on=None)))
    fields = [one.field for one in rules.objections_to_publish(broken)]
    assert fields == ["actions-1-owner", "actions-1-due_on"]


def test_approval_does_not_ask_for_itself():
    draft = replace(READY, state=State.IN_REVIEW, approver_id=None)
    assert rules.objections_to_approve(draft) == ()


OPEN, DONE = ActionState.OPEN, ActionState.DONE
VERIFIED, DROPPED = ActionState.VERIFIED, ActionState.DROPPED


@pytest.mark.parametrize(
    ("current", "wished", "by_id", "reason", "codes"),
    [
        (OPEN, DONE, 5, "", []),
        (OPEN, VERIFIED, 6, "", ["transition"]),
        (DONE, VERIFIED, 6, "", []),
        (DONE, VERIFIED, 5, "", ["own_verification"]),
        (DONE, OPEN, 6, "", []),
        (OPEN, DROPPED, 5, "", ["no_reason"]),
        (OPEN, DROPPED, 5, "Replaced by another.", []),
        (DONE, DROPPED, 5, " ", ["no_reason"]),
        (VERIFIED, OPEN, 6, "", ["transition"]),
        (DROPPED, OPEN, 6, "", ["transition"]),
        (OPEN, OPEN, 5, "", ["transition"]),
    ],
)
def test_actions_end_verified_or_dropped(current, wished, by_id, reason, codes):
    found = rules.objections_to_action_state(
        current, wished, owner_id=5, by_id=by_id, reason=reason
    )
    assert [one.code for one in found] == codes


def test_deadlines_must_follow_each_other():
    with pytest.raises(ValueError, match="follow each other"):
        shipped(PostmortemPolicy, "postmortem", deadlines={"draft": 5, "meeting": 4, "approval": 9})


@pytest.mark.parametrize(
    ("days", "left", "expected"),
    [
        (-8, False, []),
        (-7, False, ["soon"]),
        (0, False, ["soon"]),
        (1, False, ["late"]),
        (5, False, ["late", "manager"]),
        (10, False, ["late", "manager", "executive"]),
        (-30, True, ["manager"]),
        (2, True, ["late", "manager"]),
    ],
)
def test_whom_an_open_action_is_brought_up_with(days, left, expected):
    due_on = date(2026, 7, 15)
    today = due_on + timedelta(days=days)
    found = rules.steps_of(due_on, today=today, owner_left=left, policy=POLICY)
    assert [step.value for step in found] == expected


@pytest.mark.parametrize(
    ("reference", "url", "fields"),
    [
        ("", "", []),
        ("JIRA-7", "", []),
        ("JIRA-7", "https://tickets.example/7", []),
        ("", "https://tickets.example/7", ["ticket"]),
        ("JIRA-7", "javascript:alert(1)", ["ticket_url"]),
        ("JIRA-7", "//tickets.example/7", ["ticket_url"]),
        ("JIRA-7", 'https://x.example/"><script>', ["ticket_url"]),
    ],
)
def test_address_of_a_ticket_is_one_of_the_web(reference, url, fields):
    assert [one.field for one in rules.objections_to_ticket(reference, url)] == fields


def test_what_came_again_counts_from_the_day_an_action_fell_due_until_it_is_settled():
    due_on, after = date(2026, 7, 15), date(2026, 7, 16)

    def counts(linked_on, state, settled_on=None):
        return rules.counts_since_due(linked_on, due_on=due_on, state=state, settled_on=settled_on)

    assert not counts(due_on, ActionState.OPEN)
    assert counts(after, ActionState.OPEN)
    assert counts(after, ActionState.DONE, due_on)
    assert counts(after, ActionState.VERIFIED, after)
    assert not counts(after, ActionState.VERIFIED, due_on)
