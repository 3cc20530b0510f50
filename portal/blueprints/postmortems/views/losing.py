"""What is missing, by whose it is; and the notes of five minutes about customers who left."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import LossForm
from ..models import Factor
from .blueprint import bp


@bp.get("/missing")
@require(Permission.POSTMORTEMS_READ)
def missing() -> ResponseReturnValue:
    """List what is missing, by whose it is."""
    now = clock.now()
    owners = queries.missing(viewer(), today=queries.today_of(now), now=now)
    late = sum(one.late for owner in owners for one in owner.items)
    return page("postmortems/missing.html", owners=owners, late=late)


@bp.get("/losses")
@require(Permission.POSTMORTEMS_READ)
def losses() -> ResponseReturnValue:
    """List the notes about customers who left."""
    now, account = clock.now(), request.args.get("account", "")
    found = queries.loss_page(viewer(), now=now, account=account, cursor=request.args.get("after"))
    today = queries.today_of(now)
    return page("postmortems/losses.html", found=found, account=account, today=today)


@bp.route("/losses/<reference>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def loss(reference: str) -> ResponseReturnValue:
    """Show the note about a customer who left, and let it be written."""
    now = clock.now()
    row = queries.get_loss(viewer(), reference, now=now, lock=request.method == "POST")
    form = LossForm(
        what=row.what,
        factor=row.factor.value if row.factor else "",
        sentence=row.sentence,
        version=str(row.version),
    )

    def write() -> bool:
        actions.write_loss(
            row,
            what=form.what.data or "",
            factor=Factor(form.factor.data),
            sentence=form.sentence.data or "",
            version=form.seen,
            by=viewer(),
            now=now,
        )
        return True

    if attempt(form, write):
        return done(url_for("postmortems.loss", reference=reference), _("The loss note is kept."))
    return page(
        "postmortems/loss.html",
        form=form,
        row=row,
        told=queries.loss_told(row),
        can_write=actions.may_write(row, by=viewer()),
    )
