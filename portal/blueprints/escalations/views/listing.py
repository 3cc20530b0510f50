"""The list of cases: its filters, saved views, files, and changes of many at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.policies.rules.words import team_words
from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.i18n import _, ngettext
from portal.core.web import attempt, choices, done, is_fragment, note, page, require, viewer

from .. import actions, queries
from ..forms import search_of
from ..forms.room import BulkForm, ViewForm, view_of
from ..models import BulkChange, BulkKind, Level
from ..rules import words
from .blueprint import bp

Rows = Iterable[tuple[Any, ...]]


@bp.get("/")
@require(Permission.ESCALATIONS_READ)
def index() -> ResponseReturnValue:
    """List cases."""
    search, now = search_of(request.args), clock.now()
    found = queries.page(viewer(), search, now=now, cursor=request.args.get("after"))
    if request.args.get("part") == "1" or is_fragment():
        return page("escalations/_list.html", lines=found.rows, search=search, bulk=None)
    tools = queries.tools(viewer(), now=now, team=search.team)
    return page(
        "escalations/index.html",
        found=found,
        search=search,
        count=queries.count(viewer(), search, now=now),
        most=queries.COUNT_UP_TO,
        file_holds=sheets.MOST,
        tools=tools,
        levels=tuple(Level),
        bulk="bulk" if viewer().may(Permission.ESCALATIONS_WORK) else None,
        asked=view_of(request.args),
    )


def _view_form(tools: queries.ListTools) -> ViewForm:
    form = ViewForm()
    own = [(i, name) for i, name in tools.teams if i in viewer().teams]
    form.team.choices = choices([("", _("Only me")), *own])
    return form


@bp.get("/teams")
@require(Permission.ESCALATIONS_READ)
def teams() -> ResponseReturnValue:
    """Show the open cases by team and level."""
    counted = queries.by_team(viewer(), now=clock.now())
    return page("escalations/teams.html", counted=counted, loads=counted.loads, levels=list(Level))


@bp.route("/views", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def save_view() -> ResponseReturnValue:
    """Keep what the list asks for under a name."""
    form = _view_form(queries.tools(viewer(), now=clock.now()))
    asked = view_of(request.form or request.args)
    row = attempt(
        form,
        lambda: actions.save_view(
            form.name.data or "", asked, team_id=form.team.data, by=viewer(), now=clock.now()
        ),
    )
    back = url_for("escalations.index") + ("?" + urlencode(asked) if asked else "")
    if row:
        return done(back, _("The view is kept."))
    shown = {"title": _("Keep this view"), "submit": _("Keep it"), "back": back}
    return page("escalations/view.html", form=form, asked=asked, **shown)


@bp.post("/views/<int:view_id>/delete")
@require(Permission.ESCALATIONS_READ)
def drop_view(view_id: int) -> ResponseReturnValue:
    """Delete a saved view."""
    view = queries.own_view(viewer(), view_id)
    actions.drop_view(view, by=viewer(), now=clock.now())
    return done(url_for("escalations.index"), _("The view is deleted."))


@bp.post("/bulk")
@require(Permission.ESCALATIONS_WORK)
def bulk() -> ResponseReturnValue:
    """Do one thing to the chosen cases; first ask what, and to whom."""
    refs = list(dict.fromkeys(request.form.getlist("ref")))[:200]
    cases, form = queries.chosen(viewer(), refs, now=clock.now()), BulkForm()
    form.owner.choices = choices([("", _("Choose")), *queries.owner_choices()])
    form.team.choices = choices([("", _("Choose")), *queries.team_choices()])
    change: BulkChange | None = None
    if "kind" in request.form:
        change = attempt(form, lambda: _change(form, cases))
    if change is not None:
        text = ngettext("One case is changed.", "%(num)d cases are changed.", len(cases))
        return done(url_for("escalations.index"), text)
    return page("escalations/bulk.html", form=form, cases=cases)


def _change(form: BulkForm, cases: list[Any]) -> BulkChange:
    return actions.change_many(
        cases,
        BulkKind(form.kind.data),
        form.value,
        why=form.why.data or "",
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/bulk/<int:change_id>/undo")
@require(Permission.ESCALATIONS_WORK)
def undo(change_id: int) -> ResponseReturnValue:
    """Take a bulk change back."""
    change, now = queries.own_change(viewer(), change_id), clock.now()
    cases = queries.chosen(viewer(), list(change.before), now=now)
    undone = actions.undo(change, cases, by=viewer(), now=now)
    left = len(change.before) - undone
    if left:
        flash(
            ngettext(
                "One case was changed since and stays as it is.",
                "%(num)d cases were changed since and stay as they are.",
                left,
            )
        )
    text = ngettext("One case is as before.", "%(num)d cases are as before.", undone)
    return done(url_for("escalations.index"), text)


@bp.get("/export.csv")
@require(Permission.ESCALATIONS_READ)
def export() -> ResponseReturnValue:
    """Give the list as a file: what is filtered, in the same order."""
    # Not streamed: words and rights belong to this request.
    return _file("csv", "text/csv; charset=utf-8", _csv)


def _csv(rows: Rows) -> bytes:
    return sheets.csv_text(_heads(), rows).encode()


@bp.get("/export.xlsx")
@require(Permission.ESCALATIONS_READ)
def export_xlsx() -> ResponseReturnValue:
    """Give the list as a workbook: what is filtered, in the same order."""
    return _file("xlsx", sheets.XLSX, _xlsx)


def _xlsx(rows: Rows) -> bytes:
    return sheets.xlsx_bytes(_("Escalations"), _heads(), rows)


def _file(kind: str, media_type: str, write: Callable[[Rows], bytes]) -> Response:
    by, now = viewer(), clock.now()
    rows, is_cut = sheets.up_to(_rows(), most=sheets.MOST)
    note(lambda: actions.note_export(len(rows), kind=kind, by=by, now=now))
    response = Response(write([*rows, sheets.cut_line(most=len(rows))] if is_cut else rows))
    response.content_type = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="escalations.{kind}"'
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(rows))
    return response


def _heads() -> list[str]:
    return [
        _("Reference"),
        _("Title"),
        _("Account"),
        _("State"),
        _("Severity"),
        _("Level"),
        _("Trigger"),
        _("Owner"),
        _("Team"),
        _("Opened"),
        _("Closed"),
        _("Next due"),
        _("At stake"),
        _("Currency"),
    ]


def _rows() -> Iterator[tuple[Any, ...]]:
    """Give the lines of the list as cells; what the reader may not see is empty."""
    for line in queries.export(viewer(), search_of(request.args), now=clock.now()):
        yield (
            line.reference,
            line.title,
            line.account,
            words.state_name(line.state),
            line.severity.value,
            words.level_words(line.level),
            words.trigger_words(line.trigger),
            line.owner,
            line.team and (team_words(line.team, retired=True) if line.team_retired else line.team),
            line.opened_at.isoformat(),
            line.closed_at and line.closed_at.isoformat(),
            line.next_due_at and line.next_due_at.isoformat(),
            line.stake and line.stake.amount,
            line.stake and line.stake.currency.code,
        )
