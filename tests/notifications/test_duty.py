"""Duty: the pattern, the roster, who answers, and who may change it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Team, User
from portal.blueprints.notifications import actions, queries, rules
from portal.blueprints.notifications.models import Duty, Notification
from portal.core.calendar import Segment
from portal.core.errors import Refused
from portal.core.events import Event

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERY_DAY = range(7)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- rules ----------------------------------------------------------------------------------------

NIGHT = {"begin": time(20), "end": time(8), "zone": "Europe/Paris"}


@pytest.mark.parametrize(
    ("first", "last", "weekdays", "found"),
    [  # a Wednesday; the nights the clocks change; weekends only
        ("2026-06-17", "2026-06-17", EVERY_DAY, ["2026-06-17T18:00 2026-06-18T06:00"]),
        ("2026-03-28", "2026-03-28", [5], ["2026-03-28T19:00 2026-03-29T06:00"]),
        ("2026-10-24", "2026-10-24", [5], ["2026-10-24T18:00 2026-10-25T07:00"]),
        (
            "2026-06-17",
            "2026-06-23",
            [5, 6],
            ["2026-06-20T18:00 2026-06-21T06:00", "2026-06-21T18:00 2026-06-22T06:00"],
        ),
    ],
)
def test_shifts_follow_the_wall(first, last, weekdays, found):
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    made = rules.turns(**days, weekdays=weekdays, **NIGHT)
    assert [f"{one.start:%Y-%m-%dT%H:%M} {one.end:%Y-%m-%dT%H:%M}" for one in made] == found


@pytest.mark.parametrize(
    ("first", "last", "weekdays", "field"),
    [
        ("2026-06-18", "2026-06-17", EVERY_DAY, "last"),
        ("2026-06-17", "2027-06-18", EVERY_DAY, "last"),
        ("2026-06-17", "2026-06-17", [0], "weekdays"),
    ],
)
def test_a_pattern_without_days_is_refused(first, last, weekdays, field):
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    with pytest.raises(Refused) as refused:
        rules.turns(**days, weekdays=weekdays, **NIGHT)
    assert refused.value.field == field


def test_the_same_time_twice_is_a_whole_day():
    given = {"begin": time(8), "end": time(8), "zone": "UTC", "weekdays": EVERY_DAY}
    days = date(2026, 6, 17), date(2026, 6, 18)
    made = rules.turns(*days, **given)
    assert made[0].end == made[1].start
    assert rules.uncovered(made, start=made[0].start, end=made[1].end) == []


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([], [(0, 24)]),
        ([(0, 24)], []),
        ([(8, 12), (6, 9)], [(0, 6), (12, 24)]),
        ([(20, 30), (-5, 8)], [(8, 20)]),
        ([(3, 4), (1, 10), (10, 23)], [(0, 1), (23, 24)]),
        ([(30, 40), (-9, -3)], [(0, 24)]),
    ],
)
def test_what_nobody_covers(shifts, gaps):
    begin = at("2026-06-17T00:00")
    made = [Segment(begin + a * HOUR, begin + b * HOUR) for a, b in shifts]
    found = rules.uncovered(made, start=begin, end=begin + DAY)
    assert [(one.start, one.end) for one in found] == [
        (begin + a * HOUR, begin + b * HOUR) for a, b in gaps
    ]


# --- actions --------------------------------------------------------------------------------------


@pytest.fixture
def team(db, cast):
    made = Team(name="Night desk", lead_id=cast.ids["lena"])
    db.session.add(made)
    db.session.commit()
    return made


def planned(team, person, *, by, now, first=date(2026, 6, 17), last=date(2026, 6, 19)):
    return actions.plan_duty(
        team,
        person,
        first=first,
        last=last,
        weekdays=EVERY_DAY,
        begin=time(20),
        end=time(8),
        by=by,
        now=now,
    )


def test_a_plan_is_told_and_recorded(cast, db, team, now):
    made = planned(team, cast.ids["carl"], by=cast.erik, now=now)
    assert len(made) == 3
    db.session.commit()
    mail = db.session.scalars(sa.select(Notification)).one()
    assert (mail.person_id, mail.why, mail.context["shifts"]) == (cast.ids["carl"], "duty", 3)
    event = db.session.scalars(sa.select(Event).order_by(Event.seq.desc())).first()
    assert event.name == "notifications.duty_planned"
    assert event.data == {"team": team.id, "person": cast.ids["carl"], "shifts": 3}


def test_nobody_has_two_shifts_at_once(cast, db, team, now):
    planned(team, cast.ids["carl"], by=cast.erik, now=now)
    with pytest.raises(Refused, match="on duty then already"):
        planned(team, cast.ids["carl"], by=cast.erik, now=now, first=date(2026, 6, 19))
    planned(team, cast.ids["fina"], by=cast.erik, now=now)  # two people may share a night
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Duty)) == 6


def test_what_is_over_stays(cast, db, team, now):
    with pytest.raises(Refused, match="What is over"):
        planned(team, cast.ids["carl"], by=cast.erik, now=now, first=date(2026, 6, 1))
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[0]
    over = shift.ends_at + HOUR
    for change in (
        lambda: actions.end_duty(shift, by=cast.erik, now=over),
        lambda: actions.hand_duty(shift, cast.ids["fina"], by=cast.erik, now=over),
    ):
        with pytest.raises(Refused, match="over"):
            change()


def test_who_may_change_the_roster(cast, team, now):
    with pytest.raises(Refused, match="lead of the team"):
        planned(team, cast.ids["carl"], by=cast.carl, now=now)
    first, second, third = planned(team, cast.ids["carl"], by=cast.lena, now=now)
    with pytest.raises(Refused, match="lead of the team"):
        actions.end_duty(first, by=cast.carl, now=now)
    with pytest.raises(Refused, match="lead of the team"):
        actions.hand_duty(second, cast.ids["erik"], by=cast.fina, now=now)
    assert (
        actions.hand_duty(third, cast.ids["fina"], by=cast.carl, now=now).person_id
        == (cast.ids["fina"])
    )


def test_a_running_shift_is_split(cast, db, team, now):
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[0]
    begins, ends, moment = shift.starts_at, shift.ends_at, shift.starts_at + HOUR
    rest = actions.hand_duty(shift, cast.ids["fina"], by=cast.erik, now=moment)
    rows = [(one.person_id, one.starts_at, one.ends_at)
            for one in queries.roster(team.id, start=begins, end=ends)]  # fmt: skip
    assert rows == [
        (cast.ids["carl"], begins, moment),
        (cast.ids["fina"], moment, ends),
    ]
    actions.end_duty(db.session.get(Duty, rest.id), by=cast.erik, now=moment + HOUR)
    assert queries.roster(team.id, start=begins, end=ends)[1].ends_at == moment + HOUR


def test_who_loses_a_shift_and_who_gets_it_back_are_told(cast, db, team, now):
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[0]
    for name in ("fina", "carl"):
        actions.hand_duty(shift, cast.ids[name], by=cast.erik, now=now)
    actions.end_duty(shift, by=cast.erik, now=now)
    mails = db.session.scalars(sa.select(Notification).order_by(Notification.id)).all()
    carl, fina = cast.ids["carl"], cast.ids["fina"]
    assert [(one.person_id, one.template.rpartition("/")[2]) for one in mails] == [
        (carl, "duty"),
        (fina, "duty"),
        (carl, "duty_over"),
        (carl, "duty"),
        (fina, "duty_over"),
        (carl, "duty_over"),
    ]


def test_a_coming_shift_is_called_off(cast, db, team, now):
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[1]
    actions.end_duty(shift, by=cast.erik, now=now)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Duty)) == 2


# --- who answers ----------------------------------------------------------------------------------


def answers(moment, now):
    return {one.team: one.answers for one in queries.teams_at(moment, now=now)}["Night desk"]


def test_who_is_to_be_called(cast, db, team, now):
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[0]
    night = shift.starts_at + HOUR
    carl, fina, lena = (db.session.get(User, cast.ids[name]) for name in ("carl", "fina", "lena"))
    assert answers(now, now) == (lena.name,)
    assert answers(night, now) == (carl.name,)
    carl.absent_from, carl.substitute_id = now, fina.id
    db.session.commit()
    assert answers(night, night) == (fina.name,)
    fina.absent_from, fina.substitute_id = now, carl.id  # a ring of two who are both away
    db.session.commit()
    assert answers(night, night) == (carl.name,)
    assert answers(night, night + DAY) == (carl.name,)
    assert queries.on_duty(now=night) == {team.id: (carl.id,)}
    assert queries.on_duty(now=now) == {}


def test_who_was_to_be_called(cast, db, team, now):
    """Absences and leads as they were then, whatever was changed since."""
    shift = planned(team, cast.ids["carl"], by=cast.erik, now=now)[0]
    night, carl = shift.starts_at + HOUR, cast.user("carl")
    names = {who: cast.user(who).name for who in ("carl", "fina", "lena", "erik", "sam")}

    def away(who, until, at):
        auth_actions.set_absence(
            carl, substitute_id=cast.ids[who], absent_from=until and now, absent_until=until,
            by=cast.carl, now=at,
        )  # fmt: skip

    away("fina", now + 2 * DAY, now)
    db.session.commit()
    assert answers(night, now) == (names["fina"],), "what will be counts who will be away"
    away("sam", None, night + HOUR)
    lead = {"name": team.name, "region": "", "lead_id": cast.ids["erik"]}
    auth_actions.change_team(team, **lead, by=cast.adam, now=night + HOUR)
    db.session.commit()
    auth_actions.succeed(team, "lead_id", to_id=cast.ids["sam"], by=cast.adam, now=night + 3 * HOUR)
    db.session.commit()
    later, evening = night + 3 * DAY, shift.starts_at - HOUR
    assert answers(night, later) == (names["fina"],)
    assert answers(night + 2 * HOUR, later) == (names["carl"],)
    assert answers(evening, later) == (names["lena"],)
    assert auth_queries.lead_at(team.id, moment=night + 2 * HOUR) == cast.ids["erik"]
    assert auth_queries.lead_at(team.id, moment=later) == cast.ids["sam"]


# --- pages ----------------------------------------------------------------------------------------


def form(**more):
    given = {"first": "2026-06-17", "last": "2026-06-19", "begin": "20:00", "end": "08:00"}
    return {**given, "weekdays": ["0", "1", "2", "3", "4"], **more}


def test_the_roster_is_planned_on_its_page(browse, cast, db, team):
    erik, page = browse("erik"), f"/notifications/duty/{team.id}"
    assert "Night desk" in browse("carl").text("/notifications/duty/")
    assert erik.post(page, form(person="")).status_code == 422
    assert erik.post(page, form(person=str(cast.ids["carl"]), begin="")).status_code == 422
    assert erik.post(page, form(person=str(cast.ids["carl"]))).status_code == 303
    shifts = db.session.scalars(sa.select(Duty).order_by(Duty.id)).all()
    assert len(shifts) == 3
    assert "Carl" in erik.text(page)
    own, other = browse("carl"), browse("fina")
    assert own.post(page, form(person=str(cast.ids["carl"]))).status_code == 404
    hand = f"/notifications/duty/shifts/{shifts[0].id}/hand"
    assert "Hand over the shift" in own.text(hand)
    refused = other.post(hand, {"person": str(cast.ids["erik"])})
    assert refused.status_code == 404
    assert own.post(hand, {"person": str(cast.ids["erik"])}).status_code == 303
    assert own.post(f"/notifications/duty/shifts/{shifts[1].id}/end").status_code in {409, 422}
    assert erik.post(f"/notifications/duty/shifts/{shifts[1].id}/end").status_code == 303
    assert erik.get("/notifications/duty/shifts/999999/hand").status_code == 404
    assert erik.get("/notifications/duty/999999").status_code == 404


@pytest.mark.parametrize("moment", ["2026-06-17T21:30", "0001-01-01T00:00", "tomorrow", "9" * 40])
def test_any_moment_can_be_asked_for(browse, team, moment):
    assert browse("carl").get(f"/notifications/duty/?at={moment}").status_code == 200
