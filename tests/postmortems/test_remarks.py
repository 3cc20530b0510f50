"""What people say about a draft, and what they type and did not keep yet."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.postmortems import actions, jobs, queries, rules
from portal.blueprints.postmortems.models import Remark, RemarkState, State, UnsavedText
from portal.blueprints.reviews import actions as reviews
from portal.blueprints.reviews import queries as review_queries
from portal.core import events
from portal.core.access import Permission, RelationKind, relate
from portal.core.errors import NotFound, Refused, Stale
from tests.escalations.calls import caller

from .cases import begun
from .test_variants import planted

BASE = "one\ntwo\nthree\nfour\nfive"


def suggested(row, cast, now, *, by="sam", text="Why not?", **change):
    """Let somebody suggest other words for a text whose lines are BASE."""
    row.what_decided = BASE
    words = BASE
    for line, other in change.items():
        words = words.replace(line, other)
    given = {"suggestion": words, "was": rules.digest(BASE), "now": now}
    return actions.remark(row, "what_decided", text, by=getattr(cast, by), **given)


def test_taking_a_suggestion_loses_nothing_that_others_wrote(cast, db, now):
    row, by = begun(cast, now), {"by": cast.erik, "now": now}
    one, two = suggested(row, cast, now, one="ONE"), suggested(row, cast, now, five="FIVE")
    clash = suggested(row, cast, now, five="fünf")
    actions.take(row, one, version=None, **by)
    actions.take(row, two, version=None, **by)
    assert row.what_decided == "ONE\ntwo\nthree\nfour\nFIVE"
    with pytest.raises(Stale) as refused:
        actions.take(row, clash, version=None, **by)
    assert refused.value.current == {"text": row.what_decided}
    assert (clash.state, one.state) == (RemarkState.OPEN, RemarkState.TAKEN)
    mine = {"text": "ONE\nfünf", "was": rules.digest(row.what_decided)}
    actions.take(row, clash, version=None, **mine, **by)
    assert row.what_decided == "ONE\nfünf"
    for again in (actions.take, lambda *a, **k: actions.settle(*a, answer="No.", **k)):
        with pytest.raises(Refused):
            again(row, one, version=None, **by)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "x", "suggestion": "y" * 20_001}, "suggestion"),
        ({"text": "x", "suggestion": "y", "was": "0" * 64}, "suggestion"),
        ({"text": "x", "part": "causes", "suggestion": "y"}, "suggestion"),
        ({"text": "x", "part": "title", "suggestion": "y" * 201}, "suggestion"),
        ({"text": "x", "for_counsel": True}, "for_counsel"),
        ({"text": "", "suggestion": BASE}, "text"),
    ],
)
def test_remarks_that_say_nothing_or_too_much_are_refused(cast, now, given, field):
    row = begun(cast, now)
    row.summary = BASE
    given = {"was": rules.digest(BASE), "part": "summary", "by": cast.sam, "now": now, **given}
    with pytest.raises(Refused) as refused:
        actions.remark(row, given.pop("part"), given.pop("text"), **given)
    assert refused.value.field == field


def test_a_reader_remarks_reviewers_see_it_and_nobody_else_does(cast, db, now, browse):
    row = planted(cast, now)
    home = f"/postmortems/{row.reference}"
    db.session.commit()
    sam = browse("sam")
    form = sam.text(f"{home}/remark/summary")
    assert "Erik Lund" not in form.partition("<main")[2]
    words = {"text": "SAIDMARK of Erik Lund", "suggestion": "SUGGESTMARK"}
    words["was"] = rules.digest(row.summary)
    assert sam.post(f"{home}/remark/summary", words).status_code == 303
    found = db.session.scalars(sa.select(Remark)).one()
    text = sam.text(home)
    assert "SAIDMARK" in text
    assert "Erik Lund" not in text.partition("<main")[2]
    assert f"/remarks/{found.id}/take" not in text
    actions.submit(row, version=None, by=cast.erik, now=now)
    db.session.commit()
    lena = browse("lena").text(home)
    assert "SAIDMARK of Erik Lund" in lena
    assert "notice--warn" in lena
    assert lena.index("#remarks") < lena.index('id="remarks"')
    for which in ("customer", "internal"):
        assert "SAIDMARK" not in browse("erik").text(f"{home}/as/{which}"), which
    assert browse("aldo").get(f"{home}/remark/summary").status_code == 404
    assert browse("otto").get(f"{home}/remark/summary").status_code in {403, 404}
    actions.approve(row, version=None, by=cast.lena, now=now)
    decided = queries.sheet(row, viewer=cast.erik, now=now).decisions
    assert [one.facts.get("open_remarks") for one in decided].count(1) == 1
    row.state, row.published_at = State.PUBLISHED, now
    room = reviews.open_(review_queries.quarter_at(now), by=cast.erik, now=now)
    top = reviews.header("en", verify_at="", now=now)
    book = repr(review_queries.pack(room, reader=cast.lena, issue=top, now=now))
    assert row.reference in book
    assert "SAIDMARK" not in book
    db.session.commit()
    assert "SAIDMARK" not in browse("erik").text(home)
    assert browse("erik").get(f"{home}/remarks/{found.id}/settle").status_code == 404
    jobs.chase((now + timedelta(days=31)).isoformat())
    assert db.session.scalars(sa.select(Remark)).all() == []


def test_what_counsel_says_for_counsel_stays_there(cast, db, now, browse):
    row = begun(cast, now)
    here = {"account_id": row.account_id, "record_ref": row.reference}
    relate(db.session, kind=RelationKind.NAMED, person_id=cast.ids["lisa"], **here)
    home = f"/postmortems/{row.reference}"
    db.session.commit()
    lisa = browse("lisa")
    sent = {"text": "PRIVMARK", "for_counsel": "y", "was": ""}
    assert lisa.post(f"{home}/remark/summary?for=counsel", sent).status_code == 303
    found = db.session.scalars(sa.select(Remark)).one()
    assert found.for_counsel
    assert "PRIVMARK" in lisa.text(f"{home}/as/counsel")
    assert "PRIVMARK" not in browse("erik").text(home)
    with pytest.raises(NotFound):
        queries.get_remark(row, found.id, viewer=cast.erik)
    assert queries.open_remarks(row) == 0
    said = sa.select(events.Event).where(events.Event.name == "postmortems.remarked")
    log = db.session.scalars(said)
    assert "PRIVMARK" not in "".join(str(vars(one)) for one in log)
    actions.remark(row, "summary", "OPENMARK", by=cast.erik, now=now)
    row.state = State.WITH_COUNSEL
    db.session.commit()
    assert "OPENMARK" not in browse("carl").text(home)
    actions.remark(row, "summary", "x", by=cast.lisa, now=now)
    with pytest.raises(Refused):
        actions.remark(row, "summary", "x", by=cast.erik, now=now)


def test_typed_words_wait_on_the_server_for_who_typed_them(cast, db, now, browse):
    row = begun(cast, now)
    db.session.commit()
    path, erik = f"/postmortems/{row.reference}/text/summary", browse("erik")
    first = {"text": "HALFMARK", "was": rules.digest(row.summary)}
    assert erik.post(f"{path}/unsaved", first).json["saved"]
    assert "HALFMARK" in erik.text(path)
    assert "HALFMARK" not in browse("carl").text(path)
    assert path in erik.text(f"/postmortems/{row.reference}")
    assert erik.post(f"{path}/unsaved", {**first, "text": row.summary}).json["saved"] == ""
    assert "HALFMARK" not in erik.text(path)
    assert erik.post(f"{path}/unsaved", {**first, "text": "x" * 20_001}).status_code == 422
    assert browse("sam").post(f"{path}/unsaved", first).status_code == 409
    erik.post(f"{path}/unsaved", first)
    actions.write(row, "summary", "Other words", was=first["was"], by=cast.carl, now=now)
    db.session.commit()
    text = erik.text(path)
    assert "HALFMARK" in text
    assert "<pre>Other words</pre>" in text
    assert erik.post(f"{path}/discard").status_code == 303
    assert "HALFMARK" not in erik.text(path)


def test_programs_remark_take_and_settle(cast, db, now, browse):
    row = begun(cast, now)
    row.summary = BASE
    db.session.commit()
    scopes = (Permission.POSTMORTEMS_READ, Permission.POSTMORTEMS_CONTRIBUTE)
    calls = caller(browse, cast, db, now, at="/api/v1/postmortems/", scopes=scopes)
    sam, erik = calls("sam"), calls("erik")
    path = f"{row.reference}/remarks"
    ids = [
        sam("POST", path, {"part": "summary", "suggestion": BASE.replace("one", word)}).json["id"]
        for word in ("ONE", "uno")
    ]
    assert sam("POST", path, {"part": "summary"}).status_code == 409
    assert sam("POST", path, {"part": "state", "text": "x"}).status_code == 422
    assert sam("POST", f"{path}/{ids[0]}", {"state": "taken"}).status_code == 409
    taken = erik("POST", f"{path}/{ids[0]}", {"state": "taken"})
    assert (taken.json["state"], taken.json["settled_by"]) == ("taken", "Erik Lund")
    assert erik("POST", f"{path}/{ids[1]}", {"state": "taken"}).status_code == 412
    assert erik("POST", f"{path}/{ids[1]}", {"state": "settled"}).status_code == 409
    answer = {"state": "settled", "answer": "Not now."}
    assert erik("POST", f"{path}/{ids[1]}", answer, **{"If-Match": '"9"'}).status_code == 412
    assert erik("POST", f"{path}/{ids[1]}", answer).json["answer"] == "Not now."
    listed = sam("GET", f"{path}?state=settled").json["items"]
    assert [(one["id"], one["moved"]) for one in listed] == [(ids[1], True)]
    assert erik("GET", f"{path}/{2**40}").status_code == 404


def test_leadership_opens_what_is_asked_to_be_left_out(cast, db, now, browse):
    row = _asked(begun(cast, now), cast, now)
    db.session.commit()
    home = f"/postmortems/{row.reference}"
    text = browse("lena").text(home)
    assert f"{home}/waive" in text
    assert "Twice." in text
    assert f"{home}/waive" not in browse("erik").text(home)


def test_unsaved_words_die_when_kept_approved_or_old(cast, db, now):
    row = begun(cast, now)
    text = {"was": rules.digest(""), "by": cast.erik}

    def left():
        return db.session.scalar(sa.select(sa.func.count()).select_from(UnsavedText))

    def save(**more):
        actions.save_unsaved(row, "summary", "half", **{**text, "now": now, **more})

    save()
    actions.write(row, "summary", "whole", **text, now=now)
    assert left() == 0
    save()
    save(by=cast.carl, now=now + timedelta(days=20))
    assert left() == 2
    jobs.chase((now + timedelta(days=31)).isoformat())
    assert left() == 1
    actions.waive(_asked(row, cast, now), version=None, by=cast.lena, now=now)
    assert left() == 0


def _asked(row, cast, now):
    actions.ask_waiver(row, reason="Twice.", version=None, by=cast.erik, now=now)
    return row
