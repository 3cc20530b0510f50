"""What leaves this room: the API of post-mortems, actions and loss notes, and their files."""

import sqlalchemy as sa

from portal.blueprints.postmortems import actions, queries
from portal.blueprints.postmortems.models import State
from portal.core import access, events
from portal.core.access import Permission, Restriction
from tests.escalations.calls import caller

from .cases import LESSONS, begun, case_of
from .test_actions import approved, complete, plan
from .test_losses import SAID, lose, whole

__all__ = ["whole"]

SCOPES = tuple(one for one in Permission if one.startswith("postmortems:"))
EXPORT = "/postmortems/export/"


def maker(browse, cast, db, now):
    return caller(browse, cast, db, now, at="/api/v1/postmortems/", scopes=SCOPES)


def test_programs_ask_read_and_agree(cast, db, now, browse):
    case = case_of(cast, now)
    make = maker(browse, cast, db, now)
    erik, otto, ava, carl = make("erik"), make("otto"), make("ava"), make("carl")
    assert otto("POST", "", {"case": case.reference, "why": "Much"}).status_code in {403, 404}
    made = erik("POST", "", {"case": case.reference, "why": "Much"})
    own = made.get_json()["reference"]
    assert (made.status_code, made.get_json()["reasons"][-1]) == (201, "asked_for")
    assert made.headers["Location"].endswith(f"/postmortems/{own}")
    row = queries.get(cast.erik, own, now=now)
    actions.begin(row, by=cast.erik, now=now)
    complete(row, cast, now)
    read = erik("GET", own)
    assert read.headers["ETag"] == f'"{row.version}"'
    told = read.get_json()
    assert (told["cases"], told["factors"][0]["whys"]) == (
        [case.reference],
        [{"number": "1", "text": "Because"}],
    )
    assert [one["owner"] for one in told["actions"]] == ["Kim Park"]
    assert "Kim Park" not in ava("GET", own).get_data(as_text=True)
    (line,) = ava("GET", "").get_json()["items"]
    assert (line["title"], line["facilitator"], line["open_actions"]) == (None, None, 1)
    assert erik("GET", "?mine=true&group=all").get_json()["items"][0]["title"]
    assert (otto("GET", own).status_code, otto("GET", "").get_json()["items"]) == (404, [])
    given = {"what": "Rehearse", "outcome": "No surprise", "verification": "A drill"}
    given |= {"owner": "kim.park@example.com", "kind": "prevent"}
    assert erik("POST", f"{own}/actions", given | {"kind": "x"}).status_code == 422
    nobody = erik("POST", f"{own}/actions", given | {"owner": "nobody@example.com"})
    assert nobody.status_code == 409
    given["owner"] = cast.user("kim").email
    stale = erik("POST", f"{own}/actions", given, **{"If-Match": '"999"'})
    assert stale.status_code == 412
    agreed = erik("POST", f"{own}/actions", given)
    assert (agreed.status_code, agreed.get_json()["kind"]) == (201, "prevent")
    assert carl("GET", f"{own}/actions/{1 << 40}").status_code == 404


def test_programs_say_what_became_of_an_action(cast, db, now, browse):
    row = approved(cast, now)
    actions.publish(row, version=None, by=cast.erik, now=now)
    db.session.commit()
    make = maker(browse, cast, db, now)
    kim, erik, otto = make("kim"), make("erik"), make("otto")
    (line,) = kim("GET", "actions?mine=true&state=open").get_json()["items"]
    one = f"{row.reference}/actions/{line['id']}"
    etag = kim("GET", one).headers["ETag"]
    assert kim("POST", one, {"state": "verified", "note": "Seen"}).status_code == 409
    assert kim("POST", one, {"state": "done"}, **{"If-Match": '"77"'}).status_code == 412
    done = kim("POST", one, {"state": "done"}, **{"If-Match": etag})
    assert (done.get_json()["state"], done.headers["ETag"] != etag) == ("done", True)
    assert erik("POST", one, {"state": "verified"}).status_code == 409
    seen = erik("POST", one, {"state": "verified", "note": "A drill went well"})
    assert (seen.get_json()["state"], seen.get_json()["reason"]) == (
        "verified",
        "A drill went well",
    )
    assert otto("POST", one, {"state": "open", "note": "No"}).status_code == 404
    assert otto("GET", "actions").get_json()["items"] == []


