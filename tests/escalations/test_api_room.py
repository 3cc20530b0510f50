"""Programs do in the case room what people do on its screens."""

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations.models import Severity, State
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.core.events import Event
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared, stabilising

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n"
MAIL = "{}@halden.example"


@pytest.fixture
def call(browse, cast, db, now):
    return caller(browse, cast, db, now)


@pytest.fixture
def case(cast, db, now):
    row = declared(cast, now)
    db.session.commit()
    return row


def test_a_case_is_walked_to_its_end_by_programs_alone(call, case, db):
    erik, ref = call("erik"), case.reference
    assert erik("POST", f"{ref}/accept").status_code == 200
    erik("POST", f"{ref}/notes", {"text": "Called the COO", "what": "called"})
    added = erik("POST", f"{ref}/criteria", {"text": "Fourteen days without a stop"})
    assert added.status_code == 201
    criterion = added.get_json()["criteria"][0]
    assert (criterion["text"], criterion["met_at"]) == ("Fourteen days without a stop", None)
    assert erik("POST", f"{ref}/stabilise", {}).get_json()["state"] == "stabilising"
    assert erik("POST", f"{ref}/trend", {"trend": "improving"}).get_json()["trend"] == "improving"
    waiting = erik("POST", f"{ref}/wait", {"for_what": "Their log files"}).get_json()
    assert (waiting["state"], waiting["waiting_for"]) == ("awaiting_customer", "Their log files")
    assert erik("POST", f"{ref}/stabilise", {"what_came": "The logs"}).status_code == 200
    ticked = erik("POST", f"{ref}/criteria/{criterion['id']}", {"met": True, "agreed": True})
    assert ticked.get_json()["criteria"][0]["met_by"] == "Erik Lund"
    closing = {"resolution": "fix", "text": "Patched", "agreed_by": "H. Vasseur"}
    assert erik("POST", f"{ref}/close", closing).get_json()["state"] == "closed"
    again = erik("POST", f"{ref}/reopen", {"reason": "It stopped again"}).get_json()
    assert (again["state"], again["closed_at"]) == ("stabilising", None)
    voided = erik("POST", f"{ref}/void", {"reason": "A test"})
    assert voided.get_json()["state"] == "void"


def test_clocks_are_held_and_dated_by_programs(call, case):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/accept")
    held = erik("POST", f"{ref}/clocks/pause", {"reason": "Their plant is shut"}).get_json()
    assert {one["state"] for one in held["clocks"] if not one["met_at"]} == {"paused"}
    assert erik("POST", f"{ref}/clocks/resume", {}).status_code == 200
    day = "2026-06-30T15:00:00Z"
    dated = {"clock": "silence", "due_at": day, "reason": "Agreed with the COO"}
    clocks = erik("PUT", f"{ref}/clocks/date", dated).get_json()["clocks"]
    silence = next(one for one in clocks if one["kind"] == "silence")
    assert (silence["due_at"], silence["set_by_hand"]) == (day, True)
    clocks = erik("PUT", f"{ref}/clocks/date", {"clock": "silence"}).get_json()["clocks"]
    assert not next(one for one in clocks if one["kind"] == "silence")["set_by_hand"]


def test_leadership_is_asked_and_decides_by_api(call, case):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/accept")
    asked = {
        "question": "Do we send a team?",
        "of": MAIL.format("lena"),
        "options": ["Send it", "Wait"],
        "recommended": "Send it",
        "answer_by": "2026-06-20T10:00:00Z",
        "if_nothing": "They leave",
    }
    found = erik("PUT", f"{ref}/ask", asked).get_json()["ask"]
    assert (found["of"], found["options"]) == ("Lena Quint", ["Send it", "Wait"])
    wrong = erik("PUT", f"{ref}/ask", asked | {"of": MAIL.format("kim")})
    assert wrong.get_json()["errors"][0]["field"] == "of"
    answer = call("lena")("POST", f"{ref}/answer", {"choice": "Send it"})
    assert answer.get_json()["ask"] is None
    named = erik("PUT", f"{ref}/executive", {"person": MAIL.format("ava")})
    assert named.get_json()["executive_owner"] == "Ava Solheim"


