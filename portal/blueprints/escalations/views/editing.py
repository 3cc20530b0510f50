"""Who else has a form of a case open."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.sessions import count_as_idle
from portal.core.web import page, require, viewer

from .. import actions, queries
from .blueprint import bp


@bp.route("/<reference>/editing", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def editing(reference: str) -> ResponseReturnValue:
    """Say who else is editing a case; an open form says so itself by asking with POST."""
    count_as_idle()
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now)
    if request.method == "POST":
        actions.be_present(case, what=request.args.get("what", ""), by=by, now=now)
        db.session.commit()
    return page("escalations/_editing.html", others=queries.editing(case, by, now=now))
