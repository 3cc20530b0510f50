"""Doors to mappings of columns: say which column of a file is which field, see what becomes of its
first rows, save it, take one out of use.
"""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import LIFECYCLES
from ..forms.imports import SAVED, WRITTEN, ColumnsForm, shown
from ..models import ImportRun, ImportState, Lifecycle
from ..rules import columns as cols
from ..rules import mapping as maps
from .base import bp


@bp.get("/imports/mappings")
@require(Permission.ACCOUNTS_IMPORT)
def mappings() -> ResponseReturnValue:
    """List the saved mappings with their versions."""
    return page(
        "accounts/mappings.html", mappings=queries.mappings(), fields=cols.FIELDS, words=WRITTEN
    )


@bp.post("/imports/mappings/<name>/retire")
@require(Permission.ACCOUNTS_IMPORT)
def retire_mapping(name: str) -> ResponseReturnValue:
    """Take a mapping out of use."""
    actions.retire_mapping(name, by=viewer(), now=clock.now())
    return done(url_for("accounts.mappings"), _("The mapping is offered no more."))


@bp.route("/imports/<int:run_id>/columns", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_IMPORT)
def columns(run_id: int) -> ResponseReturnValue:
    """Say which column is which; see what the first rows become; save it and check the file."""
    run = _waiting(run_id)
    sample = queries.sample(run)
    form = _form(sample)
    saved = not request.form.get("look") and attempt(form, lambda: _save(form, run))
    if saved:
        return done(url_for("accounts.watch", run_id=run_id), _("The file is being checked."))
    return page(
        "accounts/_becoming.html" if request.args.get("part") else "accounts/columns.html",
        run_id=run_id,
        file_name=run.file_name,
        form=form,
        sample=sample,
        becoming=list(queries.becoming(sample, form.columns(), now=clock.now())),
        fields=cols.FIELDS,
        stages={stage.value: text for stage, text in LIFECYCLES.items()},
        new_stage=LIFECYCLES[Lifecycle.ACTIVE],
        reasons=maps.REASONS,
        unreadable=maps.UNREADABLE,
        starts=[*queries.mappings_in_use()],
        saved_prefix=SAVED,
    )


def _waiting(run_id: int) -> ImportRun:
    run = queries.get_run(viewer(), run_id)
    if run.state is not ImportState.MAPPING:
        raise NotFound
    return run


def _form(sample: queries.Sample) -> ColumnsForm:
    """Give the form as it was sent, or looked at; else with what the mapping asked for says of this
    file; else with what the names of its columns let us guess.
    """
    looked = request.args if request.args.get("part") else None
    if request.method == "POST" or looked is not None:
        form = ColumnsForm(looked) if looked is not None else ColumnsForm()
    else:
        form = ColumnsForm(data=_start(request.args.get("start", ""), sample.header))
    form.offer(sample.header)
    return form


def _start(start: str, header: list[str]) -> dict[str, str]:
    if start.startswith(SAVED):
        row = queries.usable(start.removeprefix(SAVED))
        return shown(cols.fitted(cols.from_document(row.columns), header), row.title)
    return shown(cols.started(start, header) or cols.suggested(header), "")


def _save(form: ColumnsForm, run: ImportRun) -> bool:
    now = clock.now()
    columns = form.columns()
    unknown = [one for one in columns.fields.values() if one not in queries.sample(run).header]
    if unknown:
        raise Refused(_("The file has no such column."))
    mapping = actions.save_mapping(columns, title=form.title.data or "", by=viewer(), now=now)
    actions.read_by(run, mapping, now=now)
    return True
