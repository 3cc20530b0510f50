"""Doors to briefings."""

import hashlib
import io
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.briefings import queries
from portal.blueprints.briefings.models import Briefing
from portal.core import clock
from portal.core.access import Permission
from portal.core.events import Event
from tests.briefings.test_actions import issue
from tests.briefings.test_cli import verify
from tests.briefings.test_escalation import ask, case
from tests.briefings.test_escalation import issue as issue_on
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

__all__ = ["case"]


def test_the_reader_opens_the_page_and_the_portal_knows(cast, db, now, browse, run_jobs):
    reference = issue(cast, now).reference
    run_jobs()
    page = browse("ava").text(f"/briefings/{reference}")
    assert reference in page
    row = queries.by_reference(reference)
    assert queries.last_read(row.kind, row.subject_ref, reader=cast.ava) is not None


def test_the_pdf_is_fetched_as_an_attachment(cast, db, now, browse, run_jobs):
    reference = issue(cast, now).reference
    run_jobs()
    response = browse("ava").get(f"/briefings/{reference}.pdf")
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.data.startswith(b"%PDF")
    assert browse("otto").get(f"/briefings/{reference}.pdf").status_code == 404


def test_made_on_the_page_for_somebody_else(cast, db, browse, run_jobs):
    form = {"about": cast.acme.reference, "reader_id": cast.ava.id, "locale": "it", "paper": "A4"}
    response = browse("erik").post("/briefings/new", form)
    assert response.status_code == 303
    assert response.location.endswith("/briefings/"), "it holds what only its reader may see"
    run_jobs()
    assert "Acme Forges" in browse("ava").text("/briefings/?mine=1")


def test_an_unknown_account_keeps_what_was_typed(cast, db, browse):
    form = {"about": "ACC-99999", "reader_id": cast.ava.id, "locale": "it", "paper": "Letter"}
    response = browse("erik").post("/briefings/new", form)
    assert response.status_code in {404, 422}


