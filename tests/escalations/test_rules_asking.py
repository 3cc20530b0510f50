"""Options of a decision, read from their lines."""

import pytest

from portal.blueprints.escalations.rules import option, options_of
from portal.core.errors import Refused
from portal.core.i18n import speaking
from portal.core.money import Money


def read(line: str):
    return option(line, currency="EUR")


def test_an_option_may_be_words_alone(app):
    assert read("  Wait   a week ").text == "Wait a week"
    assert read("Wait").cost is None


@pytest.mark.parametrize(
    ("language", "written", "amount", "currency"),
    [
        ("en", "25,500 EUR", "25500", "EUR"),
        ("en", "EUR 25,500.50", "25500.50", "EUR"),
        ("en", "£300", "300", "GBP"),
        ("en", "1200", "1200", "EUR"),
        ("fr", "25 500,50 €", "25500.50", "EUR"),
        ("it", "25.500 CHF", "25500", "CHF"),
    ],
)
def test_the_cost_is_read_as_the_reader_writes_amounts(app, language, written, amount, currency):
    with app.app_context(), speaking(language):
        given = option(f"A credit | {written} | They stay | for now", currency="EUR")
    assert given.cost == Money(amount, currency)
    assert given.consequence == "They stay | for now"


@pytest.mark.parametrize("written", ["a lot", "12.5.7 EUR", "1,2,3", "-5 EUR", "5 XXY", "9" * 30])
def test_nothing_is_guessed_about_money(app, written):
    with app.app_context(), speaking("en"), pytest.raises(Refused, match="is not a cost"):
        read(f"A credit | {written}")


def test_what_a_case_keeps_is_what_was_given(app):
    with app.app_context(), speaking("en"):
        given = read("A credit | 25,500 EUR | They stay")
    (again,) = options_of([given.kept(recommended=True)])
    assert (again.text, again.cost, again.consequence) == (
        given.text,
        given.cost,
        given.consequence,
    )
    assert again.recommended
    assert options_of([{"text": "As it was kept before", "recommended": False}])[0].cost is None
