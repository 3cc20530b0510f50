"""The book of a review: its cover, its contents with numbers that are right, its annexes."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pypdf
import pytest

from portal.core.money import Money
from portal.reports import facts as paper
from portal.reports import snapshot, typeset
from portal.reports.errors import BadSnapshot
from portal.reports.facts import review as book
from tests.reports.pages import reader, words

HOSTILE = '<img src="http://x.y/z"> @import url(http://a.b) {{ 7*7 }} ' + "x" * 300


def case(number, **more):
    learnt = book.Learnt(
        reference=f"PM-2026-{number:04d}",
        summary="The table was locked.\nNobody saw it.",
        causes=(book.LearntCause(cause=book.Cause.HANDOVER, text="Nobody owns the form."),),
        todos=(book.Todo(source="PM", what="Rehearse", owner="Kim Park", due=date(2026, 9, 9)),),
        cost=Money(Decimal("1250.50"), "EUR"),
    )
    given = {
        "customer": f"Customer {number}",
        "title": "Three plants stopped",
        "severity": paper.Severity.E1,
        "problem": paper.Problem.OUTAGE,
        "opened": date(2026, 7, 2),
        "closed": date(2026, 7, 20),
        "ending": book.Ending.FIX,
        "words": "Les usines sont à l'arrêt.",
        "language": "fr",
        "stake": Money(600_000, "EUR"),
        "learnt": (learnt,),
    }
    return book.BookCase(reference=f"ESC-2026-{number:04d}", **{**given, **more})


def full(cases=2):
    unit = {book.Measure.OWED: book.Unit.MONEY, book.Measure.PROMISES_KEPT: book.Unit.SHARE}
    return book.ReviewBook(
        issue=paper.Issue(
            reference="BRF-2026-0009",
            number=1,
            issued_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
            zone="Europe/Paris",
            organisation="Halden",
            classification=paper.Classification.RESTRICTED,
            verify_at="p.example/verify",
            left_out=2,
        ),
        reader=paper.Reader(name="Lena Weiss", title="CEO"),
        reference="QR-2026-Q3",
        year=2026,
        quarter="Q3",
        starts=date(2026, 7, 1),
        ends=date(2026, 9, 30),
        currency="EUR",
        decisions=(
            book.Decision(title="Fund a copy", recommendation="Yes", reason="Why", minutes=15),
        ),
        carried=(
            book.Todo(source="PM-2026-0001", what="Rehearse", owner="Kim Park", late=True),
            book.Todo(source="PM-2026-0002", what="Ask", owner="Ana Kos", owner_left=True),
        ),
        figures=tuple(
            book.Comparison(
                measure=one, unit=unit.get(one, book.Unit.COUNT), now=Decimal(3), year=Decimal(1)
            )
            for one in book.Measure
        ),
        months=tuple(
            book.MonthCount(month=date(2026, n, 1), opened=n, critical=1) for n in range(1, 10)
        ),
        causes=(book.CauseLine(cause=book.Cause.HANDOVER, count=3, cost=None, hours=40, before=1),),
        broken=(book.BrokenPromise(customer="Acme", what="Call back", due=date(2026, 8, 9)),),
        said=(
            book.Said(
                customer="Acme", case="ESC-1", csat=2, ces=3, comment="Trop lent.", language="fr"
            ),
        ),
        cases=tuple(case(n) for n in range(1, cases + 1)),
        cases_not_shown=3,
    )


def made(facts, locale="en"):
    text = snapshot.dumps(facts, kind="quarterly_review")
    return typeset.typeset("quarterly_review", text, locale=locale)


def outline(pdf, items, depth=0):
    for item in items:
        if isinstance(item, list):
            yield from outline(pdf, item, depth + 1)
        else:
            yield depth, item.title, pdf.get_destination_page_number(item)


def test_the_contents_name_the_pages_on_which_things_stand():
    pdf = made(full())
    assert bytes(made(full())) == bytes(pdf)
    found = reader(pdf)
    marks = list(outline(found, found.outline))
    titles = {title: page for _depth, title, page in marks}
    for name in ("Decisions sought", "The quarter in figures", "How this was counted"):
        page = titles[name]
        assert name in words(pdf, page=page)
        assert f"{name}" in words(pdf, page=1)
        line = next(t for t in found.pages[1].extract_text().splitlines() if t.startswith(name))
        assert line.rstrip().endswith(str(page + 1)), line
    pages = {titles[f"Customer {n}, ESC-2026-000{n}"] for n in (1, 2)}
    assert len(pages) == 1, "short cases share a page"
    assert words(pdf, page=0).count("Q3 2026") == 1
    assert "1 decision is sought. 1 action of earlier lessons is late." in words(pdf, page=0)
    for number in range(len(found.pages)):
        assert "RESTRICTED" in words(pdf, page=number)
        assert f"Page {number + 1} of {len(found.pages)}" in words(pdf, page=number)
    whole = words(pdf)
    for told in (
        "Rehearse",
        "€1,250.50",
        "2 cases are left out",
        "3 more cases",
        "Trop lent.",
        "no longer works here",
    ):
        assert told in whole, told
    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert snapshot.kind_of(found.attachments["briefing.json"][0].decode()) == "quarterly_review"


@pytest.mark.parametrize("locale", ["fr", "it"])
def test_what_is_not_known_or_hostile_is_printed_as_words(locale):
    empty = replace(full(0), decisions=(), carried=(), figures=(), months=(), causes=())
    bad = replace(
        empty,
        none_sought=HOSTILE,
        broken=(),
        said=(),
        minutes=HOSTILE,
        cases=(case(1, title=HOSTILE, words=HOSTILE, impact=HOSTILE, learnt=()),),
    )
    whole = words(made(bad, locale))
    assert {"fr": "3e trimestre 2026", "it": "3º trimestre 2026"}[locale] in whole
    assert '<img src="http://x.y/z">' in whole
    assert "{{ 7*7 }}" in whole
    assert set(pypdf.PdfReader(io.BytesIO(made(bad, locale))).attachments) == {"briefing.json"}


def test_a_snapshot_of_another_shape_is_refused():
    text = snapshot.dumps(full(), kind="quarterly_review").replace('"handover"', '"sabotage"')
    with pytest.raises(BadSnapshot):
        typeset.typeset("quarterly_review", text, locale="en")
