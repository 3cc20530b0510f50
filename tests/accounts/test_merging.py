"""Merging accounts: all goes along, nobody sees more than they may, and it is undone wholly."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import Account, Contact, ContactRole, RevenueLine
from portal.blueprints.concessions import actions as concessions
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.policies.models import ExchangeRate
from portal.core.access import Relation
from portal.core.db import Base
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.accounts.rows import revenue
from tests.conftest import ON_SQLITE_ALONE


def owned(db):
    """Give every (place, account, count) of the whole database."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "account.id" for key in column.foreign_keys):
                if table.name in {"account_merge", "risk_assessment", "risk_snapshot"}:
                    continue
                rows = db.session.execute(
                    sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
                )
                found |= {(f"{table.name}.{column.name}", one): n for one, n in rows}
    return found


@pytest.fixture
def told(cast, db, now, run_jobs):
    """Two customers that are one: cases of both, one of them restricted, people and revenue."""
    wish = Wish(
        words="They want to leave.", demand="An answer", deadline_at=now + timedelta(days=9)
    )
    revenue(cast.borealis, by=cast.fina, now=now, months=2, amount="-40")
    hidden = escalations.declare(cast.borealis, wish, by=cast.clara, now=now)
    escalations.restrict(hidden, keep=[cast.ids["clara"]], reason="A name.", by=cast.erik, now=now)
    seen = escalations.declare(cast.borealis, wish, by=cast.clara, now=now)
    both = escalations.declare(cast.borealis, wish, by=cast.clara, now=now)
    escalations.add_affected(both, cast.acme, by=cast.erik, now=now)
    escalations.declare(cast.acme, wish, by=cast.carl, now=now)
    concessions.propose(
        cast.borealis,
        concessions.Wish(why="A day lost.", currency="EUR", loss=Decimal(900), documented=True),
        by=cast.erik,
        now=now,
    )
    actions.add_contact(cast.borealis, name="Zoe", role=ContactRole.USER, by=cast.clara, now=now)
    db.session.commit()
    run_jobs()
    return hidden, seen


def every_page_leads_on(erik, cast):
    for page in (
        "/accounts/%s/revenue?page=2&endpoint=auth.login&_scheme=javascript&_external=1",
        "/risk/accounts/%s",
        "/concessions/terms/%s",
    ):
        led = erik.get(page % cast.borealis.reference)
        assert (led.status_code, led.location) == (301, page % cast.acme.reference)
    assert erik.get("/accounts/ACC-99999/revenue").status_code == 404


