"""The engine of notices and the clocks it reads, case by case of the acceptance list."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions, jobs, queries, rules
from portal.blueprints.escalations.models import (
    Channel,
    ClockEvent,
    ClockKind,
    Escalation,
    ExitCriterion,
    NextNotice,
    Notice,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.notifications import jobs as post
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies import rules as policy_rules
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import access, clock
from portal.core.access import Relation
from portal.core.errors import Refused
from portal.core.events import Event
from tests.escalations.test_actions import declared, ending, next_notice, stabilising
from tests.escalations.test_races import at_once, by_person

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def tick(at):
    with clock.moved(at):
        jobs.take_steps(at.isoformat())


def clock_of(case, kind):
    return {one.kind: one for one in queries.clocks_of(case)}[kind]


def messages(db, template="escalations/clock"):
    rows = db.session.scalars(
        sa.select(Notification).where(Notification.template == template).order_by(Notification.id)
    )
    return list(rows)


def told(db):
    return [(m.person_id, m.context["clock"], m.context["share"]) for m in messages(db)]


def many(db, case, count):
    """Copy a case with its clock events and criteria; the references tell them apart."""
    table = Escalation.__table__
    row = dict(db.session.execute(sa.select(table).where(table.c.id == case.id)).mappings().one())
    first = row["id"]
    copies = [
        {**row, "id": first + n, "reference": f"{row['reference']}-{n}",
         "register_number": row["register_number"] + n}
        for n in range(1, count)
    ]  # fmt: skip
    db.session.execute(sa.insert(table), copies)
    following = [{"id": copy["id"], "at": next_notice(case)} for copy in copies]
    if following:
        db.session.execute(sa.insert(NextNotice.__table__), following)
    for part in (ClockEvent.__table__, ExitCriterion.__table__):
        mine = sa.select(part).where(part.c.escalation_id == case.id)
        found = [dict(one) for one in db.session.execute(mine).mappings()]
        bare = [{k: v for k, v in one.items() if k != "id"} for one in found]
        rows = [{**one, "escalation_id": copy["id"]} for copy in copies for one in bare]
        if rows:
            db.session.execute(sa.insert(part), rows)
    db.session.commit()


def publish(db, **changes):
    """Publish the next version of the severity policy, changed."""
    body, number = policy_queries.in_force(SeverityPolicy)
    first = policy_queries.get(PolicyKind.SEVERITY, number)
    row = Policy(
        kind=PolicyKind.SEVERITY,
        number=number + 1,
        state=PolicyState.PUBLISHED,
        body={**first.body, **changes},
        note=body.note,
        published_at=first.published_at,
    )
    db.session.add(row)
    db.session.commit()
    return row.number


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.slow  # the checker looks 864 times
def test_a_three_day_pause_breaks_nothing_and_warns_nobody_a14(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now + MINUTE)
    start = now + 20 * MINUTE
    actions.pause(case, reason="The customer is away", by=cast.erik, now=start)
    db.session.commit()
    shares = {one.kind: rules.share(one, start) for one in queries.clocks_of(case)}
    late = [one.state(start) for one in queries.clocks_of(case)]
    for step in range(864):
        at = start + 5 * step * MINUTE
        tick(at)
        if step % 72 == 0:
            found = queries.clocks_of(case)
            assert {one.kind: rules.share(one, at) for one in found} == shares
            assert [one.state(at) for one in found] == late
    assert told(db) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    end = start + timedelta(days=3)
    actions.resume(case, by=cast.erik, now=end)
    assert clock_of(case, ClockKind.SILENCE).due_at == now + timedelta(days=4)


def test_a_transfer_leaves_the_customers_clock_and_starts_the_holders_a16(cast, db, now):
    opened = datetime(2026, 6, 17, 7, 0, tzinfo=UTC)  # 09:00 in Paris
    case = declared(cast, opened)
    actions.accept(case, by=cast.erik, now=opened + MINUTE)
    actions.note(case, "We want an answer", from_customer=True, by=cast.erik, now=opened)
    customer = clock_of(case, ClockKind.REPLY_OWED).due_at
    assert customer == opened + 2 * HOUR  # 11:00
    moved = opened + timedelta(hours=1, minutes=30)  # 10:30
    actions.hand_over(
        case, to_id=cast.ids["carl"], why="Leave", summary="All is said", by=cast.erik, now=moved
    )
    assert clock_of(case, ClockKind.REPLY_OWED).due_at == customer
    holder = clock_of(case, ClockKind.HOLDER)
    assert (holder.started_at, holder.due_at) == (moved, moved + HOUR)  # 11:30
    assert holder.state(moved) is rules.ClockState.RUNNING
    actions.take_up(case, by=cast.carl, now=moved + 10 * MINUTE)
    assert clock_of(case, ClockKind.HOLDER).state(moved + HOUR) is rules.ClockState.MET
    assert clock_of(case, ClockKind.REPLY_OWED).due_at == customer


def test_both_clocks_of_a_transfer_are_on_the_page_a16(cast, db, now, browse):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    actions.hand_over(
        case, to_id=cast.ids["carl"], why="a", summary="b", by=cast.erik, now=now + MINUTE
    )
    db.session.commit()
    with clock.moved(now + 2 * MINUTE):
        text = browse("carl").text(f"/escalations/{case.reference}")
    assert "New owner takes it up" in text
    assert "Customer hears from us" in text


def test_a_date_set_by_hand_moves_for_nothing_a17(cast, db, now, browse):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    promised = now + timedelta(days=9)
    actions.set_date(
        case, ClockKind.CLOSE, due_at=promised, reason="Agreed with the CIO", by=cast.erik, now=now
    )
    actions.pause(case, reason="Waiting", by=cast.erik, now=now + HOUR)
    actions.resume(case, by=cast.erik, now=now + 5 * HOUR)
    actions.hand_over(case, to_id=cast.ids["carl"], why="a", summary="b", by=cast.erik, now=now)
    cast.acme.opening = {"week": {"0": [["09:00", "10:00"]]}}
    found = clock_of(case, ClockKind.CLOSE)
    assert (found.due_at, found.hand_set) == (promised, True)
    db.session.commit()
    with clock.moved(now + 6 * HOUR):
        text = browse("carl").text(f"/escalations/{case.reference}")
    assert "set by hand" in text
    assert "Agreed with the CIO" in text
    actions.clear_date(case, ClockKind.CLOSE, by=cast.carl, now=now + 6 * HOUR)
    assert clock_of(case, ClockKind.CLOSE).due_at == now + timedelta(days=30, hours=4)
    with pytest.raises(Refused, match="by hand"):
        actions.clear_date(case, ClockKind.CLOSE, by=cast.carl, now=now + 6 * HOUR)


@pytest.mark.parametrize("channel", list(Channel))
def test_the_channel_moves_no_clock_a20(cast, db, now, channel):
    case = declared(cast, now, channel=channel)
    plain = declared(cast, now)
    pairs = zip(queries.clocks_of(case), queries.clocks_of(plain), strict=True)
    assert all((a.kind, a.due_at) == (b.kind, b.due_at) for a, b in pairs)


def test_direction_and_visibility_move_a_clock_a20(cast, db, now):
    case = declared(cast, now)
    later = now + HOUR
    silence = clock_of(case, ClockKind.SILENCE).due_at
    actions.note(case, "Our own thoughts", by=cast.erik, now=later)
    actions.note(case, "They wrote", from_customer=True, by=cast.erik, now=later)
    assert clock_of(case, ClockKind.SILENCE).due_at == silence
    assert clock_of(case, ClockKind.REPLY_OWED).started_at == later
    actions.note(case, "Called", reached=True, kind=EntryKind.CALL, by=cast.erik, now=later + HOUR)
    assert clock_of(case, ClockKind.SILENCE).due_at == silence + 2 * HOUR
    assert clock_of(case, ClockKind.REPLY_OWED).met_at == later + HOUR


def test_a_withdrawn_policy_takes_its_cases_off_the_overdue_list_a23(cast, db, now):
    first, by_hand = declared(cast, now), declared(cast, now)
    promised = now + timedelta(days=3)
    actions.set_date(
        by_hand, ClockKind.CLOSE, due_at=promised, reason="x", by=cast.erik, now=now + MINUTE
    )
    number = publish(db)
    new = declared(cast, now)
    db.session.commit()
    late = now + 2 * HOUR
    due = queries.Search(sort="due")
    assert first.next_due_at < late
    tick(now + 31 * MINUTE)
    sent = len(messages(db))
    count = actions.withdraw_policy(1, reason="Wrong hours", by=cast.lena, now=late)
    assert count == 2
    assert (first.next_due_at, first.next_due_kind, next_notice(first)) == (None,) * 3
    assert (by_hand.next_due_at, by_hand.next_due_kind) == (promised, ClockKind.CLOSE)
    assert new.policy_number == number
    assert new.next_due_at is not None
    states = {one.state(late) for one in queries.clocks_of(first)} - {rules.ClockState.MET}
    assert states == {rules.ClockState.NOT_NEEDED}
    listed = {line.reference for line in queries.page(cast.erik, due, now=late).rows}
    assert listed == {by_hand.reference, new.reference}
    found = queries.policy_versions(cast.erik, now=late)
    versions = {one.number: (one.open_cases, one.overdue) for one in found}
    assert versions == {1: (2, 0), 2: (1, 1)}
    db.session.commit()
    waiting = [m for m in messages(db) if m.record_ref == first.reference]
    assert {m.state for m in waiting} == {Sent.WITHDRAWN}
    tick(late + HOUR)
    fresh = [m for m in messages(db)[sent:] if m.record_ref != new.reference]
    assert fresh == []


def test_a_case_is_put_under_the_policy_in_force_a23(cast, db, now, run_jobs):
    one, other = declared(cast, now), declared(cast, now)
    number = publish(db)
    with pytest.raises(Refused, match="in force"):
        actions.adopt_policy(one, by=cast.erik, now=now)
    actions.withdraw_policy(1, reason="Wrong", by=cast.lena, now=now + MINUTE)
    actions.adopt_policy(one, by=cast.erik, now=now + 2 * MINUTE)
    assert one.policy_number == number
    assert one.next_due_at == now + HOUR  # from the opening
    actions.adopt_all(1, by=cast.erik, now=now + 3 * MINUTE)
    with clock.moved(now + 3 * MINUTE):
        run_jobs()
    db.session.expire_all()
    assert other.policy_number == number
    assert other.next_due_at == now + HOUR


def test_who_may_withdraw_a_policy_and_which(cast, db, now):
    with pytest.raises(Refused, match="only version"):
        actions.withdraw_policy(1, reason="x", by=cast.lena, now=now)
    publish(db)
    with pytest.raises(Refused, match="Leadership"):
        actions.withdraw_policy(1, reason="x", by=cast.erik, now=now)
    with pytest.raises(Refused, match="why"):
        actions.withdraw_policy(1, reason=" ", by=cast.lena, now=now)
    actions.withdraw_policy(2, reason="x", by=cast.lena, now=now)
    with pytest.raises(Refused, match="not in force"):
        actions.withdraw_policy(2, reason="x", by=cast.lena, now=now)


def test_a_severity_set_later_counts_from_the_opening_a24(cast, db, now):
    case = declared(cast, now, severity=Severity.E2)
    actions.accept(case, by=cast.erik, now=now + HOUR)
    assert clock_of(case, ClockKind.SILENCE).due_at == now + 48 * HOUR
    actions.raise_severity(
        case, Severity.E1, reason="Notice given", by=cast.erik, now=now + 2 * HOUR
    )
    assert clock_of(case, ClockKind.SILENCE).due_at == now + 24 * HOUR
    assert clock_of(case, ClockKind.EXECUTIVE_BRIEF).due_at == now + 4 * HOUR
    assert clock_of(case, ClockKind.ACKNOWLEDGE).was_late is False


@pytest.mark.parametrize("severity", list(Severity))
def test_opened_at_any_hour_of_the_week_nothing_is_late_a29(severity):
    policy = SeverityPolicy.model_validate(_default())
    calendar = queries.calendar_of(country="FR", zone="Europe/Paris", opening=None, policy=policy)
    monday = datetime(2026, 7, 12, 22, tzinfo=UTC)
    for hour in range(168):
        opened = monday + hour * HOUR
        event = rules.ClockEvent(rules.ClockEventKind.OPENED, opened)
        facts = rules.ClockFacts(severity, (event,))
        for one in rules.clocks(facts, policy=policy, calendar=calendar, zone="Europe/Paris"):
            assert one.due_at > opened
            assert one.state(opened) is rules.ClockState.RUNNING
            assert sum((s.duration for s in one.segments), timedelta()) == one.target


def _default():
    return policy_rules.load_default(PolicyKind.SEVERITY).model_dump()


# --- the engine -----------------------------------------------------------------------------------


def test_a_step_due_while_nothing_ran_fires_once_and_says_how_late_b1(cast, db, now):
    declared(cast, now)
    db.session.commit()
    tick(now + 35 * MINUTE)  # due at 30, down until 35
    tick(now + 36 * MINUTE)
    assert [m.context["late_minutes"] for m in messages(db)] == [5]
    text = remote.compose(messages(db)[0]).text
    assert "5 min late" in text


@pytest.mark.slow  # two hundred races, half of them in each order
@pytest.mark.parametrize("first", ["acknowledge", "close"])
def test_acknowledging_and_closing_race_to_one_end_b2(app, cast, db, now, first):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    many(db, case, 100)
    refs = list(db.session.scalars(sa.select(Escalation.reference)))
    erik, told = cast.ids["erik"], []
    db.session.commit()

    def acknowledge(case, by):
        try:
            actions.take_up(case, by=by, now=now)
        except Refused as refusal:
            told.append(refusal.message)
            raise

    def close(case, by):
        actions.close(case, ending(), by=by, now=now)

    lost = 0
    for reference in refs:
        works = [by_person(erik, reference, now, act) for act in (acknowledge, close)]
        outcomes = at_once(app, now, works if first == "acknowledge" else works[::-1])
        # Closing always goes through; who acknowledges too late is refused.
        assert outcomes in (["done", "done"], ["done", "refused"])
        lost += outcomes == ["done", "refused"]
    db.session.expire_all()
    assert set(db.session.scalars(sa.select(Escalation.state))) == {State.CLOSED}
    assert told == ["The clocks of this case have ended."] * lost
    taken = sa.select(sa.func.count()).where(ClockEvent.kind == "taken_up")
    assert db.session.scalar(taken) == len(refs) - lost


@pytest.mark.slow  # a thousand messages
def test_two_schedulers_send_a_thousand_messages_for_a_thousand_cases_b4(app, cast, db, now):
    many(db, declared(cast, now), 1_000)
    late = now + 31 * MINUTE

    def run():
        jobs.take_steps(late.isoformat())

    assert at_once(app, late, [run, run]) == ["done", "done"]
    rows = messages(db)
    assert len(rows) == len({m.key for m in rows}) == len({m.message_id for m in rows}) == 1_000
    assert len({m.record_ref for m in rows}) == 1_000
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1_000
    tick(late + MINUTE)
    assert len(messages(db)) == 1_000


def test_a_crash_before_the_note_sends_again_under_the_same_id_b4(cast, db, now, monkeypatch):
    declared(cast, now)
    db.session.commit()
    late = now + 31 * MINUTE
    tick(late)
    (row,) = messages(db)
    sent = []

    def deliver(message, _line):
        if message.message_id != row.message_id:
            return
        sent.append(message.message_id)
        if len(sent) == 1:
            raise KeyboardInterrupt  # the worker is killed after the server took the message

    monkeypatch.setattr(remote, "deliver", deliver)
    with clock.moved(late), pytest.raises(KeyboardInterrupt):
        post.send_due()
    db.session.rollback()
    with clock.moved(late + timedelta(minutes=10)):
        post.send_due()
    assert sent == [row.message_id] * 2
    assert {m.state for m in messages(db)} == {Sent.SENT}


def test_two_thresholds_give_two_notices_and_the_same_again_none_b6(cast, db, now):
    declared(cast, now)
    db.session.commit()
    for minute in (30, 31, 45, 46, 59):
        tick(now + minute * MINUTE)
    assert [share for _person, kind, share in told(db) if kind == "acknowledge"] == [50, 75]


def test_what_is_not_urgent_waits_for_working_hours_b7(cast, db, now):
    evening = datetime(2026, 6, 17, 17, 0, tzinfo=UTC)  # 19:00 in Paris
    plain = declared(cast, evening, severity=Severity.E2, trigger=Trigger.EXECUTIVE_COMPLAINT)
    legal = declared(cast, evening, severity=Severity.E2, trigger=Trigger.LEGAL_THREAT)
    worst = declared(cast, evening)
    assert worst.severity is Severity.E1
    db.session.commit()
    at = evening + 2 * HOUR
    tick(at)
    leaves = {m.record_ref: m.send_at for m in messages(db) if m.context["share"] == 50}
    assert leaves[plain.reference] == datetime(2026, 6, 18, 7, 0, tzinfo=UTC)  # 09:00 in Paris
    assert leaves[legal.reference] == leaves[worst.reference] == at
    with clock.moved(at):
        post.send_due()
    states = {m.record_ref: m.state for m in messages(db) if m.context["share"] == 50}
    assert states[plain.reference] is Sent.WAITING
    assert states[legal.reference] is Sent.SENT
    actions.accept(plain, by=cast.erik, now=at + HOUR)  # before anybody was told
    db.session.commit()
    db.session.expire_all()
    kept = [m for m in messages(db) if m.record_ref == plain.reference]
    assert {m.state for m in kept if m.context["clock"] == "acknowledge"} == {Sent.WITHDRAWN}


def test_working_hours_are_the_recipients_own_b7(cast, db, now):
    erik = db.session.get_one(User, cast.ids["erik"])
    erik.zone, erik.calendar = "America/New_York", "US"
    evening = datetime(2026, 7, 2, 22, 0, tzinfo=UTC)
    declared(cast, evening, severity=Severity.E2, trigger=Trigger.EXECUTIVE_COMPLAINT)
    db.session.commit()
    tick(evening + 2 * HOUR)  # the third is Independence Day observed, then the weekend
    (row,) = [m for m in messages(db) if m.context["clock"] == "acknowledge"]
    assert row.send_at == datetime(2026, 7, 6, 13, 0, tzinfo=UTC)


def test_who_stands_above_hears_no_sooner_after_the_owner_than_the_ladder_says_b7(cast, db, now):
    evening = datetime(2026, 6, 17, 17, 0, tzinfo=UTC)
    case = declared(cast, evening, severity=Severity.E2, trigger=Trigger.EXECUTIVE_COMPLAINT)
    db.session.commit()
    tick(evening + 6 * HOUR)
    rows = {m.person_id: m for m in messages(db) if m.context["clock"] == "acknowledge"}
    morning = datetime(2026, 6, 18, 7, 0, tzinfo=UTC)
    assert rows[case.owner_id].send_at == morning
    assert rows[case.executive_owner_id].send_at == morning + HOUR


def test_a_dry_run_changes_nothing_at_all_b9(cast, db, now):
    declared(cast, now)
    db.session.commit()
    tables = (Escalation, Notice, Notification, Relation, Event, ClockEvent)

    def everything():
        return [list(db.session.execute(sa.select(model.__table__))) for model in tables]

    before = everything()
    known = queries.Pass(now=now + 31 * MINUTE)
    cases = queries.with_due_step(now=known.now, limit=100, lock=False)
    found = actions.plan(cases, known)
    assert [(one.person_id, one.context["share"]) for one in found.letters] == [
        (cast.ids["erik"], 50)
    ]
    db.session.commit()
    assert everything() == before


@pytest.mark.parametrize(("minute", "above"), [(29, False), (31, True)])
def test_the_second_level_hears_unless_the_first_said_in_time_b11(cast, db, now, minute, above):
    case = declared(cast, now)
    erik = db.session.get_one(User, cast.ids["erik"])
    erik.manager_id = cast.ids["lena"]
    db.session.commit()
    ran_out = now + HOUR
    tick(ran_out)
    at = ran_out + minute * MINUTE
    if minute == 29:
        actions.accept(case, by=cast.erik, now=at)
        db.session.commit()
    tick(ran_out + 30 * MINUTE)
    tick(ran_out + 31 * MINUTE)
    assert (cast.ids["lena"] in {person for person, _kind, _share in told(db)}) is above


def test_a_silent_owner_is_passed_over_and_one_who_says_so_is_not_b11(cast, db, now):
    erik = db.session.get_one(User, cast.ids["erik"])
    erik.manager_id = cast.ids["lena"]
    quiet, said = declared(cast, now), declared(cast, now)
    for case in (quiet, said):
        actions.accept(case, by=cast.erik, now=now + MINUTE)
    db.session.commit()
    tick(now + 24 * HOUR)
    actions.take_up(said, by=cast.erik, now=now + 24 * HOUR + 20 * MINUTE)
    db.session.commit()
    tick(now + 24 * HOUR + 31 * MINUTE)
    above = {
        m.record_ref
        for m in messages(db)
        if m.person_id == cast.ids["lena"] and m.context["clock"] == "silence"
    }
    assert above == {quiet.reference}
    assert clock_of(said, ClockKind.SILENCE).met_at is None  # the clock goes on


def test_a_new_date_is_a_new_round(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    for days in (1, 2):
        at = now + timedelta(days=days)
        actions.set_date(case, ClockKind.CLOSE, due_at=at, reason="x", by=cast.erik, now=at - HOUR)
        db.session.commit()
        tick(at)
    full = [kind for _person, kind, share in told(db) if share == 100]
    assert full.count("close") == 2


def test_a_step_that_reaches_nobody_is_pointed_out_b13(cast, db, now, browse):
    policy, _number = policy_queries.in_force(SeverityPolicy)
    deaf, owners = queries.deaf_steps(policy)
    assert owners > 1
    assert [(step.minutes_after, missing) for step, missing in deaf] == [(30, 1)]
    text = browse("erik").text("/escalations/clocks/")
    assert "would reach nobody" in text
    assert "reaches nobody for 1 of" in browse("erik").text("/policies/severity")
    db.session.get_one(User, cast.ids["erik"]).manager_id = cast.ids["lena"]
    db.session.commit()
    assert queries.deaf_steps(policy)[0] == []
    assert "Every step reaches somebody" in browse("erik").text("/escalations/clocks/")


def test_a_manager_who_leaves_is_pointed_out_once_b13(cast, db, now, browse, run_jobs):
    for name in ("carl", "erik"):
        db.session.get_one(User, cast.ids[name]).manager_id = cast.ids["lena"]
    lena = db.session.get_one(User, cast.ids["lena"])
    for _turn in range(3):  # leaves, comes back, leaves again
        auth_actions.set_active(lena, active=not lena.active, by=cast.adam, now=now)
        db.session.commit()
        run_jobs()
    query = sa.select(Notification).filter_by(template="escalations/gaps")
    told = [mail for mail in db.session.scalars(query) if mail.context["kind"] == "severity"]
    whom = Counter(mail.person_id for mail in told)
    assert whom[cast.ids["adam"]] == whom[cast.ids["erik"]] == 1
    assert cast.ids["otto"] not in whom
    said = remote.compose(told[0])
    assert "/policies/severity#gaps" in said.text


def test_a_step_that_could_never_fire_is_refused_b13():
    policy = _default()
    policy["ladder"] = (*policy["ladder"], policy["ladder"][-1])
    with pytest.raises(ValueError, match="follow each other"):
        SeverityPolicy.model_validate(policy)


def test_the_watchdog_says_when_the_engine_is_late(cast, db, now, browse, run_jobs):
    declared(cast, now)
    db.session.commit()
    due = now + 30 * MINUTE
    with clock.moved(due + 2 * MINUTE):
        jobs.watch_ladders(clock.now().isoformat())
    assert messages(db, "escalations/engine_late") == []
    for minute in (12, 17):
        with clock.moved(due + minute * MINUTE):
            jobs.watch_ladders(clock.now().isoformat())
            db.session.commit()
    rows = messages(db, "escalations/engine_late")
    assert {m.person_id for m in rows} == {cast.ids["adam"], cast.ids["alma"]}
    assert len(rows) == 2
    assert "12 min " in remote.compose(rows[0]).subject
    with clock.moved(due + 12 * MINUTE):
        assert "12 minutes late" in browse("adam").text("/admin/")
        assert "12 minutes late" in browse("erik").text("/escalations/clocks/")
    tick(due + 13 * MINUTE)
    with clock.moved(due + 14 * MINUTE):
        assert "late" not in browse("adam").text("/admin/")
        assert "In time" in browse("erik").text("/escalations/clocks/")


def test_a_pass_over_many_cases_costs_few_statements(cast, db, now, queries_at_most):
    many(db, declared(cast, now), 500)
    with queries_at_most(20):
        tick(now + 31 * MINUTE)
    assert len(messages(db)) == 500


def test_one_event_tells_of_a_pass(cast, db, now):
    many(db, declared(cast, now), 10)
    tick(now + 31 * MINUTE)
    found = db.session.scalars(
        sa.select(Event).order_by(Event.seq).where(Event.name == "escalations.reminded")
    ).all()
    assert [event.data for event in found] == [{"cases": 10, "steps": 10, "messages": 10}]
    assert access.K(found[0].klass) is access.K.INTERNAL
