"""Policies for programs: read, drafted, and never published by their author."""

import pytest
import sqlalchemy as sa

from portal.blueprints.policies.models import Policy, PolicyKind
from portal.core.access import Permission
from tests.escalations.calls import caller

P = Permission
SCOPES = (P.POLICIES_READ, P.POLICIES_DRAFTS, P.POLICIES_PROPOSE, P.POLICIES_PUBLISH)


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now, at="/api/v1/policies/", scopes=SCOPES)


def number_in(body):
    """Give a field of a policy that holds a number, and one more than it."""
    return next(
        (key, int(value) + 1)
        for key, value in body.items()
        if not isinstance(value, bool) and str(value).isdecimal()
    )


def test_everybody_reads_what_is_in_force(call, cast, db):
    sam = call("sam")
    kinds = [one["kind"] for one in sam("GET", "").json["items"]]
    assert kinds == [kind.value for kind in PolicyKind]
    severity = sam("GET", "severity").json
    assert (severity["number"], severity["state"]) == (1, "published")
    assert sam("GET", "severity/1").json == severity
    assert [one["number"] for one in sam("GET", "severity/versions").json["items"]] == [1]
    for wrong in ("weather", "weather/1", "severity/2", "weather/versions"):
        assert sam("GET", wrong).status_code == 404
    assert sam("GET", "drafts").status_code == 403


def test_a_draft_is_written_submitted_and_signed_by_somebody_else(call, cast, db, run_jobs):
    lisa, lena = call("lisa"), call("lena")
    begun = lisa("POST", "drafts", {"kind": "risk"}, **{"Idempotency-Key": "d"})
    assert begun.status_code == 201
    number, body = begun.json["id"], begun.json["body"]
    assert begun.headers["Location"].endswith(f"/drafts/{number}")
    where = f"drafts/{number}"
    name, more = number_in(body)
    wrong = lisa("PUT", where, {"body": {name: "soon"}}).json
    assert [one["path"] for one in wrong["problems"]] == [name]
    assert lisa("POST", f"{where}/submit", {"why": "Sooner"}).status_code == 409
    good = lisa("PUT", where, {"body": {name: more}})
    assert good.json["problems"] == []
    stale = {"If-Match": begun.headers["ETag"]}
    assert lisa("PUT", where, {"body": {name: 3}}, **stale).status_code == 412
    assert call("erik")("PUT", where, {"body": {name: 3}}).status_code == 409
    sent = lisa("POST", f"{where}/submit", {"why": "Sooner"}).json
    assert (sent["state"], sent["signatures_missing"]) == ("submitted", ["leadership"])
    assert lisa("POST", f"{where}/sign", {"reason": "Mine"}).status_code == 403
    [waiting] = lena("GET", "drafts").json["items"]
    assert (waiting["id"], waiting["waits_for_you"]) == (number, True)
    signed = lena("POST", f"{where}/sign", {"reason": "Agreed"}).json
    assert (signed["state"], signed["number"]) == ("published", 2)
    in_force = lisa("GET", "risk").json
    assert (int(in_force["body"][name]), in_force["publisher"]) == (more, "Lena Quint")


def test_the_author_signs_nothing_of_their_own_whatever_they_are(call, cast, db):
    """Finance both proposes limits and signs them: never the same person."""
    fina, felix, lena = call("fina"), call("felix"), call("lena")
    begun = fina("POST", "drafts", {"kind": "compensation"}).json
    number, where = begun["id"], f"drafts/{begun['id']}"
    name, more = number_in(begun["body"])
    fina("PUT", where, {"body": {name: more}})
    assert fina("POST", f"{where}/submit", {"why": "Dearer"}).json["state"] == "submitted"
    assert fina("POST", f"{where}/sign", {"reason": "Mine"}).status_code == 409
    first = lena("POST", f"{where}/sign", {"reason": "Agreed"}).json
    assert (first["state"], first["signatures_missing"]) == ("submitted", ["finance"])
    assert lena("POST", f"{where}/sign", {"reason": "Twice"}).status_code == 409
    assert felix("POST", f"{where}/sign", {"reason": "Agreed"}).json["state"] == "published"
    published = sa.select(Policy).filter_by(kind=PolicyKind.COMPENSATION, number=2)
    row = db.session.scalar(published)
    assert {row.publisher_id, row.second_publisher_id} == {cast.ids["felix"], cast.ids["lena"]}
    assert fina("GET", f"drafts/{number}").json["reason"] == "Agreed / Agreed"


def test_a_draft_is_refused_taken_back_or_given_up(call, cast, db):
    lisa, lena = call("lisa"), call("lena")
    begun = lisa("POST", "drafts", {"kind": "risk"}).json
    where = f"drafts/{begun['id']}"
    name, more = number_in(begun["body"])
    lisa("PUT", where, {"body": {name: more}})
    lisa("POST", f"{where}/submit", {"why": "Sooner"})
    assert lisa("POST", f"{where}/take-back").json["state"] == "writing"
    lisa("POST", f"{where}/submit", {"why": "Sooner"})
    refused = lena("POST", f"{where}/refuse", {"reason": "Too soon"}).json
    assert (refused["state"], refused["reason"]) == ("refused", "Too soon")
    assert lisa("POST", f"{where}/give-up").status_code == 409
    other = lisa("POST", "drafts", {"kind": "routing"}).json["id"]
    assert lisa("POST", f"drafts/{other}/carry-over").status_code == 409
    assert lisa("POST", f"drafts/{other}/give-up").json["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"body": {"rules": "none"}}, 200),
        ({"body": {"rules": [{"name": {"a": [1]}}]}}, 200),
        ({"body": {"rules": [1, None]}}, 200),
        ({"body": {"\x00": 1}}, 409),
        ({"body": {"rules": ["\x00"]}}, 409),
        ({"body": []}, 422),
        ({"other": {}}, 422),
    ],
)
def test_whatever_is_written_into_a_draft_is_kept_or_refused(call, browse, body, status):
    lisa = call("lisa")
    number = lisa("POST", "drafts", {"kind": "routing"}).json["id"]
    assert lisa("PUT", f"drafts/{number}", body).status_code == status
    assert lisa("GET", f"drafts/{number}").status_code == 200
    assert browse("lisa").get(f"/policies/drafts/{number}").status_code == 200
