"""The timeline of a case, for programs: what happened, corrections, files, messages."""

import io
import secrets
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.notifications import queries as mail_queries
from portal.core import clock
from portal.core.access import K, Permission
from portal.core.api import (
    Paging,
    answer,
    call,
    once,
    read_query,
    shapes,
)
from portal.core.db import db
from portal.core.paging import Page
from portal.core.web import note, require, viewer

from .. import actions, queries
from ..models import Escalation
from ..schemas import CaseOut, EntriesAsked, Entry, EntryPage
from ..schemas.acts import Amended, Comment, Message, NewNote, Talk
from ..schemas.people import AttachmentAsked, AttachmentList, AttachmentOut
from .blueprint import acting, bp, do, held, take

TALK: dict[Talk, dict[str, Any]] = {
    Talk.NOTE: {"kind": EntryKind.NOTE},
    Talk.CALLED: {"kind": EntryKind.CALL, "reached": True},
    Talk.MET: {"kind": EntryKind.MEETING, "reached": True},
    Talk.HEARD: {"kind": EntryKind.CALL, "from_customer": True},
    Talk.TRIED: {"kind": EntryKind.CALL},
}
OCTETS = "application/octet-stream"


@bp.get("/<reference>/timeline")
@require(Permission.ESCALATIONS_READ)
@shapes(asks=EntriesAsked, gives=EntryPage)
def timeline(reference: str) -> Response:
    """List what happened in a case, newest first."""
    return call(lambda: _timeline(reference))


def _timeline(reference: str) -> Response:
    asked = read_query(EntriesAsked)
    wanted = account_queries.Wanted(
        lane=asked.lane, kind=asked.kind, author=asked.by, text=" ".join(asked.q.split())
    )
    found = _entries(reference, asked, wanted)
    return answer(EntryPage(items=[_entry(one) for one in found.rows], after=found.after))


def _entries(
    reference: str, asked: Paging, wanted: account_queries.Wanted
) -> Page[account_queries.Entry]:
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now)
    return account_queries.timeline(
        by,
        case.account_id,
        now=now,
        case_refs=(reference, *queries.merged_into(case)),
        wanted=wanted,
        cursor=asked.after,
        limit=asked.limit,
    )


def _entry(one: account_queries.Entry) -> Entry:
    return Entry(
        id=one.id,
        at=one.at,
        recorded_at=one.recorded_at,
        lane=one.lane.value,
        kind=one.kind.value,
        text=one.text,
        language=one.language,
        by=one.by,
        case=one.case_ref,
        corrects=one.corrects_id,
        corrected_by=one.corrected_by,
        file=one.file_name,
        klass=one.klass,
    )


@bp.post("/<reference>/notes")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewNote, gives=CaseOut, status=201)
def add_note(reference: str) -> Response:
    """Add what happened to the timeline of a case."""
    return take(
        reference,
        NewNote,
        lambda case, given: actions.note(
            case, given.text, at=given.at, **acting(), **TALK[given.what]
        ),
        status=201,
    )


@bp.post("/<reference>/comments")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Comment, gives=CaseOut, status=201)
def comment(reference: str) -> Response:
    """Say something in the executive lane, as an executive or leader."""
    return take(
        reference,
        Comment,
        lambda case, given: actions.comment(case, given.text, **acting()),
        status=201,
    )


@bp.post("/<reference>/entries/<int:entry_id>/correct")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Amended, gives=CaseOut)
def amend(reference: str, entry_id: int) -> Response:
    """Correct an entry of the timeline by a new one; both stay."""
    return take(
        reference,
        Amended,
        lambda case, given: actions.amend(
            case,
            queries.entry_of(viewer(), case, entry_id, now=clock.now()),
            text=given.text,
            at=given.at,
            why=given.why,
            **acting(),
        ),
    )


@bp.post("/<reference>/messages")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Message, gives=CaseOut, status=201)
def write(reference: str) -> Response:
    """Write to one of the customer's people; it leaves in 60 seconds."""
    return take(reference, Message, _write, status=201)


def _write(case: Escalation, given: Message) -> None:
    actions.write(
        case,
        queries.contact(case, given.contact),
        subject=given.subject,
        text=given.text,
        key=request.headers.get("Idempotency-Key") or secrets.token_urlsafe(16),
        **acting(),
    )


@bp.post("/<reference>/messages/<int:message_id>/take-back")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def take_back(reference: str, message_id: int) -> Response:
    """Take a message back before it leaves."""
    return do(
        reference,
        lambda case: actions.take_back(case, mail_queries.get(message_id), **acting()),
    )


@bp.get("/<reference>/attachments")
@require(Permission.ESCALATIONS_READ)
@shapes(asks=Paging, gives=AttachmentList)
def attachments(reference: str) -> Response:
    """List the files of a case that the caller may read, newest first."""
    return call(lambda: _attachments(reference))


def _attachments(reference: str) -> Response:
    found = _entries(reference, read_query(Paging), account_queries.Wanted(files=True))
    return answer(AttachmentList(items=[_file(one) for one in found.rows], after=found.after))


def _file(one: account_queries.Entry) -> AttachmentOut:
    return AttachmentOut(
        entry=one.id,
        name=one.file_name or "",
        size=one.file_size or 0,
        klass=one.klass,
        about=one.text,
        at=one.at,
        by=one.by,
    )


@bp.post("/<reference>/attachments")
@require(Permission.ESCALATIONS_WORK)
@shapes(asks=AttachmentAsked, takes=bytes, gives=AttachmentOut, status=201)
def attach(reference: str) -> Response:
    """Attach a file: the body is its bytes (25 MB at most), the address says what it is."""
    return once(lambda: _attach(reference))


def _attach(reference: str) -> Response:
    asked = read_query(AttachmentAsked)
    if request.mimetype != OCTETS:
        raise UnsupportedMediaType
    case = held(reference)
    row = actions.attach(
        case,
        io.BytesIO(request.get_data(cache=True)),
        name=asked.name,
        about=asked.about,
        klass=K(asked.klass),
        from_customer=asked.from_customer,
        **acting(),
    )
    db.session.flush()
    found = queries.attached(viewer(), case, row.id, now=clock.now())
    shown = AttachmentOut(
        entry=row.id,
        name=found.name,
        size=len(found.content),
        klass=found.klass,
        about=row.text,
        at=row.event_at,
        by=row.author_name,
    )
    return answer(shown, status=201)


@bp.get("/<reference>/attachments/<int:entry_id>")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=bytes)
def attachment(reference: str, entry_id: int) -> Response:
    """Give the bytes of a file by the entry of the timeline that tells of it."""
    return call(lambda: _attachment(reference, entry_id))


def _attachment(reference: str, entry_id: int) -> Response:
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now)
    found = queries.attached(by, case, entry_id, now=now)
    if found.klass >= K.RESTRICTED:
        note(lambda: actions.note_read(case, found, by=by, now=now))
    response = Response(found.content, content_type=OCTETS)
    name = quote(found.name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
