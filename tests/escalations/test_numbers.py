"""A number in people's own words: read by whom the case opens for, by nobody else, never lost."""

import io
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.briefings import actions as briefing_actions
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.escalations import actions
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification
from portal.core import veiling
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

NOBODYS = "ESC-2019-4711"
KEY = b"k" * 32


@pytest.fixture
def pair(cast, db, now):
    """A case that everybody sees, in whose words the number of a restricted one stands."""
    hidden, case = declared(cast, now, demand="Hidden"), declared(cast, now, demand="Seen")
    said = f"as in {hidden.reference} and {NOBODYS}"
    actions.accept(case, by=cast.erik, now=now)
    case.title, case.demand, case.impact = f"All {said}", f"Fix it {said}", f"Idle {said}"
    actions.note(case, f"Note {said}, {hidden.reference.lower()}!", by=cast.erik, now=now)
    actions.note(case, f"Of {case.reference} itself", by=cast.erik, now=now)
    due = now + timedelta(days=1)
    actions.add_task(
        case, f"Do {said}", owner_id=cast.ids["lena"], due_at=due, by=cast.erik, now=now
    )
    actions.add_task(case, "Look", owner_id=cast.ids["sam"], due_at=due, by=cast.erik, now=now)
    actions.restrict(hidden, keep=[], reason="About an employee.", by=cast.erik, now=now)
    db.session.commit()
    return case, hidden


def in_book(answer):
    book = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    return book.read("xl/worksheets/sheet1.xml").decode()


def field(text, name):
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    found = found or re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', text)
    return unescape(found[1]).removeprefix("\r\n").removeprefix("\n")


def test_pages_and_tables_leave_it_out(browse, cast, pair):
    case, hidden = pair
    where, table = f"/escalations/{case.reference}", "/escalations/export.csv?state=all"
    lena, erik = browse("lena"), browse("erik")
    for url in (where, "/escalations/", "/", f"/accounts/{cast.acme.reference}"):
        text = lena.text(url)
        assert hidden.reference not in text.upper(), url
        assert NOBODYS not in text, url
    text = lena.text(where)
    assert "as in … and …" in text
    assert f"Of {case.reference} itself" in text, "what opens is read"
    assert f"as in {hidden.reference} and …" in erik.text(where), "who is named reads it"
    for found in (lena.text(table), in_book(lena.get(table.replace("csv", "xlsx")))):
        assert "as in … and …" in found
        assert case.reference in found
        assert hidden.reference not in found
    assert hidden.reference in erik.text(table)


def test_nothing_finds_it(browse, cast, pair, now):
    case, hidden = pair
    lena, erik = browse("lena"), browse("erik")
    for url in ("/search?q={}", "/escalations/?q=in+{}", "/escalations/?q={}+and"):
        for number in (hidden.reference, hidden.reference.replace("-", "+")):
            assert case.reference not in lena.text(url.format(number)), url
    assert case.reference in erik.text(f"/escalations/?q=in+{hidden.reference}")
    part = account_queries.Wanted(text=hidden.reference[-4:])
    given = {"case_refs": [case.reference], "wanted": part, "now": now}
    assert not account_queries.timeline(cast.lena, case.account_id, **given).rows
    assert account_queries.timeline(cast.erik, case.account_id, **given).rows


def test_a_form_gives_back_what_it_closed(browse, cast, db, pair):
    case, hidden = pair
    sam, where = browse("sam"), f"/escalations/{case.reference}/correct"
    text = sam.text(where)
    assert hidden.reference not in text
    names = ("title", "demand", "impact", "was")
    given = {name: field(text, name) for name in names} | {
        name: re.search(rf'name="{name}".*?<option[^>]*selected[^>]*value="([^"]*)"', text, re.S)[1]
        for name in ("trigger", "problem", "channel", "words_language")
    }
    before, given["title"] = case.demand, "Another title"
    given["impact"] = given["impact"].replace("Idle", "Down")
    own = f"Look at {hidden.reference}"
    refused = sam.post(where, given | {"trigger": "?", "title": own})
    assert own in refused.get_data(as_text=True), "what somebody typed themselves comes back"
    assert sam.post(where, given).status_code == 303
    db.session.expire_all()
    assert (case.title, case.demand) == ("Another title", before)
    assert case.impact == f"Down as in {hidden.reference} and {NOBODYS}"


def test_programs_mails_and_papers_leave_it_out(browse, cast, db, pair, now):
    case, hidden = pair
    call_as = caller(browse, cast, db, now)
    for name, reads in (("lena", False), ("erik", True)):
        call = call_as(name)
        for end in ("", "/timeline", "/tasks", "/clocks"):
            body = call("GET", f"{case.reference}{end}").get_data(as_text=True)
            assert (hidden.reference in body) <= reads, end
            assert NOBODYS not in body
    told = sa.select(Notification).filter_by(person_id=cast.ids["lena"], record_ref=case.reference)
    mails = [remote.word(row) for row in db.session.scalars(told)]
    assert any("as in … and …" in mail.text for mail in mails)
    assert not any(hidden.reference in mail.text + mail.html + mail.subject for mail in mails)
    edition = Edition(locale="en", verify_at="portal.example/verify")
    for name, reads in (("lena", False), ("erik", True)):
        reader = getattr(cast, name)
        paper = briefing_actions.make_escalation_briefing(
            case, reader=reader, edition=edition, by=cast.erik, now=now
        )
        assert (hidden.reference in str(paper.snapshot)) is reads
        assert NOBODYS not in str(paper.snapshot)


def test_a_page_that_names_nothing_else_asks_for_nothing(browse, cast, db, now, queries_at_most):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    erik.text(where)
    with queries_at_most(99) as plain:
        erik.text(where)
    actions.note(case, f"Of {case.reference}", by=cast.erik, now=now)
    db.session.commit()
    with queries_at_most(len(plain)):
        erik.text(where)
    assert db.session.scalar(sa.select(TimelineEntry.id).where(TimelineEntry.text.like("Of ESC%")))


@pytest.mark.parametrize("number", ["ESC-2026-0017", "esc-2030-123456", "PM-2026-0001"])
def test_what_is_closed_opens_with_its_key_alone(number):
    closed = veiling.close(number, key=KEY)
    assert number[-4:] not in closed
    text = f"a {closed} b [{'…'}{'a' * 16}]"
    assert veiling.opened(text, key=KEY) == text.replace(closed, number)
    assert veiling.opened(text, key=b"x" * 32) == text


@pytest.mark.parametrize(
    ("text", "named"),
    {
        "see ESC-2026-0017.": {"ESC-2026-0017"},
        r"a\nesc-2026-00171": {"ESC-2026-00171"},
        "https://p.example/escalations/ESC-2026-0017/close": {"ESC-2026-0017"},
        "PM-2026-0001, CON-2026-0002": {"PM-2026-0001", "CON-2026-0002"},
        "2026-11-23 A-2026-0001 -2026-0001 ESC-1926-0001 ESC-2026-01": set(),
    }.items(),
)
def test_what_a_text_names(text, named):
    assert veiling.numbers(text) == named
    assert "2026-00" not in veiling.without(text, named) or not named
