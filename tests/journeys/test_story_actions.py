"""The main job from one end to the other, by the actions that every door calls."""

import io
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from portal.blueprints.accounts import actions as accounts
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, ImportRun, ImportState, PromiseKind
from portal.blueprints.briefings import actions as briefings
from portal.blueprints.briefings import queries as briefing_queries
from portal.blueprints.briefings.models import State as BriefingState
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.concessions import actions as concessions
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Insurer
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.actions import Ending
from portal.blueprints.escalations.models import Escalation, Resolution, State, Trigger
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.postmortems import actions as postmortems
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.postmortems import rules as postmortem_rules
from portal.blueprints.postmortems.models import ActionPriority, Factor
from portal.blueprints.sponsorship import actions as sponsorship
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import NominationState, PanelVerdict
from portal.core import clock, events
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.conftest import SHARED

SAMPLES = Path(account_queries.__file__).parents[1] / "samples"
WORDS = (
    "Deux arrêts en quatre jours. Sans proposition sérieuse d'ici le 26, nous résilions le contrat."
)


def test_one_customer_from_a_file_to_a_briefing_in_hand(cast, db, now, run_jobs):
    imports(cast, db, now, run_jobs)
    case = declared(cast, now, run_jobs)
    works(case, cast, now, run_jobs)
    compensated(case, cast, now)
    admitted(case, cast, now)
    read(case, cast, now, run_jobs)
    learnt(case, cast, now, run_jobs)
    whole(case, cast, now)


def imports(cast, db, now: datetime, run_jobs) -> None:
    data = SHARED / "data"
    files = (
        (data / "crm_exports/salesforce_accountData.csv", SAMPLES / "salesforce.csv"),
        (data / "accounts/telco_churn_dev70.csv", SAMPLES / "telco.csv"),
    )
    for real, sample in files:
        file = real if real.exists() and real.stat().st_size < 100_000 else sample
        for dry_run in (True, False):
            count = db.session.scalar(sa.select(sa.func.count()).select_from(Account))
            run = accounts.begin_import(
                io.BytesIO(file.read_bytes()),
                file_name=file.name,
                mapping=None,
                basis=None,
                dry_run=dry_run,
                most_rows=10_000,
                most_bytes=1 << 24,
                by=cast.adam,
                now=now,
            )
            run_jobs()
            run = db.session.get_one(ImportRun, run.id, populate_existing=True)
            assert run.state is (ImportState.CHECKED if dry_run else ImportState.DONE), (
                run.why_refused
            )
            after = db.session.scalar(sa.select(sa.func.count()).select_from(Account))
            assert after == (count if dry_run else count + run.rows_new)


def declared(cast, now: datetime, run_jobs) -> Escalation:
    case = escalations.declare(
        cast.acme,
        Wish(words=WORDS, demand="Une proposition", deadline_at=now + timedelta(days=9)),
        by=cast.carl,
        now=now,
    )
    assert case.trigger is Trigger.CANCELLATION_THREAT, "found in the French words"
    assert case.executive
    assert case.words_language == "fr"
    assert case.owner_id == cast.erik.id, "routed to an escalation manager"
    run_jobs()
    assert sponsorship_queries.for_case(case.reference) is not None, "drafted at once"
    return case


def works(case: Escalation, cast, now: datetime, run_jobs) -> None:
    escalations.accept(case, by=cast.erik, now=now + timedelta(minutes=12))
    contact = escalation_queries.contacts(case)[0]
    escalations.write(
        case,
        contact,
        subject="Où nous en sommes",
        text="Demain à neuf heures.",
        key="story:1",
        by=cast.erik,
        now=now,
    )
    with clock.moved(now + timedelta(minutes=20)):
        run_jobs()
    assert case.last_contact_at is not None, "the message left and reached the customer"
    accounts.promise(
        case.account_id,
        kind=PromiseKind.ACTION,
        what="La cause par écrit",
        to_whom=contact.name,
        due_at=now + timedelta(days=2),
        case_ref=case.reference,
        by=cast.erik,
        now=now,
    )
    escalations.add_criterion(case, "Dix jours sans arrêt", by=cast.erik, now=now)
    escalations.stabilise(case, by=cast.erik, now=now)
    escalations.hand_over(
        case,
        to_id=cast.carl.id,
        why="Speaks their language",
        summary="One promise is open; call before noon.",
        by=cast.erik,
        now=now,
    )
    assert case.owner_id == cast.carl.id
    assert case.next_due_at is not None


def compensated(case: Escalation, cast, now: datetime) -> None:
    found = account_queries.value(case.account_id, at=now, viewer=cast.fina)
    assert found is not None
    row = concessions.propose(
        cast.acme,
        concessions.Wish(
            why="Three plants stood still.", currency="EUR", loss=Decimal(18_000), documented=True
        ),
        by=cast.erik,
        now=now,
        case=case,
    )
    concessions.request(row, by=cast.erik, now=now)
    with pytest.raises(Refused):
        concessions.approve(row, by=cast.erik, now=now)
    with pytest.raises(Refused):  # it holds the case
        escalations.close(
            case, Ending(resolution=Resolution.FIX, text="x", agreed_by="y"), by=cast.carl, now=now
        )
    concessions.note_insurer(row, Insurer.NOT_NEEDED, by=cast.fina, now=now)
    signed = []
    for person in (cast.dora, cast.ava, cast.fina, cast.lisa, cast.lena):
        if row.state is not ConcessionState.REQUESTED:
            break
        try:
            concessions.approve(row, by=person, now=now)
            signed.append(person.name)
        except Refused:
            continue
    assert row.state is ConcessionState.APPROVED, signed
    assert "Lisa Moretti" in signed, "a threat: counsel signs, too"
    concessions.offer(row, by=cast.erik, now=now)
    concessions.accept(row, who="Hélène Vasseur, COO", by=cast.erik, now=now)
    notes = {part.id: "CN-1" for part in concession_queries.parts(row)}
    concessions.deliver(row, notes, by=cast.fina, now=now)


