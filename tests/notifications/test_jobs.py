"""The post against a real mail server that refuses, breaks off, is down and comes back."""

import email
import email.policy
import socket
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from jinja2 import TemplateNotFound

from portal.blueprints.notifications import actions, jobs, queries, remote
from portal.blueprints.notifications.models import State
from portal.core import clock
from portal.core.access import K
from portal.core.events import Event
from tests.notifications.test_actions import letter, tell

HOSTILE = [
    "Bonjour\r\nBcc: everybody@elsewhere.example",
    "\u202egnp.exe\x00\x1b[31m",
    "<script>alert(1)</script> {{ 7*7 }} {% raw %}",
    "é" * 500,
]


class Server:
    """Accepts mail, or answers as told; keeps every message it was given whole."""

    def __init__(self, port):
        self.port, self.controller = port, None
        self.answers, self.got, self.to, self.lines = [], [], [], 0

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.lines += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.answers and self.answers[0].startswith("421"):
            return self.answers.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "accept and cut":
            self._keep(envelope)
            server.transport.close()
            return "250 never arrives"
        if answer.startswith("250"):
            self._keep(envelope)
        return answer

    def _keep(self, envelope):
        self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.to.append(envelope.rcpt_tos)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def post(app, db, free_port, monkeypatch):
    """A mail server, and the application told to use it."""
    mailman = app.extensions["mailman"]
    for name, value in {
        "backend": "smtp",
        "server": "127.0.0.1",
        "port": free_port,
        "timeout": 5,
    }.items():
        assert hasattr(mailman, name), name
        monkeypatch.setattr(mailman, name, value)
    server = Server(free_port)
    server.start()
    yield server
    server.stop()


def deliver(row, at):
    with clock.moved(at):
        jobs.send(row.id)


def test_a_mail_in_two_forms_and_its_language(cast, db, now, post, run_jobs):
    tell(cast, now, "clara", template="notifications/sealed", record=None, account_id=None)
    run_jobs()
    (mail,) = post.got
    assert mail["To"] == "clara@halden.example"
    assert mail["Content-Language"] == "fr"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in mail.iter_parts()} == {"text/plain", "text/html"}
    assert "http://127.0.0.1:8000/notifications/" in mail.get_body(("plain",)).get_content()


def test_a_temporary_no_is_tried_again_under_the_same_id(cast, db, now, post):
    post.answers = ["451 busy", "451 busy"]
    row = tell(cast, now)
    at, waits = now, []
    for _try in range(3):
        deliver(row, at)
        waits.append(row.send_at - at)
        at = row.send_at
    assert row.state is State.SENT
    assert row.tries == 3
    assert waits[:2] == [timedelta(seconds=30), timedelta(seconds=60)]
    assert [m["Message-ID"] for m in post.got] == [row.message_id]


def test_a_permanent_no_waits_for_an_administrator(cast, db, now, post):
    post.answers = ["554 no such person"]
    row = tell(cast, now)
    deliver(row, now)
    assert row.state is State.FAILED
    assert row.error == "SMTPDataError 554"
    actions.replay(row, by=cast.adam, now=now + timedelta(hours=1))
    deliver(row, now + timedelta(hours=1))
    assert row.state is State.SENT


def test_cut_after_data_repeats_with_the_same_id(cast, db, now, post):
    post.answers = ["accept and cut"]
    row = tell(cast, now)
    deliver(row, now)
    assert row.state is State.WAITING
    deliver(row, row.send_at)
    assert row.state is State.SENT
    assert len(post.got) == 2
    assert len({m["Message-ID"] for m in post.got}) == 1


def test_a_server_down_for_an_hour_loses_nothing(cast, db, now, post):
    post.stop()
    rows = [tell(cast, now, name) for name in ("carl", "erik", "lena")]
    at = now
    while at < now + timedelta(hours=1):
        for row in rows:
            deliver(row, at)
        at += timedelta(seconds=30)
    assert {row.state for row in rows} == {State.WAITING}
    assert all(4 < row.tries < 15 for row in rows), "delays grow"
    post.start()
    for row in rows:
        deliver(row, row.send_at)
    assert {row.state for row in rows} == {State.SENT}
    assert len(post.got) == 3


