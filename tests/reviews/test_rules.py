"""Quarters at their edges, and what keeps a review from its next step."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.blueprints.reviews import rules
from portal.blueprints.reviews.models import ReviewState, ReviewVerdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "month", "zone", "starts", "ends", "begins_at"),
    [
        ("2026-Q3", 1, "Europe/Paris", "2026-07-01", "2026-09-30", "2026-06-30T22:00"),
        ("qr-2026-q4", 1, "Europe/Paris", "2026-10-01", "2026-12-31", "2026-09-30T22:00"),
        ("2026-Q1", 1, "Europe/Paris", "2026-01-01", "2026-03-31", "2025-12-31T23:00"),
        ("2026-Q4", 4, "Europe/Paris", "2027-01-01", "2027-03-31", "2026-12-31T23:00"),
        ("2026-Q2", 11, "America/New_York", "2027-02-01", "2027-04-30", "2027-02-01T05:00"),
        ("2026-Q1", 12, "UTC", "2026-12-01", "2027-02-28", "2026-12-01T00:00"),
    ],
)
def test_a_quarter_begins_at_midnight_of_the_house(text, month, zone, starts, ends, begins_at):
    one = rules.named(text, first_month=month, zone=zone)
    assert (str(one.starts), str(one.ends)) == (starts, ends)
    assert one.begins_at == datetime.fromisoformat(begins_at).replace(tzinfo=UTC)
    after = rules.shifted(one, 1, first_month=month, zone=zone)
    assert one.ends_at == after.begins_at
    assert rules.shifted(after, -1, first_month=month, zone=zone) == one
    for day in (one.starts, one.ends):
        assert rules.holding(day, first_month=month, zone=zone) == one
    assert rules.holding(one.ends + timedelta(days=1), first_month=month, zone=zone) == after


@pytest.mark.parametrize("text", ["", "2026", "2026-Q5", "Q3 2026", "QR-26-Q1", "9999-Q1"])
def test_what_is_no_quarter_has_no_name(text):
    assert rules.named(text, first_month=1, zone="UTC") is None


def test_a_pack_goes_out_a_day_ahead_with_decisions_or_the_reason_for_none():
    given = {"state": ReviewState.PREPARING, "meets_at": NOW + timedelta(hours=24), "now": NOW}
    assert not rules.objections_to_call(**given, sought=3, none_sought="")
    assert not rules.objections_to_call(**given, sought=0, none_sought="Nothing to decide.")
    wrong = {**given, "state": ReviewState.CALLED, "meets_at": NOW + timedelta(hours=23)}
    found = rules.objections_to_call(**wrong, sought=0, none_sought=" ")
    assert [one.code for one in found] == ["sent", "too_soon", "nothing_sought"]


def test_a_review_is_signed_when_all_is_decided_and_the_quarter_is_over():
    said = {
        "state": ReviewState.MEETING,
        "verdicts": [ReviewVerdict.TAKEN, ReviewVerdict.POSTPONED],
        "over": True,
    }
    assert not rules.objections_to_sign(**said)
    wrong = {"state": ReviewState.CALLED, "verdicts": [ReviewVerdict.OPEN], "over": False}
    assert [o.code for o in rules.objections_to_sign(**wrong)] == ["not_met", "open", "running"]
    assert rules.objection_to_decide(ReviewVerdict.OPEN, "x") is not None
    assert rules.objection_to_decide(ReviewVerdict.TAKEN, " ") is not None
    assert rules.objection_to_decide(ReviewVerdict.TAKEN, "Yes.") is None


def test_a_quarter_holds_its_last_second():
    one = rules.quarter(2026, 4, first_month=1, zone="Europe/Paris")
    assert one.starts == date(2026, 10, 1)
    last = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert one.begins_at <= last < one.ends_at == last + timedelta(seconds=1)
