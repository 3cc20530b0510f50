"""A restricted case: for whom it is not, it does not exist, on no page and in no answer."""

import io
import re
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.briefings import actions as briefing_actions
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.concessions import actions as concession_actions
from portal.blueprints.concessions.models import Concession
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import (
    EscalationKind,
    Level,
    NoticeChannel,
    NoticeKind,
    Problem,
    Severity,
    State,
)
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.sponsorship.models import Nomination
from portal.core import facts
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.events import Event
from tests.cast import PEOPLE
from tests.concessions import making
from tests.escalations.test_actions import FRENCH, declared
from tests.test_every_route import routes

MARK = "zanzibarmarker"
NAMED = {"erik", "carl", "lisa"}
ON_BOTH = ("clara", "lena", "fina", "aldo", "adam")


@pytest.fixture
def case(cast, db, now, run_jobs):
    """A case with the marker in everything that people write, before anybody restricts it."""
    row = declared(cast, now, words=f"{FRENCH} {MARK}", demand=f"Fix {MARK} now")
    row.impact = MARK
    actions.accept(row, by=cast.erik, now=now)
    actions.note(row, f"Note {MARK}", by=cast.erik, now=now)
    actions.comment(row, f"Comment {MARK}", by=cast.lena, now=now)
    actions.add_criterion(row, f"True {MARK}", by=cast.erik, now=now)
    due = now + timedelta(days=1)
    for name in ("erik", "kim", "sam"):
        owner = cast.ids[name]
        actions.add_task(row, f"Do {MARK}", owner_id=owner, due_at=due, by=cast.erik, now=now)
    who = actions.add_stakeholder(row, person_id=cast.ids["fina"], part=MARK, by=cast.erik, now=now)
    actions.tell(row, who, f"Told {MARK}", by=cast.erik, now=now)
    for name in ("erik", "clara"):
        account_actions.promise(
            row.account_id,
            kind=PromiseKind.ACTION,
            what=f"Promised {MARK}",
            to_whom="H. Vasseur",
            due_at=due,
            by_id=cast.ids[name],
            case_ref=row.reference,
            by=cast.erik,
            now=now,
        )
    gift = making.draft(cast.acme, 20_000, by=cast.carl, now=now, case=row, why=MARK)
    concession_actions.request(gift, by=cast.carl, now=now)
    run_jobs()
    return row


def restrict(case, cast, now, **more):
    given = {"keep": [cast.ids["lisa"]], "reason": "About a named employee."} | more
    actions.restrict(case, by=cast.erik, now=now, **given)


def addresses(app, refs, *, api):
    """Give every address that can be read, with each reference that fits and each search."""
    for rule, method in routes(app, api=api):
        if method != "GET":
            continue
        room = rule.endpoint.partition(".")[0].removesuffix("_api")
        fits = refs.get(room, ["x"]) if rule._converters else ["x"]
        for ref in fits:
            values = {
                name: 1 if type(kind).__name__ == "IntegerConverter" else ref
                for name, kind in rule._converters.items()
            }
            yield str(rule.build(values, append_unknown=False)[1])
    yield from () if api else (f"/search?q={MARK}", f"/escalations/?q={MARK}&state=all")


def leaks(text, hidden, *, url="-"):
    # The address and the words that somebody asked for are said back to them.
    said = text.replace(url, "").replace(quote(url, safe=""), "")
    said = (
        re.sub(f"[“«]\\s?{MARK}\\s?[”»]", "", said)
        .replace(f'value="{MARK}"', "")
        .replace(f"q={MARK}", "")
    )
    return [word for word in hidden if word in said]


def everything(cast, db, case, now):
    """Give what hangs on the case: by room, and as the words that others must not meet."""
    paper = briefing(cast, now).reference
    db.session.commit()
    gift = db.session.scalar(sa.select(making.Concession.reference))
    nomination = db.session.scalar(sa.select(Nomination.reference))
    refs = {
        "escalations": [case.reference],
        "concessions": [gift],
        "sponsorship": [nomination],
        "accounts": [cast.acme.reference],
        "briefings": [paper],
    }
    # That there was an issue on the customer stands in the log, and says nothing of the case.
    return refs, [MARK, case.reference, gift, nomination]


