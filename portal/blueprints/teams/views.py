"""Doors to teams, for administrators; auditors read."""

from datetime import datetime
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.policies.rules.words import team_words
from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.errors import Stale
from portal.core.i18n import _, ngettext
from portal.core.web import (
    attempt,
    choices,
    done,
    page,
    read_version,
    require,
    show_both,
    viewer,
)

from . import actions as team_actions
from . import queries
from .forms import MemberForm, RetireForm, TeamForm
from .queries import TeamLine

bp = Blueprint("teams", __name__, url_prefix="/admin/teams")


@bp.get("/")
@require(Permission.PEOPLE_READ)
def index() -> ResponseReturnValue:
    """List the teams with their leads and people."""
    return page("teams/index.html", lines=queries.lines())


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def new() -> ResponseReturnValue:
    """Make a team."""
    form = _with_leads(TeamForm())
    made = attempt(
        form,
        lambda: actions.add_team(
            name=form.data["name"],
            region=form.data["region"] or "",
            lead_id=form.data["lead_id"],
            by=viewer(),
            now=clock.now(),
        ),
    )
    if made:
        return done(url_for("teams.team", team_id=made.id), _("The team is made. Who is in it?"))
    return page("teams/new.html", form=form)


@bp.get("/<int:team_id>")
@require(Permission.PEOPLE_READ)
def team(team_id: int) -> ResponseReturnValue:
    """Show a team with its people, and who has turns of duty for it from outside."""
    found = queries.line(team_id, now=clock.now())
    return _team(found)


def _team(
    found: TeamLine, *, change: TeamForm | None = None, member: MemberForm | None = None
) -> ResponseReturnValue:
    asked = change or member
    return page("teams/team.html", form=asked, **_shown(found, change=change, member=member))


def _shown(
    found: TeamLine, *, change: TeamForm | None = None, member: MemberForm | None = None
) -> dict[str, Any]:
    """Give what the page of a team shows."""
    is_used = auth.is_team_used(found.team.id)
    return {
        "line": found,
        "change": change or _as_it_stands(found),
        "member": member or _with_others(MemberForm(formdata=None), found),
        "may_remove": not is_used,
        "may_retire": is_used and found.team.retired_at is None,
        "after": auth.team_name(found.team.successor_id),
        "left": queries.left_open(found.team),
        "both": None,
    }


def _as_it_stands(found: TeamLine) -> TeamForm:
    return _with_leads(TeamForm(formdata=None, obj=found.team), found)


def _with_leads(form: TeamForm, found: TeamLine | None = None) -> TeamForm:
    """Offer who can lead: who works here, and who leads it now."""
    people = [(i, name) for i, name in auth.choices() if i != viewer().id]
    lead = found.lead if found else None
    if lead and lead.id not in {i for i, _name in people}:
        people.append((lead.id, lead.name))
    form.lead_id.choices = choices([("", _("nobody")), *people])
    return form


def _with_others(form: MemberForm, found: TeamLine) -> MemberForm:
    """Offer who works here and is not in the team yet."""
    there = {one.id for one in found.members} | {viewer().id}
    others = [(i, name) for i, name in auth.choices() if i not in there]
    form.person.choices = choices([("", _("Choose")), *others])
    return form


@bp.post("/<int:team_id>")
@require(Permission.PEOPLE_MANAGE)
def change(team_id: int) -> ResponseReturnValue:
    """Change what a team is called, its region and its lead."""
    now = clock.now()
    found = queries.line(team_id, now=now)
    form = _with_leads(TeamForm(), found)

    def work() -> bool:
        actions.change_team(
            found.team,
            name=form.data["name"],
            region=form.data["region"] or "",
            lead_id=form.data["lead_id"],
            version=read_version(form.version.data),
            by=viewer(),
            now=now,
        )
        return True

    try:
        saved = attempt(form, work)
    except Stale as stale:
        db.session.rollback()
        now_there = queries.line(team_id, now=now)
        shown = _shown(now_there, change=form) | {"line": now_there}
        shown.pop("both")
        stands = _as_it_stands(now_there)
        return show_both("teams/team.html", form, stale, stands=stands, **shown)
    if saved:
        return done(url_for("teams.team", team_id=team_id), _("The team is changed."))
    return _team(queries.line(team_id, now=now), change=form)


@bp.post("/<int:team_id>/people")
@require(Permission.PEOPLE_MANAGE)
def add(team_id: int) -> ResponseReturnValue:
    """Put somebody into a team."""
    now = clock.now()
    found = queries.line(team_id, now=now)
    form = _with_others(MemberForm(), found)

    def work() -> bool:
        actions.add_to_team(found.team, [form.data["person"]], by=viewer(), now=now)
        return True

    if attempt(form, work):
        return done(url_for("teams.team", team_id=team_id), _("They are in the team."))
    return _team(queries.line(team_id, now=now), member=form)


@bp.post("/<int:team_id>/people/<int:person_id>/take")
@require(Permission.PEOPLE_MANAGE)
def take(team_id: int, person_id: int) -> ResponseReturnValue:
    """Take somebody out of a team, and say which turns of duty they still have."""
    now, who = clock.now(), auth.get(person_id)
    actions.take_from_team(auth.get_team(team_id), person_id, by=viewer(), now=now)
    return done(url_for("teams.team", team_id=team_id), _taken(team_id, person_id, who.name, now))


def _taken(team_id: int, person_id: int, name: str, now: datetime) -> str:
    left = queries.turns_of(team_id, person_id, now=now)
    if left is None:
        return str(_("%(name)s is out of the team.", name=name))
    return str(
        ngettext(
            "%(name)s is out of the team and still has %(num)d turn of duty for it.",
            "%(name)s is out of the team and still has %(num)d turns of duty for it.",
            left.turns,
            name=name,
        )
    )


@bp.post("/<int:team_id>/remove")
@require(Permission.PEOPLE_MANAGE)
def remove(team_id: int) -> ResponseReturnValue:
    """Remove a team that nothing was ever done with."""
    actions.remove_team(auth.get_team(team_id), by=viewer(), now=clock.now())
    return done(url_for("teams.index"), _("The team is removed."))


@bp.route("/<int:team_id>/retire", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def retire(team_id: int) -> ResponseReturnValue:
    """Say what hangs on a team, and end it: another one takes what it has."""
    now = clock.now()
    found, form = queries.line(team_id, now=now), RetireForm()
    others = [(one.id, team_words(one.name)) for one in auth.teams() if one.id != team_id]
    form.successor.choices = choices([("", _("nobody")), *others])

    def work() -> bool:
        chosen = form.data["successor"]
        team_actions.retire(found.team, successor_id=chosen, by=viewer(), now=now)
        return True

    if attempt(form, work):
        return done(url_for("teams.team", team_id=team_id), _("The team is retired."))
    hangs = queries.hanging(found.team, now=now)
    return page("teams/retire.html", form=form, line=found, hangs=hangs)


@bp.post("/<int:team_id>/back")
@require(Permission.PEOPLE_MANAGE)
def bring_back(team_id: int) -> ResponseReturnValue:
    """Let a retired team take cases again."""
    actions.bring_team_back(auth.get_team(team_id), by=viewer(), now=clock.now())
    return done(url_for("teams.team", team_id=team_id), _("The team takes cases again."))
