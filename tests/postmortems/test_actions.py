"""How a post-mortem comes to be, is written, approved and followed up, on both databases."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.auth.models import LegalEntity
from portal.blueprints.escalations.models import Resolution, Severity, Trigger
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.models import Decision
from portal.blueprints.postmortems import actions, jobs, queries, rules
from portal.blueprints.postmortems.models import (
    ActionPriority,
    ActionState,
    Factor,
    FindingKind,
    Postmortem,
    State,
)
from portal.core.errors import NotFound, Refused, Stale
from portal.core.events import Event
from portal.core.money import Money

from . import cases
from .cases import LESSONS, begun, case_of, clock, due

PLAN = {
    "what": "Rehearse every migration",
    "outcome": "no index locks for more than a minute",
    "verification": "two releases with a signed record",
    "priority": ActionPriority.PRIORITY,
}


def count(db, model, **given):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).filter_by(**given))


def events_of(db, row):
    db.session.commit()
    ours = (Event.record_ref == row.reference, Event.name.startswith("postmortems."))
    names = sa.select(Event.name).where(*ours).order_by(Event.seq)
    return [name.removeprefix("postmortems.") for name in db.session.scalars(names)]


def plan(row, cast, now, owner="kim", **more):
    given = {**PLAN, **more}
    return actions.add_action(row, owner_id=cast.ids[owner], by=cast.erik, now=now, **given)


def complete(row, cast, now):
    """Write everything that approval asks for."""
    by = {"by": cast.erik, "now": now}
    actions.write(row, "summary", "An index locked.", was=rules.digest(row.summary), **by)
    actions.add_cause(
        row, factor=Factor.CHANGE_OR_RELEASE, text="No rehearsal", whys=["Because", " "], **by
    )
    actions.add_finding(row, kind=FindingKind.LUCK, text="It was a holiday", **by)
    found = plan(row, cast, now)
    cases.db.session.commit()
    return found


def approved(cast, now):
    row = begun(cast, now)
    complete(row, cast, now)
    actions.submit(row, version=row.version, by=cast.erik, now=now)
    actions.approve(row, version=row.version, by=cast.lena, now=now)
    cases.db.session.commit()
    return row


def test_closing_an_e1_makes_a_post_mortem_due(cast, db, now, run_jobs):
    case = case_of(cast, now)
    cases.closing(case, by=cast.erik, now=now)
    run_jobs()
    row = db.session.scalar(sa.select(Postmortem))
    assert (row.state, row.reasons) == (State.DUE, ["e1"])
    assert row.facilitator_id == cast.ids["erik"]
    # Wednesday 17 June and five, ten, fifteen business days
    assert row.draft_due_on == date(2026, 6, 24)
    assert row.meeting_due_on == date(2026, 7, 1)
    assert row.approval_due_on == date(2026, 7, 8)
    assert queries.case_refs(row) == [case.reference]
    assert queries.participants(row) == [cast.ids["carl"]]
    decision = db.session.scalar(sa.select(Decision).filter_by(record_ref=row.reference))
    assert (decision.kind, decision.policy_number) == ("postmortems.due", 1)
    assert decision.chosen["reasons"] == ["e1"]
    ours = sa.select(Notification.person_id).where(Notification.person_id.is_not(None))
    assert set(db.session.scalars(ours)) == {cast.ids["erik"], cast.ids["carl"]}
    assert events_of(db, row) == ["opened"]
    entry = db.session.scalar(sa.select(TimelineEntry).filter_by(case_ref=case.reference))
    assert row.reference in entry.text


def test_deadlines_leave_out_the_holidays_of_the_organisation(cast, db, now):
    db.session.add(LegalEntity(name="Halden SAS", country="FR", currency="EUR"))
    at = now + timedelta(days=23)  # Friday 10 July; Tuesday the 14th is a holiday in France
    row = due(cast, at)
    assert row.draft_due_on == date(2026, 7, 20)


def test_considering_a_case_twice_opens_one(cast, db, now):
    case = case_of(cast, now)
    first = actions.consider(case.reference, by=LESSONS, now=now)
    assert first is not None
    assert actions.consider(case.reference, by=LESSONS, now=now) is None
    assert count(db, Postmortem) == 1
    assert events_of(db, first) == ["opened"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"severity": Severity.E2}, None),
        ({"severity": Severity.E2, "days": 15}, ["e2_long"]),
        ({"severity": Severity.E3, "resolution": Resolution.LOST}, ["lost_account"]),
        ({"state": CaseState.VOID}, None),
        ({"state": CaseState.STABILISING, "closed_at": None}, None),
    ],
)
def test_policy_says_what_is_due(cast, db, now, more, expected):
    given = dict(more)
    if days := given.pop("days", None):
        given["opened_at"] = now - timedelta(days=days)
    case = case_of(cast, now, **given)
    row = actions.consider(case.reference, by=LESSONS, now=now)
    assert (row and row.reasons) == expected


def test_case_that_was_graver_once_counts_as_that(cast, db, now):
    case = case_of(cast, now, severity=Severity.E3)
    clock(case, "severity_set", now - timedelta(days=8), Severity.E1)
    row = actions.consider(case.reference, by=LESSONS, now=now)
    assert row is not None
    assert row.reasons == ["e1"]


def test_case_that_comes_back_adds_its_reason_once(cast, db, now):
    row = due(cast, now)
    case = queries.considered(queries.case_refs(row)[0])
    later = now + timedelta(days=20)
    clock(case, "closed", now)
    clock(case, "reopened", later)
    case.state, case.closed_at = CaseState.STABILISING, None
    for _again in range(2):
        jobs.open_due({"record_ref": case.reference})
    assert row.reasons == ["e1", "re_escalation"]
    assert count(db, Postmortem) == 1


def test_case_that_comes_back_after_publication_opens_another(cast, db, now):
    row = due(cast, now)
    row.state = State.PUBLISHED
    case = queries.considered(queries.case_refs(row)[0])
    later = now + timedelta(days=20)
    clock(case, "closed", now)
    clock(case, "reopened", later)
    case.state, case.closed_at = CaseState.STABILISING, None
    second = actions.consider(case.reference, by=LESSONS, now=later)
    assert second is not None
    assert (second.reasons, second.state) == (["re_escalation"], State.DUE)
    assert actions.consider(case.reference, by=LESSONS, now=later) is None


@pytest.mark.parametrize(("above", "expected"), [(True, 1), (False, 0)])
def test_compensation_above_a_director_makes_one_due(cast, db, now, above, expected):
    case = case_of(cast, now, severity=Severity.E3, state=CaseState.STABILISING, closed_at=None)
    data = {"case": case.reference, "above_director": above}
    event = {"record_ref": "CON-2026-0001", "data": data, "at": now.isoformat()}
    jobs.open_for_compensation(event)
    jobs.open_for_compensation(event)
    assert count(db, Postmortem) == expected


def test_owner_of_the_case_is_never_proposed_to_lead(cast, db, now):
    row = due(cast, now, owner="erik")
    # No other escalation manager: a customer success manager of other customers.
    assert row.facilitator_id == cast.ids["clara"]


def test_anybody_who_contributes_may_ask(cast, db, now):
    case = case_of(cast, now, severity=Severity.E4)
    row = actions.ask(case, why="Nobody knew the clause", by=cast.carl, now=now)
    assert row.reasons == ["asked_for"]
    assert events_of(db, row) == ["opened", "asked_for"]
    with pytest.raises(Refused, match=row.reference):
        actions.ask(case, why="Again", by=cast.sam, now=now)
    with pytest.raises(Refused):
        actions.ask(case_of(cast, now), why="Why not", by=cast.aldo, now=now)
    void = case_of(cast, now, state=CaseState.VOID)
    with pytest.raises(Refused):
        actions.ask(void, why="Why not", by=cast.carl, now=now)


def test_writing_begins_with_what_the_case_knows_in_roles(cast, db, now):
    row = begun(cast, now)
    assert row.state is State.DRAFT
    assert "2026-06-16 04:00  " in row.what_happened
    assert "COO: three plants stand still" in row.what_happened
    assert "the support agent saw the lock" in row.what_happened
    assert "back at six tomorrow" in row.what_customer_heard
    assert "A daily update (for 17\u00a0Jun\u00a02026, 08:00, broken)" in row.what_promised
    assert "the escalation manager knew at 18:20" in row.what_decided
    everything = " ".join(getattr(row, lane) for lane in rules.LANES)
    assert "MARKER" not in everything
    assert "Vasseur" not in everything
    with pytest.raises(Refused):
        actions.begin(row, by=cast.erik, now=now)


def test_only_who_leads_or_writes_begins(cast, db, now):
    row = due(cast, now)
    for name in ("carl", "sam", "lena", "dora", "lisa"):
        with pytest.raises(Refused):
            actions.begin(row, by=getattr(cast, name), now=now)


def test_two_people_writing_lose_no_word(cast, db, now):
    row = begun(cast, now)
    seen = rules.digest(row.summary)
    actions.write(row, "summary", "The first text", was=seen, by=cast.erik, now=now)
    actions.write(
        row, "title", "Plants stopped", was=rules.digest(row.title), by=cast.carl, now=now
    )
    with pytest.raises(Stale) as refused:
        actions.write(row, "summary", "The second text", was=seen, by=cast.carl, now=now)
    assert refused.value.current == {"text": "The first text"}
    # The same words twice are no conflict.
    actions.write(row, "summary", "The first text", was=seen, by=cast.carl, now=now)
    assert events_of(db, row).count("written") == 2


def test_line_ends_of_a_browser_are_no_change(cast, db, now):
    row = begun(cast, now)
    before, seen = row.what_happened, rules.digest(row.what_happened)
    assert "\n" in before
    browser = before.replace("\n", "\r\n")
    actions.write(row, "what_happened", browser, was=seen, by=cast.erik, now=now)
    assert row.what_happened == before
    assert "written" not in events_of(db, row)


def test_whoever_contributes_adds_and_does_not_overwrite(cast, db, now):
    row = begun(cast, now)
    actions.add_line(row, "what_happened", "2026-06-16 05:00 rolled back", by=cast.sam, now=now)
    assert row.what_happened.endswith("rolled back")
    actions.add_cause(
        row, factor=Factor.HANDOVER, text="Night shift", whys=[], by=cast.sam, now=now
    )
    with pytest.raises(Refused):
        actions.write(row, "summary", "Mine", was=rules.digest(row.summary), by=cast.sam, now=now)
    cause = queries.causes_of(row)[0]
    with pytest.raises(Refused):
        actions.remove_cause(row, cause, by=cast.sam, now=now)
    for name in ("dora", "lena", "aldo", "adam", "petra"):
        with pytest.raises(Refused):
            actions.add_line(row, "what_happened", "x", by=getattr(cast, name), now=now)


def test_cause_changed_by_another_is_stale(cast, db, now):
    row = begun(cast, now)
    by = {"by": cast.erik, "now": now}
    cause = actions.add_cause(row, factor=Factor.HANDOVER, text="One", whys=[], **by)
    seen = cause.version
    given = {"factor": Factor.HANDOVER, "whys": ["a", "b"]}
    actions.change_cause(row, cause, text="Two", version=seen, **given, **by)
    db.session.flush()
    with pytest.raises(Stale):
        actions.change_cause(row, cause, text="Three", version=seen, **given, **by)
    assert [why.text for why in rules.whys_read(cause.whys)] == ["a", "b"]


def test_cost_is_exact_and_finance_may_set_it(cast, db, now):
    row = begun(cast, now)
    actions.set_cost(row, Money("120220.50", "EUR"), version=None, by=cast.fina, now=now)
    assert (row.cost_minor, queries.cost_of(row)) == (12022050, Money("120220.50", "EUR"))
    for wrong in ("-1", "0.001"):
        with pytest.raises(Refused):
            actions.set_cost(row, Money(wrong, "EUR"), version=None, by=cast.fina, now=now)
    with pytest.raises(Refused):
        actions.set_cost(row, Money("1", "EUR"), version=None, by=cast.sam, now=now)


def test_people_invited_see_it_and_others_no_more(cast, db, now):
    row = due(cast, now)
    with pytest.raises(NotFound):
        queries.get(cast.otto, row.reference, now=now)
    given = {"version": row.version, "by": cast.erik, "now": now}
    people = [cast.ids["otto"], cast.ids["carl"]]
    actions.set_people(row, facilitator_id=cast.ids["erik"], people=people, **given)
    db.session.commit()
    assert queries.get(cast.otto, row.reference, now=now) is row
    assert count(db, Notification, person_id=cast.ids["otto"]) == 1
    given["version"] = row.version
    people = [cast.ids["carl"]]
    actions.set_people(row, facilitator_id=cast.ids["clara"], people=people, **given)
    db.session.commit()
    with pytest.raises(NotFound):
        queries.get(cast.otto, row.reference, now=now)
    assert queries.get(cast.clara, row.reference, now=now) is row
    given["version"] = row.version
    for wrong in ("carl", "adam"):  # the owner of the case; an administrator
        with pytest.raises(Refused):
            actions.set_people(row, facilitator_id=cast.ids[wrong], people=people, **given)


def test_action_is_due_by_policy_and_its_owner_is_told(cast, db, now):
    row = begun(cast, now)
    soon = plan(row, cast, now)
    later = plan(row, cast, now, priority=ActionPriority.NORMAL)
    assert (soon.due_on, later.due_on) == (date(2026, 7, 15), date(2026, 8, 12))
    assert count(db, Notification, person_id=cast.ids["kim"]) == 2
    assert queries.get(cast.kim, row.reference, now=now) is row
    with pytest.raises(Refused):
        plan(row, cast, now, due_on=date(2026, 6, 16))
    with pytest.raises(Refused):
        plan(row, cast, now, verification=" ")


def test_review_names_everything_that_is_missing(cast, db, now):
    row = begun(cast, now)
    with pytest.raises(Refused) as refused:
        actions.submit(row, version=row.version, by=cast.erik, now=now)
    for words in ("Say in words what happened", "contributing factor", "one action"):
        assert words in refused.value.message
    complete(row, cast, now)
    actions.submit(row, version=row.version, by=cast.erik, now=now)
    assert row.state is State.IN_REVIEW
    with pytest.raises(Refused):  # nobody writes while it is reviewed
        actions.add_line(row, "what_happened", "x", by=cast.erik, now=now)


def test_leadership_approves_and_nobody_else(cast, db, now):
    row = begun(cast, now)
    complete(row, cast, now)
    actions.submit(row, version=row.version, by=cast.erik, now=now)
    for name in ("erik", "carl", "dora", "lisa", "aldo", "adam"):
        with pytest.raises(Refused):
            actions.approve(row, version=None, by=getattr(cast, name), now=now)
    with pytest.raises(Stale):
        actions.approve(row, version=row.version - 1, by=cast.lena, now=now)
    actions.approve(row, version=row.version, by=cast.lena, now=now)
    assert (row.state, row.approved_by_id) == (State.APPROVED, cast.ids["lena"])
    actions.send_back(row, reason="One more cause", version=None, by=cast.lena, now=now)
    assert (row.state, row.approved_at) == (State.DRAFT, None)


def test_who_led_it_or_owned_the_case_does_not_approve(cast, db, now):
    row = begun(cast, now)
    complete(row, cast, now)
    actions.submit(row, version=row.version, by=cast.erik, now=now)
    row.facilitator_id = cast.ids["lena"]
    with pytest.raises(Refused):
        actions.approve(row, version=None, by=cast.lena, now=now)


def test_published_text_speaks_of_roles(cast, db, now):
    row = approved(cast, now)
    row.what_decided += "\nErik Lund was told"
    with pytest.raises(Refused, match=r"Erik Lund.*the escalation manager"):
        actions.publish(row, version=None, by=cast.erik, now=now)
    row.what_decided = row.what_decided.replace("Erik Lund", "the escalation manager")
    actions.publish(row, version=None, by=cast.erik, now=now)
    assert row.state is State.PUBLISHED
    for act in (
        lambda: actions.write(row, "summary", "x", was="", by=cast.erik, now=now),
        lambda: actions.send_back(row, reason="x", version=None, by=cast.lena, now=now),
        lambda: actions.ask_waiver(row, reason="x", version=None, by=cast.erik, now=now),
        lambda: plan(row, cast, now),
    ):
        with pytest.raises(Refused):
            act()


def test_leaving_out_takes_a_reason_and_a_second_person_of_leadership(cast, db, now):
    row = due(cast, now)
    given = {"version": None, "now": now}
    for name, reason in (("carl", "Seen before"), ("erik", " ")):
        with pytest.raises(Refused):
            actions.ask_waiver(row, reason=reason, by=getattr(cast, name), **given)
    with pytest.raises(Refused):
        actions.waive(row, by=cast.lena, **given)  # nobody asked
    actions.ask_waiver(row, reason="The same as PM-2026-0001", by=cast.lena, **given)
    for name in ("lena", "erik", "ava"):
        with pytest.raises(Refused):
            actions.waive(row, by=getattr(cast, name), **given)
    assert row.state is State.DUE
    row.waiver_asked_by_id = cast.ids["erik"]
    actions.decline_waiver(row, reason="It came again", by=cast.lena, **given)
    assert (row.state, row.waived_because, row.waiver_asked_at) == (State.DUE, "", None)
    actions.ask_waiver(row, reason="The same as PM-2026-0001", by=cast.erik, **given)
    waiting = queries.waivers_to_decide(cast.lena, now=now)
    assert [one.reference for one in waiting] == [row.reference]
    assert queries.waivers_to_decide(cast.erik, now=now) == []
    actions.waive(row, by=cast.lena, **given)
    assert row.state is State.WAIVED
    found = db.session.scalars(sa.select(Decision).filter_by(kind="postmortems.waiver"))
    decided = [(one.chosen["waived"], one.reason) for one in found]
    assert decided == [(False, "It came again"), (True, "The same as PM-2026-0001")]
    case = queries.case_refs(row)[0]
    assert actions.consider(case, by=LESSONS, now=now) is None


@pytest.mark.parametrize(
    "more",
    [
        {"trigger": Trigger.LEGAL_THREAT},
        {"trigger": Trigger.REGULATOR_COMPLAINT},
        {"trigger": Trigger.SECURITY_OR_PRIVACY},
        {"legal_mode": True},
    ],
)
def test_counsel_chooses_first_and_nothing_is_late(cast, db, now, more):
    row = due(cast, now, **more)
    assert row.state is State.WITH_COUNSEL
    assert set(db.session.scalars(sa.select(Notification.person_id))) == {cast.ids["lisa"]}
    for act in (
        lambda: actions.begin(row, by=cast.erik, now=now),
        lambda: actions.choose(row, rules.CounselChoice.ORDINARY, by=cast.erik, now=now),
    ):
        with pytest.raises(Refused):
            act()
    much_later = now + timedelta(days=60)
    jobs.chase(much_later.isoformat())
    assert "step_late" not in events_of(db, row)
    actions.choose(row, rules.CounselChoice.ORDINARY, by=cast.lisa, now=much_later)
    assert row.state is State.DUE
    assert row.draft_due_on == date(2026, 8, 21)


def test_facts_only_needs_no_cause(cast, db, now):
    row = due(cast, now, legal_mode=True)
    actions.choose(row, rules.CounselChoice.FACTS_ONLY, by=cast.lisa, now=now)
    by = {"by": cast.erik, "now": now}
    actions.begin(row, **by)
    with pytest.raises(Refused):
        actions.add_cause(row, factor=Factor.SECURITY, text="x", whys=[], **by)
    actions.write(row, "summary", "Facts", was=rules.digest(""), **by)
    plan(row, cast, now)
    actions.submit(row, version=None, **by)
    assert row.state is State.IN_REVIEW


def test_commissioned_stays_with_counsel(cast, db, now):
    row = due(cast, now, legal_mode=True)
    actions.choose(row, rules.CounselChoice.COMMISSIONED, by=cast.lisa, now=now)
    assert row.state is State.WITH_COUNSEL
    jobs.chase((now + timedelta(days=60)).isoformat())
    assert "step_late" not in events_of(db, row)


def test_legal_mode_later_stops_the_clock(cast, db, now):
    row = begun(cast, now)
    queries.considered(queries.case_refs(row)[0]).legal_mode = True
    jobs.chase((now + timedelta(days=1)).isoformat())
    assert row.state is State.WITH_COUNSEL
    actions.choose(row, rules.CounselChoice.ORDINARY, by=cast.lisa, now=now + timedelta(days=2))
    assert row.state is State.DRAFT  # what was written is there again


def test_action_ends_verified_by_somebody_else(cast, db, now):
    row = begun(cast, now)
    action = plan(row, cast, now, owner="carl")
    with pytest.raises(Refused):
        actions.finish(row, action, version=None, by=cast.sam, now=now)
    actions.finish(row, action, version=action.version, by=cast.carl, now=now)
    db.session.flush()
    with pytest.raises(Refused):
        actions.verify(row, action, note="It works", version=None, by=cast.carl, now=now)
    with pytest.raises(Refused):
        actions.verify(row, action, note="It works", version=None, by=cast.sam, now=now)
    actions.reopen(row, action, note="No record", version=None, by=cast.erik, now=now)
    assert (action.state, action.settled_at) == (ActionState.OPEN, None)
    actions.finish(row, action, version=None, by=cast.carl, now=now)
    actions.verify(row, action, note="Two records seen", version=None, by=cast.erik, now=now)
    assert (action.state, action.verified_by_id) == (ActionState.VERIFIED, cast.ids["erik"])
    with pytest.raises(Refused):
        actions.drop(row, action, note="Late", version=None, by=cast.erik, now=now)


def test_action_is_dropped_with_a_reason(cast, db, now):
    row = begun(cast, now)
    action = plan(row, cast, now)
    with pytest.raises(Refused):
        actions.drop(row, action, note="Mine", version=None, by=cast.kim, now=now)
    with pytest.raises(Refused):
        actions.drop(row, action, note=" ", version=None, by=cast.lena, now=now)
    with pytest.raises(Stale):
        actions.drop(row, action, note="Old", version=99, by=cast.lena, now=now)
    actions.drop(row, action, note="The tool goes", version=None, by=cast.lena, now=now)
    assert (action.state, action.reason) == (ActionState.DROPPED, "The tool goes")


def test_meeting_is_noted_once_and_not_before_it_was_held(cast, db, now):
    row = begun(cast, now)
    by = {"by": cast.erik, "now": now + timedelta(days=2)}
    for wrong in (date(2026, 6, 16), date(2026, 6, 20)):
        with pytest.raises(Refused):
            actions.note_meeting(row, on=wrong, **by)
    actions.note_meeting(row, on=date(2026, 6, 18), **by)
    db.session.flush()
    assert queries.met_on(row, zone="Europe/Paris") == date(2026, 6, 18)
    with pytest.raises(Refused):
        actions.note_meeting(row, on=date(2026, 6, 19), **by)
