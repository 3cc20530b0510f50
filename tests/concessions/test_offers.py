"""The offer by letter: mailed, read through its address without signing in, answered there."""

import io
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from pypdf import PdfReader

from portal.blueprints.accounts.models import Contact, EntryKind
from portal.blueprints.concessions import actions, jobs, queries, rules
from portal.blueprints.concessions.models import Concession, Ground, SentOffer, State
from portal.blueprints.customer_room import actions as room_actions
from portal.blueprints.customer_room import queries as room_queries
from portal.blueprints.escalations import actions as case_actions
from portal.blueprints.intake import queries as intake
from portal.blueprints.notifications import jobs as post
from portal.blueprints.notifications import remote as post_remote
from portal.blueprints.notifications.models import Notification, OneTimeCode
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.notifications.rules import codes
from portal.core import clock, seals
from portal.core.errors import Refused
from portal.core.events import Event
from portal.reports.letter import Letter
from portal.reports.typeset import typeset_letter
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

BASE = "http://127.0.0.1:8000"
AT = datetime(2026, 6, 17, 8, tzinfo=UTC)
DAY = timedelta(days=1)
S, W = State, rules.Standing


@pytest.mark.parametrize(
    ("state", "offered", "countered", "days", "expected"),
    [
        (S.OFFERED, 0, False, 1, W.OPEN),
        (S.OFFERED, 0, False, 14, W.LAPSED),
        (S.OFFERED, 3, False, 4, W.SUPERSEDED),
        (S.OFFERED, 3, True, 4, W.SUPERSEDED),
        (S.ACCEPTED, 0, False, 20, W.ACCEPTED),
        (S.DELIVERED, 0, False, 20, W.ACCEPTED),
        (S.DECLINED, 0, False, 1, W.DECLINED),
        (S.LAPSED, 0, False, 15, W.LAPSED),
        (S.WITHDRAWN, 0, False, 1, W.TAKEN_BACK),
        (S.DRAFT, None, True, 1, W.COUNTERED),
        (S.APPROVED, None, True, 1, W.COUNTERED),
        (S.APPROVED, None, False, 1, W.TAKEN_BACK),
    ],
)
def test_how_a_letter_stands(
    state: State, offered: int | None, countered: bool, days: int, expected: rules.Standing
) -> None:
    found = rules.letter_standing(
        state,
        sent_at=AT,
        offered_at=None if offered is None else AT + offered * DAY,
        countered=countered,
        lapses_at=AT + 14 * DAY,
        now=AT + days * DAY,
    )
    assert found is expected


def approved(cast: Cast, now: datetime, **more: Any) -> Concession:
    row = making.draft(cast.acme, 300, by=cast.carl, now=now, **more)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    return row


def reader(cast: Cast, db: Any) -> Contact:
    return db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.acme_id))


def send(row: Concession, cast: Cast, db: Any, *, now: datetime) -> SentOffer:
    contact = reader(cast, db)
    sent = actions.send_offer(row, contact, base_url=BASE, by=cast.carl, now=now)
    db.session.commit()
    return sent


def last_code(db: Any) -> str:
    row = db.session.scalars(sa.select(OneTimeCode).order_by(OneTimeCode.id.desc())).first()
    return codes.code(row.id, nonce=row.nonce, key=seals.key(codes.PURPOSE))


def test_a_named_person_accepts_with_the_code_that_was_mailed(
    browse: Callable[..., Any],
    cast: Cast,
    now: datetime,
    db: Any,
    run_jobs: Callable[[], None],
    monkeypatch: Any,
) -> None:
    """Read, code, wrong code, accepted; the log says who, when and how."""
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = approved(cast, now, case=case)
    sent = send(row, cast, db, now=now)
    page = f"/concessions/offers/{queries.offer_token(sent)}"
    customer = browse()
    answer = customer.get(page)
    assert answer.status_code == 200
    assert '<html lang="fr"' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "300\xa0€" in answer.text
    assert customer.get(f"{page}/letter.pdf").status_code == 404
    monkeypatch.setattr(jobs, "print_letter_pdf", lambda letter: letter.text.encode())
    run_jobs()
    file = customer.get(f"{page}/letter.pdf")
    assert (file.data.decode(), file.mimetype) == (sent.text, "application/pdf")
    assert "/letter.pdf" in customer.text(page)
    run_jobs()
    assert customer.post(f"{page}/code").status_code == 303
    said = {"name": "Hélène Vasseur", "capacity": "directrice générale"}
    wrong = str((int(last_code(db)) + 1) % 10**6).zfill(6)
    missed = customer.post(f"{page}/accept", {**said, "code": wrong})
    assert (missed.status_code, "Hélène Vasseur" in missed.text) == (422, True)
    assert db.session.get_one(Concession, row.id).state is S.OFFERED
    sent_back = customer.post(f"{page}/accept", {**said, "code": last_code(db)})
    assert sent_back.location == page
    row = db.session.get_one(Concession, row.id)
    assert (row.state, row.answered_by) == (S.ACCEPTED, "Hélène Vasseur, directrice générale")
    event = db.session.scalars(sa.select(Event).where(Event.name == "concessions.accepted")).one()
    assert event.actor_kind == "contact"
    assert event.data["how"] == "room"
    assert event.data["code"]
    assert "Hélène Vasseur, directrice générale" in customer.text(page)
    assert customer.post(f"{page}/accept", {**said, "code": last_code(db)}).status_code == 422
    link = room_actions.make_link(
        case, reader(cast, db), days=9, base_url=BASE, send=False, by=cast.erik, now=now
    )
    db.session.commit()
    room = f"/room/{room_queries.token_of(link)}"
    assert page not in customer.text(room)  # until the letter has left
    with clock.moved(now + timedelta(seconds=61)):
        post.send_due()
    assert page in customer.text(room)


