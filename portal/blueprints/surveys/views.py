"""Doors of surveys: the customer's own, and the list of what was answered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock, facts, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.web import attempt, done, note, page, public, require, viewer

from . import actions, queries, rules
from .forms import RecommendForm, ScheduleForm, SurveyForm

bp = Blueprint("surveys", __name__)
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}


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
    shown = {"case": case, "account": account, "known": _known(account)}
    return page("surveys/index.html", found=found, earlier=earlier, **shown)


def _known(account: str) -> dict[str, facts.Known]:
    """Give what is known of what an account said, where one is named that the viewer may see."""
    if not account:
        return {}
    row = account_queries.get(viewer(), account, now=clock.now())
    found = facts.of([row.id], ("nps", "csat", "customer_said"), at=clock.now(), viewer=viewer())
    return found[row.id]


@bp.route("/surveys/recommend", methods=["GET", "POST"])
@require(Permission.SURVEYS_READ)
def recommend() -> ResponseReturnValue:
    """List who would recommend us, and say how often customers are asked."""
    now, schedule = clock.now(), queries.schedule()
    form = ScheduleForm(data={"every_months": schedule.every_months if schedule else 0})
    manages = viewer().may(Permission.SURVEYS_MANAGE)
    if request.method == "POST" and not manages:
        abort(403)
    months = form.every_months
    if attempt(form, lambda: actions.set_schedule(months.data or 0, by=viewer(), now=now)):
        return done(url_for("surveys.recommend"), _("The schedule is set."))
    found = queries.nps_page(viewer(), now=now, cursor=request.args.get("after"))
    net = rules.promoters_less_detractors(queries.nps_scores(viewer(), now=now))
    return page("surveys/recommend.html", form=form, found=found, net=net, manages=manages)


@bp.get("/surveys/answers.<kind>")
@require(Permission.SURVEYS_READ)
def export_answers(kind: str) -> ResponseReturnValue:
    """Give what customers answered as a file, of a case or an account where one is named."""
    named = {name: request.args.get(name, "") for name in ("case", "account")}
    heads = [
        _("Case"),
        _("Reference"),
        _("Customer"),
        _("Satisfaction, of 5"),
        _("Ease, of 7"),
        _("In their words"),
        _("Held by"),
        _("Closed"),
        _("Answered"),
        _("Replaced"),
    ]
    rows = queries.answers_table(viewer(), now=clock.now(), **named)
    return _file("answers", kind, heads, rows)


@bp.get("/surveys/recommend.<kind>")
@require(Permission.SURVEYS_READ)
def export_recommend(kind: str) -> ResponseReturnValue:
    """Give who would recommend us as a file."""
    heads = [
        _("Reference"),
        _("Customer"),
        _("Would recommend us, of 10"),
        _("In their words"),
        _("Looked after by"),
        _("Asked on"),
        _("Answered"),
        _("Replaced"),
    ]
    return _file("recommend", kind, heads, queries.recommend_table(viewer(), now=clock.now()))


def _file(name: str, kind: str, heads: list[str], found: Iterator[tuple[Any, ...]]) -> Response:
    if kind not in KINDS:
        raise NotFound
    rows, is_cut = sheets.up_to((tuple(map(_cell, row)) for row in found), most=sheets.MOST)
    note(lambda: actions.note_export(name, len(rows), kind=kind, by=viewer(), now=clock.now()))
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown) if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes(name, heads, shown))
    response.content_type = KINDS[kind]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(rows))
    return response


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@bp.route("/survey/recommend/<token>", methods=["GET", "POST"])
@public
def say(token: str) -> ResponseReturnValue:
    """Ask a customer whether they would recommend us; a second answer replaces the first."""
    now = clock.now()
    try:
        who = queries.asked_to_recommend(token, now=now, lock=request.method == "POST")
    except NotFound:
        return make_response(page("surveys/gone.html")[0], 404)  # type: ignore[index]
    with speaking(who.contact.language, who.zone):
        before = queries.nps_answer(who.row.id)
        form = RecommendForm(obj=before) if request.method == "GET" else RecommendForm()
        score, why = form.score, form.comment
        kept = attempt(
            form,
            lambda: actions.recommend(who, score=score.data, comment=why.data or "", now=now),
        )
        if kept:
            return done(url_for("surveys.say", token=token), _("Thank you. We read every answer."))
        return page("surveys/say.html", form=form, before=before, token=token)


say.secret_address = True  # type: ignore[attr-defined]
