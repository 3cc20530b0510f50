"""From a draft that a case wrote to the end of a sponsorship."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, Lifecycle, TargetOwner
from portal.blueprints.escalations import actions as escalation_actions
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation, Trigger
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.models import Decision, Policy
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    ExitReason,
    LaneKind,
    Nomination,
    NominationState,
    PanelVerdict,
    Sponsorship,
    SponsorshipState,
    TouchpointState,
)
from portal.core import facts
from portal.core.access import Actor, Relation, RelationKind, Restriction, Role
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused, Stale
from tests.cast import Cast

from . import making

RECOVERY, STRATEGIC = LaneKind.RECOVERY, LaneKind.STRATEGIC


def threatened(cast: Cast, *, now: datetime) -> Escalation:
    wish = escalation_queries.Wish(
        words="Nous résilions le contrat.", demand="A fix", trigger=Trigger.CANCELLATION_THREAT
    )
    return escalation_actions.declare(cast.acme, wish, by=cast.carl, now=now, reason="they said so")


def drafted(case: Escalation) -> Nomination | None:
    return queries.for_case(case.reference)


def told(reference: str) -> set[int | None]:
    return set(
        database.session.scalars(
            sa.select(Notification.person_id).where(Notification.record_ref == reference)
        )
    )


@pytest.mark.usefixtures("db")
def test_an_executive_escalation_drafts_one_recovery_nomination(
    cast: Cast, now: datetime, run_jobs
) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    case = threatened(cast, now=now)
    assert case.executive
    run_jobs()
    row = drafted(case)
    assert row is not None
    assert (row.lane, row.state, row.author_id) == (RECOVERY, NominationState.DRAFT, None)
    assert row.proposed_sponsor_id is not None
    assert cast.carl.id in told(row.reference)
    assert queries.get_nomination(cast.petra, row.reference, now=now) is row
    assert actions.draft_recovery(case.reference, by=cast.petra, now=now) is None
    assert len(database.session.scalars(sa.select(Nomination)).all()) == 1


def test_a_milder_case_drafts_nothing(cast: Cast, now: datetime, run_jobs) -> None:
    wish = escalation_queries.Wish(words="Good work!", demand="More", trigger=Trigger.OPPORTUNITY)
    case = escalation_actions.declare(cast.acme, wish, by=cast.carl, now=now, reason="said so")
    assert not case.executive
    run_jobs()
    assert drafted(case) is None


def test_a_person_completes_and_sends_what_was_drafted(cast: Cast, now: datetime, run_jobs) -> None:
    case = threatened(cast, now=now)
    run_jobs()
    row = drafted(case)
    assert row is not None
    with pytest.raises(Refused, match="sentence") as refusal:
        actions.send(row, by=cast.carl, now=now)
    assert refusal.value.field == "outcome"
    actions.edit(
        row,
        outcome="No stop at kiln 3",
        why="",
        customer_executive_id=None,
        proposed_sponsor_id=None,
        by=cast.carl,
        now=now,
    )
    actions.send(row, by=cast.carl, now=now)
    assert row.state is NominationState.SENT
    assert row.score is not None
    stored = {one["key"]: one["met"] for one in row.criteria}
    assert stored == {"recent_case": True, "arr_floor": True, "owner": True}
    assert row.criteria[0]["evidence"]["fr"].startswith(case.reference)
    assert cast.petra.id in told(row.reference)


def test_a_recovery_is_admitted_to_a_sponsor_with_capacity(
    cast: Cast, now: datetime, run_jobs
) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    case = threatened(cast, now=now)
    run_jobs()
    row = drafted(case)
    assert row is not None
    actions.edit(
        row,
        outcome="No stop at kiln 3",
        why="",
        customer_executive_id=None,
        proposed_sponsor_id=sponsor.id,
        by=cast.carl,
        now=now,
    )
    actions.send(row, by=cast.carl, now=now)
    begun = actions.decide(row, PanelVerdict.ADMIT, sponsor_id=sponsor.id, by=cast.petra, now=now)
    assert begun is not None
    assert (begun.ends_on - begun.starts_on).days == 90
    assert begun.next_touch_on == begun.starts_on + timedelta(days=30)
    assert row.state is NominationState.ADMITTED
    assert {cast.ava.id, cast.carl.id} <= told(begun.reference)
    decision = database.session.scalars(
        sa.select(Decision).filter_by(kind="sponsorship.admission")
    ).one()
    assert decision.recommendation == decision.chosen == {"verdict": "admit"}
    assert queries.get_sponsorship(cast.ava, begun.reference, now=now) is begun
    related = database.session.execute(
        sa.select(Relation.person_id, Relation.role).filter_by(kind=RelationKind.SPONSOR)
    ).all()
    assert set(related) == {(cast.ava.id, None), (None, Role.PROGRAMME_MANAGER)}
    known = facts.of(
        [cast.acme_id],
        ["sponsorship_active", "sponsor_name", "nomination_open"],
        at=now,
        viewer=cast.petra,
    )[cast.acme_id]
    assert known["sponsorship_active"].value
    assert known["sponsor_name"].value == "Ava Solheim"
    assert "nomination_open" not in known


def test_admitting_against_the_policy_needs_a_reason(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused) as refusal:
        actions.decide(row, PanelVerdict.ADMIT, sponsor_id=sponsor.id, by=cast.petra, now=now)
    assert refusal.value.field == "reason"
    begun = actions.decide(
        row,
        PanelVerdict.ADMIT,
        sponsor_id=sponsor.id,
        reason="Their plan comes next week.",
        by=cast.petra,
        now=now,
    )
    assert begun is not None
    assert begun.ends_on == begun.starts_on.replace(year=begun.starts_on.year + 1)


def test_a_strategic_account_that_meets_all_is_eligible(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    contact = database.session.scalars(
        sa.select(Contact.id).filter_by(account_id=cast.acme_id)
    ).one()
    making.plan(cast.acme, on=now.date() - timedelta(days=3))
    row = making.sent(cast.acme, by=cast.carl, now=now, customer_executive_id=contact)
    found = queries.checked(cast.acme, STRATEGIC, now=now, nomination=row)
    assert {one.key: one.met for one in found.criteria} == dict.fromkeys(
        ("rank_or_score", "customer_executive", "success_plan", "outcome", "sponsor"), True
    )
    assert actions.decide(row, PanelVerdict.ADMIT, sponsor_id=sponsor.id, by=cast.petra, now=now)


@pytest.mark.parametrize("verdict", [PanelVerdict.WAIT, PanelVerdict.DECLINE])
def test_waiting_and_declining_need_words(cast: Cast, now: datetime, verdict: PanelVerdict) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused):
        actions.decide(row, verdict, by=cast.petra, now=now)
    assert actions.decide(row, verdict, reason="Come back in May.", by=cast.petra, now=now) is None
    assert row.state in (NominationState.WAITING, NominationState.DECLINED)
    assert cast.carl.id in told(row.reference)


def test_who_waits_can_be_admitted_later(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    actions.decide(row, PanelVerdict.WAIT, reason="No place yet.", by=cast.petra, now=now)
    actions.decide(
        row,
        PanelVerdict.ADMIT,
        sponsor_id=sponsor.id,
        reason="Now there is.",
        by=cast.lena,
        now=now,
    )
    assert row.state is NominationState.ADMITTED


def test_a_decided_nomination_is_decided_once(cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    actions.decide(row, PanelVerdict.DECLINE, reason="Too small.", by=cast.petra, now=now)
    with pytest.raises(Refused, match="faster"):
        actions.decide(row, PanelVerdict.WAIT, reason="No.", by=cast.lena, now=now)


@pytest.mark.parametrize("name", ["carl", "erik", "ava", "fina"])
def test_only_the_programme_and_the_panel_decide(cast: Cast, now: datetime, name: str) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    by: Actor = getattr(cast, name)
    with pytest.raises(Refused, match="panel"):
        actions.decide(row, PanelVerdict.DECLINE, reason="No.", by=by, now=now)


def test_a_sponsor_does_not_decide_on_their_own_account(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.lena, capacity=2, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match="own account"):
        actions.decide(
            row, PanelVerdict.ADMIT, sponsor_id=sponsor.id, reason="Mine.", by=cast.lena, now=now
        )


def test_nobody_decides_their_own_nomination(cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.petra, now=now)
    with pytest.raises(Refused, match="own nomination"):
        actions.decide(row, PanelVerdict.DECLINE, reason="No.", by=cast.petra, now=now)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"trained_on": None}, "training"),
        ({"capacity": 0}, "places"),
        ({"hours_month": 1}, "short of"),
    ],
)
def test_who_has_no_room_gets_no_account(
    cast: Cast, now: datetime, profile: dict[str, object], words: str
) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now, **profile)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match=words) as refusal:
        actions.decide(
            row,
            PanelVerdict.ADMIT,
            sponsor_id=sponsor.id,
            reason="I insist.",
            by=cast.petra,
            now=now,
        )
    assert refusal.value.field == "sponsor_id"


def test_a_declared_conflict_forbids_the_match(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(
        cast.ava, by=cast.petra, now=now, conflicts=(cast.acme.reference.lower(),)
    )
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match="conflict"):
        actions.decide(
            row,
            PanelVerdict.ADMIT,
            sponsor_id=sponsor.id,
            reason="I insist.",
            by=cast.petra,
            now=now,
        )


def test_who_carries_the_target_sponsors_nobody_there(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    database.session.add(
        TargetOwner(account_id=cast.acme_id, person_id=cast.ava.id, since=now.date())
    )
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match="revenue target"):
        actions.decide(
            row,
            PanelVerdict.ADMIT,
            sponsor_id=sponsor.id,
            reason="I insist.",
            by=cast.petra,
            now=now,
        )


def test_the_last_place_is_taken_once(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now, capacity=1)
    first = making.sent(cast.acme, by=cast.carl, now=now)
    second = making.sent(cast.borealis, by=cast.clara, now=now)
    actions.decide(
        first, PanelVerdict.ADMIT, sponsor_id=sponsor.id, reason="First.", by=cast.petra, now=now
    )
    with pytest.raises(Refused, match="place of this lane"):
        actions.decide(
            second, PanelVerdict.ADMIT, sponsor_id=sponsor.id, reason="Too.", by=cast.lena, now=now
        )


def test_a_full_lane_admits_nobody(cast: Cast, now: datetime) -> None:
    policy = database.session.scalars(sa.select(Policy).filter_by(kind="sponsorship")).one()
    policy.body = {**policy.body, "strategic": {**policy.body["strategic"], "places": 1}}
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    first = making.sent(cast.acme, by=cast.carl, now=now)
    second = making.sent(cast.borealis, by=cast.clara, now=now)
    known = {"sponsor_id": sponsor.id, "reason": "Needed."}
    actions.decide(first, PanelVerdict.ADMIT, by=cast.petra, now=now, **known)
    with pytest.raises(Refused, match="All places"):
        actions.decide(second, PanelVerdict.ADMIT, by=cast.petra, now=now, **known)


def test_a_lost_or_sponsored_account_is_not_nominated(cast: Cast, now: datetime) -> None:
    making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match="still open"):
        actions.draft(cast.acme, STRATEGIC, by=cast.carl, now=now)
    cast.borealis.lifecycle = Lifecycle.LOST
    database.session.flush()
    with pytest.raises(Refused, match="no longer"):
        actions.draft(cast.borealis, STRATEGIC, by=cast.clara, now=now)


def test_two_people_completing_a_draft(cast: Cast, now: datetime) -> None:
    row = actions.draft(cast.acme, STRATEGIC, by=cast.carl, now=now)
    database.session.flush()
    seen = row.version
    known = {"why": "", "customer_executive_id": None, "proposed_sponsor_id": None}
    actions.edit(row, outcome="One", by=cast.carl, now=now, version=seen, **known)
    database.session.flush()
    with pytest.raises(Stale) as stale:
        actions.edit(row, outcome="Two", by=cast.erik, now=now, version=seen, **known)
    assert stale.value.current["outcome"] == "One"


def test_somebody_of_another_customer_is_no_counterpart(cast: Cast, now: datetime) -> None:
    stranger = database.session.scalars(
        sa.select(Contact.id).filter_by(account_id=cast.borealis_id)
    ).one()
    row = actions.draft(cast.acme, STRATEGIC, by=cast.carl, now=now)
    with pytest.raises(Refused) as refusal:
        actions.edit(
            row,
            outcome="x",
            why="",
            customer_executive_id=stranger,
            proposed_sponsor_id=None,
            by=cast.carl,
            now=now,
        )
    assert refusal.value.field == "customer_executive_id"


def running(cast: Cast, *, now: datetime, lane: LaneKind = STRATEGIC) -> Sponsorship:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now, lane=lane)
    begun = actions.decide(
        row, PanelVerdict.ADMIT, sponsor_id=sponsor.id, reason="They count.", by=cast.petra, now=now
    )
    assert begun is not None
    return begun


def test_touchpoints_plan_the_next_one(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now)
    point = queries.touchpoints(row)[0]
    day = now.date() + timedelta(days=20)
    later = now + timedelta(days=20)
    actions.settle_touchpoint(
        row, point, TouchpointState.HELD, note="Met.", on=day, by=cast.ava, now=later
    )
    assert (point.held_on, row.next_touch_on) == (day, day + timedelta(days=90))
    assert [one.state.value for one in queries.touchpoints(row)] == ["held", "planned"]


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_touchpoint_lies_in_the_term_and_not_ahead(cast: Cast, now: datetime, shift: int) -> None:
    row = running(cast, now=now)
    point = queries.touchpoints(row)[0]
    day = now.date() + timedelta(days=shift)
    with pytest.raises(Refused, match="day"):
        actions.settle_touchpoint(
            row, point, TouchpointState.HELD, note="", on=day, by=cast.ava, now=now
        )


def test_only_the_sponsor_and_the_programme_note_touchpoints(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now)
    point = queries.touchpoints(row)[0]
    with pytest.raises(Refused, match="programme manager"):
        actions.settle_touchpoint(
            row, point, TouchpointState.HELD, note="", on=None, by=cast.carl, now=now
        )


def test_two_missed_by_us_propose_another_sponsor(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now)
    for _turn in range(2):
        point = queries.touchpoints(row)[-1]
        actions.settle_touchpoint(
            row, point, TouchpointState.MISSED_BY_US, note="", on=None, by=cast.petra, now=now
        )
    proposals = queries.exits(row, cast.acme, now=now)
    assert [one.proposal.value for one in proposals] == ["change_sponsor"]


def test_a_recovery_is_extended_once(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now, lane=RECOVERY)
    actions.extend(row, reason="The fix is late.", by=cast.petra, now=now)
    assert (row.ends_on - row.starts_on).days == 180
    with pytest.raises(Refused, match="no further"):
        actions.extend(row, reason="Again.", by=cast.petra, now=now)


def test_the_programme_sees_the_cases_of_customers_that_are_sponsored(
    cast: Cast, now: datetime, run_jobs
) -> None:
    """Not those of every customer that a case once drafted a nomination for."""
    case = threatened(cast, now=now)
    run_jobs()
    draft = drafted(case)
    assert draft is not None
    actions.withdraw(draft, reason="Another lane.", by=cast.petra, now=now)

    def sees() -> bool:
        seen = escalation_queries.seen_by(cast.petra, now=now)
        query = sa.select(Escalation.id).where(Escalation.id == case.id, seen)
        return database.session.scalar(query) is not None

    assert not sees()
    row = running(cast, now=now)
    assert sees()
    actions.end(row, ExitReason.OUTCOME_REACHED, note="Thank you.", by=cast.petra, now=now)
    database.session.flush()
    assert not sees()


def test_the_end_closes_the_sponsors_view_and_frees_the_place(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now)
    with pytest.raises(Refused) as refusal:
        actions.end(row, ExitReason.TERM_OVER, note=" ", by=cast.petra, now=now)
    assert refusal.value.field == "farewell"
    actions.end(row, ExitReason.OUTCOME_REACHED, note="Thank you.", by=cast.petra, now=now)
    assert (row.state, row.next_touch_on) == (SponsorshipState.ENDED, None)
    assert queries.loads() == {}
    gone = sa.select(Relation.id).filter_by(kind=RelationKind.SPONSOR)
    assert database.session.scalars(gone).all() == []
    assert queries.get_sponsorship(cast.ava, row.reference, now=now) is row
    with pytest.raises(Refused, match="ended"):
        actions.extend(row, reason="Again.", by=cast.petra, now=now)


def test_capacity_is_never_put_below_what_is_carried(cast: Cast, now: datetime) -> None:
    row = running(cast, now=now)
    sponsor = queries.sponsor_of(row)
    known: dict[str, Any] = {"languages": ("en",), "zone": "Europe/Paris"}
    for less, field in (({"capacity": 0}, "capacity"), ({"hours_month": 1}, "hours_month")):
        with pytest.raises(Refused, match="end or hand over one first") as refusal:
            actions.edit_sponsor(sponsor, actions.Profile(**known, **less), by=cast.petra, now=now)
        assert refusal.value.field == field
    row.lane = LaneKind.RECOVERY
    none = actions.Profile(**known, recovery_places=0)
    with pytest.raises(Refused, match="more accounts") as refusal:
        actions.edit_sponsor(sponsor, none, by=cast.petra, now=now)
    assert refusal.value.field == "recovery_places"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"capacity": 4}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"recovery_places": 2}, "recovery_places"),
        ({"hours_month": 500}, "hours_month"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"languages": ("xx",)}, "languages"),
        ({"languages": ()}, "languages"),
        ({"conflicts": ("ACC-00001", "ACC-99999")}, "conflicts"),
    ],
)
def test_a_profile_that_cannot_be(
    cast: Cast, now: datetime, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        making.sponsor(cast.ava, by=cast.petra, now=now, **change)
    assert refusal.value.field == field


def test_sponsors_are_executives_and_in_the_programme_once(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="executives"):
        making.sponsor(cast.carl, by=cast.petra, now=now)
    making.sponsor(cast.ava, by=cast.petra, now=now)
    with pytest.raises(Refused, match="already"):
        making.sponsor(cast.ava, by=cast.petra, now=now)


def test_a_restricted_case_hides_its_nomination(cast: Cast, now: datetime, run_jobs) -> None:
    case = threatened(cast, now=now)
    run_jobs()
    row = drafted(case)
    assert row is not None
    case.restricted = True
    database.session.add(
        Restriction(record_ref=case.reference, account_id=case.account_id, since=now)
    )
    database.session.flush()
    with pytest.raises(NotFound):
        queries.get_nomination(cast.petra, row.reference, now=now)
    assert queries.get_nomination(cast.carl, row.reference, now=now) is row


def test_a_restricted_case_hides_the_sponsorship_it_led_to(cast: Cast, now: datetime) -> None:
    sponsorship = running(cast, now=now)
    case = threatened(cast, now=now)
    database.session.get_one(Nomination, sponsorship.nomination_id).case_ref = case.reference
    database.session.flush()
    assert queries.get_sponsorship(cast.lena, sponsorship.reference, now=now) is sponsorship
    escalation_actions.restrict(case, keep=(), reason="Conduct", by=cast.erik, now=now)
    database.session.flush()
    for name in ("lena", "petra", "aldo"):
        with pytest.raises(NotFound):
            queries.get_sponsorship(getattr(cast, name), sponsorship.reference, now=now)
        assert queries.sponsorships(getattr(cast, name), now=now) == []
    for name in ("carl", "ava"):
        found = queries.get_sponsorship(getattr(cast, name), sponsorship.reference, now=now)
        assert found is sponsorship, "its people see it: of the case, and the sponsor"


def test_a_stranger_sees_no_nomination(cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    for name in ("otto", "clara", "sam", "kim", "adam"):
        with pytest.raises(NotFound):
            queries.get_nomination(getattr(cast, name), row.reference, now=now)
        assert queries.nominations_of(getattr(cast, name), now=now) == []


def test_missing_data_is_said_not_guessed(cast: Cast, now: datetime) -> None:
    cast.acme.arr_minor = None
    account: Account = cast.acme
    found = queries.checked(account, STRATEGIC, now=now)
    by_key = {one.key: one for one in found.criteria}
    assert by_key["success_plan"].met is None
    assert by_key["customer_executive"].met is None
    assert by_key["success_plan"].needed
    assert found.score.value < Decimal(100)
