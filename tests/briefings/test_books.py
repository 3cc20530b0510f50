"""Books of accounts: asked for, collected by a job with its progress, bound, cancelled."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import g

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.briefings import actions, jobs, queries
from portal.blueprints.briefings.actions import BookWish
from portal.blueprints.briefings.models import BookState, Briefing, Kind, State
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations.models import Channel, ClockKind
from portal.blueprints.escalations.queries import Wish
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.events import Event
from portal.reports import pdf
from portal.reports.printed import Printed
from tests.briefings.test_actions import brief_due
from tests.briefings.test_actions import issue as make
from tests.briefings.test_escalation import ask, case
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

__all__ = ["case"]

WISH = Wish(words="We leave.", demand="A date", channel=Channel.PHONE)
FORM = {"locale": "en", "paper": "A4", "day": "2026-06-18"}


@pytest.fixture
def printed(monkeypatch):
    """Typeset nothing: what a book looks like is looked at where sheets are."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: Printed.of(b"%PDF book", pages=7))


@pytest.fixture
def both(cast, db, now):
    """Two customers whom Carl looks after, and Ava may see."""
    account_actions.hand_to(cast.borealis, owner_id=cast.ids["carl"], by=cast.erik, now=now)
    db.session.commit()
    return [cast.acme.reference, cast.borealis.reference]


def book(cast, now, accounts, *, reader="ava", by="erik", most=5, **more):
    person = getattr(cast, by)
    wish = BookWish(**{"accounts": accounts, "locale": "en"} | more)
    return actions.ask_for_book(
        person, wish, reader=getattr(cast, reader), most=most, by=person, now=now
    )


def test_a_book_holds_what_its_reader_may_see_of_each_customer(
    cast, db, now, run_jobs, printed, both, case
):
    ask(cast, case, now)
    due = brief_due(case)
    made = book(cast, now, [*reversed(both), both[0]])
    assert made.accounts == [*reversed(both)], "each once, in the order that was asked for"
    run_jobs()
    row = queries.book(cast.ava, made.reference)
    issue = queries.issue_of(row)
    assert (row.state, row.done, issue.state, issue.kind) == (
        BookState.BOUND, 2, State.ISSUED, Kind.BOOK,
    )  # fmt: skip
    assert (issue.subject_ref, issue.account_id, issue.issue) == (row.reference, None, 1)
    facts = issue.snapshot["facts"]
    assert [one["account"]["reference"] for one in facts["accounts"]] == row.accounts
    assert facts["issue"]["left_out"] == 0
    assert queries.get(cast.ava, issue.reference).reference == issue.reference
    for other in ("otto", "carl", "lena"):
        with pytest.raises(NotFound):
            queries.get(getattr(cast, other), issue.reference)
        with pytest.raises(NotFound):
            queries.book(getattr(cast, other), row.reference)
    asked = db.session.scalars(sa.select(Event).where(Event.name == "briefings.book_asked")).one()
    assert asked.data == {"book": row.reference, "reader": cast.ids["ava"], "accounts": 2}
    jobs.bind(row.id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Briefing)) == 1, "bound once"
    assert due is None or brief_due(case) != due or ClockKind, "see below"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"accounts": []}, "at least one"),
        ({"accounts": ["ACC-99999"]}, "no such customer: ACC-99999"),
        ({"most": 1}, "1 customers at most; these are 2"),
        ({"reader": "otto"}, "may not see ACC"),
        ({"by": "carl", "reader": "carl", "paper": "A5"}, "A4 or Letter"),
        ({"by": "ava", "reader": "lena"}, "your own books"),
        ({"reader": "kim"}, "does not read briefings"),
        ({"day": "yesterday"}, "This day is over"),
    ],
)
@ON_SQLITE_ALONE
def test_what_cannot_be_a_book_is_refused_in_a_sentence(cast, db, now, both, more, why):
    more = dict(more)
    if "day" in more:
        more["day"] = (now - timedelta(days=1)).date()
    with pytest.raises(Refused, match=why):
        book(cast, now, more.pop("accounts", both), **more)