def briefing(cast, now, *, reader="lena"):
    return briefing_actions.make_account_briefing(
        cast.acme,
        reader=getattr(cast, reader),
        edition=Edition(locale="en", verify_at="portal.example/verify"),
        by=cast.erik,
        now=now,
    )


def others(cast, db, case, now):
    """Give everybody whom the case does not name, by first name; on PostgreSQL one of each reach:
    what each role comes to is walked through on SQLite.
    """
    named = queries.named_on(case, now=now)
    people = PEOPLE if db.engine.dialect.name == "sqlite" else ON_BOTH
    return [name for name in people if cast.ids[name] not in named]


def test_the_marker_is_nowhere_for_who_is_not_named(app, browse, cast, db, now, case, run_jobs):
    """Over a second: it opens every page as every role."""
    refs, hidden = everything(cast, db, case, now)
    assert leaks(browse("lena").text(f"/escalations/{case.reference}"), hidden)
    restrict(case, cast, now)
    run_jobs()
    found = []
    for name in others(cast, db, case, now):
        somebody = browse(name)
        for url in addresses(app, refs, api=False):
            answer = somebody._open("GET", url)
            text = answer.get_data().decode(errors="replace")
            found += [(name, url, word) for word in leaks(text, hidden, url=url)]
            if answer.mimetype.endswith(".sheet"):
                book = zipfile.ZipFile(io.BytesIO(answer.get_data()))
                text = " ".join(book.read(part).decode() for part in book.namelist())
                found += [(name, url, word) for word in leaks(text, hidden)]
    assert not found, "\n".join(map(str, found))


def test_the_marker_is_in_no_answer_to_a_program(app, browse, cast, db, now, case, run_jobs):
    refs, hidden = everything(cast, db, case, now)
    restrict(case, cast, now)
    run_jobs()
    found = []
    for name in set(others(cast, db, case, now)) - {"prisca", "adam", "alma", "kim"}:
        actor = getattr(cast, name)
        scopes = [one for one in Permission if actor.may(one)]
        made = {"name": "t", "scopes": scopes, "days": 3, "by": actor, "now": now}
        _row, raw = auth_actions.make_token(cast.user(name), **made)
        db.session.commit()
        head = {"Authorization": f"Bearer {raw}"}
        for url in addresses(app, refs, api=True):
            answer = browse()._open("GET", url, headers=head)
            text = answer.get_data(as_text=True)
            found += [(name, url, word) for word in leaks(text, hidden, url=url)]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("name", sorted(NAMED))
def test_named_on_see_it_as_before(browse, cast, db, now, case, name):
    restrict(case, cast, now)
    db.session.commit()
    text = browse(name).text(f"/escalations/{case.reference}")
    assert MARK in text
    assert "Lisa Moretti" in text
    assert case.reference in browse(name).text("/escalations/")


def test_restricting_empties_counts_and_takes_back_what_was_to_be_sent(cast, db, now, case):
    assert cast.acme.open_cases == 1
    actions.add_task(case, "Later", owner_id=cast.ids["sam"], by=cast.erik, now=now)
    waiting = sa.select(Notification).filter_by(
        person_id=cast.ids["sam"], record_ref=case.reference, state=MailState.WAITING
    )
    assert db.session.scalars(waiting).all()
    restrict(case, cast, now)
    assert not db.session.scalars(waiting).all()
    assert cast.acme.open_cases == 0
    assert cast.acme.worst_severity is None
    known = facts.of([case.account_id], ["open_cases"], at=now, viewer=cast.lena)
    assert not known[case.account_id]
    counts = [queries.policy_versions(who, now=now)[0].open_cases for who in (cast.lena, cast.erik)]
    assert counts == [0, 1]


