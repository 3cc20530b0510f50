"""The first page of each role, and the search."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import actions as policy_actions
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import done, page, require, viewer

from . import queries, rules

bp = Blueprint("home", __name__)


@bp.get("/")
@require(Permission.HOME)
def index() -> ResponseReturnValue:
    """My day: what needs me, ordered by clock."""
    now, me = clock.now(), viewer()
    people = queries.standing_in_for(me, now=now)
    cases = queries.cases(me, people=people, now=now)
    needs = queries.needs(me, cases=cases, people=people, now=now)
    trouble = queries.of_trouble(cases)
    day = rules.arranged(needs, now=now, until=_end_of_tomorrow(now, me.zone))
    return page(
        "home/index.html",
        day=day,
        cases=trouble,
        chances=[case for case in cases if case not in trouble],
        stake=queries.stake(trouble) if escalation_queries.sees_value(me) else [],
        moment=now,
        words=rules.WORDS,
        verbs=rules.VERBS,
    )


def _end_of_tomorrow(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=2), time(), tzinfo=ZoneInfo(zone))


@bp.get("/search")
@require(Permission.HOME)
def search() -> ResponseReturnValue:
    """Find accounts and cases among what the viewer may see."""
    text = request.args.get("q", "").strip()
    hits = queries.search(viewer(), text, now=clock.now()) if text else []
    return page("home/search.html", text=text, hits=hits)


@bp.get("/admin/")
@require(Permission.ADMIN_SEE)
def admin() -> ResponseReturnValue:
    """The menu of what runs the house; each entry belongs to its own room."""
    steps = queries.first_steps() if viewer().may(Permission.PEOPLE_MANAGE) else []
    return page("home/admin.html", engine=escalation_queries.engine(now=clock.now()), steps=steps)


@bp.get("/admin/first-steps")
@require(Permission.PEOPLE_MANAGE)
def first_steps() -> ResponseReturnValue:
    """What to do next in an empty installation; it ticks itself off."""
    return page("home/first_steps.html", steps=queries.first_steps())


@bp.post("/admin/first-steps/policies")
@require(Permission.PEOPLE_MANAGE)
def keep_policies() -> ResponseReturnValue:
    """Note that the policies were read and are kept as they are."""
    policy_actions.keep(by=viewer(), now=clock.now())
    return done(url_for("home.first_steps"), _("Noted: the policies stay as they are for now."))
