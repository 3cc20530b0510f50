"""Sign-in, sign-out and new passwords, as somebody who means no good would try them."""

import re
import statistics
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from itsdangerous import TimestampSigner

from portal.blueprints.auth import actions
from portal.blueprints.auth.models import SignInTry
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification
from portal.core import clock, sessions
from portal.core.access import Role
from portal.core.events import Event
from portal.core.sessions import SessionRow
from tests.cast import PASSWORD
from tests.conftest import ON_SQLITE_ALONE

NEW = "an entirely new sentence"


def sign_in(browser, email="carl@halden.example", password=PASSWORD, **more):
    return browser.post("/login", {"email": email, "password": password, **more})


def cookie(browser):
    return browser.client.get_cookie("parley")


def test_sign_in_by_password(browse):
    carl = browse()
    answer = sign_in(carl)
    assert answer.status_code == 302
    assert answer.location == "/"
    assert carl.get("/").status_code == 200


@pytest.mark.parametrize(
    "who", [("nobody@halden.example", PASSWORD), ("carl@halden.example", "wrong wrong wrong")]
)
def test_known_and_unknown_get_the_same_words(browse, who):
    answer = sign_in(browse(), *who)
    known = sign_in(browse(), "erik@halden.example", "wrong wrong wrong")
    assert answer.status_code == known.status_code
    assert "do not belong together" in answer.text, "our words, not the library's"
    assert said(answer).replace(who[0], "") == said(known).replace("erik@halden.example", "")


def said(answer):
    """What a page says, without what is random in every page."""
    return re.sub(
        r"""(nonce|value|hx-headers)=("[^"]*"|'[^']*')|<code>\w+</code>""", "", answer.text
    )


def took(browser, path, data):
    # Time of the processor: what else the machine does is not the answer's fault.
    begun = time.process_time()
    browser.post(path, data)
    return time.process_time() - begun


@ON_SQLITE_ALONE
@pytest.mark.parametrize("path", ["/login", "/reset"])
def test_known_and_unknown_take_the_same_time(browse, db, path):
    """Over a second: argon2 is meant to be slow."""
    known, unknown, browser = [], [], browse()
    for i in range(5):
        names = ("carl", f"nobody{i}")
        for name, times in zip(names, (known, unknown), strict=True):
            data = {"email": f"{name}@halden.example", "password": "wrong wrong wrong"}
            times.append(took(browser, path, data))
    low, high = sorted((statistics.median(known), statistics.median(unknown)))
    assert high < low * 1.5 + 0.01, (known, unknown)


def test_too_many_tries_wait_a_quarter_of_an_hour(browse, db, now):
    browser = browse()
    for _ in range(actions.TRIES_PER_NAME):
        sign_in(browser, password="wrong wrong wrong")
    assert "Too many tries" in sign_in(browser).text
    assert db.session.scalar(sa.select(sa.func.max(SignInTry.tries))) == actions.TRIES_PER_NAME + 1
    browser.moment = lambda: now + timedelta(minutes=16)
    assert sign_in(browser).status_code == 302


def test_the_session_is_new_after_sign_in(browse):
    browser = browse()
    browser.get("/login")
    before = cookie(browser).value
    sign_in(browser)
    assert cookie(browser).value != before


def test_a_copied_cookie_is_worth_nothing_after_sign_out(browse):
    carl, thief = browse("carl"), browse()
    thief.client.set_cookie("parley", cookie(carl).value)
    assert thief.get("/").status_code == 200
    carl.post("/logout")
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    ("minutes", "goes_on"), [(29, True), (31, False)], ids=["in time", "idle too long"]
)
def test_an_idle_session_ends(browse, now, minutes, goes_on):
    carl = browse("carl")
    carl.moment = lambda: now + timedelta(minutes=minutes)
    assert (carl.get("/").status_code == 200) is goes_on


def test_a_session_ends_after_its_longest_life_however_busy(browse, now):
    carl = browse("carl")
    for minutes in range(0, 12 * 60, 20):
        carl.moment = lambda minutes=minutes: now + timedelta(minutes=minutes)
        assert carl.get("/").status_code == 200
    carl.moment = lambda: now + timedelta(hours=12, minutes=5)
    assert carl.get("/").status_code == 302


def test_a_new_password_ends_other_sessions_and_is_told(browse, cast, db, run_jobs):
    carl, elsewhere = browse("carl"), browse("carl")
    form = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    assert carl.post("/change", form).status_code == 302
    assert carl.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    row = db.session.scalars(sa.select(Notification)).one()
    assert (row.template, row.person_id) == ("auth/changed", cast.ids["carl"])
    names = db.session.scalars(sa.select(Event.name).order_by(Event.seq)).all()
    assert "auth.password_changed" in names


def reset_link(db, row):
    return re.search(r"http://127\.0\.0\.1:8000(/reset/\S+)", remote.word(row).text).group(1)


