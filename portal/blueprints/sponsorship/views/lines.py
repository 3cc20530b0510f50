"""The direct line: the customer's door to their sponsor, and the sponsor's answers; and gifts."""

from flask import current_app, make_response, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.money import Money
from portal.core.web import attempt, done, page, public, require, viewer

from .. import actions, forms, queries
from ..models import GiftKind, Sponsorship
from .blueprint import bp
from .sponsors import people_of, run_term


@bp.route("/line/<token>", methods=["GET", "POST"])
@public
def line(token: str) -> ResponseReturnValue:
    """Show the customer what they wrote to their sponsor, and take what they write."""
    now, form = clock.now(), forms.WriteInForm()
    try:
        who = queries.on_line(token, lock=form.is_submitted())
    except NotFound:
        return make_response(page("customer_room/gone.html")[0], 404)  # type: ignore[index]
    sponsor = auth_queries.get(queries.sponsor_of(who.row).person_id).name
    with speaking(who.contact.language, who.zone):
        given = attempt(form, lambda: actions.write_in(who, form.text.data or "", now=now))
        if given:
            words = _("%(sponsor)s has it. Thank you.", sponsor=sponsor)
            return done(url_for("sponsorship.line", token=token), words)
        return page(
            "sponsorship/line.html",
            form=form,
            token=token,
            house=auth_queries.organisation().name,
            sponsor=sponsor,
            contact=who.contact.name,
            written=queries.written(who.row, line=who.line),
            days=queries.policy_in_force()[0].line.answer_days,
        )


line.secret_address = True  # type: ignore[attr-defined]


@bp.post("/<reference>/lines")
@require(Permission.SPONSORSHIP_READ)
def open_line(reference: str) -> ResponseReturnValue:
    """Give a contact a direct line."""
    form, by, now = forms.OpenLineForm(), viewer(), clock.now()
    _ours, form.contact.choices = people_of(queries.get_sponsorship(by, reference, now=now))

    def work(row: Sponsorship) -> None:
        base_url = current_app.config["PORTAL"].base_url
        contact = queries.contact(row, form.contact.data or 0)
        actions.open_line(row, contact, base_url=base_url, by=by, now=now)

    return run_term(reference, "line", form, work, _("The line is open: its address is sent."))


@bp.post("/<reference>/lines/<int:line_id>/close")
@require(Permission.SPONSORSHIP_READ)
def close_line(reference: str, line_id: int) -> ResponseReturnValue:
    """Take a direct line back."""
    by, now = viewer(), clock.now()

    def work(row: Sponsorship) -> None:
        actions.close_line(row, queries.line(row, line_id), by=by, now=now)

    return run_term(reference, "close", FlaskForm(), work, _("The line is closed."))


@bp.post("/<reference>/messages/<int:message_id>")
@require(Permission.SPONSORSHIP_READ)
def answer_line(reference: str, message_id: int) -> ResponseReturnValue:
    """Answer what the customer wrote."""
    form, by, now = forms.AnswerLineForm(), viewer(), clock.now()

    def work(row: Sponsorship) -> None:
        message = queries.message(row, message_id)
        actions.answer_line(row, message, text=form.answer.data or "", by=by, now=now)

    return run_term(reference, "answer", form, work, _("The answer is on its way."))


@bp.post("/<reference>/gifts")
@require(Permission.SPONSORSHIP_READ)
def note_gift(reference: str) -> ResponseReturnValue:
    """Note a gift or an invitation."""
    form, by, now = forms.GiftForm(), viewer(), clock.now()
    currency = auth_queries.organisation().currency

    def work(row: Sponsorship) -> None:
        actions.note_gift(
            row,
            GiftKind(form.gift_kind.data),
            given=form.way.data == "given",
            value=Money(form.gift_worth.data or 0, currency),
            what=form.gift_what.data or "",
            on=form.gift_on.data,
            reason=form.gift_why.data or "",
            by=by,
            now=now,
        )

    return run_term(reference, "gift", form, work, _("It is noted."))
