"""Lots: what one incident makes us owe to many, found, approved once and paid before they ask."""

from collections.abc import Callable

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.i18n import _
from portal.core.money import from_minor
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries
from ..models import CreditLot, Insurer
from .blueprint import bp


@bp.get("/lots/")
@require(Permission.CONCESSIONS_READ)
def lots() -> ResponseReturnValue:
    """List the lots, the newest first."""
    found = queries.lots(viewer(), now=clock.now())
    return page("concessions/lots.html", lots=found, states=forms.LOT_STATES, money=from_minor)


@bp.route("/lots/new", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_TERMS)
def new_lot() -> ResponseReturnValue:
    """Find whom an incident hit, and ask for one approval of all that is owed for it."""
    form = forms.LotForm()
    form.service.choices = choices([(one, one) for one in queries.services()])
    made = attempt(form, lambda: actions.make_lot(_wish(form), by=viewer(), now=clock.now()))
    if made:
        return done(url_for("concessions.lot", reference=made.reference))
    return page("concessions/new_lot.html", form=form)


def _wish(form: forms.LotForm) -> actions.LotWish:
    given = form.data
    words = {name: given[name] or "" for name in ("title", "apology", "fix", "accounts", "service")}
    return actions.LotWish(day=given["day"], availability=given["availability"], **words)


@bp.get("/lots/<reference>")
@require(Permission.CONCESSIONS_READ)
def lot(reference: str) -> ResponseReturnValue:
    """Show a lot: who gets what, who signs, how far it is, and that equals are treated equally."""
    return _sheet(reference)


def _sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    now = clock.now()
    shown = queries.shown_lot(viewer(), queries.get_lot(viewer(), reference, now=now), now=now)
    return page(
        "concessions/lot.html",
        lot=shown,
        form=next(iter(refused.values()), None),
        refuse=refused.get("refuse") or forms.RefuseForm(),
        insurer=refused.get("insurer") or forms.InsurerForm(),
        states=forms.LOT_STATES,
        left_out=forms.LEFT_OUT,
        insurers=forms.INSURER,
        mine=viewer().id == shown.row.requested_by_id,
        my_turn=queries.may_sign_lot(shown.row, by=viewer(), now=now),
        counsel=Role.LEGAL in viewer().roles,
    )


def _act(
    reference: str, name: str, form: FlaskForm, work: Callable[[CreditLot], object], told: str
) -> ResponseReturnValue:
    def do() -> bool:
        work(queries.get_lot(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("concessions.lot", reference=reference), told)
    return _sheet(reference, **{name: form})


@bp.post("/lots/<reference>/sign")
@require(Permission.CONCESSIONS_APPROVE)
def sign_lot(reference: str) -> ResponseReturnValue:
    """Sign a whole lot."""
    by, now = viewer(), clock.now()
    told = _("You have signed.")
    return _act(reference, "sign", FlaskForm(), lambda r: actions.sign_lot(r, by=by, now=now), told)


@bp.post("/lots/<reference>/refuse")
@require(Permission.CONCESSIONS_READ)
def refuse_lot(reference: str) -> ResponseReturnValue:
    """Refuse a lot, or take one's own back."""
    form, by, now = forms.RefuseForm(), viewer(), clock.now()
    return _act(
        reference,
        "refuse",
        form,
        lambda row: actions.refuse_lot(row, reason=form.reason.data or "", by=by, now=now),
        _("Nobody is paid by this lot."),
    )


@bp.post("/lots/<reference>/insurer")
@require(Permission.CONCESSIONS_APPROVE)
def note_lot_insurer(reference: str) -> ResponseReturnValue:
    """Note what became of the insurer's question."""
    form, by, now = forms.InsurerForm(), viewer(), clock.now()
    return _act(
        reference,
        "insurer",
        form,
        lambda row: actions.note_lot_insurer(row, Insurer(form.answer.data), by=by, now=now),
        _("Noted, with your name and the time."),
    )


@bp.post("/lots/<reference>/resume")
@require(Permission.CONCESSIONS_TERMS)
def resume_lot(reference: str) -> ResponseReturnValue:
    """Go on paying a lot, and try again what could not be paid."""
    by, now = viewer(), clock.now()
    told = _("It goes on; nobody is paid twice.")
    return _act(
        reference,
        "resume",
        FlaskForm(),
        lambda row: actions.resume_lot(row, by=by, now=now),
        told,
    )


@bp.post("/lots/<reference>/lines/<int:line_id>/release")
@require(Permission.CONCESSIONS_APPROVE)
def release_line(reference: str, line_id: int) -> ResponseReturnValue:
    """Let a letter leave that waited for counsel."""
    by, now = viewer(), clock.now()
    base_url = current_app.config["PORTAL"].base_url

    def work(row: CreditLot) -> None:
        number = queries.line_in(row, line_id)
        actions.release_line(number, base_url=base_url, by=by, now=now)

    told = _("The letter leaves in a minute.")
    return _act(reference, "release", FlaskForm(), work, told)
