"""How people choose to hear: by kind, once a day, not at night, not about this case; and paging."""

import json
import threading
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import Team
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import Severity
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.notifications import actions, jobs, queries, rules
from portal.blueprints.notifications.models import Channel, Kind, Notification, State, Way
from portal.core import clock, outbound
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.notifications.test_actions import tell
from tests.notifications.test_jobs import deliver, free_port, post

__all__ = ["free_port", "post"]
EMAILS = Path(rules.__file__).parents[3] / "templates"
PARIS, E1 = "Europe/Paris", {"severity": "E1"}
NIGHT = {"quiet_from": 22 * 60, "quiet_until": 7 * 60}


def at(day, hour, minute=0):
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def choose(cast, now, name="carl", **more):
    ways = {kind.value: "mail" for kind in rules.CHOSEN} | more.pop("ways", {})
    given = {"digest_at": 480, "quiet_from": None, "quiet_until": None, "number": ""} | more
    actions.choose(ways=ways, **given, by=getattr(cast, name), now=now)


# ---- rules


def test_every_form_of_words_is_of_a_kind():
    named = {f"{p.parents[1].name}/{p.name.split('.')[0]}" for p in EMAILS.glob("*/email/*.txt")}
    assert {kind for name in rules.choosing._KINDS for kind in [rules.kind_of(name)]} <= set(Kind)
    assert set(rules.choosing._KINDS) <= named, "a form of words that is not there"


@pytest.mark.parametrize(
    ("template", "context", "way", "muted", "channel"),
    [
        ("escalations/closed", {}, "mail", False, Channel.MAIL),
        ("escalations/closed", {}, "digest", False, Channel.DIGEST),
        ("escalations/closed", {}, "portal", False, Channel.PORTAL),
        ("escalations/closed", {}, "mail", True, Channel.PORTAL),
        ("escalations/declared", {"severity": "E3"}, "portal", False, Channel.PORTAL),
        ("escalations/declared", E1, "portal", True, Channel.MAIL),
        ("escalations/clock", {}, "portal", True, Channel.MAIL),
        ("escalations/handed_over", {}, "portal", True, Channel.MAIL),
        ("escalations/notice_served", {}, "portal", True, Channel.MAIL),
        ("auth/changed", {}, "portal", False, Channel.MAIL),
        ("notifications/duty", {}, "portal", False, Channel.MAIL),
    ],
)
def test_how_a_notice_comes(template, context, way, muted, channel):
    choice = rules.Choice(
        ways={kind.value: way for kind in Kind},
        muted=frozenset({"ESC-2026-0001"} if muted else ()),
    )
    found = rules.channel_of(template, context=context, record="ESC-2026-0001", choice=choice)
    assert found is channel


@pytest.mark.parametrize(
    ("begin", "end", "moment", "leaves"),
    [
        (22, 7, at(17, 19, 59), at(17, 19, 59)),  # 21:59 in Paris
        (22, 7, at(17, 20), at(18, 5)),
        (22, 7, at(17, 23), at(18, 5)),  # 01:00, already the next day
        (22, 7, at(18, 5), at(18, 5)),
        (12, 14, at(17, 10, 30), at(17, 12)),
        (12, 14, at(17, 12), at(17, 12)),
    ],
)
def test_quiet_hours_on_the_wall(begin, end, moment, leaves):
    choice = rules.Choice(quiet_from=begin * 60, quiet_until=end * 60)
    assert rules.after_quiet(moment, zone=PARIS, choice=choice) == leaves


