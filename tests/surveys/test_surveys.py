"""One question after each closing, and what becomes of the answer."""

import csv
import io
import zipfile
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact, ContactRole, TimelineEntry
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.actions import Ending
from portal.blueprints.escalations.models import Resolution, State
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.notifications.remote import compose
from portal.blueprints.surveys import actions, jobs, queries, rules
from portal.blueprints.surveys.models import Nps, Survey, SurveyAnswer
from portal.core import clock, events, facts
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

DAY = timedelta(days=1)
ENDING = Ending(resolution=Resolution.FIX, text="Fixed.", agreed_by="Hélène Vasseur")


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"closed": False}, False),
        ({"legal_mode": True}, False),
        ({"stopped": True}, False),
        ({"opportunity": True}, False),
    ],
)
def test_who_is_asked(change, asked):
    given = {"closed": True, "legal_mode": False, "stopped": False, "opportunity": False}
    assert rules.is_asked(**given | change) is asked


@pytest.fixture
def case(cast, db, now, run_jobs):
    found = declared(cast, now)
    run_jobs()
    return found


def close(case, cast, db, run_jobs, at):
    with clock.moved(at):
        if case.accepted_at is None:
            cases.accept(case, by=cast.erik, now=at)
            cases.add_criterion(case, "It runs", by=cast.erik, now=at)
        for row in case_queries.criteria(case):
            cases.tick_criterion(case, row, met=True, by=cast.erik, now=at)
        cases.close(case, ENDING, by=cast.erik, now=at)
        db.session.commit()
        run_jobs()
    db.session.expire_all()


def letters(db):
    found = sa.select(Notification).where(Notification.key.contains(":survey:"))
    return list(db.session.scalars(found.order_by(Notification.id)))


@pytest.fixture
def survey(case, cast, db, now, run_jobs):
    close(case, cast, db, run_jobs, now)
    return db.session.scalars(sa.select(Survey)).one()


def answered(survey, db, at, *, csat=4, ces=6, comment=""):
    who = queries.asked(queries.token_of(survey), now=at)
    found = actions.answer(who, csat=csat, ces=ces, comment=comment, now=at)
    db.session.commit()
    return found


def test_one_letter_leaves_a_day_after_a_closing(case, survey, cast, db, now, run_jobs):
    assert (survey.owner_id, survey.closed_at, survey.closing) == (case.owner_id, now, 0)
    (letter,) = letters(db)
    assert (letter.state, letter.send_at, letter.language) == (Sent.WAITING, now + DAY, "fr")
    assert f"/survey/{queries.token_of(survey)}" in letter.context["text"]
    assert "\n-- \nHalden Systems\n" in compose(letter).text  # nothing of the job that sends it
    again = actions.invite(case, base_url="http://x", by=cast.erik, now=now)
    assert again is None
    assert len(letters(db)) == 1


def test_case_opened_again_takes_the_letter_back_and_its_next_closing_asks_again(
    case, survey, cast, db, now, run_jobs
):
    later = now + timedelta(hours=2)
    with clock.moved(later):
        cases.reopen(case, reason="It came back.", by=cast.erik, now=later)
        db.session.commit()
        run_jobs()
    assert [one.state for one in letters(db)] == [Sent.WITHDRAWN]
    close(case, cast, db, run_jobs, now + 2 * DAY)
    assert [one.state for one in letters(db)] == [Sent.WITHDRAWN, Sent.WAITING]
    assert db.session.scalars(sa.select(Survey.closing).order_by(Survey.id)).all() == [0, 1]