def test_a_case_leaves_the_day_on_which_its_customer_was_changed(cast, db, now):
    cast.acme.updated_at = now - timedelta(days=80)
    db.session.commit()
    declared(cast, now)
    db.session.commit()
    db.session.expire_all()
    # It stands as "recorded on" beside margin and contract, and would tell of a restricted case.
    assert (cast.acme.open_cases, cast.acme.updated_at) == (1, now - timedelta(days=80))


def test_opening_it_again_brings_back_who_stood_to_it(browse, cast, db, now, case):
    restrict(case, cast, now)
    db.session.commit()
    assert browse("sam").get(f"/escalations/{case.reference}").status_code == 404
    actions.lift(case, reason="The claim was withdrawn.", by=cast.erik, now=now)
    db.session.commit()
    assert browse("sam").get(f"/escalations/{case.reference}").status_code == 200
    assert cast.acme.open_cases == 1


def test_people_are_named_and_taken_off_one_by_one(browse, cast, db, now, case):
    restrict(case, cast, now)
    db.session.commit()
    where, lena = f"/escalations/{case.reference}", browse("lena")
    assert lena.get(where).status_code == 404
    erik = browse("erik")
    given = {"person": cast.ids["lena"], "reason": "She calls the customer."}
    assert erik.post(f"{where}/people", given).status_code == 303
    assert lena.get(where).status_code == 200
    off = f"{where}/people/{cast.ids['lena']}"
    assert erik.post(off, {"reason": "The call is over."}).status_code == 303
    assert lena.get(where).status_code == 404


def test_only_who_leads_a_case_decides_who_sees_it(browse, cast, db, now, case):
    carl, where = browse("carl"), f"/escalations/{case.reference}"
    assert "/restrict" not in carl.text(where)
    refused = carl.post(f"{where}/restrict", {"reason": "I want so."})
    assert (refused.status_code, case.restricted) == (422, False)
    erik = browse("erik")
    assert erik.post(f"{where}/restrict", {"reason": " "}).status_code == 422
    assert erik.post(f"{where}/restrict", {"reason": "Conduct."}).status_code == 303
    assert carl.get(f"{where}/people").status_code == 200
    assert carl.post(f"{where}/people", {"person": "1", "reason": "x"}).status_code == 422


def test_who_must_stay_stays_and_who_reads_no_case_is_not_named(cast, db, now, case):
    with pytest.raises(Refused):
        restrict(case, cast, now, reason=" ")
    with pytest.raises(Refused, match="cannot read cases"):
        restrict(case, cast, now, keep=[cast.ids["adam"]])
    restrict(case, cast, now)
    with pytest.raises(Refused, match="already"):
        restrict(case, cast, now)
    with pytest.raises(Refused, match="stay on the case"):
        actions.shut_out(case, cast.ids["carl"], reason="x", by=cast.erik, now=now)
    with pytest.raises(Refused, match="named already"):
        actions.let_in(case, cast.ids["lisa"], reason="x", by=cast.erik, now=now)


def test_a_task_opens_a_restricted_case_to_nobody(cast, db, now, case):
    restrict(case, cast, now)
    with pytest.raises(Refused, match="not named"):
        actions.add_task(case, "Look", owner_id=cast.ids["sam"], by=cast.erik, now=now)


def test_a_new_owner_sees_it_and_a_team_does_not(cast, db, now, case):
    restrict(case, cast, now)
    actions.hand_over(
        case, to_id=cast.ids["clara"], why="Away", summary="All is here", by=cast.erik, now=now
    )
    assert queries.sees_case(case, cast.clara, now=now)
    assert not queries.sees_case(case, cast.lena, now=now)


def test_a_case_about_an_employee_closes_by_itself(browse, cast, db, now, case):
    was = {"problem": case.problem.value}
    given = {"problem": Problem.EMPLOYEE_CONDUCT}
    actions.correct(case, given, was=was, by=cast.carl, now=now)
    assert case.restricted
    assert set(queries.named_on(case, now=now)) == queries.staying(case) | {cast.ids["carl"]}
    with pytest.raises(Refused, match="conduct of a named employee"):
        actions.lift(case, reason="Over", by=cast.erik, now=now)
    back = {"problem": Problem.BILLING}
    was = {"problem": Problem.EMPLOYEE_CONDUCT.value}
    actions.correct(case, back, was=was, by=cast.erik, now=now)
    assert case.restricted, "it opens when somebody says so"
    actions.lift(case, reason="Over", by=cast.erik, now=now)
    assert not case.restricted