def test_quiet_hours_end_in_the_hour_that_is_left_out():
    choice = rules.Choice(quiet_from=23 * 60, quiet_until=150)  # until 02:30, which is not there
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    found = rules.after_quiet(night, zone=PARIS, choice=choice)
    assert (
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
        <= found
        <= datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("template", "context", "why", "waits"),
    [
        ("escalations/closed", E1, "owner", True),
        ("escalations/clock", {"severity": "E3"}, "owner", True),
        ("escalations/clock", E1, "owner", False),
        ("escalations/clock", {"severity": "E2", "urgent": True}, "owner", False),
        ("escalations/declared", E1, "executive", True),
        ("escalations/declared", E1, "duty", False),
        ("auth/reset", {}, "security", False),
    ],
)
def test_what_quiet_hours_hold_back(template, context, why, waits):
    assert rules.waits_for_quiet_to_end(template, context=context, why=why) is waits


def test_the_last_digest_before_a_moment():
    choice = rules.Choice(digest_at=7 * 60 + 30)
    assert rules.digest_before(at(17, 8), zone=PARIS, choice=choice) == at(17, 5, 30)
    assert rules.digest_before(at(17, 5), zone=PARIS, choice=choice) == at(16, 5, 30)


@pytest.mark.parametrize(
    ("number", "good"),
    [("+33612345678", True), ("0612345678", False), ("+33 6", False), ("+" + "1" * 16, False)],
)
def test_numbers_that_can_be_called(number, good):
    assert rules.is_number(number) is good


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address, public):
    assert outbound.is_public(address) is public


# ---- choosing


def test_a_choice_is_kept_and_logged(cast, db, now):
    choose(cast, now, ways={"news": "digest"}, number="+33 6 12 34 56 78", **NIGHT)
    found = queries.choice_of(cast.carl.id)
    assert (found.ways["news"], found.number) == ("digest", "+33612345678")
    db.session.commit()
    logged = db.session.scalar(
        sa.select(Event).order_by(Event.seq).where(Event.name == "notifications.chosen")
    )
    assert logged.data["quiet_from"] == 22 * 60
    assert "number" in logged.digests
    assert "12345678" not in json.dumps(logged.data)


@pytest.mark.parametrize(
    "more",
    [
        {"ways": {"clocks": "portal"}},
        {"ways": {"news": "pigeon"}},
        {"quiet_from": 60},
        {"quiet_from": 60, "quiet_until": 60},
        {"number": "112"},
    ],
)
def test_choices_that_cannot_be(cast, db, now, more):
    with pytest.raises(Refused):
        choose(cast, now, **more)


def test_the_portal_alone_sends_nothing(cast, db, now, post, run_jobs):
    choose(cast, now, ways={"news": "portal"})
    row = tell(cast, now)
    run_jobs()
    assert (row.channel, row.state, post.got) == (Channel.PORTAL, State.SENT, [])
    assert queries.count_unread(cast.carl, now=now) == 1


def test_mail_waits_until_it_is_no_longer_quiet(cast, db, now):
    choose(cast, now, quiet_from=9 * 60, quiet_until=11 * 60)
    assert tell(cast, now).send_at == now + timedelta(hours=1)


def test_a_digest_holds_each_notice_once(cast, db, now, post, run_jobs):
    choose(cast, now, ways={"news": "digest"}, digest_at=17 * 60)
    for i in range(3):
        tell(cast, now, key=f"n:{i}")
    tell(cast, now, template="auth/changed", context={"at": now}, key="now", record=None)
    run_jobs()
    assert len(post.got) == 1, "what always comes has come"
    for hours, mails in ((6, 1), (7, 2), (8, 2)):  # 16:00, 17:00, 18:00 in Paris
        with clock.moved(now + timedelta(hours=hours)):
            jobs.digests(clock.now().isoformat())
            run_jobs()
        assert len(post.got) == mails
    text = post.got[1].get_body(("plain",)).get_content()
    assert text.count(cast.acme.reference) >= 3
    assert post.got[1]["Subject"].startswith("3 things")
    assert len(queries.page(cast.carl, now=now + timedelta(hours=9)).rows) == 4


def test_a_digest_leaves_out_what_may_no_longer_be_seen(cast, db, now, post, run_jobs):
    choose(cast, now, name="otto", ways={"news": "digest"}, digest_at=17 * 60)
    tell(cast, now, "otto")  # of an account that Otto does not see
    with clock.moved(now + timedelta(hours=7)):
        jobs.digests(clock.now().isoformat())
        run_jobs()
    assert post.got == []


