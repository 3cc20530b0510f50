"""What is sent by the clock: when, what, to whom, once, and how it is ended."""

import hashlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.blueprints.briefings import actions, jobs, queries, rules
from portal.blueprints.briefings.actions import Wish
from portal.blueprints.briefings.models import Briefing, Ending, Kind, Rhythm, Subscription
from portal.blueprints.concessions.models import Concession
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import Trend
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification, State
from portal.core import access, clock
from portal.core.access import K, Permission, Restriction
from portal.core.errors import NotFound, Refused
from tests.briefings.test_escalation import case
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

__all__ = ["case"]

SITE = "portal.example/verify"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "weekday", "hour", "zone", "calendar", "after", "expected"),
    [
        ("workdays", 0, 7, "Europe/Paris", "FR", "2026-06-17T08:00", "2026-06-18T05:00"),
        ("workdays", 0, 11, "Europe/Paris", "FR", "2026-06-17T08:00", "2026-06-17T09:00"),
        ("workdays", 0, 7, "Europe/Paris", "FR", "2026-06-19T08:00", "2026-06-22T05:00"),
        # 14 July is a holiday in France, and not in Italy.
        ("workdays", 0, 7, "Europe/Paris", "FR", "2026-07-13T08:00", "2026-07-15T05:00"),
        ("workdays", 0, 7, "Europe/Rome", "IT", "2026-07-13T08:00", "2026-07-14T05:00"),
        ("weekly", 1, 7, "Europe/Paris", "FR", "2026-07-10T08:00", "2026-07-15T05:00"),
        ("weekly", 1, 7, "Europe/Paris", "FR", "2026-07-15T08:00", "2026-07-21T05:00"),
        ("monthly", 0, 7, "Europe/Paris", "FR", "2026-07-02T08:00", "2026-08-03T05:00"),
        ("monthly", 0, 7, "Europe/Paris", "FR", "2026-12-02T08:00", "2027-01-04T06:00"),
        # The clocks go back on 25 October: seven on the wall is an hour later in UTC.
        ("workdays", 0, 7, "Europe/Paris", "FR", "2026-10-23T08:00", "2026-10-26T06:00"),
        ("workdays", 0, 7, "America/New_York", "US", "2026-07-02T12:00", "2026-07-06T11:00"),
        ("workdays", 0, 7, "Asia/Tokyo", "nowhere", "2026-07-13T00:00", "2026-07-13T22:00"),
    ],
)
def test_a_turn_falls_on_a_working_day_of_its_reader(
    rhythm, weekday, hour, zone, calendar, after, expected
):
    found = rules.next_slot(
        Rhythm(rhythm),
        weekday=weekday,
        hour=hour,
        zone=zone,
        is_off=rules.days_off(calendar, zone=zone),
        after=at(after),
    )
    assert found == at(expected)


def wish(**more):
    given = {"kind": Kind.DELTA, "about": "mine", "rhythm": Rhythm.WORKDAYS, "hour": 7}
    return Wish(**given | more)


def turn(row, run_jobs):
    """Let the turn of a subscription come, and everything that it queues be done."""
    with clock.moved(row.next_at):
        jobs.deliver_due(row.next_at.isoformat())
        run_jobs()


def issues():
    return list(queries.finding.db.session.scalars(sa.select(Briefing).order_by(Briefing.id)))


def mails(db):
    query = sa.select(Notification).filter_by(template="briefings/sent").order_by(Notification.id)
    return list(db.session.scalars(query))


def test_a_delta_comes_each_morning_while_something_changes(cast, db, now, run_jobs, case):
    row = actions.subscribe(cast.ava, wish(), reader=cast.ava, now=now)
    assert row.next_at == now.replace(day=18, hour=5), "seven in the morning in Paris"
    turn(row, run_jobs)
    (first,), (mail,) = issues(), mails(db)
    assert (first.kind, first.subject_ref, first.reader_id) == (
        Kind.DELTA,
        case.reference,
        cast.ava.id,
    )
    assert first.state == "issued", "a delta asks for no decision"
    assert mail.state is State.SENT
    message = remote.compose(mail)
    assert [one.name for one in message.files] == [f"{first.reference}.pdf"]
    assert hashlib.sha256(message.files[0].content).hexdigest() == first.pdf_digest
    path = queries.leave_path(row)
    assert path in message.headers["List-Unsubscribe"]
    assert path in message.text
    assert path not in remote.word(mail).text, "nobody else may end it for them"
    shut = Restriction(record_ref=case.reference, account_id=cast.acme_id, since=now)
    db.session.add(shut)
    db.session.flush()
    assert remote.compose(mail).files == (), "it became restricted while the mail waited"
    db.session.delete(shut)
    db.session.commit()
    turn(row, run_jobs)
    assert len(mails(db)) == 1, "nothing changed, so nothing is sent"
    assert row.ran_at > first.taken_at
    actions.mark_read(first, downloaded=False, by=cast.ava, now=first.taken_at)
    escalations.set_trend(case, Trend.DECLINING, by=cast.carl, now=row.ran_at)
    turn(row, run_jobs)
    told = issues()[-1].snapshot["facts"]["changes"]
    assert (told["since_number"], [one["kind"] for one in told["items"]]) == (1, ["trend"])
    assert len(mails(db)) == 2
    assert queries.last_of([row])[row.id].mail == "sent"