@ON_SQLITE_ALONE
def test_nothing_but_the_letter_appears(
    browse: Callable[..., Any], cast: Cast, now: datetime, db: Any
) -> None:
    """Everything else that people can write about the offer and its case is marked."""
    mark = "MARKER"
    case = making.case(cast.acme, by=cast.carl, now=now)
    case_actions.note(case, f"{mark} call", kind=EntryKind.CALL, by=cast.erik, now=now)
    texts = {
        name: f"{mark} {name}"
        for name in ("why", "rests_on", "not_offered", "value_reason", "departure")
    }
    row = approved(cast, now, case=case, apology="Toutes nos excuses.", **texts)
    sent = send(row, cast, db, now=now)
    customer, page = browse(), f"/concessions/offers/{queries.offer_token(sent)}"
    for path in ("", "/accept", "/decline", "/counter"):
        text = customer.text(page + path)
        assert mark not in text
        assert case.reference not in text
        assert cast.acme.name not in text
    assert "Toutes nos excuses." in customer.text(page)


@ON_SQLITE_ALONE
def test_an_offer_that_is_over_says_so_and_takes_no_answer(
    browse: Callable[..., Any], cast: Cast, now: datetime, db: Any
) -> None:
    """Countered, superseded, lapsed, withdrawn, in legal mode, altered, long over."""
    cast_reader = reader(cast, db)
    cast_reader.language = "en"
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = approved(cast, now, case=case)
    old = f"/concessions/offers/{queries.offer_token(send(row, cast, db, now=now))}"
    customer = browse()
    said = {"name": "H. Vasseur", "capacity": "COO", "instead": "Two days of training."}
    assert customer.post(f"{old}/counter", {**said, "capacity": ""}).status_code == 422
    assert customer.post(f"{old}/counter", said).status_code == 303
    row = db.session.get_one(Concession, row.id)
    assert (row.state, row.counter) == (S.DRAFT, "Two days of training.")
    assert "You asked for something else" in customer.text(old)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    new = send(row, cast, db, now=now + timedelta(hours=1))
    assert "Another letter took the place" in customer.text(old)
    assert customer.post(f"{old}/decline", said).status_code == 422
    assert customer.post(f"{old}/code").status_code in (409, 422)
    page = f"/concessions/offers/{queries.offer_token(new)}"
    with clock.moved(now + 15 * DAY):
        assert "This offer has lapsed" in customer.text(page)
        assert customer.post(f"{page}/decline", said).status_code == 422
    with clock.moved(now + 15 * DAY + rules.READABLE):
        assert customer.get(page).status_code == 404
    assert customer.get(page[:-1] + ("a" if page[-1] != "a" else "b")).status_code == 404
    case.legal_mode = True
    db.session.commit()
    assert customer.get(page).status_code == 404
    case.legal_mode = False
    actions.withdraw(row, reason="Sent to the wrong person.", by=cast.carl, now=now)
    db.session.commit()
    assert "This offer was taken back" in customer.text(page)


