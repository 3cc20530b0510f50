"""What keeps the clocks going: the engine of notices, calendars, and versions of the policy."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import DAY_FIELDS, CalendarForm, WithdrawForm
from ..models import BusinessCalendar, ClockKind
from ..rules import words
from .blueprint import bp, do


@bp.get("/clocks/")
@require(Permission.ESCALATIONS_READ)
def clocks() -> ResponseReturnValue:
    """Show how the engine fares, the calendars, and what hangs on each version of the policy."""
    by, now = viewer(), clock.now()
    policy, number = policy_queries.in_force(SeverityPolicy)
    deaf, owners = queries.deaf_steps(policy)
    return page(
        "escalations/clocks.html",
        engine=queries.engine(now=now),
        calendars=queries.calendars(),
        versions=queries.policy_versions(by, now=now),
        number=number,
        policy_hours=words.week_words(policy.opening_hours),
        deaf=deaf,
        owners=owners,
        keeps=by.may(Permission.ESCALATIONS_MANAGE),
        leads=Role.LEADERSHIP in by.roles,
    )


@bp.route("/clocks/calendars/new", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_MANAGE)
def new_calendar() -> ResponseReturnValue:
    """Make a calendar."""
    return _calendar(None, CalendarForm())


@bp.route("/clocks/calendars/<int:calendar_id>", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def calendar(calendar_id: int) -> ResponseReturnValue:
    """Show a calendar, and change it."""
    row = queries.get_calendar(calendar_id)
    if request.method == "POST":
        return _calendar(row, CalendarForm())
    return _calendar(row, CalendarForm(data=_standing(row)))


def _calendar(row: BusinessCalendar | None, form: CalendarForm) -> ResponseReturnValue:
    keeps = viewer().may(Permission.ESCALATIONS_MANAGE)
    if request.method == "POST" and not keeps:
        raise NotFound
    kept = attempt(form, lambda: _keep(row, form))
    if kept:
        return done(url_for("escalations.clocks"), _("The calendar is kept; its cases follow."))
    return page("escalations/calendar.html", form=form, row=row, keeps=keeps, days=DAY_FIELDS)


def _keep(row: BusinessCalendar | None, form: CalendarForm) -> BusinessCalendar:
    return actions.keep_calendar(
        row,
        actions.Hours(
            name=form.name.data or "",
            week=form.week(),
            country=form.country.data or "",
            subdivision=form.subdivision.data or "",
            closures=(form.closures.data or "").split(),
            accounts=(form.accounts.data or "").replace(",", " ").split(),
        ),
        by=viewer(),
        now=clock.now(),
        was=form.was.data or "",
    )


def _standing(row: BusinessCalendar) -> dict[str, Any]:
    """Give what a calendar says, as its form shows it."""
    hours = {
        field: ", ".join(f"{a}-{b}" for a, b in row.week.get(day, [])) for day, field in _days()
    }
    return hours | {
        "was": queries.calendar_mark(row),
        "name": row.name,
        "country": row.country,
        "subdivision": row.subdivision,
        "closures": "\n".join(row.closures),
        "accounts": "\n".join(queries.account_refs_using(row.id)),
    }


def _days() -> list[tuple[str, str]]:
    """Give the days of a calendar document with their fields in the form, Monday first."""
    return [(str(number), field) for number, field in enumerate(DAY_FIELDS)]


@bp.route("/clocks/policy/<int:number>/withdraw", methods=["GET", "POST"])
@require(Permission.POLICIES_READ)
def withdraw_policy(number: int) -> ResponseReturnValue:
    """Withdraw a version of the severity policy."""
    form, now = WithdrawForm(), clock.now()
    version = _version(number, now)
    result = attempt(
        form,
        lambda: (
            actions.withdraw_policy(number, reason=form.reason.data or "", by=viewer(), now=now),
        ),
    )
    if result:
        return done(url_for("escalations.clocks"), _("Withdrawn; its clocks stand still."))
    return page(
        "escalations/act.html",
        form=form,
        title=_("Withdraw version %(number)s of the severity policy", number=number),
        lead=_(
            "Open cases under it: %(open)s; overdue: %(late)s. They leave the list at once, and "
            "nothing more is sent. Dates set by hand stay.",
            open=version.open_cases,
            late=version.overdue,
        ),
        submit=_("Withdraw it"),
        back=url_for("escalations.clocks"),
        back_label=_("Back to the clocks"),
        reference=_("Clocks and calendars"),
    )


def _version(number: int, now: datetime) -> queries.Version:
    if Role.LEADERSHIP not in viewer().roles:
        raise NotFound
    found = [one for one in queries.policy_versions(viewer(), now=now) if one.number == number]
    if not found:
        raise NotFound
    return found[0]


@bp.post("/clocks/policy/<int:number>/replace")
@require(Permission.ESCALATIONS_READ)
def replace_policy(number: int) -> ResponseReturnValue:
    """Put the cases of a withdrawn version under the one in force."""
    actions.adopt_all(number, by=viewer(), now=clock.now())
    return done(url_for("escalations.clocks"), _("The cases are being put under the new policy."))


@bp.post("/<reference>/clocks/adopt")
@require(Permission.ESCALATIONS_WORK)
def adopt_policy(reference: str) -> ResponseReturnValue:
    """Put one case under the policy in force."""
    return do(
        reference,
        lambda case: actions.adopt_policy(case, by=viewer(), now=clock.now()),
        _("The case is under the policy in force."),
    )


@bp.post("/<reference>/clocks/take-up")
@require(Permission.ESCALATIONS_WORK)
def take_up(reference: str) -> ResponseReturnValue:
    """Say that one is at it."""
    return do(
        reference,
        lambda case: actions.take_up(case, by=viewer(), now=clock.now()),
        _("Noted: the ladder stops, the clocks go on."),
    )


@bp.post("/<reference>/clocks/clear")
@require(Permission.ESCALATIONS_WORK)
def clear_date(reference: str) -> ResponseReturnValue:
    """Take back a date set by hand."""
    word = request.form.get("clock", "")
    if word not in set(ClockKind):
        raise Refused(_("No such clock."))
    return do(
        reference,
        lambda case: actions.clear_date(case, ClockKind(word), by=viewer(), now=clock.now()),
        _("The policy speaks again."),
    )
