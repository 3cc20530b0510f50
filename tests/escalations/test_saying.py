"""What customers are told: approved texts, notes by themselves, letters with their fields."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact, EntryKind, TimelineEntry
from portal.blueprints.escalations import actions, jobs, queries
from portal.blueprints.escalations.models import ClockKind, Trigger
from portal.blueprints.escalations.rules import drafts, saying
from portal.blueprints.notifications import rules as mail_rules
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.notifications.remote import compose
from portal.core import access, clock
from portal.core.errors import Refused
from portal.core.i18n import speaking
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

TEXT = "La pièce est commandée ; elle arrive jeudi."
DAY = timedelta(days=1)


@pytest.fixture
def case(cast, db, now):
    found = declared(cast, now)
    db.session.commit()
    return found


@pytest.fixture
def contact(cast, db):
    return db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.acme_id))


def sought(db):
    """Who was asked to approve words for customers, and the page they were led to."""
    found = sa.select(Notification).filter_by(template="escalations/words_wait")
    return [(one.person_id, one.context["path"]) for one in db.session.scalars(found)]


def approved(case, contact, cast, now, *, text=TEXT, every_days=1):
    row = actions.write_status(
        case, text, contact=contact, every_days=every_days, by=cast.carl, now=now
    )
    actions.approve_status(case, row, by=cast.erik, now=now)
    return row


def notes(db, case):
    found = sa.select(Notification).where(Notification.key.startswith(f"automatic:{case.id}:"))
    return list(db.session.scalars(found.order_by(Notification.id)))


def tick(db, run_jobs, at):
    db.session.commit()
    with clock.moved(at):
        jobs.note_progress(at.isoformat())
    with clock.moved(at + timedelta(minutes=2)):
        run_jobs()
    db.session.expire_all()


@pytest.mark.parametrize(
    ("author", "by", "executive", "may"),
    [(1, 1, False, True), (1, 1, True, False), (1, 2, True, True), (None, 2, True, True)],
)
def test_who_approves_what_customers_read(author, by, executive, may):
    assert saying.may_approve(author, by, executive=executive) is may


@pytest.mark.parametrize(
    ("waits", "noted", "stopped", "due"),
    [
        (0, False, False, saying.Due.NOTE),
        (0, True, False, saying.Due.ALERT),
        (0, False, True, saying.Due.NOTHING),
        (1, False, False, saying.Due.NOTHING),
        (None, False, False, saying.Due.NOTHING),
    ],
)
def test_what_is_due_of_a_text(now, waits, noted, stopped, due):
    next_at = None if waits is None else now + waits * DAY
    given = {"next_at": next_at, "noted_at": now if noted else None, "stopped": stopped}
    assert saying.due(**given, now=now) is due


def test_second_person_approves_in_an_executive_escalation(case, contact, cast, db, now):
    assert case.executive
    row = actions.write_status(case, TEXT, contact=contact, every_days=None, by=cast.carl, now=now)
    assert sought(db) == [(cast.ids["erik"], f"/escalations/{case.reference}/customer")]
    with pytest.raises(Refused, match="second person"):
        actions.approve_status(case, row, by=cast.carl, now=now)
    actions.approve_status(case, row, by=cast.erik, now=now)
    assert queries.approved(case.id).id == row.id
    same = actions.write_status(case, TEXT, contact=None, every_days=None, by=cast.carl, now=now)
    with pytest.raises(Refused, match="told already"):
        actions.approve_status(case, same, by=cast.erik, now=now)


def test_note_goes_out_once_moves_no_clock_and_then_its_owner_is_told(
    case, contact, cast, db, now, run_jobs
):
    approved(case, contact, cast, now)
    run_jobs()
    before = {one.kind: one.due_at for one in queries.clocks_of(case)}
    tick(db, run_jobs, now + timedelta(hours=23))
    assert notes(db, case) == []
    for days in (1, 2, 3):
        tick(db, run_jobs, now + days * DAY)
    (note,) = notes(db, case)
    assert (note.state, note.context["text"], note.language) == (Sent.SENT, TEXT, "fr")
    assert note.context["subject"] == "Où nous en sommes"
    assert compose(note).automatic
    assert note.context["from"] == "Erik Lund"  # who owns the case, not the job that sends it
    assert case.last_contact_at is None
    after = {one.kind: one.due_at for one in queries.clocks_of(case)}
    assert after[ClockKind.SILENCE] == before[ClockKind.SILENCE]
    missing = sa.select(Notification).where(Notification.template == "escalations/status_missing")
    assert len(list(db.session.scalars(missing))) == 2


def test_news_of_ours_put_the_note_off_and_a_new_text_takes_its_place(
    case, contact, cast, db, now, run_jobs
):
    approved(case, contact, cast, now, every_days=3)
    newer = approved(case, contact, cast, now + DAY, text="Elle est arrivée.", every_days=1)
    tick(db, run_jobs, now + 4 * DAY)
    (note,) = notes(db, case)
    assert note.context["text"] == "Elle est arrivée."
    assert queries.approved(case.id).id == newer.id


def test_stopping_what_is_automatic_holds_notes_back(case, contact, cast, db, now, run_jobs):
    approved(case, contact, cast, now)
    db.session.commit()
    with clock.moved(now + DAY):
        jobs.note_progress((now + DAY).isoformat())
    actions.stop_automatic(case, reason="Counsel speaks.", by=cast.erik, now=now + DAY)
    tick(db, run_jobs, now + 3 * DAY)
    assert [one.state for one in notes(db, case)] == [Sent.WITHDRAWN]


def test_receipt_promises_the_time_of_the_clock_once(case, contact, cast, db, now, run_jobs):
    answer = actions.Answer(text="Alors ?", at=now, language="fr", contact=contact)
    for minutes in (0, 5):
        actions.receive(
            case, answer, by=access.contact("Hélène"), now=now + timedelta(minutes=minutes)
        )
    (note,) = notes(db, case)
    owed = {one.kind: one for one in queries.clocks_of(case)}[ClockKind.REPLY_OWED]
    assert owed.due_at == now + timedelta(hours=2)
    assert "12:00" in note.context["text"]  # in Paris
    assert "Bonjour Hélène Vasseur," in note.context["text"]


def test_no_receipt_where_what_is_automatic_is_stopped(case, contact, cast, db, now):
    actions.stop_automatic(case, reason="Counsel speaks.", by=cast.erik, now=now)
    answer = actions.Answer(text="Alors ?", at=now, language="fr", contact=contact)
    actions.receive(case, answer, by=access.contact("Hélène"), now=now)
    assert notes(db, case) == []


def test_letter_is_in_the_customers_language_and_names_what_is_missing(case, contact, db, now):
    found = queries.letter(case, contact, "progress", now=now)
    assert found.subject == "Où nous en sommes"
    assert found.text.startswith("Bonjour Hélène Vasseur,")
    assert "[ce que nous avons fait]" in found.text
    assert "[nom du responsable]" not in found.text
    missing = drafts.unfilled(found.text, queries.field_names())
    assert missing == ["what we have done", "what we do next"]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Dear {customer}, soon.", "{customer}"),
        ("Until {{ next update }} and %(owner)s.", "{{ next update }}, %(owner)s"),
        ("« {prénom} », {a}", "{prénom}, {a}"),
    ],
)
def test_what_stands_as_a_field_of_a_template(text, held):
    with pytest.raises(Refused) as refused:
        mail_rules.refuse_fields(text, field="text")
    assert refused.value.field == "text"
    assert refused.value.message.endswith(f": {held}.")


def test_what_only_looks_like_a_field():
    technical = 'GET /orders/{id}?x={y} answers {"a": 1}; 50% (s); `{id}`; {}'
    mail_rules.refuse_fields(technical, field="text")


def test_no_words_with_a_field_leave(case, contact, cast, db, now):
    """A letter, a status and a message to many: neither goes out as somebody typed {customer}."""
    given = {"by": cast.erik, "now": now}
    for tried in (
        lambda: actions.write(
            case, contact, subject="Hello {name}", text="Soon.", key="k", **given
        ),
        lambda: actions.write_status(
            case, "Dear {customer}, soon.", contact=contact, every_days=None, **given
        ),
    ):
        with pytest.raises(Refused, match="stands as a field"):
            tried()
    assert notes(db, case) == []


@pytest.mark.parametrize("language", ["en", "fr", "it"])
@pytest.mark.parametrize("kind", drafts.KINDS)
def test_every_letter_says_all_its_fields(app, language, kind):
    with app.app_context(), speaking(language):
        known = {name: f"<{name}>" for name in (*drafts.FIELDS, "customer", "owner", "next_update")}
        found = drafts.draft(kind, known)
        empty = drafts.draft(kind, {})
    assert found.subject
    assert "[" not in found.text
    assert "<customer>" in found.text
    assert empty.text.count("[") == found.text.count("<")


def test_field_without_a_value_is_refused_with_its_name(case, contact, cast, now):
    found = queries.letter(case, contact, "delay", now=now)
    with pytest.raises(Refused, match="why it takes longer, by when"):
        actions.write(
            case, contact, subject=found.subject, text=found.text, by=cast.carl, now=now, key="1"
        )


def test_messages_to_one_person_follow_each_other(case, contact, cast, db, now, run_jobs):
    first = actions.write(case, contact, subject="A", text="a", by=cast.carl, now=now, key="1")
    db.session.commit()
    with clock.moved(now + timedelta(minutes=2)):
        run_jobs()
    second = actions.write(
        case, contact, subject="B", text="b", by=cast.carl, now=now + timedelta(hours=1), key="2"
    )
    headers = compose(second).headers
    assert headers["In-Reply-To"] == headers["References"] == first.message_id


def test_pages_show_letters_and_what_the_customer_reads(case, contact, cast, browse, db, now):
    carl, at = browse("carl"), f"/escalations/{case.reference}"
    begun = carl.text(f"{at}/write?kind=delay&to={contact.id}")
    assert "Il nous faut plus de temps" in begun
    sent = {"contact": str(contact.id), "subject": "S", "text": "Voici [par quand]"}
    looked = carl.post(f"{at}/write", {**sent, "do": "look"})
    assert 'lang="fr"' in looked.text
    refused = carl.post(f"{at}/write", sent)
    assert (refused.status_code, "by when" in refused.text) == (422, True)
    written = {"text": TEXT, "contact": str(contact.id), "every_days": "2"}
    assert carl.post(f"{at}/customer", written).status_code == 303
    row = queries.statuses(case)[0].CustomerStatus
    assert "Somebody else approves it" in carl.text(f"{at}/customer")
    erik = browse("erik")
    assert erik.post(f"{at}/customer/{row.id}/approve").status_code == 303
    assert "Goes out as a note" in erik.text(f"{at}/customer")


def test_programs_write_and_approve_texts(case, contact, cast, browse, db, now):
    make = caller(browse, cast, db, now)
    carl, erik, at = make("carl"), make("erik"), f"{case.reference}/statuses"
    made = carl("POST", at, {"text": TEXT, "contact": contact.id, "every_days": 2})
    assert made.status_code == 201
    (one,) = made.json["items"]
    assert carl("POST", f"{at}/{one['id']}/approve").status_code == 409
    done = erik("POST", f"{at}/{one['id']}/approve").json["items"][0]
    assert (done["approved_by"], done["language"]) == ("Erik Lund", "fr")
    assert carl("GET", at).json["items"][0]["text"] == TEXT


def test_timeline_says_what_went_out_by_itself(case, contact, cast, db, now, run_jobs, browse):
    approved(case, contact, cast, now)
    tick(db, run_jobs, now + DAY)
    assert case.trigger is Trigger.CANCELLATION_THREAT
    found = db.session.scalars(
        sa.select(TimelineEntry.kind).where(TimelineEntry.text.startswith("Où nous en sommes"))
    ).all()
    assert found == [EntryKind.SYSTEM]
