"""What every door promises: headers, limits, words for every no, no 5xx for bad input."""

import json
import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.core.db import db as _db
from portal.core.db import transactions
from portal.core.errors import Refused, Stale
from portal.core.web import failures
from tests.cast import PASSWORD


def test_headers_of_every_page(browse, cast):
    for path in ("/login", "/", "/nowhere"):
        headers = browse("carl").get(path).headers
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert re.fullmatch(r"'nonce-[\w-]{16,}'", policy["script-src"].strip())
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_nonce_is_new_each_time_and_stands_in_the_page(browse, cast):
    nonces = set()
    for _ in range(3):
        answer = browse("carl").get("/")
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]).group(1)
        assert f'nonce="{nonce}"' in answer.text
        nonces.add(nonce)
    assert len(nonces) == 3


def test_pages_of_signed_in_people_are_kept_by_nobody(browse, cast):
    headers = browse("carl").get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "Cookie" in headers["Vary"]


def test_the_cookie_is_out_of_reach(browse, cast):
    answer = browse()._open("GET", "/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abcdef-123456", True), ("short", False), ("x" * 65, False), ("a b c d e f g h", False)],
)
def test_a_request_id_is_taken_over_or_made(browse, given, kept):
    answer = browse().get("/healthz", headers={"X-Request-ID": given})
    found = answer.headers["X-Request-ID"]
    assert (found == given) is kept
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", found)


def test_probes(browse, cast):
    assert browse().get("/healthz").get_json() == {"status": "ok"}
    assert browse().get("/readyz").get_json() == {"status": "ready"}


def test_metrics_are_for_this_machine_and_name_no_record(browse, cast):
    browse("carl").get(f"/accounts/{cast.acme.reference}")
    text = browse().get("/metrics").text
    assert "portal_requests_total" in text
    assert cast.acme.reference not in text
    away = browse()._open("GET", "/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert away.status_code == 404


def test_metrics_by_token(app, browse, cast, monkeypatch):
    settings = replace(app.config["PORTAL"], metrics_token="letmein-please")
    monkeypatch.setitem(app.config, "PORTAL", settings)
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    good = {"Authorization": "Bearer letmein-please"}
    assert browse()._open("GET", "/metrics", headers=good, **elsewhere).status_code == 200
    bad = {"Authorization": "Bearer é"}
    assert browse()._open("GET", "/metrics", headers=bad, **elsewhere).status_code == 404


# ---- limits and hostile input


def test_a_body_over_the_limit_is_refused(app, browse, cast, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = browse("carl").post("/preferences", {"language": "x" * 2000})
    assert answer.status_code == 413


def test_a_form_of_too_many_parts_is_refused(browse, cast):
    part = "--b\r\nContent-Disposition: form-data; name=f{}\r\n\r\nx\r\n"
    body = "".join(part.format(i) for i in range(500)) + "--b--\r\n"
    answer = browse("carl")._open(
        "POST", "/preferences", data=body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/login", "/preferences"])
def test_deep_json_is_no_error_of_ours(browse, cast, path):
    answer = browse("carl")._open("POST", path, data="[" * 100_000, content_type="application/json")
    assert 300 <= answer.status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/audit/99999999999999999999999",
        "/?x=%00",
        "/accounts/%00",
        "/accounts/?after=" + "A" * 3000,
        "/accounts/?after=WyJpbnQiLCI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLDEsZmFsc2Vd",
        "/%ff%fe",
        "/accounts/..%2f..%2fetc%2fpasswd",
        "/search?q=" + "%F0%9F%91%A9" * 500,
        "/search?q=%27%20or%201%3D1--",
    ],
)
def test_hostile_addresses_are_no_error_of_ours(browse, cast, path):
    assert browse("aldo")._open("GET", path).status_code < 500


def test_a_character_no_database_stores_is_refused(browse, cast):
    answer = browse("adam").post("/admin/organisation", {"name": "a\x00b"})
    assert answer.status_code == 400


def test_real_hostile_strings_do_no_harm(browse, cast, shared_data):
    folder = shared_data / "hostile"
    if not folder.is_dir():
        pytest.skip("no hostile strings there")
    lines = [
        line
        for path in sorted(folder.rglob("*.txt"))
        for line in path.read_text(errors="replace").splitlines()
        if line.strip()
    ]
    carl = browse("carl")
    for line in lines[:150]:
        assert carl._open("GET", "/search", query_string={"q": line}).status_code < 500, line


# ---- forged requests, and hosts


@contextmanager
def another_app(app, **changes):
    """The same database behind an application that is set up as for real."""
    settings = replace(app.config["PORTAL"], **changes)
    made = create_app(settings, TESTING=True, JOBS_INLINE=True)
    try:
        yield made
    finally:
        with made.app_context():
            _db.engine.dispose()


def test_every_change_needs_its_token(app, db, cast):
    with another_app(app) as real:
        client = real.test_client()
        data = {"email": "carl@halden.example", "password": PASSWORD}
        assert client.post("/login", data=data).status_code == 400
        as_text = client.post("/login", data=json.dumps(data), content_type="text/plain")
        assert as_text.status_code == 400
        page = client.get("/login").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        assert client.post("/login", data=data | {"csrf_token": token}).status_code == 302
        assert client.post("/preferences", data={"language": "fr"}).status_code == 400


def test_over_https_cookies_are_secure_and_hosts_known(app, db, cast):
    with another_app(app, base_url="https://parley.example") as real:
        client = real.test_client()
        moved = client.get("/login", base_url="http://parley.example")
        assert moved.status_code in {301, 302}
        assert moved.location.startswith("https://")
        answer = client.get("/login", base_url="https://parley.example")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert client.get("/login", base_url="https://evil.example").status_code == 400


# ---- the words for every no


@pytest.fixture
def nos(app):
    """What a view can come to, tried through the handlers themselves."""
    errors = {
        "refused": Refused("This is over the ceiling."),
        "stale": Stale("Somebody was faster.", current={"Name": "theirs"}),
        "overflow": OverflowError(),
        "deep": RecursionError(),
    }

    def handle(name, path="/x"):
        with app.test_request_context(path):
            answer = app.make_response(app.handle_user_exception(errors[name]))
            return answer.status_code, answer.get_data(as_text=True)

    return handle


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("refused", 409, "ceiling"),
        ("stale", 409, "theirs"),
        ("overflow", 400, ""),
        ("deep", 400, ""),
    ],
)
def test_a_business_no_is_a_page_with_its_words(db, nos, name, status, words):
    code, text = nos(name)
    assert code == status
    assert words in text


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 413, 422, 429, 500, 503])
def test_each_code_has_a_page(app, db, code):
    with app.test_request_context("/x"):
        answer = app.make_response(failures.answer(code))
    assert answer.status_code == code
    assert "<h1" in answer.get_data(as_text=True)


