"""The duty roster for programs."""

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import Team
from portal.core.events import Event
from tests.escalations.calls import P, caller

KEY = {"Idempotency-Key": "k"}
PLAN = {
    "person": "carl@halden.example",
    "first": "2026-06-17",
    "last": "2026-06-18",
    "weekdays": [0, 1, 2, 3, 4],
    "begin": "20:00",
    "end": "08:00",
}


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now, at="/api/v1/notifications/", scopes=(P.HOME, P.DUTY_PLAN))


@pytest.fixture
def team(cast, db):
    row = Team(name="Owls", lead_id=cast.ids["erik"])
    db.session.add(row)
    db.session.commit()
    return row.id


def test_duty_is_planned_read_handed_over_and_ended(call, cast, db, team):
    erik = call("erik")
    made = erik("POST", f"duty/{team}/shifts", PLAN, **KEY)
    assert made.status_code == 201
    again = erik("POST", f"duty/{team}/shifts", PLAN, **KEY)
    assert again.get_json() == made.get_json()
    shifts = made.get_json()["shifts"]
    assert [one["starts_at"] for one in shifts] == ["2026-06-17T18:00:00Z", "2026-06-18T18:00:00Z"]
    at = erik("GET", "duty?at=2026-06-17T23:00:00%2B02:00").get_json()["items"]
    assert next(one for one in at if one["id"] == team)["by_shift"] is True
    given = {"person": "erik@halden.example"}
    handed = erik("POST", f"duty/shifts/{shifts[1]['id']}/hand", given).get_json()
    assert [one["person"] for one in handed["shifts"]] == [cast.carl.name, cast.erik.name]
    ended = erik("POST", f"duty/shifts/{shifts[0]['id']}/end").get_json()
    assert [one["person"] for one in ended["shifts"]] == [cast.erik.name]
    assert erik("POST", f"duty/shifts/{shifts[0]['id']}/end").status_code == 404
    by = (
        sa.select(Event.actor_kind).order_by(Event.seq).filter_by(name="notifications.duty_planned")
    )
    assert db.session.scalar(by) == "token"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"person": "nobody@halden.example"}, 409),
        ({"first": "9999-12-31", "last": "9999-12-31"}, 409),
        ({"first": "0001-01-01", "last": "0001-01-01"}, 409),
        ({"last": "2026-06-16"}, 409),
        ({"first": "2026-06-01", "last": "2026-06-02"}, 409),
        ({"weekdays": []}, 422),
        ({"weekdays": [7]}, 422),
        ({"begin": "24:00"}, 422),
        ({"first": "yesterday"}, 422),
    ],
)
def test_a_plan_that_cannot_be_is_refused(call, team, change, status):
    refused = call("erik")("POST", f"duty/{team}/shifts", PLAN | change)
    assert refused.status_code == status
    assert refused.content_type == "application/problem+json"


def test_who_does_not_plan_reads_alone(call, team):
    carl = call("carl")
    assert carl("GET", f"duty/{team}").status_code == 200
    assert carl("GET", "duty/999").status_code == 404
    assert carl("POST", f"duty/{team}/shifts", PLAN).status_code in (403, 404)