def admitted(case: Escalation, cast, now: datetime) -> None:
    sponsor = sponsorship.add_sponsor(
        cast.ava.id,
        sponsorship.Profile(
            languages=("fr", "en"), zone="Europe/Paris", trained_on=now.date() - timedelta(days=20)
        ),
        by=cast.petra,
        now=now,
    )
    row = sponsorship_queries.for_case(case.reference)
    contact = escalation_queries.contacts(case)[0]
    sponsorship.edit(
        row,
        outcome="Ninety days without a stop",
        why="They asked for somebody who decides.",
        customer_executive_id=contact.id,
        proposed_sponsor_id=sponsor.id,
        by=cast.carl,
        now=now,
    )
    sponsorship.send(row, by=cast.carl, now=now)
    assert {one["key"] for one in row.criteria}, "each criterion with its evidence"
    begun = sponsorship.decide(
        row,
        PanelVerdict.ADMIT,
        sponsor_id=sponsor.id,
        reason="Their executive asked for one.",
        by=cast.petra,
        now=now,
    )
    assert begun is not None
    assert row.state is NominationState.ADMITTED


def read(case: Escalation, cast, now: datetime, run_jobs) -> None:
    escalations.ask(
        case,
        "Chi firma l'offerta?",
        of_id=cast.ava.id,
        options=["Lei", "La direzione finanziaria"],
        recommended="Lei",
        answer_by=now + timedelta(days=1),
        if_nothing="Il cliente disdice.",
        by=cast.erik,
        now=now,
    )
    reference = briefings.make_account_briefing(
        cast.acme,
        reader=cast.ava,
        edition=Edition(locale="it", verify_at="portal.example/verify"),
        by=cast.erik,
        now=now,
    ).reference
    run_jobs()
    row = briefing_queries.by_reference(reference)
    assert row.state is BriefingState.ISSUED, row.problems
    page = PdfReader(io.BytesIO(briefing_queries.pdf_of(row))).pages[0].extract_text()
    for said in ("Chi firma l'offerta?", "La direzione finanziaria", "612.000", "Decisione"):
        assert said in page.replace("’", "'")
    briefings.mark_read(row, downloaded=True, by=cast.ava, now=now)
    assert briefing_queries.readings(row)[0][1].read_at is not None


def learnt(case: Escalation, cast, now: datetime, run_jobs) -> None:
    for criterion in escalation_queries.criteria(case):
        escalations.tick_criterion(case, criterion, met=True, by=cast.carl, now=now, agreed=True)
    closed = now + timedelta(days=16)
    escalations.close(
        case,
        Ending(resolution=Resolution.FIX, text="Rehearsed and held.", agreed_by="Hélène Vasseur"),
        by=cast.carl,
        now=closed,
    )
    assert case.state is State.CLOSED
    with clock.moved(closed):
        run_jobs()
    row = postmortem_queries.covering(case.reference)[0]
    lead = next(p for p in (cast.erik, cast.lena, cast.petra) if p.id == row.facilitator_id)
    postmortems.begin(row, by=lead, now=closed)
    postmortems.write(
        row, "summary", "A lock.", was=postmortem_rules.digest(row.summary), by=lead, now=closed
    )
    cause = postmortems.add_cause(
        row,
        factor=Factor.CHANGE_OR_RELEASE,
        text="Not rehearsed",
        whys=["Why?"],
        by=lead,
        now=closed,
    )
    action = postmortems.add_action(
        row,
        what="Rehearse every migration",
        outcome="No surprise",
        owner_id=cast.kim.id,
        priority=ActionPriority.PRIORITY,
        verification="Two signed protocols",
        cause_id=cause.id,
        by=lead,
        now=closed,
    )
    assert action.due_on > closed.date()
    postmortems.submit(row, version=None, by=lead, now=closed)


STEPS = (
    "accounts.import_checked",
    "accounts.imported",
    "escalations.declared",
    "sponsorship.drafted",
    "escalations.accepted",
    "escalations.told_customer",
    "accounts.promised",
    "escalations.handed_over",
    "concessions.requested",
    "concessions.approved",
    "sponsorship.admitted",
    "briefings.issued",
    "briefings.downloaded",
    "escalations.closed",
    "postmortems.opened",
    "postmortems.submitted",
)


def whole(case: Escalation, cast, now: datetime) -> None:
    """Everything is in the log, the log is whole, and Otto sees none of it."""
    from portal.core.db import db

    db.session.commit()
    names = set(db.session.scalars(sa.select(Event.name).order_by(Event.seq)))
    assert set(STEPS) <= names, set(STEPS) - names
    assert events.verify().whole
    with pytest.raises(NotFound):
        account_queries.get(cast.otto, cast.acme.reference, now=now)
    with pytest.raises(NotFound):
        escalation_queries.get(cast.otto, case.reference, now=now)
