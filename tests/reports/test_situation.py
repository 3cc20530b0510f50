"""The one sentence, from any parts, in three languages."""

from dataclasses import fields, replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from portal.reports.facts import Problem, Situation, Trigger
from portal.reports.situation import remark, sentence
from portal.reports.words import Words
from tests.reports.samples import FULL, ISSUE, at, eur


def _say(situation: Situation, language: str = "en") -> str:
    words = Words.of(language, zone=ISSUE.zone, issued_at=ISSUE.issued_at)
    return str(sentence(situation, words=words)).replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (
            FULL.situation,
            "The customer threatens to cancel (two stoppages in four days, a lawyer’s letter): the "
            "answer is due by <b>Friday 27 November, 18:00</b>, with <b>€612,000 a year</b> at "
            "stake, and €240,000 is claimed.",
        ),
        (
            Situation(trigger=Trigger.INACTIVITY),
            "The customer has gone quiet. Neither a deadline nor the revenue at stake is known.",
        ),
        (
            Situation(
                trigger=Trigger.LEGAL_THREAT, who="Claire Aubry", deadline=date(2026, 11, 20)
            ),
            "Claire Aubry threatens legal action: the answer was due by <b>Friday 20 November</b>. "
            "What is at stake is not known.",
        ),
        (
            Situation(trigger=Trigger.RECURRENCE, at_stake=eur(5)),
            "The customer is hit by the same problem again, with <b>€5 a year</b> at stake. "
            "No deadline is known.",
        ),
        (
            Situation(at_stake=eur(5)),
            "No open case threatens this customer, which is worth <b>€5 a year</b>.",
        ),
        (
            Situation(),
            "Nothing urgent is known of this customer: "
            "no open case, no deadline, no amount at stake.",
        ),
    ],
)
def test_sentence_is_made_of_what_is_known(situation: Situation, said: str) -> None:
    assert _say(situation) == said


@pytest.mark.parametrize("language", ["en", "fr", "it"])
def test_every_combination_is_one_clean_sentence(language: str) -> None:
    optional = {"deadline": at(12, 1, 9), "at_stake": eur(10), "claimed": eur(1), "because": "x"}
    for trigger, *chosen in product(Trigger, *((False, True) for _ in optional)):
        parts: dict[str, Any] = {
            name: value
            for keep, (name, value) in zip(chosen, optional.items(), strict=True)
            if keep
        }
        text = _say(Situation(trigger=trigger, **parts), language)
        assert text.endswith(".")
        assert (
            text.count("<b>") == text.count("</b>") == ("deadline" in parts) + ("at_stake" in parts)
        )
        for wrong in ("None", "%(", "  ", "..", " ,", "()"):
            assert wrong not in text


@pytest.mark.parametrize("language", ["fr", "it"])
def test_each_trigger_has_words_of_its_own(language: str) -> None:
    said = {_say(Situation(trigger=trigger), language) for trigger in Trigger}
    assert len(said) == len(Trigger)
    assert not said & {_say(Situation(trigger=trigger)) for trigger in Trigger}


def test_peoples_words_are_escaped() -> None:
    situation = replace(FULL.situation, who="<b>Bo & Co</b>", because="%(when)s <i>")
    assert _say(situation).startswith(
        "&lt;b&gt;Bo &amp; Co&lt;/b&gt; threatens to cancel (%(when)s &lt;i&gt;)"
    )


def test_situation_has_no_part_that_the_sentence_forgets() -> None:
    assert {f.name for f in fields(Situation)} == {
        "trigger", "who", "because", "problem", "impact", "impact_language", "deadline", "at_stake",
        "claimed",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr", "it"])
def test_the_last_line_is_never_one_word(language: str) -> None:
    words = Words.of(language, zone=ISSUE.zone, issued_at=ISSUE.issued_at)
    for situation in (FULL.situation, Situation(trigger=Trigger.INACTIVITY, at_stake=eur(10))):
        last = str(sentence(situation, words=words)).rsplit(" ", 1)[1]
        assert last.count("\xa0") >= 2


def test_the_kind_of_problem_stands_where_no_clause_in_this_language_does() -> None:
    situation = Situation(trigger=Trigger.CANCELLATION_THREAT, problem=Problem.PRICE)
    assert "(the price)" in _say(situation)
    assert "(prix)" in _say(situation, "fr")
    assert "(prezzo)" in _say(situation, "it")
    assert "(x)" in _say(replace(situation, because="x"))


def test_an_impact_in_another_language_is_quoted_beside_the_sentence() -> None:
    words = Words.of("fr", zone=ISSUE.zone, issued_at=ISSUE.issued_at)
    situation = Situation(
        trigger=Trigger.SLA_BREACH, impact="Three plants stood still", impact_language="en"
    )
    assert remark(situation, words=words).endswith("“Three plants stood still”")
    assert "plants" not in _say(situation, "fr")
    assert remark(replace(situation, impact=None), words=words) == ""
