"""What is planned for a quarter, and what else a pack holds figures against."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.postmortems.models import Factor, LossNote, LossState
from portal.blueprints.reviews import actions, queries
from portal.blueprints.reviews.rules import plans
from portal.core import events
from portal.core.access import Permission
from portal.core.errors import Refused, Stale
from portal.reports import review_figures
from portal.reports.facts.review import Measure, ReviewBook, StillOpen
from portal.reports.words import Words
from tests.escalations.calls import caller

SCOPES = (Permission.REVIEWS_READ, Permission.REVIEWS_RUN)
NOTE = {"register_year": 2026, "currency": "EUR", "state": LossState.WRITTEN}


@pytest.mark.parametrize(
    ("measure", "value", "code"),
    [
        (Measure.CLOSED_IN_TIME, "1.01", "bounds"),
        (Measure.CRITICAL, "-1", "bounds"),
        (Measure.CRITICAL, "1.5", "fraction"),
        (Measure.NPS, "-101", "bounds"),
        (Measure.CSAT, "NaN", "bounds"),
        (Measure.CASES_OPEN, "1", "unplanned"),
        (Measure.NPS, "-100", None),
        (Measure.CSAT, "4.25", None),
    ],
)
def test_what_a_plan_may_say(app, now, measure, value, code):
    with app.app_context():
        one = queries.quarter_at(now)
    found = plans.objections_to_plan({measure: Decimal(value)}, one=one, now=now)
    assert [each.code for each in found] == ([code] if code else [])
    late = plans.objections_to_plan({}, one=one, now=one.ends_at)
    assert [each.code for each in late] == ["over"]


def test_a_plan_stands_in_pack_and_log_and_not_after_its_quarter(cast, db, now):
    one = queries.quarter_at(now)
    given = {Measure.CRITICAL: Decimal(3), Measure.CLOSED_IN_TIME: Decimal("0.85")}
    with pytest.raises(Refused):
        actions.set_plan(one, given, by=cast.ava, now=now)
    row = actions.set_plan(one, given, version=0, by=cast.lena, now=now)
    with pytest.raises(Stale):
        actions.set_plan(one, {}, version=row.version + 1, by=cast.lena, now=now)
    with pytest.raises(Refused):
        actions.set_plan(one, {}, by=cast.lena, now=one.ends_at + timedelta(hours=1))
    room = actions.open_(one, by=cast.erik, now=now)
    db.session.commit()
    top = actions.header("en", verify_at="", now=now)
    pack = queries.pack(room, reader=cast.lena, issue=top, now=now)
    planned = {each.measure: each.plan for each in pack.figures if each.plan is not None}
    assert planned == given
    event = db.session.scalar(sa.select(events.Event).filter_by(name="reviews.planned"))
    assert event.record_ref == one.reference


def test_pages_and_programs_set_a_plan(cast, db, now, browse):
    name = queries.quarter_at(now).reference.removeprefix("QR-")
    lena, ava = browse("lena"), browse("ava")
    url = f"/reviews/plan/{name}"
    assert ava.get(url).status_code == 403
    assert lena.get("/reviews/plan/2026-Q9").status_code == 404
    assert 'name="closed_in_time"' in lena.text(url)
    lena.post(url, {"version": "0", "closed_in_time": "85", "critical": "3"})
    row = queries.plan_of(queries.quarter_at(now))
    assert row.targets == {"critical": "3", "closed_in_time": "0.85"}
    send = caller(browse, cast, db, now, at="/api/v1/reviews/", scopes=SCOPES)
    mine, other = send("lena"), send("ava")
    read = other("GET", f"plan/{name}")
    assert (read.get_json()["targets"], read.get_json()["set_by"]) == (
        {"critical": "3", "closed_in_time": "0.85"},
        cast.user("lena").name,
    )
    body = {"targets": {"critical": "4"}}
    assert other("PUT", f"plan/{name}", body).status_code == 403
    assert mine("PUT", f"plan/{name}", body, **{"If-Match": '"99"'}).status_code == 412
    assert mine("PUT", f"plan/{name}", {"targets": {"luck": "4"}}).status_code == 409
    assert mine("PUT", f"plan/{name}", {"targets": {"nps": "much"}}).status_code == 422
    assert mine("GET", "plan/2026-Q0").status_code == 404
    put = mine("PUT", f"plan/{name}", body, **{"If-Match": read.headers["ETag"]})
    assert put.get_json()["targets"] == {"critical": "4"}


def test_notes_of_losses_count_among_the_factors_and_predictions_are_scored(cast, db, now):
    one = queries.quarter_at(now)
    for number, day in ((1, one.starts), (2, one.starts - timedelta(days=1))):
        db.session.add(
            LossNote(
                **NOTE,
                reference=f"LN-2026-{number:04}",
                register_number=number,
                account_id=cast.acme_id,
                lost_on=day,
                due_on=day,
                what="All",
                sentence="A report was never built.",
                factor=Factor.EXPECTATION_OR_CONTRACT,
            )
        )
    room = actions.open_(one, by=cast.erik, now=now)
    db.session.commit()
    top = actions.header("en", verify_at="", now=now)
    pack = queries.pack(room, reader=cast.lena, issue=top, now=now)
    (line,) = pack.causes
    assert (line.count, line.losses, line.before, line.cost) == (1, 1, 1, None)
    assert [each.predictions for each in pack.scored] == [0, 0, 0]
    assert pack.action_days == (28, 56)
    assert queries.pack(room, reader=cast.ava, issue=top, now=now).causes == pack.causes


@pytest.mark.parametrize("given", [(28, 56), (14, 21)])
def test_actions_are_told_at_the_days_of_the_policy(now, given):
    words = Words.of("en", zone="UTC", issued_at=now)
    book = _book(now, agreed=4, action_days=given)
    *_more, section = review_figures.lengths(book, words=words)
    days = [row.cells[0] for row in section.blocks[1].rows]
    first, last = given
    marked = sorted({first // 2, first, last, last * 3 // 2, last * 2, last * 3})
    assert days == [str(day) for day in marked]
    assert f"after {last} days" in section.blocks[0].caption


def _book(now, **more):
    from portal.reports import facts as paper

    issue = paper.Issue(
        reference="BRF-2026-0001", number=1, issued_at=now, zone="UTC", organisation="House"
    )
    return ReviewBook(
        issue=issue,
        reader=paper.Reader(name="Lena", title=None),
        reference="QR-2026-Q2",
        year=2026,
        quarter="Q2",
        starts=date(2026, 4, 1),
        ends=date(2026, 6, 30),
        currency="EUR",
        survival=(StillOpen(day=10, left=Decimal("0.5"), followed=4),),
        **more,
    )