def test_who_is_asked_to_decide_stays(cast, db, now, case):
    actions.ask(
        case,
        "Do we pay?",
        of_id=cast.ids["lena"],
        options=["Yes", "No"],
        recommended="Yes",
        answer_by=now + timedelta(days=1),
        if_nothing="They leave",
        by=cast.erik,
        now=now,
    )
    restrict(case, cast, now)
    assert queries.sees_case(case, cast.lena, now=now)
    with pytest.raises(Refused, match="stay on the case"):
        actions.shut_out(case, cast.ids["lena"], reason="x", by=cast.erik, now=now)


QUESTION = {
    "options": ["Yes", "No"],
    "recommended": "Yes",
    "if_nothing": "They leave",
}


def test_a_decision_is_asked_of_named_people_or_of_who_is_named_with_it(cast, db, now, case):
    restrict(case, cast, now)
    given = QUESTION | {"of_id": cast.ids["lena"], "answer_by": now + timedelta(days=1)}
    with pytest.raises(Refused, match="name them first"):
        actions.ask(case, "Do we pay?", by=cast.erik, now=now, **given)
    with pytest.raises(Refused, match="asks leadership"):
        actions.ask(case, "Do we pay?", by=cast.sam, now=now, naming=True, **given)
    assert not queries.sees_case(case, cast.lena, now=now)
    assert not case.ask
    actions.ask(case, "Do we pay?", by=cast.erik, now=now, naming=True, **given)
    assert queries.sees_case(case, cast.lena, now=now)
    db.session.commit()
    named = db.session.scalars(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.person_named")
    ).all()
    assert [event.data["person"] for event in named] == [cast.ids["lena"]]


def test_an_executive_is_named_among_named_people(cast, db, now, case, browse):
    restrict(case, cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}/executive"
    with pytest.raises(Refused, match="name them first"):
        actions.name_executive(case, cast.ids["lena"], by=cast.erik, now=now)
    erik = browse("erik")
    assert "Name this person on the restricted case, too" in erik.text(where)
    refused = erik.post(where, data={"person": str(cast.ids["lena"])})
    assert "name them first" in refused.get_data(as_text=True)
    done = erik.post(where, data={"person": str(cast.ids["lena"]), "naming": "y"})
    assert done.status_code == 303
    db.session.refresh(case)
    assert case.executive_owner_id == cast.ids["lena"]
    actions.lift(case, reason="Over", by=cast.erik, now=now)
    db.session.commit()
    assert "Name this person on the restricted" not in erik.text(where)


def test_a_restricted_case_is_not_opened_to_an_executive_by_its_level(cast, db, now, case):
    restrict(case, cast, now)
    case.executive_owner_id, case.level = None, Level.L2
    with pytest.raises(Refused, match="name its executive owner first"):
        actions.move_level(
            case,
            Level.EXECUTIVE,
            kind=EscalationKind.HIERARCHICAL,
            why="x",
            summary="y",
            by=cast.erik,
            now=now,
        )


def test_forms_offer_only_who_could_be_given_it(browse, cast, db, now, case):
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    forms = ("severity", "long-track", "promise", "tasks", "close")
    assert all("Lena Quint" in erik.text(f"{where}/{form}") for form in forms)
    assert not any("Adam Root" in erik.text(f"{where}/{form}") for form in forms)
    restrict(case, cast, now)
    db.session.commit()
    for form in forms:
        text = erik.text(f"{where}/{form}")
        assert "Lisa Moretti" in text, form
        assert "Lena Quint" not in text, form