def test_a_worker_killed_in_the_middle_leaves_the_message_due(cast, db, now, post):
    row = tell(cast, now)
    assert actions.claim(row.id, now=now)  # and the worker is gone
    db.session.commit()
    deliver(row, now + timedelta(seconds=30))
    assert post.got == [], "somebody may still be trying"
    deliver(row, now + timedelta(minutes=2))
    assert row.state is State.SENT


def many(cast, now, count):
    return [tell(cast, now, "erik", key=f"many:{n}") for n in range(count)]


def send_due(at):
    with clock.moved(at):
        jobs.send_due()


def test_many_go_over_one_line_each_once(cast, db, now, post, queries_at_most):
    rows = many(cast, now, 23)
    db.session.commit()
    with queries_at_most(30):
        send_due(now)
    assert {row.state for row in rows} == {State.SENT}
    assert [m["Message-ID"] for m in post.got] == [row.message_id for row in rows]
    assert post.lines == 1
    told = sa.select(sa.func.count()).where(Event.name == "notifications.told")
    assert db.session.scalar(told) == 23
    send_due(now + timedelta(hours=1))
    assert len(post.got) == 23


def test_a_line_that_breaks_is_opened_anew_and_the_rest_goes_on(cast, db, now, post):
    rows = many(cast, now, 6)
    # The server: takes one, has had enough, says no for ever, not now, breaks off after the data.
    post.answers = ["250 OK", "421 enough", "554 never", "451 later", "accept and cut"]
    send_due(now)
    states = [row.state for row in rows]
    assert states == [State.SENT, State.FAILED, State.WAITING, State.WAITING, *[State.SENT] * 2]
    assert post.lines == 3
    send_due(now + timedelta(minutes=1))
    assert [row.state for row in rows].count(State.SENT) == 5
    ids = [m["Message-ID"] for m in post.got]
    # Twice only where the answer was lost, and then under the same Message-ID.
    assert {row.id: ids.count(row.message_id) for row in rows} == dict(
        zip([row.id for row in rows], [1, 0, 1, 2, 1, 1], strict=True)
    )


def test_no_server_costs_a_batch_one_attempt(cast, db, now, post):
    post.stop()
    rows = many(cast, now, 5)
    send_due(now)
    assert {(row.state, row.tries) for row in rows} == {(State.WAITING, 1)}
    assert {row.send_at for row in rows} == {now + timedelta(seconds=30)}
    post.start()
    send_due(now + timedelta(seconds=30))
    assert {row.state for row in rows} == {State.SENT}


@pytest.mark.parametrize("killed_after", [0, 5, 12])
def test_a_killed_worker_loses_nothing(cast, db, now, post, monkeypatch, killed_after):
    """Three times a worker is killed while it sends: what it had taken is due after its lease."""

    class Killed(BaseException):
        pass

    rows, left = many(cast, now, 15), [killed_after] * 3
    db.session.commit()
    deliver, give_back = remote.deliver, actions.give_back

    def hand_over(*given):
        if left and left[0] == 0:
            raise Killed
        left[:1] = [left[0] - 1] if left else []
        deliver(*given)

    def nothing_more(*_given, **_named):
        raise Killed  # neither notes nor gives anything back: the process is gone

    monkeypatch.setattr(remote, "deliver", hand_over)
    note = jobs._note
    for kill in range(3):
        monkeypatch.setattr(actions, "give_back", nothing_more)
        monkeypatch.setattr(jobs, "_note", lambda tried: note(tried) if len(tried) == 10 else None)
        with pytest.raises(Killed):
            send_due(now + kill * timedelta(minutes=2))
        db.session.rollback()
        left.pop(0)
    monkeypatch.setattr(actions, "give_back", give_back)
    monkeypatch.setattr(jobs, "_note", note)
    send_due(now + timedelta(minutes=8))
    for row in rows:
        db.session.refresh(row)
    assert {row.state for row in rows} == {State.SENT}
    assert {m["Message-ID"] for m in post.got} == {row.message_id for row in rows}


def test_a_message_that_cannot_be_worded_keeps_nobody_waiting(cast, db, now, post):
    [broken, *rows] = many(cast, now, 4)
    broken.template = "notifications/nowhere"
    db.session.commit()
    with pytest.raises(TemplateNotFound):
        send_due(now)
    db.session.rollback()
    send_due(now)
    for row in rows:
        db.session.refresh(row)
    assert {row.state for row in rows} == {State.SENT}


