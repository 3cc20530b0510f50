"""Copies on devices: whose may be kept, for how long, and what ends them."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth.models import User
from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import KeptCopy, Reading, State
from portal.config import Misconfigured, read
from portal.core import clock
from portal.core.access import K, Permission, Restriction
from portal.core.errors import Refused
from portal.core.events import Event
from portal.reports import pdf
from portal.reports.printed import Printed
from tests.briefings.test_actions import issue
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

HOURS = 72


@pytest.fixture
def made(cast, db, now, run_jobs, monkeypatch):
    """A confidential issue for Lena, made by Erik."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: Printed.of(b"%PDF-of-Lena", pages=2))
    cast.read_english("lena")
    row = issue(cast, now, reader="lena", locale="en")
    row.klass, row.classification = int(K.CONFIDENTIAL), "confidential"
    run_jobs()
    return row.reference


def kept(lena, reference):
    """Keep an issue in a browser as its script does; gives what the portal said."""
    answer = lena.post(f"/briefings/{reference}/copies")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    said = answer.get_json()
    assert lena.get(said["pdf"]).data == b"%PDF-of-Lena"
    return said


def asked(browser):
    return browser.get("/briefings/copies").get_json()


def events(db, reference):
    query = sa.select(Event.name).where(Event.record_ref == reference).order_by(Event.seq)
    return list(db.session.scalars(query))


