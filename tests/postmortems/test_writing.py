"""Who leads, who may do what, and words that name roles: plain rules."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.accounts.models import EntryKind, Lane, PromiseState
from portal.blueprints.postmortems import rules
from portal.blueprints.postmortems.models import State
from portal.blueprints.postmortems.rules import Candidate, Right, Seat, Story
from portal.core.access import Role

NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)
MANAGER, CSM = frozenset({Role.ESCALATION_MANAGER}), frozenset({Role.CSM})
NAMES = {"Anna Lindt": "the CSM", "Anna Lindt Berg": "the COO", "Rock": "a colleague"}


@pytest.mark.parametrize(
    ("candidates", "not_ids", "expected"),
    [
        ([], [], None),
        ([Candidate(1, frozenset({Role.ADMIN}), False, 0)], [], None),
        ([Candidate(1, CSM, False, 0), Candidate(2, MANAGER, False, 9)], [], 2),
        ([Candidate(1, MANAGER, False, 3), Candidate(2, MANAGER, False, 1)], [], 2),
        ([Candidate(1, MANAGER, False, 1), Candidate(2, MANAGER, False, 1)], [], 1),
        ([Candidate(1, MANAGER, True, 0), Candidate(2, CSM, False, 5)], [], 2),
        ([Candidate(1, MANAGER, True, 0)], [None], 1),
        ([Candidate(1, MANAGER, False, 0), Candidate(2, CSM, False, 0)], [1], 2),
        ([Candidate(1, MANAGER, False, 0)], [1], None),
    ],
)
def test_who_is_proposed_to_lead(candidates, not_ids, expected):
    assert rules.facilitator(candidates, not_ids=not_ids) == expected


@pytest.mark.parametrize("state", [State.PUBLISHED, State.WAIVED])
def test_what_is_finished_is_only_read(state):
    assert not rules.rights(state, frozenset(Seat))


def test_with_counsel_only_counsel_acts():
    assert rules.rights(State.WITH_COUNSEL, frozenset(Seat)) == {Right.CHOOSE, Right.REMARK}
    assert not rules.rights(State.WITH_COUNSEL, frozenset(Seat) - {Seat.COUNSEL})


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        ({Seat.CONTRIBUTOR}, {Right.CONTRIBUTE}),
        ({Seat.PARTICIPANT}, set()),
        ({Seat.PARTICIPANT, Seat.CONTRIBUTOR}, {Right.CONTRIBUTE, Right.WRITE, Right.SETTLE}),
        ({Seat.FINANCE, Seat.CONTRIBUTOR}, {Right.CONTRIBUTE, Right.COST}),
        ({Seat.APPROVER}, {Right.PEOPLE, Right.ASK_WAIVER}),
        ({Seat.APPROVER, Seat.CASE_OWNER}, {Right.PEOPLE, Right.ASK_WAIVER}),
        (set(), set()),
    ],
)
def test_what_a_draft_lets_people_do(seats, expected):
    """Who reads it may remark on it; who that is another module says."""
    assert rules.rights(State.DRAFT, frozenset(seats)) == expected | {Right.REMARK}


@pytest.mark.parametrize(
    ("seats", "decides"),
    [
        ({Seat.APPROVER}, True),
        ({Seat.APPROVER, Seat.WAIVER_ASKER}, False),
        ({Seat.APPROVER, Seat.FACILITATOR}, False),
        ({Seat.APPROVER, Seat.CASE_OWNER}, False),
        ({Seat.WRITER}, False),
    ],
)
def test_leaving_out_is_decided_by_leadership_that_did_not_ask(seats, decides):
    found = rules.rights(State.DUE, frozenset(seats), waiver_asked=True)
    assert (Right.WAIVE in found, Right.ASK_WAIVER in found) == (decides, False)
    published = rules.rights(State.PUBLISHED, frozenset(seats), waiver_asked=True)
    assert Right.WAIVE not in published


@pytest.mark.parametrize("seat", [Seat.FACILITATOR, Seat.CASE_OWNER])
def test_nobody_approves_their_own(seat):
    assert Right.APPROVE in rules.rights(State.IN_REVIEW, frozenset({Seat.APPROVER}))
    assert Right.APPROVE not in rules.rights(State.IN_REVIEW, frozenset({Seat.APPROVER, seat}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna  lindt knew", "the CSM knew"),
        ("Anna Lindt Berg wrote to Anna Lindt", "the COO wrote to the CSM"),
        ("Joanna Lindt and Anna Lindtner", "Joanna Lindt and Anna Lindtner"),
        ("A rock is no Rock", "A rock is no Rock"),
        ("", ""),
    ],
)
def test_roles_stand_for_whole_names_alone(text, expected):
    assert rules.without_names(text, NAMES) == expected
    assert bool(rules.named_in(text, NAMES)) == (text != expected)


def test_objection_says_where_and_which_role():
    found = rules.objections_to_names({"Summary": "ANNA LINDT, Anna Lindt"}, roles=NAMES)
    assert [o.code for o in found] == ["named"]
    assert "Summary" in found[0].message
    assert "the CSM" in found[0].message
    assert rules.objections_to_names({"Summary": "x"}, roles={}) == ()


def test_digest_knows_no_line_ends():
    assert rules.digest("a\r\nb") == rules.digest("a\nb") != rules.digest("a b")


def test_story_becomes_four_timelines_in_order():
    story = [
        Story(NOW, EntryKind.NOTE, Lane.INTERNAL, "second\nline " + "x" * 400),
        Story(NOW - timedelta(hours=1), EntryKind.EMAIL_IN, Lane.CUSTOMER, "first"),
        Story(NOW, EntryKind.EMAIL_OUT, Lane.CUSTOMER, "we wrote"),
        Story(NOW, EntryKind.STATUS, Lane.INTERNAL, "closed"),
        Story(NOW, EntryKind.NOTE, Lane.EXECUTIVE, "not here"),
        Story(NOW, EntryKind.PROMISE, Lane.CUSTOMER, "a date", PromiseState.KEPT, due_at=NOW),
        Story(NOW, EntryKind.PROMISE, Lane.INTERNAL, "the entry beside the promise"),
    ]
    found = rules.story_lines(story, zone="Europe/Paris")
    first, second = found["what_happened"].split("\n")
    assert first == "2026-06-17 09:00  first"
    assert second.startswith("2026-06-17 10:00  second line x")
    assert len(second) == len("2026-06-17 10:00  ") + 300
    assert found["what_customer_heard"] == "2026-06-17 10:00  we wrote"
    assert found["what_promised"].endswith("a date (for 17\u00a0Jun\u00a02026, 10:00, kept)")
    assert found["what_decided"] == "2026-06-17 10:00  closed"
    assert "not here" not in str(found)


def test_timelines_stand_side_by_side_by_their_times():
    found = rules.side_by_side(
        {
            "what_happened": "before\n2026-06-17 10:00  down\nstill down\n2026-06-16  early",
            "what_decided": "2026-06-17 10:00  E1\n\n2026-06-17 10:00  owner",
        }
    )
    assert [moment.stamp for moment in found] == ["", "2026-06-16", "2026-06-17 10:00"]
    assert found[2].lanes == (("down", "still down"), (), (), ("E1", "owner"))
    assert rules.side_by_side({}) == []


def told(hours, text, *, late=0, promise=None, settled=None, kind=EntryKind.NOTE):
    at = NOW + timedelta(hours=hours)
    return rules.Story(
        at,
        kind,
        Lane.INTERNAL,
        text,
        promise=promise,
        due_at=at + timedelta(days=1) if promise else None,
        recorded_at=at + timedelta(hours=late),
        settled_at=NOW + timedelta(hours=settled) if settled else None,
    )


def test_at_a_moment_only_what_was_written_down_by_then_is_known():
    story = [
        told(0, "first"),
        told(1, "learnt late", late=5),
        told(2, "said", promise=PromiseState.BROKEN, settled=8),
        told(3, "decided", kind=EntryKind.DECISION),
    ]
    learnt = rules.moments(story)
    hours = [int((one - NOW).total_seconds() // 3600) for one in learnt]
    assert hours == [0, 2, 3, 6, 8]

    def known(hour):
        rows = rules.known_at(story, NOW + timedelta(hours=hour), zone="Europe/Paris")
        return [line.text.partition(" (")[0] for row in rows for lane in row.lanes for line in lane]

    assert known(-1) == []
    assert known(0) == ["first"]
    assert known(5) == ["first", "said", "decided"]
    assert known(6) == ["first", "learnt late", "said", "decided"]

    def promised(hour):
        rows = rules.known_at(story, NOW + timedelta(hours=hour), zone="Europe/Paris")
        return next(row.lanes[2][0] for row in rows if row.lanes[2])

    assert "still open" in promised(7).text
    assert "broken" in promised(8).text
    assert (promised(7).new, promised(8).new) == (False, True)


@pytest.mark.parametrize(
    ("hour", "expected"), [(-9, 0), (0, 0), (1, 0), (2, 1), (7, 3), (99, 4), (None, 4)]
)
def test_step_of_a_moment_is_the_last_one_before_it(hour, expected):
    known = [NOW + timedelta(hours=hour) for hour in (0, 2, 3, 6, 8)]
    at = None if hour is None else NOW + timedelta(hours=hour)
    assert rules.step_at(known, at) == expected
