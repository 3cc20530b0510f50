"""What the front line says: approved once, dated, in three languages, withdrawn at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions as cases
from portal.blueprints.notifications.models import Notification
from portal.blueprints.statements import actions, queries, rules
from portal.blueprints.statements.models import Statement, StatementState
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared
from tests.escalations.test_saying import sought

TEXTS = {
    language: {"text": f"{word} {language}", "questions": [{"q": "Quand ?", "a": "Jeudi."}]}
    for language, word in {"en": "We know.", "fr": "Nous savons.", "it": "Lo sappiamo."}.items()
}


def written(case, cast, now, *, texts=TEXTS, **more):
    given = {"holds_until": now + timedelta(days=2), "by": cast.carl, "now": now, **more}
    return actions.write(case, texts, **given)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("When?\nOn Thursday.", [("When?", "On Thursday.")]),
        ("When?\r\nOn\r\nit.\r\n \r\nWhy?\nA part.", [("When?", "On it."), ("Why?", "A part.")]),
        ("When?", None),
        ("When?\nThursday.\n\nWhy?", None),
    ],
)  # fmt: skip
def test_questions_are_read_with_their_answers(text, found):
    pairs = rules.pairs(text)
    assert found == (None if pairs is None else [(one["q"], one["a"]) for one in pairs])
    if pairs:
        assert rules.pairs(rules.unpaired(pairs)) == pairs


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, ""),
        ({"it": {"text": " ", "questions": []}}, "text_it"),
        ({"fr": {"text": "Oui", "questions": []}}, "questions_fr"),
        ({"it": {"text": "Sì", "questions": None}}, "questions_it"),
    ],
)
def test_all_languages_say_as_much(change, field):
    assert rules.wrong_with(TEXTS | change) == field


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"text": "Cher {client}"}, "text_fr"),
        ({"questions": [{"q": "Quand ?", "a": "Le {jour} au plus."}]}, "questions_fr"),
    ],
)
def test_no_field_of_a_template_is_stated(cast, now, words, field):
    case = declared(cast, now)
    with pytest.raises(Refused, match="stands as a field") as refused:
        written(case, cast, now, texts=TEXTS | {"fr": TEXTS["fr"] | words})
    assert refused.value.field == field


def test_found_by_account_approved_by_another_and_withdrawn_at_once(cast, db, now, run_jobs):
    case = declared(cast, now)
    cases.add_affected(case, cast.borealis, by=cast.erik, now=now)
    row = written(case, cast, now)
    assert (cast.ids["erik"], f"/statements/{row.id}") in sought(db)
    assert queries.in_force(cast.clara, now=now) == []
    with pytest.raises(NotFound):
        queries.get(cast.sam, row.id, now=now)
    for somebody in (cast.carl, cast.sam):
        with pytest.raises(Refused, match="second person"):
            actions.approve(row, by=somebody, now=now)
    actions.approve(row, by=cast.lisa, now=now)
    db.session.flush()
    # Support sees every customer, an outsider none; Clara looks after one that is hit, too.
    for name, accounts in (("sam", 2), ("clara", 2), ("otto", 0)):
        found = queries.in_force(getattr(cast, name), now=now)
        assert [len(one.accounts) for one in found] == ([accounts] if accounts else []), name
    [line] = queries.in_force(cast.sam, now=now, account=cast.borealis.reference)
    assert (line.row.id, line.case_ref, line.approved_by) == (row.id, None, "Lisa Moretti")
    assert [one.row.id for one in queries.in_force(cast.sam, now=now, words="borealis")] == [row.id]
    assert queries.in_force(cast.sam, now=now, words="nobody") == []
    assert queries.in_force(cast.sam, now=now + timedelta(days=3)) == []
    actions.note_read(row, by=cast.sam, now=now)
    actions.note_read(row, by=cast.sam, now=now)
    actions.withdraw(row, reason="It was the pump.", by=cast.erik, now=now)
    db.session.flush()
    assert queries.in_force(cast.sam, now=now) == []
    told = sa.select(Notification).filter_by(template="statements/withdrawn")
    people = {one.person_id for one in db.session.scalars(told)}
    assert people == {cast.ids["sam"], cast.ids["clara"], cast.ids["carl"]}
    assert queries.get(cast.sam, row.id, now=now).row.ended_because == "It was the pump."
    with pytest.raises(Refused, match="over"):
        actions.withdraw(row, reason="Again.", by=cast.erik, now=now)


def test_a_newer_one_takes_the_place_and_a_restricted_case_has_none(cast, db, now):
    case = declared(cast, now)
    first = written(case, cast, now)
    actions.approve(first, by=cast.erik, now=now)
    second = written(case, cast, now)
    third = written(case, cast, now)
    assert [first.state, second.state] == [StatementState.APPROVED, StatementState.DROPPED]
    actions.approve(third, by=cast.erik, now=now)
    assert (first.state, third.number) == (StatementState.REPLACED, 3)
    with pytest.raises(Refused, match="14 days"):
        written(case, cast, now, holds_until=now + timedelta(days=15))
    cases.restrict(case, keep=[], reason="A name.", by=cast.erik, now=now)
    db.session.flush()
    assert queries.in_force(cast.sam, now=now) == []
    with pytest.raises(NotFound):
        queries.get(cast.sam, third.id, now=now)
    with pytest.raises(Refused, match="restricted"):
        written(case, cast, now)


@ON_SQLITE_ALONE
def test_the_pages(cast, db, now, browse):
    case = declared(cast, now)
    db.session.commit()
    carl, of_case = browse("carl"), f"/statements/of/{case.reference}"
    form = {"holds_until": "2026-06-18T12:00"}
    for language, one in TEXTS.items():
        form[f"text_{language}"] = one["text"]
        form[f"questions_{language}"] = "Quand ?\nJeudi."
    assert carl.post(f"{of_case}/new", form | {"questions_it": "Quando?"}).status_code == 422
    made = carl.post(f"{of_case}/new", form)
    where = made.headers["Location"]
    assert "Nous savons." in carl.text(where)
    assert carl.post(f"{where}/approve").status_code in {403, 409}
    assert browse("erik").post(f"{where}/approve").status_code == 303
    assert "We know." in browse("sam").text("/statements/?q=acme")
    assert case.reference not in browse("sam").text(where)
    assert "We know." not in browse("otto").text("/statements/")
    assert "Nous savons." in carl.text(f"{of_case}/new")
    assert "We know." in carl.text(of_case)
    assert browse("sam").post(f"{where}/withdraw", {"reason": "Wrong."}).status_code == 404
    assert carl.post(f"{where}/withdraw", {"reason": ""}).status_code == 422
    assert carl.post(f"{where}/withdraw", {"reason": "Wrong."}).status_code == 303
    assert "We know." not in browse("sam").text("/statements/")
    assert "Wrong." in browse("sam").text(where)


@ON_SQLITE_ALONE
def test_programs_do_the_same(cast, db, now, browse):
    case = declared(cast, now)
    scopes = [one for one in Permission if one.room in {"statements", "escalations", "accounts"}]
    make = caller(browse, cast, db, now, at="/api/v1/statements/", scopes=scopes)
    carl, erik, sam = make("carl"), make("erik"), make("sam")
    given = {"case": case.reference, "texts": TEXTS, "holds_until": "2026-06-18T12:00:00Z"}
    assert carl("POST", "", given | {"case": "ESC-2026-9999"}).status_code == 409
    made = carl("POST", "", given)
    assert made.status_code == 201
    one = str(made.json["id"])
    assert carl("POST", f"{one}/approve").status_code == 403
    assert erik("POST", f"{one}/approve").json["state"] == "approved"
    [found] = sam("GET", f"?account={cast.acme.reference}").json["items"]
    assert (found["texts"]["fr"]["text"], found["case"]) == (TEXTS["fr"]["text"], None)
    assert carl("POST", f"{one}/withdraw", {"reason": "Wrong."}).json["state"] == "withdrawn"
    assert sam("GET", "").json["items"] == []
    assert sam("GET", one).json["state"] == "withdrawn"
    assert db.session.scalar(sa.select(sa.func.count(Statement.id))) == 1