def test_the_letter_leaves_after_a_minute_and_can_be_taken_back(
    cast: Cast, now: datetime, db: Any, run_jobs: Callable[[], None]
) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    contact = reader(cast, db)
    case_actions.write(
        case, contact, subject="Hello", text="First.", by=cast.erik, now=now, key="k"
    )
    first = db.session.scalars(sa.select(Notification).where(Notification.contact_id > 0)).one()
    first.sent_at = now
    row = approved(cast, now, case=case)
    sent = send(row, cast, db, now=now)
    message = db.session.get_one(Notification, sent.notification_id)
    assert (message.state, message.in_reply_to) == (MailState.WAITING, first.message_id)
    assert message.send_at - now == timedelta(seconds=60)
    text = post_remote.compose(message).text
    assert queries.offer_token(sent) in text
    assert sent.text in text.replace("\r\n", "\n")
    actions.unsend(row, by=cast.carl, now=now)
    assert row.state is S.APPROVED
    assert message.state is MailState.WITHDRAWN
    assert not any(line.closing != rules.Balance() for line in queries.lines("2026-06"))
    again = send(row, cast, db, now=now + timedelta(minutes=2))
    with clock.moved(now + timedelta(minutes=4)):
        run_jobs()
    left = sa.select(Event.data).order_by(Event.seq).where(Event.name == "concessions.letter_left")
    assert db.session.scalars(left).one()["notification"] == again.notification_id
    with pytest.raises(Refused):
        actions.unsend(row, by=cast.carl, now=now + timedelta(minutes=5))
    answers = SimpleNamespace(
        answers=(db.session.get_one(Notification, again.notification_id).message_id,),
        recipients=(),
        address="x@y.example",
    )
    assert intake.known(answers, now=now).by_id == case.reference  # type: ignore[arg-type]


@ON_SQLITE_ALONE
def test_who_proposes_mails_the_letter_from_its_page(
    browse: Callable[..., Any], cast: Cast, now: datetime, db: Any
) -> None:
    row = approved(cast, now)
    db.session.commit()
    carl, page = browse("carl"), f"/concessions/{row.reference}"
    text = carl.text(f"{page}/letter")
    number = re.search(r'<option[^>]*value="(\d+)"', text)
    assert number
    assert carl.post(f"{page}/letter", {"to": "999999"}).status_code == 404
    assert carl.post(f"{page}/letter", {"to": number[1]}).location == page
    text = carl.text(page)
    assert "Take the letter back" in text
    assert "Not opened yet." in text
    assert carl.post(f"{page}/unsend").status_code == 303
    assert db.session.get_one(Concession, row.id).state is S.APPROVED


def test_what_is_owed_needs_no_yes_and_never_lapses(cast: Cast, now: datetime, db: Any) -> None:
    row = actions.propose(cast.acme, making.wish(owed=800), by=cast.carl, now=now)
    assert [one.ground for one in queries.parts(row)] == [Ground.OWED]
    actions.request(row, by=cast.carl, now=now)
    sent = send(row, cast, db, now=now)
    assert row.state is S.ACCEPTED
    line = queries.lines("2026-06")[0].closing
    assert (line.offered, line.accrued) == (0, 800_00)
    who = queries.offered(queries.offer_token(sent), now=now)
    assert queries.shown_offer(who, now=now).owed
    with pytest.raises(Refused):
        actions.ask_offer_code(who, now=now)
    actions.unsend(row, by=cast.carl, now=now)
    assert queries.lines("2026-06")[0].closing == rules.Balance()
    assert not queries.shown_offer(who, now=now).owed


@ON_SQLITE_ALONE
def test_what_was_reversed_is_said_to_be(
    browse: Callable[..., Any], cast: Cast, now: datetime, db: Any
) -> None:
    """The page says that the contract gives it until it does no more; then, that it was given."""
    reader(cast, db).language = "en"
    row = actions.propose(cast.acme, making.wish(owed=800), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    sent = send(row, cast, db, now=now)
    customer, page = browse(), f"/concessions/offers/{queries.offer_token(sent)}"
    assert "Your contract gives you this" in customer.text(page)
    (part,) = queries.parts(row)
    actions.deliver(row, {part.id: "CN-8"}, by=cast.fina, now=now)
    db.session.commit()
    assert "It was given to you on" in customer.text(page)
    actions.reverse(row, reason="Another customer's.", by=cast.fina, now=now)
    db.session.commit()
    text = customer.text(page)
    assert "What this letter gave you was taken back" in text
    for untrue in ("Your contract gives you this", "given to you on", "Another customer"):
        assert untrue not in text


def test_the_letter_as_a_file() -> None:
    """The words that were mailed, tagged, in their language, the same bytes each time."""
    letter = Letter(
        title="Notre lettre",
        reference="CON-2026-0001",
        house="Halden Systems",
        language="fr",
        text="17 juin 2026\n\nVeuillez <b>nous</b> excuser.\n– Avoir\xa0: 300\xa0€",
        made="2026-06-17T08:00:00Z",
    )
    file = PdfReader(io.BytesIO(typeset_letter(asdict(letter))))
    assert "Veuillez <b>nous</b> excuser." in file.pages[0].extract_text().replace("\xa0", " ")
    assert file.trailer["/Root"]["/Lang"] == "fr"
    logo = io.BytesIO()
    Image.new("RGB", (300, 80), "navy").save(logo, "PNG")
    headed = replace(letter, logo=b64encode(logo.getvalue()).decode())
    first = PdfReader(io.BytesIO(typeset_letter(asdict(headed)))).pages[0]
    assert len(first.images) == 1
    assert "Halden Systems" not in first.extract_text()
