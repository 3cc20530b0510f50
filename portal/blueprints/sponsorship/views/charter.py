"""Doors to the programme's charter for people."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import Charter, LaneKind
from .blueprint import bp


@bp.get("/charter")
@require(Permission.SPONSORSHIP_READ)
def charter() -> ResponseReturnValue:
    """Show the charter in force."""
    return _charter_sheet(queries.charter())


@bp.get("/charter/<int(max=1000000):number>")
@require(Permission.SPONSORSHIP_READ)
def charter_version(number: int) -> ResponseReturnValue:
    """Show one version of the charter, and what it changed."""
    return _charter_sheet(queries.charter(number))


def _charter_sheet(row: Charter | None) -> ResponseReturnValue:
    policy, number = queries.policy_in_force()
    given = request.args.get("against", "")
    against = int(given) if given.isdecimal() and len(given) < 9 else None
    names = auth_queries.names([row.publisher_id if row else None])
    return page(
        "sponsorship/charter.html",
        row=row,
        versions=queries.charters(),
        publisher=names.get(row.publisher_id or 0) if row else None,
        compared=queries.compared(row, against) if row else None,
        labels=forms.CHARTER,
        lines_of=rules.charter.lines_of,
        policy=policy,
        policy_number=number,
        places={lane: queries.places(lane) for lane in LaneKind},
        lanes=forms.LANES,
    )


@bp.route("/charter/new", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_MANAGE)
def write_charter() -> ResponseReturnValue:
    """Write the next version of the charter, beginning with what the newest says."""
    newest = queries.charter()
    form = forms.CharterForm(data=queries.texts_of(newest))
    if not form.is_submitted():
        form.base.data = str(newest.number if newest else 0)
    made = attempt(form, lambda: _publish(form))
    if made:
        told = _("Version %(number)s of the charter is in force.", number=made)
        return done(url_for("sponsorship.charter"), told)
    return page("sponsorship/new_charter.html", form=form, newest=newest)


def _publish(form: forms.CharterForm) -> int:
    said = {name: str(form.data[name] or "") for name in rules.charter.FIELDS}
    seen = form.base.data or ""
    return actions.publish_charter(
        rules.charter.Charter(**said),
        base=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
        reason=form.reason.data or "",
        by=viewer(),
        now=clock.now(),
    ).number