def test_a_cancelled_book_stops_at_the_next_customer_and_typesets_nothing(
    cast, db, now, run_jobs, printed, both, monkeypatch
):
    early, late = book(cast, now, both), book(cast, now, both, reader="lena")
    numbers = early.id, late.id
    db.session.commit()
    real, seen = queries.part_of, []

    def part(reference, **given):
        seen.append(reference)
        if row := next((one for one in queries.books_under_way(cast.lena)), None):
            db.session.rollback()
            g.reading = False
            actions.cancel_book(queries.book_to_bind(row.id), by=cast.lena, now=now)
            db.session.commit()
        return real(reference, **given)

    monkeypatch.setattr(queries, "part_of", part)
    actions.cancel_book(queries.book(cast.ava, early.reference, lock=True), by=cast.ava, now=now)
    db.session.commit()
    jobs.bind(numbers[0])
    assert seen == [], "cancelled before it began"
    jobs.bind(numbers[1])
    assert seen == both[:1], "cancelled while it was collected"
    run_jobs()
    assert not db.session.scalar(sa.select(sa.func.count()).select_from(Briefing))
    assert queries.books_under_way(cast.ava) == []


def test_what_is_cancelled_while_it_is_typeset_is_thrown_away_and_a_finished_book_stays(
    cast, db, now, run_jobs, both, monkeypatch
):
    rows = [book(cast, now, both, reader=name).id for name in ("ava", "lena")]
    db.session.commit()

    def render(*_a, **_k):
        row = queries.book_to_bind(rows[0])
        if row.state is BookState.BOUND:
            actions.cancel_book(row, by=cast.ava, now=now)
            db.session.commit()
        return Printed.of(b"%PDF", pages=3)

    monkeypatch.setattr(pdf, "render", render)
    run_jobs()
    first, second = (queries.issue_of(queries.book_to_bind(one)) for one in rows)
    assert (first.state, first.failed_because) == (State.FAILED, actions.CANCELLED)
    assert first.file_id is None
    assert second.state is State.ISSUED
    with pytest.raises(Refused, match="finished"):
        actions.cancel_book(queries.book_to_bind(rows[1]), by=cast.lena, now=now)


def test_customers_that_closed_to_the_reader_meanwhile_are_counted_not_named(
    cast, db, now, run_jobs, printed, both
):
    made = book(cast, now, both, by="carl", reader="carl")
    reference = made.reference
    db.session.commit()
    hand = partial(account_actions.hand_to, owner_id=cast.ids["otto"], by=cast.erik, now=now)
    hand(cast.acme)
    run_jobs()
    issue = queries.issue_of(queries.book(cast.carl, reference))
    assert issue.snapshot["facts"]["issue"]["left_out"] == 1
    assert both[0] not in str(issue.snapshot["facts"])
    again = book(cast, now, both[1:], by="carl", reader="carl").reference
    hand(cast.borealis)
    run_jobs()
    row = queries.book(cast.carl, again)
    assert (row.state, row.briefing_id) == (BookState.EMPTY, None)


@ON_SQLITE_ALONE
def test_chosen_in_the_list_asked_for_on_the_page_and_shared(
    cast, db, now, browse, run_jobs, printed, both
):
    cast.read_english("ava")
    listed = browse("carl").text("/accounts/")
    assert f'name="account" value="{both[0]}" form="book"' in listed
    page = browse("ava").text(f"/briefings/books/new?account={both[1]}&account=ACC-99999")
    assert both[1] in page
    assert 'value="ACC-99999"' not in page
    assert all(one in browse("carl").text("/briefings/books/new") for one in both), "his own"
    assert both[0] not in browse("ava").text("/briefings/books/new")
    led = escalations.declare(cast.acme, WISH, by=cast.carl, now=now)
    escalations.name_executive(led, cast.ids["ava"], by=cast.erik, now=now)
    db.session.commit()
    assert both[0] in browse("ava").text("/briefings/books/new"), "she answers for its case"
    form = FORM | {
        "accounts": both[1:],
        "more": f"{both[0].lower()}, ",
        "reader_id": cast.ids["ava"],
    }
    sent = browse("ava").post("/briefings/books/new", form)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    where = sent.location
    assert "0 of 2" in browse("ava").text(where)
    assert where.rpartition("/")[2] in browse("ava").text("/briefings/")
    assert browse("lena").get(where).status_code == 404
    refused = browse("ava").post("/briefings/books/new", form | {"more": "ACC-99999"})
    assert refused.status_code == 422
    assert "no such customer: ACC-99999" in refused.get_data(as_text=True)
    run_jobs()
    issue = db.session.scalar(sa.select(Briefing.reference))
    assert f"/briefings/{issue}" in browse("ava").text(where)
    assert browse("ava").post(f"{where}/cancel").status_code in (409, 422)
    assert "Book of accounts" in browse("ava").text(f"/briefings/{issue}")
    for name, status in (("otto", 422), ("lena", 303)):
        shared = browse("ava").post(f"/briefings/{issue}/share", {"reader_id": cast.ids[name]})
        assert shared.status_code == status, name
    run_jobs()
    assert [one.kind for one in queries.unread(cast.lena)] == [Kind.BOOK]


