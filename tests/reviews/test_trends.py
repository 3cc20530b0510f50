"""Causes and trends: groups, medians and the survival of actions; bars that open their cases."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.escalations.models import Severity, State
from portal.blueprints.escalations.rules import ClockEventKind
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.blueprints.postmortems.models import Cause, Factor, LossNote, LossState
from portal.blueprints.reviews import queries
from portal.blueprints.reviews.rules import trends
from portal.blueprints.reviews.rules.trends import Axis, Drop, Lesson, Promise, Size, Span, Told
from tests.conftest import ON_SQLITE_ALONE
from tests.postmortems.cases import case_of, clock
from tests.postmortems.test_actions import approved

NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)
SHARED = Lesson("PM-1", frozenset({"handover", "security"}), 1000)


def told(number, *, hours=10, lessons=(), products=(), closed=True, **more):
    opened = NOW - timedelta(hours=hours)
    given = {"severity": "E1", "problem": "outage", "segment": "", "quarter": "2026-Q2", **more}
    return Told(
        reference=f"ESC-{number}",
        account="Acme",
        title="",
        opened_at=opened,
        closed_at=NOW if closed else None,
        lessons=lessons,
        products=products,
        **given,
    )


def test_cases_are_put_together_and_money_counts_once():
    cases = [
        told(1, lessons=(SHARED,)),
        told(2, lessons=(SHARED, Lesson("PM-2", frozenset({"handover"}), None)), closed=False),
        told(3, lessons=(Lesson("PM-3", frozenset({"capacity_or_load"}), 5000),), hours=100),
        told(4, products=("Desk", "Gate"), segment="Large"),
    ]
    by = {one.value: one for one in trends.groups(cases, Axis.FACTOR, now=NOW)}
    assert {value: len(one.cases) for value, one in by.items()} == {
        "handover": 2,
        "security": 2,
        "capacity_or_load": 1,
    }
    assert (by["handover"].cost_minor, by["handover"].hours) == (1000, 20)
    shares = trends.ranked(by.values(), Size.COUNT)
    assert [(one.value, share) for one, share in shares] == [
        ("handover", Decimal("0.4")),
        ("security", Decimal("0.8")),
        ("capacity_or_load", Decimal(1)),
    ]
    assert trends.ranked(by.values(), Size.MONEY)[0][0].value == "capacity_or_load"
    assert trends.group(cases, Axis.FACTOR, trends.NONE, now=NOW).cases == (cases[3],)
    products = {one.value for one in trends.groups(cases, Axis.PRODUCT, now=NOW)}
    assert products == {"", "Desk", "Gate"}
    assert trends.narrowed(cases, segment="Large", product="Gate") == [cases[3]]
    assert trends.ranked(trends.groups([], Axis.FACTOR, now=NOW), Size.HOURS) == []


def test_times_are_told_where_both_ends_are_known():
    began = NOW - timedelta(hours=14)
    cases = [
        told(1, began_at=began, heard_at=NOW - timedelta(hours=9)),
        told(2, hours=30, closed=False),
        told(3, hours=20, quarter="2026-Q1"),
        told(4, heard_at=NOW - timedelta(hours=7)),
    ]
    names = ["2026-Q1", "2026-Q2"]
    found = {span: trends.middles(cases, names, span) for span in Span}
    assert [(m.hours, m.count) for m in found[Span.DETECT]] == [(None, 0), (Decimal(4), 1)]
    assert found[Span.RESPOND][1].hours == Decimal(2)
    assert [m.hours for m in found[Span.RECOVER]] == [Decimal(20), Decimal(10)]


def test_actions_survive_as_kaplan_and_meier_count():
    def one(days, verified):
        return Promise(NOW - timedelta(days=days), NOW, verified)

    # Two of five verified: after 10 days one of five, after 30 one of the three then followed.
    actions = [one(10, True), one(20, False), one(30, True), one(40, False), one(90, False)]
    drops = trends.survival(actions)
    assert [(d.day, d.followed) for d in drops] == [(10, 5), (30, 3)]
    assert drops[0].left == Decimal("0.8")
    assert drops[1].left.quantize(Decimal("0.0001")) == Decimal("0.5333")
    assert trends.still_open(drops, 9) == 1
    assert trends.still_open(drops, 29) == Decimal("0.8")
    assert (trends.followed(actions, 0), trends.followed(actions, 31)) == (5, 2)
    assert trends.survival([]) == []
    assert trends.survival([one(0, True)]) == [Drop(0, Decimal(0), 1)]


def test_bars_open_exactly_the_cases_that_they_count(db, cast, now, browse, queries_at_most):
    lesson = approved(cast, now)
    lesson.cost_minor = 1_250_000
    db.session.add(Cause(postmortem_id=lesson.id, factor=Factor.HANDOVER, text="Nobody was told"))
    db.session.get(Account, cast.acme_id).segment = "Enterprise"
    plain = case_of(cast, now, severity=Severity.E3, state=State.ACCEPTED, closed_at=None)
    clock(plain, ClockEventKind.OUR_CONTACT.value, plain.opened_at + timedelta(hours=3))
    hidden = case_of(cast, now, restricted=True)
    before = queries.quarter_at(now, shift=-1)
    case_of(cast, now, opened_at=before.ends_at - timedelta(seconds=1))
    lost = LossNote(
        reference="LOS-2026-0001",
        register_year=2026,
        register_number=1,
        account_id=cast.borealis_id,
        state=LossState.WRITTEN,
        lost_on=now.date(),
        due_on=now.date(),
        currency="EUR",
        what="They left",
        factor=Factor.SECURITY,
    )
    db.session.add(lost)
    db.session.commit()
    erik = browse("erik")
    cut = queries.cut_of(now=now)
    assert (len(cut.first.reference), cut.last) == (10, queries.quarter_at(now))
    with queries_at_most(9):
        found = queries.trends_of(cast.erik, cut, now=now)
    assert [case.reference for case in found.cases].count(hidden.reference) == 0
    assert [one.reference for one in found.losses] == [lost.reference]
    handover = trends.group(found.cases, Axis.FACTOR, "handover", now=now)
    assert (len(handover.cases), handover.cost_minor) == (1, 1_250_000)
    shown = erik.text("/reviews/causes")
    links = {unescape(one) for one in re.findall(r'href="(/reviews/causes/cases\?[^"]+)"', shown)}
    assert links
    for link in links:
        value = re.search(r"value=([^&]*)", link).group(1)
        wanted = {
            c.reference for c in trends.group(found.counted, Axis.FACTOR, value, now=now).cases
        }
        told_ = erik.text(link)
        assert set(re.findall(r"(?:ESC|LOS)-\d{4}-\d+", told_)) == wanted
        text = erik.get(link.replace("/cases?", "/cases.csv?")).get_data(as_text=True)
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
        assert {row[0] for row in rows[1:]} == wanted
    assert erik.get("/reviews/causes/cases.xlsx?axis=quarter&value=2026-Q2").data[:2] == b"PK"
    assert erik.get("/reviews/causes/cases.exe").status_code == 404
    last = {"first": before.reference, "last": before.reference, "now": now}
    assert len(queries.trends_of(cast.erik, queries.cut_of(**last), now=now).cases) == 1
    for axis in Axis:
        assert browse("lena").text(f"/reviews/causes?axis={axis.value}&segment=Enterprise")
    assert browse("carl").get("/reviews/causes").status_code == 403


@ON_SQLITE_ALONE
def test_an_empty_cut_says_so_and_a_strange_one_is_the_usual(db, cast, now, browse):
    lena = browse("lena")
    assert lena.text("/reviews/causes?first=2001-Q1&last=2001-Q2&axis=segment")
    assert lena.text("/reviews/causes?first=junk&last=9999-Q9&axis=junk")
    assert lena.text("/reviews/causes/cases?axis=factor&value=junk&start=99")
    wide = queries.cut_of(first="1999-Q1", now=now)
    assert queries.trends_of(cast.lena, wide, now=now).quarters[-1] == "2026-Q2"


def test_survival_is_of_the_same_cut_and_follows_the_policy(db, cast, now, monkeypatch):
    lesson = approved(cast, now)
    db.session.get(Account, cast.acme_id).segment = "Enterprise"
    db.session.scalars(
        sa.select(Contract).filter_by(account_id=cast.acme_id)
    ).one().product = "Desk"
    db.session.commit()

    def count(**cut):
        return len(queries.trends_of(cast.erik, queries.cut_of(now=now, **cut), now=now).actions)

    assert count() == count(segment="Enterprise") == count(product="Desk") > 0, lesson.reference
    assert count(segment="Enterprise", product="Desk") == count()
    for cut in ({"segment": "Small"}, {"product": "Gate"}, {"segment": "Small", "product": "Desk"}):
        assert count(**cut) == 0, cut
    found = queries.trends_of(cast.erik, queries.cut_of(now=now), now=now)
    usual = queries.survival(found)
    assert [row.name for row in usual.rows] == ["0", "14", "28", "42", "56", "84", "112", "168"]
    assert "56" in usual.title
    policy, number = policy_queries.in_force(PostmortemPolicy)
    weeks = policy.action_weeks.model_copy(update={"priority": 2, "normal": 6})
    other = policy.model_copy(update={"action_weeks": weeks})
    monkeypatch.setattr(policy_queries, "in_force", lambda _shape: (other, number))
    drawn = queries.survival(found)
    assert [row.name for row in drawn.rows] == ["0", "7", "14", "28", "42", "63", "84", "126"]
    assert "42" in drawn.title
