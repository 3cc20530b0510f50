"""Exchange rates: read as they are published, sent by one person, published by another."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import RateState
from portal.blueprints.accounts.rules import loading
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import ExchangeRate
from portal.core.db import db as database
from portal.core.errors import Refused
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE

TODAY = date(2026, 6, 17)
ECB = """Date, USD, JPY, CHF, BGN,
2026-06-16, 1.0800, 160, 0.95, N/A,
15 June 2026, 1.0750, 161, 0.96, ,
"""
PLAIN = {"currency": "usd", "target": "EUR", "day": "2026-06-16", "rate": "0.9259"}


def test_a_table_of_the_ecb_gives_rates_in_both_directions():
    lines = [
        (2, {"date": "2026-06-16", "usd": "1.25", "jpy": "160", "bgn": "N/A", "": ""}),
        (3, {"date": "15 June 2026", "usd": "1.2", "jpy": ""}),
        (4, {"date": "2025-01-02", "usd": "1"}),
    ]
    since = date(2026, 1, 1)
    found, wrong = loading.read(lines, shape="ecb", house="EUR", since=since, today=TODAY)
    rates = {(one.currency, one.target, one.day.day): one.rate for one in found}
    assert wrong == []
    assert rates == {
        ("EUR", "USD", 16): Decimal("1.25"),
        ("USD", "EUR", 16): Decimal("0.8"),
        ("EUR", "JPY", 16): Decimal(160),
        ("JPY", "EUR", 16): Decimal("0.00625"),
        ("EUR", "USD", 15): Decimal("1.2"),
        ("USD", "EUR", 15): Decimal("0.83333333"),
    }
    # Another reporting currency: through the euro.
    found, wrong = loading.read(lines[:1], shape="ecb", house="USD", since=since, today=TODAY)
    assert {(one.currency, one.target): one.rate for one in found}["JPY", "USD"] == Decimal(
        "0.0078125"
    )
    assert loading.read(lines[:1], shape="ecb", house="CHF", since=since, today=TODAY)[1]
    assert loading.shape_of(["Date", "USD"]) == "ecb"
    assert loading.shape_of(["DAY", "currency", "rate", "Target"]) == "plain"
    assert loading.shape_of(["Date", "account"]) == ""


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"currency": "XXQ"}, "currency"),
        ({"target": "=cmd()"}, "target"),
        ({"target": "USD"}, "target"),
        ({"day": "17/06/2026"}, "day"),
        ({"day": "2026-06-18"}, "day"),
        ({"day": "1989-01-01"}, "day"),
        ({"rate": "0"}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "Infinity"}, "rate"),
        ({"rate": "0,92"}, "rate"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(changed, column):
    lines = [(2, PLAIN), (3, PLAIN | changed)]
    found, wrong = loading.read(lines, shape="plain", house="EUR", since=date.min, today=TODAY)
    assert len(found) == 1
    assert [(one.line, one.column) for one in wrong] == [(3, column)]
    twice = [(2, PLAIN), (3, PLAIN | {"rate": "0.93"}), (4, PLAIN)]
    found, wrong = loading.read(twice, shape="plain", house="EUR", since=date.min, today=TODAY)
    assert [one.line for one in wrong] == [3]


def look(text, now, since=date(2026, 1, 1)):
    return actions.look_at_rates(io.BytesIO(text.encode()), since=since, now=now)


def test_one_sends_a_table_and_another_publishes_it(cast, db, now):
    looked = look(ECB, now)
    assert (len(looked.new), looked.same, looked.wrong) == (12, 0, [])
    send = {"source": "ECB", "file_name": "eurofxref.csv", "now": now}
    row = actions.send_rates(looked, by=cast.fina, **send)
    with pytest.raises(Refused):
        actions.publish_rates(row, by=cast.fina, now=now)
    assert policies.rate("CHF", "EUR", on=TODAY) is None
    assert "CHF" not in {one.currency for one, _age in queries.rate_board(now=now).rates}
    actions.publish_rates(row, by=cast.felix, now=now)
    db.session.commit()
    assert policies.rate("CHF", "EUR", on=TODAY) == (Decimal("1.05263158"), date(2026, 6, 16))
    board = queries.rate_board(now=now)
    assert {one.currency: age for one, age in board.rates}["CHF"] == 1
    late = queries.rate_board(now=now + timedelta(days=board.oldest + 3))
    assert {one.currency: age > late.oldest for one, age in late.rates}["CHF"]
    # The same again has nothing in it; another value corrects what stands.
    assert look(ECB, now).same == 12
    with pytest.raises(Refused):
        actions.send_rates(look(ECB, now), by=cast.fina, **send)
    looked = look("currency;target;day;rate\nCHF;EUR;2026-06-16;1.06\n", now)
    assert (len(looked.new), len(looked.changed)) == (0, 1)
    second = actions.send_rates(looked, by=cast.felix, **send)
    outdated = actions.send_rates(looked, by=cast.felix, **send)
    actions.publish_rates(second, by=cast.fina, now=now)
    assert second.former == [["CHF", "EUR", "2026-06-16", "1.05263158"]]
    # What was published meanwhile is not passed over by who saw the table before.
    with pytest.raises(Refused, match="published since"):
        actions.publish_rates(outdated, by=cast.fina, now=now)
    db.session.commit()
    kept = db.session.scalars(
        sa.select(ExchangeRate).filter_by(currency="CHF", target="EUR", day=date(2026, 6, 16))
    ).one()
    assert (kept.rate, kept.published_by_id) == (Decimal("1.06"), cast.felix.id)
    with pytest.raises(Refused):
        actions.withdraw_rates(second, by=cast.fina, now=now)
    told = sa.select(Event.data).order_by(Event.seq).where(Event.name == "policies.rates_published")
    assert [data["corrected"] for data in db.session.scalars(told.order_by(Event.seq))] == [0, 1]
    for text in ("", "a,b\n1,2\n", "PK\x03\x04"):
        with pytest.raises(Refused):
            look(text, now)


@ON_SQLITE_ALONE
def test_the_page_of_exchange_rates(cast, db, browse):
    desk = browse("fina")

    def send(text, **fields):
        file = (io.BytesIO(text.encode()), "rates.csv")
        given = {"file": file, "source": "ECB", "since": "2026-01-01", **fields}
        return desk.post("/accounts/rates", given)

    assert "XXQ" in send("currency,target,day,rate\nXXQ,EUR,2026-06-01,1\n").get_data(as_text=True)
    assert send(ECB, dry_run="y").status_code == 200
    assert queries.rate_loads() == []
    assert send(ECB).status_code == 303
    (row,) = queries.rate_loads()
    other = browse("felix")
    assert f"/accounts/rates/{row.id}/publish" in other.text("/accounts/rates")
    assert f"/accounts/rates/{row.id}/publish" not in desk.text("/accounts/rates")
    assert other.post(f"/accounts/rates/{row.id}/publish", {}).status_code == 303
    database.session.expire_all()
    assert queries.rate_load(row.id).state is RateState.PUBLISHED
    reader = browse("carl")
    assert "eurofxref" not in reader.text("/accounts/rates")
    assert reader.post("/accounts/rates", {}).status_code == 403


def test_what_is_too_much_is_not_read_to_its_end(cast, db, now, monkeypatch):
    junk = ((line, {"day": "x"}) for line in range(2, 10**6))
    found, wrong = loading.read(junk, shape="plain", house="EUR", since=date.min, today=TODAY)
    assert (found, len(wrong)) == ([], loading.MOST_WRONG + 1)
    assert next(junk)[0] < 300
    monkeypatch.setattr(loading, "MOST_RATES", 10)
    days = [TODAY - timedelta(days=days) for days in range(100)]
    many = iter([(2, PLAIN | {"day": day.isoformat()}) for day in days])
    found, _wrong = loading.read(many, shape="plain", house="EUR", since=date.min, today=TODAY)
    assert len(found) == 11
    assert len(list(many)) == 88
    with pytest.raises(Refused, match="more than 10 rates"):
        look(ECB, now)
    monkeypatch.setattr(actions.rates, "MOST_ROWS", 20)
    with pytest.raises(Refused, match="more than 20 rows"):
        look("date,usd\n" + "2025-01-02,1\n" * 21, now)
