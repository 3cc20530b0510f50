"""What became of those who were given something."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.blueprints.accounts.models import Contract
from portal.blueprints.concessions import actions, jobs, queries, rules
from portal.blueprints.concessions.rules import outcomes
from portal.core.money import Money, zero
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making

D = date.fromisoformat


@pytest.mark.parametrize(
    ("stayed", "known", "low", "high"),
    # After Wilson (1927), as Newcombe (1998) tabulates the first two.
    [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0", "0.1611"),
        (20, 20, "0.8389", "1"),
    ],
)
def test_the_interval_of_a_share(stayed: int, known: int, low: str, high: str) -> None:
    found = rules.share(stayed, known)
    assert round(found.low, 4) == Decimal(low)
    assert round(found.high, 4) == Decimal(high)


def test_too_few_tell_nothing() -> None:
    assert rules.share(0, 0).share is None
    assert [rules.share(n // 2, n).enough for n in (0, 1, 5, 36, 40, 400)] == [
        False,
        False,
        False,
        False,
        True,
        True,
    ]
    with pytest.raises(ValueError, match="more stayed"):
        rules.share(2, 1)


@pytest.mark.parametrize(
    ("day", "contracts", "paying"),
    [
        ("2026-05-01", [], None),
        ("2026-05-01", [("2026-01-01", None)], True),
        ("2025-12-31", [("2026-01-01", None)], False),
        ("2026-12-31", [("2026-01-01", "2026-12-31")], False),
        ("2026-12-30", [("2026-01-01", "2026-12-31")], True),
        ("2026-06-01", [("2025-01-01", "2026-01-01"), ("2026-03-01", None)], True),
        ("2026-02-01", [("2025-01-01", "2026-01-01"), ("2026-03-01", None)], False),
    ],
)
def test_who_pays_on_a_day(day: str, contracts: list[tuple[str, str | None]], paying: Any) -> None:
    spans = [(D(start), D(end) if end else None) for start, end in contracts]
    assert rules.paying_on(D(day), spans) is paying


def test_a_group_counts_money_and_people_of_whom_it_is_known() -> None:
    def one(*stayed: bool | None) -> rules.Given:
        euro = [Money(amount, "EUR") for amount in (100, 60, 5000)]
        return rules.Given("refund", *euro, stayed)  # type: ignore[arg-type]

    found = rules.outcome("x", [one(True, True, None), one(True, False, None)], currency="EUR")
    assert (found.given, found.cost, found.kept) == (2, Money(120, "EUR"), Money(5000, "EUR"))
    assert [(one.stayed, one.known) for one in found.shares] == [(2, 2), (1, 2), (0, 0)]
    assert rules.outcome("x", [], currency="EUR").kept == zero("EUR")


@pytest.mark.parametrize(
    ("a_year", "said"),
    [("1", ["1", "1", "1"]), ("0", ["0", "0", "0"]), ("0.81", ["0.9494", "0.9013", "0.8100"])],
)
def test_what_is_expected_of_fewer_days(a_year: str, said: list[str]) -> None:
    found = [outcomes.stays_for(days, a_year=Decimal(a_year)) for days in rules.DAYS]
    assert [round(one, 4) for one in found] == [Decimal(one) for one in said]


def test_what_came_is_held_against_what_was_expected_of_the_same() -> None:
    def one(stays: str | None, *stayed: bool | None) -> rules.Given:
        euro = [Money(amount, "EUR") for amount in (100, 60, 5000)]
        share = None if stays is None else Decimal(stays)
        return rules.Given("refund", *euro, stayed, share, share and 1 - share)  # type: ignore[arg-type]

    group = [
        one("0.8", True, True, True),
        one("0.6", True, True, False),
        one("0.9", True, None, None),  # too early for a year: it counts in neither
        one(None, True, True, True),  # nothing was kept: likewise
    ]
    found = rules.outcome("x", group, currency="EUR")
    year = found.foreseen[2]
    assert (year.expected, year.came.stayed, year.came.known) == (Decimal("0.7"), 1, 2)
    assert (year.gained, year.came.enough) == (Decimal("-0.2"), False)
    assert year.low < year.gained < year.high
    assert [one.came.known for one in found.foreseen] == [3, 2, 2]
    assert round(found.needed or 0, 4) == Decimal("0.2333")
    nobody = rules.outcome("x", [], currency="EUR")
    assert (nobody.needed, nobody.foreseen[0].expected, nobody.foreseen[0].gained) == (None,) * 3


def test_outcomes_are_noted_when_their_days_have_passed(cast: Cast, now: datetime, db: Any) -> None:
    row = making.draft(cast.borealis, 300, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    db.session.query(Contract).filter_by(account_id=cast.borealis_id).delete()
    jobs.note_outcomes((now + timedelta(days=400)).isoformat())
    assert row.retained_90 is None
    db.session.add(
        Contract(
            account_id=cast.borealis_id,
            number="B-1",
            starts_on=now.date() - timedelta(days=100),
            ends_on=now.date() + timedelta(days=200),
            currency="EUR",
        )
    )
    db.session.flush()
    jobs.note_outcomes((now + timedelta(days=89)).isoformat())
    assert row.retained_90 is None
    jobs.note_outcomes((now + timedelta(days=180)).isoformat())
    assert (row.retained_90, row.retained_180, row.retained_365) == (True, True, None)
    jobs.note_outcomes((now + timedelta(days=366)).isoformat())
    assert row.retained_365 is False
    learnt = queries.outcomes(now=now + timedelta(days=366))
    assert [one.name for one in learnt.by_form] == ["service_credit"]
    assert [(one.name, one.given) for one in learnt.by_band] == [("csm", 1)]
    assert [(one.name, one.given) for one in learnt.by_ground] == [("goodwill", 1)]
    kept = Decimal(row.recommendation["expected"]["stays"])
    year = learnt.every.foreseen[2]
    assert (year.expected, year.gained, year.came.enough) == (kept, -kept, False)
    assert 0 < kept < 1


@ON_SQLITE_ALONE
def test_the_page_of_outcomes(browse: Any, cast: Cast, now: datetime, db: Any) -> None:
    assert browse("fina").get("/concessions/outcomes").status_code == 200
    row = making.draft(cast.acme, 300, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    db.session.commit()
    text = browse("fina").text("/concessions/outcomes")
    for said in ("too early", "up to €500", "Given once", "After 180 days: too early to say."):
        assert said in text
    for days in (90, 180, 365):
        setattr(row, f"retained_{days}", days < 365)
    db.session.commit()
    text = browse("fina").text("/concessions/outcomes")
    assert "After 365 days 0 of 1: too few to tell." in text
    share = Decimal(row.recommendation["expected"]["stays"])
    assert f"expected {share:.0%}, came 0% of 1" in text
    page = browse("fina").text(f"/concessions/{row.reference}")
    assert f"{share:.0%} of such customers were expected to stay a year." in page
    assert "After 180 days they were still a customer. After 365 days they were gone." in page
    assert 'hx-get="/concessions/outcomes"' in browse("fina").text("/policies/compensation")
    assert "/concessions/outcomes" not in browse("carl").text("/policies/compensation")
    assert browse("carl").get("/concessions/outcomes").status_code == 403
