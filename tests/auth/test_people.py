"""Who is away, and who stands in for whom meanwhile."""

from datetime import timedelta

import pytest

from portal.blueprints.auth import queries
from portal.blueprints.auth.rules import is_away
from tests.cast import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("begins", "ends", "away"),
    [
        (None, None, False),
        (None, HOUR, False),
        (timedelta(), None, True),
        (HOUR, None, False),
        (-HOUR, timedelta(), False),
        (-HOUR, HOUR, True),
        (-2 * HOUR, -HOUR, False),
    ],
)
def test_absence_begins_with_its_first_instant_and_ends_before_its_last(begins, ends, away):
    first, last = (None if one is None else NOW + one for one in (begins, ends))
    assert is_away(first, last, now=NOW) is away


def test_standing_in_reaches_as_far_as_being_stood_in_for(cast, db, now):
    for name, substitute in (("sam", "carl"), ("carl", "clara"), ("clara", "erik")):
        person = cast.user(name)
        person.substitute_id, person.absent_from = cast.ids[substitute], now
    cast.user("clara").absent_from = None
    db.session.flush()
    assert queries.standing_in_for(cast.ids["clara"], now=now) == [
        cast.ids["carl"],
        cast.ids["sam"],
    ]
    assert queries.responsible(cast.ids["sam"], now=now) == cast.ids["clara"]
    assert queries.standing_in_for(cast.ids["erik"], now=now) == []
    cast.user("clara").absent_from = now
    cast.user("erik").substitute_id = cast.ids["sam"]  # a ring of substitutes ends
    cast.user("erik").absent_from = now
    db.session.flush()
    assert cast.ids["sam"] in queries.standing_in_for(cast.ids["erik"], now=now)
