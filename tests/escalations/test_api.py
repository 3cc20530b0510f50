"""The doors for programs."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import ClockKind, Escalation, State
from portal.core import clock
from tests.escalations.calls import caller
from tests.escalations.test_actions import FRENCH, declared, wish

BODY = {"words": FRENCH, "demand": "Une correction", "deadline_at": "2026-06-30T16:00:00+02:00"}


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now)


def test_a_program_declares_once(call, cast, db):
    carl, key = call("carl"), {"Idempotency-Key": "k1"}
    body = BODY | {"account": cast.acme.reference}
    first, second = carl("POST", "", body, **key), carl("POST", "", body, **key)
    assert first.status_code == 201
    assert first.get_json() == second.get_json()
    assert first.headers["Location"].endswith(first.get_json()["reference"])
    assert first.get_json()["severity"] == "E1"
    assert first.get_json()["at_stake"] == {"amount": "612000.00", "currency": "EUR"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 1
    other = carl("POST", "", body | {"demand": "other"}, **key)
    assert other.status_code == 422


def test_a_program_reads_what_its_person_may(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    ref = case.reference
    erik = call("erik")
    assert [c["reference"] for c in erik("GET", "").get_json()["items"]] == [ref]
    one = erik("GET", ref)
    assert one.get_json()["owner"] == "Erik Lund"
    assert erik("GET", ref, **{"If-None-Match": one.headers["ETag"]}).status_code == 304
    otto = call("otto")
    assert otto("GET", "").get_json()["items"] == []
    assert otto("GET", ref).status_code == 404
    assert otto("POST", "", BODY | {"account": "ACC-99999"}).status_code == 409
    made = otto("POST", "", BODY | {"account": cast.acme.reference})
    assert made.status_code == 201  # everybody may raise the alarm, for any customer
    assert [c["reference"] for c in otto("GET", "").get_json()["items"]] == [
        made.get_json()["reference"]
    ]
    assert otto("GET", ref).status_code == 404


def test_a_draft_is_declared_and_set_apart_from_what_is_open(call, cast, db, now):
    draft = actions.declare(cast.acme, wish(now), by=cast.carl, now=now, draft=True)
    declared(cast, now)
    db.session.commit()
    carl, ref = call("carl"), draft.reference
    refused = carl("POST", f"{ref}/submit", {})
    assert refused.status_code == 409
    assert refused.get_json()["errors"][0]["field"] == "another_because"
    made = carl("POST", f"{ref}/submit", {"another_because": "The other plant"})
    assert (made.status_code, made.get_json()["state"]) == (200, "declared")


def test_a_request_is_let_in_by_an_approver(call, cast, db, now):
    case = declared(cast, now)
    case.state = State.REQUESTED
    db.session.commit()
    assert call("carl")("POST", f"{case.reference}/approve", {}).status_code == 409
    made = call("lena")("POST", f"{case.reference}/approve", {})
    assert (made.status_code, made.get_json()["state"]) == (200, "declared")


def test_a_list_asks_for_the_states_that_the_screen_knows(call, cast, db, now):
    actions.declare(cast.acme, wish(now), by=cast.carl, now=now, draft=True)
    case = declared(cast, now)
    db.session.commit()
    carl = call("carl")
    found = {
        state: len(carl("GET", f"?state={state}").get_json().get("items", ()))
        for state in queries.listing.STATES
    }
    assert found == {"open": 1, "closed": 0, "draft": 1, "all": 2}
    assert carl("GET", f"?q={case.reference}").get_json()["items"]
    assert carl("GET", "?state=overdue").status_code == 422


def test_the_etag_changes_with_whatever_a_program_reads(call, cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    criteria = [actions.add_criterion(case, text, by=cast.erik, now=now) for text in ("A", "B")]
    given, erik, seen = {"by": cast.erik, "now": now}, call("erik"), []
    for change in (
        lambda: actions.tick_criterion(case, criteria[0], met=True, **given),
        lambda: [
            actions.tick_criterion(case, one, met=one is criteria[1], **given) for one in criteria
        ],
        lambda: actions.add_affected(case, cast.borealis, **given),
        lambda: actions.pause(case, reason="Away", clock=ClockKind.CLOSE, **given),
    ):
        change()
        db.session.commit()
        seen.append(erik("GET", case.reference).headers["ETag"])
    with clock.moved(now + timedelta(days=3)):
        seen.append(erik("GET", case.reference).headers["ETag"])
    assert len(set(seen)) == 5


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"account": "ACC-99999"}, 409, "account"),
        ({"account": "x"}, 422, "account"),
        ({"deadline_at": "2026-06-01T00:00:00Z"}, 409, "deadline"),
        ({"deadline_at": "2026-06-30T00:00:00"}, 422, "deadline_at"),
        ({"trigger": "boredom"}, 422, "trigger"),
        ({"words": " "}, 422, "words"),
        ({"owner_id": 1}, 422, "owner_id"),
        ({"words": "x" * 20_001}, 422, "words"),
    ],
)
def test_a_bad_body_is_a_problem_with_its_field(call, cast, db, changed, status, field):
    answer = call("carl")("POST", "", BODY | {"account": cast.acme.reference} | changed)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert field in [error["field"] for error in answer.get_json()["errors"]]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 0


def test_an_auditor_reads_and_does_not_declare(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    ref = case.reference
    aldo = call("aldo")
    assert aldo("GET", ref).status_code == 200
    assert aldo("POST", "", BODY | {"account": cast.acme.reference}).status_code == 403


def test_a_program_gives_and_settles_tasks(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = call("erik"), f"{case.reference}/tasks"
    body = {"what": "Ask the plant", "owner": "kim@halden.example"}
    made = erik("POST", where, body, **{"Idempotency-Key": "t1"})
    assert (made.status_code, made.get_json()["state"]) == (201, "open")
    assert erik("POST", where, body, **{"Idempotency-Key": "t1"}).get_json() == made.get_json()
    other = erik("POST", where, body | {"due_at": "2026-06-18T09:00:00+02:00"}).get_json()
    number = made.get_json()["id"]
    assert call("kim")("POST", f"{where}/{number}/done").get_json()["state"] == "done"
    dropped = erik("POST", f"{where}/{other['id']}/drop", {"reason": "They answered."})
    assert dropped.get_json()["dropped_because"] == "They answered."
    listed = erik("GET", where).get_json()["items"]
    assert [one["state"] for one in listed] == ["done", "dropped"]
    assert listed[0]["owner"] == "Kim Park"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"what": "x", "owner": "nobody@halden.example"}, 409),
        ({"what": "x", "owner": "adam@halden.example"}, 409),
        ({"what": "x", "owner": "kim@halden.example", "due_at": "2026-06-18T09:00:00"}, 422),
        ({"what": "x", "owner": "kim@halden.example", "due_at": "2026-06-01T09:00:00Z"}, 409),
        ({"what": " ", "owner": "kim@halden.example"}, 422),
        ({"what": "x"}, 422),
    ],
)
def test_a_task_that_cannot_be_is_a_problem(call, cast, db, now, body, status):
    case = declared(cast, now)
    db.session.commit()
    answer = call("erik")("POST", f"{case.reference}/tasks", body)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert call("erik")("GET", f"{case.reference}/tasks").get_json() == {"items": []}


def test_tasks_of_what_one_may_not_see_are_not_there(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    assert call("otto")("GET", f"{case.reference}/tasks").status_code == 404
    assert call("otto")("POST", f"{case.reference}/tasks/1/done").status_code == 404


def test_programs_need_no_token_of_a_form(app, call, cast, db, monkeypatch):
    """As it is served for real: a bearer token is enough."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    body = BODY | {"account": cast.acme.reference}
    assert call("carl")("POST", "", body).status_code == 201


def test_a_browser_signed_in_declares_nothing_through_the_api(app, browse, cast, db, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    body = json.dumps(BODY | {"account": cast.acme.reference})
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Escalation))
    for kind in ("application/json", "text/plain"):
        sent = {"data": body, "content_type": kind}
        answer = browse("carl")._open("POST", "/api/v1/escalations/", **sent)
        assert answer.status_code == 401
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == before
