"""Pay before they ask: one incident, all whom it hit, one approval, each paid once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.concessions import actions, jobs, queries, rules
from portal.blueprints.concessions.models import (
    Concession,
    CreditLine,
    CreditLot,
    Insurer,
    LeftOut,
    LotState,
    MeasuredAvailability,
    SentOffer,
    State,
)
from portal.blueprints.concessions.rules import Level, Tier
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.rules import CompensationPolicy, shipped
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from portal.core.money import Money
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

POLICY = shipped(CompensationPolicy)
TIERS = "99.9 10\n99 25"
MAY = date(2026, 5, 20)


def eur(amount: int | str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("total", "singles", "row"),
    [
        ("500", [("500", "50000")], "escalation_manager"),  # never a CSM
        ("500.01", [("300", "50000")], "escalation_manager"),
        ("400", [("400", None)], "escalation_manager"),  # above the floor of an unknown revenue
        ("5000", [("1500", None)], "escalation_manager"),
        ("5000", [("1500.01", None)], "executive_director"),
        ("5000.01", [("1", "1000000")], "executive_director"),
        ("25000", [("100", "1000000")], "executive_director"),
        ("25000.01", [("100", "1000000")], "executive_vp"),
        ("100000", [("100", "1000000")], "executive_vp"),
        ("100000.01", [("100", "1000000")], "leadership"),
        ("99999", [("30000.01", "10")], "leadership"),
    ],
)
def test_who_releases_a_lot(total: str, singles: list[tuple[str, str | None]], row: str) -> None:
    found = [(eur(one), eur(arr) if arr else None) for one, arr in singles]
    keys = {one.key for one in POLICY.authority}
    assert row in keys, keys
    assert rules.lot_row(eur(total), found, policies=(POLICY, POLICY)).key == row


def test_listed_accounts_are_read() -> None:
    found = rules.read_listed("ACC-00042\nACC-00043 98,7\n\nACC-00044; 97.25 %")
    assert found == {
        "ACC-00042": None,
        "ACC-00043": Decimal("98.7"),
        "ACC-00044": Decimal("97.25"),
    }
    for wrong in ("Acme", "ACC-42", "ACC-00042 98.7 99"):
        with pytest.raises(Refused):
            rules.read_listed(wrong)


def test_equals_are_shown_to_be_equal_and_a_wrong_one_is_found() -> None:
    level = Level("EUR", (Tier(Decimal("99.9"), Decimal(10)),))

    def paid(fee: str, credit: str, *, given: bool = True, at: str = "99.5") -> rules.Paid:
        return rules.Paid(level, Decimal(at), eur(fee), eur(credit), given)

    same = rules.equals([paid("1000", "100"), paid("333.33", "33.33"), paid("9", "0", at="99.9")])
    assert [(one.count, one.equal) for one in same] == [(2, True), (1, True)]
    assert (same[0].least, same[0].most) == (eur("33.33"), eur("100"))
    assert not rules.equals([paid("1000", "100"), paid("1000", "100.01")])[0].equal
    assert not rules.equals([paid("1000", "100"), paid("1000", "100", given=False)])[0].equal


def terms(account: Account, cast: Cast, *, fee: int, now: datetime, **more: Any) -> None:
    contract = sa.select(Contract.id).where(Contract.account_id == account.id)
    number = database.session.scalars(contract).first()
    assert number is not None
    known: dict[str, Any] = {"service": "Flow", "currency": "EUR", "tiers": TIERS} | more
    wish = actions.TermsWish(contract_id=number, fee=Decimal(fee), **known)
    actions.set_terms(account, wish, by=cast.fina, now=now)


def wish(**more: Any) -> actions.LotWish:
    known: dict[str, Any] = {
        "title": "Flow stood still on 20 May",
        "service": "Flow",
        "day": MAY,
        "availability": Decimal("99.2"),
        "apology": "We are sorry.",
    }
    return actions.LotWish(**known | more)


def lot(cast: Cast, now: datetime, **more: Any) -> CreditLot:
    terms(cast.acme, cast, fee=4000, now=now)
    terms(cast.borealis, cast, fee=2000, now=now, automatic=False, claim_days=60)
    return actions.make_lot(wish(**more), by=cast.fina, now=now)


def test_one_incident_is_paid_to_all_once_in_each_language(
    cast: Cast, now: datetime, db: Any, run_jobs: Callable[[], None], monkeypatch: Any
) -> None:
    """Found by terms, signed once by another, resumed after a crash, nobody twice."""
    cast.borealis.language = "it"
    for one in queries.addressees(cast.borealis):
        one.language = "it"
    row = lot(cast, now)
    assert (row.total_minor, row.largest_minor) == (600_00, 400_00)
    for person, why in ((cast.fina, "asked for it"), (cast.erik, None)):
        if why:
            with pytest.raises(Refused, match=why):
                actions.sign_lot(row, by=person, now=now)
        else:
            actions.sign_lot(row, by=person, now=now)
    assert row.state is LotState.APPROVED
    told = sa.select(Notification.person_id, Notification.template)
    heard = {(one.person_id, one.template) for one in db.session.execute(told)}
    assert (cast.erik.id, "concessions/lot_to_sign") in heard
    assert (cast.carl.id, "concessions/lot_to_sign") not in heard
    assert (cast.fina.id, "concessions/lot_approved") in heard
    db.session.commit()
    with monkeypatch.context() as broken:
        paid = actions.pay_line
        count = iter(range(9))

        def crash(line_id: int, **more: Any) -> bool:
            if next(count) == 1:
                raise ConnectionError("the power went")
            return paid(line_id, **more)

        broken.setattr(actions, "pay_line", crash)
        with pytest.raises(ConnectionError):
            jobs.pay_lot(row.id)
        db.session.rollback()
    assert queries.shown_lot(cast.fina, row, now=now).paid == 1
    jobs.pay_lot(row.id)
    jobs.pay_lot(row.id)
    assert db.session.get_one(CreditLot, row.id).state is LotState.PAID
    rows = db.session.scalars(sa.select(Concession).order_by(Concession.id)).all()
    assert [(one.state, one.owed_minor) for one in rows] == [
        (State.ACCEPTED, 400_00),
        (State.ACCEPTED, 200_00),
    ]
    assert {one.language for one in db.session.scalars(sa.select(SentOffer))} == {"fr", "it"}
    mails = db.session.scalars(sa.select(Notification).where(Notification.contact_id > 0)).all()
    assert len(mails) == 2
    assert [one.accrued for one in (x.closing for x in queries.lines("2026-06"))] == [600_00]
    assert all(one.drawn_minor == 0 for one in rows)
    page = queries.shown_lot(cast.fina, row, now=now)
    assert [(one.count, one.equal) for one in page.equals] == [(2, True)]
    names = db.session.scalars(
        sa.select(Event.name).order_by(Event.seq).where(Event.record_ref == row.reference)
    )
    assert list(names).count("concessions.lot_line_paid") == 2
    with pytest.raises(Refused, match="No contract in force"):
        actions.make_lot(wish(), by=cast.fina, now=now)


def test_what_changed_after_the_approval_is_not_paid(cast: Cast, now: datetime, db: Any) -> None:
    row = lot(cast, now, accounts=f"{cast.acme.reference} 98.5\n{cast.borealis.reference}")
    assert row.total_minor == 1_200_00
    found = queries.lot_lines(row)[0]
    assert (found.credit_minor, found.availability) == (1_000_00, Decimal("0.985"))
    actions.sign_lot(row, by=cast.erik, now=now)
    here = queries.terms_of(cast.fina, cast.acme, now=now)[0].row
    actions.end_terms(cast.acme, here, by=cast.fina, now=now)
    case = making.case(cast.borealis, by=cast.carl, now=now)
    case.legal_mode = True
    db.session.commit()
    jobs.pay_lot(row.id)
    acme, borealis = (db.session.get_one(CreditLine, one.id) for one in queries.lot_lines(row))
    assert (acme.left_out, acme.concession_id) == (LeftOut.CHANGED, None)
    assert borealis.held
    held = db.session.get_one(Concession, borealis.concession_id)
    assert held.state is State.APPROVED
    assert db.session.scalar(sa.select(sa.func.count(SentOffer.id))) == 0
    page = queries.shown_lot(cast.fina, row, now=now)
    assert (page.row.state, page.paid, page.held) == (LotState.APPROVED, 0, 1)
    sums = {name: money for name, money in page.sums.items() if money.amount}
    assert sums == {"held": eur(200), "left_out": eur(1000)}
    counted = queries.lots(cast.lisa, now=now)
    assert [(one.paid, one.held) for one in counted] == [(0, 1)]
    told = db.session.scalars(
        sa.select(Notification.template).where(Notification.person_id == cast.lisa.id)
    )
    assert "concessions/lot_counsel" in set(told)
    base = {"base_url": "https://parley.example", "now": now}
    with pytest.raises(Refused, match="only legal"):
        actions.release_line(borealis.id, by=cast.fina, **base)
    with pytest.raises(Refused, match="only legal"):
        actions.offer(held, by=cast.carl, now=now)
    with pytest.raises(NotFound):
        actions.release_line(acme.id, by=cast.lisa, **base)
    actions.release_line(borealis.id, by=cast.lisa, **base)
    assert (held.state, row.state) == (State.ACCEPTED, LotState.PAID)
    page = queries.shown_lot(cast.fina, row, now=now)
    assert (page.paid, page.held, page.sums["given"]) == (1, 0, eur(200))
    actions.reverse(held, reason="Another incident", by=cast.felix, now=now)
    page = queries.shown_lot(cast.fina, row, now=now)
    assert (page.paid, page.sums["taken_back"], page.sums["given"]) == (0, eur(200), eur(0))
    assert sum(page.sums.values(), eur(0)) == page.total
    assert db.session.scalar(sa.select(sa.func.count(MeasuredAvailability.id))) == 1


def test_a_lot_that_is_refused_or_needs_more(cast: Cast, now: datetime, db: Any) -> None:
    with pytest.raises(Refused, match="our fault"):
        lot(cast, now, apology="It was our fault.")
    with pytest.raises(Refused, match=r"\{customer\}"):
        lot(cast, now, apology="We are sorry, {customer}.")
    row = actions.make_lot(wish(accounts=f"{cast.acme.reference} 98"), by=cast.fina, now=now)
    with pytest.raises(Refused, match="looks after"):
        actions.sign_lot(row, by=cast.carl, now=now)
    with pytest.raises(NotFound):
        queries.get_lot(cast.carl, row.reference, now=now)
    actions.refuse_lot(row, reason="Wrong day.", by=cast.erik, now=now)
    with pytest.raises(Refused, match="elsewhere"):
        actions.sign_lot(row, by=cast.dora, now=now)
    terms(cast.acme, cast, fee=300_000, now=now, service="Large")
    big = actions.make_lot(wish(service="Large"), by=cast.fina, now=now)
    with pytest.raises(Refused, match="more authority"):
        actions.sign_lot(big, by=cast.dora, now=now)
    with pytest.raises(Refused, match="insurer"):
        actions.sign_lot(big, by=cast.ava, now=now)
    actions.note_lot_insurer(big, Insurer.TOLD, by=cast.felix, now=now)
    actions.sign_lot(big, by=cast.ava, now=now)
    assert big.state is LotState.REQUESTED
    actions.sign_lot(big, by=cast.felix, now=now)
    assert big.state is LotState.APPROVED


@ON_SQLITE_ALONE
def test_finance_pays_a_lot_by_its_pages(
    browse: Callable[..., Any], cast: Cast, now: datetime, db: Any
) -> None:
    terms(cast.acme, cast, fee=4000, now=now)
    db.session.commit()
    fina, erik = browse("fina"), browse("erik")
    sent = fina.post(
        "/concessions/lots/new",
        {
            "title": "Flow stood still",
            "service": "Flow",
            "day": "2026-05-20",
            "availability": "99.2",
        },
    )
    assert sent.status_code == 303
    assert "€400" in fina.text(sent.location)
    assert "Flow stood still" in fina.text("/concessions/lots/")
    assert browse("carl").get(sent.location).status_code == 404
    assert browse("lisa").get(sent.location).status_code == 404
    assert browse("lisa").get("/concessions/lots/").status_code == 404
    reference = sent.location.rpartition("/")[2]
    assert reference in erik.text("/concessions/?mine=1")
    assert reference in erik.text("/")
    assert reference not in fina.text("/concessions/?mine=1")
    assert fina.post(f"{sent.location}/sign").status_code == 422
    assert erik.post(f"{sent.location}/sign").status_code == 303
    assert fina.post(f"{sent.location}/resume").status_code == 303
    assert "Being paid" in erik.text(sent.location)


@ON_SQLITE_ALONE
def test_who_is_listed_gets_what_was_measured_for_them_or_is_named(
    cast: Cast, now: datetime
) -> None:
    """A total outage is no missing figure, and nobody who was listed vanishes."""
    listed = f"{cast.acme.reference} 0\n{cast.borealis.reference}"
    row = lot(cast, now, accounts=listed)
    lines = {one.account_id: one for one in queries.lot_lines(row)}
    assert lines[cast.acme.id].availability == 0
    assert lines[cast.acme.id].credit_minor == 1_000_00  # the tier of 25 %
    assert lines[cast.borealis.id].credit_minor == 200_00
    with pytest.raises(Refused, match="ACC-99999"):
        actions.make_lot(wish(accounts="ACC-99999"), by=cast.fina, now=now)
    with pytest.raises(Refused, match="not over yet"):
        actions.make_lot(wish(day=now.date()), by=cast.fina, now=now)


@ON_SQLITE_ALONE
def test_whoever_stands_in_for_somebody_concerned_signs_no_lot(cast: Cast, now: datetime) -> None:
    row = lot(cast, now)
    assert not queries.has_a_part(cast.erik, row, now=now)
    cast.user("carl").substitute_id = cast.erik.id
    cast.acme.owner_id = cast.carl.id
    database.session.flush()
    assert queries.has_a_part(cast.erik, row, now=now)
    assert queries.has_a_part(cast.mario, row, now=now)  # an account manager


@ON_SQLITE_ALONE
def test_going_on_twice_is_two_jobs(cast: Cast, now: datetime, monkeypatch: Any) -> None:
    """A job of a key is done once: what is stuck again is tried again by another one."""
    row = lot(cast, now)
    actions.sign_lot(row, by=cast.erik, now=now)
    keys: set[str] = set()
    monkeypatch.setattr("portal.core.jobs.enqueue", lambda _work, *, key, **_more: keys.add(key))
    for minute in (1, 2):
        queries.lot_lines(row)[0].error = "The mail address is wrong"
        database.session.commit()
        actions.resume_lot(row, by=cast.fina, now=now + timedelta(minutes=minute))
        database.session.commit()
        assert queries.lot_lines(row)[0].error == ""
    assert len(keys) == 2


def test_a_held_letter_that_cannot_leave_stops_nobody(
    cast: Cast, now: datetime, db: Any, monkeypatch: Any
) -> None:
    """It is noted on its line, the lot is not paid meanwhile, and the next run tries it again."""
    row = lot(cast, now, accounts=cast.borealis.reference)
    actions.sign_lot(row, by=cast.erik, now=now)
    case = making.case(cast.borealis, by=cast.carl, now=now)
    case.legal_mode = True
    db.session.commit()
    jobs.pay_lot(row.id)
    case.legal_mode = False
    db.session.commit()
    with monkeypatch.context() as broken:

        def refuse(*_args: Any, **_more: Any) -> None:
            raise Refused("The address is wrong")

        broken.setattr(actions, "release_line", refuse)
        jobs.pay_lot(row.id)
    (line,) = queries.lot_lines(row)
    assert (line.held, line.error, row.state) == (True, "The address is wrong", LotState.APPROVED)
    line.held = False  # a letter that did not leave for another reason
    assert queries.unfinished(row)
    line.held = True
    db.session.commit()
    jobs.pay_lot(row.id)
    (line,) = queries.lot_lines(row)
    assert (line.held, line.error, row.state) == (False, "", LotState.PAID)


def test_a_lot_that_nobody_signs_is_chased(cast: Cast, now: datetime) -> None:
    """The signers are reminded once a span; who asked hears when it is late; then all is quiet."""
    row = lot(cast, now)

    def told(days: int) -> set[int | None]:
        at = now + timedelta(days=days)
        for _twice in range(2):  # the clock comes by more than once a day
            jobs.chase(at.isoformat())
            database.session.commit()
        query = sa.select(Notification.person_id).where(
            Notification.template == "concessions/lot_late",
            Notification.key.contains(f":late:{at:%Y%m%d}"),
        )
        found = list(database.session.scalars(query))
        assert len(found) == len(set(found))
        return set(found)

    assert told(POLICY.remind_days - 1) == set()
    reminded = told(POLICY.remind_days)
    assert cast.erik.id in reminded
    assert cast.fina.id not in reminded
    late = told(POLICY.remind_days + POLICY.escalate_days)
    assert {cast.erik.id, cast.fina.id} <= late
    chased = sa.select(sa.func.count()).where(Event.name == "concessions.lot_chased")
    assert database.session.scalar(chased) == 2
    actions.sign_lot(row, by=cast.erik, now=now + timedelta(days=90))
    assert told(120) == set()
