"""The pages of compensation, as people use them, and who is turned away."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import Concession, State
from portal.core.access import Restriction
from portal.core.db import db as database
from tests.cast import Cast

from . import making

FILLED = {
    "account": "",
    "currency": "EUR",
    "why": "Two outages in a week.",
    "apology": "We are sorry for the outage.",
    "fix": "A second line since Monday.",
    "owed": "8,500",
    "loss": "24,200.50",
    "documented": "y",
    "fee": "34000",
    "departure": "Their board followed the outage: words alone would not do.",
}


def one() -> Concession:
    return database.session.scalars(sa.select(Concession)).one()


def test_the_story_from_proposal_to_delivery(
    browse: Callable[..., Any], cast: Cast, queries_at_most: Any
) -> None:
    carl, dora, fina = browse("carl"), browse("dora"), browse("fina")
    assert cast.acme.name in carl.text(f"/concessions/new?account={cast.acme.reference}")
    sent = carl.post("/concessions/new", {**FILLED, "account": cast.acme.reference})
    assert sent.status_code == 303
    page = f"/concessions/{one().reference}"
    assert sent.location == page
    text = carl.text(page)
    assert "€32,700.50" in text
    assert "Owed by contract" in text
    part = {
        "ground": "goodwill",
        "form": "training",
        "what": "Two days of training",
        "amount": "2000",
        "periods": "1",
    }
    assert carl.post(f"{page}/parts", part).status_code == 303
    assert carl.post(f"{page}/request").status_code == 303
    assert one().state is State.REQUESTED
    assert "Nobody approves their own request." not in carl.text("/concessions/")
    assert "Nobody approves their own request." in carl.text(page)
    assert carl.post(f"{page}/approve").status_code == 422
    assert fina.post(f"{page}/insurer", {"answer": "told"}).status_code == 303
    cast.read_english("ava")
    assert "waits for your signature" in browse("ava").text(page)
    with queries_at_most(40) as seen:
        dora.text(page)
    assert sum("FROM approval" in one for one in seen) == 1
    assert dora.post(f"{page}/approve").status_code == 422
    assert browse("ava").post(f"{page}/approve").status_code == 303
    assert fina.post(f"{page}/approve").status_code == 303
    assert one().state is State.APPROVED
    assert carl.post(f"{page}/offer").status_code == 303
    assert f"{page}/decline" in carl.text(page)
    assert carl.post(f"{page}/accept", {"who": "Hélène Vasseur, COO"}).status_code == 303
    notes = {f"part_{p.id}": f"CN-{p.id}" for p in queries.parts(one())}
    assert fina.post(f"{page}/deliver", notes).status_code == 303
    assert one().state is State.DELIVERED
    assert "CN-" in fina.text(page)
    late = carl.post(f"{page}/decline", {"who": "Hélène Vasseur, COO"})
    assert (late.status_code, "Somebody was faster" in late.text) == (422, True)


def test_a_refused_form_keeps_what_was_typed(browse: Callable[..., Any], cast: Cast) -> None:
    wrong = {**FILLED, "account": cast.acme.reference, "owed": "1.2.3", "why": "Words to keep"}
    answer = browse("carl").post("/concessions/new", wrong)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "1.2.3" in text
    assert "Words to keep" in text
    assert "1,500.5" in text


@pytest.mark.parametrize("amount", ["-5", "1e9", "99999999", "0.001", "abc"])
def test_negative_and_absurd_money_is_refused_beside_its_field(
    browse: Callable[..., Any], cast: Cast, now: datetime, amount: str
) -> None:
    row = actions.propose(cast.acme, making.wish(), by=cast.carl, now=now)
    url = f"/concessions/{row.reference}/parts"
    given = {
        "ground": "goodwill",
        "form": "refund",
        "what": "Money",
        "amount": amount,
        "periods": "1",
    }
    answer = browse("carl").post(url, given)
    assert answer.status_code == 422
    assert 'id="amount-error"' in answer.get_data(as_text=True)
    assert queries.parts(row) == []


def test_the_same_form_twice_proposes_once(browse: Callable[..., Any], cast: Cast) -> None:
    carl, form = browse("carl"), {**FILLED, "account": cast.acme.reference, "once": "key-1"}
    first, second = carl.post("/concessions/new", form), carl.post("/concessions/new", form)
    assert first.location == second.location
    assert one().reference in first.location


def test_each_part_can_be_changed_and_taken_out(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    part = queries.parts(row)[0]
    url = f"/concessions/{row.reference}/parts/{part.id}"
    carl = browse("carl")
    assert "3000" in carl.text(url)
    given = {"ground": "goodwill", "form": "refund", "what": "Less", "amount": "10", "periods": "2"}
    assert carl.post(url, given).status_code == 303
    assert queries.parts(one())[0].face_minor == 2000
    assert carl.post(f"{url}/remove").status_code == 303
    assert queries.parts(one()) == []


def test_an_edit_over_somebody_elses_gives_both_texts_back(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    database.session.commit()
    url = f"/concessions/{row.reference}/edit"
    carl = browse("carl")
    assert "Two outages" in carl.text(url)
    answer = carl.post(url, {**FILLED, "why": "Mine", "version": str(row.version - 1)})
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "Mine" in text
    assert "Two outages in a week." in text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("carl", 200),
        ("erik", 200),
        ("fina", 200),
        ("dora", 200),
        ("lena", 200),
        ("aldo", 200),
        ("otto", 404),
        ("clara", 404),
        ("sam", 404),
        ("lisa", 404),
        ("petra", 403),
        ("kim", 403),
        ("prisca", 403),
        ("adam", 403),
    ],
)
def test_who_sees_a_compensation(
    browse: Callable[..., Any], cast: Cast, now: datetime, name: str, status: int
) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    database.session.commit()
    answer = browse(name).get(f"/concessions/{row.reference}")
    assert answer.status_code == status
    if status != 200:
        assert "3,000" not in answer.get_data(as_text=True)
        return
    assert row.reference in browse(name).text("/concessions/")


@pytest.mark.parametrize("name", ["aldo", "fina", "lena"])
def test_who_reads_does_not_propose(browse: Callable[..., Any], cast: Cast, name: str) -> None:
    answer = browse(name).post("/concessions/new", {**FILLED, "account": cast.acme.reference})
    assert answer.status_code == 403


def test_the_list_asks_for_signatures(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    database.session.commit()
    assert row.reference in browse("erik").text("/concessions/?mine=1")
    assert row.reference in browse("dora").text("/concessions/?mine=1")
    assert row.reference not in browse("fina").text("/concessions/?mine=1")
    assert row.reference not in browse("carl").text("/concessions/?mine=1")
    assert row.reference in browse("erik").text("/concessions/?state=requested")
    assert row.reference not in browse("erik").text("/concessions/?state=draft")


def test_the_parts_of_other_pages(browse: Callable[..., Any], cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    database.session.commit()
    carl, htmx = browse("carl"), {"headers": {"HX-Request": "true"}}
    for place in (f"case={case.reference}", f"account={cast.acme.reference}"):
        text = carl.get(f"/concessions/?{place}&part=1", **htmx).get_data(as_text=True)
        assert row.reference in text
        assert "<html" not in text
    nothing = browse("clara").get(f"/concessions/?case={case.reference}&part=1", **htmx)
    assert row.reference not in nothing.get_data(as_text=True)


def test_a_restricted_case_shows_nothing_anywhere(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    case.restricted = True
    database.session.add(
        Restriction(record_ref=case.reference, account_id=case.account_id, since=now)
    )
    database.session.commit()
    felix = browse("felix")
    assert felix.get(f"/concessions/{row.reference}").status_code == 404
    assert row.reference not in felix.text("/concessions/")
    assert browse("carl").get(f"/concessions/{row.reference}").status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_is_one_statement_however_long(
    browse: Callable[..., Any], cast: Cast, now: datetime, queries_at_most: Any, rows: int
) -> None:
    for _turn in range(rows):
        making.draft(cast.acme, 10, by=cast.carl, now=now)
    database.session.commit()
    erik = browse("erik")
    erik.text("/concessions/")
    with queries_at_most(6):
        erik.text("/concessions/")


@pytest.mark.parametrize("name", ["clara", "lisa", "ava"])
def test_pages_speak_the_readers_language(
    browse: Callable[..., Any], cast: Cast, now: datetime, name: str
) -> None:
    row = making.draft(cast.borealis, 3000, by=cast.clara, now=now, waiver=True)
    actions.request(row, by=cast.clara, now=now)
    database.session.commit()
    assert "3" in browse(name).text(f"/concessions/{row.reference}")
