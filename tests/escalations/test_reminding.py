"""Promises that fall due are told to who made them, then to who stands above, once each."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Promise, PromiseKind
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions, jobs, rules
from portal.blueprints.escalations.models import Severity
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.policies.rules import SeverityPolicy, shipped
from portal.core.i18n import speaking
from tests.escalations.test_actions import declared

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def case(cast, db, now):
    """A case of the gravest severity, so that no notice waits for anybody's working hours."""
    row = declared(cast, now)
    db.session.get_one(User, cast.ids["carl"]).manager_id = cast.ids["lena"]
    db.session.commit()
    return row


def promised(cast, db, case, now, **more):
    given = {"what": "A call with the board", "to_whom": "COO", "due_at": now + 4 * DAY, **more}
    row = account_actions.promise(
        case.account_id,
        kind=PromiseKind.MEETING,
        by_id=cast.ids["carl"],
        case_ref=case.reference,
        by=cast.erik,
        now=now,
        **given,
    )
    db.session.commit()
    return row


def remind(at):
    jobs.remind_of_promises(at.isoformat())


def told(db, *, state=None):
    query = sa.select(Notification).where(Notification.template == rules.promises.DUE)
    rows = db.session.scalars(query.order_by(Notification.id)).all()
    return [(row.person_id, row.why) for row in rows if state in (None, row.state)]


def test_the_rungs_are_those_of_the_ladder_from_made_to_due(now):
    found = rules.promises.rungs(shipped(SeverityPolicy), now, now + 4 * DAY)
    assert [(one.step.tell, one.at - now) for one in found] == [
        (("owner",), 2 * DAY),
        (("owner",), 3 * DAY),
        (("owner", "substitute"), 4 * DAY),
        (("manager",), 4 * DAY + 30 * MINUTE),
        (("executive_owner",), 4 * DAY + 60 * MINUTE),
    ]


def test_who_promised_hears_in_time_and_who_stands_above_after(cast, db, now, case):
    promised(cast, db, case, now)
    carl, chief = cast.ids["carl"], case.executive_owner_id
    remind(now + DAY)
    assert told(db) == []
    for at, people in (
        (2 * DAY, [carl]),
        (3 * DAY, [carl]),
        (4 * DAY, [carl]),
        (4 * DAY + 30 * MINUTE, [cast.ids["lena"]]),
        (4 * DAY + 90 * MINUTE, [chief]),
    ):
        before = len(told(db))
        remind(now + at)
        remind(now + at)
        assert [person for person, _why in told(db)[before:]] == people, at
    assert {why for _person, why in told(db)[:3]} == {"promised"}
    assert db.session.scalars(sa.select(Promise.next_notice_at)).all() == [None]


@pytest.mark.parametrize(("late", "notices"), [(3.5 * DAY, 1), (4.5 * DAY, 3)])
def test_what_was_missed_together_is_told_once_on_return(cast, db, now, case, late, notices):
    promised(cast, db, case, now)
    remind(now + late)
    assert len(told(db)) == notices


def test_its_words_in_three_languages(cast, db, now, case):
    promised(cast, db, case, now)
    remind(now + 2 * DAY)
    remind(now + 4 * DAY)
    rows = sa.select(Notification).where(Notification.template == rules.promises.DUE)
    said = set()
    for row in db.session.scalars(rows).all():
        for language in ("en", "fr", "it"):
            row.language = language
            with speaking(language):
                words = remote.word(row)
            assert "A call with the board" in words.text
            said |= {words.subject}
    assert len(said) == 6


@pytest.mark.parametrize("how", ["kept", "broken", "renegotiated"])
def test_what_is_settled_is_told_no_more(cast, db, now, run_jobs, how):
    case = declared(cast, now)
    case.severity = Severity.E3  # what is not urgent waits at night
    row = promised(cast, db, case, now, due_at=now + timedelta(hours=16))
    remind(now + timedelta(hours=16))
    assert told(db, state=Sent.WAITING)
    if how == "kept":
        account_actions.keep(row, by=cast.erik, now=now)
    elif how == "broken":
        account_actions.break_(row, reason="No time", by=cast.erik, now=now)
    else:
        account_actions.renegotiate(
            row, what="Later", due_at=now + 9 * DAY, reason="x", by=cast.erik, now=now
        )
    db.session.commit()
    run_jobs()
    assert told(db, state=Sent.WAITING) == []
    before = len(told(db))
    remind(now + timedelta(hours=17))
    assert len(told(db)) == before


def test_where_nothing_goes_on_by_itself_it_is_told_once_it_does(cast, db, now, case):
    promised(cast, db, case, now)
    actions.stop_automatic(case, reason="Counsel", by=cast.erik, now=now)
    db.session.commit()
    remind(now + 4 * DAY)
    assert told(db) == []
    later = now + 4 * DAY + 10 * MINUTE
    actions.resume_automatic(case, reason="Released", by=cast.erik, now=later)
    db.session.commit()
    remind(later)
    assert told(db) == [(cast.ids["carl"], "promised")]


def test_a_restricted_case_opens_to_nobody_by_a_promise(cast, db, now, case):
    promised(cast, db, case, now)
    actions.restrict(case, keep=(), reason="Named people", by=cast.erik, now=now)
    db.session.commit()
    remind(now + 5 * DAY)
    people = {person for person, _why in told(db)}
    assert cast.ids["carl"] in people
    assert cast.ids["lena"] not in people


def test_what_a_merged_case_promised_is_told_where_it_went(cast, db, now, case):
    promised(cast, db, case, now)
    other = declared(cast, now, demand="Another thing")
    actions.merge(case, other, by=cast.erik, now=now)
    db.session.commit()
    remind(now + 2 * DAY)
    refs = sa.select(Notification.record_ref).where(Notification.template == rules.promises.DUE)
    assert db.session.scalars(refs).all() == [other.reference]
