"""Memos, sponsor briefs, dossiers, reports and portfolios: by what their reader may see."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Band
from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import BriefedCase, Kind
from portal.blueprints.briefings.rules import CUSTOMER, Edition
from portal.blueprints.concessions import actions as concessions
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.postmortems import actions as lessons
from portal.blueprints.postmortems.models import Action, State
from portal.blueprints.sponsorship import actions as sponsorship
from portal.blueprints.sponsorship.models import LaneKind, PanelVerdict
from portal.core.errors import NotFound, Refused
from tests.concessions import making as offers
from tests.conftest import ON_SQLITE_ALONE
from tests.postmortems import cases
from tests.sponsorship import making as sponsors


def made(cast, about, now, *, viewer="erik", reader="ava", locale="en", **more):
    return actions.make(
        getattr(cast, viewer),
        about,
        reader=getattr(cast, reader),
        edition=Edition(locale=locale, verify_at="portal.example/verify", **more),
        by=getattr(cast, viewer),
        now=now,
    )


@pytest.fixture
def offer(cast, db, now):
    case = offers.case(cast.acme, by=cast.carl, now=now)
    escalations.name_executive(case, cast.ava.id, by=cast.erik, now=now)
    row = offers.draft(
        cast.acme,
        3000,
        by=cast.carl,
        now=now,
        case=case,
        apology="We are sorry.",
        fix="A second line.",
        not_offered="No refund of the year",
    )
    concessions.request(row, by=cast.carl, now=now)
    return row


def test_a_memo_tells_limits_to_its_executive_owner_alone(cast, db, now, offer):
    row = made(cast, offer.reference, now)
    facts = row.snapshot["facts"]
    assert (row.kind, row.subject_ref, row.classification) == (
        Kind.COMPENSATION,
        offer.reference,
        "restricted",
    )
    assert facts["face"] == {"amount": "3000.00", "currency": "EUR"}
    assert facts["not_offered"] == ["No refund of the year"]
    assert facts["recommended"] is not None
    assert [one["seat"] for one in facts["path"]] != []
    assert row.problems == []
    told = db.session.scalars(sa.select(BriefedCase.case_ref).filter_by(briefing_id=row.id))
    assert told.all() == [offer.case_ref]
    other = made(cast, offer.reference, now, reader="carl").snapshot["facts"]
    assert (other["not_offered"], other["recommended"]) == (None, None)
    assert other["face"] == facts["face"]


@pytest.mark.parametrize("reader", ["otto", "sam", "kim"])
def test_who_may_not_read_amounts_gets_no_memo(cast, db, now, offer, reader):
    with pytest.raises(Refused):
        made(cast, offer.reference, now, reader=reader)


def test_an_edition_is_that_of_one_role_and_final_refuses_what_lacks(cast, db, now, offer):
    with pytest.raises(Refused) as refusal:
        made(cast, offer.reference, now, reader="carl", audience="executive")
    assert refusal.value.field == "audience"
    with pytest.raises(Refused) as refusal:
        made(cast, offer.reference, now, audience=CUSTOMER)
    assert refusal.value.field == "audience"
    with pytest.raises(Refused) as refusal:
        made(cast, cast.acme.reference, now, final=True)
    assert refusal.value.field == "final"
    assert made(cast, offer.reference, now, final=True).audience == "executive"


def test_sponsor_brief_and_dossier_are_for_those_of_the_programme(cast, db, now):
    sponsors.charter(by=cast.petra, now=now)
    profile = sponsors.sponsor(cast.ava, by=cast.petra, now=now)
    nomination = sponsors.sent(cast.acme, by=cast.carl, now=now, proposed_sponsor_id=profile.id)
    dossier = made(cast, nomination.reference, now, viewer="petra", reader="petra", locale="fr")
    facts = dossier.snapshot["facts"]
    assert dossier.kind is Kind.NOMINATION
    assert [one["name"] for one in facts["candidates"] if one["proposed"]] == ["Ava Solheim"]
    assert {one["met"] for one in facts["criteria"]} - {True, False, None} == set()
    assert facts["answer"] in {"admitted", "waiting", "declined"}
    later = now + timedelta(hours=1)
    term = sponsorship.decide(
        nomination,
        PanelVerdict.ADMIT,
        by=cast.petra,
        now=later,
        sponsor_id=profile.id,
        reason="They decide about us.",
    )
    assert term is not None
    brief = made(cast, term.reference, later, viewer="petra")
    facts = brief.snapshot["facts"]
    assert (brief.kind, brief.reader_id) == (Kind.SPONSOR, cast.ids["ava"])
    assert facts["outcome"] == "Renewed in three countries"
    assert facts["dont"] == ["Negotiate prices"]
    assert facts["next_touch"] is not None
    assert queries.reader_of(cast.petra, term.reference, now=later).id == cast.ids["ava"]
    with pytest.raises(Refused):
        made(cast, term.reference, later, viewer="petra", reader="otto")
    assert nomination.lane is LaneKind.STRATEGIC


@ON_SQLITE_ALONE
def test_the_customer_reads_no_names_notes_or_amounts(cast, db, now):
    row = cases.begun(cast, now)
    row.title = "Three plants stopped for 31 hours"
    row.summary = "Sam Okoye told Hélène Vasseur of €12,500 and 4.000 EUR too late."
    row.what_happened = "2026-06-01 10:00 MARK-INTERNAL: Sam Okoye saw the lock"
    row.what_customer_heard = "2026-06-01 11:00 Carl Berger called"
    row.what_decided = "2026-06-01 12:00 MARK-DECIDED"
    row.cost_minor, row.currency = 1_250_000, "EUR"
    db.session.add(
        Action(
            postmortem_id=row.id,
            what="Watch the index, for $ 900 a year",
            owner_id=cast.ids["sam"],
            due_on=now.date(),
            verification="MARK-PROOF",
        )
    )
    lessons.remark(row, "causes", "SAID-IN-DRAFT", by=cast.erik, now=now)
    inside = made(cast, row.reference, now, viewer="lena", reader="lena").snapshot["facts"]
    assert "MARK-INTERNAL" in str(inside)
    assert "SAID-IN-DRAFT" not in str(inside)
    report = made(cast, row.reference, now, viewer="lena", reader="lena", audience=CUSTOMER)
    told = str(report.snapshot)
    for secret in (
        "MARK-",
        "SAID-IN-DRAFT",
        "Sam",
        "Okoye",
        "Hélène",
        "Carl",
        "12,500",
        "4.000",
        "900",
        "1250",
    ):
        assert secret not in told, secret
    assert report.snapshot["facts"]["reader"]["name"] == "Acme Forges"
    assert (report.classification, report.klass) == ("customer", 1)
    assert "publication" in report.problems


@ON_SQLITE_ALONE
def test_what_is_with_counsel_is_printed_for_nobody_else(cast, db, now):
    row = cases.begun(cast, now)
    row.state = State.WITH_COUNSEL
    db.session.flush()
    with pytest.raises(Refused):
        made(cast, row.reference, now, viewer="lena", reader="lena")


def test_a_portfolio_holds_the_customers_of_its_reader(cast, db, now):
    cast.acme.region, cast.acme.risk_band, cast.acme.risk_score = "South", Band.RED, 71
    cast.acme.arr_minor = 61_200_000
    case = offers.case(cast.acme, by=cast.carl, now=now)
    escalations.name_executive(case, cast.ava.id, by=cast.erik, now=now)
    db.session.flush()
    mine = made(cast, "mine", now, viewer="carl", reader="carl").snapshot["facts"]
    assert [one["name"] for one in mine["holdings"]] == ["Acme Forges"]
    assert mine["holdings"][0]["band"] == "red"
    assert mine["at_risk"] == {"amount": "612000.00", "currency": "EUR"}
    everybody = made(cast, "ALL", now).snapshot["facts"]
    assert everybody["accounts"] == 2
    assert everybody["holdings"][0]["reference"] == cast.acme.reference
    here = made(cast, "south", now)
    assert (here.subject_ref, here.account_id) == ("South", None)
    assert here.snapshot["facts"]["accounts"] == 1
    for name in ("otto", "erik"):
        with pytest.raises(NotFound):
            made(cast, "Atlantis", now, viewer=name)
    nobody = made(cast, "ALL", now, viewer="otto", reader="otto")
    assert nobody.problems == ["customers"]


def test_a_restricted_case_stays_out_of_portfolio_memo_and_command(cast, db, now, offer):
    case = offers.escalation_queries.get(cast.erik, offer.case_ref, now=now)
    before = made(cast, offer.reference, now)
    escalations.restrict(case, keep=(), reason="A person is named", by=cast.lisa, now=now)
    db.session.flush()
    assert case.reference not in str(made(cast, "ALL", now, reader="dora").snapshot)
    assert queries.reader_for(offer.reference, audience="finance", now=now) is None
    with pytest.raises(NotFound):
        made(cast, offer.reference, now, viewer="dora", reader="dora")
    assert before.reference not in [line.reference for line in queries.page(cast.aldo).rows]