def test_a_kept_copy_is_logged_counts_as_read_once_it_is_opened_and_says_who_has_it(
    cast, db, now, browse, made
):
    lena = browse("lena")
    said = kept(lena, made)
    assert (said["seconds"], said["who"]) == (HOURS * 3600, cast.lena.id)
    assert said["label"]["about"] == "Acme Forges"
    assert said["digest"] == queries.by_reference(made).pdf_digest
    cookie = lena.client.get_cookie("shelf")
    assert (cookie.http_only, cookie.same_site) == (True, "Strict")
    stored = db.session.scalars(sa.select(KeptCopy)).one()
    assert stored.device == actions.device_of(cookie.value), "the word itself is kept nowhere"
    reading = db.session.scalars(sa.select(Reading).filter_by(person_id=cast.lena.id)).one()
    assert (reading.downloads, reading.read_at) == (1, None), "fetched, not read"
    standing = [{"copy": said["copy"], "superseded": False}]
    assert asked(lena) == {"who": cast.lena.id, "standing": standing}
    assert lena.get(f"/briefings/{made}.pdf?copy={10**11}").status_code == 404
    at = int((now + timedelta(days=9)).timestamp())
    assert lena.post(f"/briefings/copies/{said['copy']}/opened", {"at": at}).status_code == 204
    db.session.refresh(reading)
    assert reading.read_at == now, "not later than it is told"
    page = browse("lena").text(f"/briefings/{made}")
    for words in ("kept on a device", "opened on a device", "kept until", "Take the copy"):
        assert words in page, words
    assert [one for one in events(db, made) if one not in {"briefings.opened"}][-3:] == [
        "briefings.kept",
        "briefings.downloaded",
        "briefings.opened_on_device",
    ]
    assert kept(lena, made)["copy"] == said["copy"], "kept again, its time begins anew"
    for at in (-(10**18), 10**18, "soon"):
        said = kept(browse("lena"), made)
        answer = lena.post(f"/briefings/copies/{said['copy']}/opened", {"at": at})
        assert answer.status_code == 204, at
    issue(cast, now, reader="lena").state = State.ISSUED
    db.session.commit()
    assert asked(lena)["standing"][0]["superseded"], "a later issue was made for her"


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    "change",
    [
        {"klass": int(K.RESTRICTED)},
        {"state": State.REVOKED},
        {"state": State.RENDERING},
        {"expires": True},
        {"restricted": True},
        {"by": "erik"},
        {"hours": 0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_for_keeping_is_neither_offered_nor_given(
    cast, db, now, browse, made, monkeypatch, app, change
):
    row = queries.by_reference(made)
    row.author_id = cast.erik.id
    for name in {"klass", "state"} & set(change):
        setattr(row, name, change[name])
    row.expires_at = now if "expires" in change else None
    if "restricted" in change:
        db.session.add(
            Restriction(record_ref=row.subject_ref, account_id=row.account_id, since=now)
        )
    if "hours" in change:
        settings = replace(app.config["PORTAL"], offline_hours=0)
        monkeypatch.setitem(app.config, "PORTAL", settings)
    db.session.commit()
    somebody = browse(change.get("by", "lena"))
    answer = somebody.post(f"/briefings/{made}/copies")
    assert answer.status_code in {404, 409}
    assert db.session.scalar(sa.select(KeptCopy.id)) is None
    assert "data-keep" not in somebody.get(f"/briefings/{made}").get_data(as_text=True)
    assert f"/briefings/{made}/copies" not in somebody.text("/briefings/")


def test_what_ends_a_copy_is_told_to_its_device_once(cast, db, now, browse, made, run_jobs):
    lena = browse("lena")
    assert f"/briefings/{made}/copies" in lena.text("/briefings/"), "offered with what is unread"

    def ends(said):
        found = asked(lena)["standing"]
        assert said["copy"] not in [one["copy"] for one in found]
        row = db.session.get(KeptCopy, said["copy"])
        assert row.told_at is not None
        assert lena.get(said["pdf"]).status_code == 404

    said = kept(lena, made)
    browse("lena").post(f"/briefings/{made}/copies/{said['copy']}/end")
    page = browse("lena").text(f"/briefings/{made}")
    assert "ends when the device is online next" in page
    assert "it was taken back" in page
    ends(said)
    assert "removed, the device was told" in browse("lena").text(f"/briefings/{made}")
    said = kept(lena, made)
    user = db.session.get(User, cast.lena.id)
    former, user.fs_uniquifier = user.fs_uniquifier, "f" * 64
    db.session.commit()
    lapsed = browse()
    lapsed.client.set_cookie("shelf", lena.client.get_cookie("shelf").value, domain="localhost")
    assert asked(lapsed) == {"who": None, "standing": []}, "a new password ends it"
    user.fs_uniquifier = former
    db.session.commit()
    said = kept(lena, made)
    auth_actions.set_active(user, active=False, by=cast.adam, now=now)
    run_jobs()
    auth_actions.set_active(user, active=True, by=cast.adam, now=now)
    db.session.commit()
    assert db.session.get(KeptCopy, said["copy"]).ending == "access"
    lena = browse("lena")
    said = kept(lena, made)
    actions.revoke(queries.by_reference(made), reason="Wrong", by=cast.erik, now=now)
    db.session.commit()
    assert asked(lena)["standing"] == []
    assert asked(lena)["standing"] == []
    assert events(db, made).count("briefings.copy_removed") == 3, "told once each"


def test_signing_out_ends_what_this_browser_keeps_a_lapsed_session_does_not(
    cast, db, now, browse, made
):
    lena = browse("lena")
    said = kept(lena, made)
    assert lena.post(f"/briefings/{made}/copies/{said['copy'] + 9}/end").status_code == 404
    with clock.moved(now + timedelta(hours=2)):
        lapsed = browse()
        lapsed.client.set_cookie("shelf", lena.client.get_cookie("shelf").value, domain="localhost")
        assert [one["copy"] for one in asked(lapsed)["standing"]] == [said["copy"]]
    answer = lena.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert lena.client.get_cookie("shelf") is None
    row = db.session.get(KeptCopy, said["copy"])
    assert (row.ending, row.told_at) == ("signed_out", now)
    assert "Clear-Site-Data" not in browse("lena").post("/logout").headers, "nothing was kept there"


@ON_SQLITE_ALONE
def test_somebody_else_in_the_same_browser_and_the_end_of_its_time(cast, db, now, browse, made):
    lena = browse("lena")
    said = kept(lena, made)
    word = lena.client.get_cookie("shelf").value
    ava = browse("ava")
    ava.client.set_cookie("shelf", word, domain="localhost")
    assert ava.post(f"/briefings/copies/{said['copy']}/opened", {"at": 1}).status_code == 404
    assert ava.post(f"/briefings/copies/{said['copy']}/dropped").status_code == 404
    assert asked(ava) == {"who": cast.ava.id, "standing": []}
    assert db.session.get(KeptCopy, said["copy"]).told_at == now
    said = kept(lena, made)
    lena.post(f"/briefings/copies/{said['copy']}/dropped")
    assert asked(lena)["standing"] == []
    assert "its reader removed it there" in browse("lena").text(f"/briefings/{made}")
    said = kept(lena, made)
    for left, stands in ((timedelta(seconds=1), 1), (timedelta(), 0)):
        with clock.moved(now + timedelta(hours=HOURS) - left):
            lapsed = browse()
            lapsed.client.set_cookie("shelf", word, domain="localhost")
            assert len(asked(lapsed)["standing"]) == stands
    row = queries.by_reference(made)
    row.expires_at = now + timedelta(hours=5)
    db.session.commit()
    assert kept(lena, made)["seconds"] == 5 * 3600, "no longer than the issue opens"


@ON_SQLITE_ALONE
def test_a_person_keeps_so_many_and_no_more(cast, db, now, made, monkeypatch):
    monkeypatch.setattr("portal.blueprints.briefings.actions.shelving.COPIES", 1)
    row, key = queries.by_reference(made), cast.user("lena").fs_uniquifier
    given = {"user_key": key, "hours": HOURS, "by": cast.lena, "now": now}
    _copy, word = actions.keep_copy(row, word="", **given)
    assert actions.keep_copy(row, word=word, **given)[1] == word
    with pytest.raises(Refused, match="1 editions are kept already"):
        actions.keep_copy(row, word="another", **given)


@ON_SQLITE_ALONE
def test_the_page_without_a_connection_holds_nobody(app, cast, db, browse, made):
    lena = browse("lena")
    for who in (lena, browse()):
        page = who.get("/briefings/kept?lang=fr")
        text = page.get_data(as_text=True)
        assert cast.lena.name not in text
        assert "data-who" not in text
        assert "csrf" not in text.lower()
        assert "worker-src 'self'" in page.headers["Content-Security-Policy"]
    assert "worker-src" not in lena.get("/accounts/").headers["Content-Security-Policy"]
    shelf = lena.text("/briefings/")
    manifest = lena.get(re.search(r'rel="manifest" href="([^"]+)"', shelf)[1])
    assert manifest.mimetype == "application/manifest+json"
    named = json.loads(manifest.data)
    assert named["start_url"] == "/briefings/"
    parts = [one["src"] for one in named["icons"]]
    worker = browse().get("/briefings/worker.js?lang=it")
    assert worker.mimetype == "text/javascript"
    shell = json.loads(worker.get_data(as_text=True).partition("= ")[2].partition(";\n")[0])
    assert shell["page"] == "/briefings/kept?lang=it"
    static = Path(app.static_folder)
    for part in (*parts, *shell["parts"]):
        assert (static / part.removeprefix("/static/")).is_file(), part


@ON_SQLITE_ALONE
def test_programs_see_who_keeps_an_issue_and_take_a_copy_back(cast, db, now, browse, made):
    number = kept(browse("lena"), made)["copy"]
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    at = f"/api/v1/briefings/{made}/copies"
    send = caller(browse, cast, db, now, at=at, scopes=scopes)("lena")
    listed = send("GET", "").get_json()["items"][0]
    assert (listed["reader"], listed["stands"], listed["why"]) == (cast.lena.name, True, None)
    back = send("POST", f"/{number}/end", {}).get_json()
    assert (back["stands"], back["why"], back["told_at"]) == (False, "taken_back", None)
    assert send("POST", f"/{number}/end", {}).status_code == 409
    assert caller(browse, cast, db, now, at=at, scopes=scopes)("ava")("GET", "").status_code == 404


def test_an_operator_may_shorten_the_time_not_stretch_it():
    given = {"PORTAL_SECRET_KEY": "k" * 40}
    assert read(given).offline_hours == HOURS
    assert read({**given, "PORTAL_OFFLINE_HOURS": "0"}).offline_hours == 0
    with pytest.raises(Misconfigured, match="72 hours at most"):
        read({**given, "PORTAL_OFFLINE_HOURS": "73"})