def test_a_new_password_by_mail(browse, cast, db, run_jobs):
    clara, signed_in = browse(), browse("clara")
    asked = clara.post("/reset", {"email": "clara@halden.example"})
    assert asked.status_code in {200, 302}
    run_jobs()
    row = db.session.scalars(sa.select(Notification).filter_by(template="auth/reset")).one()
    assert row.language == "fr"
    assert "token" not in str(row.context)
    link = reset_link(db, row)
    assert clara.get(link).status_code == 200
    clara.get("/login?lang=fr")
    two = clara.post(link, {"password": NEW, "password_confirm": NEW + "2"})
    assert "Ce n’est pas le même mot de passe" in two.text, "our words, not the library's"
    assert clara.post(link, {"password": NEW, "password_confirm": NEW}).status_code == 302
    assert signed_in.get("/").status_code == 302, "old sessions have ended"
    assert sign_in(browse(), "clara@halden.example", NEW).status_code == 302
    again = clara.post(link, {"password": NEW + "2", "password_confirm": NEW + "2"})
    assert again.location.endswith("/reset"), "a link works once"
    assert sign_in(browse(), "clara@halden.example", NEW + "2").status_code != 302


def test_a_reset_link_ends_after_an_hour(browse, cast, db, run_jobs, monkeypatch):
    browse().post("/reset", {"email": "carl@halden.example"})
    run_jobs()
    link = reset_link(db, db.session.scalars(sa.select(Notification)).one())
    real = TimestampSigner.get_timestamp  # the library reads the wall clock
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: real(self) + 3660)
    assert browse().get(link).location.endswith("/reset")


def test_a_wish_for_an_unknown_address_does_nothing_and_says_the_same(browse, db, run_jobs):
    known = browse().post("/reset", {"email": "carl@halden.example"})
    unknown = browse().post("/reset", {"email": "nobody@halden.example"})
    assert known.status_code == unknown.status_code
    run_jobs()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1


def test_repeated_wishes_send_one_mail(browse, db, run_jobs):
    for _ in range(3):
        browse().post("/reset", {"email": "carl@halden.example"})
        run_jobs()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1


def test_the_link_never_follows_the_host_header(browse, db, run_jobs):
    browse().post("/reset", {"email": "carl@halden.example"}, headers={"Host": "evil.example"})
    run_jobs()
    row = db.session.scalars(sa.select(Notification)).one()
    letter = remote.word(row)
    assert "evil.example" not in letter.text + letter.html


def test_a_change_of_roles_ends_sessions(browse, cast, db, now):
    carl = browse("carl")
    assert carl.get("/").status_code == 200
    actions.ask_role(cast.user("carl"), role=Role.SUPPORT, gives=True, by=cast.adam, now=now)
    db.session.commit()
    assert carl.get("/").status_code == 302


def test_somebody_switched_off_is_out_and_stays_out(browse, cast, db, now):
    carl = browse("carl")
    actions.set_active(cast.user("carl"), active=False, by=cast.adam, now=now)
    db.session.commit()
    assert carl.get("/").status_code == 302
    assert sign_in(browse()).status_code != 302


def test_nobody_is_remembered(browse):
    browser = browse()
    answer = sign_in(browser, remember="y")
    assert answer.status_code == 302
    assert browser.client.get_cookie("remember_token") is None


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "///e.x"],
)
def test_next_stays_on_the_site(browse, target):
    browser = browse()
    answer = browser.post(
        "/login", {"email": "carl@halden.example", "password": PASSWORD, "next": target}
    )
    parts = urlsplit(answer.headers.get("Location", "/"))
    assert parts.netloc in {"", "localhost", "127.0.0.1:8000"}
    assert parts.scheme in {"", "http"}


def test_sign_in_by_json_hands_out_nothing_that_outlives_the_session(browse):
    browser = browse()
    answer = browser._open(
        "POST",
        "/login?include_auth_token",
        json={"email": "carl@halden.example", "password": PASSWORD},
        headers={"Accept": "application/json"},
    )
    token = (answer.get_json(silent=True) or {}).get("response", {}).get("user", {})
    token = token.get("authentication_token", "none")
    for headers in ({"Authentication-Token": token}, {"Authorization": f"Bearer {token}"}):
        assert browse().get("/", headers=headers).status_code == 302
        assert browse().get("/api/v1/accounts/", headers=headers).status_code in {401, 404}


def test_sessions_are_purged(browse, db, now):
    browse().get("/login")
    browse("carl").get("/")
    assert sessions.purge(now=now + timedelta(hours=2), life=timedelta(hours=12)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SessionRow)) == 1
    assert sessions.purge(now=now + timedelta(hours=13), life=timedelta(hours=12)) == 1


def test_tries_are_purged(db, now):
    with clock.moved(now):
        actions.may_try(name="x", address="192.0.2.1", now=now)
        actions.purge_tries(now=now + timedelta(hours=1))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInTry)) == 0
