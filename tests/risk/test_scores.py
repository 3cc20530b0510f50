"""Scores in the database: the same as the rules say, kept with their history, for who may see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as accounts
from portal.blueprints.accounts.models import (
    Band,
    Contact,
    ContactRole,
    HealthSignal,
    Lifecycle,
    Sentiment,
)
from portal.blueprints.escalations import actions as cases
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.blueprints.risk import actions, queries, rules
from portal.blueprints.risk.models import Assessment, Judgement, Snapshot
from portal.blueprints.surveys.models import Nps, NpsAnswer
from portal.core import clock, events
from portal.core.access import job
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from portal.core.jobs.tables import JobDone
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import declared

DAY = timedelta(days=1)
CLOCKWORK = job("tests")


def reckon(db, now, **more):
    moved = actions.reckon(by=CLOCKWORK, now=now, **more)
    db.session.commit()
    db.session.expire_all()
    return moved


def signal(db, account, kind, value, at):
    db.session.add(
        HealthSignal(
            account_id=account.id,
            kind=kind,
            value=Decimal(value),
            observed_at=at,
            source="tests",
            external_id=at.isoformat(),
        )
    )


def trouble(cast, db, now):
    """Let something of everything happen to Acme."""
    account = cast.acme
    declared(cast, now)
    for kind, values in {
        "health": ("80", "60"),
        "usage": ("0", "10"),
        "payment_delay": ("5", "30"),
    }.items():
        signal(db, account, kind, values[0], now - 60 * DAY)
        signal(db, account, kind, values[1], now - DAY)
    signal(db, account, "health", "1000", now - 200 * DAY)
    executive = db.session.scalars(sa.select(Contact).filter_by(account_id=account.id)).one()
    executive.left_at = now - 45 * DAY - timedelta(hours=1)
    for sentiment, influence in ((Sentiment.AGAINST_US, 3), (Sentiment.WAVERING, 2), (None, 3)):
        contact = Contact(
            account_id=account.id,
            name="N",
            role=ContactRole.USER,
            influence=influence,
            sentiment=sentiment or Sentiment.NEUTRAL,
        )
        db.session.add(contact)
    db.session.flush()
    # The last of them said first that they would recommend us, then that they would not.
    for person, score, at in ((contact.id, 9, 3), (contact.id, 6, 1), (executive.id, 0, 1)):
        when = now - at * DAY
        row = Nps(account_id=account.id, contact_id=person, nonce="n", asked_at=when,
                  expires_at=when)  # fmt: skip
        db.session.add(row)
        db.session.flush()
        db.session.add(NpsAnswer(nps_id=row.id, score=score, at=when))
    account.renewal_on = date(2026, 6, 17) + timedelta(days=30)
    db.session.commit()


EXPECTED = {
    "open_cases": "1",
    "silence_breaches": "0",
    "promises_broken": "0",
    "health_trend": "0.25",
    "usage_trend": None,
    "sponsor_gone": "45",
    "renewal_near": "0.75",
    "payment_delay": "30",
    "sentiment": "0.6875",  # (3 · 2 + 2 · 1 + 3 · 1) of 2 · 8; who left counts no more
    "recurrence": "0",
}


def test_what_the_database_reckons_is_what_the_rules_say(cast, db, now):
    trouble(cast, db, now)
    assert reckon(db, now) == 2
    row = db.session.get_one(Assessment, cast.acme_id)
    measures = {name: getattr(row, name) for name in rules.NAMES}
    assert measures == {name: v and Decimal(v) for name, v in EXPECTED.items()}
    policy, number = policies.in_force(RiskPolicy)
    points = {name: rules.points(policy, name, measures[name]) for name in rules.NAMES}
    assert points == {name: getattr(row, f"{name}_points") for name in rules.NAMES}
    assert (row.score, row.policy_number) == (rules.score(list(points.values())), number)
    assert row.band is rules.band(policy, row.score, row.rule) is Band.AMBER
    assert row.rule == "open_e1"
    assert (cast.acme.risk_score, cast.acme.risk_band) == (row.score, row.band)
    # A calm account: nothing but a renewal that is far away.
    calm = db.session.get_one(Assessment, cast.borealis_id)
    assert (calm.score, calm.band, calm.rule) == (0, Band.GREEN, None)
    assert (calm.renewal_near, calm.sponsor_gone, calm.health_trend) == (0, 0, None)
    # Nothing has changed: nothing is written, no event tells of it.
    told = sa.select(sa.func.count()).where(Event.name == "risk.reckoned")
    before = db.session.scalar(told)
    assert reckon(db, now + timedelta(minutes=1)) == 0
    assert db.session.get_one(Assessment, cast.acme_id).changed_at == now
    assert db.session.scalar(told) == before == 1


def test_values_as_large_as_intake_allows_are_reckoned(cast, db, now):
    for account, first, last in ((cast.acme, 10**9, 1), (cast.borealis, 20_000_000, 1_000_000)):
        signal(db, account, "usage", first, now - 60 * DAY)
        signal(db, account, "usage", last, now - DAY)
    reckon(db, now)
    share = {
        one: db.session.get_one(Assessment, one).usage_trend
        for one in (cast.acme_id, cast.borealis_id)
    }
    assert share[cast.acme_id] == pytest.approx(Decimal(1), abs=Decimal("0.0001"))
    assert share[cast.borealis_id] == Decimal("0.95")


@ON_SQLITE_ALONE
def test_both_accounts_of_a_merge_and_of_its_undoing_are_reckoned(cast, db, now, run_jobs):
    actions.catch_up(by=CLOCKWORK, now=now)
    assert cast.borealis.risk_score == 0
    row = accounts.merge(cast.borealis, cast.acme, by=cast.erik, now=now)
    run_jobs()
    actions.catch_up(by=CLOCKWORK, now=now)
    run_jobs()
    assert cast.borealis.risk_score is None
    accounts.unmerge(db.session.merge(row), by=cast.erik, now=now)
    run_jobs()
    actions.catch_up(by=CLOCKWORK, now=now)
    assert cast.borealis.risk_score == 0


@ON_SQLITE_ALONE
def test_an_import_undone_concerns_all(cast, db, now, run_jobs):
    actions.catch_up(by=CLOCKWORK, now=now)
    cast.acme.risk_score = None
    db.session.execute(sa.delete(Assessment))
    events.record("accounts.import_undone", by=CLOCKWORK, now=now, data={})
    run_jobs()
    actions.catch_up(by=CLOCKWORK, now=now)
    assert cast.acme.risk_score == 0
    done = sa.select(JobDone.name).filter_by(name="escalations.recount")
    assert db.session.scalars(done).all()


def test_scores_follow_what_happens_and_keep_their_history(cast, db, now, run_jobs):
    actions.catch_up(by=CLOCKWORK, now=now - 9 * DAY)
    run_jobs()
    assert cast.acme.risk_score == 0
    with clock.moved(now - DAY):
        case = declared(cast, now - DAY)
    run_jobs()
    assert actions.catch_up(by=CLOCKWORK, now=now - DAY) == 1
    db.session.commit()
    assert (cast.acme.risk_score, cast.acme.risk_band) == (25, Band.AMBER)
    assert queries.history(cast.acme, today=now.date()) == [
        (now.date() - 9 * DAY, 0),
        (now.date() - DAY, 25),
        (now.date(), 25),
    ]
    (mover,) = queries.movers(cast.erik, queries.Search(), now=now)
    assert (mover.name, mover.before, mover.after) == ("Acme Forges", 0, 25)
    assert queries.movers(cast.clara, queries.Search(), now=now) == []
    assert actions.catch_up(by=CLOCKWORK, now=now) == 0
    # Who is restricted to named people is not counted.
    cases.restrict(case, keep=[cast.ids["lisa"]], reason="A name.", by=cast.erik, now=now)
    run_jobs()
    assert actions.catch_up(by=CLOCKWORK, now=now) == 1
    assert cast.acme.risk_score == 0
    # Who is lost has no score any more.
    cast.acme.lifecycle = Lifecycle.LOST
    assert reckon(db, now) == 1
    assert (cast.acme.risk_score, db.session.get(Assessment, cast.acme_id)) == (None, None)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Snapshot)) == 4


def test_the_portfolio_shows_what_is_at_risk_to_who_may_see_it(cast, db, now, run_jobs):
    with clock.moved(now - 40 * DAY):
        case = declared(cast, now - 40 * DAY)
    run_jobs()
    cast.acme.region = "emea"
    reckon(db, now)
    search = queries.Search()
    found = queries.totals(cast.erik, search, now=now)
    assert (found.whole.count, found.whole.at_risk) == (2, 1)
    assert (found.whole.amount.amount, found.whole.amount_at_risk.amount) == (732_000, 612_000)
    assert [(one.name, one.at_risk) for one in found.quarters] == [("2027-Q1", 1)]
    assert [(one.name, one.at_risk) for one in found.regions] == [("emea", 1), ("", 0)]
    assert queries.totals(cast.clara, search, now=now).whole.at_risk == 0
    assert queries.totals(cast.otto, search, now=now).whole.count == 0
    whole = search
    for narrowed, count in (
        ({"segment": "enterprise"}, 2),
        ({"segment": "x"}, 0),
        ({"region": "emea"}, 1),
        ({"quarter": "2027-Q1"}, 2),
        ({"quarter": "2027-Q2"}, 0),
        ({"band": Band.AMBER}, 1),
        ({"mine": True}, 0),
    ):
        search = queries.Search(**narrowed)
        assert queries.totals(cast.erik, search, now=now).whole.count == count
        assert len(list(queries.every(cast.erik, search, now=now))) == count
    assert queries.options(cast.erik, now=now) == (["enterprise"], ["emea"], ["2027-Q1"])
    assert [row.name for row in queries.plotted(cast.erik, whole, now=now)] == [
        "Acme Forges",
        "Borealis Foods",
    ]
    # Nobody did anything for it in thirty days, until somebody does.
    assert [row.name for row in queries.untouched(cast.erik, whole, now=now)] == ["Acme Forges"]
    cases.accept(case, by=cast.erik, now=now)
    db.session.commit()
    assert queries.untouched(cast.erik, whole, now=now) == []


def test_a_judgement_stands_beside_the_score(cast, db, now):
    reckon(db, now)
    actions.judge(cast.acme, band=Band.RED, reason=" They told me. ", by=cast.carl, now=now)
    found = queries.judgement(cast.acme)
    assert (found.band, found.reason, found.score, found.name) == (
        Band.RED,
        "They told me.",
        0,
        "Carl Berger",
    )
    assert cast.acme.risk_band is Band.GREEN
    with pytest.raises(Refused):
        actions.judge(cast.acme, band=Band.RED, reason=" ", by=cast.carl, now=now)
    for other in (cast.clara, cast.mario, cast.lena):
        with pytest.raises(NotFound):
            actions.judge(cast.acme, band=None, reason="No.", by=other, now=now)
    actions.judge(cast.acme, band=None, reason="It is over.", by=cast.carl, now=now)
    assert queries.judgement(cast.acme) is None
    assert len(queries.judgements(cast.acme)) == 2
    with pytest.raises(Refused):
        actions.judge(cast.acme, band=None, reason="Again.", by=cast.carl, now=now)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Judgement)) == 2


@ON_SQLITE_ALONE
def test_the_pages_of_risk(cast, db, now, browse, queries_at_most):
    trouble(cast, db, now)
    reckon(db, now)
    with queries_at_most(14):
        shown = browse("erik").text("/risk/")
    assert "Acme Forges" in shown
    assert "Borealis Foods" in shown
    assert "Borealis Foods" not in browse("carl").text("/risk/?mine=1")
    assert "Acme Forges" not in browse("erik").text(
        "/risk/?segment=none&quarter=2026-Q9&band=x&tier=Z"
    )
    page = browse("carl").text(f"/risk/accounts/{cast.acme.reference}")
    assert "Close the open cases." in page
    assert "An E1 case is open" in page
    assert browse("clara").get(f"/risk/accounts/{cast.acme.reference}").status_code == 404
    assert browse("kim").get("/risk/").status_code == 403
    desk = browse("carl")
    form = {"band": "red", "reason": "They told me."}
    judging = f"/risk/accounts/{cast.acme.reference}"
    assert desk.post(judging, form).status_code == 303
    assert desk.post(judging, {"band": "", "reason": ""}).status_code == 422
    assert "They told me." in desk.text(f"/risk/accounts/{cast.acme.reference}")
    csv = browse("erik").get("/risk/export.csv").get_data(as_text=True)
    assert csv.count("\r\n") == 3
    assert "Acme Forges" in csv