def test_an_issue_says_who_was_sent_it_and_whether_it_arrived_f4(
    cast, db, now, run_jobs, case, browse
):
    row = actions.subscribe(cast.ava, wish(), reader=cast.ava, now=now)
    turn(row, run_jobs)
    (first,), (mail,) = issues(), mails(db)
    known = queries.mail_of(first)
    cast.read_english("ava")
    assert (known.state, known.at, known.error) == ("sent", row.ran_at, "")
    at = row.ran_at
    with clock.moved(at):
        ava = browse("ava")
        first_time, again = (ava.text(f"/briefings/{first.reference}") for _time in range(2))
        post.note_bounced(mail, status="5.1.1", by=access.job("mailbox"), now=at)
        db.session.commit()
        bounced = ava.text(f"/briefings/{first.reference}")
    parts = [page.split('id="readers"')[1] for page in (first_time, again, bounced)]
    assert "Ava Solheim" in parts[0]
    at_seven = "Thu\xa018\xa0Jun, 07:00"
    assert f"sent {at_seven}" in parts[0]
    assert f"read {at_seven}" in parts[1]
    assert "the mail did not arrive" in parts[2]
    assert "5.1.1" in parts[2]
    assert "sent Thu" not in parts[2]


def test_a_turn_is_delivered_once_and_whole(cast, db, now, run_jobs, case):
    row = actions.subscribe(cast.ava, wish(unchanged=True), reader=cast.ava, now=now)
    db.session.commit()
    due = row.next_at
    assert actions.deliver(row, verify_at=SITE, now=due) == 1
    db.session.rollback()  # killed before its commit: nothing of it is left
    assert issues() == []
    assert row.next_at == due
    for _twice in range(2):
        jobs_done = actions.deliver(row, verify_at=SITE, now=due)
        db.session.commit()
    assert jobs_done == 0, "its turn was taken"
    with clock.moved(due):
        run_jobs()
        run_jobs()
    assert len(mails(db)) == 1
    user = db.session.get(User, cast.ids["ava"])
    user.absent_from = due
    turn(row, run_jobs)
    assert len(issues()) == 1, "nobody is written to while they are away"
    user.absent_from = None
    turn(row, run_jobs)
    assert len(issues()) == 2, "wanted also when nothing changed"


@ON_SQLITE_ALONE
def test_what_is_over_or_hidden_ends_and_what_is_restricted_is_never_attached(
    cast, db, now, run_jobs, case
):
    db.session.add(
        Concession(
            reference="CON-2026-9001",
            account_id=cast.acme_id,
            escalation_id=case.id,
            case_ref=case.reference,
            state=ConcessionState.DRAFT,
            reporting_currency="EUR",
            why="",
            currency="EUR",
            not_offered="No written admission of fault.",
            created_at=now,
            updated_at=now,
        )
    )
    one = actions.subscribe(
        cast.ava, wish(kind=Kind.ESCALATION, about=case.reference), reader=cast.ava, now=now
    )
    hidden = actions.subscribe(
        cast.lena, wish(about=case.reference, unchanged=True), reader=cast.lena, now=now
    )
    turn(one, run_jobs)
    issue = next(row for row in issues() if row.reader_id == cast.ava.id)
    assert issue.klass == K.RESTRICTED, "it says what we will not offer"
    mail = next(row for row in mails(db) if row.person_id == cast.ava.id)
    assert remote.compose(mail).files == ()
    mail.context = mail.context | {"file": issue.file_id}
    assert remote.compose(mail).files == (), "whatever a caller asks for"
    assert not queries.tells_of_restricted(issue)
    escalations.restrict(case, keep=(), reason="Somebody's health.", by=cast.lisa, now=now)
    db.session.commit()
    assert queries.tells_of_restricted(issue)
    assert queries.subscriptions(cast.lena) == []
    turn(hidden, run_jobs)
    assert hidden.ending is Ending.HIDDEN
    escalations.void(case, reason="A test.", by=cast.erik, now=one.next_at)
    turn(one, run_jobs)
    assert one.ending in (Ending.OVER, Ending.HIDDEN)
    assert one.next_at is None


