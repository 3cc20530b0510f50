"""The timeline of a case: filters, corrections, mentions, files."""

import io
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import ClockKind, Notice
from portal.blueprints.escalations.rules import filing
from portal.blueprints.escalations.rules.mentions import Named, mentions
from portal.blueprints.notifications.models import Notification
from portal.core.access import K
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from tests.escalations.test_actions import declared, next_notice
from tests.escalations.test_ladder import tick

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n"
ANNAS = [Named(1, "Anna Lee", "anna.lee"), Named(2, "Anna Leeds", "aleeds")]
PEOPLE = [*ANNAS, Named(3, "Élise", "e")]


def entries(db, case):
    query = sa.select(TimelineEntry).filter_by(case_ref=case.reference).order_by(TimelineEntry.id)
    return db.session.scalars(query).all()


def packed(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


# ---- whom a text names


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@Anna Lee please", {1}),
        ("(@anna leeds)", {2}),
        ("ask @aleeds, and @élise", {2, 3}),
        ("@e.", {3}),
        ("anna@lee.example, @ 5 pm, @AcmeCorp", set()),
        ("@Anna Leesa", set()),
    ],
)
def test_who_is_named(text, ids):
    found = mentions(text, PEOPLE)
    assert {one.id for one in found.people} == ids


def test_a_first_name_of_two_people_is_unclear():
    assert mentions("@anna look", PEOPLE).unclear == {"anna": ("Anna Lee", "Anna Leeds")}


def test_a_text_full_of_signs_names_those_it_begins_with():
    found = mentions("@anna.lee " + "@nobody " * 2000 + "@mia", PEOPLE)
    assert [one.handle for one in found.people] == ["anna.lee"]


def test_a_named_person_is_told_once_and_the_writer_hears_who(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}"
    erik = browse("erik")
    given = {"text": "@Carl Berger call them", "what": "note"}
    assert erik.post(where + "/note", given).status_code == 303
    assert "told: Carl Berger" in erik.text(where)
    sent = db.session.scalars(sa.select(Notification).filter_by(why="mentioned")).all()
    assert [one.person_id for one in sent] == [cast.ids["carl"]]


def test_who_may_not_read_it_is_refused_in_words(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    answer = browse("erik").post(
        f"/escalations/{case.reference}/note", {"text": "@otto look at this", "what": "note"}
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Otto Fremd may not read this" in text
    assert "@otto look at this" in text
    assert len(entries(db, case)) == 1


def test_a_name_in_the_executive_lane_must_read_that_lane(cast, db, now):
    case = declared(cast, now)
    with pytest.raises(Refused, match="Carl Berger may not read this"):
        actions.comment(case, "@carl no", by=cast.ava, now=now)
    actions.comment(case, "@lena yes", by=cast.ava, now=now)
    sent = db.session.scalars(sa.select(Notification).filter_by(why="mentioned")).one()
    assert (sent.person_id, sent.klass) == (cast.ids["lena"], int(K.RESTRICTED))


def test_a_comment_is_told_to_those_named_who_may_read_it(cast, db, now):
    case = declared(cast, now)
    actions.name_executive(case, cast.ids["ava"], by=cast.erik, now=now)
    actions.comment(case, "Between us", by=cast.lena, now=now)
    actions.comment(case, "And you, @ava?", by=cast.lena, now=now + timedelta(hours=1))
    told = sa.select(Notification.person_id, Notification.why, Notification.context).where(
        Notification.template == "escalations/commented"
    )
    found = db.session.execute(told).all()
    assert [(one.person_id, one.why) for one in found] == [(cast.ids["ava"], "executive")]
    assert "Between us" not in str(found[0].context)


# ---- corrections


def test_a_correction_is_a_new_entry_and_moves_the_clock(cast, db, now):
    case = declared(cast, now)
    later = now + timedelta(hours=5)
    actions.note(
        case, "Called", kind=EntryKind.CALL, reached=True, at=later, by=cast.erik, now=later
    )
    wrong = entries(db, case)[-1]
    right = now + timedelta(hours=2)
    assert case.last_contact_at == later
    new = actions.amend(
        case, wrong, text="Called the COO", at=right, why="wrong hour", by=cast.erik, now=later
    )
    db.session.commit()
    assert (wrong.text, wrong.event_at) == ("Called", later)
    assert (new.corrects_id, new.event_at, new.recorded_at) == (wrong.id, right, later)
    assert case.last_contact_at == right
    silence = [c for c in queries.clocks_of(case) if c.kind is ClockKind.SILENCE]
    assert silence[0].started_at == right
    back = actions.amend(case, new, text="Called", at=later, why="no", by=cast.erik, now=later)
    assert back.corrects_id == new.id
    assert (new.text, back.text) == (
        "Called the COO\n\nCorrected: wrong hour",
        "Called\n\nCorrected: no",
    )
    assert (queries.words_of(new), queries.words_of(wrong)) == ("Called the COO", "Called")
    assert case.last_contact_at == later
    with pytest.raises(Refused, match="corrected already"):
        actions.amend(case, wrong, text="x", at=later, why="y", by=cast.erik, now=later)


def test_the_ladder_goes_on_after_a_corrected_time(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    later = now + timedelta(hours=2)
    called = {"kind": EntryKind.CALL, "reached": True}
    actions.note(case, "Called", at=later, by=cast.erik, now=later, **called)
    wrong, right = entries(db, case)[-1], now + timedelta(hours=1)
    actions.amend(case, wrong, text="Called", at=right, why="hour", by=cast.erik, now=later)
    db.session.commit()
    due = next(c.due_at for c in queries.clocks_of(case) if c.kind is ClockKind.SILENCE)
    assert next_notice(case) < due
    tick(due)
    kept = sa.select(Notice.due_at).filter_by(clock=ClockKind.SILENCE, step="due")
    assert db.session.scalars(kept).all() == [due]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"why": " "}, "why it is corrected"),
        ({"at": timedelta(days=1)}, "lies in the future"),
        ({"text": "First"}, "Nothing differs"),
    ],
)
def test_refused_corrections(cast, db, now, given, says):
    case = declared(cast, now)
    actions.note(case, "First", by=cast.erik, now=now)
    entry = entries(db, case)[-1]
    full = {"text": "Other", "at": timedelta(), "why": "typo", **given}
    full["at"] = now + full["at"]
    with pytest.raises(Refused, match=says):
        actions.amend(case, entry, by=cast.erik, now=now, **full)


