"""Compensation for programs: proposing, asking, deciding; who sees which amounts."""

import contextvars

import pytest

from portal.blueprints.auth import actions as auth
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import State
from portal.blueprints.escalations.models import Trigger
from portal.core import clock
from tests.conftest import ON_SQLITE_ALONE

from . import making, test_lots

URL = "/api/v1/concessions/"
NEW = {
    "account": "ACC-00001",
    "currency": "EUR",
    "why": "Two outages in a week.",
    "owed": "85.00",
    "direct_loss": "1200",
    "documented": True,
    "not_offered": "A right to leave early.",
}


@pytest.fixture
def call(app, cast, db, now):
    """Call the API as somebody: `call("carl", "GET", "/api/…")`."""
    words = {}

    def make(name, method, url, **more):
        actor = getattr(cast, name)
        if name not in words:
            scopes = sorted(actor.permissions)
            given = {"name": "tests", "scopes": scopes, "days": 1, "by": actor, "now": now}
            words[name] = auth.make_token(cast.user(name), **given)[1]
        db.session.commit()
        headers = {"Authorization": f"Bearer {words[name]}", **more.pop("headers", {})}

        def send():
            with clock.moved(now):
                return app.test_client().open(url, method=method, headers=headers, **more)

        answer = contextvars.Context().run(send)
        db.session.expire_all()
        return answer

    return make


