"""Receivers: told of what happened, once, in signed calls; away, back, dead, replayed."""

import json
import socket
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions as cases
from portal.blueprints.notifications.models import Notification
from portal.blueprints.webhooks import actions, jobs, queries, remote, rules
from portal.blueprints.webhooks.models import Delivery, DeliveryState, Receiver, ReceiverState
from portal.core import clock, outbound
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

URL = "https://hooks.example.com/parley"
NAMES = ["escalations.declared", "escalations.accepted", "escalations.noted"]


class Other:
    """The other side of the line: answers as told, and keeps what it took."""

    def __init__(self):
        self.answers, self.got, self.calls = [], [], 0

    def send(self, url, *, body, headers, **_more):
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        if answer < 300:
            self.got.append((headers["webhook-id"], body.decode(), dict(headers)))
        return answer


@pytest.fixture
def other(monkeypatch):
    found = Other()
    monkeypatch.setattr(remote.outbound, "send", found.send)
    return found


@pytest.fixture
def receiver(cast, db, now):
    made = actions.add(name="Tickets", url=URL, names=NAMES, hosts=(), by=cast.adam, now=now)
    db.session.commit()
    return made


def pass_by(db, run_jobs, moment):
    """Let the clock's job run at a moment, and what it queues."""
    with clock.moved(moment):
        jobs.collect(moment.isoformat())
        run_jobs()
    db.session.expire_all()


def messages(db):
    return list(db.session.scalars(sa.select(Delivery).order_by(Delivery.id)))


def test_what_happened_is_told_once_and_signed(cast, db, now, run_jobs, other, receiver):
    case = declared(cast, now)
    cases.accept(case, by=cast.erik, now=now)
    db.session.commit()
    pass_by(db, run_jobs, now)
    pass_by(db, run_jobs, now + timedelta(seconds=15))
    told = [json.loads(body) for _id, body, _headers in other.got]
    assert [one["type"] for one in told] == NAMES[:2]
    assert {one["data"]["record"] for one in told} == {case.reference}
    assert {one["data"]["account"] for one in told} == {cast.acme.reference}
    everything = "".join(body for _id, body, _headers in other.got)
    for marker in ("We cancel", "answer", cast.acme.name, "Erik", "Carl", "612"):
        assert marker not in everything
    message_id, body, headers = other.got[0]
    at, secrets = int(headers["webhook-timestamp"]), remote.secrets_of(receiver, now=now)
    assert headers["webhook-signature"] == rules.signature(message_id, at, body, secrets=secrets)
    assert [one.state for one in messages(db)] == [DeliveryState.SENT] * 2


def test_restricted_cases_are_nobodys_business(cast, db, now, run_jobs, other, receiver):
    before = declared(cast, now)
    db.session.commit()
    jobs.collect(now.isoformat())
    db.session.commit()
    cases.restrict(before, keep=[], reason="A name.", by=cast.erik, now=now)
    run_jobs()
    cases.accept(before, by=cast.erik, now=now)
    db.session.commit()
    pass_by(db, run_jobs, now + timedelta(minutes=1))
    assert other.got == []
    assert [one.state for one in messages(db)] == [DeliveryState.WITHDRAWN]
    shown = queries.page(receiver.id, viewer=cast.adam, now=now)
    assert [row["record_ref"] for row in shown.rows] == [None]
    with pytest.raises(Refused):
        actions.replay(messages(db)[0], by=cast.adam, now=now)


def test_a_worker_that_dies_between_commit_and_send_loses_nothing(
    cast, db, now, run_jobs, other, receiver
):
    declared(cast, now)
    db.session.commit()
    jobs.collect(now.isoformat())
    db.session.commit()
    [waiting] = messages(db)
    moment = now
    for _death in range(3):
        assert actions.claim(waiting.id, now=moment) is not None
        db.session.commit()  # and here it dies
        assert actions.claim(waiting.id, now=moment + timedelta(seconds=5)) is None
        moment += rules.LEASE + timedelta(seconds=1)
    pass_by(db, run_jobs, moment)
    pass_by(db, run_jobs, moment + timedelta(hours=1))
    assert [one[0] for one in other.got] == [waiting.message_id]


