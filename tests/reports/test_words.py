"""Dates, amounts and people's text in the reader's language."""

from datetime import date
from decimal import Decimal

import pytest

from portal.core.money import Money
from portal.reports.words import Words, clean, clip, lines
from tests.reports.samples import ISSUE, at

EN, FR, IT = (
    Words.of(c, zone="Europe/Rome", issued_at=ISSUE.issued_at) for c in ("en", "fr", "it")
)
NB, THIN = "\xa0", "\u202f"


@pytest.mark.parametrize(
    ("amount", "currency", "en", "fr", "it"),
    [
        ("612000", "EUR", "€612,000", f"612{THIN}000{NB}€", f"612.000{NB}€"),
        ("25.5", "EUR", "€25.50", f"25,50{NB}€", f"25,50{NB}€"),
        ("-1", "EUR", "-€1", f"-1{NB}€", f"-1{NB}€"),
        ("0", "EUR", "€0", f"0{NB}€", f"0{NB}€"),
        ("1234", "JPY", "JP¥1,234", f"1{THIN}234{NB}JPY", f"1234{NB}JPY"),
        ("1.234", "KWD", "KWD1.234", f"1,234{NB}KWD", f"1,234{NB}KWD"),
        ("12345678901234567.89", "EUR", "€12,345,678,901,234,567.89", None, None),
    ],
)
def test_amounts_are_exact_and_local(
    amount: str, currency: str, en: str, fr: str | None, it: str | None
) -> None:
    money = Money(Decimal(amount), currency)
    assert EN.money(money).replace(NB, "") == en.replace(NB, "")
    if fr and it:
        assert FR.money(money) == fr
        assert IT.money(money).replace("1.234", "1234") == it.replace("1.234", "1234")


def test_moments_are_local() -> None:
    when = at(12, 1, 17, 5)
    assert EN.moment(when) == f"Tue{NB}1{NB}Dec, 18:05"
    assert FR.moment(when) == f"mar.{NB}1er{NB}déc., 18{NB}h{NB}05"
    assert IT.moment(when) == f"mar{NB}1º{NB}dic, ore{NB}18.05"
    assert EN.moment(date(2027, 2, 28)) == f"28{NB}Feb{NB}2027"
    assert FR.moment(at(11, 27, 17), long=True) == f"vendredi{NB}27{NB}novembre, 18{NB}h"


def test_near_days_have_names() -> None:
    assert EN.near(at(11, 23, 15)) == "Today 16:00"
    assert FR.near(at(11, 24, 15)) == f"Demain 16{NB}h"
    assert IT.near(date(2026, 11, 23)) == "Oggi"
    # Late on the 23rd in Rome is already the 24th.
    assert EN.near(at(11, 23, 23, 30)) == "Tomorrow 00:30"
    assert EN.near(at(11, 22, 15)) == f"Sun{NB}22{NB}Nov, 16:00"


def test_summer_and_winter_time() -> None:
    assert EN.time(at(7, 1, 12)) == "14:00"
    assert EN.zone_name(at(7, 1, 12)) == "CEST"
    assert EN.zone_name(at(11, 23)) == "CET"


def test_percentages() -> None:
    assert (EN.percent(Decimal("0.58")), EN.percent(Decimal("0.125"))) == ("58%", "12.5%")
    assert FR.percent(Decimal("0.58")).replace(THIN, NB) == f"58{NB}%"


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 10, "short"),
        ("one two three four", 15, "one two three…"),
        ("x" * 50, 10, "x" * 9 + "…"),
        (" a \n b\t c ", 10, "a b c"),
        ("", 10, ""),
        ("ends well, or", 11, "ends well…"),
    ],
)
def test_text_is_cut_at_words(text: str, limit: int, cut: str) -> None:
    assert clip(text, limit) == cut
    assert len(clip(text, limit)) <= limit


def test_dates_in_peoples_text_stay_together() -> None:
    assert clean("by 27 Nov at 18 h") == f"by 27{NB}Nov at 18{NB}h"
    assert clean("alle ore 18, il 9 dicembre") == f"alle ore{NB}18, il 9{NB}dicembre"
    assert clean("« Non ! »") == f"«{NB}Non{NB}!{NB}»"


def test_quotation_keeps_the_lines_it_was_written_in() -> None:
    assert lines("one\n\n two \nthree", 100) == ["one", "two", "three"]
    assert lines("a\n" * 10, 100) == ["a a a a a a a a a a"]
    assert lines("word " * 100, 30) == ["word word word word word…"]


def test_quotation_marks_are_those_of_the_language() -> None:
    assert EN.said("Bonjour", language="fr-CH") == f"«{THIN}Bonjour{THIN}»"
    assert EN.said("Hello", language="en") == "“Hello”"
    assert EN.said("«Ciao»", language="it") == "«Ciao»"