def test_a_muted_record_sends_no_mail_but_what_always_comes(cast, db, now):
    escalations.declare(cast.acme, Wish(words="Stop.", demand="An answer"), by=cast.carl, now=now)
    db.session.commit()
    ref = db.session.scalar(
        sa.select(Event.record_ref).order_by(Event.seq).where(Event.name == "escalations.declared")
    )
    actions.mute(ref, by=cast.carl, now=now)
    actions.mute(ref, by=cast.carl, now=now)
    about = {"record": ref, "account_id": cast.acme_id}
    assert (
        tell(cast, now, template="escalations/closed", key="a", **about).channel is Channel.PORTAL
    )
    assert tell(cast, now, template="escalations/clock", key="b", **about).channel is Channel.MAIL
    actions.unmute(ref, by=cast.carl, now=now)
    assert tell(cast, now, template="escalations/closed", key="c", **about).channel is Channel.MAIL
    with pytest.raises(NotFound):
        actions.unmute(ref, by=cast.carl, now=now)
    with pytest.raises(NotFound):
        actions.mute(ref, by=cast.otto, now=now)
    with pytest.raises(NotFound):
        actions.mute("ESC-2026-9999", by=cast.carl, now=now)


def test_pages_show_the_choice_and_why(browse, cast, db, now, run_jobs):
    case = escalations.declare(
        cast.acme, Wish(words="Stop.", demand="An answer"), by=cast.erik, now=now
    )
    run_jobs()
    carl = browse("carl")
    page = f"/notifications/about/{case.reference}"
    text = carl.text(page)
    assert "You: " in text
    assert carl.post(f"{page}/mute").status_code == 303
    assert "You muted it" in carl.text(page)
    assert case.reference in carl.text("/notifications/preferences")
    assert browse("otto").get(page).status_code == 404
    form = dict.fromkeys((kind.value for kind in rules.CHOSEN), "digest")
    form |= {"digest_at": "07:30", "quiet_from": "22:00", "quiet_until": "", "number": "x"}
    refused = carl.post("/notifications/preferences", form)
    assert refused.status_code == 422
    assert "Quiet hours need" in refused.get_data(as_text=True)
    form |= {"quiet_until": "07:00", "number": ""}
    assert carl.post("/notifications/preferences", form).status_code == 303
    assert 'value="07:30' in carl.text("/notifications/preferences")


def test_mail_says_why_and_by_which_rule(cast, db, now, post):
    row = tell(cast, now)
    deliver(row, now)
    text = post.got[0].get_body(("plain",)).get_content()
    assert "because you own it" in text
    assert "as you chose" in text
    assert "/notifications/preferences" in text


# ---- paging


