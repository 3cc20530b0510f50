"""Doors to the mail that waits for somebody."""

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as cases
from portal.core import clock, files
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from . import actions, queries, rules
from .forms import AsideForm, AssignForm
from .models import IncomingMail, State

bp = Blueprint("intake", __name__, url_prefix="/intake")


@bp.get("/")
@require(Permission.INTAKE_READ)
def index() -> ResponseReturnValue:
    """List the mail that waits for somebody, or was put aside."""
    state = State.PUT_ASIDE if request.args.get("state") == State.PUT_ASIDE else State.WAITING
    found = queries.page(state=state, cursor=request.args.get("after"))
    return page("intake/index.html", found=found, state=state, reason=rules.reason)


@bp.get("/<int:mail_id>")
@require(Permission.INTAKE_READ)
def show(mail_id: int) -> ResponseReturnValue:
    """Show a mail as it was understood."""
    return _show(queries.get(mail_id), AssignForm(formdata=None), AsideForm(formdata=None))


def _show(
    row: IncomingMail,
    assign: AssignForm,
    aside: AsideForm,
    *,
    sent: AssignForm | AsideForm | None = None,
) -> ResponseReturnValue:
    kept = queries.original(row)
    letter = rules.read(files.read(kept)) if kept else None
    return page(
        "intake/show.html",
        form=sent,
        row=row,
        letter=letter,
        reason=rules.reason(row.why),
        assign_form=assign,
        aside_form=aside,
    )


@bp.get("/<int:mail_id>/original")
@require(Permission.INTAKE_READ)
def original(mail_id: int) -> ResponseReturnValue:
    """Give a mail as it came, to be saved, never to be shown in our place."""
    kept = queries.original(queries.get(mail_id))
    if kept is None:
        raise NotFound
    answer = Response(files.read(kept), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="mail-{mail_id}.eml"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


original.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": {"default-src": "'none'", "sandbox": ""},
    "content_security_policy_nonce_in": [],
}


@bp.post("/<int:mail_id>/assign")
@require(Permission.INTAKE_ASSIGN)
def assign(mail_id: int) -> ResponseReturnValue:
    """File a mail with a case."""
    row, form = queries.get(mail_id, lock=True), AssignForm()
    reference = (form.case.data or "").strip().upper()
    if attempt(form, lambda: _assign(row, reference)):
        where = url_for("escalations.show", reference=reference)
        return done(where, _("The mail stands in the timeline; an answer is owed."))
    return _show(row, form, AsideForm(formdata=None), sent=form)


def _assign(row: IncomingMail, reference: str) -> bool:
    now = clock.now()
    try:
        case = cases.get(viewer(), reference, now=now, lock=True)
    except NotFound:
        raise Refused(_("There is no such case."), field="case") from None
    actions.assign(row, case, by=viewer(), now=now)
    return True


@bp.post("/<int:mail_id>/aside")
@require(Permission.INTAKE_ASSIGN)
def aside(mail_id: int) -> ResponseReturnValue:
    """Say that a mail belongs to no case."""
    row, form = queries.get(mail_id, lock=True), AsideForm()

    def act() -> bool:
        actions.put_aside(row, reason=form.reason.data or "", by=viewer(), now=clock.now())
        return True

    if attempt(form, act):
        return done(url_for("intake.index"), _("The mail is put aside."))
    return _show(row, AssignForm(formdata=None), form, sent=form)
