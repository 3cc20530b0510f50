"""A call from its card to the promise in the ledger."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Contact, EntryKind, Lane, Promise, PromiseKind
from portal.blueprints.briefings import actions, jobs, queries
from portal.blueprints.briefings.actions import CallWish
from portal.blueprints.briefings.models import Briefing, Call, Kind
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.notifications.models import Notification
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from tests.briefings.test_escalation import case
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

__all__ = ["case"]

SITE = "portal.example/verify"


def contact(cast, db):
    return db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.acme_id))


def plan(cast, db, case, now, **more):
    given = {
        "about": case.reference,
        "at": now + timedelta(hours=2),
        "guests": {contact(cast, db).id: "His plant", 99_999: "nobody of theirs"},
        "say": ["We are sorry.", " ", "It is rehearsed on Saturday."],
        "avoid": ["It was the supplier."],
    }
    wish = CallWish(**given | more)
    return actions.plan(cast.erik, wish, caller=cast.ava, verify_at=SITE, now=now)


def test_the_card_says_who_is_there_what_to_say_and_the_last_word(cast, db, now, run_jobs, case):
    account_actions.add_entry(
        cast.acme_id,
        text="Vogliamo una data.",
        case_ref=case.reference,
        lane=Lane.CUSTOMER,
        kind=EntryKind.CALL,
        by=cast.carl,
        now=now,
        language="it",
    )
    row = plan(cast, db, case, now)
    card = db.session.get(Briefing, row.briefing_id)
    facts = card.snapshot["facts"]
    assert (card.kind, card.reader_id, card.locale) == (Kind.CALL, cast.ava.id, "it")
    assert [one["must_hear"] for one in facts["guests"]] == ["His plant"]
    assert facts["say"] == ["We are sorry.", "It is rehearsed on Saturday."]
    assert card.problems == ["avoid", "say"], "three of each are asked for"
    assert (facts["last"]["text"], facts["last"]["language"]) == ("Vogliamo una data.", "it")
    assert facts["after"] == f"portal.example/briefings/calls/{row.id}/after"
    run_jobs()
    assert card.state == "draft"
    for name, error in (("otto", NotFound), ("carl", NotFound)):
        with pytest.raises(error):
            queries.call(getattr(cast, name), row.id, now=now)
    with pytest.raises(Refused):
        plan(cast, db, case, now, at=now - timedelta(hours=1))


def test_afterwards_its_caller_is_asked_once_and_the_ledger_knows(cast, db, now, run_jobs, case):
    row = plan(cast, db, case, now)
    over = row.at + timedelta(minutes=31)
    with pytest.raises(Refused):
        actions.answer(row, [], by=cast.ava, now=now)
    for _twice in range(2):
        with clock.moved(over):
            jobs.ask_callers(over.isoformat())
            run_jobs()
    query = sa.select(Notification).filter_by(template="briefings/promised")
    (mail,) = db.session.scalars(query).all()
    assert mail.person_id == cast.ava.id
    assert mail.context["path"] == f"/briefings/calls/{row.id}/after"
    said = actions.Promised(
        what="A date by Friday",
        kind=PromiseKind.INFORMATION,
        to_whom="Ida",
        due_at=over + timedelta(days=2),
    )
    with pytest.raises(Refused, match="Who made the call"):
        actions.answer(row, [said], by=cast.erik, now=over)
    actions.answer(row, [said], by=cast.ava, now=over)
    kept = db.session.scalar(sa.select(Promise).where(Promise.what == "A date by Friday"))
    assert (kept.case_ref, kept.by_id, kept.made_at) == (case.reference, cast.ava.id, row.at)
    assert (row.promises, row.answered_at) == (1, over)
    with pytest.raises(Refused):
        actions.drop(row, by=cast.ava, now=over)
    other = plan(cast, db, case, now, say=[])
    actions.drop(other, by=cast.erik, now=now)
    assert queries.calls_over(now=over + timedelta(days=9)) == []


@ON_SQLITE_ALONE
def test_a_call_on_the_page(cast, db, now, browse, case):
    cast.read_english("ava")
    ava, who = browse("ava"), contact(cast, db)
    page = ava.text(f"/briefings/calls/new?about={case.reference}")
    proposed = re.search(r'name="say_1"[^>]* value="([^"]+)"', page)
    assert proposed, "the playbook proposes sentences"
    form = {
        "caller_id": cast.ids["ava"],
        "at": "2026-06-17T15:00",
        f"guest_{who.id}": "y",
        f"stake_{who.id}": "His plant",
        "say_1": "We are sorry.",
    }
    new = f"/briefings/calls/new?about={case.reference}"
    assert ava.post(new, form | {"at": "2026-06-16T15:00"}).status_code == 422
    assert ava.post(new, form | {"say_1": "x" * 201}).status_code == 422
    made = ava.post(new, form)
    assert made.status_code == 303
    row = db.session.scalar(sa.select(Call))
    assert row.at == now + timedelta(hours=5), "three in the afternoon in Paris"
    page = ava.text(made.location)
    assert "His plant" in page
    assert "still to come" in ava.text("/briefings/calls")
    assert ava.post(f"/briefings/calls/{row.id}/renew").status_code == 303
    assert browse("otto").get(f"/briefings/calls/{row.id}").status_code == 404
    after = f"/briefings/calls/{row.id}/after"
    said = {"what_1": "A date", "to_1": who.name, "kind_1": "action", "due_1": "2026-06-19"}
    rest = {
        f"{name}_{n}": value
        for n in (2, 3)
        for name, value in (("what", ""), ("to", who.name), ("kind", "action"), ("due", ""))
    }
    with clock.moved(row.at + timedelta(hours=1)):
        ava = browse("ava")
        assert "not said yet" in ava.text("/briefings/calls")
        ava.text(after)
        assert ava.post(after, rest | said | {"what_1": ""}).status_code == 422
        assert ava.post(after, rest | said | {"due_1": ""}).status_code == 422
        assert ava.post(after, rest | said | {"nothing": "y"}).status_code == 422
        assert ava.post(after, rest | said).status_code == 303
        assert "one promise" in ava.text("/briefings/calls")
    escalations.restrict(case, keep=(), reason="Somebody's health.", by=cast.lisa, now=now)
    db.session.commit()
    assert browse("erik").get(f"/briefings/calls/{row.id}").status_code == 404


@ON_SQLITE_ALONE
def test_who_lost_the_right_to_prepare_makes_no_card_anew(cast, db, now, case):
    row = plan(cast, db, case, now)
    lost = replace(cast.erik, permissions=cast.erik.permissions - {Permission.BRIEFINGS_MAKE})
    with pytest.raises(Refused, match="your own"):
        actions.renew(row, verify_at=SITE, by=lost, now=now)
    own = replace(cast.ava, permissions=cast.ava.permissions - {Permission.BRIEFINGS_MAKE})
    assert actions.renew(row, verify_at=SITE, by=own, now=now).issue == 2


def test_the_list_is_one_statement_and_hides_before_it_counts(cast, db, now, case, queries_at_most):
    hidden, seen = plan(cast, db, case, now), plan(cast, db, case, now, about=cast.acme.reference)
    lena = cast.lena
    hidden.author_id = seen.author_id = lena.id
    hidden.at = now + timedelta(days=1)  # the latest: it would stand first
    db.session.flush()
    assert [one.id for one in queries.calls(lena, now=now).rows] == [hidden.id, seen.id]
    escalations.restrict(case, keep=(), reason="Somebody's health.", by=cast.lisa, now=now)
    db.session.flush()
    with queries_at_most(1):
        page = queries.calls(lena, now=now, limit=1)
    assert [one.id for one in page.rows] == [seen.id]


def test_programs_prepare_a_call_and_file_what_was_promised(cast, db, now, browse, run_jobs, case):
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    send = caller(browse, cast, db, now, at="/api/v1/briefings/calls", scopes=scopes)("erik")
    about = case.reference
    room = send("GET", f"/proposed?about={about}").get_json()["room"]
    at = now + timedelta(hours=1)
    asked = {"about": about, "at": at.isoformat(), "say": ["We are here."]}
    asked["room"] = [{"contact": room[0]["contact"], "stake": "Their plant"}]
    made = send("POST", "", asked)
    assert made.status_code == 201, made.get_json()
    told = made.get_json()
    assert (told["about"], told["room"][0]["stake"], told["opens"]) == (about, "Their plant", True)
    for wrong, status in (
        ({"room": [{"contact": 99999}]}, 409),
        ({"at": (now - timedelta(days=1)).isoformat()}, 409),
        ({"by": "nobody@halden.example"}, 409),
        ({"at": "soon"}, 422),
        ({"say": ["x"] * 4}, 422),
        ({"about": "ESC-2026-9999"}, 404),
    ):
        assert send("POST", "", asked | wrong).status_code == status, wrong
    number = told["id"]
    promise = {
        "what": "A date for the fix",
        "kind": "information",
        "to_whom": room[0]["name"],
        "due_at": (now + timedelta(days=2)).isoformat(),
    }
    early = send("POST", f"/{number}/promises", {"promised": [promise]})
    assert early.status_code == 409, "it is still to come"
    assert send("POST", f"/{number}/renew", {}).get_json()["card"] != told["card"]
    with clock.moved(at + timedelta(hours=1)):
        said = send("POST", f"/{number}/promises", {"promised": [promise]}).get_json()
        assert said["promises"] == 1
        assert send("POST", f"/{number}/drop", {}).status_code == 409
    kept = db.session.scalars(sa.select(Promise).where(Promise.case_ref == about)).one()
    assert (kept.what, kept.by_id) == ("A date for the fix", cast.ids["erik"])
    listed = send("GET", "").get_json()["items"]
    assert [(one["id"], one["answered"]) for one in listed] == [(number, True)]
    assert send("GET", "/99999").status_code == 404
