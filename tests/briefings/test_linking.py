"""Links that open an issue once: for its reader, after signing in, within their time."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import OnceLink
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification, State
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.reports import pdf
from portal.reports.printed import Printed
from tests.briefings.test_actions import issue
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller


@pytest.fixture
def made(cast, db, now, run_jobs, monkeypatch):
    """An issue for Lena, made by herself."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: Printed.of(b"%PDF", pages=2))
    reference = issue(cast, now, by="lena", reader="lena").reference
    run_jobs()
    return reference


def link(cast, now, reference, *, by="lena", days=3):
    row = queries.by_reference(reference)
    return actions.make_link(row, days=days, by=getattr(cast, by), now=now)


def test_a_link_opens_once_for_its_reader_alone(cast, db, now, browse, made):
    cast.read_english("lena")
    found = link(cast, now, made)
    word, row = found.word, found.row.id
    db.session.commit()
    at = f"/briefings/once/{word}"
    assert db.session.get(OnceLink, row).digest == hashlib.sha256(word.encode()).hexdigest()
    assert "/login" in browse().get(at).location
    for name, path in (("ava", at), ("lena", at[:-1] + ("a" if at[-1] != "a" else "b"))):
        assert browse(name).get(path).status_code == 404
    opened = browse("lena").get(at)
    assert (opened.status_code, opened.location) == (303, f"/briefings/{made}")
    again = browse("lena").text(at)
    assert "It opened once" in again
    assert 'href="/briefings/"' in again
    page = browse("lena").text(f"/briefings/{made}")
    assert "came by a link that opens once" in page
    assert "came by a link that opens once" in browse("lena").text(f"/briefings/{made}/fetches.csv")
    with pytest.raises(Refused, match="opens nothing any more"):
        actions.revoke_link(
            queries.by_reference(made), db.session.get(OnceLink, row), by=cast.lena, now=now
        )


def test_of_two_who_try_at_once_one_opens_it(cast, db, now, made):
    row = link(cast, now, made).row
    assert [actions.use_link(row, by=cast.lena, now=now) for _n in range(2)] == [True, False]


@ON_SQLITE_ALONE
def test_a_link_that_is_over_taken_back_or_leads_to_nothing_says_so(cast, db, now, browse, made):
    cast.read_english("lena")
    over, back, dead = (link(cast, now, made) for _n in range(3))
    words = [one.word for one in (over, back, dead)]
    number = back.row.id
    db.session.commit()
    lena = browse("lena")
    assert lena.post(f"/briefings/{made}/links/{number}/revoke").status_code == 303
    assert lena.post(f"/briefings/{made}/links/{number + 9}/revoke").status_code == 404
    assert "It was taken back" in lena.text(f"/briefings/once/{words[1]}")
    with clock.moved(now + timedelta(days=3)):
        assert "Its time was over" in browse("lena").text(f"/briefings/once/{words[0]}")
    shown = lena.post(f"/briefings/{made}/links", {"days": "1"}).get_data(as_text=True)
    assert "/briefings/once/" in shown
    assert "/briefings/once/" not in lena.text(f"/briefings/{made}"), "shown once"
    assert lena.post(f"/briefings/{made}/links", {"days": "400"}).status_code == 422
    actions.revoke(queries.by_reference(made), reason="Wrong", by=cast.lena, now=now)
    db.session.commit()
    assert "not open any more" in lena.text(f"/briefings/once/{words[2]}")
    assert db.session.get(OnceLink, dead.row.id).used_at is None
    with pytest.raises(Refused, match="needs no link"):
        link(cast, now, made)


def test_who_gets_a_paper_from_a_colleague_is_told_with_a_link_that_is_stored_nowhere(
    cast, db, now, browse, run_jobs, made
):
    cast.read_english("ava")
    reference = issue(cast, now).reference
    run_jobs()
    told = db.session.scalars(
        sa.select(Notification).where(Notification.key == f"briefing:{reference}")
    ).one()
    sent = remote.word(told, is_sent=True).text
    address = next(line for line in sent.splitlines() if "/briefings/once/" in line)
    word = address.rpartition("/")[2]
    assert "Erik Lund had it made for you" in sent
    assert word not in str(told.context)
    assert word not in remote.word(told).text, "whoever else reads the mail does not go in"
    assert "its mail" in browse("ava").text(f"/briefings/{reference}").lower()
    assert browse("ava").get(f"/briefings/once/{word}").status_code == 303
    own = sa.select(Notification).where(Notification.key == f"briefing:{made}")
    assert db.session.scalar(own) is None, "who makes their own needs no mail"


@ON_SQLITE_ALONE
def test_the_mail_of_what_is_revoked_before_it_leaves_is_taken_back_also_of_a_portfolio(
    cast, db, now
):
    for about in ("ALL", cast.acme.reference):
        row = actions.make(
            cast.erik,
            about,
            reader=cast.lena,
            edition=Edition(locale="en"),
            by=cast.erik,
            now=now,
        )
        actions.keep_pdf(row, b"%PDF", pages=1, by=cast.erik, now=now)
        actions.revoke(row, reason="Wrong", by=cast.erik, now=now)
        key = f"briefing:{row.reference}"
        told = sa.select(Notification.state).where(Notification.key == key)
        assert db.session.scalar(told) is State.WITHDRAWN, about


@ON_SQLITE_ALONE
def test_programs_make_a_link_see_it_used_and_take_one_back(cast, db, now, browse, made):
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    at = f"/api/v1/briefings/{made}/links"
    send = caller(browse, cast, db, now, at=at, scopes=scopes)("lena")
    first, second = (send("POST", "", {"days": 1}).get_json() for _n in range(2))
    word = first["address"].rpartition("/")[2]
    assert browse("lena").get(f"/briefings/once/{word}").status_code == 303
    assert send("POST", f"/{first['id']}/revoke", {}).status_code == 409
    assert send("POST", f"/{second['id']}/revoke", {}).get_json()["revoked_at"]
    listed = send("GET", "").get_json()["items"]
    assert [bool(one["used_at"]) for one in listed] == [False, True]
    assert "once" not in str(listed)
    assert send("POST", "", {"days": 2}).status_code == 422
    theirs = caller(browse, cast, db, now, at=at, scopes=scopes)("erik")
    assert theirs("POST", "", {"days": 1}).status_code == 404
