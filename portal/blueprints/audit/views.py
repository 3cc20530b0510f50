"""Doors to the event log, and to the jobs behind the pages."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth
from portal.core import clock, jobs, sheets
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import choices, done, note, page, require, viewer

from . import actions, queries, rules
from .forms import SearchForm

bp = Blueprint("audit", __name__)


@bp.get("/audit/")
@require(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """List the entries that the viewer may see, newest first."""
    form = _form()
    found = queries.page(viewer(), _search(form), now=clock.now(), cursor=request.args.get("after"))
    sees_all = viewer().may(Permission.AUDIT_VERIFY)
    return page(
        "audit/index.html",
        form=form,
        found=found,
        names=auth.names(i for row in found.rows for i in (row.actor_id, row.behalf_id)),
        summary=rules.summary,
        sees_all=sees_all,
        verdict=queries.last_verdict() if sees_all else None,
    )


def _form() -> SearchForm:
    form = SearchForm(request.args)
    people = [("", _("anybody")), *auth.choices()]
    form.person.choices = choices((str(value), name) for value, name in people)
    form.validate()
    return form


def _search(form: SearchForm) -> queries.Search:
    zone, given = auth.organisation().zone, form.data
    bad = form.errors
    return queries.Search(
        record=(given["record"] or "").strip().upper(),
        person_id=None if "person" in bad else given["person"],
        name=(given["name"] or "").strip(),
        since=rules.beginning(given["since"], zone=zone) if given["since"] else None,
        until=rules.end(given["until"], zone=zone) if given["until"] else None,
    )


@bp.get("/audit/<int:seq>")
@require(Permission.AUDIT_READ)
def show(seq: int) -> ResponseReturnValue:
    """Show one entry and the fields it changed."""
    entry = queries.get(viewer(), seq, now=clock.now())
    names = auth.names([entry.event.actor_id, entry.event.behalf_id])
    return page("audit/show.html", entry=entry, names=names, summary=rules.summary)


@bp.get("/audit/export.csv")
@require(Permission.AUDIT_READ)
def export() -> ResponseReturnValue:
    """Give the entries of a search as CSV; the export itself is an entry."""
    search, begun = _search(_form()), clock.now()
    most = rules.MOST_LINES
    found = queries.export(viewer(), search, now=begun, most=most + 1)
    rows, is_cut = sheets.up_to(found, most=most)
    names = auth.names(i for row in rows for i in (row.actor_id, row.behalf_id))
    cells = [_cells(row, names) for row in rows]
    if is_cut:
        cells.append(sheets.cut_line(most=most))
    text = sheets.csv_text(_heads(), cells)
    filters = sorted(name for name, value in request.args.items() if value)
    by, now = viewer(), clock.now()
    note(lambda: actions.note_export(lines=len(rows), filters=filters, by=by, now=now))
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    if is_cut:
        answer.headers[sheets.CUT_AT] = str(most)
    return answer


def _heads() -> tuple[str, ...]:
    who = (_("Kind of actor"), _("Who"), _("In whose place"))
    return (_("Number"), _("When"), _("What"), *who, _("Record"), _("Class"), _("Details"))


def _cells(row: Any, names: dict[int, str]) -> tuple[Any, ...]:
    who, behalf = names.get(row.actor_id, row.actor_name), names.get(row.behalf_id, "")
    first = (row.seq, row.at.isoformat(), row.name, row.actor_kind, who, behalf)
    return (*first, row.record_ref or "", f"K{row.klass}", rules.summary(row.data))


@bp.post("/audit/verify")
@require(Permission.AUDIT_VERIFY)
def verify() -> ResponseReturnValue:
    """Check the whole log: at once where it is small, else by a job."""
    by, now = viewer(), clock.now()
    if queries.count() > rules.AT_ONCE:
        key = f"audit.verify:{by.id}:{now.isoformat()}"
        jobs.enqueue("audit.verify", key=key, payload={"person_id": by.id})
        return done(url_for("audit.index"), _("The log is being checked; look again in a minute."))
    path = Path(current_app.config["PORTAL"].audit_checkpoints)
    found = actions.check(checkpoints=path)
    actions.note_verdict(found, by=by, now=now)
    return done(url_for("audit.index"), _("The log was checked."))


@bp.get("/admin/jobs")
@require(Permission.JOBS_WATCH)
def work() -> ResponseReturnValue:
    """Say how the engine fares; list the jobs that wait and those that failed."""
    return page(
        "audit/jobs.html",
        waiting=jobs.waiting(),
        failures=jobs.failures(),
        health=jobs.health(now=clock.now()),
    )


@bp.post("/admin/jobs/<int:failure_id>/replay")
@require(Permission.JOBS_WATCH)
def replay(failure_id: int) -> ResponseReturnValue:
    """Try a job again that has given up."""
    jobs.replay(failure_id, by=viewer(), now=clock.now())
    return done(url_for("audit.work"), _("The job is tried again."))
