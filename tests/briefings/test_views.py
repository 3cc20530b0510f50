"""Doors to briefings."""

import io

from portal.blueprints.briefings import queries
from tests.briefings.test_actions import issue


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
    assert reference in browse().text(f"/verify?digest={digest}")
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
