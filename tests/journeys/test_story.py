"""The seven steps of the main job in a real browser, against a portal that really serves.

One language for each database, so that all are walked in turn: `STORY_LANGUAGE=it make test
T=tests/journeys/test_story.py` walks it in another. Nothing here is found by its English words.
"""

import io
import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser
from pypdf import PdfReader

from portal.blueprints.accounts.models import Contact, ImportRun, ImportState
from portal.blueprints.briefings.models import Briefing, Reading
from portal.blueprints.briefings.models import State as BriefingState
from portal.blueprints.concessions.models import Concession
from portal.blueprints.concessions.models import State as ConcessionState
from portal.blueprints.escalations.models import Escalation, Severity, State, Trigger
from portal.blueprints.postmortems.models import Postmortem
from portal.blueprints.postmortems.models import State as PostmortemState
from portal.blueprints.sponsorship.models import Nomination, NominationState, Sponsor, Sponsorship
from portal.core.events import Event
from tests.conftest import SHARED

from .conftest import Live
from .live import PORTAL, Desk
from .test_story_actions import SAMPLES, STEPS, WORDS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.longest, pytest.mark.timeout(600)]
# Slow: a server and a browser, and a message that waits a minute before it leaves.
OTHERWISE = {"sqlite": "en", "postgresql": "fr"}


def test_the_main_job_from_one_end_to_the_other(live: Live, chromium: Browser) -> None:
    language = os.environ.get("STORY_LANGUAGE") or OTHERWISE[live.kind]
    live.speak(language)
    live.shots = live.shots.parent / f"{live.kind}-{language}"
    people: dict[str, Desk] = {}

    def at(name: str, width: int = 1440) -> Desk:
        if name not in people:
            email = f"{name}@halden.example"
            people[name] = Desk(chromium, live.address, email, width=width, language=language)
        return people[name]

    import_files(at("adam"), live)
    case = declare(at("carl", 390), live)
    work(at("erik"), case, live)
    compensate(at, case, live)
    sponsor(at, case, live)
    brief(at, case, live)
    close_and_learn(at, case, live)
    look_back(at, case, live)


def wait(what: Callable[[], Any], *, seconds: float = 40) -> Any:
    """Wait until something is there; gives it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.4)
    raise AssertionError("it did not come")


def one(live: Live, model: Any, reference: str) -> Any:
    return live.read(sa.select(model).where(model.reference == reference))


def import_files(adam: Desk, live: Live) -> None:
    """An administrator imports two files, first as a dry run, then for real."""
    data = SHARED / "data"
    for shape, real in (
        ("salesforce", data / "crm_exports/salesforce_accountData.csv"),
        ("telco", data / "accounts/telco_churn_dev70.csv"),
    ):
        file = real if real.exists() else SAMPLES / f"{shape}.csv"
        adam.go("/accounts/imports")
        adam.form("/accounts/imports").locator("[name=file]").set_input_files(file)
        adam.send("/accounts/imports", dry_run=True)
        number = int(adam.page.url.rpartition("/")[2])
        wait(lambda n=number: state_of(live, n) in {ImportState.CHECKED, ImportState.REFUSED})
        adam.go(f"/accounts/imports/{number}")
        adam.shot(live.shots, f"1-import-{shape}-dry-run")
        run = live.read(sa.select(ImportRun).where(ImportRun.id == number))
        assert run.state is ImportState.CHECKED, run.why_refused
        if run.rows_bad:
            file = SAMPLES / f"{shape}.csv"
            adam.go("/accounts/imports")
            adam.form("/accounts/imports").locator("[name=file]").set_input_files(file)
            adam.send("/accounts/imports", dry_run=False)
        else:
            adam.send("/write")
        number = int(adam.page.url.rpartition("/")[2])
        wait(lambda n=number: state_of(live, n) is ImportState.DONE, seconds=150)
        adam.go(f"/accounts/imports/{number}")
        adam.shot(live.shots, f"1-import-{shape}-done")


def state_of(live: Live, number: int) -> ImportState:
    found: ImportState = live.read(sa.select(ImportRun.state).where(ImportRun.id == number))
    return found


def declare(carl: Desk, live: Live) -> str:
    """A CSM declares on a phone, in the customer's French words."""
    carl.go("/escalations/new")
    deadline = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    carl.fill(
        "/escalations/new",
        account="Acme Forges",
        words=WORDS,
        demand="Une proposition sérieuse et chiffrée",
        deadline=deadline,
    )
    carl.shot(live.shots, "2-declare-on-a-phone")
    carl.send("/escalations/new", "button[value=declare]")
    case = carl.page.url.rpartition("/")[2].partition("?")[0]
    row = one(live, Escalation, case)
    assert (row.trigger, row.words_language) == (Trigger.CANCELLATION_THREAT, "fr")
    assert row.executive
    assert row.owner_id == live.cast.ids["erik"]
    wide = carl.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "a phone does not scroll sideways"
    drafted = sa.select(Nomination.reference).where(Nomination.case_ref == case)
    wait(lambda: live.read(drafted), seconds=20)
    carl.shot(live.shots, "2-declared")
    return case


