"""What the table of states says of dates and ends: long track, legal days, fixes, new cases."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Promise
from portal.blueprints.escalations import actions, queries, rules
from portal.blueprints.escalations.models import (
    ClockKind,
    Escalation,
    FormalNotice,
    NoticeChannel,
    NoticeKind,
    Resolution,
    Severity,
    State,
    Trigger,
)
from portal.core import clock
from portal.core.errors import Refused
from tests.escalations.test_actions import FRENCH, declared, ending, stabilising
from tests.escalations.test_views import FORM

REVIEW = date(2026, 7, 10)


def close_clock(case):
    return next(one for one in queries.clocks_of(case) if one.kind is ClockKind.CLOSE)


def on_long_track(case, cast, now):
    given = {"review": REVIEW, "second_id": cast.ids["carl"], "reason": "The court sits in May."}
    actions.ask_long_track(case, by=cast.erik, now=now, **given)
    actions.agree_long_track(case, agrees=True, by=cast.carl, now=now)


def test_good_news_is_no_graver_than_the_policy_lets_it_be(cast, db, now):
    chance = declared(cast, now, words="We want more.", trigger=Trigger.OPPORTUNITY)
    declared(cast, now)
    kept = {"match": "keeps such a case at E4"}
    with pytest.raises(Refused, **kept):
        actions.raise_severity(chance, Severity.E2, reason="Big", by=cast.erik, now=now)
    letter = actions.NoticeGiven(
        kind=NoticeKind.TERMINATION, channel=NoticeChannel.LAWYER, received_at=now
    )
    with pytest.raises(Refused, **kept):
        actions.serve_notice(chance, letter, by=cast.erik, now=now)
    with pytest.raises(Refused, **kept):
        declared(cast, now, trigger=Trigger.OPPORTUNITY, severity=Severity.E1)
    assert queries.by_team(cast.erik, now=now).total == 1


def test_the_long_track_takes_two_and_moves_the_closing_date(browse, cast, db, now):
    case = declared(cast, now)
    before = close_clock(case).due_at
    db.session.commit()
    erik, carl, where = browse("erik"), browse("carl"), f"/escalations/{case.reference}"
    asked = {"review": "2026-07-10", "second": cast.ids["carl"], "reason": "The court sits."}
    assert erik.post(f"{where}/long-track", asked).status_code == 303
    db.session.refresh(case)
    assert not case.long_track
    assert "wants the long track" in carl.text(where)
    assert erik.post(f"{where}/long-track/agree", {"agrees": "1"}).status_code == 409
    assert carl.post(f"{where}/long-track/agree", {"agrees": "1"}).status_code == 303
    db.session.refresh(case)
    assert case.long_track
    assert close_clock(case).due_at != before
    assert close_clock(case).due_at.date() == REVIEW
    assert "Long track, looked at again on" in erik.text(where)
    assert erik.post(f"{where}/long-track/end", {"reason": "Settled."}).status_code == 303
    assert close_clock(case).due_at == before


def test_a_no_leaves_it_where_it_was(cast, db, now):
    case = declared(cast, now)
    given = {"review": REVIEW, "second_id": cast.ids["carl"], "reason": "x"}
    actions.ask_long_track(case, by=cast.erik, now=now, **given)
    actions.agree_long_track(case, agrees=False, by=cast.carl, now=now)
    assert (case.long_track, queries.long_track_asked(case)) == (False, None)


@pytest.mark.parametrize(
    ("who", "more", "says"),
    [
        ("carl", {}, "Only the owner"),
        ("erik", {"second_id": "erik"}, "somebody else"),
        ("erik", {"second_id": "otto"}, "cannot see"),
        ("erik", {"reason": " "}, "why it takes"),
        ("erik", {"review": date(2026, 6, 17)}, "in the future"),
        ("erik", {"review": date(2026, 9, 17)}, "within 30 days"),
    ],
)
def test_the_long_track_is_refused(cast, db, now, who, more, says):
    case = declared(cast, now)
    given = {"review": REVIEW, "second_id": "carl", "reason": "x"} | more
    given["second_id"] = cast.ids[given["second_id"]]
    with pytest.raises(Refused, match=says):
        actions.ask_long_track(case, by=getattr(cast, who), now=now, **given)


def test_on_the_long_track_it_is_off_the_overdue_list_until_the_review(cast, db, now):
    case, _criterion = stabilising(cast, now)
    on_long_track(case, cast, now)
    later = now + timedelta(days=20)
    with clock.moved(later):
        assert close_clock(case).due_at > later
    assert close_clock(case).due_at < now + timedelta(days=30)
    db.session.commit()
    due = queries.with_due_step(now=now + timedelta(days=40), limit=9)
    assert [one.long_track_until for one in due] == [case.long_track_until]


def notice(cast, now, case):
    given = actions.NoticeGiven(
        kind=NoticeKind.MISE_EN_DEMEURE, channel=NoticeChannel.REGISTERED_POST, received_at=now
    )
    actions.serve_notice(case, given, by=cast.carl, now=now)


def test_legal_is_told_of_a_notice_and_sets_its_day(browse, cast, db, now, run_jobs):
    case = declared(cast, now)
    notice(cast, now, case)
    run_jobs()
    cast.read_english("lisa")
    where = f"/escalations/{case.reference}"
    lisa = browse("lisa")
    assert "set its legal deadline" in lisa.text("/notifications/")
    row = db.session.scalars(sa.select(FormalNotice)).one()
    assert browse("erik").get(f"{where}/notices/{row.id}").status_code == 404
    early = lisa.post(f"{where}/notices/{row.id}", {"day": "2026-06-01"})
    assert early.status_code == 422
    assert lisa.post(f"{where}/notices/{row.id}", {"day": "2026-07-14"}).status_code == 303
    db.session.refresh(row)
    assert (row.legal_deadline, row.deadline_set_by_id) == (date(2026, 7, 14), cast.ids["lisa"])
    text = browse("erik").text(where)
    assert "legal deadline" in text.split("<main")[1].split("</h2>")[0]
    assert "14" in text.split("legal deadline")[1][:20]
    with pytest.raises(Refused, match="Only legal"):
        actions.set_legal_day(case, row, REVIEW, by=cast.erik, now=now)


def test_a_workaround_promises_news_of_the_fix(browse, cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    given = {
        "resolution": "workaround",
        "text": "Restarted each night.",
        "agreed_by": "H. Vasseur",
        "fix_owner": cast.ids["sam"],
        "fix_due": "2026-08-01",
    }
    refused = erik.post(f"{where}/close", given)
    assert (refused.status_code, "news of the permanent fix" in refused.text) == (422, True)
    assert erik.post(f"{where}/close", given | {"fix_told": "H. Vasseur"}).status_code == 303
    row = db.session.scalars(sa.select(Promise)).one()
    assert (row.to_whom, row.by_id) == ("H. Vasseur", cast.ids["sam"])
    assert row.due_at.date() == date(2026, 8, 1)
    assert "Sam Okoye" in erik.text(where)


def test_after_the_term_a_new_case_follows_the_old(browse, cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    actions.close(case, ending(), by=cast.erik, now=now)
    case.closed_at = now - timedelta(days=91)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    text = erik.text(where)
    assert "/reopen" not in text
    assert f"previous={case.reference}" in text
    assert case.reference in erik.text(f"/escalations/new?previous={case.reference}")
    answer = erik.post("/escalations/new", FORM | {"previous": case.reference})
    assert answer.status_code == 303
    assert f">{case.reference}</a>" in erik.text(answer.location)
    new = db.session.scalars(sa.select(Escalation).filter_by(previous_id=case.id)).one()
    wish = queries.Wish(words="x", demand="y")
    with pytest.raises(Refused, match="same customer"):
        actions.declare(cast.borealis, wish, by=cast.erik, now=now, previous=case)
    with pytest.raises(Refused, match="closed one"):
        actions.declare(cast.acme, wish, by=cast.erik, now=now, previous=new)


def test_opportunities_stand_apart(browse, cast, db, now):
    trouble = declared(cast, now)
    chance = declared(cast, now, words="We want more.", trigger=Trigger.OPPORTUNITY)
    db.session.commit()
    assert chance.severity is Severity.E4
    assert cast.acme.open_cases == 1
    erik = browse("erik")
    plain, good = erik.text("/escalations/"), erik.text("/escalations/?good=1")
    assert trouble.reference in plain
    assert chance.reference not in plain
    assert chance.reference in good
    assert trouble.reference not in good
    found = queries.Search(text=chance.reference)
    assert [one.reference for one in queries.page(cast.erik, found, now=now).rows] == [
        chance.reference
    ]
    assert queries.count(cast.erik, queries.Search(), now=now) == 1
    chance.owner_id = cast.ids["erik"]
    db.session.commit()
    assert "Your open opportunity" in erik.text("/")


@pytest.mark.parametrize("name", ["fina", "kim", "adam", "lisa"])
def test_who_works_on_no_case_owns_none(browse, cast, db, now, name):
    answer = browse("carl").post("/escalations/new", FORM | {"owner": str(cast.ids[name])})
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(Escalation.id)) is None
    wish = queries.Wish(words=FRENCH, demand="Fix", owner_id=cast.ids[name])
    with pytest.raises(Refused, match="cannot own"):
        actions.declare(cast.acme, wish, by=cast.carl, now=now)


def test_the_executive_is_briefed_by_word(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}"
    assert "briefed by word" in browse("erik").text(where)
    assert "briefed by word" not in browse("carl").text(where)
    assert browse("carl").post(f"{where}/briefed").status_code == 409
    due = next(c.due_at for c in queries.clocks_of(case) if c.kind is ClockKind.EXECUTIVE_BRIEF)
    assert browse("erik").post(f"{where}/briefed").status_code == 303
    kind = ClockKind.EXECUTIVE_BRIEF
    assert next(c.due_at for c in queries.clocks_of(case) if c.kind is kind) != due


TABLE = {
    (State.DRAFT, State.DECLARED),
    (State.DRAFT, State.REQUESTED),
    (State.REQUESTED, State.DECLARED),
    (State.REQUESTED, State.DECLINED),
    (State.DECLARED, State.ACCEPTED),
    (State.DECLARED, State.DECLINED),
    (State.ACCEPTED, State.STABILISING),
    (State.STABILISING, State.AWAITING_CUSTOMER),
    (State.AWAITING_CUSTOMER, State.STABILISING),
    (State.CLOSED, State.STABILISING),
    *((one, State.CLOSED) for one in (State.ACCEPTED, State.STABILISING, State.AWAITING_CUSTOMER)),
    *((one, to) for one in queries.STATES["open"] for to in (State.MERGED, State.VOID)),
    *((State.MERGED, one) for one in queries.STATES["open"]),
}


@pytest.mark.parametrize("source", State)
def test_the_ways_are_those_of_the_table_and_no_other(source):
    for to in State:
        assert (rules.transition(source, to) is not None) == ((source, to) in TABLE), (source, to)


@pytest.mark.parametrize("state", [State.VOID, State.DECLINED, State.MERGED, State.CLOSED])
def test_what_ended_moves_no_further(cast, db, now, state):
    case = declared(cast, now)
    case.state, case.closed_at = state, now
    for act in (
        lambda: actions.raise_severity(case, Severity.E1, reason="x", by=cast.erik, now=now),
        lambda: actions.accept(case, by=cast.erik, now=now),
        lambda: actions.close(case, ending(resolution=Resolution.FIX), by=cast.erik, now=now),
        lambda: actions.brief_by_word(case, by=cast.erik, now=now),
    ):
        with pytest.raises(Refused):
            act()
