"""Predictions: kept once, settled by what happened, and scored."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Band, Contract, Lifecycle
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.blueprints.risk import actions, queries, rules
from portal.blueprints.risk.models import (
    CardState,
    ChanceBasis,
    ChurnCardFit,
    Prediction,
    RiskEntry,
    RiskMove,
    Stage,
    WorkKind,
)
from portal.blueprints.risk.queries import Past
from portal.blueprints.risk.rules import PredictionVerdict
from portal.core.access import Permission, job
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

CLOCKWORK = job("tests")
DAY = timedelta(days=1)
TODAY = date(2026, 6, 17)


def past(account_id, made_on, *, lost, score=70, chance="0.3", work=None, settled=True, **measures):
    """Give a prediction as it was kept and settled."""
    band = Band.RED if score >= 65 else Band.AMBER if score >= 35 else Band.GREEN
    due = made_on + 180 * DAY
    return Prediction(
        account_id=account_id,
        made_on=made_on,
        due_on=due,
        score=score,
        band=band,
        policy_number=1,
        chance=chance and Decimal(chance),
        basis=chance and ChanceBasis.BANDS,
        settled_on=due + DAY if settled else None,
        lost=lost if settled else None,
        work=work,
        **measures,
    )


def crowd(db, owner_id, count):
    """Add accounts and give their numbers."""
    rows = [
        Account(
            reference=f"ACC-9{n:04d}",
            name=f"Crowd {n}",
            name_key=f"crowd {n}",
            external_id=f"crowd-{n}",
            owner_id=owner_id,
        )
        for n in range(count)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def test_every_account_is_predicted_once_a_month_and_settled_by_what_happened(cast, db, now):
    actions.reckon(by=CLOCKWORK, now=now)
    assert actions.predict(by=CLOCKWORK, now=now) == 2
    assert actions.predict(by=CLOCKWORK, now=now + DAY) == 0
    rows = {row.account_id: row for row in db.session.scalars(sa.select(Prediction))}
    kept = rows[cast.acme_id]
    assert (kept.made_on, kept.due_on, kept.policy_number) == (TODAY, TODAY + 180 * DAY, 1)
    assert (kept.chance, kept.basis, kept.open_cases) == (None, None, 0)
    assert actions.predict(by=CLOCKWORK, now=now + 20 * DAY) == 2
    # Somebody works on Borealis, and both are lost: Acme by a contract that ended in time.
    entry = RiskEntry(
        reference="RSK-1",
        account_id=cast.borealis_id,
        title="T",
        likelihood=3,
        impact=3,
        stage=Stage.SAVING,
        stage_since=now + 5 * DAY,
        review_on=TODAY,
        currency="EUR",
        valued_on=TODAY,
    )
    db.session.add(entry)
    db.session.flush()
    move = RiskMove(entry_id=entry.id, to_stage=Stage.SAVING, why="W", at=now + 5 * DAY)
    db.session.add(move)
    assert actions.settle(by=CLOCKWORK, now=now + 40 * DAY) == 0
    for account in (cast.acme, cast.borealis):
        account.lifecycle = Lifecycle.LOST
    assert actions.settle(by=CLOCKWORK, now=now + 41 * DAY) == 4
    found = {(r.account_id, r.lost, r.work) for r in db.session.scalars(sa.select(Prediction))}
    assert found == {
        (cast.acme_id, True, None),
        (cast.borealis_id, True, WorkKind.PLANNED),
    }
    # Borealis is won back in time: what was said of it is open again, and then it stayed.
    db.session.get_one(Account, cast.borealis_id).lifecycle = Lifecycle.ACTIVE
    assert actions.settle(by=CLOCKWORK, now=now + 50 * DAY) == 0
    assert actions.settle(by=CLOCKWORK, now=now + 300 * DAY) == 2
    of = sa.select(Prediction.lost).where(Prediction.account_id == cast.borealis_id)
    assert set(db.session.scalars(of)) == {False}
    # A loss that is entered late counts, where the contract ended within the time foreseen.
    db.session.get_one(Account, cast.borealis_id).lifecycle = Lifecycle.LOST
    contract = Contract(
        account_id=cast.borealis_id,
        number="N",
        starts_on=TODAY - 90 * DAY,
        ends_on=TODAY + 10 * DAY,
        currency="EUR",
    )
    db.session.execute(sa.delete(Contract).where(Contract.account_id == cast.borealis_id))
    db.session.add(contract)
    db.session.flush()
    assert actions.settle(by=CLOCKWORK, now=now + 301 * DAY) == 1
    db.session.commit()
    told = sa.select(Event.data).where(Event.name == "risk.settled").order_by(Event.seq)
    assert [one["lost"] for one in db.session.scalars(told)] == [4, 0, 1]


def scores_are_told_for_any_periods_at_once(cast, now, queries_at_most):
    periods = [(date(2026, 1, 1), date(2026, 4, 1)), (date(2025, 7, 1), date(2025, 10, 1))]
    with queries_at_most(2):
        spring, summer = queries.scores(cast.ava, periods, now=now)
    assert (spring.predictions, summer.predictions, summer.hits) == (1, 30, 6)
    assert [one.predictions for one in queries.scores(cast.ava, periods[::-1], now=now)] == [30, 1]
    assert [one.predictions for one in queries.scores(cast.otto, periods, now=now)] == [0, 0]
    with pytest.raises(ValueError, match="2026"):
        queries.scores(cast.ava, [*periods, (date(2026, 3, 1), date(2026, 5, 1))], now=now)


def test_the_record_tells_when_there_is_enough_of_it(cast, db, now, queries_at_most):
    ids = crowd(db, cast.ids["carl"], 30)
    first = date(2025, 1, 10)
    few = past(ids[0], first, lost=True)
    db.session.add(few)
    db.session.flush()
    told = queries.record(cast.ava, now=now)
    assert (told.every.tells, told.every.brier, told.every.hits) == (False, None, 1)
    # Ten lost of thirty: six of them warned of; two warnings came to nothing; six worked on.
    for n, number in enumerate(ids[1:], start=1):
        lost, red = n < 10, n < 6 or n in (10, 11)
        work = WorkKind.SPONSORED if n % 5 == 0 else None
        score, chance = (70, "0.8") if red else (20, "0.1")
        db.session.add(past(number, first, lost=lost, score=score, chance=chance, work=work))
        if n == 29:
            db.session.add(past(number, date(2025, 8, 1), lost=False, score=20, chance="0.1"))
            db.session.add(past(number, date(2026, 3, 1), lost=None, settled=False))
    db.session.flush()
    told = queries.record(cast.ava, now=now)
    every = told.every
    assert (every.predictions, every.accounts, every.lost_accounts) == (31, 30, 10)
    assert (every.hits, every.misses, every.false_alarms, every.quiet) == (6, 4, 2, 19)
    assert (every.caught, every.right) == (Decimal("0.6"), Decimal("0.75"))
    # 5 × 0.04 + 0.49 (said 0.3 of a loss) + 4 × 0.81 + 2 × 0.64 + 19 × 0.01, over 31.
    assert every.brier == Decimal("0.174194")
    assert every.brier_of_the_average == Decimal("0.218522")
    assert 0 < every.brier_error < Decimal("0.06")
    assert not told.worked_on.tells
    assert told.worked_on.accounts == 5
    assert told.left_alone.tells
    assert told.left_alone.accounts == 25
    assert [name for name, _quality in told.quarters] == ["2025-Q3", "2026-Q1"]
    assert (told.still_open, told.first_due) == (1, date(2026, 8, 28))
    # Who may see one account is told of that one alone; who sees none, of none.
    assert queries.record(cast.otto, now=now).every.predictions == 0
    scores_are_told_for_any_periods_at_once(cast, now, queries_at_most)
    for verdict, count in {
        PredictionVerdict.HIT: 6,
        PredictionVerdict.MISS: 4,
        PredictionVerdict.FALSE_ALARM: 2,
        PredictionVerdict.QUIET: 19,
        PredictionVerdict.OPEN: 1,
    }.items():
        found = queries.predictions(cast.ava, Past(verdict=verdict), cursor=None, now=now)
        assert len(found.rows) == count
        assert {rules.verdict_of(r.band, lost=r.lost) for r in found.rows} == {verdict}
    count, lost = queries.learnable(horizon_days=180, today=TODAY)
    lessons = queries.lessons(horizon_days=180, today=TODAY)
    assert (count, lost) == (len(lessons.outcome), lessons.lost) == (31, 10)
    # The past of each band says the chance in what is predicted next.
    actions.reckon(by=CLOCKWORK, now=now)
    actions.predict(by=CLOCKWORK, now=now)
    new = db.session.scalars(sa.select(Prediction).where(Prediction.made_on == TODAY)).first()
    assert (new.band, new.basis) == (Band.GREEN, ChanceBasis.BANDS)
    assert new.chance == rules.band_chance(lost=4, accounts=22, predictions=23)


def test_the_nearest_past_cases_are_told_with_reasons(cast, db, now):
    ids = crowd(db, cast.ids["carl"], 3)
    cast.acme.renewal_on = TODAY + 30 * DAY
    db.session.flush()
    actions.reckon(by=CLOCKWORK, now=now)
    score = cast.acme.risk_score
    for n, (number, share) in enumerate(zip(ids, ("0.7", "0.2", "0.75"), strict=True)):
        near = {"score": score + n, "renewal_near": Decimal(share), "lost": n == 0}
        db.session.add(past(number, date(2025, 1, 10), **near))
        db.session.add(past(number, date(2025, 2, 10), **{**near, "payment_delay": Decimal(60)}))
    db.session.add(past(cast.acme_id, date(2025, 1, 10), score=score, lost=False))
    db.session.flush()
    found = queries.nearest(cast.ava, cast.acme, now=now)
    assert [(one.name, one.lost) for one in found] == [
        ("Crowd 2", False),
        ("Crowd 0", True),
        ("Crowd 1", False),
    ]
    assert (found[0].apart, found[0].shared, found[0].differing) == (0, ("renewal_near",), ())
    assert found[2].differing == ("renewal_near",)
    assert queries.nearest(cast.otto, cast.acme, now=now) == []


def test_losses_alone_say_nothing_before_the_day_has_come(cast, db, now):
    ids = crowd(db, cast.ids["carl"], 30)
    cast.acme.renewal_on = TODAY + 30 * DAY
    db.session.flush()
    actions.reckon(by=CLOCKWORK, now=now)
    score = cast.acme.risk_score
    for number in ids:
        early = past(number, date(2026, 3, 1), lost=True, score=score)
        early.settled_on = TODAY - 10 * DAY
        db.session.add(early)
    db.session.flush()
    told = queries.record(cast.ava, now=now)
    assert (told.every.predictions, told.still_open) == (0, 30)
    assert queries.bands(date(2020, 1, 1), until=TODAY) == {}
    assert queries.nearest(cast.ava, cast.acme, now=now) == []
    assert queries.learnable(horizon_days=180, today=TODAY) == (0, 0)
    assert queries.lessons(horizon_days=180, today=TODAY).outcome == []
    later = now + 200 * DAY
    told = queries.record(cast.ava, now=later)
    assert (told.every.predictions, told.still_open) == (30, 0)
    assert queries.learnable(horizon_days=180, today=TODAY + 200 * DAY) == (30, 30)
    assert queries.nearest(cast.ava, cast.acme, now=later)


def test_a_loss_after_a_later_contract_leaves_earlier_stays_as_they_were(cast, db, now):
    (number,) = crowd(db, cast.ids["carl"], 1)
    kept = past(number, date(2025, 1, 10), lost=False)
    spans = ((date(2024, 2, 1), date(2025, 2, 1)), (date(2025, 2, 1), TODAY + 90 * DAY))
    first, successor = (
        Contract(account_id=number, number=f"N{n}", starts_on=a, ends_on=b, currency="EUR")
        for n, (a, b) in enumerate(spans)
    )
    db.session.add_all([kept, first, successor])
    db.session.get_one(Account, number).lifecycle = Lifecycle.LOST
    db.session.flush()
    for ends_on, count in ((TODAY + 90 * DAY, 0), (TODAY - DAY, 0), (None, 0), (kept.due_on, 1)):
        db.session.get_one(Contract, successor.id).ends_on = ends_on
        db.session.flush()
        assert actions.settle(by=CLOCKWORK, now=now) == count


def test_what_was_given_is_told_to_who_may_read_of_compensation(cast, db, now):
    ids = crowd(db, cast.ids["carl"], 1)
    cast.acme.renewal_on = TODAY + 30 * DAY
    db.session.flush()
    actions.reckon(by=CLOCKWORK, now=now)
    given = {"score": cast.acme.risk_score, "work": WorkKind.COMPENSATED}
    db.session.add(past(ids[0], date(2025, 1, 10), lost=False, **given))
    db.session.flush()
    for viewer, told in ((cast.ava, WorkKind.COMPENSATED), (cast.petra, None)):
        found = queries.predictions(viewer, Past(worked=True), cursor=None, now=now)
        assert [(one.work, one.worked) for one in found.rows] == [(told, True)]
        near = queries.nearest(viewer, cast.acme, now=now)
        assert [(one.work, one.worked) for one in near] == [(told, True)]


@ON_SQLITE_ALONE
def test_a_scorecard_that_no_policy_could_hold_failed(browse, cast, db, now):
    row = ChurnCardFit(state=CardState.FITTING, asked_by_id=cast.erik.id, asked_at=now)
    db.session.add(row)
    db.session.flush()
    assert queries.being_learned(now=now)
    assert not queries.being_learned(now=now + 2 * DAY)
    row.asked_at = now - DAY
    db.session.commit()
    assert "an administrator sees why" in browse("erik").text(f"/risk/cards/{row.id}")
    assert "given up" in browse("erik").text("/risk/cards")
    actions.keep_card(row, {"factors": []}, by=CLOCKWORK, now=now)
    assert (row.state, row.document["why"]) == (CardState.FAILED, "failed")


def learnt(db, cast):
    """Keep outcomes of forty-five accounts lost and a hundred kept, told apart by two factors."""
    for n, number in enumerate(crowd(db, cast.ids["carl"], 145)):
        lost = n < 45
        fell = Decimal(((n * 7) % 40) + (35 if lost else 0)) / 100
        late = Decimal((n * 11) % 30 + (12 if lost else 0))
        measures = {"health_trend": fell, "payment_delay": late if n % 9 else None}
        db.session.add(past(number, date(2025, 1, 10), lost=lost, **measures))
    db.session.flush()


def published_by_another(cast, db, now, erik):
    """Propose the scorecard, let leadership publish it, and look at what rests on it."""
    assert erik.post("/risk/cards/1/propose").status_code == 303
    assert erik.post("/risk/cards/1/propose").status_code == 409
    draft = policies.get_draft(queries.card(1).draft_id)
    text = erik.text(f"/policies/drafts/{draft.id}")
    assert "Chance of a loss" in text
    assert "Payment late" in text
    policy_actions.submit(draft, why="It tells them apart.", by=cast.erik, now=now)
    # Nothing counts before somebody else publishes it.
    assert policies.in_force(RiskPolicy)[0].churn is None
    policy_actions.sign(draft, reason="Agreed.", by=cast.lena, now=now)
    db.session.commit()
    policy, number = policies.in_force(RiskPolicy)
    assert {one.name for one in policy.churn.factors} == {"health_trend", "payment_delay"}
    later = now + 20 * DAY
    actions.reckon(by=CLOCKWORK, now=later)
    actions.predict(by=CLOCKWORK, now=later)
    db.session.commit()
    of = sa.select(Prediction).where(Prediction.account_id == cast.acme_id)
    kept = db.session.scalars(of.order_by(Prediction.id.desc())).first()
    chance = queries.chance_of(db.session.get_one(Account, cast.acme_id))
    assert (kept.basis, kept.policy_number) == (ChanceBasis.CARD, number)
    assert kept.chance == chance.value
    assert 0 < chance.value < 1
    assert {name for name, _bin, _points in chance.parts} == {"health_trend", "payment_delay"}
    assert "Chance of a loss within 180 days" in erik.text(f"/risk/accounts/{cast.acme.reference}")
    assert "Payment late" in erik.text(f"/policies/risk/{number}")


@ON_SQLITE_ALONE
def test_a_scorecard_is_learned_shown_and_published_by_another(cast, db, now, browse, run_jobs):
    learnt(db, cast)
    for number in (cast.acme_id, cast.borealis_id):
        told = {"lost": False, "score": 3, "work": WorkKind.SPONSORED}
        db.session.add(past(number, date(2025, 1, 10), **told))
    actions.reckon(by=CLOCKWORK, now=now)
    actions.predict(by=CLOCKWORK, now=now)
    db.session.commit()
    erik, lena = browse("erik"), browse("lena")
    text = erik.text("/risk/predictions")
    assert "45 of 45 losses were warned of" in text
    assert "147" in text
    assert "too few to tell" in text
    text = erik.text("/risk/predictions?worked=yes")
    assert "Acme" in text
    assert "Crowd 7" not in text
    exported = erik.get("/risk/predictions/export.csv?verdict=hit").text
    assert exported.count("\n") == 46
    assert erik.get("/risk/predictions/export.xlsx?verdict=hit").data[:2] == b"PK"
    text = erik.text("/risk/accounts/ACC-90000")
    assert "Of the 2 accounts that were most like this one" in text
    assert "What was foreseen" in text
    # Learned by who may propose; who may not learns nothing.
    assert lena.post("/risk/cards").status_code == 403
    assert erik.post("/risk/cards").status_code == 303
    run_jobs()
    text = erik.text("/risk/cards")
    assert "Scorecard 1" in text
    assert "Learned" in text
    row = queries.card(1)
    assert (row.state, row.document["rows"], row.document["lost"]) == (CardState.FITTED, 147, 45)
    assert Decimal(row.document["auc"]) > Decimal("0.8")
    text = erik.text("/risk/cards/1")
    assert "Discrimination (AUC)" in text
    assert "Payment late" in text
    published_by_another(cast, db, now, erik)
    ask = caller(browse, cast, db, now, at="/api/v1/risk", scopes=(Permission.RISK_READ,))("erik")
    told = ask("GET", "/predictions/quality").json
    assert (told["every"]["hits"], told["worked_on"]["losses_warned_of"]) == (45, None)
    told = ask("GET", "/predictions?verdict=hit&limit=2").json
    assert [one["lost"] for one in told["items"]] == [True, True]
    assert told["after"]
