"""A review from its opening to its sign-off, and what its pack says to whom."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Band, Contact
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Severity
from portal.blueprints.postmortems import actions as lessons
from portal.blueprints.reviews import actions, queries
from portal.blueprints.reviews.models import Line, LineKind, ReviewState, ReviewVerdict
from portal.blueprints.risk.models import Snapshot
from portal.blueprints.surveys.models import Nps, NpsAnswer
from portal.core.errors import Refused
from portal.core.events import Event
from portal.reports.facts.review import Measure
from portal.reports.review_words import figure
from portal.reports.words import Words
from tests.conftest import ON_SQLITE_ALONE
from tests.postmortems.cases import case_of
from tests.postmortems.test_actions import approved


def opened(cast, now, *, shift=0):
    return actions.open_(queries.quarter_at(now, shift=shift), by=cast.erik, now=now)


def pack(row, reader, now):
    top = actions.header(reader.language, verify_at="", now=now)
    return queries.pack(row, reader=reader, issue=top, now=now)


def figures(found):
    return {one.measure: one.now for one in found.figures}


def seek(row, cast, now, title="Fund a masked copy"):
    given = {"recommendation": "Yes, 40 k€.", "reason": "It recurred.", "minutes": 15}
    return actions.seek(row, title=title, by=cast.erik, now=now, **given)


def told(db, row):
    db.session.commit()
    names = sa.select(Event.name).where(Event.record_ref == row.reference).order_by(Event.seq)
    return [name.partition(".")[2] for name in db.session.scalars(names)]


def carried_over(db, cast, browse, following, todo, over):
    """It opens the next review, late from the day after, and says when its owner left."""
    carried = pack(following, cast.lena, over).carried
    assert [(t.what, t.owner_left, t.late) for t in carried] == [("Ask.", False, False)]
    todo.due_on = over.date() - timedelta(days=1)
    db.session.get(User, todo.owner_id).active = False
    db.session.flush()
    carried = pack(following, cast.lena, over).carried
    assert [(t.owner_left, t.late) for t in carried] == [(True, True)]
    assert "no longer works here" in browse("erik").text(f"/reviews/{following.reference}")


def test_a_review_goes_from_its_pack_to_its_sign_off(db, cast, now, browse):
    row = opened(cast, now)
    assert opened(cast, now).id == row.id
    with pytest.raises(Refused):
        actions.open_(queries.quarter_at(now, shift=1), by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.open_(queries.quarter_at(now), by=cast.carl, now=now)
    one, other = seek(row, cast, now), seek(row, cast, now, "Change the tariff")
    gone = seek(row, cast, now, "Not this one")
    actions.withdraw(row, gone, by=cast.erik, now=now)
    meets = now + timedelta(days=1)
    with pytest.raises(Refused):
        actions.call(row, meets_at=meets - timedelta(minutes=1), by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.begin(row, by=cast.lena, now=now)
    people = actions.call(row, meets_at=meets, by=cast.erik, now=now)
    assert people == len(queries.readings(row)) >= 3
    assert actions.mark_read(row, by=cast.lena, now=now)
    assert not actions.mark_read(row, by=cast.lena, now=now)
    assert not actions.mark_read(row, by=cast.carl, now=now)
    actions.begin(row, by=cast.lena, now=meets)
    actions.capture(row, LineKind.NOTE, "We  agree.", by=cast.ava, now=meets)
    with pytest.raises(Refused):
        actions.capture(row, LineKind.ACTION, "Somebody should.", by=cast.ava, now=meets)
    with pytest.raises(Refused):
        actions.capture(row, LineKind.NOTE, "I am not in it.", by=cast.carl, now=meets)
    owner = cast.ids["kim"]
    todo = actions.capture(row, LineKind.ACTION, "Ask.", owner_id=owner, by=cast.ava, now=meets)
    actions.decide(row, one, ReviewVerdict.TAKEN, "Yes, 30 k€.", by=cast.lena, now=meets)
    with pytest.raises(Refused):
        actions.sign(row, by=cast.lena, now=meets)
    actions.decide(row, other, ReviewVerdict.POSTPONED, "Next time.", by=cast.lena, now=meets)
    with pytest.raises(Refused):  # the quarter is not over
        actions.sign(row, by=cast.lena, now=meets)
    over = queries.quarter_of(row).ends_at
    actions.sign(row, by=cast.lena, now=over)
    assert row.state is ReviewState.SIGNED
    assert row.pack["facts"]["decisions"][0]["decided"] == "Yes, 30 k€."
    with pytest.raises(Refused):
        actions.capture(row, LineKind.NOTE, "One thing more.", by=cast.ava, now=over)
    following = opened(cast, over)
    assert [(s.title, s.carried_from) for s in queries.sought_of(following)] == [
        ("Change the tariff", row.reference)
    ]
    carried_over(db, cast, browse, following, todo, over)
    actions.finish(row, todo, by=cast.erik, now=over)
    assert not pack(following, cast.lena, over).carried
    assert told(db, row) == [
        "opened",
        *["decision_sought"] * 3,
        "decision_withdrawn",
        "called",
        "read",
        "begun",
        *["line_written"] * 2,
        *["decided"] * 2,
        "signed",
        "action_done",
    ]


def test_the_pack_tells_a_quarter_as_its_reader_may_see_it(db, cast, now):
    row = opened(cast, now)
    grave = case_of(cast, now, opened_at=now - timedelta(days=5))
    case_of(cast, now, severity=Severity.E3, restricted=True)
    long_ago = queries.quarter_at(now, shift=-1).begins_at
    case_of(cast, now, opened_at=long_ago, closed_at=long_ago + timedelta(days=40))
    lesson = approved(cast, now)
    lessons.publish(lesson, version=None, by=cast.erik, now=now)
    db.session.flush()
    found = pack(row, cast.lena, now)
    told = figures(found)
    assert told[Measure.CASES_OPENED] == len([c for c in found.cases if c.opened])
    assert grave.reference in {case.reference for case in found.cases}
    assert found.issue.left_out == 1
    before = next(f for f in found.figures if f.measure is Measure.CLOSED_IN_TIME).before
    assert before == 0
    assert told[Measure.LESSONS_PUBLISHED] == 1
    assert found.causes[0].count == 1
    assert found.causes[0].hours > 0
    learnt = [one for case in found.cases for one in case.learnt]
    assert [one.reference for one in learnt] == [lesson.reference]
    assert found.carried[0].source == lesson.reference
    assert [one.what for one in found.broken] == ["A daily update"]


def test_the_pack_tells_whether_customers_recommend_us(db, cast, now):
    row, quarters = opened(cast, now), [queries.quarter_at(now, shift=n) for n in (0, -1)]
    contact = sa.select(Contact.id).filter_by(account_id=cast.acme_id)
    # Six asked in the quarter, five of them answer; four in the one before: too few to tell.
    for one, scores in zip(quarters, ([10, 9, 9, 7, 3, None], [0, 0, 0, 10]), strict=True):
        at = one.begins_at + timedelta(days=2)
        for score in scores:
            asked = Nps(account_id=cast.acme_id, nonce="x", asked_at=at, expires_at=at)
            asked.contact_id = db.session.scalar(contact)
            asked.answered_at = None if score is None else at
            db.session.add(asked)
            db.session.flush()
            if score is not None:
                db.session.add(NpsAnswer(nps_id=asked.id, score=0, at=at, replaced_at=at))
                db.session.add(NpsAnswer(nps_id=asked.id, score=score, at=at))
    db.session.flush()
    found = {one.measure: one for one in pack(row, cast.lena, now).figures}
    net, answered = found[Measure.NPS], found[Measure.NPS_ANSWERED]
    assert (net.now, net.before, net.year) == (40, None, None)
    assert (found[Measure.NPS_ANSWERS].now, found[Measure.NPS_ANSWERS].before) == (5, 4)
    assert (answered.now.quantize(Decimal("0.01")), answered.before) == (Decimal("0.83"), 1)
    words = Words.of("en", zone="Europe/Paris", issued_at=now)
    told = [figure(one, net.unit, currency="EUR", words=words) for one in (net.now, net.before)]
    assert told == ["+40", "too few"]


def test_an_empty_quarter_says_so(db, cast, now):
    row = opened(cast, now, shift=-3)
    found = pack(row, cast.lena, now)
    assert not found.cases
    assert figures(found)[Measure.CASES_OPENED] == 0
    assert figures(found)[Measure.CLOSED_IN_TIME] is None
    assert len(found.months) == 12


@ON_SQLITE_ALONE
def test_a_pack_costs_the_same_for_many_cases(db, cast, now, queries_at_most):
    row = opened(cast, now)
    case_of(cast, now)
    db.session.flush()
    pack(row, cast.lena, now)
    with queries_at_most(46):
        pack(row, cast.lena, now)
    for _i in range(20):
        case_of(cast, now)
    db.session.flush()
    with queries_at_most(46):
        assert len(pack(row, cast.lena, now).cases) == 21


@ON_SQLITE_ALONE
def test_three_people_hold_a_meeting_on_their_pages(db, cast, now, browse):
    row = opened(cast, now)
    reference, address = row.reference, f"/reviews/{row.reference}"
    one = seek(row, cast, now, "Fund <b>it</b>")
    actions.call(row, meets_at=now + timedelta(days=1), by=cast.erik, now=now)
    db.session.commit()
    lena, ava, erik = browse("lena"), browse("ava"), browse("erik")
    for name in ("carl", "otto", "adam", "kim"):
        assert browse(name).get(address).status_code in {403, 404}, name
    assert "Fund &lt;b&gt;it&lt;/b&gt;" in ava.text(address)
    assert queries.readings(queries.by_reference(reference))
    assert lena.post(f"{address}/begin").status_code == 303
    first = ava.get(f"{address}/live", headers={"HX-Request": "true"})
    tag = first.headers["ETag"]
    again = ava.get(f"{address}/live", headers={"HX-Request": "true", "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    for who, said in ((ava, "I wonder."), (erik, "So do I."), (lena, "Enough.")):
        answer = who.post(f"{address}/lines", data={"kind": "note", "text": said})
        assert answer.status_code == 303
    fresh = ava.get(f"{address}/live", headers={"HX-Request": "true", "If-None-Match": tag})
    assert fresh.status_code == 200
    assert all(said in fresh.text for said in ("I wonder.", "So do I.", "Enough."))
    assert ava.post(f"{address}/seek/{one.id}").status_code in {403, 404}
    kept = lena.post(f"{address}/lines", data={"kind": "action", "text": "Ask them."})
    assert "Ask them." in kept.text  # it names nobody: nothing is lost
    said = {"verdict": "taken", "decided": "Yes."}
    assert lena.post(f"{address}/seek/{one.id}", data=said).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(Line.id))) == 3
    assert reference in lena.text("/reviews/")


def test_the_pack_holds_what_was_foretold_against_what_came(db, cast, now):
    row = opened(cast, now)
    starts = row.starts_on
    given = ((cast.acme_id, -40, Band.GREEN), (cast.acme_id, -3, Band.RED))
    for account, days, band in (*given, (cast.acme_id, 5, Band.GREEN), (cast.borealis_id, 0, "")):
        day = starts + timedelta(days=days)
        kept = {"account_id": account, "day": day, "band": band or Band.AMBER}
        db.session.add(Snapshot(score=50, score_before=None, **kept))
    assert pack(row, cast.lena, now).foretold[0].came == 0
    case_of(cast, now, opened_at=now - timedelta(days=5))
    db.session.flush()
    found = pack(row, cast.lena, now)
    told = [(one.band, one.customers, one.came) for one in found.foretold]
    assert told == [("red", 1, 1), ("amber", 1, 0), ("green", 0, 0)]
    assert [one.span for one in found.spans] == ["detect", "respond", "recover"]
    assert (found.spans[2].now, found.spans[2].count) == (Decimal(120), 1)
    assert pack(opened(cast, now, shift=-2), cast.lena, now).foretold == ()