@ON_SQLITE_ALONE
def test_programs_ask_for_a_book_watch_it_and_cancel_it(
    cast, db, now, browse, run_jobs, printed, both
):
    scopes = (Permission.BRIEFINGS_READ, Permission.BRIEFINGS_MAKE)
    send = caller(browse, cast, db, now, at="/api/v1/briefings/books", scopes=scopes)("lena")
    made = send("POST", "", {"accounts": both, "day": "2026-06-18"}).get_json()
    assert (made["state"], made["collected"], made["issue"]) == ("collecting", 0, None)
    other = send("POST", "", {"accounts": both}).get_json()
    other = send("POST", f"/{other['reference']}/cancel", {}).get_json()
    assert other["state"] == "cancelled"
    listed = send("GET", "").get_json()["items"]
    assert [one["reference"] for one in listed] == [made["reference"]]
    run_jobs()
    seen = send("GET", f"/{made['reference']}").get_json()
    assert (seen["collected"], seen["issue_state"]) == (2, "issued")
    theirs = send("POST", "", {"accounts": both, "reader": "kim@halden.example"})
    assert theirs.status_code == 409, "who reads no briefings is bound no book"
    assert send("POST", "", {"accounts": []}).status_code == 422
    assert send("GET", "/BOOK-2026-9999").status_code == 404


@ON_SQLITE_ALONE
def test_a_book_that_tells_of_a_case_closes_with_it_to_whom_it_does_not_name(
    cast, db, now, browse, run_jobs, printed, both, case
):
    cast.read_english("lena")
    made = book(cast, now, both, reader="lena", by="lena").reference
    run_jobs()
    lena, row = browse("lena"), queries.book(cast.lena, made)
    issue, word = queries.issue_of(row), ""
    word = actions.make_link(issue, days=1, by=cast.lena, now=now).word
    db.session.commit()
    assert f"/briefings/{issue.reference}" in lena.text(f"/briefings/books/{made}")
    escalations.restrict(case, keep=[], reason="About an employee.", by=cast.erik, now=now)
    db.session.commit()
    for url in (f"/briefings/{issue.reference}", f"/briefings/{issue.reference}.pdf"):
        assert lena.get(url).status_code == 404
    assert issue.reference not in lena.text(f"/briefings/books/{made}")
    assert "not open any more" in lena.text(f"/briefings/once/{word}")
    again = book(cast, now, both, reader="lena", by="lena").reference
    run_jobs()
    told = queries.issue_of(queries.book(cast.lena, again))
    assert case.reference in str(issue.snapshot)
    assert case.reference not in str(told.snapshot), "collected by what she may see"


@ON_SQLITE_ALONE
def test_what_was_read_in_a_book_is_what_the_next_briefing_compares_with(
    cast, db, now, browse, run_jobs, printed, both
):
    cast.read_english("ava")
    made = book(cast, now, both, by="ava").reference
    run_jobs()
    read = queries.issue_of(queries.book(cast.ava, made))

    def since():
        row = make(cast, now, locale="en")
        run_jobs()
        return row.reference, row.snapshot["facts"]["changes"]

    assert since()[1] is None, "the book lies unread"
    actions.mark_read(read, downloaded=False, by=cast.ava, now=now)
    cast.acme.risk_score, cast.acme.risk_band = 71, "red"
    db.session.commit()
    reference, found = since()
    assert found["since_number"] == 0
    assert "risk" in [one["kind"] for one in found["items"]]
    assert "In a book, Wed" in browse("ava").text(f"/briefings/{reference}")
    assert since()[1]["since_number"] == 2, "what was read since by itself counts more"
