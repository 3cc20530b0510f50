"""What programs do beside the cases: views, bulk changes, presence, calendars, policies."""

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import Team
from portal.blueprints.escalations.models import BulkChange
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from tests.escalations.calls import ALL, P, caller
from tests.escalations.test_actions import declared

WEEK = {"0": [["09:00", "12:00"], ["13:00", "17:00"]]}


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now, scopes=(*ALL, P.POLICIES_PUBLISH))


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now)
    db.session.commit()
    return row


def test_a_view_is_kept_shared_found_and_deleted(call, cast, db):
    erik = call("erik")
    given = {"name": "Grave", "query": {"severity": "E1", "after": "x"}}
    made = erik("POST", "views", given)
    assert (made.status_code, made.get_json()["query"]) == (201, {"severity": "E1"})
    assert erik("POST", "views", given | {"team": "nobody's"}).status_code == 409
    db.session.add(Team(name="Owls", lead_id=cast.ids["erik"]))
    db.session.commit()
    assert erik("POST", "views", given | {"team": "owls"}).status_code == 409, "not one's own"
    assert [one["name"] for one in erik("GET", "views").get_json()["items"]] == ["Grave"]
    number = made.get_json()["id"]
    assert call("carl")("DELETE", f"views/{number}").status_code == 404
    assert erik("DELETE", f"views/{number}").get_json()["items"] == []
    assert erik("POST", "views", {"name": " ", "query": {}}).status_code == 422


def test_many_cases_change_at_once_and_back(call, case, db):
    erik, ref = call("erik"), case.reference
    made = erik("POST", "bulk", {"references": [ref, ref], "kind": "tag", "to": "Quarter end"})
    assert (made.status_code, made.get_json()["references"]) == (201, [ref])
    db.session.refresh(case)
    assert case.tags == ["quarter end"]
    number = made.get_json()["id"]
    assert [one["id"] for one in erik("GET", "bulk").get_json()["items"]] == [number]
    assert call("carl")("GET", "bulk").get_json()["items"] == []
    assert call("carl")("POST", f"bulk/{number}/undo").status_code == 404
    assert erik("POST", f"bulk/{number}/undo").get_json() == {"undone": 1, "left": 0}
    assert erik("POST", f"bulk/{number}/undo").status_code == 409
    db.session.refresh(case)
    assert case.tags == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"references": ["ESC-2026-9999"], "kind": "tag", "to": "x"}, 404),
        ({"references": [], "kind": "tag", "to": "x"}, 422),
        ({"references": ["ESC-1"] * 101, "kind": "tag", "to": "x"}, 422),
        ({"kind": "trend", "to": "upwards"}, 409),
        ({"kind": "assign", "to": "nobody@halden.example", "why": "x"}, 409),
        ({"kind": "team", "to": "no such team", "why": "x"}, 409),
        ({"kind": "delete", "to": "x"}, 422),
    ],
)
def test_a_bulk_change_that_cannot_be_changes_nothing(call, case, db, change, status):
    given = {"references": [case.reference]} | change
    assert call("erik")("POST", "bulk", given).status_code == status
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BulkChange)) == 0


def test_the_same_key_changes_many_cases_once(call, case, db):
    erik, given = call("erik"), {"references": [case.reference], "kind": "tag", "to": "x"}
    key = {"Idempotency-Key": "one"}
    first, second = (erik("POST", "bulk", given, **key) for _turn in range(2))
    assert first.get_json() == second.get_json()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BulkChange)) == 1


def test_who_is_editing_is_said_and_over_when_they_leave(call, case):
    carl, erik, where = call("carl"), call("erik"), f"{case.reference}/editing"
    assert erik("POST", where).get_json() == {"others": []}
    assert carl("GET", where).get_json() == {"others": ["Erik Lund"]}
    assert erik("DELETE", where).status_code == 200
    assert carl("GET", where).get_json() == {"others": []}
    assert call("otto")("GET", where).status_code in (403, 404)


def test_a_calendar_is_made_and_changed_by_who_read_it(call, cast):
    erik = call("erik")
    made = erik("POST", "calendars", {"name": "Half day", "week": WEEK, "country": "FR"})
    assert made.status_code == 201
    where = f"calendars/{made.get_json()['id']}"
    assert erik("GET", where).headers["ETag"] == made.headers["ETag"]
    other = {"name": "Half day", "week": {"1": [["08:00", "12:00"]]}, "accounts": ["ACC-99999"]}
    assert erik("PUT", where, other).status_code == 409
    other["accounts"] = [cast.acme.reference]
    changed = erik("PUT", where, other, **{"If-Match": made.headers["ETag"]})
    assert changed.get_json()["accounts"] == [cast.acme.reference]
    late = erik("PUT", where, other, **{"If-Match": made.headers["ETag"]})
    assert late.status_code == 412
    assert call("carl")("PUT", where, other).status_code in (403, 404)
    assert [one["accounts"] for one in erik("GET", "calendars").get_json()["items"]] == [1]


@pytest.mark.parametrize(
    "week",
    [
        {},
        {"7": [["09:00", "10:00"]]},
        {"0": [["09:00", "12:00"], ["11:00", "13:00"]]},
        {"0": [["9", "10"]]},
        {"0": []},
    ],
)
def test_hours_that_are_none_are_refused(call, week):
    refused = call("erik")("POST", "calendars", {"name": "Odd", "week": week})
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"


def test_leadership_withdraws_a_version_of_the_severity_policy(call, case, db, now):
    first = db.session.scalars(sa.select(Policy).filter_by(kind=PolicyKind.SEVERITY)).one()
    db.session.add(
        Policy(
            kind=PolicyKind.SEVERITY,
            number=2,
            state=PolicyState.PUBLISHED,
            body=first.body,
            note=first.note,
            published_at=now,
        )
    )
    db.session.commit()
    lena, given = call("lena"), {"reason": "It woke everybody"}
    assert call("erik")("POST", "policies/1/withdraw", given).status_code in (403, 404)
    assert lena("POST", "policies/1/withdraw", {"reason": " "}).status_code == 422
    done = lena("POST", "policies/1/withdraw", given)
    assert done.get_json() == {"number": 1, "cases": 1}
    assert lena("POST", "policies/1/withdraw", given).status_code == 409
    db.session.refresh(case)
    assert case.next_due_at is None
