"""Compensation with and without a threat is compared for like harm alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portal.blueprints.reviews.rules import threats
from portal.reports.facts.review import Unit
from portal.reports.review_words import figure
from portal.reports.words import Words

OUTAGE, PRICE = ("outage", "e1"), ("price", "e3")


def given(now, *, threat, gesture, harm=OUTAGE, revenue=1_000, days=10):
    return threats.Given(now - timedelta(days=days), threat, harm, revenue, gesture)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, (900, 300)),
        ({"harm": PRICE}, None),
        ({"harm": ("outage", "e3")}, None),
        ({"revenue": 4_000}, (900, 300)),
        ({"revenue": 4_001}, None),
        ({"revenue": 0}, None),
        ({"days": 366}, None),
        ({"days": -1}, None),
    ],
)
def test_only_like_is_compared_with_like(now, others, expected):
    rows = [given(now, threat=True, gesture=n) for n in (100, 500, 900, 1_000, 9_000)]
    rows += [given(now, threat=False, gesture=n, **others) for n in (200, 300, 400)]
    rows += [given(now, threat=False, gesture=77_000, harm=PRICE, revenue=900_000)]
    found = threats.matched(rows, until=now)
    assert (found and (found.with_threat, found.without)) == expected


def test_too_few_tell_nothing_and_say_so(now):
    rows = [given(now, threat=True, gesture=n) for n in (1, 2, 3, 4)]
    rows += [given(now, threat=False, gesture=5)]
    assert threats.matched(rows, until=now) is None
    assert threats.matched([*rows, given(now, threat=True, gesture=9)], until=now).count == 5
    words = Words.of("en", zone="Europe/Paris", issued_at=now)
    assert figure(None, Unit.MATCHED, currency="EUR", words=words) == "too few"
    assert "120" in figure(Decimal(120), Unit.MATCHED, currency="EUR", words=words)