def test_from_proposal_to_decision(call):
    made = call("carl", "POST", URL, json=NEW)
    assert made.status_code == 201
    at, one = made.headers["Location"], made.json
    assert [(p["ground"], p["face"]["amount"]) for p in one["parts"]] == [
        ("owed", "85.00"),
        ("direct_loss", "1200.00"),
    ]
    assert (one["state"], one["face"]) == ("draft", {"amount": "1285.00", "currency": "EUR"})
    assert one["recommended"]["low"]["amount"] == "1285.00"
    stale = call("carl", "POST", at + "/request", headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    asked = call("carl", "POST", at + "/request", headers={"If-Match": made.headers["ETag"]})
    assert (asked.status_code, asked.json["state"]) == (200, "requested")
    assert [s["role"] for s in asked.json["signatures"]] == ["escalation_manager"]
    assert [line["reference"] for line in call("erik", "GET", URL + "?to_sign=true").json["items"]]
    own = call("carl", "POST", at + "/decisions", json={"verdict": "approved"})
    assert (own.status_code, own.mimetype) == (409, "application/problem+json")
    mute = call("erik", "POST", at + "/decisions", json={"verdict": "refused"})
    assert [one["field"] for one in mute.json["errors"]] == ["reason"]
    signed = call("erik", "POST", at + "/decisions", json={"verdict": "approved", "reason": "Fair"})
    assert (signed.json["state"], signed.json["signatures"][0]["state"]) == ("approved", "done")
    late = call("erik", "POST", at + "/decisions", json={"verdict": "approved"})
    assert late.status_code == 409


@ON_SQLITE_ALONE
def test_what_is_asked_for_once_and_what_is_refused(call):
    key = {"Idempotency-Key": "k-1"}
    gift = {"ground": "goodwill", "form": "training", "what": "A day", "amount": "100"}
    both = NEW | {"parts": [gift], "hand_in": True, "month_fee": "9000"}
    unsaid = call("carl", "POST", URL, json=both)
    assert [one["field"] for one in unsaid.json["errors"]] == ["departure"]
    both["departure"] = "Their board followed it."
    first = call("carl", "POST", URL, json=both, headers=key)
    assert (first.status_code, first.json["state"]) == (201, "requested")
    assert call("carl", "POST", URL, json=both, headers=key).json == first.json
    lines = call("carl", "GET", URL + "?state=requested&account=ACC-00001").json["items"]
    assert [line["face"]["amount"] for line in lines] == ["1385.00"]
    for wrong, status, field in (
        ({"currency": "QQQ"}, 409, "currency"),
        ({"currency": "JPY"}, 409, "currency"),
        ({"owed": "0.001"}, 409, "owed"),
        ({"owed": "-1"}, 422, "owed"),
        ({"owed": 12}, 422, "owed"),
        ({"account": None}, 409, "account"),
        ({"parts": [gift | {"periods": 121}]}, 422, "parts.0.periods"),
    ):
        answer = call("carl", "POST", URL, json=NEW | wrong)
        assert answer.status_code == status, answer.json
        assert answer.json["errors"][0]["field"] == field
    assert call("carl", "GET", URL).json["items"] == lines


def test_an_offer_is_answered_and_delivered(call, cast, now):
    row = making.draft(cast.acme, 300, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    at, yes = URL + row.reference, {"answer": "accepted", "who": "Hélène Vasseur, COO"}
    for name, wrong, status in (
        ("carl", {"answer": "maybe"}, 422),
        ("carl", {"answer": "countered"}, 409),
        ("fina", {}, 403),
        ("clara", {}, 404),
    ):
        assert call(name, "POST", at + "/answer", json=yes | wrong).status_code == status
    key = {"Idempotency-Key": "k-2"}
    first = call("carl", "POST", at + "/answer", json=yes, headers=key)
    assert (first.status_code, first.json["state"]) == (200, "accepted")
    assert call("carl", "POST", at + "/answer", json=yes, headers=key).json == first.json
    assert call("carl", "POST", at + "/answer", json=yes).status_code == 409
    part = first.json["parts"][0]["number"]
    done = {"parts": [{"part": part, "proof": "CN-118"}]}
    assert call("carl", "POST", at + "/delivery", json=done).status_code == 409  # their own
    strange = call("fina", "POST", at + "/delivery", json={"parts": [{"part": 999, "proof": "x"}]})
    assert [one["field"] for one in strange.json["errors"]] == ["parts"]
    sent = call("fina", "POST", at + "/delivery", json=done)
    assert sent.json.get("state") == "delivered", sent.json["detail"]
    assert sent.json["parts"][0]["credit_note"] == "CN-118"
    assert call("carl", "POST", at + "/withdrawal", json={"reason": "x"}).status_code == 409


def test_the_insurer_revenue_accounting_and_a_reversal(call, cast, now):
    """Free months to who threatens to leave: each of the three stands between asking and giving."""
    free = {"ground": "goodwill", "form": "free_months", "what": "A month", "amount": "300"}
    case = making.case(cast.acme, by=cast.carl, now=now, trigger=Trigger.CANCELLATION_THREAT)
    asked = NEW | {"case": case.reference, "owed": "0", "direct_loss": "0", "month_fee": "9000"}
    asked.pop("account")
    asked |= {"parts": [free], "departure": "Their board followed it.", "hand_in": True}
    made = call("carl", "POST", URL, json=asked)
    assert made.status_code == 201, made.json
    at = made.headers["Location"]
    assert (made.json["insurer"], made.json["insurer_asked"]) == (None, True)
    told = {"answer": "told"}
    assert call("carl", "POST", at + "/insurer", json=told).status_code == 409
    assert call("fina", "POST", at + "/insurer", json={"answer": "later"}).status_code == 422
    noted = call("fina", "POST", at + "/insurer", json=told)
    assert (noted.status_code, noted.json["insurer"]) == (200, "told"), noted.json
    row = queries.get(cast.fina, made.json["reference"], now=now)
    row.state, row.answered_at = State.ACCEPTED, now
    assert call("fina", "GET", at).json["revenue"] == {"booked": None, "who": None, "at": None}
    how = {"booked": "Over the term"}
    for name, given, status in (("carl", how, 403), ("erik", how, 403), ("fina", {}, 422)):
        assert call(name, "POST", at + "/revenue", json=given).status_code == status
    key = {"Idempotency-Key": "k-3"}
    signed = call("fina", "POST", at + "/revenue", json=how, headers=key)
    assert signed.json["revenue"]["booked"] == "Over the term", signed.json
    assert call("fina", "POST", at + "/revenue", json=how, headers=key).json == signed.json
    assert call("felix", "POST", at + "/revenue", json=how).status_code == 409
    assert call("fina", "POST", at + "/reversal", json={"reason": " "}).status_code == 422
    assert call("carl", "POST", at + "/reversal", json={"reason": "x"}).status_code == 403
    back = call("fina", "POST", at + "/reversal", json={"reason": "Paid twice"})
    assert (back.status_code, back.json["state"]) == (200, "withdrawn"), back.json
    assert back.json["reversed_at"]
    assert call("fina", "POST", at + "/reversal", json={"reason": "Again"}).status_code == 409


@ON_SQLITE_ALONE
def test_who_sees_what(call, cast, now):
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(
        cast.acme, 300, by=cast.carl, now=now, case=case, not_offered="No right to leave."
    )
    actions.request(row, by=cast.carl, now=now)
    at = URL + row.reference
    signs = call("erik", "GET", at).json
    assert (signs["not_offered"], bool(signs["recommended"])) == ("No right to leave.", True)
    reads = call("aldo", "GET", at).json
    assert (reads["not_offered"], reads["recommended"]) == (None, None)
    assert reads["face"]["amount"] == "300.00"
    assert call("otto", "GET", at).status_code == 404
    assert call("otto", "GET", URL).json == {"items": [], "after": None}
    assert call("adam", "GET", URL).status_code == 403
    case.legal_mode = True
    assert call("erik", "GET", at).json["not_offered"] is None


@ON_SQLITE_ALONE
def test_a_program_makes_and_signs_a_lot(call, cast, now):
    test_lots.terms(cast.acme, cast, fee=4000, now=now)
    given = {"title": "Flow stood still", "service": "Flow", "availability": "99.2"}
    made = call("fina", "POST", f"{URL}lots", json={**given, "day": "2026-05-20"})
    assert made.status_code == 201
    assert made.json["total"] == {"amount": "400.00", "currency": "EUR"}
    assert (made.json["equals"][0]["equal"], made.json["waits_for"]) == (
        True,
        ["escalation_manager"],
    )
    address = f"{URL}lots/{made.json['reference']}"
    assert call("carl", "GET", address).status_code == 404
    told = call("fina", "POST", f"{address}/insurer", json={"answer": "not_needed"})
    assert (told.json["insurer"], told.json["insurer_asked"]) == ("not_needed", False)
    assert call("erik", "POST", f"{address}/insurer", json={"answer": "told"}).status_code == 409
    signed = call("erik", "POST", f"{address}/decisions", json={"verdict": "approved"})
    assert (signed.status_code, signed.json["state"]) == (200, "approved")
    (listed,) = call("fina", "GET", f"{URL}lots").json["items"]
    assert (listed["title"], listed["lines"], listed["paid"]) == ("Flow stood still", 1, 0)
    assert call("carl", "GET", f"{URL}lots").status_code == 404