def test_the_sweep_finds_what_is_due(cast, db, now, post, run_jobs):
    row = letter(db, cast, now)
    run_jobs()
    assert row.state is State.WAITING, "a letter waits its minute"
    with clock.moved(now + timedelta(seconds=61)):
        jobs.sweep(now=(now + timedelta(seconds=61)).isoformat())
        run_jobs()
    db.session.refresh(row)
    assert row.state is State.SENT


def test_who_lost_sight_of_the_record_gets_no_mail(cast, db, now, post, run_jobs):
    row = tell(cast, now, "otto")
    run_jobs()
    db.session.refresh(row)
    assert post.got == []
    assert row.state is State.WITHDRAWN


def test_somebody_switched_off_gets_no_mail(cast, db, now, post, run_jobs):
    row = tell(cast, now)
    cast.user("carl").active = False
    run_jobs()
    db.session.refresh(row)
    assert post.got == []
    assert row.state is State.WITHDRAWN


def test_a_mail_is_in_one_language_whatever_is_missing_i3(cast, db, now):
    """Each in their own language; where we have no texts in theirs it still goes out, all of it in
    English.
    """
    rows = {name: tell(cast, now, name, klass=K.INTERNAL) for name in ("carl", "clara", "mario")}
    texts = {name: remote.compose(row).text for name, row in rows.items()}
    assert len(set(texts.values())) == 3
    own = rows["clara"]
    for other in ("de", ""):
        own.language = other
        assert remote.compose(own).text == texts["carl"]
    own.language = "fr"
    assert remote.compose(own).text == texts["clara"]


@pytest.mark.parametrize("klass", [K.RESTRICTED, K.COUNSEL])
def test_restricted_words_stay_in_the_portal(cast, db, now, post, run_jobs, klass):
    context = {"subject": "MARKER", "text": "MARKER", "from": "MARKER"}
    tell(cast, now, template="notifications/customer", context=context, klass=klass)
    run_jobs()
    assert "MARKER" not in post.got[0].as_string()


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_hostile_subject_adds_no_header(cast, db, now, post, subject):
    row = letter(db, cast, now, delay=0, subject=subject, record=None)
    deliver(row, now)
    assert row.state is State.SENT
    (mail,) = post.got
    assert mail["Bcc"] is None
    assert post.to == [[row.address]]
    html = mail.get_body(("html",)).get_content()
    assert "<script>" not in html


def test_a_letter_says_nothing_about_the_portal(cast, db, now, post):
    row = letter(db, cast, now, delay=0, in_reply_to="<abc@customer.example>")
    deliver(row, now)
    (mail,) = post.got
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("Bonjour,\n\nNous y travaillons.")
    assert "127.0.0.1" not in mail.get_body(("html",)).get_content() + text
    assert mail["In-Reply-To"] == "<abc@customer.example>"
    assert mail["Subject"] == "Votre panne [ESC-2026-0001]"
    assert mail["Auto-Submitted"] is None


def test_due_is_what_waits_and_whose_time_has_come(cast, db, now):
    early, late = tell(cast, now), letter(db, cast, now)
    assert queries.due(now=now) == [(early.id, 0)]
    assert len(queries.due(now=late.send_at)) == 2


def test_what_a_transaction_says_at_once_leaves_with_one_job(app, cast, db, now):
    def queued():
        db.session.commit()
        kept = app.extensions["portal_jobs"].inline
        found = [(name, key) for name, key, _payload in kept]
        kept.clear()
        return found

    for name in ("carl", "erik", "lena"):
        tell(cast, now, name=name)
    assert queued() == [("notifications.send_due", "due:test:carl")]
    tell(cast, now, name="kim")
    assert queued() == [("notifications.send_due", "due:test:kim")]
    # What was to be sent by what is rolled back still leaves.
    with suppress(ZeroDivisionError), db.session.begin_nested():
        tell(cast, now, name="sam")
        raise ZeroDivisionError
    tell(cast, now, name="ava")
    assert queued() == [("notifications.send_due", "due:test:ava")]