def test_anybody_verifies_by_file_or_full_digest(cast, db, now, browse, run_jobs):
    reference = issue(cast, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    content, digest = queries.pdf_of(row), row.pdf_digest
    found = browse().text(f"/verify?digest={digest}")
    assert reference in found
    assert "It is a draft" in found
    assert reference not in browse().text(f"/verify?digest={digest[:16]}")
    sent = {"file": (io.BytesIO(content), "x.pdf")}
    answer = browse().post("/verify", sent, content_type="multipart/form-data")
    assert reference in answer.get_data(as_text=True)
    changed = {"file": (io.BytesIO(content + b" "), "x.pdf")}
    answer = browse().post("/verify", changed, content_type="multipart/form-data")
    assert reference not in answer.get_data(as_text=True)


def test_the_auditor_sees_that_there_are_issues_but_not_what_is_in_them(cast, db, now, browse):
    reference = issue(cast, now).reference
    db.session.commit()
    assert browse("aldo").get(f"/briefings/{reference}").status_code in {403, 404}
    assert browse("otto").get("/briefings/").get_data(as_text=True).count(reference) == 0


def test_an_issue_for_eyes_above_its_author_is_listed_without_a_link(cast, db, now, browse):
    reference = issue(cast, now).reference
    db.session.commit()
    assert browse("erik").get(f"/briefings/{reference}").status_code == 404
    text = browse("erik").text("/briefings/")
    assert reference in text
    assert f'href="/briefings/{reference}"' not in text
    assert f'href="/briefings/{reference}"' in browse("ava").text("/briefings/")


@ON_SQLITE_ALONE
def test_page_one_says_what_changed_takes_the_decision_and_is_shared(
    cast, db, now, browse, run_jobs, case
):
    cast.read_english("ava")
    ask(cast, case, now)
    first = issue_on(cast, case, now).reference
    run_jobs()
    page = browse("ava").text("/briefings/")
    assert page.index("Yours to read") < page.index(first)
    assert "Changed since you last read" not in browse("ava").text(f"/briefings/{first}")
    later = issue_on(cast, case, now + timedelta(hours=1)).reference
    run_jobs()
    assert "A later issue for the same reader" in browse("ava").text(f"/briefings/{first}")
    page = browse("ava").text(f"/briefings/{later}")
    assert "Changed since you last read" in page
    assert "Which offer goes into the reply?" in page
    choice = {"choice": "Credit and hours"}
    answered = browse("ava").post(f"/escalations/{case.reference}/answer", choice)
    assert answered.status_code == 303
    assert "Which offer goes into the reply?" not in browse("ava").text(f"/briefings/{later}")
    for name, status in (("otto", 422), ("erik", 303)):
        sent = browse("ava").post(f"/briefings/{later}/share", {"reader_id": cast.ids[name]})
        assert sent.status_code == status, name
    run_jobs()
    mine = [line for line in queries.unread(cast.erik) if line.subject_ref == case.reference]
    assert len(mine) == 1


@ON_SQLITE_ALONE
def test_programs_make_fetch_and_verify(cast, db, now, browse, run_jobs):
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    send = caller(browse, cast, db, now, at="/api/v1/briefings/", scopes=scopes)("erik")
    asked = {"about": cast.acme.reference, "reader": "erik@halden.example", "paper": "Letter"}
    made = send("POST", "", asked)
    assert made.status_code == 201, made.get_json()
    told = made.get_json()
    assert (told["kind"], told["state"], told["paper"]) == ("account", "rendering", "Letter")
    assert send("POST", "", asked | {"final": True}).status_code == 409
    assert send("POST", "", asked | {"reader": "nobody@halden.example"}).status_code == 409
    assert send("POST", "", asked | {"audience": "emperor"}).status_code == 409
    run_jobs()
    shown = send("GET", told["reference"]).get_json()
    assert shown["state"] == "draft"
    listed = send("GET", "?about=" + cast.acme.reference).get_json()
    assert [one["reference"] for one in listed["items"]] == [told["reference"]]
    fetched = send("GET", told["reference"] + "/pdf")
    assert hashlib.sha256(fetched.data).hexdigest() == shown["pdf_sha256"]
    digest = {"sha256": shown["pdf_sha256"]}
    assert send("POST", "verify/digest", digest).get_json() == {
        "state": "genuine",
        "reference": told["reference"],
    }
    unknown = send("POST", "verify/digest", {"sha256": "0" * 64}).get_json()
    assert unknown == {"state": "unknown", "reference": None}


def test_an_issue_expires_and_the_page_says_who_fetched_it(
    app, cast, db, now, browse, run_jobs, tmp_path
):
    cast.read_english("ava")
    form = {"about": cast.acme.reference, "reader_id": cast.ava.id, "locale": "en", "paper": "A4"}
    erik = browse("erik")
    assert erik.post("/briefings/new", form | {"expires_on": "2026-06-16"}).status_code == 422
    assert erik.post("/briefings/new", form | {"expires_on": "2026-06-18"}).status_code == 303
    run_jobs()
    row = db.session.query(Briefing).one()
    reference, digest, ends = row.reference, row.pdf_digest, row.expires_at
    assert ends == datetime(2026, 6, 18, 22, tzinfo=UTC), "midnight in Paris"
    path = tmp_path / "issue.pdf"
    path.write_bytes(queries.pdf_of(row))
    db.session.commit()
    ava, pdf = browse("ava"), f"/briefings/{reference}.pdf"
    assert ava.get(pdf).status_code == 200
    page = ava.text(f"/briefings/{reference}")
    assert page.count('<td data-l="What">fetched</td>') == 1
    lines = ava.get(f"/briefings/{reference}/fetches.csv").text.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [reference, reference]
    assert lines[2].endswith(f"{cast.ava.name},fetched")
    taken = (
        sa.select(Event.data).order_by(Event.seq).where(Event.name == "briefings.fetches_exported")
    )
    assert [one["lines"] for one in db.session.scalars(taken)] == [2]
    assert browse("otto").get(f"/briefings/{reference}/fetches.csv").status_code == 404
    with clock.moved(ends):
        ava = browse("ava")
        page = ava.text(f"/briefings/{reference}")
        assert "It opens no more" in page
        assert pdf not in page
        assert ava.get(pdf).status_code == 404
        assert "it expired on" in browse().text(f"/verify?digest={digest}")
        sharing = {"reader_id": cast.lena.id}
        assert ava.post(f"/briefings/{reference}/share", sharing).status_code == 422
        assert verify(app, path, code=1)["state"] == "expired"


def test_an_executives_program_orders_and_shares_and_a_makers_one_revokes(
    cast, db, now, browse, run_jobs
):
    reference = issue(cast, now).reference
    run_jobs()
    at, own = "/api/v1/briefings/", (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_OWN)
    make = caller(browse, cast, db, now, at=at, scopes=own)
    ava, reading = make("ava"), make("ava", Permission.BRIEFINGS_READ)
    with_erik = {"reader": cast.user("erik").email}
    for send, status in ((reading, 403), (ava, 201)):
        assert send("POST", "books", {"accounts": [cast.acme.reference]}).status_code == status
        assert send("POST", f"{reference}/share", with_erik).status_code == status
    assert ava("POST", f"{reference}/share", {"reader": "x@y.z"}).status_code == 409
    assert ava("POST", f"{reference}/revoke", {"reason": "Wrong"}).status_code == 403
    erik = make("erik", Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    shared = db.session.scalars(sa.select(Briefing).where(Briefing.reader_id == cast.erik.id)).one()
    revoked = erik("POST", f"{shared.reference}/revoke", {"reason": "Wrong"}).get_json()
    assert (revoked["state"], revoked["standing"]) == ("revoked", "revoked")
    assert erik("POST", f"{shared.reference}/revoke", {"reason": "Again"}).status_code == 409
