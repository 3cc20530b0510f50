"""Nights: who hears of an urgent case while offices are closed, and that somebody does."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import Team, User
from portal.blueprints.escalations import jobs, queries, rules
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications.models import Duty, Notification
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies import rules as policy_rules
from portal.blueprints.policies.models import PolicyKind
from portal.core.errors import Refused
from tests.escalations.test_actions import declared
from tests.escalations.test_ladder import tick
from tests.escalations.test_restricted import restrict

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVENING = datetime(2026, 6, 17, 20, 0, tzinfo=UTC)  # 22:00 in Paris, a Wednesday
MORNING = datetime(2026, 6, 18, 7, 0, tzinfo=UTC)  # 09:00 in Paris


def on_duty(db, person, begins, ends, name="Night desk"):
    team = db.session.scalar(sa.select(Team).filter_by(name=name)) or Team(name=name)
    db.session.add(team)
    db.session.flush()
    db.session.add(Duty(team_id=team.id, person_id=person, starts_at=begins, ends_at=ends))
    db.session.commit()
    return team


def told(db):
    rows = db.session.scalars(
        sa.select(Notification).filter_by(template="escalations/clock").order_by(Notification.id)
    )
    return {(row.person_id, row.why): row.send_at for row in rows}


def urgent(cast, db, team=None):
    case = declared(cast, EVENING)
    case.team_id = team.id if team else None
    db.session.commit()
    return case


def test_at_night_only_who_is_on_duty_is_told(cast, db, now):
    team = on_duty(db, cast.ids["sam"], EVENING, MORNING)
    urgent(cast, db, team)
    at = EVENING + 31 * MINUTE  # half of the hour to acknowledge
    tick(at)
    assert told(db) == {(cast.ids["erik"], "owner"): MORNING, (cast.ids["sam"], "duty"): at}


def test_by_day_the_owner_is_told_alone(cast, db, now):
    team = on_duty(db, cast.ids["sam"], now, now + 9 * HOUR)
    case = declared(cast, now)
    case.team_id = team.id
    db.session.commit()
    tick(now + 31 * MINUTE)
    assert told(db) == {(cast.ids["erik"], "owner"): now + 31 * MINUTE}


@pytest.mark.parametrize("elsewhere", [True, False])
def test_where_nobody_is_on_duty_the_owner_is_woken(cast, db, now, elsewhere):
    if elsewhere:
        on_duty(db, cast.ids["sam"], EVENING, MORNING, name="Another desk")
    urgent(cast, db)
    at = EVENING + 31 * MINUTE
    tick(at)
    assert told(db) == {(cast.ids["erik"], "owner"): at}


def test_who_is_on_duty_stands_in_for_an_absent_owner(cast, db, now):
    team = on_duty(db, cast.ids["sam"], now, now + 9 * HOUR)
    erik = db.session.get(User, cast.ids["erik"])
    erik.absent_from, erik.substitute_id = now, cast.ids["felix"]
    case = declared(cast, now)
    case.team_id, case.owner_id = team.id, erik.id
    db.session.commit()
    tick(now + 31 * MINUTE)
    assert [person for person, _why in told(db)] == [cast.ids["sam"]]


def test_a_restricted_case_opens_to_nobody_on_duty(cast, db, now):
    team = on_duty(db, cast.ids["sam"], EVENING, MORNING)
    urgent(cast, db, team).restricted = True
    db.session.commit()
    at = EVENING + 31 * MINUTE
    tick(at)
    assert told(db) == {(cast.ids["erik"], "owner"): at}, "nobody else hears: the owner at once"


def test_of_a_restricted_case_those_on_duty_hear_who_are_named(cast, db, now):
    case = urgent(cast, db, on_duty(db, cast.ids["sam"], EVENING, MORNING))
    restrict(case, cast, EVENING, keep=[cast.ids["sam"]])
    at = EVENING + 31 * MINUTE
    tick(at)
    assert told(db) == {(cast.ids["erik"], "owner"): MORNING, (cast.ids["sam"], "duty"): at}


@pytest.mark.parametrize(("keep", "hears"), [((), "erik"), (("sam",), "sam")])
def test_of_a_restricted_case_a_substitute_hears_who_is_named(cast, db, now, keep, hears):
    case = declared(cast, now)
    restrict(case, cast, now, keep=[cast.ids[name] for name in keep])
    owner = cast.user("erik")
    owner.substitute_id, owner.absent_from = cast.ids["sam"], now
    db.session.commit()
    tick(now + 31 * MINUTE)
    assert [person for person, _why in told(db)] == [cast.ids[hears]]


# --- publishing clocks that run at night ----------------------------------------------------------


def policy(unit=None):
    body = policy_rules.dump(policy_rules.shipped(policy_rules.SeverityPolicy))
    if unit:
        for level in body["levels"]:
            for clock in ("acknowledge", "owner_named", "silence", "reply_owed"):
                level[clock]["unit"] = unit
    return policy_rules.parse(PolicyKind.SEVERITY, body)


def test_nights_without_anybody_are_found(cast, db, now):
    assert queries.open_nights(policy(), now=now) == {"–": now.isoformat()}
    team = on_duty(db, cast.ids["sam"], now, now + timedelta(days=3))
    saturday = now + timedelta(days=3)
    assert queries.open_nights(policy(), now=now) == {team.name: saturday.isoformat()}
    on_duty(db, cast.ids["sam"], now + timedelta(days=3), now + timedelta(days=20))
    assert queries.open_nights(policy(), now=now) == {}


def test_clocks_of_office_hours_need_nobody_at_night(cast, db, now):
    assert queries.open_nights(policy("business_hours"), now=now) == {}
    routing = policy_rules.shipped(policy_rules.RoutingPolicy)
    assert queries.open_nights(routing, now=now) == {}


def test_the_teams_of_the_routing_are_looked_at(cast, db, now):
    on_duty(db, cast.ids["sam"], now, now + timedelta(days=20), name="Escalations")
    on_duty(db, cast.ids["sam"], now, now + HOUR, name="Choir")
    assert queries.open_nights(policy(), now=now) == {}


def test_publishing_waits_for_the_roster(cast, db, now, run_jobs):
    draft = policy_actions.start(PolicyKind.SEVERITY, by=cast.erik, now=now)
    policy_actions.change(draft, "reopen_days", 21, by=cast.erik, now=now)
    policy_actions.submit(draft, why="Three weeks", by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    draft_id = draft.id
    with pytest.raises(Refused, match="nobody is on duty"):
        policy_actions.sign(
            policy_queries.get_draft(draft_id), reason="Agreed", by=cast.lena, now=now
        )
    db.session.rollback()
    team = Team(name="Escalations")
    db.session.add(team)
    db.session.flush()
    days = {"first": now.date(), "last": now.date() + timedelta(days=15), "weekdays": range(7)}
    wall = {"begin": now.time().replace(hour=8), "end": now.time().replace(hour=8)}
    notification_actions.plan_duty(team, cast.ids["sam"], **days, **wall, by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    assert policy_actions.sign(
        policy_queries.get_draft(draft_id), reason="Agreed", by=cast.lena, now=now
    )


# --- a roster that runs out -----------------------------------------------------------------------


def warned(db):
    query = sa.select(Notification).filter_by(template="escalations/empty_nights")
    return [(mail.person_id, mail.key.split(":")[-2]) for mail in db.session.scalars(query)]


def watch(at):
    jobs.watch_roster(at.isoformat())


def test_who_plans_is_told_14_and_3_days_before_nights_become_empty_once_each(cast, db, now):
    team = on_duty(db, cast.ids["sam"], now, now + timedelta(days=20))
    planners = {cast.ids[name] for name in ("erik", "lena", "adam")}
    watch(now)
    assert warned(db) == []
    for days in (6.5, 7, 8, 9, 15):
        watch(now + timedelta(days=days))
    assert {person for person, _days in warned(db)} >= planners
    assert sorted(days for person, days in warned(db) if person == cast.ids["erik"]) == ["14"]
    assert cast.ids["carl"] not in {person for person, _days in warned(db)}
    for days in (17.5, 18, 19):
        watch(now + timedelta(days=days))
    assert sorted(days for person, days in warned(db) if person == cast.ids["erik"]) == ["14", "3"]
    last = now + timedelta(days=20)
    db.session.add(
        Duty(
            team_id=team.id,
            person_id=cast.ids["sam"],
            starts_at=last,
            ends_at=last + timedelta(days=30),
        )
    )
    db.session.commit()
    before = len(warned(db))
    watch(now + timedelta(days=19, hours=1))
    assert len(warned(db)) == before


def test_a_team_without_a_roster_is_not_warned_of(cast, db, now):
    db.session.add(Team(name="Day desk"))
    db.session.commit()
    watch(now)
    assert warned(db) == []
    assert queries.nights_running_out(now=now) == []


def test_nights_that_run_out_stand_on_the_day_of_who_plans(cast, db, now, browse):
    on_duty(db, cast.ids["sam"], now, now + timedelta(days=5))
    text = browse("erik").text("/")
    assert "The roster runs out:" in text
    assert "Night desk" in text
    assert "The roster runs out:" not in browse("carl").text("/")


@pytest.mark.parametrize(
    ("days", "due"), [(15, []), (14, [14]), (4, [14]), (3, [14, 3]), (-1, [14, 3])]
)
def test_when_a_warning_is_due(now, days, due):
    assert rules.warnings_due(now + timedelta(days=days), now=now) == due