def test_a_case_is_restricted_renamed_and_opened_again(call, case, db):
    erik, clara, ref = call("erik"), call("clara"), case.reference
    kept = {"restricted": True, "people": [MAIL.format("lisa")], "reason": "Conduct"}
    first = erik("PUT", f"{ref}/restriction", kept, **{"Idempotency-Key": "r1"})
    assert first.status_code == 200
    names = {one["name"]: one["stays"] for one in first.get_json()["people"]}
    always = {"Ava Solheim": True, "Carl Berger": True, "Erik Lund": True}
    assert names == always | {"Lisa Moretti": False}
    assert erik("PUT", f"{ref}/restriction", kept, **{"Idempotency-Key": "r1"}).get_json() == (
        first.get_json()
    )
    assert clara("GET", ref).status_code == 404
    assert call("lena")("GET", ref).status_code == 404
    assert call("lisa")("GET", ref).get_json()["restricted"] is True
    other = kept | {"people": [MAIL.format("lena")], "reason": "Not for counsel"}
    changed = erik("PUT", f"{ref}/restriction", other).get_json()
    assert {one["name"] for one in changed["people"]} == {*always, "Lena Quint"}
    assert call("lisa")("GET", ref).status_code == 404
    lifted = erik("PUT", f"{ref}/restriction", {"restricted": False, "reason": "Settled"})
    assert lifted.get_json()["restricted"] is False
    verbs = set(db.session.scalars(sa.select(Event.name).order_by(Event.seq)))
    assert {f"escalations.{one}" for one in ("restricted", "person_named", "opened_up")} <= verbs


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("carl", {"restricted": True, "reason": "Mine"}, 409),
        ("otto", {"restricted": True, "reason": "x"}, 404),
        ("erik", {"restricted": True, "reason": " "}, 422),
        ("erik", {"restricted": False, "reason": "x"}, 409),
        ("erik", {"restricted": True, "people": ["no@x.example"], "reason": "x"}, 409),
        ("erik", {"restricted": True, "people": [MAIL.format("adam")], "reason": "x"}, 409),
    ],
)
def test_who_may_not_restrict_is_refused(call, case, db, name, body, status):
    assert call(name)("PUT", f"{case.reference}/restriction", body).status_code == status
    db.session.expire_all()
    assert not case.restricted


def test_stakeholders_and_what_each_was_told(call, case):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/accept")
    coo = erik("GET", f"{ref}/contacts").get_json()["items"][0]
    made = erik("POST", f"{ref}/stakeholders", {"contact": coo["id"], "needs": "A date"})
    assert (made.status_code, made.get_json()["side"]) == (201, "customer")
    ours = {"person": MAIL.format("fina"), "part": "Pays for it", "stance": "critical"}
    number = erik("POST", f"{ref}/stakeholders", ours).get_json()["id"]
    assert erik("POST", f"{ref}/stakeholders", ours).status_code == 409
    assert erik("POST", f"{ref}/stakeholders", {"part": "Nobody"}).status_code == 409
    judged = {"stance": "supportive", "part": "Pays for it"}
    assert erik("PUT", f"{ref}/stakeholders/{number}", judged).get_json()["stance"] == "supportive"
    told = {"text": "We credit June", "at": "2026-06-17T09:30:00+02:00"}
    after = erik("POST", f"{ref}/stakeholders/{number}/told", told).get_json()["told"]
    assert after == [{"text": "We credit June", "at": "2026-06-17T07:30:00Z", "by": "Erik Lund"}]
    listed = erik("GET", f"{ref}/stakeholders").get_json()["items"]
    assert [one["name"] for one in listed] == ["Hélène Vasseur", "Fina Weiss"]
    left = erik("DELETE", f"{ref}/stakeholders/{number}").get_json()["items"]
    assert [one["name"] for one in left] == ["Hélène Vasseur"]
    assert call("otto")("GET", f"{ref}/stakeholders").status_code == 404


