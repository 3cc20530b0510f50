"""What becomes of actions: done, verified, dropped, taken up again."""

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import NoteForm, VersionForm
from .blueprint import ask_for, bp, do, row_of


@bp.post("/<reference>/actions/<int:action_id>/done")
@require(Permission.POSTMORTEMS_READ)
def done_(reference: str, action_id: int) -> ResponseReturnValue:
    """Say that an action is done."""
    seen = VersionForm().seen
    return do(
        reference,
        lambda row: actions.finish(
            row, queries.get_action(row, action_id), version=seen, by=viewer(), now=clock.now()
        ),
        _("It is done; somebody else verifies it."),
        place="actions",
    )


@bp.route("/<reference>/actions/<int:action_id>/verify", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def verify(reference: str, action_id: int) -> ResponseReturnValue:
    """Verify a done action."""
    return _settle(
        reference,
        action_id,
        actions.verify,
        title=_("Did it work?"),
        submit=_("It worked: verified"),
        message=_("The action is verified."),
    )


@bp.route("/<reference>/actions/<int:action_id>/drop", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def drop(reference: str, action_id: int) -> ResponseReturnValue:
    """Drop an action with a reason."""
    return _settle(
        reference,
        action_id,
        actions.drop,
        title=_("Why is this action dropped?"),
        submit=_("Drop it with this reason"),
        message=_("The action is dropped, with your reason."),
    )


@bp.route("/<reference>/actions/<int:action_id>/reopen", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def reopen(reference: str, action_id: int) -> ResponseReturnValue:
    """Take an action up again."""
    return _settle(
        reference,
        action_id,
        actions.reopen,
        title=_("What is missing?"),
        submit=_("Take it up again"),
        message=_("The action is open again, and its owner is told."),
    )


def _settle(
    reference: str, action_id: int, act: Callable[..., None], **shown: Any
) -> ResponseReturnValue:
    row = row_of(reference)
    action = queries.get_action(row, action_id)
    form = NoteForm(version=str(action.version))
    lead = _("%(what)s. To be seen by: %(how)s", what=action.what, how=action.verification)
    return ask_for(
        row,
        form,
        lambda: act(
            row,
            action,
            note=form.note.data or "",
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        place="actions",
        lead=queries.told_to(row, lead, viewer=viewer()),
        **shown,
    )