def test_what_parley_wrote_is_not_corrected(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    with pytest.raises(Refused, match="Parley wrote"):
        actions.amend(case, entries(db, case)[-1], text="x", at=now, why="y", by=cast.erik, now=now)


def test_the_page_shows_both_and_corrects(browse, cast, db, now):
    case = declared(cast, now)
    actions.note(case, "They said seven", by=cast.erik, now=now)
    db.session.commit()
    entry, erik = entries(db, case)[-1], browse("erik")
    where = f"/escalations/{case.reference}/entries/{entry.id}/correct"
    assert "They said seven" in erik.text(where)
    given = {"text": "They said eleven", "at": "2026-06-17T10:00", "why": "misheard"}
    assert erik.post(where, given).status_code == 303
    text = erik.text(f"/escalations/{case.reference}")
    assert "They said seven" in text
    assert "They said eleven" in text
    assert f"#entry-{entry.id}" in text
    assert entries(db, case)[-1].event_at == entry.event_at
    assert browse("otto").get(where).status_code == 404
    db.session.expire_all()
    corrected = db.session.scalar(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.entry_corrected")
    )
    assert corrected.actor_id == cast.ids["erik"]


# ---- filters


def test_filters_of_the_timeline_stand_in_the_address(browse, cast, db, now, queries_at_most):
    case = declared(cast, now)
    actions.note(case, "100% of Éire is down_", by=cast.erik, now=now)
    actions.note(case, "Carl calls", kind=EntryKind.CALL, by=cast.carl, now=now)
    actions.comment(case, "Executive word", by=cast.ava, now=now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    erik.get(where)
    with queries_at_most(8):
        erik.get(where + "?lane=internal&kind=note&by=Erik Lund&q=down")
    for query, there, gone in (
        ("?lane=internal", "100% of", FRENCH_START),
        ("?kind=call&by=Carl Berger", "Carl calls", "100% of"),
        ("?q=100%25", "100% of", "Carl calls"),
        ("?q=down_", "100% of", "Carl calls"),
        ("?lane=x&kind=y", "Carl calls", "Nothing fits"),
        ("?q=nowhere", "Nothing fits", "Carl calls"),
    ):
        text = erik.text(where + query)
        story = text[text.index('id="timeline"') :]
        assert there in story, query
        assert gone not in story, query
    assert "Ava Solheim</option>" not in erik.text(where)
    assert "Executive word" in browse("lena").text(where + "?lane=executive")
    assert "Ava Solheim</option>" in browse("lena").text(where)


FRENCH_START = "nous ne renouvellerons"


# ---- files


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"", "0 bytes"),
        ("a.pdf", PDF + b"x" * (25 << 20), "too large"),
        ("a.pdf", b"MZ\x90\x00program", "not what its name says"),
        ("a.png", PDF, "not what its name says"),
        ("a.docx", packed("evil.bin"), "not what its name says"),
        ("a.docx", packed("word/document.xml", "word/vbaProject.bin"), "macros"),
        ("a.exe", b"MZ\x90\x00program", "not taken"),
        ("a.svg", b"<svg onload=alert(1)>", "not taken"),
        ("a.html", b"<script>", "not taken"),
        ("a.zip", packed("a"), "not taken"),
        ("../../etc/a.pdf", PDF, "contains a path"),
        ("C:\\temp\\a.pdf", PDF, "contains a path"),
        ("..", PDF, "contains a path"),
        ("fdp\u202egnp.pdf", PDF, "hidden signs"),
        ("a" * 300 + ".pdf", PDF, "too long"),
        ("a.txt", b"before " + filing.EICAR + b" after", "malware"),
        ("noending", PDF, "not taken"),
        ("", PDF, "no name"),
    ],
)
def test_a_file_is_refused_in_words(browse, cast, db, now, name, content, says):
    assert says in filing.objection(name, content)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.PDF", PDF, "application/pdf"),
        ("a.docx", packed("[Content_Types].xml", "word/document.xml"), "wordprocessing"),
        ("a.csv", "n;é\n".encode("cp1252"), "text/plain"),
        ("mail.eml", b"Subject: x\n\ny", "text/plain"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    ],
)
def test_a_file_is_known_by_its_content(name, content, kind):
    assert filing.objection(name, content) == ""
    assert kind in filing.media_type(content)


