"""The letter that offers a compensation, in the customer's language."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import speaking
from portal.core.web import page, require, viewer

from .. import queries
from ..models import State
from .blueprint import bp

WRITTEN = (State.APPROVED, State.OFFERED, State.ACCEPTED, State.DELIVERED)


@bp.get("/<reference>/letter")
@require(Permission.CONCESSIONS_PROPOSE)
def letter(reference: str) -> ResponseReturnValue:
    """Show the letter to the customer in their language and zone; before approval there is none."""
    now = clock.now()
    row = queries.get(viewer(), reference, now=now)
    if row.state not in WRITTEN:
        raise NotFound
    account = account_queries.by_id(row.account_id)
    found = queries.letter(row, account, now=now)
    with speaking(account.language, account.zone):
        text = render_template("concessions/letter.txt", letter=found, today=now)
    return page("concessions/letter.html", letter=found, paragraphs=text.split("\n"))
