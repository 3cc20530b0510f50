"""How sponsorships end: criteria with hysteresis, reviews, displacement, coming back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from portal.blueprints.accounts.models import Band, Lifecycle
from portal.blueprints.accounts.rules import Explained
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    ExitReason,
    ExitSignal,
    LaneKind,
    Reading,
    ReviewOutcome,
    SponsorshipState,
    TouchpointState,
)
from portal.blueprints.sponsorship.rules import Course, EntryFacts, leaving
from portal.core import access
from portal.core.db import db as database
from portal.core.errors import Refused
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE
from tests.shipped import shipped

from .test_terms import begun

POLICY = shipped(SponsorshipPolicy, "sponsorship")
ON = date(2026, 6, 17)
COURSE = Course(lane=LaneKind.STRATEGIC, ends_on=date(2027, 6, 1))
SCORES = st.lists(st.none() | st.integers(0, 100).map(Decimal), max_size=14)
LOW = ExitReason.SCORE_LOW


@given(SCORES)
def test_a_low_score_never_flaps(scores) -> None:
    """Once it stands, only a score well above the mark lifts it; once lifted, only two low quarters
    in a row raise it again; and looking twice at the same day changes nothing.
    """
    standing: set[ExitReason] = set()
    since = 0
    for count in range(len(scores) + 1):
        course = replace(COURSE, scores=tuple(scores[:count]))
        found = leaving.watched(course, standing=standing, on=ON, policy=POLICY)
        raised = {one.reason for one in found.raised}
        for reason, change in ((LOW, raised), (LOW, set(found.lifted))):
            if reason in change:
                between = [one for one in scores[since:count] if one is not None]
                if change is raised:
                    assert between[-2:] == [s for s in between[-2:] if s < POLICY.exit.low_score]
                    assert len(between) >= POLICY.exit.low_quarters
                else:
                    assert between[-1] >= leaving.lifting_score(POLICY)
                since = count
        standing = (standing | raised) - set(found.lifted)
        again = leaving.watched(course, standing=standing, on=ON, policy=POLICY)
        assert again == leaving.Watched((), ())


@given(st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_who_may_come_in_by_rank_is_not_sent_away_for_its_score(places) -> None:
    """Between the ranks that let in and those that lift, nothing changes whatever the order."""
    lane, standing = POLICY.strategic, set()
    for place in places:
        course = replace(COURSE, scores=(Decimal(40), Decimal(41)), place=place)
        found = leaving.watched(course, standing=standing, on=ON, policy=POLICY)
        assert [one.reason for one in found.raised] == [LOW] * (place > lane.top and not standing)
        assert list(found.lifted) == [LOW] * (place <= lane.top * 2 // 3 and bool(standing))
        standing = (standing | {one.reason for one in found.raised}) - set(found.lifted)


@given(SCORES, st.lists(st.sampled_from([*Band, None]), max_size=8), st.booleans(), st.booleans())
def test_nothing_is_raised_and_lifted_by_the_same_look(scores, bands, reached, churned) -> None:
    course = replace(
        COURSE,
        scores=tuple(scores),
        bands=tuple(bands),
        outcome_reached=reached,
        churned=churned,
    )
    first = leaving.watched(course, standing=(), on=ON, policy=POLICY)
    standing = {one.reason for one in first.raised}
    assert leaving.watched(course, standing=standing, on=ON, policy=POLICY).lifted == ()
    every = leaving.watched(course, standing=set(ExitReason), on=ON, policy=POLICY)
    assert not set(every.lifted) & standing


HELD, US = TouchpointState.HELD, TouchpointState.MISSED_BY_US


@pytest.mark.parametrize(
    ("reason", "course", "lifted"),
    [
        (LOW, replace(COURSE, scores=(Decimal(50), Decimal(60))), False),
        (LOW, replace(COURSE, scores=(Decimal(50), Decimal("62.5"))), True),
        (LOW, replace(COURSE, scores=(Decimal(50),), place=41), False),
        (LOW, replace(COURSE, scores=(Decimal(50),), place=40), True),
        (LOW, replace(COURSE, lane=LaneKind.RECOVERY), True),
        (ExitReason.TERM_OVER, replace(COURSE, ends_on=ON), False),
        (ExitReason.TERM_OVER, COURSE, True),
        (ExitReason.TOUCHPOINTS_MISSED, replace(COURSE, touchpoints=(US, US)), False),
        (ExitReason.TOUCHPOINTS_MISSED, replace(COURSE, touchpoints=(US, US, HELD)), True),
        (ExitReason.OUTCOME_REACHED, replace(COURSE, outcome_reached=True), False),
        (
            ExitReason.OUTCOME_REACHED,
            replace(COURSE, outcome_reached=True, bands=(Band.GREEN, Band.AMBER)),
            False,
        ),
        (
            ExitReason.OUTCOME_REACHED,
            replace(COURSE, outcome_reached=True, bands=(Band.RED, Band.AMBER)),
            True,
        ),
        (ExitReason.EXECUTIVE_GONE, replace(COURSE, executive_gone_since=ON), False),
        (ExitReason.EXECUTIVE_GONE, COURSE, True),
        (ExitReason.CHURNED, replace(COURSE, churned=True), False),
        (ExitReason.DISPLACED, COURSE, True),
    ],
)
def test_what_lifts_a_criterion(reason, course, lifted) -> None:
    assert leaving.is_lifted(reason, course, on=ON, policy=POLICY) is lifted


def test_quarters_goals_and_coming_back() -> None:
    read = {date(2025, 10, 1): 1, date(2026, 4, 1): 1}
    assert leaving.quarters(read, on=ON) == [date(2025, 10, 1), date(2026, 1, 1)]
    assert leaving.quarters({}, on=ON) == []
    reached, dropped, still_open = (True, False), (False, True), (False, False)
    assert leaving.outcome_reached([reached, dropped])
    assert not leaving.outcome_reached([reached, still_open])
    assert not leaving.outcome_reached([dropped])
    back = leaving.comes_back_on(LaneKind.STRATEGIC, ExitReason.TERM_OVER, on=date(2027, 8, 31))
    assert back == date(2028, 2, 29)
    assert leaving.comes_back_on(LaneKind.STRATEGIC, ExitReason.DISPLACED, on=ON) is None
    assert leaving.comes_back_on(LaneKind.RECOVERY, ExitReason.TERM_OVER, on=ON) is None


OURS = shipped(
    SponsorshipPolicy,
    "sponsorship",
    endings=[
        {
            "lane": "strategic",
            "fact": "risk",
            "comparison": "at_most",
            "value": "20",
            "lifted": "30",
        },
        {
            "lane": "strategic",
            "fact": "nps",
            "comparison": "at_least",
            "value": "9",
            "lifted": "6",
        },
    ],
)


@given(st.lists(st.tuples(st.none() | st.integers(0, 100), st.none() | st.integers(0, 10))))
def test_a_condition_of_our_own_never_flaps(seen) -> None:
    """Each stands from its first mark to its second one; what lies between or is unknown changes
    nothing, and the same day looked at again neither.
    """
    marks = {"own_risk_at_most": (20, 30), "own_nps_at_least": (-9, -6)}
    standing: set[str] = set()
    expected: set[str] = set()
    for risk, nps in seen:
        facts = EntryFacts(
            profile={"risk": Explained("risk", risk, "ACC-1", ON)},
            more={"nps": Explained("nps", nps, "ACC-1", ON)},
        )
        values = {"own_risk_at_most": risk, "own_nps_at_least": None if nps is None else -nps}
        for mark, (met, lifted) in marks.items():
            value = values[mark]
            if value is not None and value <= met:
                expected.add(mark)
            elif value is not None and value >= lifted:
                expected.discard(mark)
        course = replace(COURSE, facts=facts)
        found = leaving.watched(course, standing=standing, on=ON, policy=OURS)
        standing = (standing | {one.mark for one in found.raised}) - set(found.lifted)
        assert standing == expected
        again = leaving.watched(course, standing=standing, on=ON, policy=OURS)
        assert again == leaving.Watched((), ())
    changed = leaving.watched(COURSE, standing=standing, on=ON, policy=POLICY)
    assert set(changed.lifted) == standing  # the policy asks it no more


def test_the_daily_look_raises_and_lifts_conditions_of_our_own(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begun(cast, now)
    for module in (queries, queries.checking):
        monkeypatch.setattr(module, "policy_in_force", lambda: (OURS, 2))
    cast.acme.risk_score = 20
    for _turn in range(2):
        actions.watch(row, by=cast.petra, now=now)
    (signal,) = queries.signals(row)
    assert (signal.reason, signal.condition) == (ExitReason.CONDITION, "own_risk_at_most")
    assert set(signal.evidence) == {"en", "fr", "it"}
    cast.acme.risk_score = 29  # between the marks
    actions.watch(row, by=cast.petra, now=now)
    assert [one.mark for one in queries.signals(row)] == ["own_risk_at_most"]
    review = actions.open_review(row, why="", by=cast.petra, now=now)
    assert review.proposals == ["own_risk_at_most"]
    cast.acme.risk_score = 30
    actions.watch(row, by=cast.petra, now=now)
    assert not queries.signals(row)


def test_the_daily_look_raises_tells_once_and_lifts(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = begun(cast, now)
    by: dict[str, Any] = {"by": cast.petra}
    actions.watch(row, now=now, **by)
    assert not queries.signals(row)
    assert [one.quarter for one in queries.readings(row)] == [date(2026, 4, 1)]
    cast.acme.lifecycle = Lifecycle.LOST
    for _turn in range(2):
        actions.watch(row, now=now, **by)
    (signal,) = queries.signals(row)
    assert (signal.reason, set(signal.evidence)) == (ExitReason.CHURNED, {"en", "fr", "it"})
    told = sa.select(Notification.person_id).where(Notification.template == "sponsorship/exit_due")
    assert list(database.session.scalars(told)) == [cast.ids["ava"]]
    assert [one.reason for one in queries.to_review(cast.petra, now=now)] == [signal.reason]
    cast.acme.lifecycle = Lifecycle.ACTIVE
    actions.watch(row, now=now + timedelta(days=1), **by)
    assert not queries.signals(row)
    assert row.state is SponsorshipState.ACTIVE
    late = now + timedelta(days=400)  # the touchpoint is over, the training has ended
    actions.remind(now=late, **by)
    ends = now + timedelta(days=320)
    actions.remind(now=ends, **by)
    names = set(database.session.scalars(sa.select(Notification.template)))
    assert {"sponsorship/touch_late", "sponsorship/training_ends"} <= names
    assert "sponsorship/sponsor_gone" not in names
    auth_queries.get(cast.ids["ava"]).active = False
    for _turn in range(2):
        actions.remind(by=access.job("sponsorship.watch"), now=ends)
    gone = sa.select(Notification.person_id).filter_by(template="sponsorship/sponsor_gone")
    assert list(database.session.scalars(gone)) == [cast.ids["petra"]]
    database.session.commit()
    cast.read_english("petra")
    for page in ("", row.reference):
        assert "hand the sponsorship over, or end it" in browse("petra").text(
            f"/sponsorship/{page}"
        )


def test_two_low_quarters_ask_for_a_decision(cast: Cast, now: datetime, monkeypatch: Any) -> None:
    row = begun(cast, now)
    for quarter in (date(2025, 10, 1), date(2026, 1, 1)):
        database.session.add(
            Reading(sponsorship_id=row.id, quarter=quarter, score=Decimal(50), read_on=quarter)
        )
    database.session.flush()
    actions.watch(row, by=cast.petra, now=now)
    assert queries.signals(row) == [], "their rank alone would let them in"
    monkeypatch.setattr(type(POLICY.strategic), "top", 0)
    actions.watch(row, by=cast.petra, now=now)
    [signal] = queries.signals(row)
    assert signal.reason == LOW
    assert "no longer among the first 0" in signal.evidence["en"]


def test_a_review_decides_and_a_displaced_account_has_its_notice(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    petra: dict[str, Any] = {"by": cast.petra, "now": now}
    with pytest.raises(Refused) as refusal:
        actions.open_review(row, why="", **petra)
    assert refusal.value.field == "why_review"
    with pytest.raises(Refused, match="no review"):
        actions.conclude(row, ReviewOutcome.KEEP, reason="x", **petra)
    actions.open_review(row, why="Half-time.", by=cast.ava, now=now)
    with pytest.raises(Refused, match="open already"):
        actions.open_review(row, why="Again.", **petra)
    with pytest.raises(Refused, match="decides this"):
        actions.conclude(row, ReviewOutcome.KEEP, reason="x", by=cast.ava, now=now)
    with pytest.raises(Refused) as refusal:
        actions.conclude(row, ReviewOutcome.END, reason="Thanks.", **petra)
    assert refusal.value.field == "ends_because"
    actions.conclude(row, ReviewOutcome.DISPLACE, reason="Borealis needs it.", **petra)
    assert row.displaced_on == now.date()
    with pytest.raises(Refused, match="notice runs"):
        actions.end(row, ExitReason.DISPLACED, note="Now.", **petra)
    later = now + timedelta(days=31)
    actions.watch(row, by=cast.petra, now=later)
    assert ExitReason.DISPLACED in {one.reason for one in queries.signals(row)}
    actions.open_review(row, why="", by=cast.petra, now=later)
    ended = {"why": ExitReason.DISPLACED, "reason": "Thank you.", "by": cast.petra, "now": later}
    actions.conclude(row, ReviewOutcome.END, **ended)
    assert (row.state, row.reentry_on) == (SponsorshipState.ENDED, None)
    assert len(queries.reviews(row)) == 2


def test_a_change_of_lane_needs_a_place_there_and_who_left_waits(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    petra: dict[str, Any] = {"by": cast.petra, "now": now}
    sponsor = queries.sponsor_of(row)
    sponsor.recovery_places = 0
    with pytest.raises(Refused) as refusal:
        actions.change_lane(row, reason="A crisis.", **petra)
    assert refusal.value.field == "outcome"
    sponsor.recovery_places = 1
    actions.change_lane(row, reason="A crisis.", **petra)
    assert (row.lane, row.ends_on) == (LaneKind.RECOVERY, now.date() + timedelta(days=90))
    told = sa.select(Notification.person_id).filter_by(template="sponsorship/goes_on")
    assert set(database.session.scalars(told)) == {cast.ids["carl"], cast.ids["ava"]}
    actions.change_lane(row, reason="It is over.", **petra)
    actions.end(row, ExitReason.TERM_OVER, note="Thank you.", **petra)
    assert row.reentry_on == date(2026, 12, 17)
    with pytest.raises(Refused, match=row.reference):
        actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.petra, now=now)


@ON_SQLITE_ALONE
def test_the_page_of_a_review(browse: Callable[..., Any], cast: Cast, now: datetime) -> None:
    cast.read_english("petra", "ava", "carl")
    row = begun(cast, now)
    database.session.add(
        ExitSignal(
            sponsorship_id=row.id,
            reason=ExitReason.TERM_OVER,
            evidence=dict.fromkeys(("en", "fr", "it"), "The term ended."),
            raised_on=now.date(),
        )
    )
    database.session.commit()
    own, petra, ava = f"/sponsorship/{row.reference}", browse("petra"), browse("ava")
    assert "needs a decision" in petra.text("/sponsorship/")
    assert ava.post(f"{own}/review", {"why_review": ""}).status_code == 303
    assert "Conclude the review" not in ava.text(own)
    assert "Conclude the review" in petra.text(own)
    given = {"outcome": "extend", "new_sponsor": "", "ends_because": "", "conclusion": ""}
    assert petra.post(f"{own}/review/conclude", given).status_code == 422
    given["conclusion"] = "They asked for it."
    assert ava.post(f"{own}/review/conclude", given).status_code == 403
    assert petra.post(f"{own}/review/conclude", given).status_code == 303
    assert "They asked for it." in browse("carl").text(own)
