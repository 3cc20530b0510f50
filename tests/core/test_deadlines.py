"""Which times may be a deadline."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.core.deadlines import refuse_too_late, refuse_untimely
from portal.core.errors import Refused

NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "refused"),
    [
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
        (datetime(2036, 6, 17, 23, 59, tzinfo=UTC), False),
        (datetime(2036, 6, 18, tzinfo=UTC), True),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), True),
    ],
)
def test_a_deadline_lies_ahead_within_ten_years(due, refused):
    if not refused:
        refuse_untimely(due, now=NOW, field="due")
        return
    with pytest.raises(Refused) as said:
        refuse_untimely(due, now=NOW, field="due")
    assert said.value.field == "due"


def test_ten_years_after_a_leap_day_end_with_february():
    refuse_too_late(date(2038, 2, 28), now=date(2028, 2, 29), field="on")
    with pytest.raises(Refused):
        refuse_too_late(date(2038, 3, 1), now=date(2028, 2, 29), field="on")