def test_a_receiver_that_is_away_is_tried_again_told_of_and_given_up(
    cast, db, now, run_jobs, other, receiver
):
    other.answers = [outbound.Unreachable("TimeoutError")] * 100
    declared(cast, now)
    db.session.commit()
    run_jobs()
    assert other.calls == 0  # whoever saves, and what follows at once, waits for no receiver (B16)
    pass_by(db, run_jobs, now)
    [waiting] = messages(db)
    assert (waiting.state, waiting.tries, waiting.error) == (
        DeliveryState.WAITING,
        1,
        "TimeoutError",
    )
    assert waiting.send_at == now + rules.WAITS[0]
    moment, told = now, sa.select(Notification).filter_by(template="webhooks/failing")
    while receiver.state is ReceiverState.ACTIVE:
        moment = messages(db)[0].send_at
        pass_by(db, run_jobs, moment)
        receiver = queries.get(receiver.id)
    assert timedelta(days=2) <= moment - now < timedelta(days=4)
    admins = {cast.ids["adam"], cast.ids["alma"]}
    assert {row.person_id for row in db.session.scalars(told)} == admins
    gone = sa.select(sa.func.count()).where(Notification.template == "webhooks/given_up")
    assert db.session.scalar(gone) == len(admins)
    # While it is dead the log keeps what happens; resumed, nothing is missing and nothing doubled.
    other.answers = []
    with clock.moved(moment):
        declared(cast, moment)
        db.session.commit()
    pass_by(db, run_jobs, moment + timedelta(hours=1))
    assert other.got == []
    actions.resume(receiver, skip=False, by=cast.adam, now=moment)
    if messages(db)[0].state is DeliveryState.FAILED:
        actions.replay(messages(db)[0], by=cast.adam, now=moment)
    pass_by(db, run_jobs, moment + timedelta(hours=2))
    assert len(other.got) == len({one[0] for one in other.got}) == 2
    assert queries.get(receiver.id).failing_since is None


def test_one_message_alone_knocks_at_a_closed_door(cast, db, now, run_jobs, other, receiver):
    other.answers = [503] * 3
    for _count in range(3):
        declared(cast, now)
    db.session.commit()
    pass_by(db, run_jobs, now)
    assert sorted(one.tries for one in messages(db)) == [1, 1, 1]
    later = now + timedelta(minutes=1)
    assert len(queries.due(now=later)) == 1
    pass_by(db, run_jobs, later)
    pass_by(db, run_jobs, later + timedelta(seconds=15))
    assert [one.state for one in messages(db)] == [DeliveryState.SENT] * 3


def test_secrets_rotate_and_the_old_one_holds_for_a_day(cast, db, now, receiver):
    first = remote.secrets_of(receiver, now=now)
    actions.rotate(receiver, by=cast.adam, now=now)
    both = remote.secrets_of(receiver, now=now + timedelta(hours=23))
    assert both[1:] == first
    assert remote.secrets_of(receiver, now=now + timedelta(hours=25)) == both[:1]


def test_gone_means_gone_and_a_pause_can_be_left_out(cast, db, now, run_jobs, other, receiver):
    other.answers = [410]
    declared(cast, now)
    db.session.commit()
    pass_by(db, run_jobs, now)
    assert receiver.state is ReceiverState.DEAD
    actions.resume(receiver, skip=True, by=cast.adam, now=now)
    actions.pause(receiver, by=cast.adam, now=now)
    declared(cast, now)
    db.session.commit()
    actions.resume(receiver, skip=True, by=cast.adam, now=now)
    pass_by(db, run_jobs, now + timedelta(hours=1))
    assert other.got == []
    actions.forget(now=now + timedelta(days=60))
    assert messages(db) == []


def test_a_receiver_that_hangs_is_cut_off(monkeypatch):
    """It takes the connection and sends a byte now and then, for ever."""
    monkeypatch.setattr(outbound, "LONGEST", 0.2)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble():
            line, _address = server.accept()
            with line:
                line.recv(65536)
                try:
                    while not ended.wait(0.02):
                        line.sendall(b"H")
                except OSError:
                    pass

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(outbound.Unreachable, match="TimeoutError"):
            outbound.send(url, body=b"{}", headers={}, public_only=False)
        ended.set()
        thread.join()


