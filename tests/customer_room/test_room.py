"""What a customer sees and does through their link, and nothing else."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Contact, EntryKind, Lane, PromiseKind, TimelineEntry
from portal.blueprints.customer_room import actions, queries, rules
from portal.blueprints.customer_room.models import Pulse, RoomLink, RoomMessage
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import ClockKind
from portal.blueprints.notifications import remote as post_remote
from portal.blueprints.notifications.models import Notification, OneTimeCode
from portal.blueprints.notifications.rules import codes
from portal.blueprints.rounds import actions as rounds
from portal.core import clock, seals
from portal.core.access import Permission
from portal.core.errors import Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

BASE = "http://127.0.0.1:8000"
DAY = timedelta(days=1)


@pytest.fixture
def case(cast, db, now):
    found = declared(cast, now)
    cases.accept(found, by=cast.erik, now=now)
    cases.add_criterion(found, "Cinq jours sans panne", by=cast.erik, now=now)
    db.session.commit()
    return found


@pytest.fixture
def contact(cast, db):
    return db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.acme_id))


@pytest.fixture
def link(case, contact, cast, db, now):
    made = actions.make_link(
        case, contact, days=30, base_url=BASE, send=False, by=cast.erik, now=now
    )
    db.session.commit()
    return made


@pytest.fixture
def address(link):
    return f"/room/{queries.token_of(link)}"


def approved(case, cast, now, text):
    row = cases.write_status(case, text, contact=None, every_days=None, by=cast.carl, now=now)
    cases.approve_status(case, row, by=cast.erik, now=now)


def test_room_is_in_the_customers_language_and_shows_what_it_may(
    case, address, cast, browse, db, now
):
    approved(case, cast, now, "La pièce est commandée.")
    db.session.commit()
    answer = browse().get(address)
    text = answer.text
    assert answer.status_code == 200
    assert '<html lang="fr"' in text
    for shown in ("Erik Lund", case.reference, "La pièce est commandée.", "Cinq jours sans panne"):
        assert shown in text
    assert "Ce que nous faisons" in text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_else_of_the_case_appears(case, contact, address, cast, browse, db, now, run_jobs):
    """Everything that people can write about a case is marked; no mark is shown."""
    mark = "MARKER"
    case.title, case.customer_words, case.demand = f"{mark} t", f"{mark} w", f"{mark} d"
    case.impact, case.ask, case.tags = f"{mark} i", f"{mark} a", [mark]
    case.waiting_for, case.words_by = f"{mark} f", f"{mark} b"
    cases.note(case, f"{mark} note", by=cast.carl, now=now)
    cases.note(case, f"{mark} call", kind=EntryKind.CALL, reached=True, by=cast.erik, now=now)
    cases.note(case, f"{mark} heard", from_customer=True, by=cast.erik, now=now)
    cases.comment(case, f"{mark} executive", by=cast.ava, now=now)
    cases.add_task(case, f"{mark} task", owner_id=cast.ids["carl"], by=cast.erik, now=now)
    cases.attach(
        case, BytesIO(b"MARKER file"), name="MARKER.txt", about=mark, klass=1, by=cast.erik, now=now
    )
    cases.write_status(
        case, f"{mark} unapproved", contact=None, every_days=None, by=cast.erik, now=now
    )
    cases.write(
        case, contact, subject=f"{mark} s", text=f"{mark} m", by=cast.erik, now=now, key="k"
    )
    asked = rounds.open_round(
        case, f"{mark} question", person_id=cast.ids["kim"], times=[600], zone="UTC",
        workdays=False, within=60, by=cast.erik, now=now,
    )  # fmt: skip
    rounds.tell(asked, f"{mark} technical status", by=cast.kim, now=now)
    account_actions.promise(
        case.account_id,
        kind=PromiseKind.ACTION,
        what=f"{mark} promise",
        to_whom="x",
        due_at=now + DAY,
        case_ref=case.reference,
        by=cast.erik,
        now=now,
    )
    db.session.commit()
    run_jobs()
    text = browse().text(address)
    assert mark not in text
    assert "Acme" not in text
    assert "612" not in text
    assert not re.search(r"\bE1\b|Carl Berger|Ava Solheim", text)


def test_altered_ended_and_taken_back_links_open_nothing(
    case, link, address, cast, browse, db, now
):
    anybody = browse()
    assert anybody.get(address[:-1] + ("a" if address[-1] != "a" else "b")).status_code == 404
    assert anybody.get("/room/nothing").status_code == 404
    with clock.moved(now + 30 * DAY):
        assert browse().get(address).status_code == 404
    case.legal_mode = True
    db.session.commit()
    assert anybody.get(address).status_code == 404
    case.legal_mode = False
    actions.revoke_link(case, link, by=cast.erik, now=now)
    db.session.commit()
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/pulse"), ("POST", "/tick/1")):
        assert anybody._open(method, address + path).status_code == 404
    assert "Acme" not in anybody.get(address).text


def test_what_they_write_goes_to_the_case_and_an_answer_is_owed(
    case, address, browse, db, now, run_jobs
):
    sent = {"text": "Toujours en panne.", "files": [(BytesIO(b"all errors"), "log.txt")]}
    anybody = browse()
    assert anybody.post(address, sent, content_type="multipart/form-data").status_code == 303
    assert "Toujours en panne." in anybody.text(address)
    entry = db.session.scalars(
        sa.select(TimelineEntry).where(TimelineEntry.text == "Toujours en panne.")
    ).one()
    assert (entry.lane, entry.author_name) == (Lane.CUSTOMER, "Hélène Vasseur")
    owed = {one.kind: one for one in case_queries.clocks_of(case)}[ClockKind.REPLY_OWED]
    assert owed.met_at is None
    run_jobs()
    told = sa.select(Notification.person_id).where(Notification.template == "escalations/replied")
    assert db.session.scalar(told) == case.owner_id
    receipts = sa.select(Notification).where(Notification.key.contains(":receipt:"))
    [receipt] = db.session.scalars(receipts)
    assert (receipt.language, receipt.contact_id is not None) == ("fr", True)


def test_who_reads_the_case_cannot_go_in_as_the_customer(case, contact, cast, db, now, run_jobs):
    made = actions.make_link(
        case, contact, days=30, base_url=BASE, send=True, by=cast.erik, now=now
    )
    db.session.commit()
    with clock.moved(now + timedelta(minutes=5)):
        run_jobs()
    told = list(db.session.scalars(sa.select(TimelineEntry.text)))
    assert any(f"{BASE}/room/{made.id}-…" in text for text in told)
    token = queries.token_of(made)
    assert not any(token in text for text in told)
    sent = db.session.scalars(sa.select(Notification.context)).all()
    assert any(token in str(context) for context in sent), "the customer's own mail has it whole"


def test_too_much_is_refused_in_words(case, link, address, browse, db, now, monkeypatch):
    anybody = browse()
    assert anybody.post(address, {"text": " "}).status_code == 422
    assert anybody.post(address, {"text": "x" * 5_001}).status_code == 422
    four = {"text": "x", "files": [(BytesIO(b"a"), f"{n}.txt") for n in range(4)]}
    assert anybody.post(address, four, content_type="multipart/form-data").status_code == 422
    program = {"text": "x", "files": [(BytesIO(b"MZ\x90"), "report.exe")]}
    refused = anybody.post(address, program, content_type="multipart/form-data")
    assert (refused.status_code, "report.exe" in refused.text) == (422, True)
    monkeypatch.setattr(rules, "LARGEST_FILE", 10)
    large = {"text": "x", "files": [(BytesIO(b"a" * 11), "a.txt")]}
    assert anybody.post(address, large, content_type="multipart/form-data").status_code == 422
    assert db.session.scalars(sa.select(RoomMessage)).all() == []
    monkeypatch.setattr(rules, "MOST_A_DAY", 1)
    assert anybody.post(address, {"text": "one"}).status_code == 303
    assert anybody.post(address, {"text": "two"}).status_code == 422


def test_both_sides_tick_for_themselves(case, link, address, cast, browse, db, now):
    anybody = browse()
    (one,) = queries.criteria(case)
    for met in ("1", "1", "0", "1"):
        assert anybody.post(f"{address}/tick/{one.id}", {"met": met}).status_code == 303
    (one,) = queries.criteria(case)
    assert (one.ours, one.theirs) == (False, True)
    said = sa.select(sa.func.count()).where(TimelineEntry.text.contains("sees this as met"))
    assert db.session.scalar(said) == 3
    assert anybody.post(f"{address}/tick/999", {"met": "1"}).status_code == 404
    assert "They: done" in browse("erik").text(f"/customer_room/{case.reference}")


def test_two_no_in_a_row_tell_the_executive_owner(case, link, cast, db, now, run_jobs):
    case.executive_owner_id = cast.ids["ava"]
    who = queries.Entered(link, case, db.session.get_one(Contact, link.contact_id), "Europe/Paris")
    assert queries.asked_round(case, now=now) is None
    actions.take_pulse(who, on_track=False, now=now)  # not asked: passed over
    for weeks in (1, 2, 2, 3):
        actions.take_pulse(who, on_track=False, now=now + weeks * 7 * DAY)
    assert len(queries.pulses(case)) == 3
    db.session.commit()
    told = sa.select(Notification.person_id).where(
        Notification.template == "customer_room/off_track"
    )
    assert list(db.session.scalars(told)) == [cast.ids["ava"]] * 2


def test_pulse_is_one_tap_and_is_asked_again_only_later(case, address, browse, db, now):
    with clock.moved(now + 8 * DAY):
        anybody = browse()
        assert "Sommes-nous sur la bonne voie pour vous" in anybody.text(address)
        assert anybody.post(f"{address}/pulse", {"on_track": "1"}).status_code == 303
        assert "Sommes-nous sur la bonne voie pour vous" not in anybody.text(address)
    assert db.session.scalars(sa.select(Pulse.on_track)).all() == [True]


def test_panel_makes_links_shows_visits_and_takes_them_back(
    case, contact, cast, browse, db, now, run_jobs
):
    erik, at = browse("erik"), f"/customer_room/{case.reference}"
    given = {"contact": str(contact.id), "days": "7", "send": "y"}
    assert erik.post(at, given).status_code == 303
    link = db.session.scalars(sa.select(RoomLink)).one()
    address = f"{BASE}/room/{queries.token_of(link)}"
    assert address in erik.text(at)
    letter = db.session.scalars(
        sa.select(Notification).where(Notification.contact_id == contact.id)
    ).one()
    assert letter.language == "fr"
    assert address in letter.context["text"]
    browse().text(address.removeprefix(BASE))
    db.session.refresh(link)
    assert (link.visits, link.visited_at) == (1, now)
    assert erik.post(f"{at}/{link.id}/revoke").status_code == 303
    assert "Taken back" in erik.text(at)
    assert erik.post(at, given | {"days": "91"}).status_code == 422
    assert browse("otto").get(at).status_code == 404
    assert browse("ava").get(at).status_code == 403


def test_no_link_is_made_while_counsel_speaks_or_after_the_end(case, contact, cast, now):
    case.legal_mode = True
    with pytest.raises(Refused, match="counsel"):
        actions.make_link(case, contact, days=3, base_url=BASE, send=False, by=cast.erik, now=now)


def test_programs_make_and_take_back_links(case, contact, cast, browse, db, now):
    scopes = (Permission.CUSTOMER_ROOM_MANAGE,)
    erik = caller(browse, cast, db, now, at="/api/v1/customer_room/", scopes=scopes)("erik")
    at = f"{case.reference}/links"
    made = erik("POST", at, {"contact": contact.id, "days": 3, "send": False})
    assert made.status_code == 201, made.text
    (one,) = made.json["items"]
    assert browse().get(one["address"].removeprefix(BASE)).status_code == 200
    back = erik("POST", f"{at}/{one['id']}/revoke").json["items"][0]
    assert back["address"] is None
    assert erik("POST", f"{at}/{one['id']}/revoke").status_code == 409
    assert erik("GET", at).json["items"][0]["visits"] == 1


def met(case, cast, now):
    for row in case_queries.criteria(case):
        cases.tick_criterion(case, row, met=True, by=cast.erik, now=now)


def mailed_code(db):
    """Give the code as the mail that is sent has it; nothing that is kept holds it."""
    row = db.session.scalars(sa.select(Notification).filter_by(template=codes.TEMPLATE)).all()[-1]
    found = db.session.scalars(sa.select(OneTimeCode).order_by(OneTimeCode.id.desc())).first()
    made = codes.code(found.id, nonce=found.nonce, key=seals.key(codes.PURPOSE))
    assert made in post_remote.compose(row).text
    assert made not in f"{post_remote.word(row)} {row.context}"
    return made


WHO = {"name": "Hélène Vasseur", "capacity": "COO"}


def test_a_named_person_agrees_with_effect_by_a_code(case, link, cast, db, now, run_jobs):
    who = queries.entered(queries.token_of(link), now=now)
    assert not queries.room(who, now=now).may_agree
    met(case, cast, now)
    db.session.flush()
    assert queries.room(who, now=now).may_agree
    with pytest.raises(Refused, match="holds no more"):
        actions.agree(who, code="000000", **WHO, now=now)
    actions.ask_code(who, now=now)
    code = mailed_code(db)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert actions.agree(who, code=wrong, **WHO, now=now) is False
    with pytest.raises(Refused, match="capacity"):
        actions.agree(who, code=code, name="X", capacity=" ", now=now)
    with pytest.raises(Refused, match="holds no more"):
        actions.agree(who, code=code, **WHO, now=now + codes.HOLDS)
    assert actions.agree(who, code=f"{code[:3]} {code[3:]}", **WHO, now=now) is True
    db.session.flush()
    assert all(one.customer_agreed_at == now for one in case_queries.criteria(case))
    kept = db.session.scalars(sa.select(OneTimeCode)).one()
    assert (kept.name, kept.capacity, kept.confirmed_at, kept.tries) == (*WHO.values(), now, 2)
    told = list(db.session.scalars(sa.select(TimelineEntry.text)))
    assert any("Hélène Vasseur, COO, agrees" in one for one in told)
    template = sa.select(Notification.person_id).filter_by(template="customer_room/agreed")
    assert db.session.scalar(template) == case.owner_id
    with pytest.raises(Refused, match="holds no more"):
        actions.agree(who, code=code, **WHO, now=now)


def test_codes_are_few_and_for_these_words_alone(case, link, cast, db, now):
    who = queries.entered(queries.token_of(link), now=now)
    met(case, cast, now)
    actions.ask_code(who, now=now)
    code = mailed_code(db)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _try in range(codes.MOST_TRIES):
        assert actions.agree(who, code=wrong, **WHO, now=now) is False
    with pytest.raises(Refused, match="Too many"):
        actions.agree(who, code=code, **WHO, now=now)
    actions.ask_code(who, now=now)
    cases.add_criterion(case, "Une lettre", by=cast.erik, now=now)
    met(case, cast, now)
    db.session.flush()
    with pytest.raises(Refused, match="has changed"):
        actions.agree(who, code=mailed_code(db), **WHO, now=now)
    actions.ask_code(who, now=now)
    with pytest.raises(Refused, match="several codes"):
        actions.ask_code(who, now=now)


@ON_SQLITE_ALONE
def test_the_page_of_a_binding_yes(case, address, browse, cast, db, now):
    anybody = browse()
    assert f"{address}/code" not in anybody.text(address)
    met(case, cast, now)
    db.session.commit()
    assert f"{address}/code" in anybody.text(address)
    assert anybody.post(f"{address}/code").status_code == 303
    code, page = mailed_code(db), f"{address}/agree"
    assert "Cinq jours sans panne" in anybody.text(page)
    assert anybody.post(page, {"code": code, "name": "", "capacity": "COO"}).status_code == 422
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert anybody.post(page, {"code": wrong, **WHO}).headers["Location"].endswith("/agree")
    db.session.expire_all()
    assert db.session.scalar(sa.select(OneTimeCode.tries)) == 1
    assert anybody.post(page, {"code": code, **WHO}).headers["Location"].endswith(address)
    assert f"{address}/code" not in anybody.text(address)
    assert anybody.get(f"{address}x/agree").status_code == 404
