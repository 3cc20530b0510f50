"""What contracts owe: tiers to the unit, caps, claims; then written down, measured, and given."""

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contract
from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.models import (
    Ground,
    MeasuredAvailability,
    Period,
    Rounding,
    ServiceTerms,
)
from portal.blueprints.concessions.rules import Level, Owing, Tier
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from portal.core.money import Money
from tests.cast import Cast

from . import making

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "policy" / "sla_credits.csv"
SMALLEST = Decimal("0.000001")


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def level(*tiers: tuple[str, str], **more: Any) -> Level:
    found = tuple(Tier(Decimal(below), Decimal(share)) for below, share in tiers)
    return Level("USD", found, **more)


THREE = level(("99.9", "10"), ("99", "25"), ("95", "100"))


def published() -> dict[str, list[dict[str, str]]]:
    if not PUBLISHED.exists():
        pytest.skip("the published tiers are not beside this repository")
    found: dict[str, list[dict[str, str]]] = {}
    with PUBLISHED.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(f"{row['provider']} {row['service']}", []).append(row)
    return found


def test_published_tiers_are_computed_exactly() -> None:
    checked = 0
    for name, rows in published().items():
        known = [row for row in rows if row["tier_ge"]]
        if not known:  # the credits of these stand in no excerpt: there are no tiers to read
            with pytest.raises(Refused):
                rules.read_tiers("\n".join(row["tier_lt"] for row in rows))
            continue
        text = "\n".join(f"{row['tier_lt']} {row['credit_pct']}" for row in known)
        terms = Level("USD", rules.read_tiers(text))
        fee = usd("12345.67")
        for row in known:
            below, least = Decimal(row["tier_lt"]), Decimal(row["tier_ge"])
            share = Decimal(row["credit_pct"])
            expected = (fee.amount * share / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            for availability in (least, (least + below) / 2, below - SMALLEST):
                paid = rules.credit(terms, availability=availability, fee=fee)
                assert paid.credit == usd(str(expected)), (name, availability)
                checked += 1
        above = rules.credit(terms, availability=Decimal(known[0]["tier_lt"]), fee=fee)
        assert above.tier is None
    assert checked == 21


def test_templates_are_the_published_tiers() -> None:
    rows = published()
    for key, name in (
        ("region", "AWS Compute (Region-level)"),
        ("service", "AWS Compute Optimizer"),
        ("interface", "Twilio Services APIs"),
    ):
        tiers = [(Decimal(row["tier_lt"]), Decimal(row["credit_pct"])) for row in rows[name]]
        assert [(one.below, one.credit) for one in rules.TEMPLATES[key][1].tiers] == tiers


@pytest.mark.parametrize("line", [
    ("100", "0", None), ("99.9", "0", None), ("99.899999", "100.00", 10), ("99", "100.00", 10),
    ("98.999999", "250.00", 25), ("95", "250.00", 25), ("94.999999", "1000.00", 100),
    ("0", "1000.00", 100),
])  # fmt: skip
def test_the_lowest_tier_that_is_reached_counts(line: tuple[str, str, int | None]) -> None:
    availability, expected, share = line
    paid = rules.credit(THREE, availability=Decimal(availability), fee=usd(1000))
    assert paid.credit == usd(expected)
    assert (paid.tier and paid.tier.credit) == share


@pytest.mark.parametrize("line", [
    ({"cap_share": Decimal(50)}, "500.00"),
    ({"cap": usd("499.99")}, "499.99"),
    ({"cap": usd("9999")}, "1000.00"),
    ({"cap_share": Decimal(50), "cap": usd("600")}, "500.00"),
    ({"least": usd("999.99")}, "1000.00"),
    ({"least": usd("1000")}, "0.00"),
    ({"least": usd("500"), "cap": usd("500")}, "0.00"),
])  # fmt: skip
def test_caps_and_the_least_credit(line: tuple[dict[str, Any], str]) -> None:
    more, expected = line
    terms = level(("95", "100"), **more)
    assert rules.credit(terms, availability=Decimal(0), fee=usd(1000)).credit == usd(expected)


@pytest.mark.parametrize("line", [
    (Rounding.HALF_UP, "0.05", "0.01"), (Rounding.DOWN, "0.05", "0.00"),
    (Rounding.UP, "0.01", "0.01"), (Rounding.HALF_UP, "0.04", "0.00"),
])  # fmt: skip
def test_rounded_once_as_the_contract_says(line: tuple[Rounding, str, str]) -> None:
    rounding, fee, expected = line
    terms = level(("95", "10"), rounding=rounding)
    assert rules.credit(terms, availability=Decimal(0), fee=usd(fee)).credit == usd(expected)


def test_a_fee_of_nothing_owes_nothing() -> None:
    assert rules.credit(THREE, availability=Decimal(0), fee=usd(0)).credit == usd(0)


@pytest.mark.parametrize("availability", ["-0.000001", "100.000001"])
def test_availability_is_a_percentage(availability: str) -> None:
    with pytest.raises(Refused, match="between 0 and 100"):
        rules.credit(THREE, availability=Decimal(availability), fee=usd(1))


UNTIL = date(2026, 3, 2)


@pytest.mark.parametrize("line", [
    (False, "5", True, None, UNTIL, Owing.MET),
    (True, "0", True, None, UNTIL, Owing.TOO_SMALL),
    (True, "5", True, None, date(2030, 1, 1), Owing.OWED),
    (True, "5", False, None, UNTIL, Owing.TO_CLAIM),
    (True, "5", False, None, date(2026, 3, 3), Owing.TOO_LATE),
    (True, "5", False, UNTIL, date(2030, 1, 1), Owing.OWED),
    (True, "5", False, date(2026, 3, 3), date(2026, 3, 3), Owing.TOO_LATE),
])  # fmt: skip
def test_where_a_credit_stands(line: tuple[Any, ...]) -> None:
    tier, paid, automatic, claimed_on, today, expected = line
    found = rules.owing(
        usd(paid), tier=tier, automatic=automatic, claim_by=UNTIL, claimed_on=claimed_on,
        today=today,
    )  # fmt: skip
    assert found is expected


def test_without_a_window_a_claim_is_never_late() -> None:
    assert rules.claim_by(date(2026, 1, 31), claim_days=None) is None
    assert rules.claim_by(date(2026, 1, 31), claim_days=30) == UNTIL
    found = rules.owing(
        usd(5), tier=True, automatic=False, claim_by=None, claimed_on=None, today=date(2099, 1, 1)
    )
    assert found is Owing.TO_CLAIM


@pytest.mark.parametrize("line", [
    (date(2028, 2, 29), Period.MONTH, date(2028, 2, 1), date(2028, 2, 29)),
    (date(2026, 2, 10), Period.QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
    (date(2026, 12, 31), Period.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
    (date(2026, 12, 31), Period.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
])  # fmt: skip
def test_periods_are_those_of_the_calendar(line: tuple[Any, ...]) -> None:
    day, period, first, last = line
    assert rules.span(day, period) == (first, last)


@pytest.mark.parametrize("line", [
    ("99.9 10\n99,0 % → 25 %\n\n95 100", 3, ""),
    ("", 0, "one to twelve"),
    ("99.9", 0, "two percentages"),
    ("99.9 10 20", 0, "two percentages"),
    ("99 10\n99.9 25", 0, "highest threshold"),
    ("99 10\n99 25", 0, "highest threshold"),
    ("99 25\n95 25", 0, "higher credit"),
    ("101 10", 0, "not above 100"),
    ("99 0", 0, "not above 100"),
])  # fmt: skip
def test_reading_tiers(line: tuple[str, int, str]) -> None:
    text, count, words = line
    if words:
        with pytest.raises(Refused, match=words):
            rules.read_tiers(text)
        return
    tiers = rules.read_tiers(text)
    assert len(tiers) == count
    assert all(above.below > below.below for above, below in pairwise(tiers))
    assert rules.read_tiers(rules.tiers_as_text(tiers)) == tiers
    assert rules.tiers_from_json(rules.tiers_as_json(tiers)) == tiers


# Written down, measured, given


def contract_of(account: Any) -> int:
    return database.session.scalars(sa.select(Contract.id).filter_by(account_id=account.id)).one()


def wish(cast: Cast, **more: Any) -> actions.TermsWish:
    known: dict[str, Any] = {
        "contract_id": contract_of(cast.acme),
        "service": "Halden Flow",
        "currency": "EUR",
        "fee": Decimal("51000"),
        "tiers": "99.5 10\n98 25\n96 50",
    }
    return actions.TermsWish(**known | more)


def one_month(cast: Cast, terms: ServiceTerms, now: datetime, **more: Any) -> MeasuredAvailability:
    known: dict[str, Any] = {"day": date(2026, 1, 9), "availability": Decimal("95.18")} | more
    found = actions.Measurement(**known)
    return actions.measure(cast.acme, terms, found, by=cast.fina, now=now)


def test_measured_availability_becomes_a_credit(cast: Cast, now: datetime) -> None:
    terms = actions.set_terms(cast.acme, wish(cast), by=cast.fina, now=now)
    row = one_month(cast, terms, now)
    assert (row.starts_on, row.ends_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (row.credit_minor, row.availability) == (2_550_000, Decimal("0.9518"))
    assert row.computed_from["below"] == "96"
    again = one_month(cast, terms, now, availability=Decimal("99.5"))
    assert (again.id, again.credit_minor) == (row.id, 0)
    database.session.commit()
    names = database.session.scalars(
        sa.select(Event.name).where(Event.record_ref == cast.acme.reference).order_by(Event.seq)
    ).all()
    assert names[-3:] == ["concessions.terms_set", "concessions.measured", "concessions.measured"]


def test_an_owed_credit_goes_into_one_proposal(cast: Cast, now: datetime) -> None:
    terms = actions.set_terms(cast.acme, wish(cast), by=cast.fina, now=now)
    row = one_month(cast, terms, now)
    less = actions.propose(cast.acme, making.wish(owed=Decimal("25499.99")), by=cast.carl, now=now)
    assert queries.taken_into(less) == []
    first = actions.propose(cast.acme, making.wish(owed=25_500), by=cast.carl, now=now)
    assert [one.id for one in queries.taken_into(first)] == [row.id]
    assert [part.ground for part in queries.parts(first)] == [Ground.OWED]
    assert queries.open_credits(cast.acme.id, currency="EUR", now=now) == []
    second = actions.propose(cast.acme, making.wish(owed=25_500), by=cast.carl, now=now)
    assert queries.taken_into(second) == []
    with pytest.raises(Refused, match="rests on this period"):
        one_month(cast, terms, now, availability=Decimal(100))
    actions.withdraw(first, reason="A mistake.", by=cast.carl, now=now)
    assert len(queries.open_credits(cast.acme.id, currency="EUR", now=now)) == 1
    actions.edit(second, making.wish(owed=25_500), by=cast.carl, now=now)
    assert len(queries.taken_into(second)) == 1
    actions.edit(second, making.wish(owed=0), by=cast.carl, now=now)
    assert queries.taken_into(second) == []


def test_on_claim_it_is_owed_once_claimed_in_time(cast: Cast, now: datetime) -> None:
    terms = actions.set_terms(
        cast.acme, wish(cast, automatic=False, claim_days=3_650), by=cast.fina, now=now
    )
    one_month(cast, terms, now)
    assert queries.open_credits(cast.acme.id, currency="EUR", now=now) == []
    one_month(cast, terms, now, claimed_on=date(2026, 1, 31))
    found = queries.open_credits(cast.acme.id, currency="EUR", now=now)
    assert queries.total(found, "EUR") == Money(25_500, "EUR")
    assert queries.open_credits(cast.acme.id, currency="USD", now=now) == []


def test_what_is_refused(cast: Cast, now: datetime) -> None:
    for words, more in (
        ("contract of this account", {"contract_id": contract_of(cast.borealis)}),
        ("no currency", {"currency": "EURO"}),
        ("Name the service", {"service": "  "}),
        ("below zero", {"fee": Decimal(-1)}),
        ("not believable", {"fee": Decimal("1e30")}),
        ("as small", {"cap": Decimal("0.001")}),
        ("not above 100", {"cap_share": Decimal("100.1")}),
        ("Days to claim", {"claim_days": -1}),
        ("too long", {"exclusions": "x" * 2_001}),
    ):
        with pytest.raises(Refused, match=words):
            actions.set_terms(cast.acme, wish(cast, **more), by=cast.fina, now=now)
    terms = actions.set_terms(cast.acme, wish(cast), by=cast.fina, now=now)
    with pytest.raises(Refused, match="not over yet"):
        one_month(cast, terms, now, day=now.date())
    with pytest.raises(Refused, match="A claim lies after"):
        one_month(cast, terms, now, claimed_on=date(2025, 12, 31))
    actions.end_terms(cast.acme, terms, by=cast.fina, now=now)
    with pytest.raises(Refused, match="have ended"):
        one_month(cast, terms, now)
    with pytest.raises(NotFound):
        queries.get_terms(cast.borealis, terms.id)


def test_the_pages_from_terms_to_proposal(browse: Callable[..., Any], cast: Cast) -> None:
    fina, carl = browse("fina"), browse("carl")
    page = f"/concessions/terms/{cast.acme.reference}"
    assert "No service-level terms are recorded" in carl.text(page)
    assert carl.get(f"{page}/new").status_code == 403
    assert "99.95 10" in fina.text(f"{page}/new?template=interface")
    sent = {
        "contract": str(contract_of(cast.acme)), "service": "Halden Flow", "period": "month",
        "currency": "EUR", "fee": "51,000", "tiers": "99.5 10\n96 50", "automatic": "y",
        "rounding": "half_up",
    }  # fmt: skip
    assert fina.post(f"{page}/new", {**sent, "tiers": "96 50\n99 10"}).status_code == 422
    assert fina.post(f"{page}/new", sent).status_code == 303
    terms = database.session.scalars(sa.select(ServiceTerms)).one()
    measured = {"day": "2026-01-09", "availability": "95.18", "source": "Status page"}
    assert carl.post(f"{page}/{terms.id}/measure", measured).status_code == 403
    assert "Any day" in fina.text(f"{page}/{terms.id}/measure")
    assert fina.post(f"{page}/{terms.id}/measure", measured).status_code == 303
    text = carl.text(page)
    assert "25,500" in text
    assert "Record availability" not in text
    asked = carl.text(f"/concessions/new?account={cast.acme.reference}")
    assert "25,500" in asked
    assert "By measured availability the contract owes" in asked
    proposal = {"account": cast.acme.reference, "currency": "EUR", "why": "January.", "owed": "1"}
    made = carl.post("/concessions/new", proposal)
    assert "more by measured availability" in carl.text(made.location)
    made = carl.post("/concessions/new", {**proposal, "owed": "25,500"})
    assert "What it owes by measured availability" in carl.text(made.location)
    assert made.location.rpartition("/")[2] in carl.text(page)
    assert fina.post(f"{page}/{terms.id}/end").status_code == 303
    assert "ended on" in carl.text(page)


def test_who_may_not_see_amounts_sees_no_terms(browse: Callable[..., Any], cast: Cast) -> None:
    assert browse("otto").get(f"/concessions/terms/{cast.acme.reference}").status_code == 404
