"""The next promise of a case is one of its clocks: due at its date, gone once it is settled."""

from datetime import datetime, timedelta

import pytest

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.escalations import actions, queries, rules
from portal.blueprints.escalations.models import ClockKind, Severity, State
from portal.core.errors import Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import declared
from tests.escalations.test_api import call
from tests.escalations.test_clocks import CALENDAR, OPENED, PARIS, POLICY, Kind, at, event
from tests.escalations.test_reminding import promised

__all__ = ["call"]  # a fixture

HOUR = timedelta(minutes=60)
SOON = timedelta(minutes=20)


@pytest.fixture
def case(cast, now):
    return declared(cast, now)


def clock_of(case):
    found = [one for one in queries.clocks_of(case) if one.kind is ClockKind.PROMISE]
    return found[0] if found else None


def due_of(case):
    return case.next_due_kind, case.next_due_at


@pytest.mark.parametrize(
    ("story", "needed"),
    [
        ((), True),
        ((event(Kind.PAUSED, "01-12 11:00"),), True),
        ((event(Kind.POLICY_WITHDRAWN, "01-12 11:00"),), True),
        ((event(Kind.STOPPED, "01-12 11:00"),), False),
        ((event(Kind.CLOSED, "01-12 11:00"),), False),
    ],
)
def test_the_date_of_a_promise_moves_for_nothing(story, needed):
    made, until = at("01-12 10:30"), at("01-13 18:00")
    facts = rules.ClockFacts(Severity.E1, (OPENED, *story), promised=(made, until))
    found = rules.clocks(facts, policy=POLICY, calendar=CALENDAR, zone=PARIS)
    clock = next(one for one in found if one.kind is ClockKind.PROMISE)
    assert (clock.started_at, clock.due_at, clock.needed) == (made, until, needed)
    assert [(part.start, part.end) for part in clock.segments] == [(made, until)]
    assert rules.share(clock, made + (until - made) / 2) == rules.share(clock, until) / 2
    assert rules.notices(clock, policy=POLICY) == []  # told by its own ladder, once
    before = rules.clocks(
        facts._replace(promised=None), policy=POLICY, calendar=CALENDAR, zone=PARIS
    )
    assert [one for one in found if one is not clock] == before


@pytest.mark.parametrize("how", ["kept", "broken", "renegotiated"])
def test_what_is_due_next_follows_the_promises(cast, db, now, case, run_jobs, how):
    before = due_of(case)
    later = promised(cast, db, case, now, what="The report", due_at=now + 2 * SOON)
    first = promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    assert due_of(case) == (ClockKind.PROMISE, first.due_at)
    assert clock_of(case).started_at == first.made_at
    if how == "kept":
        account_actions.keep(first, by=cast.erik, now=now)
    elif how == "broken":
        account_actions.break_(first, reason="No time", by=cast.erik, now=now)
    else:
        account_actions.renegotiate(
            first, what="Later", due_at=now + 9 * SOON, reason="x", by=cast.erik, now=now
        )
    db.session.commit()
    run_jobs()
    assert due_of(case) == (ClockKind.PROMISE, later.due_at)
    account_actions.keep(later, by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    assert (clock_of(case) is None) == (how != "renegotiated")
    if how != "renegotiated":
        assert due_of(case) == before


def test_what_went_into_another_case_is_due_there(cast, db, now, case, run_jobs):
    row = promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    other = declared(cast, now, demand="Another thing")
    actions.merge(case, other, by=cast.erik, now=now)
    assert due_of(case) == (None, None)
    assert due_of(other) == (ClockKind.PROMISE, row.due_at)
    actions.unmerge(case, by=cast.erik, now=now)
    assert due_of(case) == (ClockKind.PROMISE, row.due_at)
    assert other.next_due_kind is not ClockKind.PROMISE
    db.session.commit()


def test_it_is_held_and_dated_by_nobody_alone(cast, db, now, case, run_jobs):
    row = promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    for act in (
        lambda: actions.pause(
            case, clock=ClockKind.PROMISE, reason="Strike", by=cast.erik, now=now
        ),
        lambda: actions.set_date(
            case, ClockKind.PROMISE, due_at=now + HOUR, reason="x", by=cast.erik, now=now
        ),
        lambda: actions.clear_date(case, ClockKind.PROMISE, by=cast.erik, now=now),
    ):
        with pytest.raises(Refused, match="renegotiate"):
            act()
    actions.pause(case, reason="Strike", by=cast.erik, now=now)
    assert due_of(case) == (ClockKind.PROMISE, row.due_at)


def test_withdrawing_the_policy_leaves_promises_due(cast, db, now, case, run_jobs):
    row = promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    assert [one.id for one in queries.with_hand_dates(case.policy_number)] == [case.id]
    account_actions.keep(row, by=cast.erik, now=now)
    db.session.flush()
    assert queries.with_hand_dates(case.policy_number) == []


@ON_SQLITE_ALONE
def test_pages_and_programs_explain_it(cast, db, now, case, run_jobs, browse):
    promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    assert case.state is State.DECLARED
    seen = browse("carl")
    text = seen.text(f"/escalations/{case.reference}")
    assert "Next promise" in text
    assert "A call with the board" in text
    assert "only another promise that the customer agreed to moves it" in text
    assert "Next promise" in seen.text("/escalations/")


@ON_SQLITE_ALONE
def test_programs_read_the_explanation(cast, db, now, case, run_jobs, call):
    row = promised(cast, db, case, now, due_at=now + SOON)
    run_jobs()
    found = call("erik")("GET", f"{case.reference}/clocks").get_json()["items"]
    one = next(one for one in found if one["kind"] == "promise")
    assert (one["set_by_hand"], one["target"]) == (True, "")
    assert datetime.fromisoformat(one["due_at"]) == row.due_at
    [part] = one["segments"]
    assert datetime.fromisoformat(part["start"]) == row.made_at
    listed = call("erik")("GET", "").get_json()["items"]
    assert {line["next_due_kind"] for line in listed} == {"promise"}