def attach(browser, where, *, klass=1, name="lettre d'avocat.pdf", content=PDF, **more):
    given = {"file": (io.BytesIO(content), name), "about": "Their letter", "klass": str(klass)}
    return browser.post(where + "/attach", given, content_type="multipart/form-data", **more)


def test_a_file_is_saved_and_given_back_safely(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    assert "Attach a file" in erik.text(where + "/attach")
    assert attach(erik, where).status_code == 303
    entry = entries(db, case)[-1]
    text = erik.text(where)
    assert "Their letter" in text
    assert f"/attachments/{entry.id}" in text
    given = erik.get(f"{where}/attachments/{entry.id}")
    assert given.data == PDF
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert "lettre%20d%27avocat.pdf" in given.headers["Content-Disposition"]
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert given.mimetype == "application/pdf"
    assert browse("otto").get(f"{where}/attachments/{entry.id}").status_code == 404
    assert erik.get(f"{where}/attachments/{entries(db, case)[0].id}").status_code == 404


def test_a_refused_file_is_told_on_the_form_and_nothing_is_kept(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    answer = attach(erik, where, name="a.png")
    assert answer.status_code == 422
    assert "not what its name says" in answer.get_data(as_text=True)
    assert "Their letter" in answer.get_data(as_text=True)
    # What the browser announces is enough: nothing of it is read.
    huge = attach(erik, where, environ_overrides={"CONTENT_LENGTH": str(100 << 20)})
    assert huge.status_code == 413
    assert "larger than this portal accepts" in huge.get_data(as_text=True)
    assert len(entries(db, case)) == 1


def test_a_restricted_file_is_for_its_class_and_each_reading_is_logged(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    where = f"/escalations/{case.reference}"
    assert attach(browse("erik"), where, klass=3).status_code == 422
    entry = actions.attach(
        case, io.BytesIO(PDF), name="x.pdf", about="Secret", klass=K.RESTRICTED,
        by=cast.lena, now=now,
    )  # fmt: skip
    db.session.commit()
    url = f"{where}/attachments/{entry.id}"
    assert "Secret" not in browse("erik").text(where)
    assert browse("erik").get(url).status_code == 404
    assert browse("carl").get(url).status_code == 404
    with pytest.raises(NotFound):
        queries.attached(cast.carl, case, entry.id, now=now)
    assert browse("ava").get(url).data == PDF
    read = db.session.scalars(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.attachment_read")
    ).all()
    assert [one.actor_id for one in read] == [cast.ids["ava"]]
    assert entry.lane is Lane.INTERNAL
