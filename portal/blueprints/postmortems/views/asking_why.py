"""The answers to “why?” behind a cause, one by one."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..forms import WhyForm
from ..models import Cause, Postmortem
from .blueprint import ask_for, bp, do, row_of


@bp.route("/<reference>/causes/<int:cause_id>/whys/new", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def add_why(reference: str, cause_id: int) -> ResponseReturnValue:
    """Answer “why?”."""
    row, cause = _cause(reference, cause_id, rules.Right.CONTRIBUTE)
    form = WhyForm(parent=request.args.get("under", type=int))
    form.parent.choices = _explained(row, cause)
    return ask_for(
        row,
        form,
        lambda: actions.add_why(
            row,
            cause,
            form.text.data or "",
            parent=form.parent.data,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Why was that?"),
        lead=_("What made it possible, not who. One thing may have several reasons."),
        submit=_("Add this answer"),
        message=_("The answer is added."),
        place="causes",
    )


@bp.route("/<reference>/causes/<int:cause_id>/whys/<int:why_id>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def change_why(reference: str, cause_id: int, why_id: int) -> ResponseReturnValue:
    """Say an answer otherwise, or move it."""
    row, cause = _cause(reference, cause_id, rules.Right.WRITE)
    why = queries.why_of(cause, why_id)
    form = WhyForm(data={"text": why.text, "parent": why.parent, "version": str(cause.version)})
    form.parent.choices = _explained(row, cause)
    return ask_for(
        row,
        form,
        lambda: actions.change_why(
            row,
            cause,
            why_id,
            text=form.text.data or "",
            parent=form.parent.data,
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Change this answer"),
        lead=_("Moved elsewhere, it takes along what explains it."),
        submit=_("Keep this answer"),
        message=_("The answer is changed."),
        place="causes",
    )


@bp.post("/<reference>/causes/<int:cause_id>/whys/<int:why_id>/remove")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def remove_why(reference: str, cause_id: int, why_id: int) -> ResponseReturnValue:
    """Take an answer out."""
    return do(
        reference,
        lambda row: actions.remove_why(
            row, queries.get_cause(row, cause_id), why_id, by=viewer(), now=clock.now()
        ),
        _("The answer is taken out; what explained it moved up."),
        place="causes",
    )


def _cause(reference: str, cause_id: int, right: rules.Right) -> tuple[Postmortem, Cause]:
    """Fetch a cause for who may work on it: its words name people."""
    row = row_of(reference)
    if request.method == "GET" and right not in queries.rights_of(row, by=viewer()):
        raise NotFound
    return row, queries.get_cause(row, cause_id)


def _explained(row: Postmortem, cause: Cause) -> list[tuple[Any, str]]:
    """Give what an answer can explain: the cause itself, or another answer."""
    nodes = rules.flat(rules.why_tree(rules.whys_read(cause.whys)))
    told = [queries.told_to(row, node.text, viewer=viewer()) for node in nodes]
    found = [(node.id, f"{node.number}. {text}") for node, text in zip(nodes, told, strict=True)]
    return [("", _("the cause itself")), *found]
