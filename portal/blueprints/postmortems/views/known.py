"""The four timelines side by side, at any moment, with only what was known then."""

from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.calendar import from_local
from portal.core.web import page, require, viewer

from .. import queries
from .blueprint import bp, row_of


@bp.get("/<reference>/known")
@require(Permission.POSTMORTEMS_READ)
def known(reference: str) -> ResponseReturnValue:
    """Show what was known at a moment (?at=, ?step=), else all that is known now."""
    row = row_of(reference)
    step = request.args.get("step", type=int)
    at = _moment(request.args.get("at", ""))
    found = queries.known(row, viewer=viewer(), now=clock.now(), at=at, step=step)
    return page("postmortems/known.html", row=row, found=found)


def _moment(given: str) -> datetime | None:
    """Read a moment: on the reader's wall, or with its zone; None where it is none."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    try:
        return from_local(found, viewer().zone) if found.tzinfo is None else found
    except (OverflowError, ValueError):
        return None
