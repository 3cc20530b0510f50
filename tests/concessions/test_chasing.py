"""What waits is not forgotten: reminders, others told, handing on, standing in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.concessions import actions, jobs, queries, rules
from portal.blueprints.concessions.models import Concession, State
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.rules import CompensationPolicy, shipped
from portal.core.db import db as database
from portal.core.errors import Refused
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

POLICY = shipped(CompensationPolicy)
AT = datetime.fromisoformat("2026-06-17T08:00:00+00:00")


@pytest.mark.parametrize(
    ("days", "chased", "due"),
    [
        ("1.99", None, None),
        ("2", None, rules.Chase.REMIND),
        ("3", "2", None),
        ("3.99", "1.99", rules.Chase.REMIND),
        ("4", "2", rules.Chase.ESCALATE),
        ("5", "4", None),
        ("9", "4", rules.Chase.ESCALATE),
        ("1", "-3", None),
    ],
)
def test_when_a_signature_is_chased(days: str, chased: str | None, due: rules.Chase | None) -> None:
    """`chased` before the request: a reminder of an earlier one does not count."""
    last = AT + timedelta(days=float(chased)) if chased else None
    now = AT + timedelta(days=float(days))
    assert rules.chase(AT, chased_at=last, now=now, policy=POLICY) is due


@pytest.mark.parametrize(
    ("days", "chased", "late"), [(13, None, False), (14, None, True), (20, 14, False)]
)
def test_when_a_delivery_is_chased(days: int, chased: int | None, late: bool) -> None:
    last = AT + timedelta(days=chased) if chased else None
    now = AT + timedelta(days=days)
    assert rules.delivery_is_late(AT, chased_at=last, now=now, policy=POLICY) is late


def told(row: Concession, name: str) -> set[int]:
    query = sa.select(Notification.person_id).where(
        Notification.record_ref == row.reference, Notification.template == f"concessions/{name}"
    )
    return {one for one in database.session.scalars(query) if one is not None}


def asked(cast: Cast, now: datetime, amount: int = 3000) -> Concession:
    row = making.draft(cast.acme, amount, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    return row


def test_who_is_asked_is_reminded_then_others_and_the_proposer_hear(
    cast: Cast, now: datetime
) -> None:
    row = asked(cast, now)
    jobs.chase((now + timedelta(days=1)).isoformat())
    assert told(row, "late") == set()
    jobs.chase((now + timedelta(days=2)).isoformat())
    jobs.chase((now + timedelta(days=2)).isoformat())
    assert told(row, "late") == {cast.erik.id}
    jobs.chase((now + timedelta(days=4)).isoformat())
    assert told(row, "late") >= {cast.erik.id, cast.dora.id}
    assert told(row, "late_told") == {cast.carl.id}
    actions.approve(row, by=cast.dora, now=now + timedelta(days=4))
    assert (row.state, row.chased_at) == (State.APPROVED, None)


def test_a_late_signature_opens_a_restricted_case_to_nobody_more(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    escalations.restrict(case, keep=[], reason="A named person", by=cast.erik, now=now)
    actions.follow_case(row)
    actions.request(row, by=cast.carl, now=now)
    jobs.chase((now + timedelta(days=4)).isoformat())
    assert told(row, "late") == {cast.erik.id}
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    actions.accept(row, who="H. Vasseur", by=cast.carl, now=now)
    jobs.chase((now + timedelta(days=30)).isoformat())
    assert told(row, "to_deliver") == set()


def test_where_nobody_can_sign_the_proposer_hears(cast: Cast, now: datetime) -> None:
    row = asked(cast, now, 40_000)
    for user in auth_queries.people():
        if user.id not in (cast.carl.id, cast.fina.id):
            user.active = False
    database.session.flush()
    jobs.chase((now + timedelta(days=2)).isoformat())
    assert (told(row, "late"), told(row, "nobody_signs")) == ({cast.fina.id}, set())
    cast.user("fina").active = False
    database.session.flush()
    jobs.chase((now + timedelta(days=4)).isoformat())
    assert told(row, "nobody_signs") == {cast.carl.id}


def test_who_stands_in_is_asked_and_finds_it_in_their_queue(cast: Cast, now: datetime) -> None:
    away = cast.user("erik")
    away.absent_from, away.substitute_id = now - timedelta(days=1), cast.sam.id
    database.session.flush()
    row = asked(cast, now)
    assert told(row, "to_sign") == {cast.erik.id}  # who supports cannot sign, standing in or not
    away.substitute_id = cast.fina.id
    database.session.flush()
    late = asked(cast, now, 2000)
    assert told(late, "to_sign") == {cast.erik.id, cast.fina.id}
    search = queries.Search(to_sign=True)
    lines = {line.reference for line in queries.short(cast.fina, search, now=now)}
    assert lines == {row.reference, late.reference}
    actions.approve(late, by=cast.fina, now=now)
    assert late.state is State.APPROVED


def test_who_stands_in_after_it_was_asked_for_is_let_in(
    cast: Cast, now: datetime, run_jobs: Any
) -> None:
    row, clara = asked(cast, now, 20_000), cast.clara
    assert queries.short(clara, queries.Search(), now=now) == []
    auth_actions.set_absence(
        cast.user("dora"),
        substitute_id=clara.id,
        absent_from=now,
        absent_until=None,
        by=cast.dora,
        now=now,
    )
    run_jobs()
    jobs.ask_stand_ins(now.isoformat())
    assert clara.id in told(row, "to_sign")
    assert [line.reference for line in queries.to_sign(clara, now=now)] == [row.reference]
    actions.approve(row, by=clara, now=now)
    assert (row.state, queries.approvals(row)[0].for_id) == (State.APPROVED, cast.dora.id)


def test_a_request_is_handed_on_to_who_could_sign_it(cast: Cast, now: datetime) -> None:
    row = asked(cast, now)
    with pytest.raises(Refused, match="could sign"):
        actions.hand_on(row, to_id=cast.dora.id, by=cast.carl, now=now)
    for wrong in (cast.carl.id, cast.erik.id, cast.adam.id):
        with pytest.raises(Refused, match="could not sign"):
            actions.hand_on(row, to_id=wrong, by=cast.erik, now=now)
    actions.hand_on(row, to_id=cast.dora.id, by=cast.erik, now=now)
    assert (row.asked_id, told(row, "handed")) == (cast.dora.id, {cast.dora.id})


def test_finance_is_reminded_until_all_is_delivered(cast: Cast, now: datetime) -> None:
    row = asked(cast, now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    actions.accept(row, who="H. Vasseur", by=cast.carl, now=now)
    jobs.chase((now + timedelta(days=13)).isoformat())
    assert told(row, "to_deliver") == set()
    jobs.chase((now + timedelta(days=14)).isoformat())
    assert told(row, "to_deliver") == {cast.fina.id, cast.felix.id}
    part = queries.parts(row)[0]
    actions.deliver(row, {part.id: "CN-1"}, by=cast.fina, now=now)
    assert list(queries.to_deliver(before=now + timedelta(days=99))) == []


@ON_SQLITE_ALONE
def test_the_page_hands_on(browse: Any, cast: Cast, now: datetime) -> None:
    row = asked(cast, now)
    database.session.commit()
    erik, at = browse("erik"), f"/concessions/{row.reference}"
    assert "Dora Klein" in erik.text(at)
    assert erik.post(f"{at}/hand-on", {"to": str(cast.adam.id)}).status_code == 422
    assert erik.post(f"{at}/hand-on", {"to": str(cast.dora.id)}).status_code == 303
    assert "Dora Klein" in browse("carl").text(at)