class Gateway(BaseHTTPRequestHandler):
    """Keeps what it is called with, and answers as told."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.server.got.append((self.path, self.rfile.read(length), dict(self.headers)))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *_given):
        """Say nothing."""


@pytest.fixture
def gateway(app, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    server.got, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.base = f"http://127.0.0.1:{server.server_port}"
    place = f"{server.base}/sms?to={{number}}&say={{text}}"
    monkeypatch.setitem(app.extensions, "portal_pager", (place, "s3cret"))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def night_watch(cast, db, night):
    team = Team(name="Escalations", lead_id=cast.ids["lena"])
    db.session.add(team)
    db.session.flush()
    begin, end = time(18), time(8)
    span = {"first": night.date(), "last": night.date(), "weekdays": range(7)}
    actions.plan_duty(
        team,
        cast.ids["erik"],
        **span,
        begin=begin,
        end=end,
        by=cast.lena,
        now=night - timedelta(days=1),
    )
    return team


def test_at_night_an_e1_pages_who_is_on_duty_and_nobody_else(
    cast, db, now, gateway, post, run_jobs
):
    night = now + timedelta(hours=14)
    team = night_watch(cast, db, night)
    for name in ("erik", "carl", "ava"):
        choose(cast, now, name=name, number="+33612345678", **NIGHT)
    with clock.moved(night):
        wish = Wish(words="We cancel.", demand="An answer", severity=Severity.E1)
        case = escalations.declare(cast.acme, wish, by=cast.clara, now=night)
        case.team_id = team.id
        run_jobs()
    assert len(gateway.got) == 1
    path, _body, headers = gateway.got[0]
    assert path.startswith("/sms?to=%2B33612345678&say=Parley")
    assert case.reference in path
    assert "Acme" not in path
    assert headers["Authorization"] == "Bearer s3cret"
    rows = db.session.scalars(sa.select(Notification).filter_by(channel=Channel.PAGE)).all()
    assert [(row.person_id, row.state) for row in rows] == [(cast.ids["erik"], State.SENT)]
    by_mail = sa.select(Notification).filter_by(template="escalations/declared")
    left = {row.person_id: row.state for row in db.session.scalars(by_mail)}
    assert left[cast.ids["erik"]] is State.SENT, "who is on duty is not asleep"
    assert left[cast.ids["carl"]] is State.WAITING, "who sleeps hears in the morning"


def test_a_gateway_that_fails_is_tried_again_and_given_up(cast, db, now, gateway, run_jobs):
    choose(cast, now, number="+33612345678")
    gateway.answers = [500] * 20
    row = actions.try_pager(by=cast.carl, now=now)
    moment = now
    for _try in range(rules.PAGES_GIVE_UP_AFTER):
        deliver(row, moment)
        moment = row.send_at
    assert (row.state, row.error, row.tries) == (State.FAILED, "HTTP 500", 8)
    assert moment - now < timedelta(hours=2)
    assert queries.page(cast.carl, now=moment).rows == [], "it stands beside a mail"


def test_an_on_call_service_is_sent_a_document(app, cast, db, now, gateway, monkeypatch):
    monkeypatch.setitem(app.extensions, "portal_pager", (f"{gateway.base}/hook", ""))
    choose(cast, now, number="+33612345678")
    deliver(actions.try_pager(by=cast.carl, now=now), now)
    _path, body, headers = gateway.got[0]
    told = json.loads(body)
    assert told["to"] == "+33612345678"
    assert told["key"] == headers["Idempotency-Key"]


def test_without_number_or_channel_nobody_is_paged(app, cast, db, now, gateway, monkeypatch):
    with pytest.raises(Refused, match="number"):
        actions.try_pager(by=cast.carl, now=now)
    monkeypatch.setitem(app.extensions, "portal_pager", ("", ""))
    choose(cast, now, number="+33612345678")
    with pytest.raises(Refused, match="channel"):
        actions.try_pager(by=cast.carl, now=now)


# ---- programs


def test_programs_choose_and_mute(browse, cast, db, now):
    from tests.escalations.calls import P, caller

    place = "/api/v1/notifications/"
    carl = caller(browse, cast, db, now, at=place, scopes=(P.HOME, P.NOTICES_CHOOSE))("carl")
    ways = dict.fromkeys((kind.value for kind in rules.CHOSEN), Way.DIGEST.value)
    chosen = carl("PUT", "preferences", {"ways": ways, "digest_at": "07:30"})
    assert chosen.status_code == 200
    assert chosen.get_json()["ways"]["news"] == "digest"
    assert carl("GET", "preferences").get_json()["digest_at"] == "07:30"
    tell(cast, now)
    db.session.commit()
    told = carl("GET", "").get_json()["items"]
    assert [(one["kind"], one["channel"]) for one in told] == [("news", "digest")]
    assert carl("PUT", "muted/ESC-2026-9999", {}).status_code == 404
    wrong = carl("PUT", "preferences", {"ways": ways | {"clocks": "portal"}, "digest_at": "07:30"})
    assert wrong.status_code == 422
