"""Post-mortems written elsewhere: the list, the page of one, and its whole text."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.web import page, require, viewer

from .. import queries, rules
from .blueprint import bp

MOST_BLOCKS = 400
MOST_SHOWN = 60_000


@bp.get("/elsewhere")
@require(Permission.POSTMORTEMS_READ)
def elsewhere() -> ResponseReturnValue:
    """List those written elsewhere that hold every word looked for."""
    given = request.args
    text, account = given.get("q", "")[:200], given.get("account", "")
    found = queries.imported_page(
        viewer(), text=text, account=account, now=clock.now(), cursor=given.get("after")
    )
    return page("postmortems/elsewhere.html", found=found, text=text, account=account)


def show_imported(reference: str) -> ResponseReturnValue:
    """Show one written elsewhere, as its source has it."""
    row = queries.imported(viewer(), reference, now=clock.now())
    moments = [
        rules.Told(on, at) if on else None
        for on, at in ((row.started_on, row.started_at), (row.ended_on, row.ended_at))
    ]
    return page(
        "postmortems/imported.html",
        row=row,
        account=queries.account_of_imported(row),
        upside_down=rules.is_upside_down(*moments),
        summary=rules.blocks(row.summary, most=MOST_BLOCKS),
        body=rules.blocks(row.body[:MOST_SHOWN], most=MOST_BLOCKS),
        cut=len(row.body) > MOST_SHOWN,
        is_address=rules.is_address,
    )


@bp.get("/<reference>/text")
@require(Permission.POSTMORTEMS_READ)
def imported_text(reference: str) -> ResponseReturnValue:
    """Hand over the whole text of one written elsewhere, as plain text."""
    row = queries.imported(viewer(), reference, now=clock.now())
    parts = (row.title, row.summary, row.body)
    response = Response("\n\n".join(part for part in parts if part), mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.reference}.txt"'
    return response
