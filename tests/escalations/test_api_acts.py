"""What programs do with a case."""

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import Severity, State
from portal.core.access import Permission
from portal.core.events import Event
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared, stabilising
from tests.escalations.test_api import BODY

P = Permission


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now)


def test_a_program_walks_a_case(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, ref = call("erik"), case.reference
    first = erik("POST", f"{ref}/accept")
    assert (first.status_code, first.get_json()["state"]) == (200, "accepted")
    note = {"text": "Called the COO", "what": "called"}
    assert erik("POST", f"{ref}/notes", note).status_code == 201
    due = "2026-06-19T12:00:00+02:00"
    promised = {"kind": "meeting", "what": "A call", "to_whom": "COO", "due_at": due}
    answer = erik("POST", f"{ref}/promises", promised)
    assert answer.get_json()["state"] == "open"
    given = {"to": "clara@halden.example", "why": "Speaks French", "summary": "All is in it"}
    assert erik("POST", f"{ref}/hand-over", given).get_json()["owner"] == "Clara Nunes"
    listed = erik("GET", f"{ref}/timeline").get_json()["items"]
    assert any(one["lane"] == "customer" for one in listed)
    found = erik("GET", f"{ref}/timeline?q=called the&kind=call").get_json()["items"]
    assert [one["text"] for one in found] == ["Called the COO"]
    lower = {"severity": "E2", "reason": "Calmer", "second": "carl@halden.example"}
    assert call("clara")("POST", f"{ref}/severity", lower).status_code == 200
    db.session.expire_all()
    assert case.severity is Severity.E1
    by = sa.select(Event.actor_kind).order_by(Event.seq).filter_by(name="escalations.accepted")
    assert db.session.scalar(by) == "token"


def test_a_program_closes_a_case(call, cast, db, now):
    case, criterion = stabilising(cast, now)
    db.session.commit()
    erik, ref = call("erik"), case.reference
    given = {"resolution": "fix", "text": "Patched", "agreed_by": "H. Vasseur"}
    refused = erik("POST", f"{ref}/close", given)
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    db.session.commit()
    assert erik("POST", f"{ref}/close", given).get_json()["state"] == "closed"
    db.session.expire_all()
    assert case.state is State.CLOSED


def test_a_key_does_it_once_and_a_stale_version_not_at_all(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, ref, key = call("erik"), case.reference, {"Idempotency-Key": "k"}
    etag = erik("GET", ref).headers["ETag"]
    note = {"text": "Once only"}
    answers = [erik("POST", f"{ref}/notes", note, **key).status_code for _turn in range(2)]
    assert answers == [201, 201]
    listed = erik("GET", f"{ref}/timeline?q=once only").get_json()["items"]
    assert len(listed) == 1
    assert erik("POST", f"{ref}/accept", **{"If-Match": etag}).status_code == 200
    stale = erik("POST", f"{ref}/notes", {"text": "Late"}, **{"If-Match": etag})
    assert stale.status_code == 412
    assert erik("GET", f"{ref}/timeline?q=late").get_json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("notes", {"text": " "}, 422, "text"),
        ("notes", {"text": "x", "at": "2026-06-17T00:00:00"}, 422, "at"),
        ("notes", {"text": "@otto see"}, 409, "text"),
        ("notes", {"text": "x", "owner_id": 1}, 422, "owner_id"),
        ("hand-over", {"to": "nobody@x.example", "why": "x", "summary": "y"}, 409, "to"),
        ("severity", {"severity": "E9", "reason": "x"}, 422, "severity"),
        ("promises", {"kind": "meeting", "what": "x", "to_whom": "y"}, 422, "due_at"),
        ("close", {"resolution": "fix"}, 422, "text"),
    ],
)
def test_a_bad_call_is_a_problem_with_its_field(call, cast, db, now, path, body, status, field):
    case = declared(cast, now)
    db.session.commit()
    answer = call("erik")("POST", f"{case.reference}/{path}", body)
    assert answer.status_code == status
    assert field in [error["field"] for error in answer.get_json()["errors"]]


def test_a_token_does_what_its_scopes_say(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    reads, ref = call("erik", P.ESCALATIONS_READ), case.reference
    assert reads("GET", f"{ref}/timeline").status_code == 200
    for path in ("accept", "notes", "promises", "hand-over", "severity", "close"):
        assert reads("POST", f"{ref}/{path}", {"text": "x"}).status_code == 403, path
    otto = call("otto")
    assert otto("GET", f"{ref}/timeline").status_code == 404
    assert otto("POST", f"{ref}/notes", {"text": "x"}).status_code == 404


def test_one_case_for_one_reason_for_programs_too(call, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    carl, body = call("carl"), BODY | {"account": cast.acme.reference}
    refused = carl("POST", "", body)
    assert refused.status_code == 409
    assert case.reference in refused.get_json()["detail"]
    assert carl("POST", "", body | {"another_because": "The other plant"}).status_code == 201


def test_the_description_names_every_act(browse, cast, db):
    document = browse().get("/api/v1/openapi.json").get_json()
    acts = ("accept", "notes", "promises", "hand-over", "severity", "close")
    for act in acts:
        found = document["paths"][f"/api/v1/escalations/{{reference}}/{act}"]["post"]
        assert found["x-permission"].startswith("escalations:")
    assert "EntryPage" in document["components"]["schemas"]
