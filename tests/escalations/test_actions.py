"""What people do with a case, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane, PromiseKind, TimelineEntry
from portal.blueprints.auth.models import Team, TeamMember
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import (
    ClockKind,
    NextNotice,
    NoticeChannel,
    NoticeKind,
    Option,
    Problem,
    Resolution,
    Severity,
    State,
    Trend,
    Trigger,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.models import Decision
from portal.core import events, facts
from portal.core.access import Restriction
from portal.core.db import Counter
from portal.core.db import db as database
from portal.core.errors import Refused
from portal.core.events import Event, EventValue
from portal.core.money import Money

FRENCH = "Si ce n'est pas réglé avant la fin du mois, nous ne renouvellerons pas le contrat."


def wish(now, **more):
    given = {
        "words": FRENCH,
        "demand": "Une correction démontrée et un technicien sur place.",
        "deadline_at": now + timedelta(days=13),
    }
    return Wish(**{**given, **more})


def next_notice(case):
    """Give when the ladder of notice goes on with a case."""
    return database.session.scalar(sa.select(NextNotice.at).where(NextNotice.id == case.id))


def declared(cast, now, **more):
    return actions.declare(cast.acme, wish(now, **more), by=cast.carl, now=now)


def test_french_threat_with_a_date_becomes_a_case(cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    assert case.reference.startswith("ESC-2026-")
    assert (case.trigger, case.severity) == (Trigger.CANCELLATION_THREAT, Severity.E1)
    assert case.state is State.DECLARED
    assert case.owner_id == cast.ids["erik"]
    assert case.executive
    assert case.words_language == "fr"
    assert case.stake_minor == 61_200_000
    assert case.next_due_kind is ClockKind.ACKNOWLEDGE
    assert case.next_due_at == now + timedelta(hours=1)
    assert next_notice(case) == now + timedelta(minutes=30)
    assert cast.acme.open_cases == 1
    assert cast.acme.worst_severity == "E1"
    kinds = set(db.session.scalars(sa.select(Decision.kind).filter_by(record_ref=case.reference)))
    assert kinds == {"escalations.severity", "escalations.route"}
    entry = db.session.scalar(sa.select(TimelineEntry).filter_by(case_ref=case.reference))
    assert entry.text == FRENCH
    event = db.session.scalar(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.declared")
    )
    assert event.record_ref == case.reference


def stabilising(cast, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    actions.note(case, "Called.", kind=EntryKind.CALL, reached=True, by=cast.erik, now=now)
    criterion = actions.add_criterion(case, "Patch runs 14 days", by=cast.erik, now=now)
    actions.stabilise(case, by=cast.erik, now=now)
    return case, criterion


def ending(**more):
    given = {"resolution": Resolution.FIX, "text": "Patched.", "agreed_by": "H. Vasseur"}
    return actions.Ending(**{**given, **more})


@pytest.mark.parametrize(
    ("words", "trigger", "language"),
    [
        ("We will sue you.", Trigger.LEGAL_THREAT, "en"),
        ("Recederemo dal contratto entro fine mese.", Trigger.CANCELLATION_THREAT, "it"),
        ("The chart is ugly.", Trigger.CUSTOMER_DEADLINE, "en"),
        ("We will not cancel the contract.", Trigger.CUSTOMER_DEADLINE, "en"),
    ],
)
def test_words_propose_a_trigger(cast, db, now, words, trigger, language):
    found = queries.proposal(cast.acme, wish(now, words=words), by=cast.carl, now=now)
    assert found.chosen_trigger is trigger
    assert found.language == language


def test_a_corrected_proposal_keeps_both(cast, db, now):
    case = declared(cast, now, severity=Severity.E3, owner_id=cast.ids["carl"])
    rows = {d.kind: d for d in db.session.scalars(sa.select(Decision))}
    severity = rows["escalations.severity"]
    assert severity.recommendation["severity"] == "E1"
    assert severity.chosen["severity"] == "E3"
    assert severity.reason
    assert case.owner_id == cast.ids["carl"]


def test_the_register_has_no_gaps_and_the_reference_tells_nothing(cast, db, now):
    cases = [declared(cast, now) for _number in range(4)]
    assert [case.register_number for case in cases] == [1, 2, 3, 4]
    assert db.session.scalar(sa.select(Counter.register).filter_by(kind="ESC")) == 4
    assert len({case.reference for case in cases}) == 4


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"words": "  "}, "words"),
        ({"demand": ""}, "demand"),
        ({"words": "x" * 20_001}, "words"),
    ],
)
def test_an_incomplete_declaration_is_refused(cast, db, now, more, field):
    with pytest.raises(Refused) as refusal:
        declared(cast, now, **more)
    assert refusal.value.field == field


def test_a_past_date_is_refused(cast, db, now):
    with pytest.raises(Refused, match="passed"):
        declared(cast, now, deadline_at=now - timedelta(days=1))


def test_conduct_of_an_employee_is_restricted(cast, db, now):
    case = declared(cast, now, problem=Problem.EMPLOYEE_CONDUCT)
    db.session.commit()
    assert case.restricted
    assert db.session.get(Restriction, case.reference)
    assert queries.sees_case(case, cast.erik, now=now)
    assert not queries.sees_case(case, cast.lena, now=now)


def test_a_formal_notice_makes_it_critical(cast, db, now):
    case = declared(cast, now, severity=Severity.E3)
    notice = actions.NoticeGiven(
        kind=NoticeKind.MISE_EN_DEMEURE, channel=NoticeChannel.LAWYER, received_at=now
    )
    actions.serve_notice(case, notice, by=cast.carl, now=now)
    assert case.severity is Severity.E1
    assert case.executive


def test_only_the_owner_accepts(cast, db, now):
    case = declared(cast, now)
    for who in (cast.carl, cast.ava):
        with pytest.raises(Refused, match="owner"):
            actions.accept(case, by=who, now=now)
    actions.accept(case, by=cast.erik, now=now)
    assert (case.state, case.accepted_at) == (State.ACCEPTED, now)
    with pytest.raises(Refused, match="accepted"):
        actions.accept(case, by=cast.erik, now=now)


def test_stabilising_needs_a_contact_and_criteria(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    with pytest.raises(Refused) as refusal:
        actions.stabilise(case, by=cast.erik, now=now)
    assert "contact with the customer" in refusal.value.message
    assert "exit criteria" in refusal.value.message


def test_our_contact_resets_the_silence_at_its_own_time(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    later = now + timedelta(hours=10)
    actions.note(
        case,
        "Reached them at noon.",
        kind=EntryKind.CALL,
        reached=True,
        at=now + timedelta(hours=2),
        by=cast.erik,
        now=later,
    )
    silence = next(c for c in queries.clocks_of(case) if c.kind is ClockKind.SILENCE)
    assert silence.due_at == now + timedelta(hours=26)
    assert case.last_contact_at == now + timedelta(hours=2)


def test_a_note_moves_no_clock_and_the_customers_word_starts_one(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    before = queries.clocks_of(case)
    actions.note(case, "Just thinking.", by=cast.erik, now=now + timedelta(hours=1))
    assert queries.clocks_of(case) == before
    asked = now + timedelta(hours=3)
    actions.note(case, "When?", kind=EntryKind.CALL, from_customer=True, by=cast.carl, now=asked)
    owed = next(c for c in queries.clocks_of(case) if c.kind is ClockKind.REPLY_OWED)
    assert owed.due_at == asked + timedelta(hours=2)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"text": " "}, "what happened"),
        ({"at": timedelta(hours=1)}, "future"),
        ({"lane": Lane.EXECUTIVE}, "executives"),
        ({"reached": True}, "Only a call"),
    ],
)
def test_a_note_is_refused(cast, db, now, more, message):
    case = declared(cast, now)
    given = {"text": "x"} | more
    if "at" in given:
        given["at"] = now + given["at"]
    with pytest.raises(Refused, match=message):
        actions.note(case, given.pop("text"), by=cast.erik, now=now, **given)


def test_a_hand_over_keeps_the_customers_clock(cast, db, now):
    case = declared(cast, now)
    due = case.next_due_at
    actions.hand_over(
        case, to_id=cast.ids["carl"], why="Knows them", summary="All said.", by=cast.erik, now=now
    )
    db.session.commit()
    assert (case.owner_id, case.transfers, case.next_due_at) == (cast.ids["carl"], 1, due)
    actions.accept(case, by=cast.carl, now=now)
    assert queries.sees_case(case, cast.erik, now=now)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"why": ""}, "why"),
        ({"summary": " "}, "summary"),
        ({"to_id": 0}, "to"),
        ({"to": "aldo"}, "to"),
    ],
)
def test_a_hand_over_without_its_parts_is_refused(cast, db, now, more, field):
    case = declared(cast, now)
    given = {"to_id": cast.ids["carl"], "why": "a", "summary": "b"} | more
    if given["to_id"] == 0:
        given["to_id"] = case.owner_id
    if who := given.pop("to", None):
        given["to_id"] = cast.ids[who]
    with pytest.raises(Refused) as refusal:
        actions.hand_over(case, by=cast.erik, now=now, **given)
    assert refusal.value.field == field


def test_a_team_alone_takes_over_and_is_told(cast, db, now):
    case = declared(cast, now)
    before, team = case.owner_id, Team(name="Lines")
    db.session.add(team)
    db.session.flush()
    db.session.add(TeamMember(team_id=team.id, person_id=cast.ids["sam"]))
    moved = actions.hand_over(
        case, team_id=team.id, why="Their plant", summary="All said.", by=cast.erik, now=now
    )
    assert (moved.from_id, moved.to_id, case.team_id) == (before, before, team.id)
    told = db.session.scalars(
        sa.select(Notification.person_id).filter_by(template="escalations/handed_over")
    ).all()
    assert told == [cast.ids["sam"]]  # Erik owns it and did it: nobody tells him
    story = db.session.scalars(
        sa.select(TimelineEntry.text).order_by(TimelineEntry.id.desc()).limit(1)
    ).one()
    assert story == "Handed over from nobody to Lines: Their plant\n\nAll said."


def test_a_stranger_to_the_case_hands_nothing_over(cast, db, now):
    case = declared(cast, now)
    with pytest.raises(Refused, match="owner or an escalation manager"):
        actions.hand_over(case, to_id=cast.ids["sam"], why="a", summary="b", by=cast.carl, now=now)


def test_closing_says_everything_that_is_missing(cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.hold(case, room="concessions", record="CON-2026-0001", by=cast.fina, now=now)
    with pytest.raises(Refused) as refusal:
        actions.close(case, ending(agreed_by=""), by=cast.erik, now=now)
    for words in ("Patch runs 14 days", "agreement", "CON-2026-0001"):
        assert words in refusal.value.message
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    actions.release(case, room="concessions", record="CON-2026-0001", by=cast.fina, now=now)
    actions.close(case, ending(), by=cast.erik, now=now)
    db.session.commit()
    assert (case.state, case.closed_at, case.next_due_at) == (State.CLOSED, now, None)
    assert cast.acme.open_cases == 0
    assert cast.acme.worst_severity is None
    event = db.session.scalar(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.closed")
    )
    assert event.data["resolution"] == "fix"
    assert events.verify().whole


def test_a_workaround_owes_the_fix(cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    end = ending(resolution=Resolution.WORKAROUND)
    with pytest.raises(Refused) as refusal:
        actions.close(case, end, by=cast.erik, now=now)
    assert "owner of the permanent fix" in refusal.value.message
    account_actions.promise(
        case.account_id,
        kind=PromiseKind.INFORMATION,
        what="News of the fix",
        to_whom="H. Vasseur",
        due_at=now + timedelta(days=7),
        case_ref=case.reference,
        by=cast.erik,
        now=now,
    )
    end = ending(
        resolution=Resolution.WORKAROUND,
        fix_owner_id=cast.ids["kim"],
        fix_due=(now + timedelta(days=30)).date(),
    )
    actions.close(case, end, by=cast.erik, now=now)
    assert case.fix_owner_id == cast.ids["kim"]


def test_opening_again_inside_and_after_the_term(cast, db, now):
    case, criterion = stabilising(cast, now)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=now)
    actions.close(case, ending(), by=cast.erik, now=now)
    with pytest.raises(Refused, match="more than 90 days"):
        actions.reopen(case, reason="Again", by=cast.carl, now=now + timedelta(days=91))
    actions.reopen(case, reason="Again", by=cast.carl, now=now + timedelta(days=90))
    assert (case.state, case.reopened) == (State.STABILISING, 1)
    assert case.next_due_at


def test_lowering_takes_two_and_can_be_taken_back(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    with pytest.raises(Refused, match="Only the owner"):
        actions.ask_lowering(
            case, Severity.E3, second_id=cast.ids["erik"], reason="x", by=cast.carl, now=now
        )
    with pytest.raises(Refused, match="somebody else"):
        actions.ask_lowering(
            case, Severity.E3, second_id=cast.ids["erik"], reason="x", by=cast.erik, now=now
        )
    actions.ask_lowering(
        case, Severity.E3, second_id=cast.ids["carl"], reason="Calmer", by=cast.erik, now=now
    )
    assert case.severity is Severity.E1
    with pytest.raises(Refused, match="second person"):
        actions.agree_lowering(case, agrees=True, by=cast.lena, now=now)
    actions.agree_lowering(case, agrees=True, by=cast.carl, now=now)
    assert (case.severity, case.cooling_from) == (Severity.E3, "E1")
    opened = next(c for c in queries.clocks_of(case) if c.kind is ClockKind.CLOSE).started_at
    actions.restore(case, by=cast.carl, now=now + timedelta(days=2))
    assert (case.severity, case.cooling_until, case.reopened) == (Severity.E1, None, 0)
    close = next(c for c in queries.clocks_of(case) if c.kind is ClockKind.CLOSE)
    assert close.started_at == opened == now


def test_a_no_leaves_the_severity(cast, db, now):
    case = declared(cast, now)
    actions.ask_lowering(
        case, Severity.E4, second_id=cast.ids["carl"], reason="Calmer", by=cast.erik, now=now
    )
    actions.agree_lowering(case, agrees=False, by=cast.carl, now=now)
    assert case.severity is Severity.E1
    with pytest.raises(Refused, match="Nobody asks"):
        actions.agree_lowering(case, agrees=True, by=cast.carl, now=now)


def test_anybody_raises(cast, db, now):
    case = declared(cast, now, severity=Severity.E3)
    with pytest.raises(Refused, match="graver"):
        actions.raise_severity(case, Severity.E4, reason="x", by=cast.carl, now=now)
    actions.raise_severity(case, Severity.E2, reason="CEO called", by=cast.carl, now=now)
    assert case.severity is Severity.E2
    assert cast.acme.worst_severity == "E2"


def test_merging_can_be_undone(cast, db, now):
    one, other = declared(cast, now), declared(cast, now)
    with pytest.raises(Refused, match="escalation manager"):
        actions.merge(one, other, by=cast.carl, now=now)
    with pytest.raises(Refused, match="itself"):
        actions.merge(one, one, by=cast.erik, now=now)
    actions.merge(one, other, by=cast.erik, now=now)
    assert (one.state, one.merged_into_id, cast.acme.open_cases) == (State.MERGED, other.id, 1)
    actions.unmerge(one, by=cast.erik, now=now)
    assert (one.state, cast.acme.open_cases) == (State.DECLARED, 2)
    assert one.next_due_at
    with pytest.raises(Refused, match="not merged"):
        actions.unmerge(one, by=cast.erik, now=now)


@pytest.mark.parametrize(("act", "state"), [("decline", State.DECLINED), ("void", State.VOID)])
def test_ends_without_closing(cast, db, now, act, state):
    case = declared(cast, now)
    with pytest.raises(Refused, match="reason"):
        getattr(actions, act)(case, reason="", by=cast.erik, now=now)
    with pytest.raises(Refused, match="escalation manager"):
        getattr(actions, act)(case, reason="x", by=cast.carl, now=now)
    getattr(actions, act)(case, reason="A test", by=cast.erik, now=now)
    assert (case.state, next_notice(case), cast.acme.open_cases) == (state, None, 0)


def test_waiting_and_going_on(cast, db, now):
    case, _criterion = stabilising(cast, now)
    with pytest.raises(Refused, match="what we wait for"):
        actions.wait(case, for_what=" ", by=cast.erik, now=now)
    actions.wait(case, for_what="Their logs", by=cast.erik, now=now)
    assert case.next_due_kind is not None
    with pytest.raises(Refused, match="what came"):
        actions.stabilise(case, by=cast.erik, now=now)
    actions.stabilise(case, what_came="The logs", by=cast.erik, now=now)
    assert case.state is State.STABILISING


def test_a_held_clock_stands_still_and_a_date_by_hand_stays(cast, db, now):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    silence = ClockKind.SILENCE
    with pytest.raises(Refused, match="why"):
        actions.pause(case, clock=silence, reason="", by=cast.erik, now=now)
    actions.pause(case, clock=silence, reason="Agreed", by=cast.erik, now=now)
    with pytest.raises(Refused, match="already"):
        actions.pause(case, clock=silence, reason="Agreed", by=cast.erik, now=now)
    later = now + timedelta(hours=5)
    actions.resume(case, clock=silence, by=cast.erik, now=later)
    found = {c.kind: c for c in queries.clocks_of(case)}
    assert found[silence].due_at == now + timedelta(hours=29)
    by_hand = now + timedelta(days=40)
    actions.set_date(
        case, ClockKind.CLOSE, due_at=by_hand, reason="CFO agreed", by=cast.erik, now=later
    )
    found = {c.kind: c for c in queries.clocks_of(case)}
    assert (found[ClockKind.CLOSE].due_at, found[ClockKind.CLOSE].hand_set) == (by_hand, True)
    with pytest.raises(Refused, match="owner or an escalation manager"):
        actions.resume(case, by=cast.carl, now=later)


def test_leadership_decides_what_is_asked(cast, db, now):
    case = declared(cast, now)
    given = {
        "of_id": cast.ids["ava"],
        "options": [
            "One engineer",
            Option("Two engineers", Money("30400.55", "EUR"), "They get all they ask for"),
        ],
        "recommended": "Two engineers",
        "answer_by": now + timedelta(days=1),
        "if_nothing": "They leave",
    }
    for wrong, why in (
        ({"options": ["One"]}, "two options"),
        ({"options": ["Two engineers", "Two  engineers"]}, "are the same"),
        ({"recommended": "Three"}, "Recommend one"),
    ):
        with pytest.raises(Refused, match=why):
            actions.ask(case, "How many?", by=cast.erik, now=now, **(given | wrong))
    actions.ask(case, "How many?", by=cast.erik, now=now, **given)
    assert [(o.text, o.cost, o.recommended) for o in case.options] == [
        ("One engineer", None, False),
        ("Two engineers", Money("30400.55", "EUR"), True),
    ]
    with pytest.raises(Refused, match="person who was asked"):
        actions.answer(case, "One engineer", by=cast.dora, now=now)
    actions.answer(case, "Two engineers", by=cast.ava, now=now)
    assert case.ask == ""


def asking(case, cast, now, question, leader, by="erik"):
    actions.ask(
        case,
        question,
        of_id=cast.ids[leader],
        options=["Yes", "No"],
        recommended="Yes",
        answer_by=now + timedelta(days=1),
        if_nothing="They leave",
        by=getattr(cast, by),
        now=now,
    )


def told_of_no_question(db):
    mails = sa.select(Notification.person_id).filter_by(template="escalations/ask_taken_back")
    return db.session.scalars(mails).all()


def test_a_second_question_takes_the_first_back_and_tells_who_was_asked(cast, db, now):
    case = declared(cast, now)
    asking(case, cast, now, "First?", "dora")
    later = now + timedelta(hours=1)
    asking(case, cast, later, "Second?", "lena")
    assert told_of_no_question(db) == [cast.ids["dora"]]
    assert cast.ids["dora"] not in queries.named_on(case, now=later)
    db.session.commit()
    values = sa.select(EventValue.before, EventValue.after).filter_by(field="ask")
    assert ("First?", "Second?") in [tuple(row) for row in db.session.execute(values)]
    actions.void(case, reason="A test", by=cast.erik, now=later)
    assert case.ask == ""
    assert cast.ids["lena"] in told_of_no_question(db)


def test_leadership_is_asked_by_who_leads_an_open_case(cast, db, now):
    case = declared(cast, now)
    actions.add_task(case, "Call", owner_id=cast.ids["sam"], by=cast.erik, now=now)
    with pytest.raises(Refused, match="owner or an escalation manager asks"):
        asking(case, cast, now, "May I?", "dora", by="sam")
    with pytest.raises(Refused, match="owner or an escalation manager names"):
        actions.name_executive(case, cast.ids["dora"], by=cast.sam, now=now)
    actions.void(case, reason="A test", by=cast.erik, now=now)
    with pytest.raises(Refused, match="not open any more"):
        asking(case, cast, now, "Yet?", "dora")
    with pytest.raises(Refused, match="not open any more"):
        actions.name_executive(case, cast.ids["dora"], by=cast.erik, now=now)


def test_facts_know_the_past(cast, db, now):
    case, criterion = stabilising(cast, now)
    later = now + timedelta(days=10)
    actions.tick_criterion(case, criterion, met=True, by=cast.erik, now=later)
    actions.close(case, ending(), by=cast.erik, now=later)
    db.session.commit()
    names = ["open_cases", "worst_open_severity", "cases_90d", "last_escalation_closed"]

    def at(moment):
        found = facts.of([cast.acme_id], names, at=moment, viewer=cast.erik)[cast.acme_id]
        return {name: known.value for name, known in found.items()}

    assert at(now - timedelta(days=1)) == {}
    assert at(now + timedelta(days=1)) == {
        "open_cases": 1,
        "worst_open_severity": "E1",
        "cases_90d": 1,
    }
    assert at(later + timedelta(days=1)) == {"cases_90d": 1, "last_escalation_closed": later}


def test_the_trend_is_set_once(cast, db, now):
    case = declared(cast, now)
    actions.set_trend(case, Trend.DECLINING, by=cast.erik, now=now)
    actions.set_trend(case, Trend.DECLINING, by=cast.erik, now=now)
    db.session.commit()
    rows = db.session.scalars(
        sa.select(Event.data).order_by(Event.seq).filter_by(name="escalations.trend_set")
    ).all()
    assert rows == [{"before": "same", "after": "declining"}]