@ON_SQLITE_ALONE
def test_an_administrator_looks_after_receivers(cast, db, now, browse, run_jobs, other):
    adam = browse("adam")
    form = {"name": "Tickets", "url": "http://10.0.0.1/", "events": NAMES}
    assert adam.post("/webhooks/new", form).status_code == 422
    made = adam.post("/webhooks/new", form | {"url": URL})
    where = made.headers["Location"]
    assert made.status_code == 303
    assert "hooks.example.com" in adam.text("/webhooks/")
    declared(cast, now)
    other.answers = [500]
    assert adam.post(f"{where}/try").status_code == 303
    pass_by(db, run_jobs, now)
    shown = adam.text(where)
    assert "HTTP 500" in shown
    assert "webhooks.test" in shown
    failed = next(one for one in messages(db) if one.error)
    assert adam.post(f"/webhooks/deliveries/{failed.id}/replay").status_code == 303
    run_jobs()
    assert failed.message_id in {one[0] for one in other.got}
    receiver = queries.receivers()[0]
    page = adam.post(f"{where}/secret").get_data(as_text=True)
    assert remote.secrets_of(receiver, now=now)[0].replace("+", "&#43;") in page.replace(
        "+", "&#43;"
    )
    for verb in ("rotate", "pause", "resume"):
        assert adam.post(f"{where}/{verb}").status_code == 303
    assert adam.post(f"{where}/edit", form | {"url": URL, "name": "Desk"}).status_code == 303
    assert browse("aldo").get(where).status_code == 200
    assert browse("aldo").post(f"{where}/pause").status_code in {403, 404}
    assert adam.post(f"{where}/remove").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 0
    names = set(
        db.session.scalars(
            sa.select(Event.name).order_by(Event.seq).where(Event.name.startswith("webhooks."))
        )
    )
    assert names >= {
        f"webhooks.{one}"
        for one in (
            "added", "tried", "replayed", "secret_shown", "rotated", "paused", "resumed",
            "edited", "removed", "sent", "back",
        )
    }  # fmt: skip


@ON_SQLITE_ALONE
def test_programs_do_the_same(cast, db, now, browse, run_jobs, other):
    scopes = [Permission.WEBHOOKS_WATCH, Permission.WEBHOOKS_MANAGE]
    send = caller(browse, cast, db, now, at="/api/v1/webhooks/", scopes=scopes)("adam")
    own = {"name": "T", "url": "https://10.0.0.8/", "events": ["escalations.closed"]}
    assert send("POST", "", own).status_code == 409
    wrong = send("POST", "", {"name": "T", "url": "https://a.example", "events": ["a.b"]})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (409, "events")
    made = send("POST", "", {"name": "T", "url": URL, "events": NAMES})
    assert made.status_code == 201
    one = str(made.json["id"])
    assert send("POST", f"{one}/secret").json["secret"].startswith("whsec_")
    assert send("POST", f"{one}/try").status_code == 200
    run_jobs()
    listed = send("GET", f"{one}/deliveries").json["items"]
    assert [(row["event"], row["state"]) for row in listed] == [("webhooks.test", "sent")]
    again = send("POST", f"deliveries/{listed[0]['id']}/replay")
    assert again.json["state"] == "waiting"
    run_jobs()
    assert [got[0] for got in other.got] == [listed[0]["message_id"]] * 2
    assert send("POST", f"{one}/rotate").status_code == 200
    assert send("POST", f"{one}/pause").json["state"] == "paused"
    assert send("POST", f"{one}/try").status_code == 409
    assert send("POST", f"{one}/resume", {"skip": True}).json["state"] == "active"
    changed = send("PUT", one, {"name": "U", "url": URL, "events": NAMES[:1]})
    assert (changed.json["name"], changed.json["events"]) == ("U", NAMES[:1])
    assert send("DELETE", one).status_code == 200
    assert send("GET", one).status_code == 404
    assert send("GET", "").json["items"] == []
    assert list(db.session.scalars(sa.select(Receiver))) == []