def test_void_and_merged_cases_ask_nothing(case, cast, db, now, run_jobs):
    cases.void(case, reason="A test.", by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    assert letters(db) == []
    assert actions.invite(case, base_url="http://x", by=cast.erik, now=now) is None


def test_second_answer_replaces_the_first_which_stays(survey, db, now, cast):
    answered(survey, db, now + DAY, csat=5, comment="Bien")
    answered(survey, db, now + 2 * DAY, csat=3, comment="Moins bien")
    rows = db.session.scalars(sa.select(SurveyAnswer).order_by(SurveyAnswer.id)).all()
    assert [(one.csat, one.replaced_at is None) for one in rows] == [(5, False), (3, True)]
    (line,) = queries.page(cast.erik, now=now).rows
    assert (line.csat, line.owner, line.answers) == (3, "Erik Lund", 2)
    assert [one.csat for one in queries.earlier([survey.id])[survey.id]] == [5]


def test_answer_stays_with_who_held_the_case_then(case, survey, db, now, cast):
    case.owner_id = cast.ids["carl"]
    answered(survey, db, now + DAY)
    (line,) = queries.page(cast.erik, now=now).rows
    assert line.owner == "Erik Lund"


def test_unhappy_answer_tells_who_held_the_case_and_stands_in_the_timeline(
    survey, db, now, cast, run_jobs
):
    answered(survey, db, now + DAY, csat=2, comment="Trop long")
    run_jobs()
    told = sa.select(Notification.person_id).where(Notification.template == "surveys/unhappy")
    assert list(db.session.scalars(told)) == [cast.ids["erik"]]
    found = sa.select(TimelineEntry.text).where(TimelineEntry.text.contains("Trop long"))
    assert "satisfaction 2 of 5, ease 6 of 7" in db.session.scalars(found).one()


def test_who_stands_in_is_told_of_an_unhappy_answer_and_a_void_case_takes_none(
    case, survey, cast, db, now
):
    owner = db.session.get_one(User, survey.owner_id)
    owner.absent_from, owner.substitute_id = now, cast.ids["lena"]
    answered(survey, db, now + DAY, csat=1)
    told = sa.select(Notification.person_id, Notification.why).filter_by(template="surveys/unhappy")
    assert [tuple(one) for one in db.session.execute(told)] == [(cast.ids["lena"], "substitute")]
    case.state = State.VOID
    db.session.flush()
    with pytest.raises(NotFound):
        queries.asked(queries.token_of(survey), now=now + DAY)


def test_customer_answers_in_their_language_and_may_change_it(survey, browse, db, now):
    anybody, address = browse(), f"/survey/{queries.token_of(survey)}"
    text = anybody.text(address)
    assert '<html lang="fr"' in text
    assert anybody.post(address, {"csat": "4"}).status_code == 422
    given = {"csat": "4", "ces": "7", "comment": "Merci"}
    answer = anybody.post(address, given)
    assert answer.status_code == 303
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Merci" in anybody.text(address)
    assert anybody.get(address + "a").status_code == 404
    with clock.moved(now + 32 * DAY):
        assert browse().get(address).status_code == 404


def test_list_shows_what_its_reader_may_read(case, survey, cast, browse, db, now):
    answered(survey, db, now + DAY, comment="MARKER")
    assert "MARKER" in browse("erik").text(f"/surveys/?case={case.reference}")
    assert "MARKER" in browse("carl").text(f"/surveys/?account={cast.acme.reference}")
    assert "MARKER" in browse("dora").text("/surveys/")
    assert "MARKER" not in browse("otto").text("/surveys/")
    assert browse("sam").get("/surveys/").status_code == 403
    case.restricted = True
    db.session.commit()
    assert "MARKER" not in browse("dora").text("/surveys/")
    call = caller(browse, cast, db, now, at="/api/v1/surveys/", scopes=(Permission.SURVEYS_READ,))
    case.restricted = False
    db.session.commit()
    (one,) = call("erik")("GET", f"?case={case.reference}").json["items"]
    assert (one["csat"], one["held_by"], one["comment"]) == (4, "Erik Lund", "MARKER")


def test_what_customers_said_is_taken_as_a_file(case, survey, cast, browse, db, now):
    answered(survey, db, now + DAY, csat=2, comment="=MARKER")
    answered(survey, db, now + 2 * DAY, csat=5, comment="Mieux")
    dora, otto = browse("dora"), browse("otto")
    assert "/surveys/answers.csv" in dora.text("/surveys/")
    lines = list(csv.reader(io.StringIO(dora.text("/surveys/answers.csv").lstrip("\ufeff"))))
    assert [line[3:7] for line in lines[1:]] == [
        ["5", "6", "Mieux", "Erik Lund"],
        ["2", "6", "'=MARKER", "Erik Lund"],
    ]
    assert lines[1][9] == ""
    assert datetime.fromisoformat(lines[2][9]) == now + 2 * DAY, "with its offset"
    with zipfile.ZipFile(io.BytesIO(dora.get("/surveys/answers.xlsx").data)) as book:
        assert "MARKER" in book.read("xl/worksheets/sheet1.xml").decode()
    assert "MARKER" not in dora.text("/surveys/answers.csv?case=ESC-1999-0001")
    assert "MARKER" not in otto.text("/surveys/answers.csv")
    assert browse("sam").get("/surveys/answers.csv").status_code == 403
    assert dora.get("/surveys/answers.pdf").status_code == 404
    kept = sa.select(events.Event.data).where(events.Event.name == "surveys.exported")
    assert {"table": "answers", "lines": 2, "kind": "xlsx"} in db.session.scalars(kept).all()
    case.restricted = True
    db.session.commit()
    assert "MARKER" not in dora.text("/surveys/answers.csv")
    case.restricted = False
    db.session.commit()
    call = caller(browse, cast, db, now, at="/api/v1/surveys/", scopes=(Permission.SURVEYS_READ,))
    (one,) = call("dora")("GET", f"?case={case.reference}").json["items"]
    assert [(old["csat"], old["comment"]) for old in one["earlier"]] == [(2, "=MARKER")]


def test_whom_we_wrote_to_last_is_asked(case, cast, db, now):
    other = Contact(
        account_id=cast.acme_id, name="Paul", email="p@x.example", role=ContactRole.USER
    )
    db.session.add(other)
    db.session.flush()
    cases.write(case, other, subject="s", text="t", by=cast.erik, now=now, key="1")
    assert queries.whom_to_ask(case).id == other.id


@pytest.mark.parametrize(
    ("scores", "net"),
    [([], None), ([10, 9, 8, 6], 25), ([0, 6], -100), ([7, 8], 0), ([9], 100), ([10, 10, 0], 33)],
)
def test_net_promoter_score(scores, net):
    assert rules.promoters_less_detractors(scores) == net


def said(cast, db, now, score, account=None, comment=""):
    """Let a customer be asked, and answer."""
    row = actions.ask_to_recommend(account or cast.acme, base_url="http://x", by=cast.erik, now=now)
    who = queries.asked_to_recommend(queries.nps_token(row), now=now)
    actions.recommend(who, score=score, comment=comment, now=now)
    db.session.flush()
    return row


def test_customers_are_asked_by_schedule_once_and_not_in_trouble(cast, db, now, run_jobs):
    def asked(at):
        jobs.ask_to_recommend(at.isoformat())
        db.session.flush()
        return sorted(db.session.scalars(sa.select(Nps.account_id).where(Nps.asked_at == at)))

    assert asked(now) == []
    actions.set_schedule(6, by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.set_schedule(5, by=cast.erik, now=now)
    declared(cast, now)
    db.session.flush()
    assert asked(now) == [cast.borealis_id]
    assert asked(now + DAY) == []
    assert asked(now + 190 * DAY) == [cast.borealis_id]
    letter = db.session.scalars(sa.select(Notification).where(Notification.key.like("%nps:%")))
    assert {(one.language, one.account_id) for one in letter} == {("it", cast.borealis_id)}
    actions.set_schedule(0, by=cast.erik, now=now)
    assert asked(now + 400 * DAY) == []


def test_satisfied_and_would_not_recommend_is_a_signal(cast, db, now, case, run_jobs):
    def known(name, at):
        found = facts.of([cast.acme_id], (name,), at=at, viewer=cast.erik)[cast.acme_id]
        return found[name].value if name in found else None

    close(case, cast, db, run_jobs, now)
    who = queries.asked(queries.token_of(queries.of_case(case)), now=now)
    actions.answer(who, csat=4, ces=5, comment="", now=now)
    assert known("customer_said", now) == "content"
    row = said(cast, db, now + DAY, 9)
    assert known("customer_said", now + DAY) == "recommends"
    again = queries.asked_to_recommend(queries.nps_token(row), now=now + 2 * DAY)
    actions.recommend(again, score=3, comment="Too slow.", now=now + 2 * DAY)
    db.session.flush()
    assert [known("nps", now + n * DAY) for n in range(3)] == [None, 9, 3]
    assert known("customer_said", now + 2 * DAY) == "satisfied_would_not_recommend"
    assert known("csat", now) == 4
    assert facts.of([cast.acme_id], ("nps",), at=now + DAY, viewer=cast.sam) == {cast.acme_id: {}}
    told = sa.select(Notification.person_id).filter_by(template="surveys/detractor")
    assert list(db.session.scalars(told)) == [cast.ids["carl"]]
    assert queries.nps_scores(cast.erik, now=now + 2 * DAY) == [3]
    cases.reopen(case, reason="Again.", by=cast.erik, now=now + 2 * DAY)
    cases.restrict(case, keep=[], reason="A name.", by=cast.erik, now=now + 2 * DAY)
    db.session.flush()
    assert known("csat", now + 2 * DAY) is None
    with pytest.raises(NotFound):
        queries.asked_to_recommend(queries.nps_token(row) + "a", now=now)
    with pytest.raises(NotFound):
        queries.asked_to_recommend(queries.nps_token(row), now=now + 40 * DAY)


@ON_SQLITE_ALONE
def test_pages_and_programs_know_who_recommends(cast, db, now, browse):
    row = actions.ask_to_recommend(cast.acme, base_url="http://x", by=cast.erik, now=now)
    db.session.commit()
    address, anybody = f"/survey/recommend/{queries.nps_token(row)}", browse()
    assert anybody.get(address).status_code == 200
    assert anybody.post(address, {"score": "11"}).status_code == 422
    assert anybody.post(address, {"score": "0", "comment": "Trop lent."}).status_code == 303
    assert anybody.get(address + "x").status_code == 404
    erik = browse("erik")
    assert "Trop lent." in erik.text("/surveys/recommend")
    assert "-100" in erik.text("/surveys/recommend").replace("−", "-")
    assert "would recommend us: 0 of 10" in erik.text(f"/surveys/?account={cast.acme.reference}")
    assert "Trop lent." not in browse("otto").text("/surveys/recommend")
    assert "/surveys/recommend.xlsx" in erik.text("/surveys/recommend")
    assert "Trop lent." in erik.text("/surveys/recommend.csv")
    assert "Trop lent." not in browse("otto").text("/surveys/recommend.csv")
    assert erik.post("/surveys/recommend", {"every_months": "6"}).status_code == 303
    assert browse("carl").post("/surveys/recommend", {"every_months": "0"}).status_code == 403
    scopes = [Permission.SURVEYS_READ, Permission.SURVEYS_MANAGE]
    send = caller(browse, cast, db, now, at="/api/v1/surveys/recommend", scopes=scopes)("erik")
    found = send("GET", f"?account={cast.acme.reference}").json
    assert (found["net"], found["every_months"], found["items"][0]["score"]) == (-100, 6, 0)
    assert send("PUT", "/schedule", {"every_months": 12}).json == {"every_months": 12}
