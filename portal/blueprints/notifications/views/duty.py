"""Doors to the duty roster: who is on duty, was, and will be."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.calendar import from_local
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries, rules
from ..forms import WEEKDAYS, DutyForm, HandForm
from .blueprint import bp

SHOWN = timedelta(days=28)


@bp.get("/notifications/duty/")
@require(Permission.HOME)
def duty() -> ResponseReturnValue:
    """Show who answers for each team, now or at another moment."""
    now = clock.now()
    moment = _moment(request.args.get("at", ""))
    return page(
        "notifications/duty.html",
        teams=queries.teams_at(moment or now, now=now),
        moment=moment,
        asked=request.args.get("at", ""),
        weeks=rules.AHEAD.days // 7,
    )


def _moment(given: str) -> datetime | None:
    """Read a local time of the viewer's zone from the address; what cannot be read is now."""
    try:
        wall = datetime.fromisoformat(given)
        return from_local(wall.replace(tzinfo=None), viewer().zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@bp.route("/notifications/duty/<int:team_id>", methods=["GET", "POST"])
@require(Permission.HOME)
def team_duty(team_id: int) -> ResponseReturnValue:
    """Show the shifts of a team, and plan more."""
    team, now = queries.duty_team(team_id), clock.now()
    may_plan = queries.may_plan(team, viewer())
    if request.method == "POST" and not may_plan:
        raise NotFound
    form = DutyForm()
    form.person.choices = choices([("", _("Choose")), *_people(team_id)])
    form.weekdays.choices = choices(enumerate(WEEKDAYS))
    made = attempt(form, lambda: _plan(form, team_id)) if may_plan else None
    if made:
        return done(url_for("notifications.team_duty", team_id=team_id), _("The duty is planned."))
    since = now - timedelta(days=7) if request.args.get("past") else now
    shifts = queries.roster(team_id, start=since, end=now + SHOWN)
    zone = ZoneInfo(viewer().zone)
    days = groupby(shifts, key=lambda one: max(one.starts_at, since).astimezone(zone).date())
    stretches = [one.stretch for one in shifts]
    return page(
        "notifications/team_duty.html",
        form=form,
        team=team,
        days=[(day, list(of_day)) for day, of_day in days],
        gaps=rules.uncovered(stretches, start=now, end=now + rules.AHEAD),
        may_plan=may_plan,
        past=bool(request.args.get("past")),
        at=now,
        zone=auth.organisation().zone,
    )


def _people(team_id: int) -> list[tuple[int, str]]:
    """Give who can be on duty: the team's own people first."""
    own = set(auth.team_members(team_id))
    return sorted(auth.choices(), key=lambda one: one[0] not in own)


def _plan(form: DutyForm, team_id: int) -> object:
    given = form.data
    return actions.plan_duty(
        queries.duty_team(team_id),
        given["person"],
        first=given["first"],
        last=given["last"],
        weekdays=given["weekdays"],
        begin=given["begin"],
        end=given["end"],
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/notifications/duty/shifts/<int:shift_id>/end")
@require(Permission.HOME)
def end_duty(shift_id: int) -> ResponseReturnValue:
    """Call a coming shift off, or end the one that runs."""
    shift = queries.get_shift(shift_id, lock=True)
    back = url_for("notifications.team_duty", team_id=shift.team_id)
    actions.end_duty(shift, by=viewer(), now=clock.now())
    return done(back, _("The shift is taken off the roster."))


@bp.route("/notifications/duty/shifts/<int:shift_id>/hand", methods=["GET", "POST"])
@require(Permission.HOME)
def hand_duty(shift_id: int) -> ResponseReturnValue:
    """Give a shift to somebody else."""
    shift = queries.get_shift(shift_id, lock=request.method == "POST")
    team = queries.duty_team(shift.team_id)
    if shift.person_id != viewer().id and not queries.may_plan(team, viewer()):
        raise NotFound
    form, back = HandForm(), url_for("notifications.team_duty", team_id=shift.team_id)
    others = [(i, name) for i, name in _people(shift.team_id) if i != shift.person_id]
    form.person.choices = choices([("", _("Choose")), *others])
    person = form.data["person"]
    if attempt(form, lambda: actions.hand_duty(shift, person, by=viewer(), now=clock.now())):
        return done(back, _("The shift has changed hands."))
    return page(
        "notifications/hand_duty.html",
        form=form,
        shift=shift,
        who=auth.get(shift.person_id).name,
        team=team,
        back=back,
    )
