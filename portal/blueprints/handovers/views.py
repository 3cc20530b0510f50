"""Doors to hand-overs: what somebody owns, and who takes it."""

from datetime import UTC, datetime, time

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.calendar import from_local
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from . import actions, queries, rules
from .forms import PREFIX, HandoverForm, form_for
from .models import Belonging, HandoverState

bp = Blueprint("handovers", __name__)


@bp.get("/admin/handovers/")
@require(Permission.PEOPLE_MANAGE)
def index() -> ResponseReturnValue:
    """List who does not work here any more and still owns something."""
    left = queries.orphans(now=clock.now())
    names = auth.names(left)
    lines = sorted(((names.get(i, ""), i, n) for i, n in left.items()), key=lambda one: -one[2])
    return page("handovers/index.html", lines=lines)


@bp.route("/admin/people/<int:person_id>/handover", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def new(person_id: int) -> ResponseReturnValue:
    """Show all that somebody owns, and hand it over in one go."""
    now, person = clock.now(), auth.get(person_id)
    owned = queries.owned(person_id, now=now)
    kinds = [one.kind for one in owned if one.kind in rules.HANDED]
    people = [(i, name) for i, name in auth.choices() if i != person_id]
    given = {"ends_access": person.active} if request.method == "GET" else {}
    form = form_for(kinds, people, **given)
    if attempt(form, lambda: _plan(form, person_id, kinds)):
        return done(url_for("handovers.new", person_id=person_id), _("It is being handed over."))
    plans = queries.of_person(person_id)
    return page(
        "handovers/new.html",
        form=form,
        person=person,
        owned=owned,
        kinds=kinds,
        prefix=PREFIX,
        plans=plans,
        names=auth.names(heir for row in plans for heir in row.heirs.values()),
        planned=HandoverState.PLANNED,
        word=rules.word,
        settled_by=rules.settled_by,
        Belonging=Belonging,
    )


def _plan(form: HandoverForm, person_id: int, kinds: list[Belonging]) -> object:
    now, given = clock.now(), form.data
    chosen = {kind: given[f"{PREFIX}{kind.value}"] or given["everything"] for kind in kinds}
    begins = now
    if given["begins_on"] is not None:
        morning = datetime.combine(given["begins_on"], time())
        begins = from_local(morning, auth.organisation().zone).astimezone(UTC)
    return actions.plan(
        person_id,
        heirs={kind: heir for kind, heir in chosen.items() if heir is not None},
        summary=given["summary"] or "",
        begins_at=begins,
        ends_access=given["ends_access"],
        by=viewer(),
        now=now,
    )


@bp.post("/admin/handovers/<int:handover_id>/cancel")
@require(Permission.PEOPLE_MANAGE)
def cancel(handover_id: int) -> ResponseReturnValue:
    """Call a planned hand-over off."""
    row = queries.get(handover_id, lock=True)
    actions.cancel(row, by=viewer(), now=clock.now())
    return done(url_for("handovers.new", person_id=row.person_id), _("It is called off."))