def test_the_ledger_says_what_was_made_kept_broken_and_renegotiated(call, case, db):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/accept")
    body = {"kind": "action", "to_whom": "COO", "due_at": "2026-06-19T12:00:00+02:00"}
    made = [
        erik("POST", f"{ref}/promises", body | {"what": what}).get_json()["id"]
        for what in ("A patch", "A call", "A report")
    ]
    assert erik("POST", f"{ref}/promises/{made[0]}", {"how": "kept"}).get_json()["state"] == "kept"
    wish = {"what": "A call", "due_at": "2062-06-19T12:00:00Z"}
    far = erik("POST", f"{ref}/promises", body | wish)
    assert (far.status_code, "is the year right" in far.text) == (409, True)
    refused = erik("POST", f"{ref}/promises/{made[1]}", {"how": "broken"})
    assert refused.get_json()["errors"][0]["field"] == "reason"
    broken = {"how": "broken", "reason": "Nobody was there"}
    assert erik("POST", f"{ref}/promises/{made[1]}", broken).get_json()["state"] == "broken"
    anew = {"how": "renegotiated", "what": "A short report", "reason": "They agreed"}
    assert erik("POST", f"{ref}/promises/{made[2]}", anew).status_code == 409
    again = erik("POST", f"{ref}/promises/{made[2]}", anew | {"due_at": "2026-06-25T08:00:00Z"})
    assert (again.get_json()["what"], again.get_json()["state"]) == ("A short report", "open")
    listed = {one["what"]: one["state"] for one in erik("GET", f"{ref}/promises").json["items"]}
    assert listed == {
        "A patch": "kept",
        "A call": "broken",
        "A report": "renegotiated",
        "A short report": "open",
    }
    assert call("otto")("GET", f"{ref}/promises").status_code == 404


def test_the_long_track_needs_two_people_by_api_too(call, case, db):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/accept")
    asked = {"review": "2026-07-10", "second": MAIL.format("carl"), "reason": "In court"}
    assert erik("POST", f"{ref}/long-track", asked).get_json()["long_track_until"] is None
    assert erik("POST", f"{ref}/long-track/agree", {"agrees": True}).status_code == 409
    agreed = call("carl")("POST", f"{ref}/long-track/agree", {"agrees": True}).get_json()
    assert agreed["long_track_until"] == "2026-07-10T21:59:00Z"
    ended = erik("POST", f"{ref}/long-track/end", {"reason": "Settled out of court"})
    assert ended.get_json()["long_track_until"] is None


def test_a_file_goes_in_and_comes_out_as_it_was(call, case, db):
    erik, where = call("erik"), f"{case.reference}/attachments"
    key = {"Idempotency-Key": "f1"}
    address = f"{where}?name=letter.pdf&about=Their%20letter&klass=2&from_customer=true"
    made = erik("POST", address, PDF, **key)
    assert made.status_code == 201
    assert erik("POST", address, PDF, **key).get_json() == made.get_json()
    given = made.get_json()
    assert (given["name"], given["size"], given["klass"]) == ("letter.pdf", len(PDF), 2)
    erik("POST", f"{case.reference}/notes", {"text": "No file here"})
    assert erik("GET", where).get_json()["items"] == [given]
    back = erik("GET", f"{where}/{given['entry']}")
    assert back.get_data() == PDF
    assert back.headers["Content-Disposition"] == "attachment; filename*=UTF-8''letter.pdf"
    assert call("otto")("GET", f"{where}/{given['entry']}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "body", "status"),
    [
        ("name=a.pdf", b"no pdf", 409),
        ("name=a.exe", b"MZ", 409),
        ("name=..%2Fa.pdf", PDF, 409),
        ("name=a.pdf&klass=3", PDF, 409),
        ("name=a.pdf&klass=4", PDF, 422),
        ("about=x", PDF, 422),
        ("name=a.pdf&owner=1", PDF, 422),
        ("name=a.pdf", {"content": "x"}, 415),
    ],
)
def test_a_file_that_is_not_taken_is_a_problem(call, case, asked, body, status):
    erik, where = call("erik"), f"{case.reference}/attachments"
    answer = erik("POST", f"{where}?{asked}", body)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert erik("GET", where).get_json() == {"items": [], "after": None}


