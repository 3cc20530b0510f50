"""The letter that offers a compensation, in the customer's language: looked at, and mailed."""

from flask import current_app, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries
from ..models import SentOffer, State
from .blueprint import bp

WRITTEN = (State.APPROVED, State.OFFERED, State.ACCEPTED, State.DELIVERED)


@bp.route("/<reference>/letter", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_PROPOSE)
def letter(reference: str) -> ResponseReturnValue:
    """Show the letter to the customer in their language, and mail it; before approval there is
    none.
    """
    now = clock.now()
    row = queries.get(viewer(), reference, now=now)
    if row.state not in WRITTEN:
        raise NotFound
    account = account_queries.by_id(row.account_id)
    people = queries.addressees(account)
    form = forms.SendForm()
    form.to.choices = choices([(one.id, one.name) for one in people])
    if attempt(form, lambda: _send(reference, form.to.data or 0)):
        told = _("The letter leaves in a minute; until then you can take it back.")
        return done(url_for("concessions.show", reference=reference), told)
    found = queries.letter(row, account, now=now, to=people[0] if people else None)
    text = queries.letter_text(found, now=now)
    return page(
        "concessions/letter.html", letter=found, paragraphs=text.split("\n\n"), form=form,
        people=people,
    )  # fmt: skip


def _send(reference: str, contact_id: int) -> SentOffer:
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    account = account_queries.by_id(row.account_id)
    return actions.send_offer(
        row,
        account_queries.get_contact(account, contact_id),
        base_url=current_app.config["PORTAL"].base_url,
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/unsend")
@require(Permission.CONCESSIONS_PROPOSE)
def unsend(reference: str) -> ResponseReturnValue:
    """Take a letter back before it leaves."""
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    actions.unsend(row, by=viewer(), now=clock.now())
    told = _("The letter is taken back: nothing was offered.")
    return done(url_for("concessions.show", reference=reference), told)
