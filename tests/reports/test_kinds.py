"""Every other kind of paper: its pages, its structure, its languages, what its editions leave out.

Each is typeset once in a language, and all is looked at on that one file.
"""

import json
from dataclasses import replace
from typing import Any

import page
import pytest

from portal.reports import linter, pdf, snapshot
from portal.reports.facts import Classification, LessonState
from portal.reports.kinds import KINDS
from portal.reports.linter import Lack
from tests.reports.pages import attached, kind, made, reader, text_of, words
from tests.reports.papers import (
    BAREST,
    CALL,
    CUSTOMER,
    DELTA,
    FULLEST,
    LESSONS,
    LONG,
    MEMO,
    NOMINATION,
    PORTFOLIO,
    SPONSOR,
)

SAID = {
    "delta": (
        "Cause found on the 21st",
        "Loss proven by documents €62,400 €121,700",
        "Will you sponsor the recovery for 90 days?",
        "day 6 of 30",
    ),
    "call": (
        "1. We stopped your plants twice, and I am sorry.",
        "This cannot happen again.",
        "Tue 24 Nov, 10:00",
        "4 people",
        "A date, and the name of whoever answers for it",
        "/briefings/calls/12/after",
    ),
    "compensation": (
        "€96,600 to the customer at a cost of €85,200 to us",
        "Do you sign this offer?",
        "by Tue 24 Nov, 17:00",
        "The policy recommends €82,000 to €99,000, target €91,000",
        "Availability in November 95.18%",
        "Lost margin, €63,300",
        "Comparable decisions gave a gesture of €70,000 in the middle",
        "CON-2025-0009",
        "Ruth Oduya, signed 22 Nov",
        "Given in the last 12 months before this: €4,800.",
        "€148,700",
        "E1 critical",
    ),
    "sponsor": (
        "On Thursday 26 November you meet Hélène Vasseur",
        "no plant has stood still for 60 days",
        "Noted then: She wants one person who decides",
        "Missed: 22 Nov (through us).",
        "24 Nov: Third rehearsal passed",
        "Speak of money without finance.",
        "Charter, version 2",
    ),
    "nomination": (
        "1 of 3 entry criteria",
        "14 of 20 places",
        "What the policy answers.",
        "Proposed.",
        "No place is free.",
        "Data missing",
        "Renew the plan with the customer",
        "Why the score is 71.5",
    ),
    "postmortem": (
        "Three plants stopped for 31 hours",
        "Are these causes and actions accepted?",
        "On-duty engineer paged 05:52",
        "1. An index was locked for 31 hours",
        "What was luck",
        "€120,220 so far, to us.",
        "Late",
        "Took part: Ruth Oduya, Tomasz Wieczorek",
    ),
    "portfolio_risk": (
        "6 of 64 customers are at high risk, with €2,140,000 a year.",
        "All of them together bring €18,400,000 a year.",
        "7 grave cases are open.",
        "2 promises late",
        "Consorzio Intercomunale",
        "Customer 14",
    ),
}
ENGLISH = (
    "not known",
    "Risk (0–100)",
    "Promises",
    "Decision asked",
    "What happened",
    "Who may sign",
)


@pytest.mark.parametrize("facts", [*FULLEST, CUSTOMER], ids=kind)
@pytest.mark.parametrize("locale", ["en", "fr", "it"])
def test_paper_is_short_tagged_archivable_and_in_its_language(facts: Any, locale: str) -> None:
    content = made(facts, locale=locale)
    found = reader(content)
    assert len(found.pages) <= KINDS[kind(facts)].pages
    for profile in (page.ValidationProfile.PDF_UA_1, page.ValidationProfile.PDF_A_3A):
        report = page.validate_pdf_bytes(content, profile=profile)
        assert report.is_compliant, [str(failure) for failure in report.failures]
    root = found.trailer["/Root"]
    assert root["/Lang"] == locale
    tags = _tags(root["/StructTreeRoot"])
    assert tags.count("/H1") == 1
    assert "/H2" in tags
    assert "/TH" in tags
    assert attached(content) == {"briefing.json": [text_of(facts).encode()]}
    said = words(content)
    assert "□" not in said
    for number, one in enumerate(found.pages, 1):
        text = " ".join(one.extract_text().split())
        assert facts.reader.name in text, f"page {number} does not name its reader"
    if locale == "en" and facts is not CUSTOMER:
        for text in SAID[kind(facts)]:
            assert text in said
    elif locale != "en":
        assert [text for text in ENGLISH if text in said] == []


def _tags(node: Any) -> list[str]:
    node = node.get_object()
    if not isinstance(node, dict):
        return []
    kids = node.get("/K", [])
    below = [tag for kid in (kids if isinstance(kids, list) else [kids]) for tag in _tags(kid)]
    return [str(node.get("/S", "")), *below]


