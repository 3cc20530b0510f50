"""Answers of customers, from the mailbox to the case."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact, EntryKind, TimelineEntry
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import ClockKind, Trigger
from portal.blueprints.escalations.rules import propose_trigger
from portal.blueprints.intake import actions, jobs, remote
from portal.blueprints.intake.models import IncomingMail, State, Why
from portal.blueprints.intake.rules import Known, Letter, Report, verdict
from portal.blueprints.notifications import queries as post
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.notifications.remote import compose
from portal.blueprints.policies.rules import TriggersPolicy, shipped
from portal.core import clock, mail
from portal.core.access import Permission
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

from .mailbox import mailbox

BOX = "help@halden.example"


@pytest.fixture
def box(app, monkeypatch):
    with mailbox() as found:
        settings = replace(app.config["PORTAL"], imap_url=found.address, reply_address=BOX)
        monkeypatch.setitem(app.config, "PORTAL", settings)
        yield found


@pytest.fixture
def case(cast, db, now):
    found = declared(cast, now)
    db.session.commit()
    return found


@pytest.fixture
def written(case, cast, db, now, run_jobs):
    """A message of ours to the customer that has left."""
    contact = db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.acme_id))
    sent = cases.write(
        case, contact, subject="Votre panne", text="Bonjour", by=cast.carl, now=now, key="1"
    )
    db.session.commit()
    with clock.moved(now + timedelta(minutes=2)):
        run_jobs()
    db.session.refresh(sent)
    assert sent.state is Sent.SENT
    return sent


def letter(
    *, answers="", to=BOX, sender="Hélène <coo@acc-00001.example>", number=1, more="", body=""
):
    lines = [
        f"From: {sender}",
        f"To: {to}",
        "Subject: Re: Votre panne",
        f"Message-ID: <m{number}@x>",
    ]
    lines += [f"In-Reply-To: {answers}"] if answers else []
    lines += [more] if more else []
    text = body or "Toujours en panne.\r\n\r\nLe 17 juin, Carl a écrit :\r\n> Bonjour"
    return ("\r\n".join([*lines, "", text])).encode()


def fetch(db, now, *, minutes=5):
    with clock.moved(now + timedelta(minutes=minutes)):
        jobs.fetch("")
    db.session.expire_all()


def entries(db, case):
    found = sa.select(TimelineEntry).where(TimelineEntry.case_ref == case.reference)
    return list(db.session.scalars(found.order_by(TimelineEntry.id)))


def test_answer_goes_to_its_case_once(box, case, written, db, cast, now, run_jobs):
    box.arrive(letter(answers=written.message_id))
    box.arrive(letter(answers=written.message_id))
    fetch(db, now)
    fetch(db, now)
    assert box.seen == {1, 2}
    answers = [one for one in entries(db, case) if one.kind is EntryKind.EMAIL_IN]
    assert [one.text for one in answers] == ["Re: Votre panne\n\nToujours en panne."]
    assert (answers[0].author_name, answers[0].language) == ("Hélène Vasseur", "fr")
    assert answers[0].event_at == now + timedelta(minutes=4)  # when it reached the mailbox
    row = db.session.scalars(sa.select(IncomingMail)).one()
    assert (row.state, row.why, row.record_ref) == (State.FILED, Why.ANSWER, case.reference)
    with clock.moved(now + timedelta(minutes=6)):
        run_jobs()
    told = db.session.scalars(
        sa.select(Notification).where(Notification.template == "escalations/replied")
    ).one()
    assert told.person_id == case.owner_id


def test_another_mail_under_a_known_number_is_not_lost(box, case, written, db, now):
    box.arrive(letter(answers=written.message_id))
    for _again in range(2):
        box.arrive(letter(answers=written.message_id, body="Autre chose."))
    fetch(db, now)
    answers = [one.text for one in entries(db, case) if one.kind is EntryKind.EMAIL_IN]
    assert answers == ["Re: Votre panne\n\nToujours en panne.", "Re: Votre panne\n\nAutre chose."]
    numbers = db.session.scalars(sa.select(IncomingMail.message_id).order_by(IncomingMail.id)).all()
    assert (numbers[0], numbers[1][:7]) == ("<m1@x>", "sha256:")


def test_an_answer_is_owed_to_who_answered(box, case, written, db, now):
    box.arrive(letter(answers=written.message_id))
    fetch(db, now)
    found = {one.kind: one for one in case_queries.clocks_of(case)}
    assert found[ClockKind.REPLY_OWED].met_at is None


def test_lost_thread_is_found_by_the_signed_address(box, case, written, db, now):
    address = mail.reply_address(case.reference)
    assert compose(written).headers["Reply-To"] == address
    box.arrive(letter(to=address.upper()))
    fetch(db, now)
    row = db.session.scalars(sa.select(IncomingMail)).one()
    assert (row.why, row.record_ref) == (Why.ADDRESS, case.reference)


def test_forged_address_is_refused_and_told_to_who_sorts(box, case, db, cast, now):
    address = mail.reply_address(case.reference)
    seal = address.partition(".")[2][:16]
    box.arrive(letter(to=address.replace(seal, "a" * 16)))
    fetch(db, now)
    row = db.session.scalars(sa.select(IncomingMail)).one()
    assert (row.state, row.why, row.record_ref) == (State.WAITING, Why.FORGED, None)
    told = sa.select(Notification.person_id).where(Notification.template == "intake/waiting")
    assert list(db.session.scalars(told)) == [cast.ids["erik"]]


def test_files_are_kept_with_the_case_and_programs_are_not(box, case, written, db, now):
    parts = "".join(
        f"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment;"
        f' filename="{name}"\r\n\r\n{content}\r\n'
        for name, content in (("log.txt", "all the errors"), ("run.exe", "MZ"))
    )
    body = f"--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n{parts}--b--\r\n"
    kind = "Content-Type: multipart/mixed; boundary=b"
    box.arrive(letter(answers=written.message_id, more=kind, body=body))
    fetch(db, now)
    kept = [one for one in entries(db, case) if one.file_id]
    assert [one.text for one in kept] == ["Sent by the customer: log.txt"]
    assert any("Not taken: run.exe." in one.text for one in entries(db, case))


def test_report_of_a_mail_server_marks_the_message_as_not_arrived(
    box, case, written, db, now, run_jobs
):
    assert case.last_contact_at == now + timedelta(minutes=2)
    status = "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    status += "Final-Recipient: rfc822; coo@x\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    back = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {written.message_id}\r\n"
    kind = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    box.arrive(letter(sender="<mailer@x.example>", more=kind, body=f"{status}{back}--b--\r\n"))
    fetch(db, now)
    with clock.moved(now + timedelta(minutes=6)):
        run_jobs()
    db.session.refresh(written)
    assert (written.state, written.error) == (Sent.FAILED, "did not arrive: 5.1.1")
    db.session.refresh(case)
    assert case.last_contact_at is None
    assert any(one.text.startswith("Did not arrive") for one in entries(db, case))
    assert not any(one.kind is EntryKind.EMAIL_IN for one in entries(db, case))


@pytest.mark.parametrize(
    ("found", "known", "expected"),
    [
        (Letter(), Known(by_id="ESC-1"), (State.FILED, Why.ANSWER)),
        (Letter(), Known(by_address="ESC-1"), (State.FILED, Why.ADDRESS)),
        (Letter(), Known(by_id="ESC-1", forged=True), (State.FILED, Why.ANSWER)),
        (Letter(), Known(), (State.WAITING, Why.NO_MATCH)),
        (Letter(), Known(forged=True), (State.WAITING, Why.FORGED)),
        (Letter(), Known(by_id="ESC-1", colleague=True), (State.WAITING, Why.COLLEAGUE)),
        (Letter(), Known(by_id="ESC-1", within_hour=60), (State.WAITING, Why.TOO_MANY)),
        (Letter(), Known(by_id="ESC-1", ours=True), (State.PUT_ASIDE, Why.OURS)),
        (Letter(automatic=True), Known(by_id="ESC-1"), (State.PUT_ASIDE, Why.PROGRAM)),
        (Letter(report=Report((), "5.0.0")), Known(), (State.PUT_ASIDE, Why.REPORT)),
    ],
)
def test_mail_is_sorted(found, known, expected):
    assert verdict(found, known) == expected


def test_mail_too_large_is_fetched_in_part_and_waits(box, case, written, db, now, monkeypatch):
    monkeypatch.setattr(actions, "LARGEST", 70_000)
    box.arrive(letter(answers=written.message_id, body="x" * 100_000))
    fetch(db, now)
    assert box.fetched == [65536]
    row = db.session.scalars(sa.select(IncomingMail)).one()
    assert (row.state, row.why, row.file_id) == (State.WAITING, Why.TOO_LARGE, None)


def test_mailbox_that_breaks_off_loses_and_doubles_nothing(box, case, written, db, now):
    box.arrive(letter(answers=written.message_id))
    box.hangs_up = True
    with pytest.raises((OSError, remote.imaplib.IMAP4.error)):
        fetch(db, now)
    db.session.rollback()
    box.hangs_up = False
    fetch(db, now)
    assert len([one for one in entries(db, case) if one.kind is EntryKind.EMAIL_IN]) == 1
    with pytest.raises(remote.NotReadable), remote.Mailbox(box.address.replace("s3cr", "no")):
        pass


def waiting(db, now, **more):
    row = actions.take_in(letter(**more), arrived_at=now, now=now)
    db.session.commit()
    return row


def test_mail_that_waits_is_filed_by_hand(case, browse, db, cast, now):
    row = waiting(db, now)
    erik = browse("erik")
    assert "Re: Votre panne" in erik.text("/intake/")
    assert "Toujours en panne." in erik.text(f"/intake/{row.id}")
    assert b"Toujours en panne" in erik.get(f"/intake/{row.id}/original").data
    refused = erik.post(f"/intake/{row.id}/assign", {"case": "ESC-2026-9999"})
    assert (refused.status_code, "no such case" in refused.text) == (422, True)
    done = erik.post(f"/intake/{row.id}/assign", {"case": case.reference.lower()})
    assert done.location.endswith(case.reference)
    assert any(one.kind is EntryKind.EMAIL_IN for one in entries(db, case))
    assert "Re: Votre panne" not in erik.text("/intake/")
    assert erik.get(f"/intake/{row.id}").status_code == 404
    # A later answer to that mail finds the same case.
    assert waiting(db, now, answers="<m1@x>", number=2).record_ref == case.reference


def test_mail_is_put_aside_with_a_reason_and_others_do_not_see_it(browse, db, cast, now):
    row = waiting(db, now)
    assert browse("carl").get("/intake/").status_code == 403
    erik = browse("erik")
    assert erik.post(f"/intake/{row.id}/aside", {"reason": " "}).status_code == 422
    assert erik.post(f"/intake/{row.id}/aside", {"reason": "Advertising"}).status_code == 303
    assert "Advertising" in erik.text(f"/intake/{row.id}")
    assert "Re: Votre panne" in erik.text("/intake/?state=put_aside")


def test_programs_sort_mail_too(case, browse, db, cast, now):
    first, second = waiting(db, now), waiting(db, now, number=2)
    scopes = (Permission.INTAKE_READ, Permission.INTAKE_ASSIGN, Permission.ESCALATIONS_READ)
    erik = caller(browse, cast, db, now, at="/api/v1/intake/", scopes=scopes)("erik")
    assert {one["id"] for one in erik("GET", "mails").json["items"]} == {first.id, second.id}
    assert erik("GET", f"mails/{first.id}").json["text"] == "Toujours en panne."
    filed = erik("POST", f"mails/{first.id}/assign", {"case": case.reference})
    assert filed.json == {"id": first.id, "state": "filed", "case": case.reference}
    assert erik("POST", f"mails/{first.id}/assign", {"case": case.reference}).status_code == 404
    assert erik("POST", f"mails/{second.id}/aside", {"reason": "x"}).json["state"] == "put_aside"
    assert erik("POST", f"mails/{second.id}/assign", {"case": "ESC-1"}).status_code == 409


def test_without_a_mailbox_nothing_is_fetched_and_addresses_are_plain(app, case, written):
    jobs.fetch("")
    assert mail.reply_address(case.reference) is None
    assert "Reply-To" not in compose(post.get(written.id)).headers


THREAT = "Nous allons résilier notre contrat."
OURS_BELOW = (
    f"Merci.\r\n\r\nLe 17 juin 2026, Carl a écrit :\r\n> {THREAT}",
    f"Merci.\r\n\r\nDe : Halden <{BOX}>\r\nEnvoyé : 17 juin 2026\r\nÀ : Hélène\r\n\r\n{THREAT}",
    f"Grazie.\r\n\r\nIl giorno 17 giu 2026 Carl ha scritto:\r\n> {THREAT}",
    f"Thanks.\r\n\r\n-----Original Message-----\r\nFrom: Halden\r\n\r\n{THREAT}",
)


def test_our_own_words_that_come_back_say_no_threat_b17(box, case, written, db, now):
    """Quoted below an answer, or come back from our own mailbox, our words are nobody's threat; new
    words of the customer are one, without accents and in capitals too.
    """
    for number, body in enumerate(OURS_BELOW):
        box.arrive(letter(answers=written.message_id, number=number, body=body))
    box.arrive(letter(answers=written.message_id, number=10, sender=BOX, body=THREAT))
    box.arrive(letter(answers=written.message_id, number=11, body=THREAT.upper()))
    plain = "NOUS ALLONS RESILIER NOTRE CONTRAT."
    box.arrive(letter(answers=written.message_id, number=12, body=plain))
    fetch(db, now)
    rows = db.session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id)).all()
    assert [one.why for one in rows] == [Why.ANSWER] * 4 + [Why.OURS] + [Why.ANSWER] * 2
    filed = [one.text for one in entries(db, case) if one.kind is EntryKind.EMAIL_IN]
    policy = shipped(TriggersPolicy)
    said = [[hit.trigger for hit in propose_trigger(text, policy)] for text in filed]
    assert said == [[], [], [], [], *[[Trigger.CANCELLATION_THREAT]] * 2]


def test_a_threat_in_an_answer_is_proposed_but_not_one_in_its_subject(box, case, written, db, now):
    """An answer has the subject of our own mail; one that its sender chose is their words."""
    sues = "Nous saisirons le tribunal."
    old = letter(answers=written.message_id, body="Merci.")
    box.arrive(old.replace(b"Re: Votre panne", b"RE : " + sues.encode()))
    fetch(db, now)
    assert case_queries.trigger_proposed(case) is None
    new = letter(answers=written.message_id, number=2, body="Merci.")
    box.arrive(new.replace(b"Re: Votre panne", sues.encode()))
    fetch(db, now)
    assert case_queries.trigger_proposed(case).recommendation["trigger"] == "legal_threat"
