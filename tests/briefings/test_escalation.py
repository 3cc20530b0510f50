"""The briefing on one case, for its executive owner."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import Kind, State
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.concessions.models import Concession
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import Channel, Severity, Trend
from portal.blueprints.escalations.queries import Wish
from portal.core import clock
from portal.core.errors import NotFound, Refused


@pytest.fixture
def case(cast, db, now):
    row = escalations.declare(
        cast.acme,
        Wish(
            words="Sans date ferme, nous résilions.\nEt nous le dirons.",
            demand="Une date",
            channel=Channel.PHONE,
            severity=Severity.E2,
        ),
        by=cast.carl,
        now=now,
    )
    escalations.name_executive(row, cast.ava.id, by=cast.erik, now=now)
    return row


def issue(cast, case, now, *, reader="ava", by="erik", locale="en", annex=False):
    return actions.make_escalation_briefing(
        case,
        reader=getattr(cast, reader),
        edition=Edition(locale=locale, verify_at="portal.example/verify", annex=annex),
        by=getattr(cast, by),
        now=now,
    )


def ask(cast, case, now, *, of="ava"):
    escalations.ask(
        case,
        "Which offer goes into the reply?",
        of_id=cast.ids[of],
        options=["The credit alone", "Credit and hours"],
        recommended="Credit and hours",
        answer_by=now + timedelta(days=1),
        if_nothing="They serve notice.",
        by=cast.erik,
        now=now,
    )


def facts(row):
    return row.snapshot["facts"]


def test_one_page_from_frozen_facts_to_a_final_issue(cast, db, now, case, run_jobs):
    ask(cast, case, now)
    offer(db, cast, case, now)
    reference = issue(cast, case, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    assert (row.kind, row.state, row.pages) == (Kind.ESCALATION, State.ISSUED, 1), row.problems
    assert row.subject_ref == case.reference
    page = PdfReader(io.BytesIO(queries.pdf_of(row))).pages[0].extract_text()
    text = " ".join(page.split())
    for said in (
        "Escalation briefing",
        case.reference,
        "E2 high",
        "Which offer goes into the reply? We recommend B.",
        "They serve notice.",
        "Sans date ferme, nous résilions.",
        "Owed under the contract €25,500",
        "CON-2026-0001, 17 Jun",
        "No written admission of fault.",
        "For Ava",
    ):
        assert said in text
    assert row.classification == "restricted", "it says what is owed and what we will not offer"


def offer(db, cast, case, now):
    db.session.add(
        Concession(
            reference="CON-2026-0001",
            account_id=cast.acme.id,
            escalation_id=case.id,
            case_ref=case.reference,
            state=ConcessionState.REQUESTED,
            currency="EUR",
            reporting_currency="EUR",
            why="They stood still.",
            owed_minor=2_550_000,
            loss_minor=4_000_000,
            loss_documented=True,
            requested_by_id=cast.erik.id,
            requested_at=now,
            not_offered="No written admission of fault.",
        )
    )
    db.session.commit()


def test_a_case_without_a_question_stays_a_draft_that_says_so(cast, db, now, case, run_jobs):
    reference = issue(cast, case, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    assert row.state is State.DRAFT
    assert "ask" in row.problems
    text = PdfReader(io.BytesIO(queries.pdf_of(row))).pages[0].extract_text()
    assert "DRAFT" in text
    assert "cannot be verified" in text


def test_amounts_and_limits_are_for_those_who_may_read_them(cast, db, now, case):
    offer(db, cast, case, now)
    mine, other = issue(cast, case, now), issue(cast, case, now, reader="erik")
    assert {line["kind"] for line in facts(mine)["money"]} >= {"owed", "proven_loss"}
    assert facts(mine)["will_not_offer"] == ["No written admission of fault."]
    assert facts(other)["will_not_offer"] is None, "for the executive owner alone"


def test_who_is_asked_is_named_where_it_is_not_the_reader(cast, db, now, case):
    ask(cast, case, now)
    assert facts(issue(cast, case, now))["ask"]["of"] is None
    assert facts(issue(cast, case, now, reader="erik"))["ask"]["of"] == "Ava Solheim"


def test_it_tells_of_this_case_alone(cast, db, now, case):
    other = escalations.declare(
        cast.acme,
        Wish(words="SOMETHING ELSE", demand="Else", channel=Channel.PHONE, severity=Severity.E1),
        by=cast.erik,
        now=now,
    )
    for one, what in ((case, "A date by Friday"), (other, "OTHER PROMISE")):
        account_actions.promise(
            cast.acme.id,
            what=what,
            kind=PromiseKind.INFORMATION,
            to_whom="Hélène",
            due_at=now + timedelta(days=2),
            case_ref=one.reference,
            by=cast.erik,
            now=now,
        )
    said = str(facts(issue(cast, case, now)))
    assert "A date by Friday" in said
    assert "SOMETHING ELSE" not in said
    assert "OTHER PROMISE" not in said


def test_the_second_issue_says_what_changed_since_its_reader_read(cast, db, now, case):
    first = issue(cast, case, now)
    actions.mark_read(first, downloaded=False, by=cast.ava, now=now)
    later = now + timedelta(hours=2)
    with clock.moved(later):
        escalations.set_trend(case, Trend.DECLINING, by=cast.carl, now=later)
        escalations.raise_severity(
            case, Severity.E1, reason="Their lawyer wrote", by=cast.erik, now=later
        )
        second, unread = issue(cast, case, later), issue(cast, case, later, reader="lena")
    changes = facts(second)["changes"]
    assert changes["since_number"] == 1
    found = {item["kind"]: item for item in changes["items"]}
    assert found["trend"]["trend_after"] == "declining"
    assert (found["severity"]["severity_before"], found["severity"]["severity_after"]) == (
        "E2",
        "E1",
    )
    assert facts(unread)["changes"] is None, "it is Lena's first"


def test_nobody_is_briefed_on_a_case_they_may_not_see(cast, db, now, case):
    with pytest.raises(Refused, match="may not see this case"):
        issue(cast, case, now, reader="otto")


def test_a_restricted_case_is_told_to_whom_it_names_alone(cast, db, now, case):
    before = issue(cast, case, now, reader="lena")
    escalations.restrict(case, keep=[], reason="The conduct of a person", by=cast.erik, now=now)
    with pytest.raises(Refused, match="may not see this case"):
        issue(cast, case, now, reader="lena")
    with pytest.raises(NotFound):
        queries.get(cast.lena, before.reference)
    assert issue(cast, case, now).issue == 2, "the executive owner is named"


def test_only_an_open_case_is_briefed_on(cast, db, now, case):
    escalations.void(case, reason="A test", by=cast.erik, now=now)
    with pytest.raises(Refused, match="not open"):
        issue(cast, case, now)


def test_made_on_the_page_for_the_executive_owner(cast, db, now, case, browse, run_jobs):
    db.session.commit()
    erik = browse("erik")
    assert f"/briefings/new?about={case.reference}" in erik.text(f"/escalations/{case.reference}")
    asked = erik.text(f"/briefings/new?about={case.reference}")
    assert f'selected value="{cast.ava.id}"' in asked, "the executive owner is proposed"
    form = {"about": case.reference, "reader_id": cast.ava.id, "locale": "fr", "paper": "A4"}
    assert erik.post("/briefings/new", form).status_code == 303
    run_jobs()
    row = queries.page(cast.ava).rows[0]
    assert row.subject_ref == case.reference
    ava = browse("ava")
    assert case.reference in ava.text(f"/briefings/{row.reference}")
    assert ava.get(f"/briefings/{row.reference}.pdf").data.startswith(b"%PDF")
    assert queries.last_read(Kind.ESCALATION, case.reference, reader=cast.ava) is not None


@pytest.mark.parametrize("about", ["ESC-2026-9999", "", "  ", "ESC-" + "9" * 500, "<b>", "ACC-0"])
def test_what_does_not_exist_keeps_what_was_typed(cast, db, browse, about):
    form = {"about": about, "reader_id": cast.ava.id, "locale": "fr", "paper": "A4"}
    assert browse("erik").post("/briefings/new", form).status_code in {404, 422}


def test_who_may_not_see_the_case_does_not_learn_that_there_is_one(cast, db, now, case, browse):
    escalations.restrict(case, keep=[], reason="The conduct of a person", by=cast.erik, now=now)
    db.session.commit()
    lena = browse("lena")
    asked = lena.text(f"/briefings/new?about={case.reference}")
    assert f'selected value="{cast.lena.id}"' in asked, "whose case it is is not told"
    form = {"about": case.reference, "reader_id": cast.lena.id, "locale": "en", "paper": "A4"}
    assert lena.post("/briefings/new", form).status_code == 404


def test_a_final_issue_starts_the_briefing_clock_of_its_case_alone(cast, db, now, case, run_jobs):
    other = escalations.declare(
        cast.acme,
        Wish(words="Else", demand="Else", channel=Channel.PHONE),
        by=cast.erik,
        now=now,
    )
    escalations.name_executive(other, cast.ava.id, by=cast.erik, now=now)
    ask(cast, case, now)
    reference = issue(cast, case, now).reference
    run_jobs()
    assert queries.cases_briefed(queries.by_reference(reference)) == [case]
