"""Quarters of a fiscal year: named, bounded, spelled."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import quarters


@pytest.mark.parametrize(
    ("day", "first_month", "name"),
    [
        (date(2026, 1, 1), 1, "2026-Q1"),
        (date(2026, 12, 31), 1, "2026-Q4"),
        (date(2026, 3, 31), 4, "2025-Q4"),
        (date(2026, 4, 1), 4, "2026-Q1"),
        (date(2026, 1, 31), 2, "2025-Q4"),
        (date(2026, 12, 1), 12, "2026-Q1"),
    ],
)
def test_a_day_lies_in_the_quarter_of_the_fiscal_year(day, first_month, name):
    assert quarters.of(day, first_month=first_month) == name


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(1, 12))
def test_a_quarter_holds_its_days_and_three_months(day, first_month):
    year, number = quarters.holding(day, first_month=first_month)
    starts, after = quarters.bounds(year, number, first_month=first_month)
    assert starts <= day < after
    assert starts.day == after.day == 1
    assert quarters.holding(after, first_month=first_month) != (year, number)
    assert quarters.holding(after - timedelta(1), first_month=first_month) == (year, number)


@pytest.mark.parametrize("wrong", ["", "2026", "2026-Q5", "x-Q1", "9999-Q4", "2026-Q", "٢٠٢٦-Q1"])
def test_what_names_no_quarter(wrong):
    assert quarters.parts(wrong) is None
    assert quarters.spelled(wrong, ("a", "b", "c", "d")) == wrong


def test_an_organisation_calls_its_quarters_as_it_likes():
    assert quarters.spelled("2026-Q3", ("T1", "T2", "T3", "T4")) == "T3 2026"
