"""The programme's figures, and what may be said of its effect."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import LaneKind, NominationState, TouchpointState
from portal.blueprints.sponsorship.rules import effect
from portal.core.db import db as database
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making
from .test_terms import begun


@pytest.mark.parametrize(
    ("admitted", "others", "told"),
    [
        ((19, 5), (30, 9), None),  # one account short
        ((20, 4), (30, 9), None),  # one event short
        ((0, 0), (30, 9), None),
        # Newcombe, Statistics in Medicine 17 (1998), table II, method 10: 56/70 - 48/80.
        ((70, 56), (80, 48), (20.0, 5.24, 33.39)),
    ],
)
def test_a_difference_is_told_with_its_interval_or_not_at_all(admitted, others, told) -> None:
    found = effect.effect(effect.Arm(*admitted), effect.Arm(*others))
    if told is None:
        assert (found.points, found.low, found.high) == (None, None, None)
    else:
        assert (found.points, found.low, found.high) == pytest.approx(told, abs=0.01)
    assert (found.visible is None) is (admitted[0] == 0)


def test_what_could_have_been_seen_shrinks_with_more_accounts_and_never_is_nothing() -> None:
    seen = [effect.visible(effect.Arm(n, 0), effect.Arm(n, 0)) for n in (5, 20, 80, 320)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] > 0
    # n = 100 a side at 50 %: 2.8 standard errors of 7.07 points.
    half = effect.visible(effect.Arm(100, 50), effect.Arm(100, 50))
    assert half == pytest.approx(19.81, abs=0.01)
    same = effect.effect(effect.Arm(40, 10), effect.Arm(40, 10))
    assert same.low is not None
    assert (same.points, same.low) == (0, -(same.high or 0))


def test_revenue_that_was_kept_is_told_with_its_interval_or_not_at_all() -> None:
    grown, shrunk, same = (100.0, 130.0), (100.0, 40.0), (100.0, 100.0)
    gross = effect.kept([grown, shrunk, same], gross=True)
    net = effect.kept([grown, shrunk, same, (0.0, 50.0)], gross=False)
    assert (gross.rate, gross.moved, gross.accounts) == (0.8, 1, 3)
    assert (net.rate, net.moved, net.accounts) == (0.9, 2, 3)
    admitted, others = [same] * 20 + [shrunk] * 5, [same] * 10 + [shrunk] * 15
    found = effect.retention(admitted, others, gross=True)
    assert (found.admitted.rate, found.others.rate) == (0.88, 0.64)
    assert found.points == pytest.approx(24.0)
    # Both sides' (n / (n - 1)) Σ(after - rate × before)² / (Σ before)², one half lost added.
    assert (found.low, found.high) == pytest.approx((7.80, 40.20), abs=0.01)
    for few in ([same] * 20 + [shrunk] * 4, [shrunk] * 19):
        told = effect.retention(few, others, gross=True)
        assert told.points is None
        assert told.visible is not None
    alone, nobody = (effect.retention(one, others, gross=True) for one in ([same], []))
    assert (alone.visible, alone.is_blind, nobody.is_blind) == (None, True, False)
    assert (effect.retention([same] * 30, [same] * 30, gross=True).visible or 0) > 0


@pytest.mark.parametrize(
    ("admitted", "others", "band"),
    [
        ((), (30,), (0, 100)),
        ((20, 80), (40, 60), (25, 75)),  # what both have, give or take fifteen
        ((80, 90), (10, 20), (65, 65)),  # nothing in common
    ],
)
def test_only_scores_that_both_sides_have_are_compared(admitted, others, band) -> None:
    sides = [[Decimal(score) for score in side] for side in (admitted, others)]
    assert effect.common(*sides) == band


def test_who_counts_on_which_side(cast: Cast, now: datetime) -> None:
    nomination = queries.nomination_of(begun(cast, now))
    later = now + timedelta(days=366)

    def strategic(at: datetime = later) -> queries.LaneEffect:
        database.session.flush()
        (found,) = [one for one in queries.effects(now=at) if one.lane is LaneKind.STRATEGIC]
        return found

    assert (strategic().left.admitted.accounts, strategic().left.points) == (1, None)
    kept = strategic().net.admitted  # its contract has ended by then
    assert (kept.before, kept.rate) == (612_000, 0)
    nomination.state = NominationState.DECLINED
    assert (strategic().left.admitted.accounts, strategic().left.others.accounts) == (0, 1)
    assert strategic(now + timedelta(days=300)).left.others.accounts == 0


@ON_SQLITE_ALONE
def test_the_page_of_the_figures(browse: Callable[..., Any], cast: Cast, now: datetime) -> None:
    cast.read_english("petra")
    row = begun(cast, now)
    point = queries.touchpoints(row)[0]
    given = {"note": "", "on": None, "minutes": 90, "by": cast.ava, "now": now}
    actions.settle_touchpoint(row, point, TouchpointState.HELD, **given)
    making.sent(cast.borealis, by=cast.clara, now=now)
    database.session.commit()
    found = queries.health(queries.policy_in_force()[0], now=now + timedelta(days=100))
    assert (found.touches.held, found.touches.late, found.hours_spent) == (1, 1, Decimal("1.5"))
    assert browse("carl").get("/sponsorship/health").status_code == 403
    text = browse("petra").text("/sponsorship/health")
    assert "Too few to tell" in text
    assert "it does not prove" in text
    assert "(GRR)" in text
    assert "(NRR)" in text