def test_the_executive_lane_and_its_files_are_for_executives(call, case, db):
    erik, lena, ref = call("erik"), call("lena"), case.reference
    erik("POST", f"{ref}/accept")
    assert erik("POST", f"{ref}/comments", {"text": "x"}).status_code == 409
    assert lena("POST", f"{ref}/comments", {"text": "I call their CEO"}).status_code == 201
    mine = [one for one in lena("GET", f"{ref}/timeline").json["items"] if one["klass"] == 3]
    assert [one["text"] for one in mine] == ["I call their CEO"]
    assert all(one["klass"] < 3 for one in erik("GET", f"{ref}/timeline").json["items"])


def test_an_entry_is_corrected_by_another(call, case):
    erik, ref = call("erik"), case.reference
    erik("POST", f"{ref}/notes", {"text": "Thirty machines stand"})
    first = erik("GET", f"{ref}/timeline?q=thirty").json["items"][0]
    body = {"text": "Thirteen machines stand", "at": first["at"], "why": "Misheard"}
    assert erik("POST", f"{ref}/entries/{first['id']}/correct", body).status_code == 200
    later = erik("GET", f"{ref}/timeline?q=thirteen").json["items"][0]
    assert later["corrects"] == first["id"]
    assert erik("POST", f"{ref}/entries/9999/correct", body).status_code == 404


def test_a_message_waits_and_is_taken_back(call, case, db):
    erik, ref, key = call("erik"), case.reference, {"Idempotency-Key": "m"}
    erik("POST", f"{ref}/accept")
    coo = erik("GET", f"{ref}/contacts").get_json()["items"][0]
    body = {"contact": coo["id"], "subject": "Your plant", "text": "We are on it."}
    assert [erik("POST", f"{ref}/messages", body, **key).status_code for _n in "12"] == [201, 201]
    waiting = sa.select(Notification).where(Notification.contact_id == coo["id"])
    [mail] = db.session.scalars(waiting)
    assert erik("POST", f"{ref}/messages/{mail.id}/take-back").status_code == 200
    db.session.expire_all()
    assert mail.state is MailState.WITHDRAWN


def test_merging_and_other_customers(call, cast, db, now):
    case, other = declared(cast, now), declared(cast, now, words="Another plant stands still")
    db.session.commit()
    erik, ref = call("erik"), case.reference
    hit = erik("POST", f"{ref}/affected", {"account": cast.borealis.reference})
    assert hit.get_json()["affected"] == [cast.borealis.reference]
    gone = erik("DELETE", f"{ref}/affected/{cast.borealis.reference}")
    assert gone.get_json()["affected"] == []
    assert erik("POST", f"{ref}/merge", {"into": "ESC-2026-99999"}).status_code == 409
    merged = erik("POST", f"{ref}/merge", {"into": other.reference}).get_json()
    assert (merged["state"], merged["merged_into"]) == ("merged", other.reference)
    assert erik("POST", f"{ref}/unmerge").get_json()["merged_into"] is None


def test_severity_falls_with_two_people_and_a_letter_makes_it_grave(call, cast, db, now):
    case, _criterion = stabilising(cast, now)
    db.session.commit()
    erik, ref = call("erik"), case.reference
    lower = {"severity": "E3", "reason": "Calmer", "second": MAIL.format("carl")}
    assert erik("POST", f"{ref}/severity", lower).get_json()["severity"] == "E1"
    agreed = call("carl")("POST", f"{ref}/severity/agree", {"agrees": True})
    assert agreed.get_json()["severity"] == "E3"
    assert erik("POST", f"{ref}/severity/restore").get_json()["severity"] == "E1"
    letter = {
        "kind": "mise_en_demeure",
        "channel": "certified_mail",
        "received_at": "2026-06-16T09:00:00Z",
        "sender": "Me Roux",
    }
    notice = erik("POST", f"{ref}/notices", letter).get_json()["notices"][0]
    assert (notice["sender"], notice["legal_deadline"]) == ("Me Roux", None)
    day = f"{ref}/notices/{notice['id']}/legal-day"
    assert erik("PUT", day, {"day": "2026-07-16"}).status_code == 409
    db.session.expire_all()
    assert (case.severity, case.state) == (Severity.E1, State.STABILISING)