def test_what_is_counsels_or_restricted_stays_out_of_api_and_files(cast, db, now, browse):
    row, closed = begun(cast, now), begun(cast, now)
    for one, marker in ((closed, "NAMED-ONLY"), (row, "COUNSELS")):
        one.title = f"{marker} title"
        held = plan(one, cast, now, what=f"{marker} action")
    row.state = State.WITH_COUNSEL
    row.facilitator_id = cast.ids["kim"]
    db.session.add(
        Restriction(record_ref=closed.reference, account_id=closed.account_id, since=now)
    )
    db.session.commit()
    make = maker(browse, cast, db, now)
    for name in ("erik", "lena", "ava", "carl"):
        send, page = make(name), browse(name)
        told = [
            send("GET", url).get_data(as_text=True)
            for url in ("?group=all", "actions", row.reference)
        ]
        told += [page.get(f"{EXPORT}{what}.csv").text for what in ("postmortems", "actions")]
        told += [page.get("/postmortems/?group=all").text, page.get("/postmortems/actions").text]
        hidden = ("COUNSELS", "NAMED-ONLY") if name in ("lena", "ava") else ("COUNSELS",)
        assert not [text for text in told if any(one in text for one in hidden)], name
        assert send("GET", f"{row.reference}/actions/{held.id}").status_code == 404, name
    access.relate(
        db.session,
        kind=access.RelationKind.NAMED,
        person_id=cast.ids["lisa"],
        account_id=row.account_id,
        record_ref=row.reference,
    )
    db.session.commit()
    assert "COUNSELS" in browse("lisa").get(f"{EXPORT}actions.csv").text


def test_loss_notes_are_read_written_and_taken(cast, db, now, browse):
    row = actions.consider_loss(lose(db, cast).id, by=LESSONS, now=now)
    db.session.commit()
    make = maker(browse, cast, db, now)
    carl, otto, aldo = make("carl"), make("otto"), make("aldo")
    own = f"losses/{row.reference}"
    etag = carl("GET", own).headers["ETag"]
    assert (otto("GET", own).status_code, otto("POST", own, SAID).status_code) == (404, 404)
    assert aldo("POST", own, SAID).status_code == 403
    assert carl("POST", own, SAID | {"factor": "luck"}).status_code == 422
    assert carl("POST", own, SAID, **{"If-Match": '"9"'}).status_code == 412
    said = carl("POST", own, SAID, **{"If-Match": etag})
    assert (said.get_json()["state"], said.headers["ETag"] != etag) == ("written", True)
    (line,) = carl("GET", "losses").get_json()["items"]
    assert (line["sentence"], line["factor"]) == (SAID["sentence"], SAID["factor"].value)
    text = browse("carl").get(f"{EXPORT}losses.csv").text
    assert SAID["sentence"] in text
    assert row.reference not in browse("otto").get(f"{EXPORT}losses.csv").text


def test_lists_leave_as_files_and_the_log_says_so(cast, db, now, browse):
    row = begun(cast, now)
    plan(row, cast, now, what="=cmd()|' /C calc'!A0", ticket="PAR-1")
    db.session.commit()
    erik, lena = browse("erik"), browse("lena")
    shown = erik.text("/postmortems/actions?late=1&state=nothing&mine=2")
    assert row.reference not in shown
    assert row.reference in erik.text("/postmortems/actions")
    told = erik.get(f"{EXPORT}actions.csv").text
    assert ("'=cmd()" in told, "Kim Park" in told, "PAR-1" in told) == (True, True, True)
    assert "Kim Park" not in browse("ava").get(f"{EXPORT}actions.csv").text
    assert row.reference in lena.get(f"{EXPORT}postmortems.csv?group=open").text
    assert row.reference not in lena.get(f"{EXPORT}postmortems.csv?group=published").text
    assert lena.get(f"{EXPORT}postmortems.xlsx").data[:2] == b"PK"
    for wrong in ("people.csv", "actions.pdf"):
        assert lena.get(EXPORT + wrong).status_code == 404
    query = sa.select(events.Event).where(events.Event.name == "postmortems.exported")
    found = [(one.data["table"], one.data["kind"]) for one in db.session.scalars(query)]
    assert ("actions", "csv") in found
    assert len(found) == 5
