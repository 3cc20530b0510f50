"""A customer leaves: a post-mortem where policy asks for one, else a note of five minutes."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Lifecycle
from portal.blueprints.notifications.models import Notification
from portal.blueprints.postmortems import actions, jobs, queries, rules
from portal.blueprints.postmortems.models import (
    DueReason,
    Factor,
    LossNote,
    LossState,
    Postmortem,
    State,
)
from portal.core import events
from portal.core.access import RelationKind, relate
from portal.core.errors import NotFound, Refused, Stale

from .cases import LESSONS, begun, case_of, due
from .test_actions import plan

SAID = {
    "what": "Two contracts",
    "factor": Factor.EXPECTATION_OR_CONTRACT,
    "sentence": "We sold a report that was never built.",
}


def lose(db, cast, *, arr=100):
    account = db.session.get(Account, cast.acme_id)
    account.lifecycle, account.arr_minor = Lifecycle.LOST, arr * 100
    db.session.flush()
    return account


@pytest.fixture(autouse=True)
def whole(monkeypatch):
    """Let the company earn a million a year."""
    from portal.blueprints.accounts import queries as account_queries
    from portal.core.money import Money

    monkeypatch.setattr(account_queries, "total_arr", lambda at: Money(1_000_000, "EUR"))


@pytest.mark.parametrize(
    ("ended", "today", "expected"),
    [
        (None, date(2026, 6, 17), date(2026, 6, 17)),
        (date(2026, 5, 31), date(2026, 6, 17), date(2026, 5, 31)),
        (date(2026, 12, 31), date(2026, 6, 17), date(2026, 6, 17)),
    ],
)
def test_day_of_a_loss_is_the_end_of_the_contract(ended, today, expected):
    assert rules.lost_on(ended, today=today) == expected
    assert not rules.is_old(expected, today=today)
    assert rules.is_old(today - timedelta(days=91), today=today)


def test_small_loss_gets_a_note_that_its_owner_writes(cast, db, now, run_jobs, browse):
    account = lose(db, cast)
    events.record(
        "accounts.edited",
        by=cast.carl,
        now=now,
        record=account.reference,
        account_id=account.id,
        data={},
    )
    db.session.commit()
    run_jobs()
    run_jobs()
    row = db.session.scalar(sa.select(LossNote))
    assert (row.state, row.owner_id, row.arr_minor) == (LossState.DUE, cast.ids["carl"], 10_000)
    assert row.due_on == date(2026, 6, 24)
    assert db.session.scalar(sa.select(Postmortem)) is None
    assert actions.consider_loss(account.id, by=LESSONS, now=now) is None
    for name in ("kim", "otto"):
        with pytest.raises(NotFound):
            queries.get_loss(getattr(cast, name), row.reference, now=now)
    with pytest.raises(Refused):
        actions.write_loss(row, **SAID, version=None, by=cast.sam, now=now)
    with pytest.raises(Refused):
        actions.write_loss(row, **SAID | {"what": " "}, version=None, by=cast.carl, now=now)
    with pytest.raises(Stale):
        actions.write_loss(row, **SAID, version=99, by=cast.carl, now=now)
    db.session.rollback()
    carl, path = browse("carl"), f"/postmortems/losses/{row.reference}"
    assert "Five minutes" in carl.text(path)
    assert carl.get(f"/postmortems/{row.reference}").headers["Location"].endswith(path)
    given = {**SAID, "factor": SAID["factor"].value}
    assert carl.post(path, data={**given, "factor": ""}).status_code == 422
    assert carl.post(path, data=given).status_code == 303
    assert SAID["sentence"] in carl.text(path)
    assert "Two contracts" in carl.text("/postmortems/losses")
    assert browse("otto").get(path).status_code in {403, 404}
    found = queries.losses_between(cast.lena, date(2026, 6, 1), date(2026, 7, 1), now=now)
    assert [(one.factor, one.arr_minor) for one in found] == [(SAID["factor"], 10_000)]
    assert queries.losses_between(cast.lena, date(2026, 7, 1), date(2026, 8, 1), now=now) == []


def test_large_or_cared_for_loss_makes_a_post_mortem_due_without_a_case_too(cast, db, now):
    account = lose(db, cast, arr=2_500)
    row = actions.consider_loss(account.id, by=LESSONS, now=now)
    assert isinstance(row, Postmortem)
    assert (row.reasons, queries.case_refs(row)) == ([DueReason.LOST_ACCOUNT.value], [])
    assert row.facilitator_id == cast.ids["erik"]
    assert queries.participants(row) == [cast.ids["carl"]]
    assert actions.consider_loss(account.id, by=LESSONS, now=now) is None
    actions.begin(row, by=cast.erik, now=now)
    assert queries.sheet(row, viewer=cast.carl, now=now).cases == []


@pytest.mark.parametrize("days", [170, 190])
def test_loss_soon_after_a_case_is_looked_into_with_it(cast, db, now, days):
    case = case_of(cast, now - timedelta(days=days))
    account = lose(db, cast)
    row = actions.consider_loss(account.id, by=LESSONS, now=now)
    if days > 180:
        assert isinstance(row, LossNote)
    else:
        assert isinstance(row, Postmortem)
        assert queries.case_refs(row) == [case.reference]


def test_loss_adds_its_reason_to_the_post_mortem_of_the_last_case_under_way(cast, db, now):
    row = due(cast, now)
    account = lose(db, cast)
    assert actions.consider_loss(account.id, by=LESSONS, now=now) is row
    assert row.reasons == ["e1", "lost_account"]


def test_loss_of_a_sponsored_customer_makes_a_post_mortem_due(cast, db, now):
    account = lose(db, cast)
    relate(db.session, kind=RelationKind.SPONSOR, account_id=account.id, person_id=cast.ids["ava"])
    assert isinstance(actions.consider_loss(account.id, by=LESSONS, now=now), Postmortem)


def test_late_note_is_chased_once_then_further_up_and_rests_if_nobody_was_lost(cast, db, now):
    account = lose(db, cast)
    account.updated_at = now
    db.session.commit()

    def told(template):
        query = sa.select(Notification.person_id).filter_by(template=f"postmortems/{template}")
        return sorted(db.session.scalars(query))

    for days in (1, 8, 9):
        jobs.chase((now + timedelta(days=days)).isoformat())
    assert (told("loss"), told("loss_late")) == ([cast.ids["carl"]], [cast.ids["carl"]])
    jobs.chase((now + timedelta(days=14)).isoformat())
    assert told("loss_late") == [cast.ids["carl"], cast.ids["erik"]]
    account.lifecycle = Lifecycle.ACTIVE
    jobs.chase((now + timedelta(days=15)).isoformat())
    row = db.session.scalar(sa.select(LossNote))
    assert row.state is LossState.VOID
    with pytest.raises(Refused):
        actions.write_loss(row, **SAID, version=None, by=cast.carl, now=now)


def test_what_is_missing_is_listed_by_whose_it_is(cast, db, now, browse, queries_at_most):
    row = begun(cast, now)
    action = plan(row, cast, now)
    other = due(cast, now)
    other.facilitator_id = None
    third = due(cast, now)
    third.state, third.written_at = State.IN_REVIEW, now
    actions.note_meeting(third, on=now.date(), by=cast.erik, now=now)
    later = now + timedelta(days=9)

    def found(viewer, at):
        owners = queries.missing(viewer, today=queries.today_of(at), now=at)
        return {
            one.name: [(item.kind, item.reference, item.late) for item in one.items]
            for one in owners
        }

    assert found(cast.lena, later) == {
        None: [("draft", other.reference, True), ("approval", third.reference, False)],
        "Erik Lund": [("draft", row.reference, True)],
        "Kim Park": [("action", row.reference, False)],
    }
    actions.finish(row, action, version=None, by=cast.kim, now=now)
    assert ("verification", row.reference, False) in found(cast.lena, later)["Erik Lund"]
    assert found(cast.carl, later) == {}  # who leads is not told to everybody
    assert list(found(cast.erik, later)) == [None, "Erik Lund"]
    db.session.commit()
    text = browse("erik").text("/postmortems/missing")
    assert row.reference in text
    lena = browse("lena")
    lena.get("/postmortems/missing")
    with queries_at_most(7):
        lena.get("/postmortems/missing")
