"""Facts to JSON and back."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money
from portal.reports import snapshot
from portal.reports.errors import BadSnapshot
from portal.reports.facts import AccountBriefing, MoneyLine
from tests.reports.pages import text_of
from tests.reports.samples import EMPTIEST, FULL


def _back(text: str) -> AccountBriefing:
    return snapshot.loads(text, kind="account", shape=AccountBriefing)


@pytest.mark.parametrize("facts", [FULL, EMPTIEST], ids=["full", "emptiest"])
def test_facts_survive_the_way_there_and_back(facts: AccountBriefing) -> None:
    assert _back(text_of(facts)) == facts


def test_text_is_canonical() -> None:
    text = text_of(FULL)
    assert text == snapshot.canonical(json.dumps(json.loads(text), indent=4))
    assert text.isascii()
    assert ".0e" not in text
    assert '"amount":"612000.00"' in text


def test_digest_does_not_depend_on_layout_but_on_every_fact() -> None:
    text = text_of(FULL)
    assert snapshot.digest(text) == snapshot.digest(json.dumps(json.loads(text), indent=4))
    other = replace(FULL, issue=replace(FULL.issue, left_out=1))
    assert snapshot.digest(text) != snapshot.digest(text_of(other))
    assert len(snapshot.digest(text)) == 64


@given(
    digits=st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20
    ),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_amounts_stay_exact(digits: Decimal, currency: str) -> None:
    facts = replace(EMPTIEST, money=(MoneyLine(amount=Money(digits, currency)),))
    assert _back(text_of(facts)) == facts


@given(st.text())
def test_any_text_survives(text: str) -> None:
    facts = replace(EMPTIEST, account=replace(EMPTIEST.account, name=text))
    assert _back(text_of(facts)) == facts


def test_equal_amounts_give_equal_text() -> None:
    one, two = (
        replace(EMPTIEST, money=(MoneyLine(amount=Money(Decimal(a), "EUR")),))
        for a in ("5", "5.00")
    )
    assert text_of(one) == text_of(two)


def test_time_without_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        text_of(replace(FULL, issue=replace(FULL.issue, issued_at=naive)))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("issue", "number"), "2", r"facts\.issue\.number"),
        (("issue", "number"), True, r"facts\.issue\.number"),
        (("issue", "number"), 2.5, r"facts\.issue\.number"),
        (("issue", "issued_at"), "2026-11-23T06:30:00", r"facts\.issue\.issued_at"),
        (("issue", "zone"), "Europe/Rome\n", "zone"),
        (("issue", "zone"), "Mars/Olympus", "zone"),
        (
            ("money", 0, "amount"),
            {"amount": "NaN", "currency": "EUR"},
            r"facts\.money\[0\]\.amount",
        ),
        (("money", 0, "amount"), {"amount": "1", "currency": "???"}, r"facts\.money\[0\]\.amount"),
        (("money", 0, "amount"), 612000, r"facts\.money\[0\]\.amount"),
        (("money", 0, "amount"), {"amount": "1E+900", "currency": "EUR"}, r"facts\.money\[0\]"),
        (("money",), {}, r"facts\.money"),
        (("quotes", 0, "language"), None, r"facts\.quotes\[0\]\.language"),
        (("surprise",), 1, "surprise"),
        (("strip", "renewal"), "2027-02-30", r"facts\.strip\.renewal"),
    ],
)
def test_what_does_not_fit_is_named(path: tuple[Any, ...], value: Any, named: str) -> None:
    raw = json.loads(text_of(FULL))
    where = raw["facts"]
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    with pytest.raises(BadSnapshot, match=named):
        _back(json.dumps(raw))


def test_missing_field_is_named() -> None:
    raw = json.loads(text_of(FULL))
    del raw["facts"]["account"]["name"]
    with pytest.raises(BadSnapshot, match="name"):
        _back(json.dumps(raw))


def test_snapshot_of_another_kind_or_version_is_refused() -> None:
    for key, value in (("kind", "escalation"), ("version", 99)):
        raw = json.loads(text_of(FULL)) | {key: value}
        with pytest.raises(BadSnapshot):
            _back(json.dumps(raw))
