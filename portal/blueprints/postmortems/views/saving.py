"""What somebody types into a text and did not keep yet: saved while they type, or discarded."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, show_time
from portal.core.web import done, require, viewer

from .. import actions, rules
from ..forms import TextForm
from .blueprint import bp, row_of


@bp.post("/<reference>/text/<field>/unsaved")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def save_unsaved(reference: str, field: str) -> ResponseReturnValue:
    """Save what somebody types; the answer says when, nothing where it stands there anyway."""
    if field not in rules.TEXTS:
        raise NotFound
    row, form, now = row_of(reference), TextForm(), clock.now()
    if not form.validate_on_submit():
        return {"saved": ""}, 422
    text, was = form.text.data or "", form.was.data or ""
    saved = actions.save_unsaved(row, field, text, was=was, by=viewer(), now=now)
    db.session.commit()
    return {
        "saved": str(_("Saved for you alone at %(time)s", time=show_time(now))) if saved else ""
    }


@bp.post("/<reference>/text/<field>/discard")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def discard_unsaved(reference: str, field: str) -> ResponseReturnValue:
    """Discard what somebody typed and did not keep."""
    if field not in rules.TEXTS:
        raise NotFound
    row = row_of(reference)
    actions.forget_unsaved(row, field, by=viewer())
    back = url_for("postmortems.text", reference=reference, field=field)
    return done(back, _("Your unsaved words are discarded."))