@pytest.mark.parametrize("facts", BAREST, ids=kind)
def test_paper_about_nothing_says_so_on_one_page_as_a_draft(facts: Any) -> None:
    content = made(facts)
    assert len(reader(content).pages) == 1
    said = words(content)
    assert "DRAFT" in said
    assert "None" not in said.replace("None agreed", "").replace("None in the next", "").replace(
        "None is outstanding", ""
    ).replace("None planned", "")


def test_the_longest_name_goes_nowhere_off_the_page() -> None:
    for facts in (DELTA, CALL, MEMO, SPONSOR, NOMINATION, replace(LESSONS, title=LONG)):
        account = replace(facts.account, name=LONG)
        content = made(replace(facts, account=account))
        assert len(reader(content).pages) <= KINDS[kind(facts)].pages
        assert LONG.split()[-1] in words(content)


def test_a_hundred_and_twenty_customers_fill_no_more_than_six_pages() -> None:
    many = tuple(
        replace(PORTFOLIO.holdings[n % 14], reference=f"ACC-{n:05}", name=LONG) for n in range(120)
    )
    content = made(replace(PORTFOLIO, holdings=many), paper="Letter")
    assert len(reader(content).pages) <= KINDS["portfolio_risk"].pages
    said = words(content)
    assert sum(f"ACC-{n:05}" in said for n in range(120)) > 60


def test_the_customers_edition_holds_no_internal_notes_names_or_amounts() -> None:
    said = words(made(CUSTOMER))
    assert "FOR THE CUSTOMER" in said
    assert "What you heard from us" in said
    assert "What we decided" not in said
    for secret in ("Oduya", "Wieczorek", "€", "paged", "holiday", "rehearsals seen"):
        assert secret not in said
    assert not linter.lint(CUSTOMER)
    unpublished = replace(CUSTOMER, state=LessonState.APPROVED)
    assert [one.lack for one in linter.lint(unpublished)] == [Lack.PUBLICATION]


def test_a_restricted_paper_carries_a_digest_and_an_edition_without_limits_shows_none() -> None:
    issue = replace(MEMO.issue, classification=Classification.RESTRICTED, template=2)
    facts = replace(MEMO, issue=issue, recommended=None, not_offered=None)
    kept = {"kind": "compensation", "sha256": snapshot.digest(text_of(facts))}
    ((content,),) = attached(made(facts)).values()
    assert json.loads(content) == kept
    said = words(made(facts))
    assert "The policy recommends" not in said
    assert said.index("€90,000") < said.index("Do you sign this offer?")  # the contract comes first
    assert "€220,000 €71,100 €148,700" in " ".join(said.split())  # the budget, what it takes, left
    assert "What we will not offer" not in said


def test_each_kind_says_what_keeps_it_a_draft() -> None:
    lacking = {kind(facts): {one.lack for one in linter.lint(facts)} for facts in BAREST}
    assert lacking == {
        "delta": {Lack.OWNER},
        "call": {Lack.ROOM, Lack.SAY, Lack.AVOID},
        "compensation": {Lack.OFFER, Lack.APOLOGY, Lack.FIX, Lack.REQUEST},
        "sponsor": {Lack.OUTCOME, Lack.EXECUTIVE, Lack.TOUCH_DATE},
        "nomination": {Lack.OUTCOME, Lack.WHY, Lack.EXECUTIVE, Lack.HANDED_IN},
        "postmortem": {Lack.SUMMARY, Lack.APPROVAL},
        "portfolio_risk": {Lack.CUSTOMERS},
    }
    assert [linter.lint(facts) for facts in FULLEST if facts is not LESSONS] == [()] * 6


def test_every_kind_is_read_back_from_its_snapshot() -> None:
    for facts in (*FULLEST, *BAREST, CUSTOMER):
        name = kind(facts)
        assert snapshot.loads(text_of(facts), kind=name, shape=KINDS[name].shape) == facts


def test_a_snapshot_says_all_that_its_bytes_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def run(_module: str, request: dict[str, Any], _text: str, *, limits: Any) -> bytes:
        asked.append(request | {"limits": limits})
        return b"1\n%PDF"

    monkeypatch.setattr(pdf, "run", run)
    facts = replace(SPONSOR, issue=replace(SPONSOR.issue, locale="it", paper="Letter"))
    indented = json.dumps(json.loads(text_of(facts)), indent=1)
    for text in (indented, text_of(SPONSOR)):
        pdf.render("sponsor", text)
    assert [(one["locale"], one["paper"]) for one in asked] == [("it", "Letter"), ("en", "A4")]
    assert snapshot.template_of(indented) == 1
