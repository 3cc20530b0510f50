"""Models fitted to our own history: what they are fitted to, what they say, and who lets them."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, jobs, queries, rules
from portal.blueprints.accounts.models import (
    Account,
    Basis,
    Contract,
    FitState,
    Lifecycle,
    RevenueLine,
    ValueModel,
)
from portal.blueprints.accounts.rules import Why, comparison, histories
from portal.blueprints.accounts.rules.fitted import (
    Bought,
    Buying,
    Fitted,
    expected_amount,
    expected_purchases,
)
from portal.blueprints.accounts.rules.histories import Relationship
from portal.core import events
from portal.core.errors import NotFound, Refused
from portal.core.fitting import asking, process
from portal.core.fitting.errors import NotFitted
from tests.accounts.test_rules import ACME, a_year, line, value
from tests.conftest import ON_SQLITE_ALONE

CDNOW = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426, p=6.25, q=3.74, v=15.44)
TODAY = date(2026, 6, 17)


def test_expected_purchases_are_as_published():
    """Fader, Hardie and Lee (2005): x = 2, t_x = 30.43, T = 38.86, the next 39 weeks: 1.226."""
    bought = Bought(times=2, last=30.43, age=38.86, mean=0)
    assert expected_purchases(CDNOW, bought, months=39) == pytest.approx(1.226, abs=1e-3)
    assert expected_purchases(CDNOW, bought, months=0) == 0
    none = Bought(times=0, last=0, age=38.86, mean=0)
    assert 0 < expected_purchases(CDNOW, none, months=39) < 0.3


def test_expected_amounts_are_as_published():
    """Fader and Hardie (2013): customers of 2 purchases of 22.35 and 1 of 11.77 on average."""
    amounts = [
        expected_amount(CDNOW, Bought(times, 0, 1, mean))
        for times, mean in ((2, 22.35), (1, 11.77), (0, 0))
    ]
    assert amounts == pytest.approx([24.65, 18.91, 35.17], abs=0.05)
    assert expected_amount(Buying(1, 1, 1, 1, p=0.2, q=0.9, v=3), Bought(0, 0, 1, 0)) is None


@pytest.mark.parametrize(
    ("start", "end", "seen", "lost_at"),
    [
        ("2025-07-01", None, 0, None),
        ("2025-06-17", None, 1, None),
        ("2020-01-01", None, 6, None),
        ("2020-01-01", "2020-12-31", 6, 1),
        ("2020-01-01", "2023-01-04", 6, 3),
        ("2020-01-01", "2020-02-01", 6, 1),
        ("2024-02-29", "2026-06-01", 2, 2),
    ],
)
def test_renewals_that_could_be_watched(start, end, seen, lost_at):
    one = Relationship("", date.fromisoformat(start), end and date.fromisoformat(end))
    assert histories.years_kept(one, on=TODAY) == (seen, lost_at)


def test_cohorts_are_customers_watched_for_equally_long():
    def begun(year, end=None, segment="a"):
        return Relationship(segment, date(year, 1, 1), end)

    found = histories.cohorts(
        [
            begun(2024),
            begun(2024, date(2024, 12, 31)),
            begun(2025),
            begun(2026),
            begun(2025, None, ""),
        ],
        on=TODAY,
    )
    assert set(found) == {"*", "a"}
    assert (found["a"]["customers"], found["a"]["lost"]) == (3, 1)
    given = found["a"]["given"]
    rows = list(
        zip(given["cohorts"], given["numbers"]["year"], given["numbers"]["survivors"], strict=True)
    )
    assert rows == [("1", 0, 1), ("1", 1, 1), ("2", 0, 2), ("2", 1, 1), ("2", 2, 1)]
    assert found["*"]["customers"] == 4


def test_purchases_are_months_with_revenue():
    months = [
        (date(2026, 1, 5), Decimal(10)),
        (date(2026, 3, 1), Decimal(30)),
        (date(2026, 3, 9), Decimal(-10)),  # a correction
        (date(2026, 4, 1), Decimal(7)),
        (date(2026, 4, 2), Decimal(-7)),  # all taken back: no purchase
        (date(2026, 5, 1), Decimal(40)),
        (date(2026, 6, 1), Decimal(99)),  # the month is not over
    ]
    assert histories.bought(months, on=TODAY) == Bought(times=2, last=4, age=5, mean=30)
    assert histories.bought([], on=TODAY) is None


def document(**more):
    curve = {"customers": 80, "lost": 20, "alpha": 1.0, "beta": 9.0, "log_likelihood": -50.0}
    spread = [[1 + place / 20, 9.0] for place in range(-9, 10)]
    buys = {name: getattr(CDNOW, name) for name in ("r", "alpha", "a", "b", "p", "q", "v")}
    drawn = [[buys[n] * (1 + p / 50) for n in buys] for p in range(-9, 10)]
    bought = {"customers": 70, "again": 40, "currency": "EUR", "log_likelihood": -9.0, **buys}
    return {
        "contracts": {
            "*": {**curve, "draws": spread},
            "enterprise": {**curve, "alpha": 0.5, "draws": [[a / 2, b] for a, b in spread]},
            "mid market": {"customers": 9, "lost": 1, "why": "thin", "details": {}},
        },
        "purchases": {**bought, "draws": drawn},
        **more,
    }


FITTED = Fitted.of(3, TODAY, document())
SIGNED = rules.Contract("C1", "ACC-00001", date(2023, 7, 14), date(2027, 7, 14), None)


@pytest.mark.parametrize(
    ("segment", "why", "alpha"),
    [
        ("Enterprise", Why.FITTED_CONTRACTS, Decimal("0.5")),
        ("mid-market", Why.THIN_SEGMENT, Decimal("1.2")),  # the prior of the policy
        ("Martian", Why.FITTED_CONTRACTS, Decimal(1)),  # no prior: all segments together
    ],
)
def test_the_page_says_which_model_and_why(segment, why, alpha):
    found = value(replace(ACME, segment=segment), a_year(), [SIGNED], fitted=FITTED).decision
    assert found.base.why is why
    inputs = {part.name: part.value for part in found.base.inputs}
    assert inputs["alpha"] == alpha
    assert found.low.value < found.base.value < found.high.value
    assert inputs.get("model") == (3 if why is Why.FITTED_CONTRACTS else None)


def test_who_buys_without_contract_is_worth_what_they_will_buy():
    lines = [line(f"2025-{month:02}", "30") for month in (1, 4, 8, 11)]
    found = value(ACME, lines, fitted=FITTED, contracts=[]).decision
    assert found.base.why is Why.FITTED_PURCHASES
    assert found.low.value < found.base.value < found.high.value
    first = next(part for part in found.base.inputs if part.name == "year_1")
    bought = Bought(times=3, last=10, age=18, mean=30)
    count = expected_purchases(CDNOW, bought, months=12)
    amount = expected_amount(CDNOW, bought)
    worth = count * amount * float(ACME.gross_margin) / 1.1
    assert float(first.value.amount) == pytest.approx(worth, rel=1e-6)
    without = value(ACME, lines, contracts=[]).decision
    assert without.base.why is Why.SEGMENT_PRIOR


def test_comparison_says_why_a_part_is_missing():
    found = comparison.lines(document(), document())
    assert [one.label for one in found] == [
        "All segments", "enterprise", "mid market", "Purchases without contract",
    ]  # fmt: skip
    assert found[0].kept == found[0].kept_before
    assert found[0].kept[0] == Decimal("0.9")
    assert found[2].why.startswith("Too thin: a fit takes 50 customers")
    assert comparison.lines(None, None) == []
    assert "no average" in comparison.why_not("no_mean", {})
    assert "no interior maximum" in comparison.why_not("no_interior", {})


ONCE = {}
"""Fits that were made, by what was asked: the same history gives the same fit."""


@pytest.fixture
def in_process(monkeypatch):
    """Fit here: starting a process takes a second; tests/core/test_fitting.py starts one."""

    def fit_many(asked):
        told = json.dumps(asked)
        if told not in ONCE:
            ONCE[told] = [process.answer_to(model, given) for model, given in asked]
        return ONCE[told]

    monkeypatch.setattr(asking, "fit_many", fit_many)


def shopped(dice):
    """Give the months in which somebody bought who buys at random and leaves after a purchase."""
    rate, leaves = dice.gammavariate(1, 0.4), dice.betavariate(0.8, 2.4)
    usual = 1000 + 9000 / dice.gammavariate(4, 1)
    for month in range(24):
        if month == 0 or dice.random() < rate:
            amount = round(usual * dice.gammavariate(6, 1 / 6))
            yield date(2024 + (5 + month) // 12, 1 + (5 + month) % 12, 1), amount
            if month and dice.random() < leaves:
                return


@pytest.fixture
def history(cast, db, now):
    """Sixty customers with contracts since 2020, of whom a fourth left, and sixty who buy."""
    shared = {"version": 1, "created_at": now, "updated_at": now}
    made = []
    for place in range(120):
        left = place < 60 and place % 4 == 0
        made.append(
            {
                "reference": f"ACC-9{place:04}", "name": f"Client {place}",
                "name_key": f"client {place}", "external_id": f"fit{place}", "source": "tests",
                "segment": "North" if place < 60 else "", "gross_margin": Decimal("0.5"),
                "lifecycle": Lifecycle.LOST if left else Lifecycle.ACTIVE, **shared,
            }
        )  # fmt: skip
    db.session.execute(sa.insert(Account), made)
    ids = list(
        db.session.scalars(
            sa.select(Account.id).where(Account.source == "tests").order_by(Account.id)
        )
    )
    signed, bought = [], []
    for place, account_id in enumerate(ids):
        if place < 60:
            start, lost = date(2020 + place % 5, 1, 1), place % 4 == 0
            end = date(start.year + 1 + (place // 4) % 2 * (place % 8 // 4), 1, 1) if lost else None
            signed.append(
                {"account_id": account_id, "number": f"N{place}", "starts_on": start,
                 "ends_on": end, "currency": "EUR", **shared}
            )  # fmt: skip
        else:
            for month, amount in shopped(random.Random(place)):
                bought.append(
                    {"account_id": account_id, "month": month, "basis": Basis.INVOICED,
                     "amount_minor": amount, "currency": "EUR", "source": "tests",
                     "recorded_at": now}
                )  # fmt: skip
    db.session.execute(sa.insert(Contract), signed)
    db.session.execute(sa.insert(RevenueLine), bought)
    db.session.commit()
    return ids


def test_a_version_is_asked_for_fitted_published_and_taken_out_of_force(
    cast, db, now, history, in_process, run_jobs
):
    row = actions.ask_for_fit(by=cast.fina, now=now)
    db.session.commit()
    with pytest.raises(Refused, match="being fitted"):
        actions.ask_for_fit(by=cast.fina, now=now)
    run_jobs()
    row = queries.model(1)
    assert row.state is FitState.PROPOSED
    own = row.document["contracts"]["north"]
    assert (own["customers"], own["lost"]) == (60, 15)
    assert 0 < own["alpha"] < own["beta"]
    assert len(own["draws"]) == 99
    assert row.document["purchases"]["customers"] == 60
    assert row.document["purchases"]["q"] > 1

    # Nothing rests on it before somebody publishes it.
    assert queries.fitted() is None
    with pytest.raises(Refused, match="signs the value policy"):
        actions.publish_models(row, because="It looks right.", by=cast.fina, now=now)
    with pytest.raises(Refused, match="Say why"):
        actions.publish_models(row, because=" ", by=cast.lena, now=now)
    actions.publish_models(row, because="It looks right.", by=cast.lena, now=now)
    db.session.commit()
    found = queries.value(history[1], at=now, viewer=cast.fina)
    assert found.decision.base.why is Why.NO_REVENUE
    assert queries.fitted().number == 1
    with pytest.raises(Refused, match="decided on"):
        actions.publish_models(row, because="Once more.", by=cast.lena, now=now)
    names = set(db.session.scalars(sa.select(events.Event.name)))
    assert {
        "accounts.fit_asked", "accounts.models_fitted", "accounts.models_published",
    } <= names  # fmt: skip

    # A second version does not take its place by itself.
    actions.ask_for_fit(by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    assert queries.fitted().number == 1
    actions.publish_models(queries.model(2), because="A year more.", by=cast.lena, now=now)
    assert [one.state for one in queries.models()] == [FitState.PUBLISHED, FitState.REPLACED]
    actions.decline_models(queries.model(2), because="Wrong data.", by=cast.lena, now=now)
    assert queries.fitted() is None


@ON_SQLITE_ALONE
def test_models_are_shown_and_decided_on(browse, cast, db, now, history, in_process, run_jobs):
    fina, lena = browse("fina"), browse("lena")
    assert "Nothing was fitted yet" in fina.text("/accounts/models")
    assert fina.post("/accounts/models/fit").status_code == 303
    run_jobs()
    page = lena.get("/accounts/models/1").get_data(as_text=True)
    assert "north" in page
    assert 'name="verdict"' in page
    assert 'name="verdict"' not in fina.get("/accounts/models/1").get_data(as_text=True)
    given = {"verdict": "publish", "because": "Sixty customers."}
    assert lena.post("/accounts/models/1", given).status_code == 303
    assert "Sixty customers." in fina.text("/accounts/models/1")
    assert browse("aldo").get("/accounts/models").status_code == 200
    assert browse("carl").get("/accounts/models").status_code == 403
    page = fina.text(f"/accounts/{db.session.get(Account, history[-1]).reference}")
    assert "they buy without a contract" in page
    assert "purchases expected" in page


@ON_SQLITE_ALONE
def test_a_fit_that_never_ended_is_given_up_and_another_takes_its_place(
    browse, cast, db, now, in_process, run_jobs
):
    stuck = ValueModel(number=1, state=FitState.FITTING, history_until=TODAY, created_at=now)
    db.session.add(stuck)
    db.session.commit()
    fina = browse("fina")
    fit = 'action="/accounts/models/fit"'
    assert fit not in fina.get("/accounts/models").get_data(as_text=True)
    with pytest.raises(Refused, match="being fitted"):
        actions.ask_for_fit(by=cast.fina, now=now + timedelta(minutes=59))
    stuck.created_at = now - timedelta(hours=1)
    db.session.commit()
    page = fina.get("/accounts/models").get_data(as_text=True)
    assert fit in page
    assert "given up" in page
    assert "an administrator sees why" in fina.text("/accounts/models/1")
    assert fina.post("/accounts/models/fit").status_code == 303
    run_jobs()
    assert [one.state for one in queries.models()] == [FitState.PROPOSED, FitState.REPLACED]

    # Its job comes after all: what took its place stays.
    jobs.fit_models(1)
    assert [one.state for one in queries.models()] == [FitState.PROPOSED, FitState.REPLACED]


def test_a_thin_history_is_not_fitted(cast, db, now, run_jobs):
    row = actions.ask_for_fit(by=cast.fina, now=now)
    db.session.commit()
    run_jobs()
    row = queries.model(row.number)
    assert {one.get("why") for one in row.document["contracts"].values()} <= {"thin"}
    assert row.document["purchases"]["why"] == "thin"
    with pytest.raises(Refused, match="too thin"):
        actions.publish_models(row, because="Why not.", by=cast.lena, now=now)
    with pytest.raises(NotFound):
        queries.model(99)


def test_a_process_that_is_ended_is_said_part_by_part(monkeypatch):
    def ended(asked):
        raise NotFitted("took_too_long")

    monkeypatch.setattr(asking, "fit_many", ended)
    thick = {"customers": 60, "lost": 20, "given": {"numbers": {}, "cohorts": []}}
    bought = {"customers": 60, "again": 30, "buying": {}, "spending": {}}
    found = actions.fitted_document(
        {"contracts": {"*": thick}, "purchases": bought, "currency": "EUR"}
    )
    assert found["contracts"]["*"]["why"] == "took_too_long"
    assert found["purchases"]["why"] == "took_too_long"
