"""Clocks of a case: what starts, moves, stops and meets them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.blueprints.escalations.models import ClockKind, Severity
from portal.blueprints.escalations.rules import (
    Clock,
    ClockEvent,
    ClockEventKind,
    ClockFacts,
    ClockState,
    called,
    called_of,
    clocks,
    next_due,
    notices,
    share,
    waiting,
)
from portal.blueprints.policies.rules import SeverityPolicy, shipped
from portal.core.calendar import Calendar, elapsed, from_local

PARIS = "Europe/Paris"
POLICY = shipped(SeverityPolicy)
WEEK = {day: [["09:00", "17:00"]] for day in "01234"}
CALENDAR = Calendar.for_country("FR", zone=PARIS, week=WEEK)
Kind = ClockEventKind
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def at(text: str) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-{text}"), PARIS)


def event(kind: Kind, text: str, **more) -> ClockEvent:
    return ClockEvent(kind, at(text), **more)


OPENED = event(Kind.OPENED, "01-12 10:00")


def run(severity: Severity, *events: ClockEvent, **more) -> dict[ClockKind, Clock]:
    facts = ClockFacts(severity, (OPENED, *events), **more)
    found = clocks(facts, policy=POLICY, calendar=CALENDAR, zone=PARIS)
    return {clock.kind: clock for clock in found}


TARGETS = {
    (Severity.E1, ClockKind.ACKNOWLEDGE): "01-12 11:00",
    (Severity.E1, ClockKind.OWNER_NAMED): "01-12 12:00",
    (Severity.E1, ClockKind.SILENCE): "01-13 10:00",
    (Severity.E1, ClockKind.EXECUTIVE_BRIEF): "01-12 14:00",
    (Severity.E1, ClockKind.CLOSE): "02-11 10:00",
    (Severity.E2, ClockKind.ACKNOWLEDGE): "01-12 14:00",
    (Severity.E2, ClockKind.OWNER_NAMED): "01-12 18:00",
    (Severity.E2, ClockKind.SILENCE): "01-14 10:00",
    (Severity.E2, ClockKind.EXECUTIVE_BRIEF): "01-13 10:00",
    (Severity.E3, ClockKind.ACKNOWLEDGE): "01-13 10:00",
    (Severity.E3, ClockKind.OWNER_NAMED): "01-13 17:00",
    (Severity.E3, ClockKind.SILENCE): "01-19 17:00",
    (Severity.E4, ClockKind.ACKNOWLEDGE): "01-13 17:00",
    (Severity.E4, ClockKind.OWNER_NAMED): "01-14 17:00",
    (Severity.E4, ClockKind.SILENCE): "01-26 17:00",
    (Severity.E4, ClockKind.CLOSE): "02-11 10:00",
}


@pytest.mark.parametrize(("severity", "kind"), TARGETS)
def test_targets_of_the_default_policy(severity: Severity, kind: ClockKind):
    clock = run(severity)[kind]
    assert clock.due_at == at(TARGETS[severity, kind])
    assert clock.started_at == OPENED.at
    total = sum((segment.duration for segment in clock.segments), timedelta(0))
    assert total == clock.target


@pytest.mark.parametrize("severity", [Severity.E3, Severity.E4])
def test_lesser_cases_are_not_briefed_by_the_clock(severity: Severity):
    assert ClockKind.EXECUTIVE_BRIEF not in run(severity)


def test_states_of_a_clock():
    clock = run(Severity.E1)[ClockKind.ACKNOWLEDGE]
    assert clock.state(at("01-12 11:00")) is ClockState.RUNNING
    assert clock.state(at("01-12 11:01")) is ClockState.LATE
    met = run(Severity.E1, event(Kind.ACKNOWLEDGED, "01-12 10:30"))[ClockKind.ACKNOWLEDGE]
    assert met.state(at("01-20 10:00")) is ClockState.MET
    assert not met.was_late
    late = run(Severity.E1, event(Kind.ACKNOWLEDGED, "01-12 11:30"))[ClockKind.ACKNOWLEDGE]
    assert late.state(at("01-20 10:00")) is ClockState.MET
    assert late.was_late


def test_only_our_contact_resets_silence_at_its_event_time():
    silence = ClockKind.SILENCE
    others = [
        event(Kind.CUSTOMER_MESSAGE, "01-12 12:00"),
        event(Kind.BRIEF_ISSUED, "01-12 12:00"),
        event(Kind.ACKNOWLEDGED, "01-12 12:00"),
        event(Kind.OWNER_NAMED, "01-12 12:00"),
    ]
    assert run(Severity.E1, *others)[silence].due_at == at("01-13 10:00")
    told = run(Severity.E1, *others, event(Kind.OUR_CONTACT, "01-12 13:00"))[silence]
    assert told.started_at == at("01-12 13:00")
    assert told.due_at == at("01-13 13:00")


def test_a_contact_entered_late_does_not_turn_the_clock_back():
    two = [event(Kind.OUR_CONTACT, "01-12 16:00"), event(Kind.OUR_CONTACT, "01-12 13:00")]
    assert run(Severity.E1, *two)[ClockKind.SILENCE].started_at == at("01-12 16:00")


def test_a_contact_before_the_opening_does_not_start_silence_earlier():
    before = event(Kind.OUR_CONTACT, "01-11 13:00")
    assert run(Severity.E1, before)[ClockKind.SILENCE].started_at == OPENED.at


def test_customer_message_starts_a_reply_owed():
    assert ClockKind.REPLY_OWED not in run(Severity.E1)
    asked = [
        event(Kind.CUSTOMER_MESSAGE, "01-12 12:00"),
        event(Kind.CUSTOMER_MESSAGE, "01-12 13:00"),
    ]
    clock = run(Severity.E1, *asked)[ClockKind.REPLY_OWED]
    assert (clock.started_at, clock.due_at) == (at("01-12 12:00"), at("01-12 14:00"))
    assert clock.met_at is None
    answered = run(Severity.E1, *asked, event(Kind.OUR_CONTACT, "01-12 13:30"))
    assert answered[ClockKind.REPLY_OWED].met_at == at("01-12 13:30")
    again = run(
        Severity.E1,
        *asked,
        event(Kind.OUR_CONTACT, "01-12 13:30"),
        event(Kind.CUSTOMER_MESSAGE, "01-12 18:00"),
    )
    assert again[ClockKind.REPLY_OWED].started_at == at("01-12 18:00")
    assert again[ClockKind.REPLY_OWED].met_at is None


def test_the_first_unanswered_message_counts():
    story = [
        event(Kind.CUSTOMER_MESSAGE, "01-12 12:00"),
        event(Kind.OUR_CONTACT, "01-12 12:30"),
        event(Kind.CUSTOMER_MESSAGE, "01-12 15:00"),
        event(Kind.CUSTOMER_MESSAGE, "01-12 17:00"),
    ]
    clock = run(Severity.E1, *story)[ClockKind.REPLY_OWED]
    assert (clock.started_at, clock.met_at) == (at("01-12 15:00"), None)


def test_briefs_follow_their_rhythm():
    first = run(Severity.E1, event(Kind.BRIEF_ISSUED, "01-12 13:00"))
    assert first[ClockKind.EXECUTIVE_BRIEF].due_at == at("01-13 13:00")
    weekly = run(Severity.E2, event(Kind.BRIEF_ISSUED, "01-12 13:00"))
    assert weekly[ClockKind.EXECUTIVE_BRIEF].due_at == at("01-19 13:00")


def test_severity_set_later_counts_from_the_opening_a24():
    raised = event(Kind.SEVERITY_SET, "01-12 12:00", severity=Severity.E1)
    clock = run(Severity.E3, raised)[ClockKind.ACKNOWLEDGE]
    assert clock.due_at == at("01-12 11:00")
    assert clock.state(at("01-12 12:00")) is ClockState.LATE


def test_restoring_a_severity_takes_the_clocks_from_the_opening():
    down = event(Kind.SEVERITY_SET, "01-12 12:00", severity=Severity.E3)
    up = event(Kind.SEVERITY_SET, "01-13 12:00", severity=Severity.E2)
    assert run(Severity.E2, down, up) == run(Severity.E2)


def test_pause_stands_still_and_moves_the_date_by_its_length():
    pause = [event(Kind.PAUSED, "01-12 13:00"), event(Kind.RESUMED, "01-12 16:00")]
    clock = run(Severity.E2, *pause)[ClockKind.ACKNOWLEDGE]
    assert clock.due_at == at("01-12 17:00")
    assert len(clock.segments) == 2
    going_on = run(Severity.E2, pause[0])[ClockKind.ACKNOWLEDGE]
    assert going_on.due_at is None
    for later in ("01-12 14:00", "01-15 14:00"):
        assert going_on.state(at(later)) is ClockState.PAUSED
        assert share(going_on, at(later)) == Decimal("0.75")
        assert going_on.left(at(later)) == timedelta(hours=1)
    assert next_due([going_on]) is None


def test_no_breach_and_no_warning_in_three_days_of_pause_a14():
    pause = event(Kind.PAUSED, "01-12 11:00")
    clock = run(Severity.E3, pause)[ClockKind.ACKNOWLEDGE]
    moment = pause.at
    while moment < pause.at + timedelta(days=3):
        assert clock.state(moment) is ClockState.PAUSED
        assert share(clock, moment) == Decimal("0.125")
        assert notices(clock, policy=POLICY) == []
        moment += timedelta(minutes=5)


def test_pausing_what_is_late_does_not_make_it_good():
    clock = run(Severity.E1, event(Kind.PAUSED, "01-12 12:00"))[ClockKind.ACKNOWLEDGE]
    assert clock.state(at("01-12 13:00")) is ClockState.LATE


def test_one_clock_can_be_paused_alone():
    alone = event(Kind.PAUSED, "01-12 10:30", clock=ClockKind.SILENCE)
    found = run(Severity.E1, alone)
    assert found[ClockKind.SILENCE].due_at is None
    assert found[ClockKind.ACKNOWLEDGE].due_at == at("01-12 11:00")


def test_pause_outside_open_hours_changes_nothing_for_open_hours():
    pause = [event(Kind.PAUSED, "01-12 17:00"), event(Kind.RESUMED, "01-13 09:00")]
    assert run(Severity.E3, *pause)[ClockKind.ACKNOWLEDGE].due_at == at("01-13 10:00")


def test_a_date_set_by_hand_moves_for_nothing_a17():
    by_hand = event(Kind.DATE_SET, "01-12 11:00", clock=ClockKind.SILENCE, due_at=at("01-20 12:00"))
    pause = [event(Kind.PAUSED, "01-12 13:00"), event(Kind.RESUMED, "01-14 16:00")]
    raised = event(Kind.SEVERITY_SET, "01-14 17:00", severity=Severity.E1)
    clock = run(Severity.E3, by_hand, *pause, raised)[ClockKind.SILENCE]
    assert clock.due_at == at("01-20 12:00")
    assert clock.hand_set
    assert clock.target_words == ""
    told = run(Severity.E3, by_hand, event(Kind.OUR_CONTACT, "01-15 10:00"))[ClockKind.SILENCE]
    assert not told.hand_set
    back = event(Kind.DATE_SET, "01-12 12:00", clock=ClockKind.SILENCE)
    assert run(Severity.E3, by_hand, back)[ClockKind.SILENCE].due_at == at("01-19 17:00")


def test_closing_meets_its_clock_and_ends_the_others():
    found = run(
        Severity.E1,
        event(Kind.ACKNOWLEDGED, "01-12 10:30"),
        event(Kind.CUSTOMER_MESSAGE, "01-12 12:00"),
        event(Kind.CLOSED, "01-20 10:00"),
    )
    now = at("03-01 10:00")
    assert found[ClockKind.CLOSE].state(now) is ClockState.MET
    assert found[ClockKind.ACKNOWLEDGE].state(now) is ClockState.MET
    for kind in (ClockKind.SILENCE, ClockKind.REPLY_OWED, ClockKind.OWNER_NAMED):
        assert found[kind].state(now) is ClockState.NOT_NEEDED
    assert next_due(found.values()) is None


def test_void_or_merged_cases_have_nothing_due_and_may_come_back():
    stopped = event(Kind.STOPPED, "01-12 12:00")
    now = at("03-01 10:00")
    assert {c.state(now) for c in run(Severity.E1, stopped).values()} == {ClockState.NOT_NEEDED}
    restored = event(Kind.RESTORED, "01-12 13:00")
    assert run(Severity.E1, stopped, restored) == run(Severity.E1)


def test_reopening_begins_a_new_round():
    found = run(
        Severity.E2,
        event(Kind.OUR_CONTACT, "01-15 10:00"),
        event(Kind.CLOSED, "01-20 10:00"),
        event(Kind.REOPENED, "02-20 10:00"),
    )
    assert found[ClockKind.CLOSE].due_at == at("03-22 10:00")
    assert found[ClockKind.CLOSE].met_at is None
    assert found[ClockKind.SILENCE].due_at == at("02-22 10:00")
    assert found[ClockKind.ACKNOWLEDGE].state(at("03-01 10:00")) is ClockState.NOT_NEEDED


def test_long_track_is_late_only_after_its_review():
    until = at("06-01 10:00")
    clock = run(Severity.E1, long_track_until=until)[ClockKind.CLOSE]
    assert clock.state(at("04-01 10:00")) is ClockState.RUNNING
    assert clock.state(at("06-02 10:00")) is ClockState.LATE


def test_the_next_due_is_the_first_that_is_still_open():
    found = run(Severity.E1)
    assert next_due(found.values()).kind is ClockKind.ACKNOWLEDGE
    done = run(Severity.E1, event(Kind.ACKNOWLEDGED, "01-12 10:30"))
    assert next_due(done.values()).kind is ClockKind.OWNER_NAMED


def test_a_case_that_was_never_opened_has_no_clocks():
    with pytest.raises(ValueError, match="opening"):
        clocks(ClockFacts(Severity.E1, ()), policy=POLICY, calendar=CALENDAR, zone=PARIS)


def test_words_of_a_target():
    assert run(Severity.E3)[ClockKind.ACKNOWLEDGE].target_words == "8 open hours"
    assert run(Severity.E1)[ClockKind.ACKNOWLEDGE].target_words == "1 hour"


def test_ladder_of_an_unanswered_clock():
    clock = run(Severity.E2)[ClockKind.ACKNOWLEDGE]
    steps = [(n.at, n.step.tell) for n in notices(clock, policy=POLICY)]
    assert steps == [
        (at("01-12 12:00"), ("owner",)),
        (at("01-12 13:00"), ("owner",)),
        (at("01-12 14:00"), ("owner", "substitute")),
        (at("01-12 14:30"), ("manager",)),
        (at("01-12 15:00"), ("executive_owner",)),
    ]
    assert len({(n.step.key, n.occurrence) for n in notices(clock, policy=POLICY)}) == 5


@pytest.mark.parametrize(("minute", "expected"), [("14:29", 3), ("14:30", 3), ("14:31", 4)])
def test_second_level_only_without_acknowledgement_b11(minute: str, expected: int):
    late = run(Severity.E2)[ClockKind.ACKNOWLEDGE]
    clock = late._replace(taken_up=(at(f"01-12 {minute}"),))
    assert len(notices(clock, policy=POLICY)) == expected


def test_no_notice_after_a_clock_was_met():
    clock = run(Severity.E2, event(Kind.ACKNOWLEDGED, "01-12 12:30"))[ClockKind.ACKNOWLEDGE]
    assert [n.at for n in notices(clock, policy=POLICY)] == [at("01-12 12:00")]


def test_warnings_of_a_date_set_by_hand_lie_between():
    by_hand = event(Kind.DATE_SET, "01-12 10:00", clock=ClockKind.CLOSE, due_at=at("01-14 10:00"))
    clock = run(Severity.E2, by_hand)[ClockKind.CLOSE]
    assert notices(clock, policy=POLICY)[0].at == at("01-13 10:00")
    assert share(clock, at("01-13 10:00")) == Decimal("0.5")


# --- properties -----------------------------------------------------------------------------------

minutes = st.integers(0, 60 * 24 * 40)
kinds = st.sampled_from(
    [
        Kind.ACKNOWLEDGED,
        Kind.OWNER_NAMED,
        Kind.OUR_CONTACT,
        Kind.CUSTOMER_MESSAGE,
        Kind.BRIEF_ISSUED,
        Kind.PAUSED,
        Kind.RESUMED,
    ]
)
stories = st.lists(
    st.builds(lambda k, m: ClockEvent(k, OPENED.at + timedelta(minutes=m)), kinds, minutes),
    max_size=10,
)
severities = st.sampled_from(list(Severity))


@settings(max_examples=150, deadline=None)
@given(severity=severities, story=stories, shift=st.integers(0, 167))
def test_every_clock_is_explained_and_due_after_its_start(severity, story, shift):
    opened = OPENED._replace(at=OPENED.at + timedelta(hours=shift))
    facts = ClockFacts(severity, (opened, *story))
    for clock in clocks(facts, policy=POLICY, calendar=CALENDAR, zone=PARIS):
        total = sum((segment.duration for segment in clock.segments), timedelta(0))
        assert total == clock.target
        assert clock.started_at >= opened.at
        assert clock.due_at is None or clock.due_at > clock.started_at
        assert clock.state(clock.started_at) is not ClockState.LATE
        if clock.due_at is not None:
            used = elapsed(clock.calendar, clock.started_at, clock.due_at, clock.pauses)
            assert used == clock.target


dates = st.builds(
    lambda m, kind: ClockEvent(
        Kind.DATE_SET,
        OPENED.at + timedelta(minutes=m),
        clock=kind,
        due_at=OPENED.at + timedelta(minutes=m) + 3 * DAY,  # a date set by hand is always to come
    ),
    minutes,
    st.sampled_from([kind for kind in ClockKind if kind is not ClockKind.PROMISE]),
)


@settings(max_examples=150, deadline=None)
@given(
    severity=severities,
    story=stories,
    by_hand=st.lists(dates, max_size=1),
    later=minutes,
    taken=st.integers(0, 40),
)
def test_what_is_not_worked_out_has_nothing_to_say(severity, story, by_hand, later, taken):
    """The pass leaves clocks alone that cannot speak yet: it must call what all of them call."""
    facts, now = ClockFacts(severity, (OPENED, *story, *by_hand)), OPENED.at + later * MINUTE
    context = {"policy": POLICY, "calendar": CALENDAR, "zone": PARIS}
    every = [one for one in clocks(facts, **context) if one.needed and one.met_at is None]
    steps, _following = called(every, policy=POLICY, given=(), now=now)
    given_before = {one.key for one in steps[:taken]}
    expected = called(every, policy=POLICY, given=given_before, now=now)
    looked, found, following = called_of(
        waiting(facts, **context), policy=POLICY, given=given_before, now=now
    )
    assert (sorted(found, key=str), following) == (sorted(expected[0], key=str), expected[1])
    over = [one for one in every if one.due_at is not None and one.due_at <= now]
    assert {one.kind for one in over} <= {one.kind for one in looked}


@settings(max_examples=150, deadline=None)
@given(severity=severities, story=stories, order=st.randoms())
def test_the_order_of_recording_does_not_matter(severity, story, order):
    unique = list({event.at: event for event in story}.values())
    mixed = list(unique)
    order.shuffle(mixed)
    assert run(severity, *unique) == run(severity, *mixed)


@settings(max_examples=150, deadline=None)
@given(severity=severities, story=stories, minute=minutes, length=st.integers(1, 5000))
def test_a_pause_never_makes_anything_due_earlier(severity, story, minute, length):
    calm = [e for e in story if e.kind not in (Kind.PAUSED, Kind.RESUMED)]
    start = OPENED.at + timedelta(minutes=minute)
    pause = [
        ClockEvent(Kind.PAUSED, start),
        ClockEvent(Kind.RESUMED, start + timedelta(minutes=length)),
    ]
    plain, held = run(severity, *calm), run(severity, *calm, *pause)
    for kind, clock in plain.items():
        assert held[kind].due_at >= clock.due_at


@settings(max_examples=150, deadline=None)
@given(severity=severities, story=stories, first=minutes, second=minutes)
def test_share_only_grows_and_is_whole_when_due(severity, story, first, second):
    early, late = sorted([first, second])
    for clock in run(severity, *story).values():
        before = share(clock, OPENED.at + timedelta(minutes=early))
        assert before <= share(clock, OPENED.at + timedelta(minutes=late))
        if clock.due_at is not None and clock.met_at is None:
            assert share(clock, clock.due_at) == 1


def test_times_are_utc():
    for clock in run(Severity.E3).values():
        assert clock.started_at.tzinfo is UTC
        assert clock.due_at.tzinfo is UTC
