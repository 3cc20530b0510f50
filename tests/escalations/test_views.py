"""The doors for people."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import Escalation, State
from portal.core import access
from portal.core.events import Event
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import FRENCH, declared

FORM = {
    "account": "Acme Forges",
    "words": FRENCH,
    "demand": "Une correction démontrée",
    "deadline": "2026-06-30",
    "do": "declare",
    "channel": "phone",
    "problem": "other",
    "notice_channel": "mail",
}


def the_case(db):
    return db.session.scalars(sa.select(Escalation)).one()


def test_three_fields_declare_a_case(browse, cast, db):
    carl = browse("carl")
    answer = carl.post("/escalations/new", FORM)
    case = the_case(db)
    assert (answer.status_code, answer.location) == (303, f"/escalations/{case.reference}")
    text = carl.text(answer.location)
    assert "Acme Forges" in text
    assert "nous ne renouvellerons pas" in text
    assert "Erik Lund" in text


def test_what_is_at_stake_is_shown_to_the_customers_own_people(browse, cast, db, now):
    case = declared(cast, now)
    given = {"person_id": cast.ids["otto"], "account_id": case.account_id}
    access.relate(db.session, kind=access.RelationKind.NAMED, record_ref=case.reference, **given)
    db.session.commit()
    for name, shown in (("carl", True), ("otto", False)):
        answer = browse(name).post("/escalations/new", FORM | {"do": "look"})
        text = answer.get_data(as_text=True)
        assert "What we make of it" in text, name
        assert ("612,000" in text) is shown, name


def test_what_follows_is_shown_before_declaring(browse, cast, db):
    carl = browse("carl")
    text = carl.text("/escalations/new?account=" + cast.acme.reference)
    assert cast.acme.reference in text
    answer = carl.post("/escalations/new", FORM | {"do": "look"})
    text = answer.get_data(as_text=True)
    assert "<mark" in text
    assert "Erik Lund" in text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 0


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"account": "Nobody Ltd"}, "no such customer"),
        ({"words": " "}, "in their words"),
        ({"demand": ""}, "what the customer wants"),
        ({"trigger": "nope", "severity": "E9", "kind": "x"}, "none of the choices"),
        ({"owner": "99999999", "reason": "x"}, "99999999 cannot own a case"),
        ({"deadline": "2026-06-01"}, "This day has passed"),
        ({"deadline": "9999-12-31"}, "is the year right?"),
        ({"words": "x" * 20_001}, "too many words"),
    ],
)
def test_a_refused_declaration_keeps_what_was_typed(browse, cast, db, changed, says):
    given = FORM | changed
    answer = browse("carl").post("/escalations/new", given)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in text
    assert given["demand"] in text
    assert given["account"] in text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 0


def test_the_same_form_twice_is_one_case(browse, cast, db):
    carl = browse("carl")
    once = FORM | {"once": "abcdefghijklmnop"}
    first, second = carl.post("/escalations/new", once), carl.post("/escalations/new", once)
    assert first.location == second.location
    assert the_case(db).state is State.DECLARED


def test_a_second_case_is_asked_about_first(browse, cast, db):
    carl = browse("carl")
    first = carl.post("/escalations/new", FORM)
    again = carl.post("/escalations/new", FORM)
    text = again.get_data(as_text=True)
    assert again.status_code == 422
    assert first.location in text
    same = carl.post("/escalations/new", FORM | {"another": "y"})
    assert same.status_code == 422
    assert "open for the same reason" in same.get_data(as_text=True)
    sure = carl.post("/escalations/new", FORM | {"another": "y", "because": "The other plant"})
    assert sure.status_code == 303
    assert sure.location != first.location


def test_a_draft_is_its_authors_alone(browse, cast, db):
    carl = browse("carl")
    where = carl.post("/escalations/new", FORM | {"do": "draft"}).location
    assert carl.get(where).status_code == 200
    assert browse("erik").get(where).status_code == 404
    assert carl.post(where + "/submit").status_code == 303
    assert browse("erik").get(where).status_code == 200


def test_hostile_words_are_text(browse, cast, db):
    hostile = "<script>alert(1)</script> {{ 7*7 }} %s %(x)s \u202e résilier"
    where = browse("carl").post("/escalations/new", FORM | {"words": hostile}).location
    text = browse("carl").text(where)
    assert "<script>alert" not in text
    assert "{{ 7*7 }} %s %(x)s" in text


def test_the_list_is_the_viewers(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    for name in ("carl", "erik", "ava", "lena", "aldo"):
        assert case.reference in browse(name).text("/escalations/"), name
    for name in ("otto", "clara", "sam", "kim", "prisca"):
        assert case.reference not in browse(name).text("/escalations/"), name


@pytest.mark.parametrize("query", ["?state=all", "?state=all&q=acme", "?sort=due", "?severity=E1"])
def test_filters_keep_the_case(browse, cast, db, now, query):
    case = declared(cast, now)
    db.session.commit()
    assert case.reference in browse("erik").text("/escalations/" + query)


def test_the_accounts_fragment(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    url = f"/escalations/?account={cast.acme.reference}&part=1"
    part = browse("erik")._open("GET", url)
    text = part.get_data(as_text=True)
    assert case.reference in text
    assert "<html" not in text


def test_the_file_holds_the_list(browse, cast, db, now):
    case = declared(cast, now, demand="=cmd|' /C calc'!A0")
    db.session.commit()
    text = browse("erik")._open("GET", "/escalations/export.csv").get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert case.reference in text
    assert "'=cmd" in text
    assert "612000.00" in text


def test_otto_finds_no_trace(browse, cast, db, now, run_jobs):
    case = declared(cast, now)
    db.session.commit()
    run_jobs()
    otto = browse("otto")
    for url in ("", "/note", "/close", "/hand-over", "/write", "/promise", "/severity", "/ask"):
        assert otto.get(f"/escalations/{case.reference}{url}").status_code == 404
    for url in ("/accept", "/stabilise", "/criteria"):
        assert otto.post(f"/escalations/{case.reference}{url}").status_code == 404
    for url in ("/", "/escalations/?state=all", "/notifications/", "/accounts/"):
        answer = otto.get(url)
        assert case.reference not in answer.get_data(as_text=True), url


def test_leadership_is_asked_with_what_each_option_costs(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    cast.read_english("erik", "ava")
    asked = {
        "question": "How many engineers?",
        "of": cast.ids["ava"],
        "option_1": "Two engineers",
        "cost_1": "30,400.50",
        "consequence_1": "They get all they ask for",
        "option_2": "None",
        "recommended": "3",
        "answer_by": "2026-06-18T17:00",
        "if_nothing": "They leave.",
    }
    refused = erik.post(f"{where}/ask", data=asked).get_data(as_text=True)
    assert "Recommend one of the options." in refused
    assert "30,400.50" in refused, "nothing typed is lost"
    erik.post(f"{where}/ask", data=asked | {"recommended": "1"})
    for name in ("erik", "ava"):
        text = browse(name).get(where).get_data(as_text=True)
        for said in ("Two engineers", "€30,400.50", "They get all they ask for", "They leave."):
            assert said in text, said
    ava = browse("ava")
    ava.post(f"{where}/answer", data={"choice": "Two engineers"})
    assert "Two engineers" in ava.get(where).get_data(as_text=True)


@pytest.mark.parametrize("name", ["ava", "aldo", "lisa"])
def test_who_does_not_work_gets_no_tools(browse, cast, db, now, name):
    case = declared(cast, now)
    db.session.commit()
    assert browse(name).post(f"/escalations/{case.reference}/accept").status_code in (403, 404)
    assert "/hand-over" not in browse(name).get(f"/escalations/{case.reference}").get_data(
        as_text=True
    )


def test_list_and_case_cost_a_fixed_number_of_queries(browse, cast, db, now, queries_at_most):
    for _number in range(30):
        case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    erik.get("/escalations/")
    with queries_at_most(6):
        erik.get("/escalations/")
    with queries_at_most(8):
        erik.get(where)


def test_declaring_costs_a_fixed_number_of_statements(browse, cast, queries_at_most):
    carl, once = browse("carl"), {"once": "abcdefghijklmnop"}
    carl.get("/escalations/new")
    carl.post("/escalations/new", FORM | once | {"do": "look"})
    with queries_at_most(32):
        answer = carl.post("/escalations/new", FORM | {"once": "abcdefghijklmnoq"})
    assert answer.status_code == 303


def test_kept_forms_carry_the_token_of_their_reader_and_a_key_each(browse, cast, db, now):
    where = f"/escalations/{declared(cast, now).reference}"
    db.session.commit()
    erik, lena = browse("erik"), browse("lena")
    pages = [erik.text(where), erik.text(where), lena.text(where)]
    keys = [re.findall(r'name="once" value="([^"]+)"', text) for text in pages]
    assert len(keys[0]) > 5
    assert len({key for of_page in keys for key in of_page}) == sum(map(len, keys))
    tokens = [set(re.findall(r'name="csrf_token" value="([^"]+)"', text)) for text in pages]
    assert [len(one) for one in tokens] == [1, 1, 1]
    assert tokens[0].isdisjoint(tokens[2])


def test_a_form_on_the_case_carries_it_out(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    assert erik.post(where + "/accept").status_code == 303
    assert (
        erik.post(where + "/note", {"text": "They calmed down.", "what": "called"}).status_code
        == 303
    )
    assert erik.post(where + "/criteria", {"text": "Patch runs for 14 days"}).status_code == 303
    assert erik.post(where + "/stabilise").status_code == 303
    text = erik.text(where)
    assert "They calmed down." in text
    assert "Patch runs for 14 days" in text
    db.session.refresh(case)
    assert case.state is State.STABILISING
    assert case.last_contact_at == now


def test_every_form_of_a_case_opens(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}"
    erik = browse("erik")
    for url in [
        "note",
        "write",
        "promise",
        "hand-over",
        "severity",
        "trend",
        "wait",
        "resume",
        "clocks/pause",
        "clocks/date",
        "ask",
        "executive",
        "notice",
        "correct",
        "close",
        "decline",
        "void",
        "reopen",
        "merge",
    ]:
        assert erik.get(f"{where}/{url}").status_code == 200, url
    assert browse("ava").get(where + "/comment").status_code == 200


def test_an_executive_comments_and_the_owner_of_lower_class_does_not_read_it(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}"
    assert browse("ava").post(where + "/comment", {"text": "I call Marta."}).status_code == 303
    assert "I call Marta." in browse("ava").text(where)
    assert "I call Marta." in browse("lena").text(where)
    for name in ("erik", "carl", "aldo"):
        assert "I call Marta." not in browse(name).text(where), name


def test_two_people_correct_the_same_words(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}/correct"
    erik, carl = browse("erik"), browse("carl")
    first, second = (fields_of(who.text(where)) for who in (erik, carl))
    assert erik.post(where, first | {"demand": "A", "impact": "Furnace 3"}).status_code == 303
    answer = carl.post(where, second | {"title": "B"})
    assert answer.status_code == 303
    db.session.refresh(case)
    assert (case.demand, case.impact, case.title) == ("A", "Furnace 3", "B")
    clash = carl.post(where, second | {"demand": "mine"})
    text = clash.get_data(as_text=True)
    assert clash.status_code == 409
    assert "mine" in text
    assert ">A<" in text
    names = [
        e.data
        for e in db.session.scalars(
            sa.select(Event).filter_by(name="escalations.corrected").order_by(Event.seq)
        )
    ]
    assert names == [{"fields": ["demand", "impact"]}, {"fields": ["title"]}]


def fields_of(text):
    import html

    found = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in {"csrf_token", "once", "next", "q"}:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, body in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\r?\n?(.*?)</textarea>', text, re.S
    ):
        found[name] = html.unescape(body)
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        found[name] = chosen[1] if chosen else ""
    return found


def test_the_page_that_closes_says_what_is_still_open(browse, cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    actions.hold(case, room="concessions", record="CON-2026-0001", by=cast.erik, now=now)
    db.session.commit()
    cast.read_english("erik")
    erik, where = browse("erik"), f"/escalations/{case.reference}/close"
    text = erik.get(where).get_data(as_text=True)
    assert "No exit criterion was agreed." in text
    assert "Compensation: CON-2026-0001 is open" in text
    actions.add_criterion(case, "Ten days without a stop", by=cast.erik, now=now)
    db.session.commit()
    assert "Ten days without a stop" in erik.get(where).get_data(as_text=True)


def test_a_case_of_yesterday_is_in_its_second_day(browse, cast, db, now):
    case = declared(cast, now)
    case.opened_at = now - timedelta(hours=18)
    db.session.commit()
    assert "day 2" in browse("erik").text(f"/escalations/{case.reference}")


@ON_SQLITE_ALONE
@pytest.mark.parametrize("name", ["otto", "mario", "kim", "prisca"])
def test_whoever_names_a_customer_exactly_may_declare(browse, cast, db, now, name):
    """They see the case they declared and nothing else of the customer."""
    other, acme = declared(cast, now), cast.acme
    cast.read_english(name)
    seen = browse(name)
    vague = seen.post("/escalations/new", FORM | {"account": acme.name[:4]})
    assert acme.reference not in vague.get_data(as_text=True)
    look = seen.post("/escalations/new", FORM | {"account": acme.name.lower(), "do": "look"})
    text = look.get_data(as_text=True)
    assert acme.reference in text
    assert other.reference not in text
    assert "612,000" not in text
    made = seen.post("/escalations/new", FORM | {"account": acme.name.lower()})
    assert made.status_code == 303
    assert "Acme" in seen.text(made.location)
    assert f"/accounts/{acme.reference}" not in seen.text(made.location)
    assert seen.get(f"/accounts/{acme.reference}").status_code in {403, 404}
    assert acme.reference not in seen.get("/accounts/").get_data(as_text=True)
    assert seen.get(f"/escalations/{other.reference}").status_code == 404
