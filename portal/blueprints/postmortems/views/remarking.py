"""Remarks on a draft: said by whoever reads it, taken over or settled by who writes it."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..forms import AnswerForm, RemarkForm, TakeForm
from ..models import Postmortem, Remark, RemarkState, State
from ..rules import words
from .blueprint import ask_for, bp, row_of


@bp.route("/<reference>/remark/<part>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def remark(reference: str, part: str) -> ResponseReturnValue:
    """Say something about a part of a draft, or suggest other words for it."""
    row = row_of(reference)
    rights = queries.rights_of(row, by=viewer())
    if part not in queries.parts_of(row) or rules.Right.REMARK not in rights:
        raise NotFound
    stands = str(getattr(row, part)) if part in rules.TEXTS else ""
    form = RemarkForm(
        suggestion=queries.told_to(row, stands, viewer=viewer()),
        was=rules.digest(stands),
        for_counsel=request.args.get("for") == "counsel" or row.state is State.WITH_COUNSEL,
    )
    if part not in rules.TEXTS:
        del form.suggestion
    if rules.Seat.COUNSEL not in queries.seats(row, by=viewer()):
        del form.for_counsel
    return ask_for(
        row,
        form,
        lambda: actions.remark(
            row,
            part,
            form.text.data or "",
            suggestion=form.suggestion.data if form.suggestion else None,
            was=form.was.data or "",
            for_counsel=bool(form.for_counsel and form.for_counsel.data),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Remark on “%(part)s”", part=words.field_words(part)),
        lead=_(
            "Who reads this draft reads your remark; it goes with the drafts. Change the text below"
            " to suggest other words: nothing changes until who writes it takes them."
        )
        if part in rules.TEXTS
        else _("Who reads this draft reads your remark; it goes with the drafts."),
        submit=_("Leave this remark"),
        message=_("Your remark stands beside the draft."),
        place="remarks",
    )


@bp.route("/<reference>/remarks/<int:remark_id>/take", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def take_remark(reference: str, remark_id: int) -> ResponseReturnValue:
    """Take what a remark suggests: shown beside what stands, together where both fit."""
    row, found = _found(reference, remark_id)
    if rules.Right.WRITE not in queries.rights_of(row, by=viewer()) or found.suggestion is None:
        raise NotFound
    stands, base = str(getattr(row, found.part)), queries.base_of(row, found.part, found.base)
    both = None if base is None else rules.merged(base, found.suggestion, stands)
    form = TakeForm(
        text=stands if both is None else both,
        was=rules.digest(stands),
        version=str(found.version),
    )
    clash = _("The same lines were changed meanwhile: put together what should stand there.")
    moved = _("The text was changed meanwhile: what both wrote stands together here.")
    return ask_for(
        row,
        form,
        lambda: actions.take(
            row,
            found,
            text=form.text.data or "",
            was=form.was.data or "",
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=words.field_words(found.part),
        lead=clash if both is None else "" if base == stands else moved,
        rows={"title": 3, "summary": 3, "surprise": 6}.get(found.part, 18),
        submit=_("Take these words"),
        message=_("The words are taken, and who suggested them is told."),
        place="remarks",
        versions=({"text": stands}, {"text": found.suggestion}) if both is None else None,
    )


@bp.route("/<reference>/remarks/<int:remark_id>/settle", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def settle_remark(reference: str, remark_id: int) -> ResponseReturnValue:
    """Settle a remark without taking its words."""
    row, found = _found(reference, remark_id)
    mine = found.person_id == viewer().id
    if not mine and rules.Right.SETTLE not in queries.rights_of(row, by=viewer()):
        raise NotFound
    form = AnswerForm(version=str(found.version))
    return ask_for(
        row,
        form,
        lambda: actions.settle(
            row,
            found,
            answer=form.answer.data or "",
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Withdraw your remark?") if mine else _("What becomes of this remark?"),
        lead=queries.told_to(row, found.text, viewer=viewer()),
        submit=_("Settle it"),
        message=_("The remark is settled."),
        place="remarks",
    )


def _found(reference: str, remark_id: int) -> tuple[Postmortem, Remark]:
    row = row_of(reference)
    found = queries.get_remark(row, remark_id, viewer=viewer())
    if request.method == "GET" and found.state is not RemarkState.OPEN:
        raise NotFound
    return row, found
