"""Words and formats: quick ways must write exactly what the slow ones write."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel import numbers
from flask import Flask, render_template_string

from portal.core import clock, i18n
from portal.core.italian import elided
from portal.core.money import Money
from portal.reports.words import Words

LANGUAGES = ("en", "fr", "it")


def written(amount: Decimal, code: str, language: str, *, cents: bool) -> str:
    pattern = i18n._locale(language).currency_formats["standard"].pattern
    return numbers.format_currency(
        amount,
        code,
        format=pattern if cents else pattern.replace(".00", ""),
        locale=i18n._locale(language),
        currency_digits=cents,
        decimal_quantization=True,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["EUR", "USD", "CHF", "JPY", "KWD"])
@pytest.mark.parametrize(
    "amount", ["0", "7", "-7", "999", "1000", "-12345.6", "98765.43", "1234567.89", "-0.5"]
)
def test_amounts_are_written_as_babel_writes_them(
    app: Flask, language: str, code: str, amount: str
) -> None:
    value = Money(Decimal(amount), code)
    cents = value.amount != value.amount.to_integral_value() and code != "JPY"
    with app.test_request_context(), i18n.speaking(language):
        expected = written(value.amount, code, language, cents=cents)
        assert i18n.show_money(value) == expected
        assert i18n.show_money(value, cents=False) == written(
            value.amount, code, language, cents=False
        )


def test_each_reader_gets_their_language_though_texts_are_kept(app: Flask) -> None:
    source = '{{ _("Accounts") }} {{ _("in %(length)s", length="<3 d>") }} {{ day | date }}'
    found = {}
    with app.test_request_context():
        for language in (*LANGUAGES, *LANGUAGES):
            with i18n.speaking(language):
                text = render_template_string(source, day=date(2026, 11, 19))
                assert found.setdefault(language, text) == text
                assert "&lt;3 d&gt;" in text
                assert i18n._("Accounts") in text
    assert found["en"].startswith("Accounts in &lt;3")
    assert len(set(found.values())) == 3


@pytest.mark.parametrize("language", ["", "de", "xx"])
def test_a_language_that_is_not_ours_is_english_throughout(app: Flask, language: str) -> None:
    with app.test_request_context(), i18n.speaking(language):
        said = (i18n.show_date(date(2026, 12, 19)), i18n.show_number(Decimal("1234.5")))
        assert said == ("19\xa0Dec\xa02026", "1,234.5")
        assert i18n._("Accounts") == "Accounts"


def test_a_lazy_text_waits_for_its_reader(app: Flask) -> None:
    text = i18n.lazy_gettext("Accounts")
    with app.test_request_context():
        with i18n.speaking("fr"):
            french = str(text)
        with i18n.speaking("en"):
            assert str(text) == "Accounts"
    assert french != "Accounts"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Rome"), ("fr", "Rome"), ("it", "Roma"), ("", "Rome")]
)
def test_a_zone_is_called_as_its_reader_calls_the_city(app, language, said):
    with app.app_context(), i18n.speaking(language):
        winter = datetime(2026, 1, 5, 12, tzinfo=UTC)
        assert i18n.zone_name("Europe/Rome", winter) == f"{said} (UTC+1)"
        assert i18n.zone_name("UTC", winter) == "UTC (UTC+0)"


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("scade il %(day)s.", "8 giu 2026", "scade l’8 giu 2026."),
        ("Il %(day)s", "11 giugno", "L’11 giugno"),
        ("fino al %(day)s", "<time>8\u00a0giu</time>", "fino all’<time>8\u00a0giu</time>"),
        ("dal %(day)s", "08/06/26", "dall’08/06/26"),
        ("del %(day)s", "80\u00a0%", "dell’80\u00a0%"),
        ("nel %(day)s", "18 giu", "nel 18 giu"),
        ("al %(day)s", "8", "al 8"),
        ("al %(day)s", "1 giu", "al 1 giu"),
        ("serial %(day)s", "8 giu", "serial 8 giu"),
    ],
)
def test_italian_articles_are_shortened_before_a_vowel(text: str, value: str, said: str) -> None:
    assert elided(text, {"day": value}, "it") % {"day": value} == said
    assert elided(text, {"day": value}, "fr") == text


def test_pages_and_papers_shorten_italian_articles(app: Flask) -> None:
    day = date(2026, 6, 8)
    source = '{{ _("Until %(day)s", day=day | date) }}'
    with app.test_request_context(), i18n.speaking("it"):
        assert render_template_string(source, day=day).startswith("Fino all’8")
        assert i18n._("Until %(day)s", day=i18n.show_date(day)).startswith("Fino all’8")
    words = Words.of("it", zone="Europe/Rome", issued_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert words.gettext("Published %(day)s") % {"day": words.day(day)} == "Pubblicato l’8\u00a0giu"
    text = words.gettext("Published %(day)s")
    assert words.fill(text, day=words.day(day)) == "Pubblicato l’8\u00a0giu"


def test_a_day_of_another_year_has_its_year(app: Flask) -> None:
    now, at = datetime(2027, 1, 2, 9, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)
    told = []
    for language in i18n.LANGUAGES:
        with app.test_request_context(), i18n.speaking(language), clock.moved(now):
            told += [i18n.show_day(at), i18n.show_day(now.date())]
    assert [one.replace(i18n.NBSP, " ") for one in told] == [
        "Thu, 31 Dec 2026", "Sat 2 Jan",
        "jeu. 31 déc. 2026", "sam. 2 janv.",
        "gio 31 dic 2026", "sab 2 gen",
    ]  # fmt: skip