def test_an_issue_printed_before_opens_to_named_people_alone(browse, cast, db, now, case, run_jobs):
    """Over a second: it typesets."""
    paper, counsel = briefing(cast, now), briefing(cast, now, reader="lisa")
    briefing_actions.mark_read(paper, downloaded=False, by=cast.lena, now=now)
    db.session.commit()
    run_jobs()
    lena, lisa, erik = browse("lena"), browse("lisa"), browse("erik")
    files = [f"/briefings/{one.reference}.pdf" for one in (paper, counsel)]
    assert lena.get(files[0]).status_code == 200
    restrict(case, cast, now)
    db.session.commit()
    for url in (files[0], f"/briefings/{paper.reference}"):
        assert lena.get(url).status_code == 404
    assert paper.reference not in lena.text("/briefings/")
    assert paper.reference not in lena.text("/")
    assert lisa.get(files[1]).status_code == 200
    assert paper.reference in erik.text("/briefings/"), "its author is named"
    # What changed since is not told from an issue that the reader may not open any more.
    later = now + timedelta(hours=1)
    again = briefing(cast, later)
    assert again.snapshot["facts"]["changes"] is None
    assert case.reference not in str(again.snapshot)
    actions.lift(case, reason="Over", by=cast.erik, now=later)
    db.session.commit()
    assert lena.get(files[0]).status_code == 200


def test_a_briefing_tells_of_no_nomination_of_a_restricted_case(cast, db, now, case):
    before = briefing(cast, now).snapshot["facts"]["sponsorship"]
    assert before["state"] == "nominated"
    restrict(case, cast, now)
    db.session.flush()
    assert briefing(cast, now).snapshot["facts"]["sponsorship"] is None
    named = briefing(cast, now, reader="lisa").snapshot["facts"]["sponsorship"]
    assert named == before


def test_a_briefing_adds_up_no_compensation_of_a_restricted_case(cast, db, now, case):
    gift = db.session.scalars(sa.select(Concession)).one()
    gift.state, gift.approved_at = ConcessionState.APPROVED, now
    db.session.flush()
    before = briefing(cast, now).snapshot["facts"]["compensation"]["goodwill"]
    assert before["amount"] == "20000.00"
    restrict(case, cast, now)
    db.session.flush()
    assert briefing(cast, now).snapshot["facts"]["compensation"]["goodwill"]["amount"] == "0.00"
    named = briefing(cast, now, reader="lisa").snapshot["facts"]["compensation"]["goodwill"]
    assert named == before


def test_a_restricted_declaration_names_the_people_of_its_route(cast, db, now):
    case = declared(cast, now, problem=Problem.EMPLOYEE_CONDUCT)
    assert case.restricted
    assert queries.sees_case(case, cast.lisa, now=now), "legal watches, by name"
    assert not queries.sees_case(case, cast.lena, now=now)
    assert cast.acme.open_cases == 0


def test_the_ladder_opens_a_restricted_case_to_nobody(cast, db, now, case):
    restrict(case, cast, now)
    before = queries.named_on(case, now=now)
    late = now + timedelta(days=40)
    actions.climb(queries.Pass(now=late), limit=9, by=cast.erik)
    db.session.flush()
    assert queries.named_on(case, now=now) == before
    told = sa.select(Notification.person_id).where(Notification.template == "escalations/clock")
    assert set(db.session.scalars(told)) <= set(before)
    assert db.session.scalars(told).all()


def test_a_closed_case_can_be_restricted_too(cast, db, now, case):
    case.state, case.severity = State.CLOSED, Severity.E2
    restrict(case, cast, now)
    assert not queries.sees_case(case, cast.lena, now=now)


def test_a_notice_on_a_restricted_case_reaches_counsel_by_name(cast, db, now, case, run_jobs):
    restrict(case, cast, now, keep=[])
    letter = actions.NoticeGiven(
        kind=NoticeKind.TERMINATION, channel=NoticeChannel.LAWYER, received_at=now
    )
    actions.serve_notice(case, letter, by=cast.erik, now=now)
    assert cast.ids["lisa"] in queries.named_on(case, now=now)
    assert queries.sees_case(case, cast.lisa, now=now)
    assert not queries.sees_case(case, cast.lena, now=now)
