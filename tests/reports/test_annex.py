"""Text too long for its place: its beginning and a pointer there, the whole of it in the annex."""

from dataclasses import replace
from typing import Any

import page
import pytest

from portal.reports.annex import Annex, opening
from portal.reports.sheet import LADDER
from portal.reports.words import Words
from tests.reports.pages import made, reader, words
from tests.reports.samples import FULL, FULL_CASE

WORDS = Words.of("en", zone="Europe/Paris", issued_at=FULL.issue.issued_at)
LETTER = " ".join(f"Sentence {n} of what they wrote to us." for n in range(1, 245))


def long(facts: Any, text: str, *, annex: bool = True) -> Any:
    """The facts with the same long text in every place that people write in."""
    return replace(
        facts,
        issue=replace(facts.issue, annex=annex),
        ask=replace(facts.ask, question=text, if_nothing=f"{text} If not."),
        quotes=(replace(facts.quotes[0], text=f"{text} They said.", translation=None),),
        promises=replace(
            facts.promises, lines=(replace(facts.promises.lines[0], what=f"{text} Promised."),)
        ),
        situation=replace(facts.situation, because=text),
    )


def test_a_place_keeps_the_first_sentences_that_fit() -> None:
    assert opening("One is here. Two is here. Three is here.", 27) == "One is here. Two is here."
    assert opening("No. This one is much longer than its place has room.", 30) == (
        "No. This one is much longer…"
    )
    assert opening("Vraiment ? Oui. Et la suite est longue, longue.", 20) == "Vraiment ? Oui."


def test_a_text_that_fits_has_no_pointer() -> None:
    annex = Annex(WORDS, asked=True)
    assert annex.split("Short.", 40, what="Ask") == ("Short.", "")
    assert annex.sections() == ()


def test_one_text_has_one_mark_however_often_it_is_pointed_to() -> None:
    annex = Annex(WORDS, asked=True)
    pointers = [annex.split(text, 60, what="Ask")[1] for text in (LETTER, LETTER[5:], LETTER)]
    assert pointers == ["→\xa0annex\xa0A1", "→\xa0annex\xa0A2", "→\xa0annex\xa0A1"]
    assert [section.head for section in annex.sections()] == ["A1", "A2"]


def test_without_an_annex_the_pointer_leads_to_the_portal() -> None:
    annex = Annex(WORDS, asked=False)
    kept, pointer = annex.split(LETTER, 60, what="Ask")
    assert (kept, pointer) == ("Sentence 1 of what they wrote to us.", "→\xa0in\xa0the\xa0portal")
    assert annex.sections() == ()


def test_an_annex_has_an_end() -> None:
    annex = Annex(WORDS, asked=True)
    pointers = [annex.split(f"{n} {LETTER}", 60, what="Ask")[1] for n in range(20)]
    assert pointers[0].endswith("A1")
    assert pointers[-1].endswith("portal")


@pytest.mark.parametrize("rung", LADDER)
def test_no_place_holds_more_than_its_room(rung: Any) -> None:
    rung = replace(rung, annex=Annex(WORDS, asked=True))
    assert len(rung.fit(LETTER, 240, what="Ask")) <= max(rung.room(240), 26)


@pytest.mark.parametrize(
    ("facts", "pages", "locale", "pointer"),
    [
        (FULL_CASE, 1, "en", "→ annex A1"),
        (FULL, 2, "fr", "→ annexe A1"),
        (FULL_CASE, 1, "it", "→ allegato A1"),
    ],
    ids=["case-en", "account-fr", "case-it"],
)
def test_ten_thousand_characters_stand_whole_behind_the_pages_of_their_kind(
    facts: Any, pages: int, locale: str, pointer: str
) -> None:
    pdf = made(long(facts, LETTER), locale=locale)
    first, whole = words(pdf, page=0), words(pdf)
    assert pointer in first
    assert "Sentence 244" not in first
    assert whole.count("Sentence 244 of what they wrote to us.") == 4
    for end in ("If not.", "They said.", "Promised."):
        assert end in whole
    body = [words(pdf, page=n) for n in range(pages)]
    assert not any("Sentence 200" in text for text in body)
    assert "A1" in words(pdf, page=pages), "the annex begins after the pages of the kind"


@pytest.mark.parametrize(("facts", "pages"), [(FULL_CASE, 1), (FULL, 2)], ids=["case", "account"])
def test_no_kind_exceeds_its_pages_unless_an_annex_is_asked_for(facts: Any, pages: int) -> None:
    pdf = made(long(facts, LETTER, annex=False))
    assert len(reader(pdf).pages) <= pages
    assert "→ in the portal" in words(pdf)


def test_an_annex_that_is_not_needed_is_not_there() -> None:
    asked = replace(FULL_CASE, issue=replace(FULL_CASE.issue, annex=True))
    assert len(reader(made(asked)).pages) == 1


def test_a_paper_with_an_annex_is_accessible_and_quotes_in_the_language_of_who_spoke() -> None:
    pdf = made(long(FULL_CASE, LETTER))
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [str(failure) for failure in report.failures]


@pytest.mark.parametrize(
    "unit", ["x", "<b>&amp;", "a\n", "{{ 7*7 }} %(n)s "], ids=["one word", "html", "lines", "code"]
)
def test_hostile_texts_stand_whole_in_the_annex(unit: str) -> None:
    text = (unit * 10_000)[:9_990] + " THE END."
    asked = replace(
        FULL_CASE,
        issue=replace(FULL_CASE.issue, annex=True),
        quotes=(replace(FULL_CASE.quotes[0], text=text),),
    )
    said = words(made(asked))
    assert "THE END." in said
    assert "→ annex A1" in said