def test_nobody_subscribes_to_what_they_may_not_see(cast, db, now, case):
    for wrong, error in (
        (wish(about="ACC-00001"), Refused),
        (wish(about="ESC-2026-9999"), NotFound),
        (wish(hour=24), Refused),
        (wish(kind=Kind.CALL), Refused),
        (wish(kind=Kind.ACCOUNT, about="ALL"), Refused),
    ):
        with pytest.raises(error):
            actions.subscribe(cast.ava, wrong, reader=cast.ava, now=now)
    with pytest.raises(Refused):
        actions.subscribe(cast.ava, wish(about=case.reference), reader=cast.otto, now=now)
    actions.subscribe(cast.ava, wish(), reader=cast.ava, now=now)
    with pytest.raises(Refused):
        actions.subscribe(cast.ava, wish(), reader=cast.ava, now=now)


@ON_SQLITE_ALONE
def test_on_the_page_and_out_of_the_mail_by_one_click(app, cast, db, now, browse, run_jobs, case):
    cast.read_english("ava", "otto")
    ava = browse("ava")
    assert "Nothing is sent by itself yet" in ava.text("/briefings/subscriptions")
    ava.text(f"/briefings/subscriptions/new?about={case.reference}")
    form = {
        "kind": "delta",
        "about": case.reference,
        "severity": "",
        "rhythm": "weekly",
        "weekday": "3",
        "hour": "7",
        "reader_id": str(cast.ids["ava"]),
    }
    assert ava.post("/briefings/subscriptions/new", form | {"hour": "99"}).status_code == 422
    assert ava.post("/briefings/subscriptions/new", form).status_code == 303
    row = db.session.scalar(sa.select(Subscription))
    turn(row, run_jobs)
    page = ava.text("/briefings/subscriptions")
    assert "not read yet" in page
    mail = mails(db)[0]
    mail.state, mail.error = State.FAILED, "did not arrive: 5.1.1"
    db.session.commit()
    page = ava.text("/briefings/subscriptions")
    assert "the mail did not arrive" in page
    assert page.count("did not arrive") == 1, "said once, and then why: 5.1.1"
    ava.text(f"/briefings/{issues()[0].reference}")
    assert "read " in ava.text("/briefings/subscriptions")
    stop = f"/briefings/subscriptions/{row.id}/stop"
    assert browse("otto").post(stop).status_code == 404
    path = queries.leave_path(row)
    view = app.view_functions["briefings.unsubscribe"]
    assert f"{view.__module__}.{view.__name__}" in app.extensions["csrf"]._exempt_views
    nobody = browse()
    assert nobody.get(path[:-1] + ("a" if path[-1] != "a" else "b")).status_code == 404
    assert "Send it no more" in nobody.text(path)
    assert row.ended_at is None, "looking ends nothing"
    assert nobody.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    db.session.refresh(row)
    assert row.ending is Ending.UNSUBSCRIBED
    assert nobody.post(path).status_code == 303, "a second click changes nothing"
    assert "It is sent no more" in nobody.text(path)
    assert ava.post(stop).status_code == 303


@ON_SQLITE_ALONE
def test_programs_subscribe_and_stop(cast, db, now, browse, case):
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    send = caller(browse, cast, db, now, at="/api/v1/briefings/", scopes=scopes)("erik")
    asked = {"kind": "delta", "about": "ALL", "rhythm": "workdays", "hour": 7, "severity": "E2"}
    made = send("POST", "subscriptions", asked)
    assert made.status_code == 201, made.get_json()
    assert send("POST", "subscriptions", asked | {"kind": "call"}).status_code == 422
    assert send("POST", "subscriptions", asked | {"reader": "no@where.example"}).status_code == 409
    listed = send("GET", "subscriptions").get_json()["items"]
    assert [(one["about"], one["severity"]) for one in listed] == [("ALL", "E2")]
    number = listed[0]["id"]
    assert send("POST", f"subscriptions/{number}/stop", {}).status_code == 200
    assert send("GET", "subscriptions").get_json()["items"][0]["ending"] == "stopped"
