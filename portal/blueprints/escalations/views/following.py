"""Watching a case: hearing of its turns without a part in it."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import done, require, viewer

from .. import actions
from .blueprint import bp, case_of


@bp.post("/<reference>/watch")
@require(Permission.ESCALATIONS_READ)
def watch(reference: str) -> ResponseReturnValue:
    """Hear of the turns of a case."""
    actions.watch(case_of(reference), by=viewer(), now=clock.now())
    return done(url_for("escalations.show", reference=reference), _("You watch this case."))


@bp.post("/<reference>/unwatch")
@require(Permission.ESCALATIONS_READ)
def unwatch(reference: str) -> ResponseReturnValue:
    """Hear no more of the turns of a case."""
    actions.unwatch(case_of(reference), by=viewer(), now=clock.now())
    return done(url_for("escalations.show", reference=reference), _("You watch it no more."))