def work(erik: Desk, case: str, live: Live) -> None:
    """The escalation manager accepts it, writes to the customer, promises, hands it over."""
    home = f"/escalations/{case}"
    erik.go(home)
    erik.send(f"{case}/accept")
    erik.go(f"{home}/write")
    contact = live.read(
        sa.select(Contact.id).where(Contact.account_id == one(live, Escalation, case).account_id)
    )
    erik.send(
        f"{case}/write",
        contact=str(contact),
        subject="Où nous en sommes",
        text="Je vous rappelle demain à neuf heures, quoi qu'il arrive.",
    )
    erik.go(f"{home}/promise")
    due = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT12:00")
    erik.send(
        f"{case}/promise",
        what="La cause par écrit, en français",
        to_whom="Hélène Vasseur",
        by=str(live.cast.ids["erik"]),
        due=due,
        kind="action",
    )
    erik.go(home)
    erik.send(f"{case}/criteria", text="Dix jours ouvrés sans arrêt")
    erik.go(home)
    erik.send(f"{case}/note", text="Joint Hélène Vasseur au téléphone.", what="called")
    erik.go(home)
    erik.send(f"{case}/stabilise")
    erik.shot(live.shots, "3-case")
    erik.go(f"{home}/hand-over")
    erik.send(
        f"{case}/hand-over",
        to=str(live.cast.ids["carl"]),
        why="Parle leur langue",
        summary="Une promesse court ; appeler avant midi.",
    )
    row = one(live, Escalation, case)
    assert row.state is State.STABILISING
    assert row.owner_id == live.cast.ids["carl"]
    assert row.transfers == 1


def compensate(at: Callable[..., Desk], case: str, live: Live) -> None:
    """Finance sees the value; a request is signed by those whom the policy names, in no case by who
    asked.
    """
    fina, erik = at("fina"), at("erik")
    account = live.cast_account
    assert fina.go(f"/accounts/{account}") == 200
    fina.shot(live.shots, "4-value")
    erik.go(f"/concessions/new?escalation={case}")
    erik.send(
        "/concessions/new",
        why="Trois ateliers arrêtés pendant trente-quatre heures.",
        loss="18000",
        documented=True,
    )
    reference = erik.page.url.rpartition("/")[2].partition("?")[0]
    erik.send(f"{reference}/request")
    assert erik.form(f"{reference}/approve").count() == 0, "who asks does not sign"
    erik.shot(live.shots, "4-request")
    fina.go(f"/concessions/{reference}")
    if fina.form(f"{reference}/insurer").count():
        fina.send(f"{reference}/insurer", answer="not_needed")
    signed = []
    for name in ("dora", "ava", "fina", "lisa", "lena"):
        if one(live, Concession, reference).state is not ConcessionState.REQUESTED:
            break
        desk = at(name)
        status = desk.go(f"/concessions/{reference}")
        if status == 200 and desk.form(f"{reference}/approve").count():
            desk.shot(live.shots, f"4-{name}-signs")
            desk.send(f"{reference}/approve")
            signed.append(name)
    assert one(live, Concession, reference).state is ConcessionState.APPROVED, signed
    assert "lisa" in signed, "a threat: counsel signs, too"
    erik.go(f"/concessions/{reference}")
    erik.send(f"{reference}/offer")
    erik.send(f"{reference}/accept", who="Hélène Vasseur, directrice des opérations")
    fina.go(f"/concessions/{reference}")
    parts = fina.form(f"{reference}/deliver").locator("[name^=part_]")
    names = [str(part.get_attribute("name")) for part in parts.all()]
    fina.send(f"{reference}/deliver", **dict.fromkeys(names, "CN-2026-1"))


def sponsor(at: Callable[..., Desk], case: str, live: Live) -> None:
    """The programme manager admits the nomination to a sponsor with room for it."""
    petra, carl = at("petra"), at("carl", 390)
    petra.go("/sponsorship/sponsors/new")
    petra.send(
        "/sponsorship/sponsors/new",
        person_id=str(live.cast.ids["ava"]),
        languages="fr",
        zone="Europe/Paris",
        trained_on=(datetime.now(UTC) - timedelta(days=20)).date().isoformat(),
    )
    person = Sponsor.person_id == live.cast.ids["ava"]
    sponsor_id = live.read(sa.select(Sponsor.id).where(person))
    row = live.read(sa.select(Nomination).where(Nomination.case_ref == case))
    carl.go(f"/sponsorship/{row.reference}")
    carl.send(
        f"{row.reference}/edit",
        outcome="Quatre-vingt-dix jours sans arrêt",
        why="Leur direction a demandé quelqu'un qui décide.",
    )
    petra.go(f"/sponsorship/{row.reference}")
    petra.shot(live.shots, "5-criteria")
    petra.send(
        f"{row.reference}/decide",
        verdict="admit",
        sponsor_id=str(sponsor_id),
        reason="Their executive asked for somebody who decides.",
    )
    assert one(live, Nomination, row.reference).state is NominationState.ADMITTED
    assert live.read(sa.select(Sponsorship.sponsor_id)) == sponsor_id


