"""What keeps a briefing from being final."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.reports.account_briefing import lint
from portal.reports.facts import AccountBriefing, Ask, MoneyKind, MoneyLine
from portal.reports.linter import Lack, Problem, explain, is_draft
from portal.reports.words import Words
from tests.reports.samples import EMPTIEST, FULL, ISSUE, at, eur

ASK = FULL.ask
assert ASK is not None
LINE = MoneyLine(kind=MoneyKind.OWED, amount=eur(5), source="CRM", dated=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, []),
        ({"ask": None}, [Lack.ASK]),
        ({"ask": replace(ASK, question="  ")}, [Lack.ASK]),
        ({"ask": replace(ASK, options=())}, [Lack.OPTIONS]),
        ({"ask": replace(ASK, recommended="D")}, [Lack.RECOMMENDED]),
        ({"ask": replace(ASK, recommended=None)}, []),
        ({"ask": replace(ASK, deadline=None)}, [Lack.ASK_DATE]),
        ({"ask": replace(ASK, deadline=at(11, 23, 6, 29))}, [Lack.ASK_DATE_PAST]),
        ({"ask": replace(ASK, deadline=date(2026, 11, 22))}, [Lack.ASK_DATE_PAST]),
        ({"ask": replace(ASK, deadline=date(2026, 11, 23))}, []),
        ({"ask": Ask(question="?")}, [Lack.OPTIONS, Lack.ASK_DATE]),
        ({"strip": replace(FULL.strip, owner=None)}, [Lack.OWNER]),
        ({"strip": replace(FULL.strip, csm=None, risk=None, next_contact=None)}, []),
        ({"quotes": ()}, [Lack.QUOTE]),
        ({"quotes": (replace(FULL.quotes[0], text=" \n"),)}, [Lack.QUOTE]),
        ({"quotes": (replace(FULL.quotes[0], when=None),)}, [Lack.QUOTE_DATE]),
        ({"money": (replace(LINE, source=None),)}, [Lack.SOURCE]),
        ({"money": (replace(LINE, dated=None),)}, [Lack.SOURCE_DATE]),
        ({"money": (replace(LINE, amount=None, source=None, dated=None),)}, []),
        ({"money": ()}, []),
        ({"changes": None, "value": None, "revenue": (), "people": (), "cases": ()}, []),
    ],
)
def test_linter_names_what_is_missing(change: dict[str, Any], lacks: list[Lack]) -> None:
    facts: AccountBriefing = replace(FULL, **change)
    assert [problem.lack for problem in lint(facts)] == lacks
    assert is_draft(facts) is bool(lacks)


def test_emptiest_account_is_a_draft() -> None:
    assert [p.lack for p in lint(EMPTIEST)] == [Lack.ASK, Lack.OWNER, Lack.QUOTE]


def test_complete_briefing_that_nobody_made_final_is_a_draft() -> None:
    facts = replace(FULL, issue=replace(ISSUE, final=False))
    assert lint(facts) == ()
    assert is_draft(facts)


@pytest.mark.parametrize("language", ["en", "fr", "it"])
def test_every_problem_is_said_in_words(language: str) -> None:
    words = Words.of(language, zone=ISSUE.zone, issued_at=ISSUE.issued_at)
    said = {explain(Problem(lack), words=words, name="100 % %(x)s") for lack in Lack}
    assert len(said) == len(Lack)
    assert sum("100" in text for text in said) == 5
