"""A book of accounts: its contents, its customers, whole or draft, and nothing that cannot be
read.
"""

from dataclasses import replace

import page
import pytest

from portal.reports import accounts_book
from portal.reports.facts import AccountsBook, Classification
from portal.reports.sheet import LADDER
from portal.reports.words import Words
from tests.reports.pages import made, reader
from tests.reports.papers import LONG
from tests.reports.samples import EMPTIEST, FULL
from tests.reports.test_review_book import HOSTILE, outline

ISSUE = replace(
    FULL.issue, reference="BRF-2026-0077", classification=Classification.RESTRICTED, left_out=1
)
HARD = replace(
    EMPTIEST,
    account=replace(EMPTIEST.account, name=LONG),
    situation=replace(FULL.situation, impact=HOSTILE),
)
BOOK = AccountsBook(
    issue=replace(ISSUE, annex=True),
    reader=FULL.reader,
    reference="BOOK-2026-0004",
    day=FULL.issue.issued_at.date(),
    accounts=(FULL, HARD, replace(FULL, account=replace(FULL.account, reference="ACC-00099"))),
)


def test_a_book_names_the_pages_of_its_customers_and_says_which_is_a_draft():
    content = made(BOOK)
    for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A):
        report = page.validate_pdf_bytes(content, profile=profile)
        assert report.is_compliant, [str(failure) for failure in report.failures]
    found = reader(content)
    marks = [(title, at) for _depth, title, at in outline(found, found.outline)]
    titles = [title for title, _at in marks]
    names = [title for title, _at in marks if title.startswith(FULL.account.name)]
    assert len(names) == 2
    assert titles[1:3] == ["Contents", "At a glance"]
    assert any(title.endswith("(draft)") for title in titles)
    pages = [" ".join(one.extract_text().split()) for one in found.pages]
    for title, at in marks[3:]:
        assert " ".join(title.split()[:3]) in pages[at]
    assert "3 customers" in pages[0]
    assert "2 decisions are asked of you. 1 customer is a draft" in pages[0]
    assert all(FULL.reader.name in text for text in pages)
    said = " ".join(pages)
    assert "Missing before it can be final" in said
    assert "1 record is left out because this reader may not see it." in said
    assert '<img src="http://x.y/z">' in said
    assert "□" not in said


@pytest.mark.parametrize("locale", ["fr", "it"])
def test_a_book_speaks_its_readers_language(locale):
    spoken = Words.of(locale, zone=ISSUE.zone, issued_at=ISSUE.issued_at)
    sheet = accounts_book.build(BOOK, words=spoken, rungs=LADDER[:2], digest="0" * 64)
    said = " ".join((sheet.kind, sheet.heading, sheet.lead, *(one.title for one in sheet.chapters)))
    for text in ("customer", "draft", "asked of you", "glance", "Book"):
        assert text not in said.replace(LONG, ""), said
    images = [name for name in sheet.images if name.endswith("revenue.svg")]
    assert len(images) == len(set(images)) == 2
