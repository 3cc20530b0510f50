"""What changed between two issues."""

from dataclasses import replace

import pytest

from portal.reports.changes import between, change, changed
from portal.reports.facts import (
    Change,
    ChangeKind,
    Changes,
    MoneyKind,
    PromiseLine,
    PromiseState,
    Sentiment,
)
from portal.reports.sheet import Bullets, Rung, Table
from portal.reports.words import Words
from tests.reports.samples import FULL, ISSUE, at, eur

WORDS = Words.of("en", zone=ISSUE.zone, issued_at=ISSUE.issued_at)


def _said(changes: tuple[Change, ...]) -> list[str]:
    return [str(change(c, words=WORDS, rung=Rung())).replace("\xa0", " ") for c in changes]


def test_nothing_changes_between_equal_facts() -> None:
    assert between(FULL, FULL) == ()


def test_differences_are_found_and_said() -> None:
    risk = FULL.strip.risk
    assert risk is not None
    broken = tuple(replace(line, state=PromiseState.BROKEN) for line in FULL.promises.lines)
    after = replace(
        FULL,
        money=(replace(FULL.money[0], amount=eur(500)), *FULL.money[2:]),
        strip=replace(FULL.strip, risk=replace(risk, score=81), owner="Ava Laurent"),
        promises=replace(
            FULL.promises,
            lines=(*broken, PromiseLine(state=PromiseState.OPEN, what="A <new> one")),
        ),
        situation=replace(FULL.situation, deadline=at(12, 4, 17)),
        cases=FULL.cases[1:],
    )
    assert _said(between(FULL, after)) == [
        "Annual revenue, up for renewal: <b>€500</b>, was €612,000",
        "Contracted, still to be invoiced: no longer known, was €153,000",
        "Risk score: <b>81</b>, was 78",
        "Promise broken: Root-cause report, in French",
        "Promise broken: A Southern Europe executive visits them",
        "Promise broken: An update every day (5 of 5)",
        "Promised: A &lt;new&gt; one",
        "New owner: Ava Laurent",
        "Deadline: <b>Fri 4 Dec, 18:00</b>, was Fri 27 Nov, 18:00",
        "Closed: ESC-2026-0117, Lawyer’s letter; reply on Wednesday 25",
    ]


def test_what_appears_and_what_goes_is_said() -> None:
    bare = replace(FULL, cases=(), money=(), strip=replace(FULL.strip, risk=None, renewal=None))
    there, gone = between(bare, FULL), between(FULL, bare)
    assert "Risk score: new, <b>78</b>" in _said(there)
    assert "Risk score: no longer known, was 78" in _said(gone)
    assert "Renewal: new, <b>28 Feb 2027</b>" in _said(there)
    assert sum(c.kind is ChangeKind.CASE_OPENED for c in there) == len(FULL.cases)


@pytest.mark.parametrize("kind", [k for k in ChangeKind if k is not ChangeKind.RISK])
def test_change_without_its_facts_says_nothing(kind: ChangeKind) -> None:
    assert change(Change(kind=kind), words=WORDS, rung=Rung()) == ""


def test_amount_of_a_kind_is_named_by_it() -> None:
    facts = Change(kind=ChangeKind.MONEY, money_kind=MoneyKind.CLAIMED, after=eur(9))
    assert _said((facts,)) == ["Claimed by the customer: new, <b>€9</b>"]


@pytest.mark.parametrize(
    ("kind", "after", "told"),
    [
        (MoneyKind.VALUE_IF_STAYS, 95_000, False),
        (MoneyKind.VALUE_IF_STAYS, 94_900, True),
        (MoneyKind.CONTRACTED_REMAINING, 40_000, False),
        (MoneyKind.CONTRACTED_REMAINING, 100_001, True),
        (MoneyKind.ARR, 99_999, True),
    ],
)
def test_an_amount_that_moves_by_itself_is_no_news(kind: MoneyKind, after: int, told: bool) -> None:
    before, now = (
        replace(FULL, money=(replace(FULL.money[0], kind=kind, text=None, amount=eur(amount)),))
        for amount in (100_000, after)
    )
    assert bool(between(before, now)) is told


def test_people_new_words_asks_and_kept_promises_are_told() -> None:
    known, other, *_rest = FULL.people
    line, quote, ask = FULL.promises.lines[0], FULL.quotes[0], FULL.ask
    assert ask is not None
    before = replace(
        FULL,
        people=(known, other),
        promises=replace(FULL.promises, lines=(line,)),
        quotes=(quote,),
        changes=None,
    )
    after = replace(
        before,
        people=(replace(known, sentiment=Sentiment.AGAINST_US), replace(other, name="Io Bianchi")),
        promises=replace(FULL.promises, lines=()),
        quotes=(replace(quote, text="We go to <court>."), quote),
        ask=replace(ask, question="Who calls them?"),
    )
    assert _said(between(before, after)) == [
        "Newly asked: Who calls them?",
        "The customer said: “We go to &lt;court&gt;.”",
        f"New at the customer’s: Io Bianchi, {other.title}",
        f"No longer at the customer’s: {other.name}, {other.title}",
        f"{known.name}: <b>Against us</b>, was Wavering",
    ]
    assert f"Promise kept: {line.what}" in _said(between(before, after, kept={line.what}))


def test_figures_stand_in_a_table_and_the_rest_in_words() -> None:
    risk = FULL.strip.risk
    assert risk is not None
    strip = replace(FULL.strip, risk=replace(risk, score=81), owner="Ava Laurent")
    items = between(FULL, replace(FULL, strip=strip))
    section = changed(
        Changes(since_number=3, read_at=at(11, 20), items=items), words=WORDS, rung=Rung()
    )
    told, table = section.blocks
    assert isinstance(told, Bullets)
    assert isinstance(table, Table)
    assert told.items == ("New owner: Ava Laurent",)
    assert [row.cells for row in table.rows] == [("Risk score", "78", "<b>81</b>")]
    assert [column.head for column in table.columns] == ["What", "Before", "Now"]
