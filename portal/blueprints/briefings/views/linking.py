"""Doors to links that open an issue once: make one, open it, take it back."""

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, done, note, page, require, viewer

from .. import actions, queries
from ..forms import LinkForm
from ..models import State
from .blueprint import bp


@bp.post("/briefings/<reference>/links")
@require(Permission.BRIEFINGS_READ)
def make_link(reference: str) -> ResponseReturnValue:
    """Make a link that opens an issue once for its reader, and show it, now and never again."""
    row, form = queries.get(viewer(), reference), LinkForm()
    made = attempt(
        form,
        lambda: actions.make_link(row, days=form.days.data or 0, by=viewer(), now=clock.now()),
    )
    address = ""
    if made:
        base: str = current_app.config["PORTAL"].base_url
        address = base + url_for("briefings.open_link", word=made.word)
        db.session.commit()
    return page(
        "briefings/link.html",
        form=form if not made else None,
        asked=form,
        row=queries.get(viewer(), reference),
        address=address,
        until=made.row.expires_at if made else None,
    )


@bp.get("/briefings/once/<word>")
@require(Permission.BRIEFINGS_READ)
def open_link(word: str) -> ResponseReturnValue:
    """Open the issue of a link, once; a link that is used up, over or taken back says so and leads
    to the shelf.
    """
    link, now = queries.link_named(viewer(), word), clock.now()
    row = queries.briefing_linked(link)
    opens = queries.link_opens(link, now=now) and _is_readable(row.reference)
    if opens and request.method == "GET":
        took: list[bool] = []
        note(lambda: took.append(actions.use_link(link, by=viewer(), now=now)))
        if took[0]:
            return redirect(url_for("briefings.show", reference=row.reference), 303)
    return page("briefings/once.html", link=link, at=now)


def _is_readable(reference: str) -> bool:
    """Say whether an issue opens for the viewer today, link or not."""
    try:
        row = queries.get(viewer(), reference)
    except NotFound:
        return False
    is_over = queries.has_expired(row, now=clock.now())
    return row.state in (State.ISSUED, State.DRAFT) and not is_over


@bp.post("/briefings/<reference>/links/<int:number>/revoke")
@require(Permission.BRIEFINGS_READ)
def revoke_link(reference: str, number: int) -> ResponseReturnValue:
    """Take a link back."""
    row = queries.get(viewer(), reference)
    actions.revoke_link(row, queries.link_of(row, number), by=viewer(), now=clock.now())
    return done(url_for("briefings.show", reference=reference), _("The link opens nothing more."))
