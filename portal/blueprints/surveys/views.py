"""Doors of surveys: the customer's own, and the list of what was answered."""

from typing import Any

from flask import Blueprint, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.web import attempt, done, page, public, require, viewer

from . import actions, queries
from .forms import SurveyForm

bp = Blueprint("surveys", __name__)


@bp.route("/survey/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    """Ask a customer how it went; a second answer replaces the first."""
    now = clock.now()
    try:
        who = queries.asked(token, now=now, lock=request.method == "POST")
    except NotFound:
        return make_response(page("surveys/gone.html")[0], 404)  # type: ignore[index]
    with speaking(who.contact.language, who.zone):
        before = queries.current(who.survey.id)
        form = SurveyForm(obj=before) if request.method == "GET" else SurveyForm()
        if attempt(form, lambda: _keep(who, form)):
            return done(
                url_for("surveys.answer", token=token), _("Thank you. We read every answer.")
            )
        shown: dict[str, Any] = {"token": token, "reference": who.survey.record_ref}
        return page("surveys/answer.html", form=form, before=before, **shown)


answer.secret_address = True  # type: ignore[attr-defined]


def _keep(who: queries.Asked, form: SurveyForm) -> object:
    return actions.answer(
        who,
        csat=form.csat.data or 0,
        ces=form.ces.data or 0,
        comment=form.comment.data or "",
        now=clock.now(),
    )


@bp.get("/surveys/")
@require(Permission.SURVEYS_READ)
def index() -> ResponseReturnValue:
    """List what customers answered, of a case or an account where one is named."""
    case, account = request.args.get("case", ""), request.args.get("account", "")
    found = queries.page(
        viewer(), now=clock.now(), case=case, account=account, cursor=request.args.get("after")
    )
    earlier = queries.earlier([row.id for row in found.rows if row.answers > 1])
    return page("surveys/index.html", found=found, earlier=earlier, case=case, account=account)
