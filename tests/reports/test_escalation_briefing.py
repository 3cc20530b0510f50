"""The escalation briefing: one page, whatever is in it."""

from dataclasses import replace
from typing import Any

import page
import pytest

from tests.reports.pages import made, reader, words
from tests.reports.samples import EMPTIEST_CASE, FULL, FULL_CASE

CROWDED = replace(
    FULL_CASE,
    money=FULL.money * 4,
    quotes=FULL.quotes * 3,
    promises=replace(FULL.promises, lines=FULL.promises.lines * 5),
    issue=replace(FULL.issue, left_out=4),
)


def test_case_briefing_says_where_the_case_stands() -> None:
    said = words(made(FULL_CASE))
    for text in (
        "Halden Systems | Escalation briefing",
        "ESC-2026-0117. E1 critical, day 6 of 30. Improving. Legal mode since 18 Nov.",
        "Silence limit",
        "Today 18:05",
        "last heard from us Sun 22 Nov, 18:05",
        "They can give notice until",
        "Mon 30 Nov",
        "contract renews 28 Feb 2027",
        "Will you sponsor the recovery for 90 days?",
        "ESC-2026-0117 · BRF-2026-0433, issue 2",
        "Page 1 of 1",
    ):
        assert text in said


@pytest.mark.parametrize("locale", ["en", "fr", "it"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize(
    "facts", [FULL_CASE, EMPTIEST_CASE, CROWDED], ids=["full", "empty", "crowded"]
)
def test_escalation_briefing_has_one_page(facts: Any, paper: str, locale: str) -> None:
    assert len(reader(made(facts, locale=locale, paper=paper)).pages) == 1


def test_crowded_case_says_how_much_is_left_out() -> None:
    said = words(made(CROWDED))
    assert "more in the portal" in said
    assert "4 records are left out because this reader may not see them." in said


def test_emptiest_case_says_what_is_not_known() -> None:
    said = words(made(EMPTIEST_CASE))
    for text in (
        "severity not set",
        "No clock runs",
        "they have not heard from us yet",
        "Date not known",
    ):
        assert text in said


@pytest.mark.parametrize("facts", [FULL_CASE, EMPTIEST_CASE], ids=["full", "empty"])
def test_case_briefing_is_accessible(facts: Any) -> None:
    report = page.validate_pdf_bytes(made(facts), profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [str(failure) for failure in report.failures]


@pytest.mark.parametrize(("locale", "text"), [("fr", "jour 6 sur 30"), ("it", "giorno 6 di 30")])
def test_case_briefing_speaks_the_readers_language(locale: str, text: str) -> None:
    said = words(made(FULL_CASE, locale=locale))
    assert text in said
    assert "Silence limit" not in said
