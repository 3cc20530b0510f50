"""The room of a customer: its address, when it opens, when the pulse is taken."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.customer_room import rules

NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("expires", "revoked", "legal", "opens"),
    [
        (DAY, None, False, True),
        (timedelta(0), None, False, False),
        (-DAY, None, False, False),
        (DAY, NOW, False, False),
        (DAY, None, True, False),
    ],
)
def test_link_opens_until_it_ends_or_is_taken_back(expires, revoked, legal, opens):
    found = rules.is_open(now=NOW, expires_at=NOW + expires, revoked_at=revoked, legal_mode=legal)
    assert found is opens


@pytest.mark.parametrize(
    ("updates", "days", "expected"), [(0, 0, 0), (1, 6, 0), (2, 0, 1), (3, 7, 2), (4, 14, 4)]
)
def test_pulse_is_taken_after_every_second_update_and_every_week(updates, days, expected):
    found = rules.pulse_round(updates=updates, opened_at=NOW, now=NOW + days * DAY)
    assert found == expected
    assert rules.is_asked(round_now=found, last_round=None) is (expected > 0)
    assert not rules.is_asked(round_now=found, last_round=found)


@pytest.mark.parametrize(
    ("answers", "off"),
    [
        ([], False),
        ([False], False),
        ([False, False], True),
        ([False, True, False], False),
        ([True, False, False], True),
    ],
)
def test_two_no_in_a_row_are_off_track(answers, off):
    assert rules.is_off_track(answers) is off