def brief(at: Callable[..., Desk], case: str, live: Live) -> None:
    """The executive opens my day and reads the briefing in Italian; the portal knows."""
    erik, ava = at("erik"), at("ava", 834)
    erik.go(f"/escalations/{case}/ask")
    answer_by = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT17:00")
    erik.send(
        f"{case}/ask",
        question="Chi firma la risposta all'avvocato?",
        of=str(live.cast.ids["ava"]),
        option_1="Lei",
        cost_1="12000",
        consequence_1="Risposta entro oggi",
        option_2="La direzione finanziaria",
        recommended="1",
        answer_by=answer_by,
        if_nothing="Il cliente dà disdetta.",
    )
    erik.go(f"/briefings/new?about={live.cast_account}")
    erik.send("/briefings/new", reader_id=str(live.cast.ids["ava"]), locale="it")
    assert erik.page.url.endswith("/briefings/"), "it holds what only its reader may see"
    reference = live.read(sa.select(Briefing.reference))
    wait(lambda: one(live, Briefing, reference).state is not BriefingState.RENDERING, seconds=60)
    assert one(live, Briefing, reference).state is BriefingState.ISSUED
    ava.go("/")
    assert reference in ava.page.content(), "it waits on my day"
    ava.shot(live.shots, "7-my-day")
    ava.go(f"/briefings/{reference}")
    ava.shot(live.shots, "7-briefing")
    answer = ava.context.request.get(f"{live.address}/briefings/{reference}.pdf")
    assert answer.ok
    (live.shots / "7-briefing.pdf").write_bytes(answer.body())
    first = PdfReader(io.BytesIO(answer.body())).pages[0].extract_text().replace("’", "'")
    for said in ("Decisione", "Chi firma la risposta all'avvocato?", "612.000", "Nous"):
        assert said.casefold() in first.casefold(), first
    read = sa.select(Reading.read_at).where(Reading.person_id == live.cast.ids["ava"])
    assert live.read(read) is not None


def close_and_learn(at: Callable[..., Desk], case: str, live: Live) -> None:
    """The case closes with its criteria ticked; what policy makes due is written."""
    erik = at("erik")
    row = one(live, Escalation, case)
    if row.severity is not Severity.E1:
        erik.go(f"/escalations/{case}/severity")
        erik.send(f"{case}/severity", severity="E1", reason="Their lawyers have the file.")
    erik.go(f"/escalations/{case}")
    form = erik.page.locator("form[action*='/criteria/'] button").last
    with erik.page.expect_navigation():
        form.click()
    erik.go(f"/escalations/{case}/close")
    erik.send(
        f"{case}/close",
        resolution="fix",
        text="Index reconstruit, répétition sur leurs données.",
        agreed_by="Hélène Vasseur",
    )
    assert one(live, Escalation, case).state is State.CLOSED
    due = wait(lambda: live.read(sa.select(Postmortem)), seconds=30)
    names = {number: name for name, number in live.cast.ids.items()}
    lead = at(names[due.facilitator_id])
    home = f"/postmortems/{due.reference}"
    lead.go(home)
    lead.send(f"{due.reference}/begin")
    lead.go(f"{home}/text/summary")
    lead.send("/text/summary", text="A lock on a table that every order goes through.")
    lead.go(f"{home}/causes/new")
    lead.send("/causes/new", factor="change_or_release", text="Not rehearsed", why_1="No copy")
    lead.go(f"{home}/actions/new")
    lead.send(
        "/actions/new",
        what="Rehearse every migration",
        outcome="No surprise",
        owner_id=str(live.cast.ids["kim"]),
        priority="priority",
        kind="prevent",
        verification="Two signed protocols",
    )
    lead.go(home)
    lead.send(f"{due.reference}/submit")
    lead.shot(live.shots, "6-post-mortem")
    assert one(live, Postmortem, due.reference).state is PostmortemState.IN_REVIEW


def look_back(at: Callable[..., Desk], case: str, live: Live) -> None:
    """Everything is in the audit log, which is whole; who has no part in it sees none of it."""
    told = sa.select(Event.seq).order_by(Event.seq).where(Event.name == "escalations.told_customer")
    wait(lambda: live.read(told), seconds=90)
    for name in STEPS:
        assert live.read(sa.select(Event.seq).where(Event.name == name).limit(1)), name
    found = subprocess.run(
        [PORTAL, "audit", "verify"], env=live.settings, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    otto = at("otto")
    hidden = [f"/escalations/{case}", f"/accounts/{live.cast_account}"]
    for model, room in (
        (Concession, "concessions"),
        (Nomination, "sponsorship"),
        (Postmortem, "postmortems"),
        (Briefing, "briefings"),
    ):
        hidden.append(f"/{room}/{live.read(sa.select(model.reference).limit(1))}")
    assert [path for path in hidden if otto.go(path) != 404] == []
    otto.shot(live.shots, "8-nothing-for-otto")
    aldo = at("aldo")
    assert aldo.go("/audit/") == 200
    aldo.shot(live.shots, "8-audit")