@pytest.mark.parametrize("code", [400, 404, 409, 500, 503])
def test_programs_get_problems(app, db, code):
    with app.test_request_context("/api/v1/x"):
        answer = app.make_response(failures.answer(code))
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == code


def test_unknown_and_forbidden(browse, cast):
    assert browse("carl").get("/nowhere").status_code == 404
    assert browse("carl").get("/admin/people").status_code == 403
    assert browse().get("/api/v1/nowhere").content_type == "application/problem+json"


def test_a_fragment_asked_for_without_a_session_leads_to_sign_in(browse):
    answer = browse().get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"


def test_an_own_mistake_is_500_and_not_called_busy(app, db):
    broken: Flask = app
    with broken.test_request_context("/x"):
        wrong = sa.exc.OperationalError("select", {}, _sqlite_error(1))
        with pytest.raises(sa.exc.OperationalError):
            failures.unavailable(wrong)


@pytest.mark.parametrize("code", [5, 6, 10, 13, 14, 261])
def test_a_busy_or_full_database_is_503(app, db, code):
    with app.test_request_context("/x"):
        answer = app.make_response(
            failures.unavailable(sa.exc.OperationalError("select", {}, _sqlite_error(code)))
        )
    assert answer.status_code == 503


def _sqlite_error(code):
    error = Exception("x")
    error.sqlite_errorcode = code
    return error


# ---- once


def test_the_same_form_twice_is_done_once(browse, cast, db):
    form = {"substitute_id": str(cast.ids["clara"]), "once": "abc"}
    carl = browse("carl")
    first, second = carl.post("/profile", form), carl.post("/profile", form)
    assert first.status_code == second.status_code == 303
    name = "auth.absence_set"
    count = sa.text("select count(*) from event where name = :name")
    assert db.session.scalar(count, {"name": name}) == 1
    other = carl.post("/profile", form | {"substitute_id": str(cast.ids["otto"])})
    assert other.status_code == 422


# ---- the database away or busy


def test_without_a_database_people_get_words_and_probes_the_truth(app, db, cast, browse):
    cookie = browse("carl").client.get_cookie("parley").value
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    with another_app(app, database_url=nowhere) as real:
        client = real.test_client()
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        client.set_cookie("parley", cookie)
        answer = client.get("/")
        assert answer.status_code == 503
        assert "Nothing was lost" in answer.text


def test_a_change_behind_a_stuck_writer_is_503_and_works_afterwards(
    browse, cast, database, monkeypatch
):
    if not hasattr(database, "path"):
        pytest.skip("PostgreSQL has no single writer")
    carl = browse("carl")
    monkeypatch.setattr(transactions, "WRITER_PATIENCE", 0.1)
    with transactions.WRITER:
        assert carl.post("/preferences", {"language": "fr"}).status_code == 503
        assert carl.get("/profile").status_code == 200, "reading goes on"
    assert carl.post("/preferences", {"language": "fr"}).status_code == 303


def test_a_number_that_no_row_has_leads_nowhere(browse):
    adam = browse("adam")
    for number in (999_999_999, 2**31, 10**30):
        assert adam.get(f"/accounts/imports/{number}").status_code == 404