def test_all_goes_along_and_comes_back(told, cast, db, now, run_jobs, browse):
    hidden, seen = (case.reference for case in told)
    before, arr = owned(db), queries.total_arr(now)
    sees = browse("carl").get(f"/escalations/{seen}").status_code
    clara = browse("clara")
    assert clara.get(f"/accounts/{cast.borealis.reference}").status_code == 200
    row = actions.merge(cast.borealis, cast.acme, by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    left = {place for place, one in owned(db) if one == cast.borealis_id}
    assert left <= {
        "relation.account_id",
        "timeline_entry.account_id",
        "affected_account.account_id",
    }
    kept = db.session.scalars(
        sa.select(Relation.record_ref).where(Relation.account_id == cast.borealis_id)
    ).all()
    assert set(kept) == {None}, "who looked after it alone sees no more"
    queries.forget_totals()
    assert queries.total_arr(now) == arr
    for model in (Contact, RevenueLine, Escalation):
        total = sa.select(sa.func.count()).select_from(model)
        assert db.session.scalar(total.where(model.account_id == cast.borealis_id)) == 0
    assert db.session.get(Account, cast.acme_id, populate_existing=True).open_cases == 3
    # Nobody sees the restricted case who was not named on it; carl looks after the merged account.
    assert browse("carl").get(f"/escalations/{seen}").status_code == 200
    assert browse("carl").get(f"/escalations/{hidden}").status_code == 404
    assert hidden not in browse("carl").text(f"/accounts/{cast.acme.reference}")
    assert browse("clara").get(f"/escalations/{hidden}").status_code == 200
    old = browse("erik").get(f"/accounts/{cast.borealis.reference}")
    assert (old.status_code, old.headers["Cache-Control"]) == (301, "no-store")
    assert old.location.endswith(f"/accounts/{cast.acme.reference}")
    assert browse("carl").get(f"/accounts/{cast.borealis.reference}").status_code == 301
    every_page_leads_on(browse("erik"), cast)
    assert browse("otto").get(f"/accounts/{cast.borealis.reference}").status_code == 404
    actions.unmerge(db.session.merge(row), by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    after = owned(db)
    # Each has its history: that it was merged, and that it was undone.
    for one in (cast.acme_id, cast.borealis_id):
        before[("timeline_entry.account_id", one)] = (
            before.get(("timeline_entry.account_id", one), 0) + 2
        )
    assert after == before
    queries.forget_totals()
    assert queries.total_arr(now) == arr
    assert browse("clara").get(f"/accounts/{cast.borealis.reference}").status_code == 200
    assert browse("carl").get(f"/escalations/{seen}").status_code == sees == 404
    merges = sa.select(Event.name).order_by(Event.seq).where(Event.name.like("accounts.%merged"))
    names = [*db.session.scalars(merges.order_by(Event.seq))]
    assert names == ["accounts.merged", "accounts.unmerged"]
    with pytest.raises(Refused, match="undone already"):
        actions.unmerge(db.session.merge(row), by=cast.erik, now=now)


@ON_SQLITE_ALONE
def test_what_cannot_be_merged(cast, db, now):
    third = actions.create(name="Third", by=cast.erik, now=now)
    foreign = actions.create(name="Fourth", currency="JPY", by=cast.erik, now=now)
    with pytest.raises(Refused, match="itself"):
        actions.merge(cast.acme, cast.acme, by=cast.erik, now=now)
    with pytest.raises(Refused, match="No exchange rate"):
        actions.merge(foreign, cast.acme, by=cast.erik, now=now)
    actions.merge(third, cast.acme, by=cast.erik, now=now)
    with pytest.raises(Refused, match="undo that first"):
        actions.merge(cast.acme, cast.borealis, by=cast.erik, now=now)
    for one, other in ((third, cast.borealis), (cast.borealis, third)):
        with pytest.raises(Refused, match="merged already"):
            actions.merge(one, other, by=cast.erik, now=now)
    with pytest.raises(NotFound):
        queries.merge_into(cast.borealis, queries.merges_into(cast.acme)[0][0].id)


@ON_SQLITE_ALONE
def test_page_shows_both_and_undoes(cast, db, now, browse):
    where = f"/accounts/{cast.acme.reference}/merge"
    erik = browse("erik")
    assert browse("carl").get(where).status_code == 403
    assert "No other account has just this" in erik.text(where + "?other=Nobody")
    text = erik.text(where + f"?other={cast.borealis.name}")
    assert cast.borealis.reference in text
    assert erik.post(where, {"other": cast.acme.reference}).status_code == 422
    sent = erik.post(where, {"other": cast.borealis.reference})
    assert sent.status_code == 303
    assert "was merged into this account" in erik.text(sent.location)
    assert cast.borealis.name in erik.text(where)
    [(row, _ref, _name)] = queries.merges_into(cast.acme)
    gone = f"/accounts/{cast.borealis.reference}/merges/{row.id}/undo"
    assert erik.post(gone).status_code == 404
    undo = f"/accounts/{cast.acme.reference}/merges/{row.id}/undo"
    assert erik.post(undo).status_code == 303
    assert erik.get(f"/accounts/{cast.borealis.reference}").status_code == 200


@ON_SQLITE_ALONE
def test_terms_of_the_one_that_goes_are_taken_over_and_given_back(cast, db, now):
    gone, into = cast.borealis, cast.acme
    given = {
        "liability_cap_minor": 500,
        "governing_law": "FR",
        "sole_remedy": "Credits alone.",
        "regulator_exposed": True,
        "reference_customer": True,
        "opening": {"zone": "Europe/Oslo"},
    }
    none = dict.fromkeys(given) | {"governing_law": "", "sole_remedy": ""}
    none |= {"regulator_exposed": False, "reference_customer": False}
    for name, value in given.items():
        setattr(gone, name, value)
        setattr(into, name, none[name])
    db.session.commit()
    row = actions.merge(gone, into, by=cast.erik, now=now)
    assert {name: getattr(into, name) for name in given} == given
    into.governing_law = "CH"
    actions.unmerge(row, by=cast.erik, now=now)
    assert {name: getattr(into, name) for name in given} == none | {"governing_law": "CH"}


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    ("own", "currency", "other", "cap"),
    [
        (700, "EUR", 500, 500),
        (400, "EUR", 500, 400),
        (400, "EUR", None, 400),
        (400, "USD", 100, 400),
        (None, "USD", 1000, 926),
    ],
)
def test_the_liability_cap_that_holds(cast, db, now, own, currency, other, cap):
    db.session.add(
        ExchangeRate(
            currency="USD", target="EUR", day=now.date(), rate=Decimal("0.9259"), source="tests"
        )
    )
    gone = actions.create(name="Third", currency=currency, by=cast.erik, now=now)
    cast.acme.liability_cap_minor, gone.liability_cap_minor = own, other
    row = actions.merge(gone, cast.acme, by=cast.erik, now=now)
    assert cast.acme.liability_cap_minor == cap
    actions.unmerge(row, by=cast.erik, now=now)
    assert cast.acme.liability_cap_minor == own


@ON_SQLITE_ALONE
@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("top", [True, False])
def test_parents_make_no_circle_and_come_back(cast, db, now, between, top):
    gone, into = cast.borealis, cast.acme
    above = actions.create(name="Above", by=cast.erik, now=now)
    middle = actions.create(name="Middle", by=cast.erik, now=now, parent_id=gone.id)
    gone.parent_id = above.id if top else None
    into.parent_id = middle.id if between else gone.id
    db.session.commit()
    four = (above, gone, middle, into)
    before = [one.parent_id for one in four]
    row = actions.merge(gone, into, by=cast.erik, now=now)
    high = above.id if top else None
    assert (middle.parent_id, into.parent_id) == ((high, middle.id) if between else (into.id, high))
    actions.unmerge(row, by=cast.erik, now=now)
    assert [one.parent_id for one in four] == before


@ON_SQLITE_ALONE
def test_a_duplicate_of_the_same_name_is_found(cast, db, now, browse):
    twin = actions.create(name=cast.acme.name.upper(), by=cast.erik, now=now)
    db.session.commit()
    where = f"/accounts/{cast.acme.reference}/merge?other="
    assert twin.reference in browse("erik").text(where + cast.acme.name)
    third = actions.create(name=cast.acme.name, by=cast.erik, now=now)
    db.session.commit()
    assert "No other account has just this" in browse("erik").text(where + cast.acme.name)
    assert third.name in browse("erik").text(where + third.reference.lower())
