"""The pages of post-mortems: who sees what, and what happens at each door."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import Cause, Participant, Postmortem, State
from portal.core import access
from portal.core.db import db as cases_db

from .cases import begun, case_of, due, entry
from .test_actions import approved, complete, plan

SEERS = ("carl", "sam", "erik", "dora", "ava", "lena")
"""Who sees a draft of Acme: its CSM, the support agent on the case, and everybody by role."""
BLIND = ("otto", "aldo", "adam", "petra", "prisca", "kim", "fina", "lisa", "mario")


def url(row, *parts):
    return "/".join(["/postmortems", row.reference, *map(str, parts)])


def fields(text, path):
    """Give the hidden fields of the form that goes to a path."""
    form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', text, re.S).group()
    pairs = re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form)
    return {name: value for name, value in pairs if name != "csrf_token"}


@pytest.mark.parametrize("state", [State.DUE, State.DRAFT, State.IN_REVIEW, State.APPROVED])
def test_draft_is_seen_by_its_people_alone(cast, db, now, browse, state):
    row = begun(cast, now)
    row.state = state
    db.session.commit()
    for name in SEERS:
        assert browse(name).get(url(row)).status_code == 200, name
        assert row.reference in browse(name).text("/postmortems/"), name
    for name in BLIND:
        assert browse(name).get(url(row)).status_code in {403, 404}, name
        listed = browse(name).get("/postmortems/")
        assert row.reference not in listed.get_data(as_text=True), name


def test_published_is_read_by_roles(cast, db, now, browse):
    row = approved(cast, now)
    actions.publish(row, version=None, by=cast.erik, now=now)
    db.session.commit()
    for name in (*SEERS, "aldo", "kim"):
        text = browse(name).text(url(row))
        assert "Kim Park" in text, name  # who owns an action
        assert "Carl Berger" not in text.replace('me-name">Carl Berger', ""), name
    for name in ("otto", "adam", "petra", "prisca"):
        assert browse(name).get(url(row)).status_code in {403, 404}, name


def test_draft_names_nobody_to_who_may_not_know(cast, db, now, browse):
    row = begun(cast, now)
    row.what_decided = "2026-06-17 09:00  Lisa Moretti and Carl Berger knew"
    row.summary = "Erik Lund led; Hélène Vasseur wrote"
    row.title = "What Clara Nunes saw"
    actions.set_people(
        row,
        facilitator_id=cast.ids["erik"],
        people=[cast.ids["lisa"], cast.ids["clara"]],
        version=None,
        by=cast.erik,
        now=now,
    )
    plan(row, cast, now, owner="clara")
    db.session.commit()
    for name in ("sam", "dora"):
        text = browse(name).text(url(row))
        for person in ("Lisa Moretti", "Carl Berger", "Erik Lund", "Vasseur", "Clara Nunes"):
            assert person not in text, (name, person)
        assert "counsel and the customer success manager knew" in text
    assert "Lisa Moretti and Carl Berger knew" in browse("erik").text(url(row))
    assert "Lisa Moretti and Carl Berger knew" in browse("clara").text(url(row))
    # The words for editing are not given to who reads them without names.
    assert browse("sam").get(url(row, "text", "summary")).status_code == 404


def test_restricted_case_is_seen_by_named_people_alone(cast, db, now, browse):
    row = due(cast, now, restricted=True)
    for name in ("carl", "erik"):  # named on the case; leads it
        assert browse(name).get(url(row)).status_code == 200, name
    for name in ("lena", "dora", "clara", "aldo"):
        assert browse(name).get(url(row)).status_code == 404, name
        assert row.reference not in browse(name).text("/postmortems/"), name
        asked = f"/postmortems/?account={cast.acme.reference}&part=1"
        part = browse(name).get(asked, headers={"HX-Request": "true"})
        assert row.reference not in part.get_data(as_text=True), name


def test_case_restricted_later_hides_its_post_mortem(cast, db, now, browse):
    row = due(cast, now)
    queries.considered(queries.case_refs(row)[0]).restricted = True
    db.session.commit()
    assert browse("lena").get(url(row)).status_code == 404
    assert browse("carl").get(url(row)).status_code == 200


def test_what_was_written_is_counsels_alone_while_it_is_with_them(cast, db, now, browse):
    row = begun(cast, now)
    row.summary, row.state = "MARKER of ours", State.WITH_COUNSEL
    queries.considered(queries.case_refs(row)[0]).legal_mode = True
    actions.hand_to_counsel(row, by=cast.erik, now=now)
    row.state = State.DRAFT
    assert actions.hand_to_counsel(row, by=cast.erik, now=now)
    cast.read_english("carl", "lena", "dora")
    assert "MARKER" in browse("lisa").text(url(row))
    for name in ("carl", "lena", "dora"):
        text = browse(name).text(url(row))
        assert "MARKER" not in text, name
        assert "stands still" in text, name
    sent = browse("lisa").post(url(row, "counsel"), {"choice": "facts_only"})
    assert sent.status_code == 303
    assert db.session.get_one(Postmortem, row.id).state is State.DRAFT


def test_story_from_begin_to_published(cast, db, now, browse):
    row = due(cast, now)
    erik, lena = browse("erik"), browse("lena")
    text = erik.text(url(row))
    assert "the draft is expected" in text.lower()
    assert erik.post(url(row, "begin"), fields(text, url(row, "begin"))).status_code == 303
    path = url(row, "text", "summary")
    form = fields(erik.text(path), path)
    assert erik.post(path, {**form, "text": "An index locked."}).status_code == 303
    path = url(row, "causes", "new")
    cause = {"factor": "change_or_release", "text": "No rehearsal", "why_1": "No data to try on"}
    assert erik.post(path, {**fields(erik.text(path), path), **cause}).status_code == 303
    path = url(row, "findings", "new")
    found = {"kind": "luck", "text": "It was a holiday"}
    assert erik.post(path, {**fields(erik.text(path), path), **found}).status_code == 303
    path = url(row, "cost")
    assert erik.post(path, {**fields(erik.text(path), path), "amount": "1200"}).status_code == 303
    path = url(row, "actions", "new")
    action = {
        "what": "Rehearse",
        "outcome": "no lock",
        "owner_id": str(cast.ids["kim"]),
        "priority": "priority",
        "kind": "prevent",
        "verification": "two records",
    }
    assert erik.post(path, {**fields(erik.text(path), path), **action}).status_code == 303
    path = url(row, "meeting")
    held = {"on": "2026-06-17"}
    assert erik.post(path, {**fields(erik.text(path), path), **held}).status_code == 303
    for person, verb in ((erik, "submit"), (lena, "approve"), (erik, "publish")):
        form = fields(person.text(url(row)), url(row, verb))
        assert person.post(url(row, verb), form).status_code == 303, verb
    assert "An index locked." in browse("aldo").text(url(row))
    text = browse("dora").text(url(row))
    for words in ("An index locked.", "No data to try on", "a holiday", "€1,200", "Kim Park"):
        assert words in text
    assert "Carl Berger" not in text
    kim = browse("kim")
    done = re.search(r'action="([^"]*/done)"', kim.text(url(row))).group(1)
    assert kim.post(done, fields(kim.text(url(row)), done)).status_code == 303
    path = done.replace("/done", "/verify")
    form = {**fields(erik.text(path), path), "note": "Both records seen"}
    assert erik.post(path, form).status_code == 303
    assert "Verified" in kim.text(url(row))


def test_form_sent_twice_writes_once(cast, db, now, browse):
    row = begun(cast, now)
    path = url(row, "causes", "new")
    erik = browse("erik")
    form = {**fields(erik.text(path), path), "factor": "handover", "text": "Night shift"}
    assert form["once"]
    for _again in range(2):
        assert erik.post(path, form).status_code == 303
    assert len(db.session.scalars(sa.select(Cause)).all()) == 1


def test_two_editors_each_see_the_others_words(cast, db, now, browse):
    row = begun(cast, now)
    path = url(row, "text", "what_happened")
    erik, carl = browse("erik"), browse("carl")
    mine, theirs = fields(erik.text(path), path), fields(carl.text(path), path)
    assert erik.post(path, {**mine, "text": "Words of the first"}).status_code == 303
    clash = carl.post(path, {**theirs, "text": "Words of the second"})
    assert clash.status_code == 409
    shown = clash.get_data(as_text=True)
    assert "Words of the first" in shown
    assert "Words of the second" in shown
    other = url(row, "text", "summary")
    assert carl.post(other, {**fields(carl.text(other), other), "text": "Mine"}).status_code == 303


def test_refused_form_keeps_what_was_typed(cast, db, now, browse):
    row = begun(cast, now)
    path = url(row, "actions", "new")
    form = {"what": "Rehearse it", "outcome": "", "priority": "normal", "due_on": "2020-01-01"}
    refused = browse("erik").post(path, {**form, "owner_id": str(cast.ids["kim"])})
    assert refused.status_code == 422
    assert "Rehearse it" in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("parts", "data"),
    [
        (("text", "nothing"), None),
        (("line", "nothing"), None),
        (("causes", 9999), None),
        (("actions", 9999), None),
        (("actions", 9999, "verify"), None),
        (("causes", 9999, "remove"), {}),
        (("actions", 9999, "done"), {}),
    ],
)
def test_what_does_not_exist_is_not_found(cast, db, now, browse, parts, data):
    row = begun(cast, now)
    person = browse("erik")
    answer = person.get(url(row, *parts)) if data is None else person.post(url(row, *parts), data)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["dora", "aldo", "adam", "petra", "otto"])
def test_who_may_not_write_cannot(cast, db, now, browse, name):
    row = begun(cast, now)
    complete(row, cast, now)
    seen = (row.version, row.state, row.summary)
    person = browse(name)
    for path, data in (
        ("text/summary", {"text": "Mine", "was": rules.digest(row.summary)}),
        ("line/what_happened", {"text": "Mine"}),
        ("causes/new", {"factor": "handover", "text": "Mine"}),
        ("findings/new", {"kind": "well", "text": "Mine"}),
        ("cost", {"amount": "1"}),
        ("people", {"people": str(cast.ids[name])}),
        ("submit", {}),
        ("approve", {}),
        ("publish", {}),
        ("waive", {"reason": "Mine"}),
        ("counsel", {"choice": "ordinary"}),
        ("begin", {}),
    ):
        assert person.post(url(row, path), data).status_code in {403, 404, 409, 422}, path
    db.session.refresh(row)
    assert (row.version, row.state, row.summary) == seen


def test_asking_from_the_page_of_a_case(cast, db, now, browse):
    case = case_of(cast, now, severity="E4")
    db.session.commit()
    carl = browse("carl")
    path = f"/postmortems/new?escalation={case.reference}"
    assert case.reference in carl.text(path)
    assert carl.post(path, {"why": ""}).status_code == 422
    made = carl.post(path, {"why": "Nobody knew the clause"})
    assert made.status_code == 303
    assert made.location.startswith("/postmortems/PM-2026-")
    assert browse("otto").get(path).status_code == 404
    assert browse("aldo").get(path).status_code == 403
    assert browse("erik").get("/postmortems/new").status_code == 404


def test_list_is_cut_and_said_in_one_sentence(cast, db, now, browse):
    row, other = due(cast, now), due(cast, now, legal_mode=True)
    row.draft_due_on = row.draft_due_on.replace(month=5)
    db.session.commit()
    erik = browse("erik")
    text = erik.text("/postmortems/")
    assert "One post-mortem is late" in text
    assert row.reference in text
    assert other.reference not in text
    for group, here in (("late", row), ("with_counsel", other), ("all", other)):
        assert here.reference in erik.text(f"/postmortems/?group={group}")
    assert row.reference not in erik.text("/postmortems/?group=published")
    assert row.reference in erik.text("/postmortems/?mine=1")
    case = queries.case_refs(row)[0]
    part = erik.get(f"/postmortems/?case={case}&part=1", headers={"HX-Request": "true"})
    text = part.get_data(as_text=True)
    assert "<h1" not in text
    assert "data-part" in text
    assert row.reference in text
    assert other.reference not in text
    assert row.reference in erik.text(f"/postmortems/?account={cast.acme.reference}")
    asked = f"/postmortems/?case={case}9&part=1"
    nothing = erik.get(asked, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "escalation=" in nothing


def test_list_costs_the_same_for_one_and_for_thirty(cast, db, now, browse, queries_at_most):
    due(cast, now)
    erik = browse("erik")
    erik.text("/postmortems/")
    with queries_at_most(7) as one:
        erik.text("/postmortems/")
    for _row in range(29):
        due(cast, now)
    with queries_at_most(7) as thirty:
        text = erik.text("/postmortems/")
    assert len(one) == len(thirty)
    assert text.count('class="ref"') == 30


def test_pages_of_the_list_follow_each_other(cast, db, now, browse):
    made = {due(cast, now).reference for _row in range(52)}
    erik, seen, path = browse("erik"), set(), "/postmortems/"
    while path:
        text = erik.text(path)
        seen |= set(re.findall(r"PM-2026-\d{4,}", text))
        older = re.search(r'rel="next" href="([^"]*)"', text)
        path = older and older.group(1).replace("&amp;", "&")
    assert seen == made


def test_what_was_known_at_a_moment_with_and_without_a_script(cast, db, now, browse):
    row = begun(cast, now)
    late = cases_entry(row, now)
    path = url(row, "known")
    erik = browse("erik")
    everything = erik.text(path)
    for text in ("Sam Okoye saw the lock", "Severity E1", "back at six", "A daily update", late):
        assert text in everything, text
    assert "MARKER" not in everything
    at = (now - timedelta(hours=29)).isoformat()
    then = erik.text(f"{path}?at={at.replace('+', '%2B')}")
    assert "saw the lock" in then
    for text in ("Severity E1", "back at six", "A daily update", late):
        assert text not in then, text
    assert 'type="range"' in then
    assert "hx-get" in then
    assert "saw the lock" not in erik.text(f"{path}?step=0")
    for given in ("step=-4", "step=999", "step=x", "at=nonsense", "at=0001-01-01", "at=9999-12-31"):
        assert erik.get(f"{path}?{given}").status_code == 200, given
    # Roles for names to who may not know them; nothing to who sees nothing.
    assert "Sam Okoye" not in browse("dora").text(path).partition("<main")[2]
    assert browse("otto").get(path).status_code in {403, 404}
    row.state = State.WITH_COUNSEL
    db.session.commit()
    assert browse("carl").get(path).status_code == 404


def cases_entry(row, now):
    """Write something down long after it happened."""
    case = queries.cases_of(row)[0]
    text = "The backup had failed in May"
    entry(case, Lane.INTERNAL, EntryKind.NOTE, text, at=now - timedelta(days=20), late=now)
    cases_db.session.commit()
    return text


def test_what_was_known_is_of_the_cases_that_its_reader_sees(cast, db, now, browse):
    row = begun(cast, now)
    hers = queries.cases_of(row)[0].reference
    merged = case_of(cast, now, merged_into_id=queries.cases_of(row)[0].id)
    entry(merged, Lane.INTERNAL, EntryKind.NOTE, "MERGEDMARK", at=now - timedelta(hours=5))
    cases_db.session.add(Participant(postmortem_id=row.id, person_id=cast.ids["kim"]))
    here = {"account_id": row.account_id, "record_ref": row.reference}
    access.relate(
        cases_db.session, kind=access.RelationKind.NAMED, person_id=cast.ids["kim"], **here
    )
    db.session.commit()
    marks = ("saw the lock", "back at six", "A daily update", "Severity E1", "MERGEDMARK")
    kim, erik = (browse(name).text(url(row, "known")) for name in ("kim", "erik"))
    for mark in marks:
        assert mark in erik, mark
        assert mark not in kim, mark
    access.relate(
        cases_db.session,
        kind=access.RelationKind.NAMED,
        person_id=cast.ids["kim"],
        **{**here, "record_ref": hers},
    )
    db.session.commit()
    kim = browse("kim").text(url(row, "known"))
    assert "saw the lock" in kim
    assert "MERGEDMARK" not in kim


def test_a_published_post_mortem_tells_nothing_learnt_since(cast, db, now, browse):
    row = begun(cast, now)
    row.state, row.published_at = State.PUBLISHED, now - timedelta(hours=27, minutes=30)
    db.session.commit()
    erik = browse("erik")
    for query in ("", "?step=99", "?at=9999-12-31"):
        text = erik.text(url(row, "known") + query)
        assert "saw the lock" in text, query
        assert "back at six" in text, query
        for mark in ("Severity E1", "A daily update"):
            assert mark not in text, (query, mark)
