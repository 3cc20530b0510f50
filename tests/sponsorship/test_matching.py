"""The proposal for the waiting list, and what would have to give for one more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import LaneKind, PanelVerdict
from portal.blueprints.sponsorship.rules import Load, Sponsor, Wish, match, matching
from portal.core.assigning import asking
from portal.core.db import db as database
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE
from tests.shipped import shipped

from . import making

POLICY = shipped(SponsorshipPolicy, "sponsorship")
NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)
DAY = NOW.date()
STRATEGIC = LaneKind.STRATEGIC


def able(number: int = 1, *, load: Load | None = None, **more: Any) -> matching.Able:
    known: dict[str, Any] = {
        "hours_a_month": Decimal(20),
        "trained_on": DAY,
        "languages": frozenset({"fr"}),
    } | more
    return matching.Able(number, f"S{number}", Sponsor(number, **known), load or Load())


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (able(), 3),
        (able(load=Load(strategic=2)), 1),
        (able(hours_a_month=Decimal(4)), 2),  # an hour and a half each
        (able(trained_on=None), 0),
        (able(load=Load(strategic=2, recovery=3)), 0),  # nobody carries more than five
    ],
)
def test_a_sponsor_has_as_many_seats_as_places_hours_and_cap_allow(one, count) -> None:
    assert len(matching.seats([one], STRATEGIC, on=DAY, policy=POLICY)) == count


FULL = Load(strategic=3)
ENDS = date(2026, 9, 1)
CARRYING = [
    matching.Carrying(1, STRATEGIC, "Later", date(2026, 12, 1)),
    matching.Carrying(1, STRATEGIC, "Sooner", ENDS),
    matching.Carrying(1, LaneKind.RECOVERY, "Other lane", DAY),
]


@pytest.mark.parametrize(
    ("one", "way"),
    [
        (able(load=FULL), ("Sooner", ENDS, Decimal(0), False)),
        (able(hours_a_month=Decimal(1)), ("", None, Decimal("0.5"), False)),
        (able(trained_on=None), ("", None, Decimal(0), True)),
        (able(load=FULL, hours_a_month=Decimal(4)), ("Sooner", ENDS, Decimal("0.5"), False)),
        (able(2, load=FULL), None),  # nothing of theirs could be released
        (able(load=FULL, conflicts=frozenset({"ACC-00001"})), None),
        (able(), None),  # they have room: there is nothing to clear
    ],
)
def test_the_ways_to_admit_one_more(one, way) -> None:
    wish = Wish("ACC-00001", STRATEGIC, "fr", "Europe/Paris")
    known = matching.Matches(NOW, POLICY)
    found = matching.ways(wish, [one], CARRYING, known=known)
    told = [(w.release, w.release_ends, w.hours, w.train) for w in found]
    assert told == ([way] if way else [])


def test_what_was_worked_out_for_a_customer_holds_for_the_like_of_it_and_for_no_other() -> None:
    known = matching.Matches(NOW, POLICY)
    one = able(conflicts=frozenset({"ACC-00003"}), target_accounts=frozenset({"ACC-00004"}))
    first = Wish("ACC-00001", STRATEGIC, "fr", "Europe/Paris")
    for changes in (
        {},
        {"account": "ACC-00002"},
        {"account": "ACC-00003"},
        {"account": "ACC-00004"},
        {"language": "it"},
        {"lane": LaneKind.RECOVERY},
    ):
        asked = replace(first, **changes)
        full = able(load=FULL, conflicts=one.sponsor.conflicts)
        for seat in (one, full):
            told = match(seat.sponsor, seat.load, asked, now=NOW, policy=POLICY)
            assert known.of(seat, asked) == told
    second = replace(first, account="ACC-00002")
    assert known.of(one, first) is known.of(one, second)


@ON_SQLITE_ALONE
def test_the_page_proposes_for_all_that_wait_and_says_what_is_in_the_way(
    browse: Callable[..., Any], cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.read_english("petra")
    making.sponsor(cast.ava, by=cast.petra, now=now, capacity=1)
    first = making.sent(cast.acme, by=cast.carl, now=now)
    database.session.commit()
    petra = browse("petra")
    assert browse("carl").get("/sponsorship/matching").status_code == 403
    assert "Ava Solheim, fits" in petra.text("/sponsorship/matching")
    (one,) = queries.proposal(cast.petra, now=now)
    assert (one.reference, one.sponsor, one.ways) == (first.reference, "Ava Solheim", ())
    given = {"sponsor_id": 1, "reason": "Yes.", "by": cast.petra, "now": now}
    actions.decide(first, PanelVerdict.ADMIT, **given)
    making.sent(cast.borealis, by=cast.clara, now=now)
    database.session.commit()
    assert f"release {cast.acme.name} from Ava Solheim" in petra.text("/sponsorship/matching")

    def ended(*_given: Any, **_named: Any) -> Any:
        raise asking.NotAssigned

    monkeypatch.setattr(asking.Assigner, "assign", ended)
    assert "could not be worked out" in petra.text("/sponsorship/matching")
