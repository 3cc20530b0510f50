"""From a proposal to what was delivered, and everything that stands in the way."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import TargetOwner, TimelineEntry
from portal.blueprints.auth.models import User
from portal.blueprints.concessions import actions, jobs, queries
from portal.blueprints.concessions.models import (
    Approval,
    Concession,
    Form,
    Ground,
    Insurer,
    State,
)
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Trigger
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import Decision, Policy
from portal.core.access import K, Restriction
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from portal.core.money import Money
from tests.cast import SYSTEM, Cast

from . import making


def eur(amount: int | str) -> Money:
    return Money(Decimal(amount), "EUR")


def told(row: Concession) -> set[int]:
    rows = database.session.scalars(
        sa.select(Notification.person_id).where(Notification.record_ref == row.reference)
    )
    return {person for person in rows if person is not None}


def test_a_proposal_begins_with_what_is_owed_lost_and_spent(cast: Cast, now: datetime) -> None:
    row = actions.propose(
        cast.acme,
        making.wish(owed=8500, loss=24200, documented=True, effort_hours=30),
        by=cast.carl,
        now=now,
    )
    parts = queries.parts(row)
    assert [(p.ground, p.face_minor) for p in parts] == [
        (Ground.OWED, 850_000),
        (Ground.DIRECT_LOSS, 2_420_000),
        (Ground.EFFORT, 120_000),
    ]
    assert row.state is State.DRAFT


def test_a_loss_without_proof_is_no_part(cast: Cast, now: datetime) -> None:
    row = actions.propose(cast.acme, making.wish(loss=24200), by=cast.carl, now=now)
    assert queries.parts(row) == []


def test_from_request_to_delivery(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    actions.request(row, by=cast.carl, now=now)
    assert row.state is State.REQUESTED
    assert told(row) == {cast.erik.id}
    assert [hold.record_ref for hold in escalation_queries.holds(case)] == [row.reference]
    actions.approve(row, by=cast.erik, now=now)
    assert row.state is State.APPROVED
    assert cast.carl.id in told(row)
    actions.offer(row, by=cast.carl, now=now)
    assert row.lapses_at == now + timedelta(days=14)
    actions.accept(row, who="Hélène Vasseur, COO", by=cast.carl, now=now)
    assert escalation_queries.holds(case) == []
    part = queries.parts(row)[0]
    actions.deliver(row, {part.id: "CN-77"}, by=cast.fina, now=now)
    assert (row.state, part.credit_note) == (State.DELIVERED, "CN-77")


def test_what_is_owed_alone_needs_no_signature_and_uses_no_authority(
    cast: Cast, now: datetime
) -> None:
    row = actions.propose(cast.acme, making.wish(owed=8500), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    assert row.state is State.APPROVED
    assert row.drawn_minor == 0
    given = queries.given_since(cast.acme_id, now.date() - timedelta(days=1))
    assert given[Ground.OWED] == eur(8500)
    assert given[Ground.GOODWILL] == eur(0)


def test_nobody_approves_their_own_request(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.erik, now=now)
    actions.request(row, by=cast.erik, now=now)
    with pytest.raises(Refused, match="own request"):
        actions.approve(row, by=cast.erik, now=now)


def test_who_had_a_hand_in_it_does_not_approve(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.erik, now=now)
    actions.edit(row, making.wish(fee=10_000, why="Better words"), by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="own request"):
        actions.approve(row, by=cast.erik, now=now)


def test_who_carries_the_revenue_target_never_approves(cast: Cast, now: datetime) -> None:
    database.session.add(
        TargetOwner(account_id=cast.acme_id, person_id=cast.erik.id, since=now.date())
    )
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="revenue target"):
        actions.approve(row, by=cast.erik, now=now)
    assert queries.to_sign(cast.erik, now=now) == []
    assert [one.reference for one in queries.to_sign(cast.dora, now=now)] == [row.reference]
    actions.approve(row, by=cast.dora, now=now)
    assert row.state is State.APPROVED


def test_a_substitute_of_the_requester_never_approves(cast: Cast, now: datetime) -> None:
    cast.user("carl").substitute_id = cast.erik.id
    database.session.flush()
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="Substitutes"):
        actions.approve(row, by=cast.erik, now=now)


def test_a_substitute_signs_with_the_authority_of_who_is_away(cast: Cast, now: datetime) -> None:
    away = cast.user("dora")
    away.substitute_id, away.absent_from = cast.erik.id, now - timedelta(days=1)
    database.session.flush()
    row = making.draft(cast.acme, 20_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    mark = queries.approvals(row)[0]
    assert (row.state, mark.person_id, mark.for_id) == (State.APPROVED, cast.erik.id, cast.dora.id)


@pytest.mark.parametrize(
    ("amount", "signer"), [(5000, "erik"), (5001, "dora"), (25_000, "dora"), (100_001, "lena")]
)
def test_the_lowest_row_that_reaches_signs(
    cast: Cast, now: datetime, amount: int, signer: str
) -> None:
    row = making.draft(cast.acme, amount, by=cast.carl, now=now)
    weighed = queries.weigh(row, cast.acme, parts=queries.parts(row), now=now)
    assert weighed is not None
    low = {"erik": "escalation_manager", "dora": "executive", "lena": "leadership"}
    assert weighed.steps[0][0].role.value == low[signer]


def test_a_manager_does_not_sign_above_their_limit(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 5001, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="another signature"):
        actions.approve(row, by=cast.erik, now=now)


def test_what_was_given_this_year_counts_against_the_limit(cast: Cast, now: datetime) -> None:
    first = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(first, by=cast.carl, now=now)
    actions.approve(first, by=cast.erik, now=now)
    second = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(second, by=cast.carl, now=now)
    with pytest.raises(Refused, match="another signature"):
        actions.approve(second, by=cast.erik, now=now)


def test_two_requests_within_the_limit_are_not_both_within_it(cast: Cast, now: datetime) -> None:
    rows = [making.draft(cast.acme, 3000, by=cast.carl, now=now) for _ in range(2)]
    for row in rows:
        actions.request(row, by=cast.carl, now=now)
    actions.approve(rows[0], by=cast.erik, now=now)
    with pytest.raises(Refused, match="another signature"):
        actions.approve(rows[1], by=cast.erik, now=now)


def test_what_lapsed_counts_no_more_and_gives_the_budget_back(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    budget = queries.budget("", now=now)
    assert budget is not None
    assert budget.drawn_minor == 300_000
    actions.offer(row, by=cast.carl, now=now)
    jobs.lapse_offers((now + timedelta(days=13)).isoformat())
    assert row.state is State.OFFERED
    jobs.lapse_offers((now + timedelta(days=14)).isoformat())
    assert row.state is State.LAPSED
    database.session.refresh(budget)
    assert budget.drawn_minor == 0
    given = queries.given_since(cast.acme_id, now.date() - timedelta(days=1))
    assert given[Ground.GOODWILL] == eur(0)


def test_a_used_up_budget_needs_leadership(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 44_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.note_insurer(row, Insurer.NOT_NEEDED, by=cast.fina, now=now)
    actions.approve(row, by=cast.ava, now=now)
    actions.approve(row, by=cast.fina, now=now)
    assert row.state is State.APPROVED
    other = making.draft(cast.borealis, 1500, by=cast.clara, now=now)
    weighed = queries.weigh(other, cast.borealis, parts=queries.parts(other), now=now)
    assert weighed is not None
    assert [step[0].role.value for step in weighed.steps] == ["escalation_manager", "leadership"]


def test_two_seats_are_two_people(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 30_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.note_insurer(row, Insurer.NOT_NEEDED, by=cast.fina, now=now)
    actions.approve(row, by=cast.ava, now=now)
    assert row.state is State.REQUESTED
    with pytest.raises(Refused, match="already"):
        actions.approve(row, by=cast.ava, now=now)
    actions.approve(row, by=cast.fina, now=now)
    assert row.state is State.APPROVED


def test_a_threat_brings_legal_and_the_question_of_the_insurer(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now, trigger=Trigger.CANCELLATION_THREAT)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case, threat=False)
    assert row.threat
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="insurer"):
        actions.approve(row, by=cast.erik, now=now)
    actions.note_insurer(row, Insurer.TOLD, by=cast.fina, now=now)
    actions.approve(row, by=cast.erik, now=now)
    assert row.state is State.REQUESTED
    assert queries.get(cast.lisa, row.reference, now=now) is row
    assert cast.lisa.id in told(row)
    actions.approve(row, by=cast.lisa, now=now)
    assert row.state is State.APPROVED


def test_a_changed_part_voids_what_was_signed(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 30_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.note_insurer(row, Insurer.NOT_NEEDED, by=cast.fina, now=now)
    actions.approve(row, by=cast.ava, now=now)
    digest = row.digest
    part = queries.parts(row)[0]
    actions.change_part(row, part, making.part(29_000), by=cast.carl, now=now)
    assert row.state is State.DRAFT
    assert queries.living(row) == []
    assert queries.approvals(row)[0].voided_at == now
    actions.request(row, by=cast.carl, now=now)
    assert row.digest != digest
    with pytest.raises(Refused):
        actions.offer(row, by=cast.carl, now=now)


def test_what_was_offered_is_not_changed(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="not changed"):
        actions.add_part(row, making.part(10), by=cast.carl, now=now)


def test_the_stricter_of_two_policies_decides_who_signs(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    old = database.session.scalars(sa.select(Policy).filter_by(kind="compensation")).one()
    authority = [
        {**one, "amount": "600", "floor": "300"} if one["key"] == "escalation_manager" else one
        for one in old.body["authority"]
    ]
    making.publish({"authority": authority}, now=now)
    with pytest.raises(Refused, match="another signature"):
        actions.approve(row, by=cast.erik, now=now)
    actions.approve(row, by=cast.dora, now=now)
    assert (row.state, row.policy_number) == (State.APPROVED, 1)
    verdict = database.session.scalars(
        sa.select(Decision).filter_by(kind="concessions.verdict")
    ).one()
    assert (verdict.policy_number, verdict.facts["requested_under"]) == (2, 1)


def test_who_signed_under_a_path_that_moved_signs_again(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, waiver=True)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    other = making.draft(cast.acme, 4000, by=cast.carl, now=now)
    actions.request(other, by=cast.carl, now=now)
    actions.approve(other, by=cast.dora, now=now)
    # Together they are above what an escalation manager may sign: legal cannot complete it.
    with pytest.raises(Refused, match="another signature"):
        actions.approve(row, by=cast.lisa, now=now)
    actions.approve(row, by=cast.dora, now=now)
    assert row.state is State.REQUESTED
    actions.approve(row, by=cast.lisa, now=now)
    assert row.state is State.APPROVED


def test_a_refusal_names_its_reason_and_tells_the_proposer(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused):
        actions.refuse(row, reason=" ", by=cast.erik, now=now)
    actions.refuse(row, reason="Too much for one hour.", by=cast.erik, now=now)
    assert row.state is State.REFUSED
    assert escalation_queries.holds(case) == []
    assert cast.carl.id in told(row)


def test_legal_refuses_out_of_turn(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, waiver=True)
    actions.request(row, by=cast.carl, now=now)
    actions.refuse(row, reason="The waiver is void here.", by=cast.lisa, now=now)
    assert row.state is State.REFUSED


def test_who_has_no_authority_cannot_refuse(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 5001, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="another signature"):
        actions.refuse(row, reason="No.", by=cast.erik, now=now)


@pytest.mark.parametrize("amount", ["0", "-1", "10000000.01", "0.001", "NaN", "1e30"])
def test_money_that_cannot_be_is_refused(cast: Cast, now: datetime, amount: str) -> None:
    row = actions.propose(cast.acme, making.wish(), by=cast.carl, now=now)
    with pytest.raises(Refused) as refusal:
        actions.add_part(row, making.part(amount), by=cast.carl, now=now)
    assert refusal.value.field == "amount"


def test_a_long_term_is_absurd_as_a_whole(cast: Cast, now: datetime) -> None:
    row = actions.propose(cast.acme, making.wish(), by=cast.carl, now=now)
    with pytest.raises(Refused, match="believable"):
        actions.add_part(row, making.part(1_000_000, periods=12), by=cast.carl, now=now)


def test_months_count_with_their_whole_term(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 10, by=cast.carl, now=now)
    actions.add_part(
        row, making.part(2000, form=Form.FREE_MONTHS, periods=3), by=cast.carl, now=now
    )
    weighed = queries.weigh(row, cast.acme, parts=queries.parts(row), now=now)
    assert weighed is not None
    assert weighed.request.face() == eur(6010)
    roles = [[one.role.value for one in step] for step in weighed.steps]
    assert roles == [["executive"], ["finance"]]


def test_without_a_rate_there_is_no_proposal(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="exchange rate") as refusal:
        actions.propose(cast.acme, making.wish(currency="CHF"), by=cast.carl, now=now)
    assert refusal.value.field == "currency"


def rate(value: str, *, now: datetime) -> None:
    policy_actions.publish_rate(
        "CHF",
        target="EUR",
        day=now.date(),
        rate=Decimal(value),
        source="test",
        first_id=None,
        second_id=None,
        by=SYSTEM,
        now=now,
    )


def test_limits_are_read_in_the_currency_of_the_policy(cast: Cast, now: datetime) -> None:
    rate("1.05", now=now)
    row = making.draft(cast.acme, 4900, by=cast.carl, now=now, currency="CHF")
    actions.request(row, by=cast.carl, now=now)
    assert queries.parts(row)[0].reporting_minor == 514_500
    with pytest.raises(Refused, match="another signature"):
        actions.approve(row, by=cast.erik, now=now)


def test_a_rate_that_moved_runs_the_limits_again(cast: Cast, now: datetime) -> None:
    rate("1.00", now=now)
    row = making.draft(cast.acme, 4900, by=cast.carl, now=now, currency="CHF")
    actions.request(row, by=cast.carl, now=now)
    assert row.rate == 1
    later = now + timedelta(days=1)
    rate("1.05", now=later)
    with pytest.raises(Refused, match="another signature"):
        actions.approve(row, by=cast.erik, now=later)
    actions.approve(row, by=cast.dora, now=later)
    assert row.rate == Decimal("1.05")
    assert queries.parts(row)[0].reporting_minor == 514_500


def test_a_rate_that_hardly_moved_stays_frozen(cast: Cast, now: datetime) -> None:
    rate("1.00", now=now)
    row = making.draft(cast.acme, 4950, by=cast.carl, now=now, currency="CHF")
    actions.request(row, by=cast.carl, now=now)
    later = now + timedelta(days=1)
    rate("1.02", now=later)
    actions.approve(row, by=cast.erik, now=later)
    assert (row.state, row.rate) == (State.APPROVED, Decimal(1))


def test_nothing_stops_being_asked_for_without_an_amount(cast: Cast, now: datetime) -> None:
    row = actions.propose(cast.acme, making.wish(), by=cast.carl, now=now)
    with pytest.raises(Refused, match="Nothing is asked for"):
        actions.request(row, by=cast.carl, now=now)


def test_a_gesture_above_a_months_fee_is_stopped(cast: Cast, now: datetime) -> None:
    row = actions.propose(cast.acme, making.wish(fee=100), by=cast.carl, now=now)
    actions.add_part(row, making.part(101), by=cast.carl, now=now)
    with pytest.raises(Refused, match="capped"):
        actions.request(row, by=cast.carl, now=now)


def test_in_legal_mode_no_offer_goes_out(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    case.legal_mode = True
    with pytest.raises(Refused, match="counsel"):
        actions.offer(row, by=cast.carl, now=now)


def test_who_proposed_does_not_pay_out(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    actions.accept(row, who="H. Vasseur", by=cast.carl, now=now)
    part = queries.parts(row)[0]
    with pytest.raises(Refused, match="proposed"):
        actions.deliver(row, {part.id: "CN-1"}, by=cast.carl, now=now)
    with pytest.raises(Refused, match="credit note"):
        actions.deliver(row, {part.id: " "}, by=cast.fina, now=now)


def test_a_lapsed_offer_is_not_accepted(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.approve(row, by=cast.erik, now=now)
    actions.offer(row, by=cast.carl, now=now)
    with pytest.raises(Refused, match="lapsed"):
        actions.accept(row, who="H. Vasseur", by=cast.carl, now=now + timedelta(days=15))


def test_who_left_holds_no_seat(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 30_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    actions.note_insurer(row, Insurer.NOT_NEEDED, by=cast.fina, now=now)
    actions.approve(row, by=cast.ava, now=now)
    database.session.execute(sa.update(User).filter_by(id=cast.ava.id).values(active=False))
    database.session.expire_all()
    actions.approve(row, by=cast.fina, now=now)
    assert row.state is State.REQUESTED


def test_the_log_and_the_story_know_it(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    actions.request(row, by=cast.carl, now=now)
    entries = database.session.scalars(
        sa.select(TimelineEntry).where(
            TimelineEntry.case_ref == case.reference, TimelineEntry.klass == int(K.RESTRICTED)
        )
    ).all()
    assert [entry.lane.value for entry in entries] == ["executive"]
    decision = database.session.scalars(
        sa.select(Decision).filter_by(record_ref=row.reference)
    ).one()
    assert decision.facts["face"] == "3000.00 EUR"
    assert decision.reason == "Two outages in a week."


def test_a_restricted_case_hides_its_compensation(cast: Cast, now: datetime) -> None:
    case = making.case(cast.acme, by=cast.carl, now=now)
    row = making.draft(cast.acme, 3000, by=cast.carl, now=now, case=case)
    case.restricted = True
    database.session.add(
        Restriction(record_ref=case.reference, account_id=case.account_id, since=now)
    )
    database.session.flush()
    actions.request(row, by=cast.carl, now=now)
    assert queries.get(cast.erik, row.reference, now=now) is row
    # Executives are named on the case by its route; nobody else with a role for amounts is.
    for name in ("lena", "felix", "fina", "aldo", "lisa", "otto"):
        with pytest.raises(NotFound):
            queries.get(getattr(cast, name), row.reference, now=now)


def test_one_seat_takes_one_signature(cast: Cast, now: datetime) -> None:
    row = making.draft(cast.acme, 30_000, by=cast.carl, now=now)
    actions.request(row, by=cast.carl, now=now)
    database.session.flush()
    for person in (cast.ava.id, cast.dora.id):
        database.session.add(
            Approval(
                concession_id=row.id,
                seat="0:executive",
                digest=row.digest,
                person_id=person,
                verdict="approved",
                policy_number=1,
                at=now,
            )
        )
    with pytest.raises(sa.exc.IntegrityError):
        database.session.flush()
