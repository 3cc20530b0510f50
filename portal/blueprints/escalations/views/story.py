"""The timeline of a case: corrections and files."""

from pathlib import PurePosixPath
from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.i18n import _
from portal.core.web import as_it_came, note, require, viewer

from .. import actions, queries
from ..forms.room import AmendForm, AttachForm
from .blueprint import ask_for, bp, case_of, instant, local


@bp.route("/<reference>/entries/<int:entry_id>/correct", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def amend(reference: str, entry_id: int) -> ResponseReturnValue:
    """Correct an entry by a new one."""
    case, now = case_of(reference), clock.now()
    entry = queries.entry_of(viewer(), case, entry_id, now=now)
    at = local(entry.event_at, viewer().zone)
    given = {} if request.method == "POST" else {"text": queries.words_of(entry), "at": at}
    form = AmendForm(**given)
    unmoved = at is not None and form.at.data == at.replace(tzinfo=None, second=0, microsecond=0)
    return ask_for(
        case,
        form,
        lambda: actions.amend(
            case,
            entry,
            text=(form.text.data or "").replace("\r\n", "\n"),
            # The field knows minutes: an untouched time is the time there was.
            at=entry.event_at if unmoved else instant(form.at.data) or entry.event_at,
            why=form.why.data or "",
            by=viewer(),
            now=now,
        ),
        title=_("Correct an entry of the timeline"),
        lead=_("Both stay: the first as it was, and yours, which points to it."),
        submit=_("Add the correction"),
        message=_("The correction is in the timeline."),
    )


@bp.route("/<reference>/attach", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def attach(reference: str) -> ResponseReturnValue:
    """Attach a file to a case."""
    case, form = case_of(reference), AttachForm()
    return ask_for(
        case,
        form,
        lambda: actions.attach(
            case,
            form.file.data.stream,
            name=form.file.data.filename or "",
            about=form.about.data or "",
            klass=K(form.klass.data),
            from_customer=bool(form.from_customer.data),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Attach a file"),
        lead=_(
            "Letters, photos, tables, reports: at most 25 MB. What is attached stays with the case."
        ),
        submit=_("Attach it"),
        message=_("The file is in the timeline."),
    )


@bp.get("/<reference>/attachments/<int:entry_id>")
@require(Permission.ESCALATIONS_READ)
@as_it_came
def attachment(reference: str, entry_id: int) -> ResponseReturnValue:
    """Give the file of an entry, to be saved, never to be shown in our place."""
    case, now = case_of(reference), clock.now()
    found = queries.attached(viewer(), case, entry_id, now=now)
    if found.klass >= K.RESTRICTED:
        by = viewer()
        note(lambda: actions.note_read(case, found, by=by, now=now))
    response = Response(found.content, content_type=found.media_type)
    plain = "file" + PurePosixPath(found.name).suffix.encode("ascii", "ignore").decode()
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# Even if a browser showed it: no script, no form, no origin of ours.
attachment.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": {"default-src": "'none'", "sandbox": ""},
    "content_security_policy_nonce_in": [],
}
